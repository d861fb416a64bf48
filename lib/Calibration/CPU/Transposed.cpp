//===- Transposed.cpp - Transposed convolutions on the CPU ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One product of matrices for each row of the image and each tap, whose rows
// are added to where the tap reaches.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace cpu {

namespace {

/// Input and result are plain.
class ConvTransposeStep final : public Step {
public:
  ConvTransposeStep(const Conv2DTranspose &conv, Clamp bounds, Operand in,
                    Operand out)
      : in(in), out(out), window(conv.window), depthwise(conv.depthwise),
        bounds(bounds), kernel(size_t(numElements(conv.kernel.shape))) {
    // Files are mapped as they are: elements may lie at any address.
    std::memcpy(kernel.data(), conv.kernel.data, kernel.size() * sizeof(float));
    bias.resize(size_t(out.layout.channels));
    if (conv.bias)
      std::memcpy(bias.data(), conv.bias.data, bias.size() * sizeof(float));
  }

  void run(Worker &worker) const override {
    const float *x = worker.data(in);
    float *y = worker.data(out);
    float *products = reinterpret_cast<float *>(worker.scratch());
    for (int64_t n = 0; n < worker.count; ++n) {
      for (int64_t cell = 0; cell < out.layout.rows(); ++cell)
        std::copy(bias.begin(), bias.end(), y + cell * out.layout.channels);
      for (int64_t row = 0; row < in.layout.height; ++row)
        for (int64_t u = 0; u < window.kernel[0]; ++u) {
          int64_t to = row * window.strides[0] + u * window.dilations[0] -
                       window.padBegin[0];
          if (to >= 0 && to < out.layout.height)
            addRow(x + row * in.layout.width * in.layout.channels, u,
                   y + to * out.layout.width * out.layout.channels, products);
        }
      if (!isNoClamp(bounds))
        kernels().clamp(y, y, out.layout.elements(), bounds);
      x += in.layout.elements();
      y += out.layout.elements();
    }
  }

  size_t scratchBytes() const override {
    return size_t(in.layout.width * out.layout.channels) * sizeof(float);
  }

  std::string describe() const override { return "transposed conv"; }

private:
  /// Adds what a row of the image gives through row `u` of the kernel.
  void addRow(const float *x, int64_t u, float *y, float *products) const {
    int64_t inputs = in.layout.channels, outputs = out.layout.channels;
    int64_t width = in.layout.width;
    for (int64_t v = 0; v < window.kernel[1]; ++v) {
      const float *weights = kernel.data() + (u * window.kernel[1] + v) *
                                                 inputs *
                                                 (depthwise ? 1 : outputs);
      if (!depthwise)
        dnnl::sgemm('N', 'N', width, outputs, inputs, 1.0f, x, inputs, weights,
                    outputs, 0.0f, products, outputs);
      for (int64_t cell = 0; cell < width; ++cell) {
        int64_t to = cell * window.strides[1] + v * window.dilations[1] -
                     window.padBegin[1];
        if (to < 0 || to >= out.layout.width)
          continue;
        float *sums = y + to * outputs;
        if (depthwise) {
          const float *values = x + cell * inputs;
          for (int64_t c = 0; c < outputs; ++c)
            sums[c] += values[c] * weights[c];
        } else {
          const float *values = products + cell * outputs;
          for (int64_t c = 0; c < outputs; ++c)
            sums[c] += values[c];
        }
      }
    }
  }

  Operand in, out;
  Window window;
  bool depthwise;
  Clamp bounds;
  std::vector<float> kernel;
  std::vector<float> bias;
};

} // namespace

StepPtr makeConvTranspose(const Conv2DTranspose &conv, Clamp bounds, Operand in,
                          Operand out) {
  return std::make_unique<ConvTransposeStep>(conv, bounds, in, out);
}

} // namespace cpu
} // namespace qml
