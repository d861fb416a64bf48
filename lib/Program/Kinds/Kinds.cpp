//===- Kinds.cpp - What is known of each kind of operation ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Program/Kinds.h"

namespace qml {

const KindInfo &kindOf(const Operation &operation) {
  return std::visit(
      [](const auto &kind) -> const KindInfo & {
        return kindInfo<std::decay_t<decltype(kind)>>();
      },
      operation.kind);
}

Error integersOnlyError(const Operation &operation) {
  return Error{"layer '" + operation.layer + "' is " + kindOf(operation).name +
               ", which computes with integers; networks in float32 have "
               "none"};
}

} // namespace qml
