//===- InputDtype.h - What float inputs become for a chip -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_CONVERSION_INPUTDTYPE_H
#define QML_CONVERSION_INPUTDTYPE_H

#include "qml/Pipelines/Target.h"

#include <string>

namespace qml {

/// The type that a target's float inputs are quantized to, unless another is
/// asked for: "uint8"; or "int8", if the chip can then do more of the network
/// that `options` make of a sanitized module. Bytes go into its first
/// convolutions alone, those of images of 1 or 3 channels. Tries both out, on
/// copies that share the weights; a remark says that it is "int8".
std::string chooseInputDtype(mlir::ModuleOp sanitized, const Target &target,
                             const InsertQuantizersOptions &options);

} // namespace qml

#endif // QML_CONVERSION_INPUTDTYPE_H
