//===- CheckConfig.h - Configurations that don't fit a network --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TRANSFORMS_CHECKCONFIG_H
#define QML_LIB_TRANSFORMS_CHECKCONFIG_H

#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Quantization/Config.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace qml {

/// Reports all that a configuration, and the layer to quantize until, ask for
/// and the network does not have: layers, keys, axes, bits.
mlir::LogicalResult checkConfig(mlir::func::FuncOp network,
                                llvm::ArrayRef<LayerOpInterface> layers,
                                const Config &config,
                                llvm::StringRef quantizeUntil);

} // namespace qml

#endif // QML_LIB_TRANSFORMS_CHECKCONFIG_H
