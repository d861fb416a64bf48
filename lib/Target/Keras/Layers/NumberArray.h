//===- NumberArray.h - Numbers for the elements of a sample -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERS_NUMBERARRAY_H
#define QML_LIB_TARGET_KERAS_LAYERS_NUMBERARRAY_H

#include "Layers.h"

namespace qml {

/// An array that is repeated to the shape of a tensor, as NumPy does it: along
/// axes where its extent is 1, and along those before its first.
struct NumberArray {
  NumberArray() = default;
  NumberArray(double number) : values({number}) {}
  NumberArray(Shape shape, std::vector<double> values)
      : shape(std::move(shape)), values(std::move(values)) {}

  Shape shape;
  std::vector<double> values;

  /// The same shape, with what the function makes of each value.
  NumberArray map(llvm::function_ref<double(double)> function) const;
  /// Without the first axes, as far as nothing changes along them.
  NumberArray withoutRepeats() const;
};

/// A number, or lists of numbers in each other, in any form that Keras writes;
/// none if it is something else, or if lists of one list differ in length.
std::optional<NumberArray> parseNumberArray(const nlohmann::json &value);

/// The last axes of a tensor, seen as one axis of channels.
struct ChannelView {
  /// As many as there are channels in it.
  int64_t channels = 1;
  /// Axes that are together the channels.
  size_t axes = 0;
};

/// The view with the fewest channels in which all of the arrays have one value
/// for each channel. `shape` is the tensor's, without the batch. None if an
/// array can't be repeated to it.
std::optional<ChannelView> findChannelView(llvm::ArrayRef<int64_t> shape,
                                           llvm::ArrayRef<NumberArray> arrays);

/// The array's value for each channel of a view of a tensor of `shape`.
std::vector<double> getChannels(const NumberArray &array,
                                llvm::ArrayRef<int64_t> shape,
                                const ChannelView &view);

/// value * scale + offset; `value` has the elements of the layer's first input.
/// Reports arrays that can't be repeated to its shape. An image of one channel
/// gets as many as an array has. `make` makes the last of the operations.
ImportedLayer makeRescaled(LayerImport &layer, LayerBuilder make,
                           mlir::Value value, NumberArray scale,
                           NumberArray offset);

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERS_NUMBERARRAY_H
