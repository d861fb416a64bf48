//===- ReshapeTarget.h - Reshapes of layers and operators -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERS_RESHAPETARGET_H
#define QML_LIB_TARGET_KERAS_LAYERS_RESHAPETARGET_H

#include "Layers.h"

namespace qml {

/// Reshapes the input to `target`, without the batch; one extent may be -1, for
/// what is left. `what` names it in errors.
ImportedLayer importReshapeTo(LayerImport &layer, std::vector<int64_t> target,
                              llvm::StringRef what);

/// Puts the axes of the input, of which there are `rank` without the batch, in
/// another order; `axes` counts them from 1.
ImportedLayer importPermuteTo(LayerImport &layer, std::vector<int64_t> axes,
                              size_t rank);

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERS_RESHAPETARGET_H
