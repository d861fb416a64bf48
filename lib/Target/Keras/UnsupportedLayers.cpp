//===- UnsupportedLayers.cpp - Why classes are not imported ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasModelTree.h"
#include "Layers/Layers.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace qml {

using detail::findMember;

StringRef whyUnsupported(StringRef className) {
  constexpr StringRef recurrent =
      "layers of this class carry a state of real numbers from step to step, "
      "which has no integer form here; use convolutions over time, as Conv1D "
      "with padding='causal'";
  constexpr StringRef attention =
      "attention multiplies results of layers by each other and takes "
      "softmaxes "
      "of them, which has no integer form here; use convolutions, or pools";
  constexpr StringRef statistics = "layers of this class normalize by "
                                   "statistics of each sample, and integers "
                                   "have fixed scales; use BatchNormalization";
  constexpr StringRef volumes =
      "of layers on volumes (frames, height, width, channels) those are "
      "supported that make a result of each frame: Conv3D, AveragePooling3D, "
      "MaxPooling3D and ZeroPadding3D";
  constexpr StringRef lookUp = "layers of this class look values up by an "
                               "index or a text; do that before "
                               "the network, and give it the numbers";
  constexpr StringRef python =
      "files do not hold what a function of Python's computes; use layers, or "
      "operators on tensors";
  constexpr StringRef wrapper =
      "layers in a TimeDistributed are not supported; a Dense acts on each "
      "step "
      "by itself, and a Conv2D of height 1 does what a Conv1D on each row does";
  return llvm::StringSwitch<StringRef>(className)
      .Cases({"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D",
              "ConvLSTM2D", "ConvLSTM3D", "LSTMCell", "GRUCell",
              "StackedRNNCells", "CuDNNLSTM", "CuDNNGRU"},
             recurrent)
      .Cases({"Attention", "AdditiveAttention", "MultiHeadAttention",
              "GroupQueryAttention", "GroupedQueryAttention"},
             attention)
      .Cases({"LayerNormalization", "GroupNormalization", "UnitNormalization",
              "InstanceNormalization", "RMSNormalization",
              "keras.ops.Normalize", "tf.math.l2_normalize"},
             statistics)
      .Cases({"Conv3DTranspose", "GlobalMaxPooling3D", "GlobalAveragePooling3D",
              "Cropping3D", "UpSampling3D"},
             volumes)
      .Cases({"Embedding", "StringLookup", "IntegerLookup", "TextVectorization",
              "CategoryEncoding", "Hashing", "Discretization",
              "HashedCrossing"},
             lookUp)
      .Case("Lambda", python)
      .Case("TimeDistributed", wrapper)
      .Default("layers of this class are not supported");
}

/// Layers with a result of the shape of their first input, apart from those
/// that are imported and act on each cell.
static bool keepsShape(StringRef className) {
  return llvm::StringSwitch<bool>(className)
      .Cases({"Attention", "AdditiveAttention", "GroupNormalization",
              "GroupQueryAttention", "GroupedQueryAttention",
              "InstanceNormalization", "LayerNormalization", "Masking",
              "MultiHeadAttention", "RMSNormalization", "UnitNormalization"},
             true)
      .Cases({"keras.ops.Normalize", "tf.math.l2_normalize"}, true)
      .Default(false);
}

std::optional<Shape> findRefusedShape(const KerasLayer &layer,
                                      StringRef className, Shape input) {
  const nlohmann::json *config = &layer.config;
  int64_t copies = 1;
  if (className == "Bidirectional") {
    const nlohmann::json *mode = findMember(*config, "merge_mode");
    if (mode && *mode == "concat")
      copies = 2;
    const nlohmann::json *inner = findMember(*config, "layer");
    config = inner ? findMember(*inner, "config") : nullptr;
  }
  const nlohmann::json *units = config ? findMember(*config, "units") : nullptr;
  bool hasUnits = units && units->is_number_integer() &&
                  units->get<int64_t>() > 0 && units->get<int64_t>() < 1 << 24;
  if (className == "Dense" && hasUnits) {
    input.back() = units->get<int64_t>();
    return input;
  }
  bool isRecurrent = llvm::is_contained(
      {"LSTM", "GRU", "SimpleRNN", "Bidirectional", "CuDNNLSTM", "CuDNNGRU"},
      className);
  if (isRecurrent && hasUnits && input.size() == 2) {
    const nlohmann::json *sequences = findMember(*config, "return_sequences");
    bool isSequence = sequences && *sequences == true;
    int64_t channels = copies * units->get<int64_t>();
    return isSequence ? Shape{input.front(), channels} : Shape{channels};
  }
  const LayerClass *known = findLayerClass(className);
  bool actsOnCells = known && known->form == LayerForm::Cells &&
                     known->inputs == 1 && className != "Dense";
  return actsOnCells || keepsShape(className) ? std::optional(std::move(input))
                                              : std::nullopt;
}

} // namespace qml
