//===- ImageOperators.cpp - Operations on images --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions that do what layers do, with other parameters; named as in
// Operators.cpp.
//
//===----------------------------------------------------------------------===//

#include "OperatorParameters.h"

using namespace mlir;
using Json = nlohmann::json;

namespace qml {

/// One number for height and width, two, or four with batch and channels; none
/// after a report.
static std::optional<std::array<int64_t, 2>>
readWindow(LayerImport &layer, size_t position,
           std::initializer_list<const char *> names) {
  const Json *value = findParameter(layer, position, names);
  std::optional<std::vector<double>> numbers;
  if (value)
    numbers = parseNumbers(*value);
  if (numbers && numbers->size() == 1)
    numbers->push_back(numbers->front());
  if (numbers && numbers->size() == 4 && numbers->front() == 1 &&
      numbers->back() == 1)
    numbers = std::vector<double>{(*numbers)[1], (*numbers)[2]};
  auto isGood = [](double number) {
    return number >= 1 && number <= double(1 << 20);
  };
  if (!numbers || numbers->size() != 2 || !llvm::all_of(*numbers, isGood)) {
    layer.error() << "its " << *names.begin()
                  << " is no window over height and width";
    return std::nullopt;
  }
  return std::array<int64_t, 2>{int64_t((*numbers)[0]), int64_t((*numbers)[1])};
}

template <bool IsMaximum>
static ImportedLayer importPool(LayerImport &layer) {
  auto size = readWindow(layer, 1, {"ksize", "pool_size"});
  const Json *strides = findParameter(layer, 2, "strides");
  auto step =
      strides && !strides->is_null() ? readWindow(layer, 2, {"strides"}) : size;
  const Json *padding = findParameter(layer, 3, "padding");
  std::string rule = "valid";
  if (padding && padding->is_string())
    rule = StringRef(padding->get<std::string>()).lower();
  if (rule != "valid" && rule != "same")
    layer.error() << "its padding is '" << rule << "'; allowed: same, valid";
  expectChannelsLast(layer);
  if (!size || !step || !layer.isReady())
    return failure();
  PoolOptions options;
  options.size = *size;
  options.strides = *step;
  options.padding = rule == "same" ? Padding::Same : Padding::Valid;
  return IsMaximum ? layer.make().makeMaxPool2D(layer.getInput(), options)
                   : layer.make().makeAveragePool2D(layer.getInput(), options);
}

static ImportedLayer importPad(LayerImport &layer) {
  const Json *value = findParameter(layer, 1, {"paddings", "pad_width"});
  std::vector<double> pads;
  if (value && value->is_array())
    for (const Json &pair : *value)
      if (auto numbers = parseNumbers(pair); numbers && numbers->size() == 2)
        llvm::append_range(pads, *numbers);
  const Json *mode = findParameter(layer, 2, "mode");
  bool isConstant = true;
  if (mode && mode->is_string())
    isConstant =
        StringRef(mode->get<std::string>()).equals_insensitive("constant");
  for (const char *name : {"constant_values", "value"})
    if (const Json *cells = findParameter(layer, 3, name))
      isConstant &= cells->is_null() || *cells == 0 || *cells == 0.0;
  bool isImage = pads.size() == 8 && pads[0] == 0 && pads[1] == 0 &&
                 pads[6] == 0 && pads[7] == 0;
  for (double pad : pads)
    isImage &= pad >= 0 && pad <= double(1 << 20);
  if (!isConstant || !isImage)
    layer.error() << "it pads something else than height and width with zeros; "
                     "only that is supported";
  if (!layer.isReady())
    return failure();
  return layer.make().makeZeroPadding2D(
      layer.getInput(),
      {int64_t(pads[2]), int64_t(pads[3]), int64_t(pads[4]), int64_t(pads[5])});
}

static ImportedLayer importResize(LayerImport &layer) {
  auto target = readWindow(layer, 1, {"size"});
  std::string method = "bilinear";
  for (const char *name : {"method", "interpolation"})
    if (const Json *value = findParameter(layer, 2, name))
      if (value->is_string())
        method = value->get<std::string>();
  for (const char *name :
       {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "preserve_aspect_ratio"})
    if (const Json *value = findParameter(layer, byNameAlone, name))
      if (*value == true)
        layer.error() << "it has " << name
                      << "; images of the size itself "
                         "are supported";
  bool isKeras = StringRef(layer.layer().className).starts_with("keras");
  const Json *antialias = findParameter(layer, isKeras ? 3 : 4, "antialias");
  bool hasAntialias = antialias && *antialias == true;
  expectChannelsLast(layer);
  if (!target || !layer.isReady())
    return failure();
  return importResizedTo(layer, *target, method, hasAntialias);
}

ArrayRef<LayerClass> getImageOperatorClasses() {
  constexpr LayerForm tensors = LayerForm::Tensors;
  constexpr auto averagePool = importPool<false>;
  constexpr auto maxPool = importPool<true>;
  static const LayerClass classes[] = {
      makeOperatorClass("keras.ops.AveragePool", averagePool, tensors, 1, 4),
      makeOperatorClass("keras.ops.MaxPool", maxPool, tensors, 1, 4),
      makeOperatorClass("keras.ops.Pad", importPad, tensors, 1, 4),
      makeOperatorClass("keras.ops.Resize", importResize, tensors, 1, 4),
      makeOperatorClass("tf.compat.v1.pad", importPad, tensors, 1, 4),
      makeOperatorClass("tf.image.resize", importResize, tensors, 1, 4),
      makeOperatorClass("tf.nn.avg_pool2d", averagePool, tensors, 1, 4),
      makeOperatorClass("tf.nn.max_pool2d", maxPool, tensors, 1, 4),
  };
  return classes;
}

} // namespace qml
