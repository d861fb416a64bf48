//===- Layers.h - Groups of layers, and their facts -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_ANALYSIS_LAYERS_H
#define QML_LIB_ANALYSIS_LAYERS_H

#include "qml/Analysis/Analysis.h"

namespace qml {

/// What a change has to give, in decibels, to be worth it.
constexpr double leastGain = 0.5;

/// A result that has codes, and the layers since those before it.
struct ResultGroup {
  LayerOpInterface last;
  /// In order, the last one included.
  llvm::SmallVector<LayerOpInterface> members;
  /// The groups whose codes it reads; none for the network's inputs.
  llvm::SmallVector<unsigned> before;
};

/// The groups of an annotated or integer network, each after those before it.
std::vector<ResultGroup> findGroups(mlir::func::FuncOp network);

/// The names of a group, and nothing else.
LayerAnalysis nameGroup(const ResultGroup &group);

/// What is known without samples: names, bits, kernels; biases that the integer
/// network clips. `calibrated` and `integer` are the two forms of one group.
LayerAnalysis describeGroup(const ResultGroup &calibrated,
                            const ResultGroup &integer);

/// The changes that may help one of the layers of a group.
std::vector<Change> listChanges(const ResultGroup &calibrated);

/// Fills in `causes`, from all the rest.
void findCauses(LayerAnalysis &layer);

/// The largest of `values` over the middle one of those that are not zero; 1 if
/// there are none.
double spreadOf(std::vector<double> values);

} // namespace qml

#endif // QML_LIB_ANALYSIS_LAYERS_H
