//===- Operators.h - The operators that are imported ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each family of operators has a file with the rows of its operators and the
// functions that make their layers.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_OPERATORS_OPERATORS_H
#define QML_LIB_TARGET_ONNX_OPERATORS_OPERATORS_H

#include "../OperatorImport.h"

namespace qml {

/// A row of the table of operators.
struct ONNXOperator {
  llvm::StringRef name;
  /// Makes the layers of a node and sets its results; fails after a report.
  mlir::LogicalResult (*import)(OperatorImport &node);
  /// Attributes that are read, or that change nothing, with spaces between.
  llvm::StringRef attributes;
  /// What is supported of it, for the table in the documentation.
  llvm::StringRef support;
};

llvm::ArrayRef<ONNXOperator> getActivationOperators();
llvm::ArrayRef<ONNXOperator> getChoiceOperators();
llvm::ArrayRef<ONNXOperator> getConvolutionOperators();
llvm::ArrayRef<ONNXOperator> getElementwiseOperators();
llvm::ArrayRef<ONNXOperator> getGatherOperators();
llvm::ArrayRef<ONNXOperator> getJoinOperators();
llvm::ArrayRef<ONNXOperator> getPoolOperators();
llvm::ArrayRef<ONNXOperator> getProductOperators();
llvm::ArrayRef<ONNXOperator> getShapeOperators();
llvm::ArrayRef<ONNXOperator> getPadOperators();
llvm::ArrayRef<ONNXOperator> getPartOperators();
llvm::ArrayRef<ONNXOperator> getRepeatOperators();
llvm::ArrayRef<ONNXOperator> getResizeOperators();

/// All rows, by name.
llvm::ArrayRef<ONNXOperator> getONNXOperators();

/// The operator of that name, or null.
const ONNXOperator *findONNXOperator(llvm::StringRef name);

/// What an operator makes of integers that the network computes, which ONNX
/// knows and layers don't: theirs are floats.
enum class ONNXIntegers : uint8_t {
  Floats,    ///< its result is of floats
  Kept,      ///< its result has some of its input's
  Arithmetic ///< rounds and wraps around
};
ONNXIntegers findONNXIntegers(const ONNXOperator &op);

/// What a message says of an operator that is not imported.
std::string whyONNXUnsupported(llvm::StringRef name);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_OPERATORS_OPERATORS_H
