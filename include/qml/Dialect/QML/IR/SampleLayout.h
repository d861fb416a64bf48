//===- SampleLayout.h - Layouts in which samples are given ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_SAMPLELAYOUT_H
#define QML_DIALECT_QML_IR_SAMPLELAYOUT_H

#include "mlir/IR/BuiltinAttributes.h"

namespace qml {

/// Argument attribute of inputs whose samples are given in another layout than
/// the network's. Of a model for the hardware, which has one input, an
/// attribute of its own.
constexpr llvm::StringLiteral layoutAttrName = "qml.layout";

/// Arrays have the channels before the other axes.
constexpr llvm::StringLiteral channelsFirstLayout = "channels_first";
/// Arrays may have an axis of frames before the network's: the source model
/// took volumes, the frames of which are samples.
constexpr llvm::StringLiteral framesLayout = "frames";

/// Whether an attribute, which may be null, is that layout.
inline bool isLayout(mlir::Attribute layout, llvm::StringRef name) {
  auto text = llvm::dyn_cast_if_present<mlir::StringAttr>(layout);
  return text && text == name;
}

} // namespace qml

#endif // QML_DIALECT_QML_IR_SAMPLELAYOUT_H
