//===- Networks.cpp - Float programs made by hand, and their values -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plainest loops there are.
//
//===----------------------------------------------------------------------===//

#include "Networks.h"

#include "../Program/NaiveMove.h"

#include "qml/Program/Verify.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace test {

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

int Network::add(OperationKind kind, std::vector<int> inputs, Shape shape) {
  Operation operation;
  operation.kind = std::move(kind);
  operation.layer = "layer" + std::to_string(program.operations.size());
  operation.inputs = std::move(inputs);
  operation.output = tensor(std::move(shape));
  program.operations.push_back(std::move(operation));
  return program.operations.back().output;
}

std::vector<float> Network::values(int64_t count) {
  std::vector<float> result;
  for (int64_t i = 0; i < count; ++i)
    result.push_back(weightScale * float(int(random() % 512) - 256) / 256);
  return result;
}

Constant Network::constant(Shape shape) {
  weights.push_back(values(numElements(shape)));
  return {ElementType::F32, std::move(shape), weights.back().data()};
}

static Shape resultShape(const Shape &in, const Window &window,
                         int64_t channels) {
  Shape out(3);
  for (int axis = 0; axis < 2; ++axis)
    out[axis] = (in[axis] + window.padBegin[axis] + window.padEnd[axis] -
                 (window.kernel[axis] - 1) * window.dilations[axis] - 1) /
                    window.strides[axis] +
                1;
  out[2] = channels;
  return out;
}

int Network::conv(int in, int64_t filters, Window window, bool bias,
                  std::vector<float> padding) {
  Conv2D conv;
  conv.kernel =
      constant({window.kernel[0], window.kernel[1], shapeOf(in)[2], filters});
  if (bias)
    conv.bias = constant({filters});
  conv.window = window;
  conv.paddingValue = std::move(padding);
  return add(conv, {in}, resultShape(shapeOf(in), window, filters));
}

int Network::depthwise(int in, Window window, bool bias,
                       std::vector<float> padding) {
  int64_t channels = shapeOf(in)[2];
  Conv2D conv;
  conv.depthwise = true;
  conv.kernel = constant({window.kernel[0], window.kernel[1], channels, 1});
  if (bias)
    conv.bias = constant({channels});
  conv.window = window;
  conv.paddingValue = std::move(padding);
  return add(conv, {in}, resultShape(shapeOf(in), window, channels));
}

int Network::dense(int in, int64_t units, bool bias) {
  Shape shape = shapeOf(in);
  Dense dense;
  dense.kernel = constant({shape.back(), units});
  if (bias)
    dense.bias = constant({units});
  shape.back() = units;
  return add(dense, {in}, shape);
}

int Network::batchNorm(int in) {
  int64_t channels = numChannels(program.tensors[size_t(in)]);
  BatchNorm norm{values(channels), values(channels)};
  return add(norm, {in}, shapeOf(in));
}

int Network::relu(int in, std::optional<float> maxValue) {
  ReLU relu;
  relu.maxValue = maxValue;
  return add(relu, {in}, shapeOf(in));
}

int Network::maxPool(int in, Window window) {
  return add(MaxPool2D{window}, {in},
             resultShape(shapeOf(in), window, shapeOf(in)[2]));
}

int Network::averagePool(int in, Window window) {
  return add(AveragePool2D{window}, {in},
             resultShape(shapeOf(in), window, shapeOf(in)[2]));
}

int Network::mean(int in) {
  return add(GlobalAveragePool2D{}, {in}, {shapeOf(in)[2]});
}

int Network::sum(int a, int b) { return add(Add{}, {a, b}, shapeOf(a)); }

int Network::concatenate(std::vector<int> inputs) {
  Shape shape = shapeOf(inputs.front());
  shape.back() = 0;
  for (int input : inputs)
    shape.back() += shapeOf(input).back();
  return add(Concatenate{}, std::move(inputs), std::move(shape));
}

int Network::view(int in, Shape shape) {
  return add(AlignedReshape{}, {in}, std::move(shape));
}

int Network::rescaling(int in, std::vector<float> scale,
                       std::vector<float> offset) {
  return add(Rescaling{std::move(scale), std::move(offset)}, {in}, shapeOf(in));
}

int Network::zeroPadding(int in, int64_t top, int64_t left, int64_t bottom,
                         int64_t right) {
  Shape shape = shapeOf(in);
  shape[0] += top + bottom;
  shape[1] += left + right;
  return move(in, {{{0, -top, 1}, {1, -left, 1}, {2, 0, 1}}}, shape);
}

int Network::move(int in, Move move, const Shape &shape) {
  return add(std::move(move), {in}, shape);
}

int Network::product(int a, int b) {
  return add(Multiply(), {a, b}, shapeOf(a));
}

int Network::activation(int in, ScalarFunction function, float alpha) {
  return add(ScalarActivation{function, alpha}, {in}, shapeOf(in));
}

int Network::softmax(int in, bool isLogarithm) {
  return add(Softmax{isLogarithm}, {in}, shapeOf(in));
}

std::unique_ptr<SampleSource> Network::samples(int64_t count,
                                               uint64_t seed) const {
  RandomOptions options;
  options.count = count;
  options.seed = seed;
  auto source =
      randomSamples(program.tensors[size_t(program.inputs[0].tensor)], options);
  EXPECT_TRUE(bool(source));
  return std::move(*source);
}

SampleSources Network::allSamples(int64_t count, uint64_t seed) const {
  RandomOptions options;
  options.count = count;
  options.seed = seed;
  auto sources = randomSamples(program, options);
  EXPECT_TRUE(bool(sources));
  return std::move(*sources);
}

Window sameWindow(const Shape &image, int64_t kernel, int64_t strides,
                  int64_t dilation) {
  Window window = validWindow(kernel, strides, dilation);
  for (int axis = 0; axis < 2; ++axis) {
    int64_t cells = (image[size_t(axis)] + strides - 1) / strides;
    int64_t reach = (kernel - 1) * dilation + 1;
    int64_t total = std::max<int64_t>(
        (cells - 1) * strides + reach - image[size_t(axis)], 0);
    window.padBegin[axis] = total / 2;
    window.padEnd[axis] = total - total / 2;
  }
  return window;
}

Window validWindow(int64_t kernel, int64_t strides, int64_t dilation) {
  Window window;
  for (int axis = 0; axis < 2; ++axis) {
    window.kernel[axis] = kernel;
    window.strides[axis] = strides;
    window.dilations[axis] = dilation;
  }
  return window;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

namespace {

/// One operation on one sample.
struct Naive {
  const Program &program;
  const Operation &operation;
  Values &values;

  const std::vector<float> &x(size_t i = 0) const {
    return values[size_t(operation.inputs[i])];
  }
  std::vector<float> &y() const { return values[size_t(operation.output)]; }
  const Shape &in() const {
    return program.tensors[size_t(operation.inputs[0])].shape;
  }
  const Shape &out() const {
    return program.tensors[size_t(operation.output)].shape;
  }
  static float at(const std::vector<float> &perChannel, size_t channel) {
    return perChannel[perChannel.size() == 1 ? 0 : channel];
  }

  /// Calls with each tap of the window at one cell: its kernel row and column
  /// and its image row and column.
  template <typename F>
  static void forTaps(const Window &window, int64_t row, int64_t column,
                      F call) {
    for (int64_t ky = 0; ky < window.kernel[0]; ++ky)
      for (int64_t kx = 0; kx < window.kernel[1]; ++kx)
        call(ky, kx,
             row * window.strides[0] - window.padBegin[0] +
                 ky * window.dilations[0],
             column * window.strides[1] - window.padBegin[1] +
                 kx * window.dilations[1]);
  }
  bool isInside(int64_t row, int64_t column) const {
    return row >= 0 && row < in()[0] && column >= 0 && column < in()[1];
  }
  float pixel(int64_t row, int64_t column, int64_t channel) const {
    return x()[size_t((row * in()[1] + column) * in()[2] + channel)];
  }
  template <typename F>
  void forCells(F call) const {
    size_t index = 0;
    for (int64_t row = 0; row < out()[0]; ++row)
      for (int64_t column = 0; column < out()[1]; ++column)
        for (int64_t channel = 0; channel < out()[2]; ++channel)
          y()[index++] = call(row, column, channel);
  }

  void operator()(const Rescaling &op) const {
    for (size_t i = 0; i < y().size(); ++i) {
      size_t channel = i % size_t(out().empty() ? 1 : out().back());
      float scaled = x()[i] * at(op.scale, channel);
      y()[i] = scaled + at(op.offset, channel);
    }
  }
  void operator()(const BatchNorm &op) const {
    (*this)(Rescaling{op.scale, op.shift});
  }
  void operator()(const Conv2D &op) const {
    const float *kernel = op.kernel.as<float>();
    int64_t filters = out()[2];
    forCells([&](int64_t row, int64_t column, int64_t filter) {
      double total = op.bias ? op.bias.as<float>()[filter] : 0;
      forTaps(op.window, row, column,
              [&](int64_t ky, int64_t kx, int64_t iy, int64_t ix) {
                for (int64_t c = 0; c < in()[2]; ++c) {
                  if (op.depthwise && c != filter)
                    continue;
                  double value = isInside(iy, ix) ? pixel(iy, ix, c)
                                 : op.paddingValue.empty()
                                     ? 0
                                     : at(op.paddingValue, size_t(c));
                  int64_t tap = ky * op.window.kernel[1] + kx;
                  total +=
                      value *
                      double(
                          op.depthwise
                              ? kernel[tap * in()[2] + c]
                              : kernel[(tap * in()[2] + c) * filters + filter]);
                }
              });
      return float(total);
    });
  }
  void operator()(const Dense &op) const {
    size_t inputs = size_t(in().back()), outputs = size_t(out().back());
    for (size_t i = 0; i < y().size(); ++i) {
      double total = op.bias ? op.bias.as<float>()[i % outputs] : 0;
      for (size_t k = 0; k < inputs; ++k)
        total += double(x()[i / outputs * inputs + k]) *
                 double(op.kernel.as<float>()[k * outputs + i % outputs]);
      y()[i] = float(total);
    }
  }
  void operator()(const ReLU &op) const {
    for (size_t i = 0; i < y().size(); ++i)
      y()[i] = std::min(std::max(x()[i], 0.f), op.maxValue.value_or(INFINITY));
  }
  void operator()(const MaxPool2D &op) const {
    forCells([&](int64_t row, int64_t column, int64_t channel) {
      float largest = -INFINITY;
      forTaps(op.window, row, column,
              [&](int64_t, int64_t, int64_t iy, int64_t ix) {
                if (isInside(iy, ix))
                  largest = std::max(largest, pixel(iy, ix, channel));
              });
      return largest;
    });
  }
  void operator()(const AveragePool2D &op) const {
    forCells([&](int64_t row, int64_t column, int64_t channel) {
      double total = 0, count = 0;
      forTaps(op.window, row, column,
              [&](int64_t, int64_t, int64_t iy, int64_t ix) {
                if (!isInside(iy, ix))
                  return;
                total += double(pixel(iy, ix, channel));
                ++count;
              });
      return float(total / count);
    });
  }
  void operator()(const GlobalAveragePool2D &) const {
    std::vector<double> totals(y().size());
    for (size_t i = 0; i < x().size(); ++i)
      totals[i % totals.size()] += double(x()[i]);
    for (size_t i = 0; i < totals.size(); ++i)
      y()[i] = float(totals[i] / double(in()[0] * in()[1]));
  }
  void operator()(const Add &) const {
    for (size_t i = 0; i < y().size(); ++i)
      y()[i] = x(0)[i] + x(1)[i];
  }
  void operator()(const Concatenate &) const {
    size_t at = 0;
    for (size_t cell = 0; at < y().size(); ++cell)
      for (size_t i = 0; i < operation.inputs.size(); ++i) {
        size_t channels =
            size_t(program.tensors[size_t(operation.inputs[i])].shape.back());
        for (size_t c = 0; c < channels; ++c)
          y()[at++] = x(i)[cell * channels + c];
      }
  }
  void operator()(const AlignedReshape &) const { y() = x(); }
  void operator()(const Move &op) const {
    y() = test::moveNaively(op, x(), in(), out());
  }
  void operator()(const Multiply &) const {
    const std::vector<float> &other = values[size_t(operation.inputs[1])];
    for (size_t i = 0; i < y().size(); ++i)
      y()[i] = x()[i] * other[i % other.size()];
  }
  void operator()(const ScalarActivation &op) const {
    for (size_t i = 0; i < y().size(); ++i)
      y()[i] =
          float(applyFunction(op.function, double(x()[i]), double(op.alpha)));
  }
  void operator()(const Push &) const {
    size_t entry = size_t(in().back()), cells = x().size() / entry;
    for (size_t cell = 0, at = 0; cell < cells; ++cell) {
      size_t end = at + y().size() / cells;
      for (; at + entry < end; ++at)
        y()[at] = x(1)[at + entry];
      for (size_t c = 0; c < entry; ++c)
        y()[at++] = x()[cell * entry + c];
    }
  }
  void operator()(const Softmax &softmax) const {
    size_t channels = size_t(out().empty() ? 1 : out().back());
    for (size_t start = 0; start < y().size(); start += channels) {
      double largest = double(*std::max_element(x().data() + start,
                                                x().data() + start + channels)),
             total = 0;
      for (size_t c = 0; c < channels; ++c)
        total += std::exp(double(x()[start + c]) - largest);
      for (size_t c = 0; c < channels; ++c) {
        double logarithm = double(x()[start + c]) - largest - std::log(total);
        y()[start + c] =
            float(softmax.isLogarithm ? logarithm : std::exp(logarithm));
      }
    }
  }
  template <typename T>
  void operator()(const T &) const {
    ADD_FAILURE() << "no operation of a float network";
  }
};

} // namespace

Values computeNaively(const Program &program, const SampleSet &samples,
                      int64_t index) {
  Values values(program.tensors.size());
  for (size_t i = 0; i < program.inputs.size(); ++i)
    values[size_t(program.inputs[i].tensor)] = sampleOf(samples[i], index);
  for (const Operation &operation : program.operations) {
    values[size_t(operation.output)].resize(
        size_t(numElements(program.tensors[size_t(operation.output)].shape)));
    std::visit(Naive{program, operation, values}, operation.kind);
  }
  return values;
}

std::vector<float> sampleOf(const SampleSource &samples, int64_t index) {
  std::vector<char> buffer(samples.bytesPerSample());
  auto data = samples.get(index, 1, buffer.data());
  if (!data) {
    ADD_FAILURE() << data.message();
    return {};
  }
  std::vector<float> values(size_t(numElements(samples.shape())));
  for (size_t i = 0; i < values.size(); ++i)
    switch (samples.type()) {
    case ElementType::U8:
      values[i] = static_cast<const uint8_t *>(*data)[i];
      break;
    case ElementType::I8:
      values[i] = static_cast<const int8_t *>(*data)[i];
      break;
    case ElementType::I16:
      values[i] = static_cast<const int16_t *>(*data)[i];
      break;
    default:
      values[i] = static_cast<const float *>(*data)[i];
      break;
    }
  return values;
}

void expectValues(const Network &network, const SampleSet &samples,
                  int64_t count, const std::vector<int> &tensors, int threads,
                  int64_t microBatch) {
  FloatExecutorOptions options;
  options.threads = threads;
  options.observe = false;
  options.keep = tensors;
  options.microBatch = microBatch;
  auto executor = createCPUExecutor(network.program, options);
  ASSERT_TRUE(bool(executor)) << executor.message();
  std::vector<std::vector<float>> values;
  std::vector<float *> results;
  for (int tensor : tensors) {
    values.emplace_back(size_t(count * numElements(network.shapeOf(tensor))),
                        -123.f);
    results.push_back(values.back().data());
  }
  Status status = (*executor)->run(samples, 0, count, results);
  ASSERT_TRUE(bool(status)) << status.message();
  for (int64_t n = 0; n < count; ++n) {
    Values expected = computeNaively(network.program, samples, n);
    for (size_t i = 0; i < tensors.size(); ++i) {
      const std::vector<float> &wanted = expected[size_t(tensors[i])];
      const float *found = values[i].data() + size_t(n) * wanted.size();
      float largest = 0;
      for (float value : wanted)
        largest = std::max(largest, std::fabs(value));
      for (size_t j = 0; j < wanted.size(); ++j)
        ASSERT_NEAR(found[j], wanted[j], largest * 1e-5f)
            << "tensor " << tensors[i] << ", sample " << n << ", element " << j;
    }
  }
}

} // namespace test
} // namespace qml
