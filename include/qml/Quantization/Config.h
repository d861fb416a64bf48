//===- Config.h - The quantization configuration, layer by layer *- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The JSON that users edit and merge, in the reference's form: an object with
// the names of layers as keys,
//
//   {"conv": {"output_quantizer": {"bitwidth": 4, "axis": "per-tensor"},
//             "weight_quantizer": {"bitwidth": 4},
//             "buffer_bitwidth": 28}}
//
// A layer that it names has nothing but what it says: parameters only fill in
// what is required (the bitwidth of weights, the buffer).
//
//===----------------------------------------------------------------------===//

#ifndef QML_QUANTIZATION_CONFIG_H
#define QML_QUANTIZATION_CONFIG_H

#include "qml/Support/Result.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qml {

struct OutputQuantizerConfig {
  int bitwidth = 8;
  bool isSigned = true;
  bool perAxis = false;
  int scaleBits = 8;
  int bufferBitwidth = 32;
  /// How its range follows from values; empty for as others.
  std::string calibrator;
};

struct WeightQuantizerConfig {
  int bitwidth = 4;
  bool isSigned = true;
  /// The layer's own if `hasAxis` is false; one scale for all weights if the
  /// configuration says null.
  bool hasAxis = false;
  std::optional<int64_t> axis;
};

/// Of biases and of the maxima of ReLUs.
struct AlignedQuantizerConfig {
  int bitwidth = 8;
  bool isSigned = true;
};

struct LayerConfig {
  std::string layer;
  std::optional<OutputQuantizerConfig> outputQuantizer;
  std::optional<WeightQuantizerConfig> weightQuantizer;
  /// Of the two kernels of separable convolutions.
  std::optional<WeightQuantizerConfig> depthwiseQuantizer;
  std::optional<WeightQuantizerConfig> pointwiseQuantizer;
  /// Of the factors of a recurrence, which are in fixed point.
  std::optional<WeightQuantizerConfig> transitionQuantizer;
  std::optional<AlignedQuantizerConfig> biasQuantizer;
  std::optional<AlignedQuantizerConfig> maxValueQuantizer;
  std::optional<int> bufferBitwidth;
  /// Of the entries of a table, with the sign.
  std::optional<int> lutBitwidth;
  /// The keys in their order, those of quantizers after a dot:
  /// "output_quantizer", "output_quantizer.bitwidth", "buffer_bitwidth".
  std::vector<std::string> keys;

  /// What stands under "weight_quantizer", "dw_weight_quantizer",
  /// "pw_weight_quantizer" or "a_quantizer"; null if nothing does.
  const WeightQuantizerConfig *
  findWeightQuantizer(const std::string &key) const;
};

struct Config {
  std::vector<LayerConfig> layers;
  /// Where each layer is, by its name.
  std::unordered_map<std::string, size_t> indices;

  /// Layers that the network does not have, and that were read, but not kept.
  size_t numOmitted = 0;

  const LayerConfig *find(const std::string &layer) const;
};

/// Whether the network has a layer.
using IsLayer = std::function<bool(const std::string &)>;

/// Reads a configuration, in linear time. Problems go to `problems`, a sentence
/// each (after a hundred, one that counts the rest); the result is only
/// meaningful if there are none. Only the first hundred of the layers that
/// `isLayer` does not know are kept; without it, all.
Config parseConfig(std::string_view text, std::vector<std::string> &problems,
                   const IsLayer &isLayer = nullptr);

} // namespace qml

#endif // QML_QUANTIZATION_CONFIG_H
