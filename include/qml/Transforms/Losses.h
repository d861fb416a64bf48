//===- Losses.h - What an integer network loses, in words -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_LOSSES_H
#define QML_TRANSFORMS_LOSSES_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Program/Losses.h"

namespace qml {

/// What values of an integer network are known to be cut.
mlir::FailureOr<std::vector<Loss>> findLosses(mlir::func::FuncOp network);

/// What is lost, as the end of the sentence "layer 'x': ...".
std::string describe(const Loss &loss);

/// The layers with a quantizer per axis whose results an operation aligns.
llvm::SmallVector<OutputQuantizerOp>
getAlignedQuantizers(mlir::Operation *layer);

/// Reports the first loss of each layer, as warnings or errors with the layers'
/// locations; returns how many.
mlir::FailureOr<unsigned> reportLosses(mlir::func::FuncOp network, bool strict);

} // namespace qml

#endif // QML_TRANSFORMS_LOSSES_H
