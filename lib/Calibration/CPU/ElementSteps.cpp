//===- ElementSteps.cpp - Products and functions of single values ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Over any layout. Channels that are not there stay zero.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>

namespace qml {
namespace cpu {

namespace {

class MultiplyStep final : public Step {
public:
  MultiplyStep(Operand a, Operand b, Operand out) : a(a), b(b), out(out) {}

  void run(Worker &worker) const override {
    // A cell that all cells of its block are multiplied with, or each with its
    // own.
    const int64_t rows = a.layout.rows(), inner = a.layout.inner;
    const bool isCell = b.layout.rows() != rows;
    const int64_t count = isCell ? inner : rows * inner;
    const float *x = worker.data(a), *factors = worker.data(b);
    float *y = worker.data(out);
    for (int64_t n = 0; n < worker.count; ++n)
      for (int64_t block = 0; block < a.layout.blocks(); ++block) {
        for (int64_t i = 0; i < rows * inner; i += count)
          for (int64_t j = 0; j < count; ++j)
            y[i + j] = x[i + j] * factors[j];
        x += rows * inner;
        y += rows * inner;
        factors += count;
      }
  }

  std::string describe() const override { return "multiply"; }

private:
  Operand a, b, out;
};

class ScalarActivationStep final : public Step {
public:
  ScalarActivationStep(Operand in, const ScalarActivation &activation,
                       Operand out)
      : in(in), out(out), activation(activation) {}

  void run(Worker &worker) const override {
    const Layout &layout = in.layout;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    const int64_t cells = layout.rows();
    for (int64_t n = 0; n < worker.count; ++n)
      for (int64_t block = 0; block < layout.blocks(); ++block) {
        int64_t channels =
            std::min(layout.inner, layout.channels - block * layout.inner);
        if (channels == layout.inner) {
          apply(x, y, cells * channels);
          x += cells * channels;
          y += cells * channels;
          continue;
        }
        for (int64_t cell = 0; cell < cells;
             ++cell, x += layout.inner, y += layout.inner) {
          apply(x, y, channels);
          std::fill(y + channels, y + layout.inner, 0.0f);
        }
      }
  }

  std::string describe() const override { return "activation"; }

private:
  void apply(const float *x, float *y, int64_t count) const {
    for (int64_t i = 0; i < count; ++i)
      y[i] = applyFunction(activation.function, x[i], activation.alpha);
  }

  Operand in, out;
  ScalarActivation activation;
};

} // namespace

StepPtr makeMultiply(Operand a, Operand b, Operand out) {
  return std::make_unique<MultiplyStep>(a, b, out);
}

StepPtr makeScalarActivation(Operand in, const ScalarActivation &activation,
                             Operand out) {
  return std::make_unique<ScalarActivationStep>(in, activation, out);
}

} // namespace cpu
} // namespace qml
