//===- CheckMapping.h - A hardware model against the mapper -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_CHECKMAPPING_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_CHECKMAPPING_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"

namespace qml {
namespace conversion {

struct MappingCheck {
  /// Whether layers in software are an error.
  bool hardwareOnly = false;
  /// Whether variables have the values that the chip is to have.
  bool withValues = true;
};

/// Reports each limit of the mapper that a layer of the model breaks; returns
/// how many.
unsigned checkMapping(akida::ModelOp model, const MappingCheck &check);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_CHECKMAPPING_H
