//===- UnsupportedLayers.cpp - Why classes are not imported ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers/Layers.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace qml {

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

} // namespace qml
