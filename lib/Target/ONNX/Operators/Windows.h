//===- Windows.h - Windows of the file --------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_OPERATORS_WINDOWS_H
#define QML_LIB_TARGET_ONNX_OPERATORS_WINDOWS_H

#include "Operators.h"

namespace qml {

/// How a window goes over an image, height first.
struct WindowOptions {
  std::array<int64_t, 2> size = {1, 1};
  std::array<int64_t, 2> strides = {1, 1};
  std::array<int64_t, 2> dilations = {1, 1};
  /// Top, bottom, left, right; cells that no window reads are left out.
  WindowPadding::Sides sides = {};
  /// What the file says, without what rounding up adds.
  WindowPadding::Sides declared = {};
  WindowPadding padding;
};

/// Reads strides, dilations, pads and rounding of a convolution or a pool;
/// none after a report.
std::optional<WindowOptions> readWindow(OperatorImport &node,
                                        const ONNXImage &image, int64_t height,
                                        int64_t width,
                                        const ONNXBorder &border = {});

/// The same of a transposed convolution.
std::optional<ConvTransposeOptions> readTransposedWindow(OperatorImport &node,
                                                         const ONNXImage &image,
                                                         int64_t height,
                                                         int64_t width);

/// One or two integers of an attribute as those of the height and the width.
std::optional<std::array<int64_t, 2>>
readPair(OperatorImport &node, llvm::StringRef attribute, bool isSequence,
         int64_t byDefault, int64_t least);

/// A short array of floats.
mlir::ElementsAttr makeVector(OperatorImport &node, llvm::StringRef what,
                              std::vector<float> values);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_OPERATORS_WINDOWS_H
