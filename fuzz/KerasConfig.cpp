//===- KerasConfig.cpp - Fuzzes the reader of models' JSON ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "lib/Target/Keras/KerasModelTree.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<detail::KerasTree> tree = detail::parseKerasConfig(textOf(data, size));
  // Without its weights a model is mostly refused.
  if (tree)
    (void)bool(detail::flattenKerasTree(std::move(*tree), {}));
  return 0;
}
