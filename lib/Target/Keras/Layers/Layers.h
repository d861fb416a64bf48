//===- Layers.h - The classes of layers that are imported -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each family of layers has a file with the rows of its classes and the
// functions that make their operations.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERS_LAYERS_H
#define QML_LIB_TARGET_KERAS_LAYERS_LAYERS_H

#include "../LayerImport.h"

namespace qml {

using ImportedLayer = mlir::FailureOr<mlir::Value>;

/// What layers take and return, apart from plain tensors.
enum class LayerForm {
  /// Nothing in particular.
  Tensors,
  /// Acts on each cell, whatever the axes before the last are; so the result of
  /// a sequence is one.
  Cells,
  /// Sequences (batch, steps, channels), computed as images of height 1.
  Sequences,
  /// Sequences as they are, not as images.
  Steps
};

/// What a Dense layer has, and each that multiplies cells as one does; no bias
/// without `use_bias`.
struct DenseParts {
  mlir::ElementsAttr kernel, bias;
  LayerActivation activation;
};

/// Reads them; fails after a report, or if an input is not known.
mlir::FailureOr<DenseParts> readDense(LayerImport &layer);

/// A class of layers.
struct LayerClass {
  llvm::StringRef name;
  /// Makes the operations of a layer; fails after a report, or if an input is
  /// not known.
  ImportedLayer (*import)(LayerImport &layer);
  LayerForm form = LayerForm::Tensors;
  /// Number of inputs; any if 0.
  unsigned inputs = 1;
  /// Rank that the input must have in Keras, with the batch; 0 for any.
  unsigned rank = 0;
  /// Whether inputs may be integers.
  bool takesIntegers = false;
  /// Whether it reads constants among its arguments.
  bool takesConstants = false;
  /// Whether a ZeroPadding3D may put frames before its input.
  bool takesPast = false;
};

llvm::ArrayRef<LayerClass> getActivationClasses();
llvm::ArrayRef<LayerClass> getConvolutionClasses();
llvm::ArrayRef<LayerClass> getDenseClasses();
llvm::ArrayRef<LayerClass> getElementwiseClasses();
llvm::ArrayRef<LayerClass> getIdentityClasses();
llvm::ArrayRef<LayerClass> getImageOperatorClasses();
llvm::ArrayRef<LayerClass> getNormClasses();
llvm::ArrayRef<LayerClass> getOperatorClasses();
llvm::ArrayRef<LayerClass> getPoolClasses();
llvm::ArrayRef<LayerClass> getRecurrentClasses();
llvm::ArrayRef<LayerClass> getResizingClasses();
llvm::ArrayRef<LayerClass> getShapeClasses();
llvm::ArrayRef<LayerClass> getTemporalClasses();
llvm::ArrayRef<LayerClass> getTensorOperatorClasses();
/// Not part of what findLayerClass finds.
llvm::ArrayRef<LayerClass> getVolumeClasses();

/// The sum and the difference of inputs of equal shapes; layers and operators
/// make them.
ImportedLayer importAdd(LayerImport &layer);
ImportedLayer importSubtract(LayerImport &layer);

/// The larger or the smaller of all inputs, which have equal shapes.
ImportedLayer importMaximum(LayerImport &layer);
ImportedLayer importMinimum(LayerImport &layer);

/// Joins inputs along an axis, which counts from the end if it is negative.
ImportedLayer importConcatenateAlong(LayerImport &layer, int64_t axis);

/// An image with height and width `size`, by a method of tf.image.resize.
ImportedLayer importResizedTo(LayerImport &layer,
                              const std::array<int64_t, 2> &size,
                              llvm::StringRef method, bool hasAntialias);

/// The product of all inputs.
ImportedLayer importMultiply(LayerImport &layer);

/// A tensor of one channel, as attention gates make it, with so many that are
/// equal: a convolution with ones copies it.
ImportedLayer repeatChannel(LayerBuilder make, mlir::Value map,
                            int64_t channels);

/// What a message says of layers of a class that is not imported.
llvm::StringRef whyUnsupported(llvm::StringRef className);

/// The shape that Keras gives the result of a layer that was refused, so that
/// what follows can be checked; `input` is that of its first input. Both are
/// without the batch. None where that takes more than its configuration.
std::optional<Shape> findRefusedShape(const KerasLayer &layer,
                                      llvm::StringRef className, Shape input);

/// The class of that name, or null.
const LayerClass *findLayerClass(llvm::StringRef name);
/// The same for layers whose input is a volume, the frames of which are
/// samples. Layers that act on each cell are the usual ones.
const LayerClass *findVolumeClass(llvm::StringRef name);

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERS_LAYERS_H
