//===- ConfigDefaults.h - What configurations leave out ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TRANSFORMS_CONFIGDEFAULTS_H
#define QML_LIB_TRANSFORMS_CONFIGDEFAULTS_H

#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Quantization/Config.h"

namespace qml {

/// Warns where the entry of a quantized layer leaves out keys, and what stands
/// in for them is not what the parameters would have given; and where it
/// quantizes a result that only the layer's activation takes. `byParameters` is
/// the output quantizer that these give the layer, or null; `weightBits` are
/// the bits of its weights.
void warnOfDefaults(LayerOpInterface layer, const LayerConfig &entry,
                    const OutputQuantizerConfig *byParameters, int weightBits);

} // namespace qml

#endif // QML_LIB_TRANSFORMS_CONFIGDEFAULTS_H
