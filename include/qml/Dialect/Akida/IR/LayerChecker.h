//===- LayerChecker.h - A layer against the limits --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_LAYERCHECKER_H
#define QML_DIALECT_AKIDA_IR_LAYERCHECKER_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Dialect/Akida/IR/Limits.h"

namespace qml {
namespace akida {

/// Holds one layer against the table of limits, and reports everything that is
/// wrong with it.
class LayerChecker {
public:
  explicit LayerChecker(LayerOpInterface layer);

  /// Starts a report at the layer.
  mlir::InFlightDiagnostic error();
  /// Reports what breaks a limit; there must be a row for it.
  void report(Quantity quantity, const llvm::Twine &found,
              llvm::StringRef where = {});
  /// Reports a number that the table doesn't allow.
  void limit(Quantity quantity, int64_t value, llvm::StringRef where = {});
  bool isAllowed(Quantity quantity, int64_t value) {
    return akida::isAllowed(quantity, version, layer.getKind(), value);
  }

  mlir::LogicalResult run();

private:
  mlir::LogicalResult checkOperands();
  void checkEachParameter();
  void checkVariables();
  void checkVariable(const VariableInfo &variable, mlir::ElementsAttr values);
  void checkValues(const VariableInfo &variable, mlir::ElementsAttr values);
  mlir::LogicalResult checkResults();

  LayerOpInterface layer;
  Version version = Version::V2;
  bool failed = false;
};

/// "signed integers of 8 bits".
std::string describe(IntegerFormat format);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_LAYERCHECKER_H
