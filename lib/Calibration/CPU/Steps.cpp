//===- Steps.cpp - Steps of the float executor on plain loops -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything but convolutions and dense layers, over any layout.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qml {
namespace cpu {

/// Vectors of channels are repeated to at least this length for the loops.
constexpr int64_t shortPeriod = 64;

/// How often a vector of `inner` channels is repeated.
static int64_t repeats(int64_t inner) { return inner >= shortPeriod ? 1 : 16; }

/// One value, or one per channel, as each block of the layout takes it: zeros
/// for channels that are not there, each block's vector repeated.
static std::vector<float> spread(const std::vector<float> &values,
                                 const Layout &layout) {
  int64_t times = repeats(layout.inner);
  std::vector<float> all;
  all.reserve(size_t(layout.blocks() * layout.inner * times));
  for (int64_t block = 0; block < layout.blocks(); ++block)
    for (int64_t i = 0; i < times * layout.inner; ++i) {
      int64_t channel = block * layout.inner + i % layout.inner;
      all.push_back(channel >= layout.channels ? 0.f
                    : values.size() == 1       ? values[0]
                                               : values[size_t(channel)]);
    }
  return all;
}

namespace {

/// From the samples to float32, in any layout.
class Load final : public Step {
public:
  Load(size_t input, ElementType type, const Affine &affine, Operand out)
      : input(input), type(type), out(out),
        elements(out.layout.rows() * out.layout.channels),
        isIdentity(affine.scale == std::vector<float>{1.f} &&
                   affine.shift == std::vector<float>{0.f}) {
    Layout plain = out.layout.withInner(out.layout.channels);
    period = plain.inner * repeats(plain.inner);
    scale = spread(affine.scale, plain);
    shift = spread(affine.shift, plain);
    // So many cells at a time that they stay in the innermost cache, and that
    // each chunk starts where the vectors do.
    chunk = std::max<int64_t>(1, 2048 / period) * repeats(plain.inner);
  }

  void run(Worker &worker) const override {
    int64_t samples = worker.real();
    const Layout &layout = out.layout;
    float *to = worker.data(out);
    for (int64_t n = 0; n < samples; ++n, to += layout.elements()) {
      const char *from =
          static_cast<const char *>(worker.job.samples[input]) +
          size_t(worker.first + n) * size_t(elements) * sizeOf(type);
      if (layout.isPlain()) {
        convert(from, to, elements);
        continue;
      }
      float *cells = reinterpret_cast<float *>(worker.scratch());
      for (int64_t row = 0; row < layout.rows(); row += chunk) {
        int64_t count = std::min(chunk, layout.rows() - row);
        convert(from + size_t(row * layout.channels) * sizeOf(type), cells,
                count * layout.channels);
        distribute(cells, to, row, count);
      }
    }
  }

  size_t scratchBytes() const override {
    return out.layout.isPlain()
               ? 0
               : size_t(chunk * out.layout.channels) * sizeof(float);
  }

  std::string describe() const override { return "load"; }

private:
  void convert(const char *from, float *to, int64_t count) const {
    const KernelTable &table = kernels();
    const void *data = from;
    switch (type) {
    case ElementType::U8:
      table.loadU8(static_cast<const uint8_t *>(data), to, count, period,
                   scale.data(), shift.data());
      break;
    case ElementType::I8:
      table.loadI8(static_cast<const int8_t *>(data), to, count, period,
                   scale.data(), shift.data());
      break;
    case ElementType::I16:
      table.loadI16(static_cast<const int16_t *>(data), to, count, period,
                    scale.data(), shift.data());
      break;
    default:
      if (isIdentity)
        std::memcpy(to, data, size_t(count) * sizeof(float));
      else
        table.affine(static_cast<const float *>(data), to, count, period,
                     scale.data(), shift.data(), noClamp);
      break;
    }
  }

  /// `count` cells from `row` on into blocks.
  void distribute(const float *cells, float *to, int64_t row,
                  int64_t count) const {
    const Layout &layout = out.layout;
    if (layout.inner == 1) {
      kernels().deinterleave(cells, to + row, count, layout.channels,
                             layout.rows());
      return;
    }
    for (int64_t block = 0; block < layout.blocks(); ++block) {
      int64_t first = block * layout.inner;
      int64_t channels = std::min(layout.inner, layout.channels - first);
      float *cell = to + (block * layout.rows() + row) * layout.inner;
      const float *source = cells + first;
      for (int64_t i = 0; i < count;
           ++i, cell += layout.inner, source += layout.channels) {
        for (int64_t c = 0; c < channels; ++c)
          cell[c] = source[c];
        for (int64_t c = channels; c < layout.inner; ++c)
          cell[c] = 0.f;
      }
    }
  }

  size_t input;
  ElementType type;
  Operand out;
  int64_t elements;
  bool isIdentity;
  int64_t period;
  int64_t chunk;
  std::vector<float> scale;
  std::vector<float> shift;
};

class AffineStep final : public Step {
public:
  AffineStep(Operand in, const Affine &affine, Clamp bounds, Operand out)
      : in(in), out(out), bounds(bounds),
        scale(spread(affine.scale, in.layout)),
        shift(spread(affine.shift, in.layout)),
        period(in.layout.inner * repeats(in.layout.inner)) {}

  void run(Worker &worker) const override {
    const Layout &layout = in.layout;
    int64_t count = layout.rows() * layout.inner;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    for (int64_t n = 0; n < worker.count; ++n)
      for (int64_t block = 0; block < layout.blocks();
           ++block, x += count, y += count)
        kernels().affine(x, y, count, period, scale.data() + block * period,
                         shift.data() + block * period, bounds);
  }

  std::string describe() const override { return "affine"; }

private:
  Operand in, out;
  Clamp bounds;
  std::vector<float> scale;
  std::vector<float> shift;
  int64_t period;
};

class ClampStep final : public Step {
public:
  ClampStep(Operand in, Clamp bounds, Operand out)
      : in(in), out(out), bounds(bounds) {}

  void run(Worker &worker) const override {
    kernels().clamp(worker.data(in), worker.data(out),
                    worker.count * in.layout.elements(), bounds);
  }

  std::string describe() const override { return "clamp"; }

private:
  Operand in, out;
  Clamp bounds;
};

class AddStep final : public Step {
public:
  AddStep(Operand a, Operand b, Clamp bounds, Operand out)
      : a(a), b(b), out(out), bounds(bounds) {}

  void run(Worker &worker) const override {
    kernels().add(worker.data(a), worker.data(b), worker.data(out),
                  worker.count * a.layout.elements(), bounds);
  }

  std::string describe() const override { return "add"; }

private:
  Operand a, b, out;
  Clamp bounds;
};

/// A maximum or a mean over windows.
class PoolStep final : public Step {
public:
  using Kernel = decltype(KernelTable::maxPool);

  PoolStep(const char *name, Kernel kernel, Operand in, const Window &window,
           Clamp bounds, Operand out)
      : name(name), kernel(kernel), in(in), out(out), window(window),
        bounds(bounds) {}

  void run(Worker &worker) const override {
    const Layout &from = in.layout, &to = out.layout;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    for (int64_t plane = 0; plane < worker.count * from.blocks(); ++plane) {
      kernel(x, y, {from.height, from.width, from.inner},
             {to.height, to.width, to.inner}, window, bounds);
      x += from.rows() * from.inner;
      y += to.rows() * to.inner;
    }
  }

  std::string describe() const override { return name; }

private:
  const char *name;
  Kernel kernel;
  Operand in, out;
  Window window;
  Clamp bounds;
};

class MeanStep final : public Step {
public:
  MeanStep(Operand in, Operand out) : in(in), out(out) {}

  void run(Worker &worker) const override {
    const Layout &layout = in.layout;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    float *padded = reinterpret_cast<float *>(worker.scratch());
    for (int64_t n = 0; n < worker.count; ++n, y += layout.channels)
      for (int64_t block = 0; block < layout.blocks(); ++block) {
        int64_t first = block * layout.inner;
        int64_t channels = std::min(layout.inner, layout.channels - first);
        bool isWhole = channels == layout.inner;
        float *means = isWhole ? y + first : padded;
        kernels().mean(x, means, {layout.height, layout.width, layout.inner});
        if (!isWhole)
          std::copy_n(means, channels, y + first);
        x += layout.rows() * layout.inner;
      }
  }

  size_t scratchBytes() const override {
    return size_t(in.layout.inner) * sizeof(float);
  }

  std::string describe() const override { return "mean"; }

private:
  Operand in, out;
};

class PadStep final : public Step {
public:
  PadStep(Operand in, const int64_t (&begin)[2],
          const std::vector<float> &value, Operand out)
      : in(in), out(out), top(begin[0]), left(begin[1]) {
    const Layout &layout = in.layout;
    for (int64_t c = 0; c < layout.blocks() * layout.inner; ++c)
      values.push_back(c >= layout.channels ? 0.f
                       : value.size() == 1  ? value[0]
                                            : value[size_t(c)]);
  }

  void run(Worker &worker) const override {
    const Layout &from = in.layout, &to = out.layout;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    int64_t inner = from.inner;
    for (int64_t n = 0; n < worker.count; ++n)
      for (int64_t block = 0; block < from.blocks(); ++block) {
        const float *value = values.data() + block * inner;
        auto fill = [&](int64_t cells) {
          for (int64_t i = 0; i < cells; ++i, y += inner)
            std::copy_n(value, inner, y);
        };
        fill(top * to.width);
        for (int64_t row = 0; row < from.height; ++row) {
          fill(left);
          std::copy_n(x, from.width * inner, y);
          x += from.width * inner;
          y += from.width * inner;
          fill(to.width - left - from.width);
        }
        fill((to.height - top - from.height) * to.width);
      }
  }

  std::string describe() const override { return "pad"; }

private:
  Operand in, out;
  int64_t top, left;
  std::vector<float> values;
};

class MoveStep final : public Step {
public:
  MoveStep(Operand in, const MoveGeometry &move, Operand out)
      : in(in), out(out), move(move) {}

  void run(Worker &worker) const override {
    const float *x = worker.data(in);
    float *y = worker.data(out);
    for (int64_t n = 0; n < worker.count; ++n)
      moveElements(move, x + n * move.inElements, y + n * move.outElements);
  }

  std::string describe() const override { return "move"; }

private:
  Operand in, out;
  MoveGeometry move;
};

class SoftmaxStep final : public Step {
public:
  SoftmaxStep(Operand in, bool isLogarithm, Operand out)
      : in(in), out(out), isLogarithm(isLogarithm) {}

  void run(Worker &worker) const override {
    int64_t channels = in.layout.channels;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    for (int64_t row = 0; row < worker.count * in.layout.rows();
         ++row, x += channels, y += channels) {
      float largest = *std::max_element(x, x + channels);
      float sum = 0;
      if (isLogarithm) {
        // The result may be where the input is.
        for (int64_t c = 0; c < channels; ++c)
          sum += std::exp(x[c] - largest);
        float logarithm = std::log(sum);
        for (int64_t c = 0; c < channels; ++c)
          y[c] = x[c] - largest - logarithm;
        continue;
      }
      for (int64_t c = 0; c < channels; ++c)
        sum += y[c] = std::exp(x[c] - largest);
      for (int64_t c = 0; c < channels; ++c)
        y[c] /= sum;
    }
  }

  std::string describe() const override {
    return isLogarithm ? "log softmax" : "softmax";
  }

private:
  Operand in, out;
  bool isLogarithm;
};

class ConcatenateStep final : public Step {
public:
  ConcatenateStep(std::vector<Operand> inputs, Operand out)
      : inputs(std::move(inputs)), out(out) {}

  void run(Worker &worker) const override {
    int64_t cells = worker.count * out.layout.rows();
    float *first = worker.data(out);
    for (const Operand &in : inputs) {
      int64_t channels = in.layout.channels;
      const float *x = worker.data(in);
      float *y = first;
      for (int64_t cell = 0; cell < cells; ++cell) {
        std::copy_n(x, channels, y);
        x += channels;
        y += out.layout.channels;
      }
      first += channels;
    }
  }

  std::string describe() const override { return "concatenate"; }

private:
  std::vector<Operand> inputs;
  Operand out;
};

/// From one layout to another.
class Reorder final : public Step {
public:
  Reorder(Operand in, Operand out) : in(in), out(out) {}

  void run(Worker &worker) const override {
    const Layout &from = in.layout, &to = out.layout;
    const float *x = worker.data(in);
    float *y = worker.data(out);
    int64_t rows = from.rows();
    for (int64_t n = 0; n < worker.count; ++n) {
      for (int64_t block = 0; block < to.blocks(); ++block)
        for (int64_t i = 0; i < to.inner;) {
          // As many channels as lie together on both sides.
          int64_t channel = block * to.inner + i;
          float *target = y + block * rows * to.inner + i;
          if (channel >= to.channels) {
            for (int64_t row = 0; row < rows; ++row)
              target[row * to.inner] = 0.f;
            ++i;
            continue;
          }
          int64_t offset = channel % from.inner;
          int64_t length = std::min(
              {to.inner - i, from.inner - offset, to.channels - channel});
          const float *source =
              x + (channel / from.inner) * rows * from.inner + offset;
          for (int64_t row = 0; row < rows; ++row)
            for (int64_t c = 0; c < length; ++c)
              target[row * to.inner + c] = source[row * from.inner + c];
          i += length;
        }
      x += from.elements();
      y += to.elements();
    }
  }

  std::string describe() const override {
    return "reorder " + std::to_string(in.layout.inner) + " to " +
           std::to_string(out.layout.inner);
  }

private:
  Operand in, out;
};

/// The batch is time: each sample's queue comes of the one before it.
class PushStep final : public Step {
public:
  PushStep(Operand in, int64_t length, size_t memory, Operand out)
      : in(in), length(length), memory(memory), out(out) {}

  void run(Worker &worker) const override {
    int64_t entry = in.layout.channels, elements = in.layout.elements();
    std::vector<float> &kept = worker.memories[memory];
    const float *x = worker.data(in), *queue = kept.data();
    float *y = worker.data(out);
    int64_t real = worker.real();
    for (int64_t n = 0; n < real; ++n, x += elements) {
      const float *before = queue;
      queue = y;
      for (int64_t i = 0; i < elements; i += entry) {
        y = std::copy(before + entry, before + length * entry, y);
        y = std::copy_n(x + i, entry, y);
        before += length * entry;
      }
    }
    if (real > 0)
      std::copy_n(queue, kept.size(), kept.data());
  }

  std::string describe() const override { return "push"; }

private:
  Operand in;
  int64_t length;
  size_t memory;
  Operand out;
};

class Observe final : public Step {
public:
  Observe(Operand in, const ObserverLayout::Entry &entry)
      : in(in), entry(entry),
        period(in.layout.inner * (in.layout.inner > 16 || 16 % in.layout.inner
                                      ? repeats(in.layout.inner)
                                      : 1)) {}

  void run(Worker &worker) const override {
    int64_t real = worker.real();
    if (worker.job.counts)
      countBins(worker, in, entry);
    for (const Segment &segment : worker.job.segments) {
      int64_t begin = std::max<int64_t>(segment.begin - worker.first, 0);
      int64_t end = std::min(segment.end - worker.first, real);
      if (begin < end)
        observe(worker, begin, end, segment.state + entry.offset);
    }
  }

  size_t scratchBytes() const override {
    return 2 * size_t(period) * sizeof(int32_t);
  }

  std::string describe() const override { return "observe " + entry.layer; }

private:
  void observe(Worker &worker, int64_t begin, int64_t end,
               int32_t *keys) const {
    const Layout &layout = in.layout;
    int64_t count = layout.rows() * layout.inner;
    int32_t *maxima = reinterpret_cast<int32_t *>(worker.scratch());
    int32_t *minima = maxima + period;
    for (int64_t block = 0; block < layout.blocks(); ++block) {
      std::fill_n(maxima, 2 * period, emptyKey);
      for (int64_t n = begin; n < end; ++n) {
        const float *x =
            worker.data(in) + n * layout.elements() + block * count;
        if (entry.minMax)
          kernels().observeMinMax(x, count, period, maxima, minima);
        else
          kernels().observeMagnitude(x, count, period, maxima);
      }
      for (int64_t i = 0; i < period; ++i) {
        int64_t channel = block * layout.inner + i % layout.inner;
        if (channel >= layout.channels)
          continue;
        int32_t &key = keys[entry.perAxis ? channel : 0];
        key = std::max(key, maxima[i]);
        if (!entry.minMax)
          continue;
        int32_t &opposite = keys[entry.count + (entry.perAxis ? channel : 0)];
        opposite = std::max(opposite, minima[i]);
      }
    }
  }

  Operand in;
  ObserverLayout::Entry entry;
  int64_t period;
};

class Store final : public Step {
public:
  Store(Operand in, size_t result) : in(in), result(result) {}

  void run(Worker &worker) const override {
    if (worker.job.results.empty())
      return;
    const Layout &layout = in.layout;
    const float *x = worker.data(in);
    int64_t elements = layout.rows() * layout.channels;
    float *y = worker.job.results[result] + worker.first * elements;
    for (int64_t n = 0; n < worker.real(); ++n) {
      for (int64_t block = 0; block < layout.blocks(); ++block) {
        int64_t first = block * layout.inner;
        int64_t channels = std::min(layout.inner, layout.channels - first);
        for (int64_t row = 0; row < layout.rows(); ++row, x += layout.inner)
          std::copy_n(x, channels, y + row * layout.channels + first);
      }
      y += elements;
    }
  }

  std::string describe() const override { return "store"; }

private:
  Operand in;
  size_t result;
};

} // namespace

StepPtr makeLoad(size_t input, ElementType type, const Affine &affine,
                 Operand out) {
  return std::make_unique<Load>(input, type, affine, out);
}

StepPtr makeAffine(Operand in, const Affine &affine, Clamp bounds,
                   Operand out) {
  return std::make_unique<AffineStep>(in, affine, bounds, out);
}

StepPtr makeClamp(Operand in, Clamp bounds, Operand out) {
  return std::make_unique<ClampStep>(in, bounds, out);
}

StepPtr makeAdd(Operand a, Operand b, Clamp bounds, Operand out) {
  return std::make_unique<AddStep>(a, b, bounds, out);
}

StepPtr makeMaxPool(Operand in, const Window &window, Clamp bounds,
                    Operand out) {
  return std::make_unique<PoolStep>("max pool", kernels().maxPool, in, window,
                                    bounds, out);
}

StepPtr makeAveragePool(Operand in, const Window &window, Clamp bounds,
                        Operand out) {
  return std::make_unique<PoolStep>("average pool", kernels().averagePool, in,
                                    window, bounds, out);
}

StepPtr makeMean(Operand in, Operand out) {
  return std::make_unique<MeanStep>(in, out);
}

StepPtr makePad(Operand in, const int64_t (&begin)[2],
                const std::vector<float> &value, Operand out) {
  return std::make_unique<PadStep>(in, begin, value, out);
}

StepPtr makeMove(Operand in, const MoveGeometry &move, Operand out) {
  return std::make_unique<MoveStep>(in, move, out);
}

StepPtr makeConcatenate(std::vector<Operand> inputs, Operand out) {
  return std::make_unique<ConcatenateStep>(std::move(inputs), out);
}

StepPtr makeSoftmax(Operand in, bool isLogarithm, Operand out) {
  return std::make_unique<SoftmaxStep>(in, isLogarithm, out);
}

StepPtr makePush(Operand in, int64_t length, size_t memory, Operand out) {
  return std::make_unique<PushStep>(in, length, memory, out);
}

StepPtr makeReorder(Operand in, Operand out) {
  return std::make_unique<Reorder>(in, out);
}

StepPtr makeObserve(Operand in, const ObserverLayout::Entry &entry) {
  return std::make_unique<Observe>(in, entry);
}

StepPtr makeStore(Operand in, size_t result) {
  return std::make_unique<Store>(in, result);
}

} // namespace cpu
} // namespace qml
