//===- SampleLayout.h - Layouts in which samples are given ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_SAMPLELAYOUT_H
#define QML_DIALECT_QML_IR_SAMPLELAYOUT_H

#include "llvm/ADT/StringRef.h"

namespace qml {

/// Argument attribute of inputs whose samples are given in another layout than
/// the network's: "channels_first". Of a model for the hardware, which has one
/// input, an attribute of its own.
constexpr llvm::StringLiteral layoutAttrName = "qml.layout";

} // namespace qml

#endif // QML_DIALECT_QML_IR_SAMPLELAYOUT_H
