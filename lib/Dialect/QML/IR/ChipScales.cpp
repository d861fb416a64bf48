//===- ChipScales.cpp - Scales of weights that suit the chip --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChipScales.h"

#include <cmath>

using namespace mlir;

namespace qml {

/// Where the hardware layer of a layer with weights ends.
namespace {
struct GroupEnd {
  OutputQuantizerOp quantizer;
  /// Results are sums times this: one over the size of a global average.
  double factor = 1;
};
} // namespace

static std::optional<GroupEnd> findGroupEnd(Operation *layer) {
  GroupEnd end;
  for (Value value = layer->getResult(0); value.hasOneUse();) {
    Operation *user = *value.user_begin();
    if (auto quantizer = dyn_cast<OutputQuantizerOp>(user)) {
      end.quantizer = quantizer;
      return end;
    }
    if (isa<GlobalAveragePool2DOp>(user)) {
      ArrayRef<int64_t> image = getShape(value);
      end.factor /= static_cast<double>(image[1] * image[2]);
    } else if (!user->hasTrait<qml::OpTrait::ContinuesGroup>()) {
      return std::nullopt;
    }
    value = user->getResult(0);
  }
  return std::nullopt;
}

/// The sum of |w| of each output channel.
static std::vector<double> addMagnitudes(WeightedLayerOpInterface layer) {
  const KernelInfo info = layer.getKernels().front();
  ElementsView<float> weights(info.kernel);
  ArrayRef<int64_t> shape = getShape(info.kernel);
  KernelView kernel = KernelView::along(
      weights.data(), Shape(shape.begin(), shape.end()), info.axis);
  std::vector<double> sums(kernel.channels, 0);
  kernel.visit([weights = kernel.data, sums = sums.data()](int64_t channel,
                                                           int64_t element) {
    sums[channel] += std::fabs(weights[element]);
  });
  return sums;
}

namespace {
/// The channels of one layer.
class ScaleFitter {
public:
  ScaleFitter(WeightedLayerOpInterface layer, const Meaning &input,
              std::vector<float> &scales)
      : layer(layer), input(input), inputScales(input.scalesOr1()),
        scales(scales), channels(getNumChannels(layer->getResult(0))),
        end(findGroupEnd(layer)) {}

  void fitSums();
  void fitProducts();

private:
  float &scaleOf(int64_t channel) {
    return scales[scales.size() == 1 ? 0 : channel];
  }
  /// What one code of a sum stands for with a kernel of scale 1.
  double unitOf(int64_t channel) const {
    return std::ldexp(double(inputScales[channel]), -input.fracBits[channel]);
  }
  void findLargest();
  /// ceil(log2(x)) of the output scale.
  int exponentOf(int64_t channel) {
    return static_cast<int>(std::ceil(std::log2(outputScaleOf(channel))));
  }
  double outputScaleOf(int64_t channel) {
    return double(inputScales[channel]) * scaleOf(channel) * end->factor *
           rate[channel];
  }

  WeightedLayerOpInterface layer;
  const Meaning &input;
  Channels<float> inputScales;
  std::vector<float> &scales;
  int64_t channels;
  std::optional<GroupEnd> end;
  Channels<float> rate = Channels<float>::scalar(1.0f);
  /// Of results after the group, real values that the calibration saw and the
  /// weights allow; empty if nothing is known.
  std::vector<double> largest;
};
} // namespace

void ScaleFitter::findLargest() {
  if (!end || !end->quantizer.getRangeMaxAttr())
    return;
  Channels<float> range = readFloatChannels(end->quantizer.getRangeMaxAttr());
  if (end->quantizer.getRescalingRateAttr())
    rate = readFloatChannels(end->quantizer.getRescalingRateAttr());
  std::vector<double> magnitudes = addMagnitudes(layer);
  std::vector<float> bias;
  if (ElementsAttr values = layer.getBiasAttr())
    bias = readFloats(values);
  double inputMax = 0;
  for (size_t c = 0; c != input.fracBits.size(); ++c)
    inputMax =
        std::max(inputMax, std::ldexp(double(inputScales[c]),
                                      input.valueBits - input.fracBits[c]));
  for (int64_t c = 0; c != channels; ++c) {
    double possible = magnitudes[magnitudes.size() == 1 ? 0 : c] * inputMax +
                      (bias.empty() ? 0 : std::fabs(bias[c]));
    largest.push_back(std::min(double(range[c]) / rate[c], possible));
  }
}

void ScaleFitter::fitSums() {
  findLargest();
  double most = std::ldexp(1.0, getSumBits(layer)) - 1;
  ElementsAttr attribute = layer.getBiasAttr();
  std::vector<float> bias;
  if (attribute)
    bias = readFloats(attribute);
  for (int64_t c = 0; c != channels; ++c) {
    double value = bias.empty() ? 0 : std::fabs(bias[c]);
    // Means say nothing of the largest of the sums before them.
    if (!largest.empty() && end->factor == 1)
      value = std::max(value, largest[c]);
    // Biases are rounded up to 8 bits.
    double least = value * 1.01 / (unitOf(c) * most);
    scaleOf(c) = std::max(scaleOf(c), static_cast<float>(least));
  }
}

void ScaleFitter::fitProducts() {
  if (largest.empty())
    return;
  double most =
      std::ldexp(1.0, static_cast<int>(end->quantizer.getBufferBitwidth()) - 1);
  // A product is sum * scale, with the scale in [2^(b - 1), 2^b].
  auto productOf = [&](int64_t c, int bits) {
    return std::ldexp(largest[c] * rate[c] / unitOf(c) * inputScales[c],
                      bits - exponentOf(c));
  };
  auto fit = [&](int bits) {
    for (int64_t c = 0; c != channels; ++c)
      if (productOf(c, bits) >= most)
        return false;
    return true;
  };
  const int before = static_cast<int>(end->quantizer.getScaleBits());
  int bits = before;
  // Fewer bits are exact only where each output scale has one of weights.
  bool hasOneEach = static_cast<int64_t>(scales.size()) == channels ||
                    (inputScales.size() == 1 && rate.size() == 1);
  while (hasOneEach && bits > 2 && !fit(bits))
    --bits;
  for (int64_t c = 0; c != channels; ++c)
    while (productOf(c, bits) >= most)
      scaleOf(c) *= 2;
  if (bits == before)
    return;
  for (int64_t c = 0, e = scales.size(); c != e; ++c) {
    double scaled = std::ldexp(outputScaleOf(c), bits - exponentOf(c));
    double whole = std::ceil(scaled);
    // 2^bits itself does not fit into the bits; a little more is the least of
    // the next octave.
    if (whole == std::ldexp(1.0, bits))
      whole *= 1.0 + 0x1p-16;
    scales[c] = static_cast<float>(scales[c] * whole / scaled);
  }
  end->quantizer.setScaleBits(bits);
}

void fitScalesToChip(WeightedLayerOpInterface layer, const Meaning &input,
                     std::vector<float> &scales) {
  // Scales that are none are reported where they are quantized.
  auto isOrdinary = [](float scale) {
    return scale > 0.0f && std::isfinite(scale);
  };
  if (!llvm::all_of(input.scalesOr1().values, isOrdinary))
    return;
  ScaleFitter fitter(layer, input, scales);
  fitter.fitSums();
  fitter.fitProducts();
}

} // namespace qml
