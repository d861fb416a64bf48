//===- ImportONNX.h - ONNX files to qml -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_ONNX_IMPORTONNX_H
#define QML_TARGET_ONNX_IMPORTONNX_H

#include "qml/Quantization/ObservedRanges.h"
#include "qml/Support/InputShapes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace qml {

/// How images come into the network.
enum class InputLayout : uint8_t {
  FromFile,      ///< as the first layer that takes them says
  ChannelsFirst, ///< NCHW
  ChannelsLast   ///< NHWC
};

struct ImportONNXOptions {
  InputLayout inputLayout = InputLayout::FromFile;
  /// Values of the file where the network begins and ends; its own if there are
  /// none.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  /// In the order of the file.
  InputShapes inputShapes;
  /// Where the ranges go that the quantizers of a quantized file have, by the
  /// layers whose results they are of; a remark says of them if it is null.
  ObservedRanges *ranges = nullptr;
};

/// Reads an ONNX model into a module with one network of float layers. Images
/// are stored with their channels last; what says so of an input is its
/// attribute `qml.layout`. All problems are reported, at locations that name
/// the node and the file; null if there are any.
mlir::OwningOpRef<mlir::ModuleOp>
importONNX(llvm::StringRef path, mlir::MLIRContext *context,
           const ImportONNXOptions &options = {});

/// The operators that can be imported, in alphabetical order.
llvm::SmallVector<llvm::StringRef> getSupportedONNXOperators();

/// Prints them as a table, with what is supported of each.
void printONNXOperators(llvm::raw_ostream &os);

/// Registers --onnx-to-qml. The translation reads the file that it is given by
/// name: tensors may lie in other files beside it.
void registerONNXTranslation();

} // namespace qml

#endif // QML_TARGET_ONNX_IMPORTONNX_H
