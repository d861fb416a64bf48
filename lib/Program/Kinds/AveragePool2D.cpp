//===- AveragePool2D.cpp - Means over windows -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<AveragePool2D> : Unary {
  static constexpr const char *name = "an average pool";
  static constexpr Form form = Form::Floats;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateIntegers = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const AveragePool2D &pool) {
    return checkPool(checker, operation, pool.window);
  }

  static void addTo(ProgramHash &hash, const AveragePool2D &pool) {
    hash.add(pool.window);
  }

  static void evaluateFloats(const FloatOperands &of,
                             const AveragePool2D &pool) {
    const Window &window = pool.window;
    const Shape &in = of.inShape;
    float *mean = of.out;
    for (int64_t oh = 0; oh < of.outShape[0]; ++oh)
      for (int64_t ow = 0; ow < of.outShape[1]; ++ow, mean += of.channels) {
        int64_t top = oh * window.strides[0] - window.padBegin[0];
        int64_t left = ow * window.strides[1] - window.padBegin[1];
        TapSpan rows =
            tapsInside(top, window.dilations[0], window.kernel[0], in[0]);
        TapSpan columns =
            tapsInside(left, window.dilations[1], window.kernel[1], in[1]);
        std::fill(mean, mean + of.channels, 0.0f);
        for (int64_t i = rows.first; i < rows.last; ++i)
          for (int64_t j = columns.first; j < columns.last; ++j) {
            int64_t cell = (top + i * window.dilations[0]) * in[1] + left +
                           j * window.dilations[1];
            addScaled(mean, of.in + cell * of.channels, 1.0f, of.channels);
          }
        auto count = static_cast<float>((rows.last - rows.first) *
                                        (columns.last - columns.first));
        for (int64_t c = 0; c < of.channels; ++c)
          mean[c] /= count;
      }
  }
};

template const KindInfo &kindInfo<AveragePool2D>();

} // namespace qml
