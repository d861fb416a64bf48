//===- Config.h - The configuration of a quantized network ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between the JSON of qml/Quantization/Config.h and the attributes of layers.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_CONFIG_H
#define QML_TRANSFORMS_CONFIG_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Quantization/Config.h"

#include <string>
#include <vector>

namespace qml {

/// Attribute with the keys of a layer's configuration, separated by commas, in
/// the order in which the user wrote them. Absent if the order is the usual
/// one. Values are where they have effect: in the layer's other attributes and
/// its output quantizer.
constexpr llvm::StringLiteral configKeysAttrName = "config_keys";

/// The keys that the configuration of a layer usually has, those of quantizers
/// after a dot.
std::vector<std::string> getUsualConfigKeys(LayerOpInterface layer);

/// Gives the two layers that a separable convolution was split into what the
/// configuration says of its two kernels. Entries that name a part already stay
/// as they are.
void splitSeparableEntries(mlir::func::FuncOp network, Config &config);

/// The configuration of a quantized network as the reference prints it:
/// json.dumps(config, indent=4) of its layers in Keras's order. No newline at
/// the end.
std::string dumpConfig(mlir::func::FuncOp network);

} // namespace qml

#endif // QML_TRANSFORMS_CONFIG_H
