//===- Elements.h - Sources that go element by element ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Samples in their own type become floats; tensors are scaled, added, clamped.
// Each step is rounded to float32, as on the CPU.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_ELEMENTS_H
#define QML_LIB_GPU_ELEMENTS_H

#include "ElementPass.h"

#include "qml/Program/Moves.h"
#include "qml/Quantization/ScalarFunctions.h"

namespace qml {
namespace gpu {

struct Bounds {
  float lower = -__builtin_inff();
  float upper = __builtin_inff();

  /// NaN stays NaN, so that observers see it.
  QML_DEVICE float apply(float x) const {
    x = x < lower ? lower : x;
    return x > upper ? upper : x;
  }
  bool operator==(const Bounds &other) const {
    return lower == other.lower && upper == other.upper;
  }
  bool isNone() const {
    return lower == -__builtin_inff() && upper == __builtin_inff();
  }
};

/// A tensor that a kernel of ours reads. What its own layer left to be done is
/// done on the way: the bias, the bounds of a ReLU.
struct SourceTensor {
  const float *data = nullptr;
  const float *bias = nullptr; ///< one per channel, or null
  Bounds bounds;
};

/// Constants of the lanes of a column: one value, or one per channel.
struct PerChannel {
  const float *values = nullptr; ///< null: the default
  int32_t count = 1;
};

template <int Width>
QML_DEVICE Pack<float, Width> lanesOf(const PerChannel &constant, float none,
                                      int64_t offset, int channels) {
  Pack<float, Width> lanes;
  QML_UNROLL
  for (int i = 0; i < Width; ++i)
    lanes[i] = !constant.values      ? none
               : constant.count == 1 ? constant.values[0]
                                     : constant.values[(offset + i) % channels];
  return lanes;
}

/// The lanes of an input: what is fetched becomes a value and is observed.
template <int Width>
class InputColumn {
public:
  QML_DEVICE InputColumn(const SourceTensor &input, int64_t offset,
                         int channels)
      : bias(lanesOf<Width>({input.bias, channels}, 0, offset, channels)),
        bounds(input.bounds), hasBias(input.bias) {}

  QML_DEVICE Pack<float, Width> finish(Pack<float, Width> pack,
                                       const Observer &observer,
                                       Keys<Width> &keys) const {
    QML_UNROLL
    for (int i = 0; i < Width; ++i) {
      float x = hasBias ? pack[i] + bias[i] : pack[i];
      pack[i] = bounds.apply(x);
    }
    keys.see(observer.kind, pack);
    return pack;
  }

private:
  Pack<float, Width> bias;
  Bounds bounds;
  bool hasBias;
};

/// x * scale + shift of samples that come as `T`.
template <typename T>
struct Samples {
  static constexpr const char *name = "load samples";
  static constexpr int inputs = 1;
  static constexpr int unroll = 4;

  const T *samples = nullptr;
  PerChannel scale; ///< 1 by default
  PerChannel shift; ///< 0 by default
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    using Fetched = Pack<T, Width>;

    QML_DEVICE Column(const Samples &source, int64_t offset, int channels)
        : scale(lanesOf<Width>(source.scale, 1, offset, channels)),
          shift(lanesOf<Width>(source.shift, 0, offset, channels)) {}

    QML_DEVICE Fetched fetch(const Samples &source, const Place &at) const {
      return load<Width>(source.samples + at.element);
    }

    QML_DEVICE Pack<float, Width> finish(const Samples &, const Fetched &x,
                                         Keys<Width> *) const {
      Pack<float, Width> y;
      QML_UNROLL
      for (int i = 0; i < Width; ++i) {
        float scaled = float(x[i]) * scale[i];
        y[i] = scaled + shift[i];
      }
      return y;
    }

  private:
    Pack<float, Width> scale, shift;
  };
};

/// A tensor as it is, to be observed.
struct Look {
  static constexpr const char *name = "observe";
  static constexpr int inputs = 1;
  static constexpr int unroll = 8;

  const float *in = nullptr;
  float *out = nullptr;            ///< stays null
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    using Fetched = Pack<float, Width>;

    QML_DEVICE Column(const Look &, int64_t, int) {}

    QML_DEVICE Fetched fetch(const Look &source, const Place &at) const {
      return load<Width>(source.in + at.element);
    }

    QML_DEVICE Pack<float, Width> finish(const Look &, const Fetched &x,
                                         Keys<Width> *) const {
      return x;
    }
  };
};

/// Tensors side by side: the channels of each cell are those of all of them,
/// one tensor after the other. No pack has elements of two.
struct Concatenation {
  static constexpr const char *name = "concatenate";
  static constexpr int inputs = 1;
  static constexpr int unroll = 4;
  static constexpr int maxInputs = 32;

  const float *in[maxInputs] = {};
  int32_t first[maxInputs + 1] = {}; ///< channel of each; at the end, of all
  int32_t count = 0;
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  void add(const float *data, int32_t channels) {
    in[count] = data;
    first[count + 1] = first[count] + channels;
    ++count;
  }

  template <int Width>
  class Column {
  public:
    using Fetched = Pack<float, Width>;

    QML_DEVICE Column(const Concatenation &source, int64_t offset, int channels)
        : channels(channels) {
      int channel = int(offset % channels), i = 0;
      while (source.first[i + 1] <= channel)
        ++i;
      inChannels = source.first[i + 1] - source.first[i];
      from = source.in[i] + (channel - source.first[i]);
    }

    QML_DEVICE Fetched fetch(const Concatenation &, const Place &at) const {
      return load<Width>(from + at.element / channels * inChannels);
    }

    QML_DEVICE Pack<float, Width>
    finish(const Concatenation &, const Fetched &x, Keys<Width> *) const {
      return x;
    }

  private:
    const float *from; ///< the lanes' channels of the first cell
    int channels;
    int inChannels;
  };
};

/// Elements at other places. No pack has elements of two runs.
struct MovedElements {
  static constexpr const char *name = "move";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  const float *in = nullptr;
  MoveGeometry move;
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    using Fetched = Pack<float, Width>;

    QML_DEVICE Column(const MovedElements &, int64_t, int) {}

    QML_DEVICE Fetched fetch(const MovedElements &source,
                             const Place &at) const {
      int64_t sample = at.element / source.move.outElements;
      int64_t from = source.move.find(at.element % source.move.outElements);
      if (from < 0)
        return {};
      return load<Width>(source.in + sample * source.move.inElements + from);
    }

    QML_DEVICE Pack<float, Width>
    finish(const MovedElements &, const Fetched &x, Keys<Width> *) const {
      return x;
    }
  };
};

/// The product of two tensors. The second may be a vector of channels for each
/// sample. `out` may be where `a` lies.
struct TensorProduct {
  static constexpr const char *name = "multiply";
  static constexpr int inputs = 1;
  static constexpr int unroll = 4;

  const float *a = nullptr;
  const float *b = nullptr;
  /// Of `a`, if `b` is a vector; else 0. No pack has channels of two cells
  /// then.
  int64_t sampleElements = 0;
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    struct Fetched {
      Pack<float, Width> a, b;
    };

    QML_DEVICE Column(const TensorProduct &, int64_t offset, int channels)
        : channel(offset % channels), channels(channels) {}

    QML_DEVICE Fetched fetch(const TensorProduct &source,
                             const Place &at) const {
      Fetched fetched;
      fetched.a = load<Width>(source.a + at.element);
      int64_t other =
          source.sampleElements
              ? at.element / source.sampleElements * channels + channel
              : at.element;
      fetched.b = load<Width>(source.b + other);
      return fetched;
    }

    QML_DEVICE Pack<float, Width>
    finish(const TensorProduct &, const Fetched &fetched, Keys<Width> *) const {
      Pack<float, Width> y;
      QML_UNROLL
      for (int i = 0; i < Width; ++i)
        y[i] = fetched.a[i] * fetched.b[i];
      return y;
    }

  private:
    int64_t channel;
    int channels;
  };
};

/// A function of each value. `out` may be where `in` lies.
struct Apply {
  static constexpr const char *name = "activation";
  static constexpr int inputs = 1;
  static constexpr int unroll = 2;

  const float *in = nullptr;
  ScalarFunction function = ScalarFunction::Swish;
  float alpha = 0;
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    using Fetched = Pack<float, Width>;

    QML_DEVICE Column(const Apply &, int64_t, int) {}

    QML_DEVICE Fetched fetch(const Apply &source, const Place &at) const {
      return load<Width>(source.in + at.element);
    }

    QML_DEVICE Pack<float, Width> finish(const Apply &source, const Fetched &x,
                                         Keys<Width> *) const {
      Pack<float, Width> y;
      QML_UNROLL
      for (int i = 0; i < Width; ++i)
        y[i] = applyFunction(source.function, x[i], source.alpha);
      return y;
    }
  };
};

/// bounds((a * scale + shift) + b). The scale with its shift, b, and the bounds
/// may be missing. `out` may be where `a` or `b` lies.
struct Combine {
  static constexpr const char *name = "combine";
  static constexpr int inputs = 2;
  static constexpr int unroll = 4;

  SourceTensor a;
  PerChannel scale, shift;
  SourceTensor b; ///< data may be null
  Bounds bounds;
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column {
  public:
    struct Fetched {
      Pack<float, Width> a, b;
    };

    QML_DEVICE Column(const Combine &source, int64_t offset, int channels)
        : a(source.a, offset, channels), b(source.b, offset, channels),
          scale(lanesOf<Width>(source.scale, 1, offset, channels)),
          shift(lanesOf<Width>(source.shift, 0, offset, channels)) {}

    QML_DEVICE Fetched fetch(const Combine &source, const Place &at) const {
      Fetched fetched;
      fetched.a = load<Width>(source.a.data + at.element);
      if (source.b.data)
        fetched.b = load<Width>(source.b.data + at.element);
      return fetched;
    }

    QML_DEVICE Pack<float, Width> finish(const Combine &source,
                                         const Fetched &fetched,
                                         Keys<Width> *inputKeys) const {
      Pack<float, Width> y =
          a.finish(fetched.a, source.inputObservers[0], inputKeys[0]);
      if (source.scale.values) {
        QML_UNROLL
        for (int i = 0; i < Width; ++i) {
          float scaled = y[i] * scale[i];
          y[i] = scaled + shift[i];
        }
      }
      if (source.b.data) {
        Pack<float, Width> other =
            b.finish(fetched.b, source.inputObservers[1], inputKeys[1]);
        QML_UNROLL
        for (int i = 0; i < Width; ++i)
          y[i] = y[i] + other[i];
      }
      QML_UNROLL
      for (int i = 0; i < Width; ++i)
        y[i] = source.bounds.apply(y[i]);
      return y;
    }

  private:
    InputColumn<Width> a, b;
    Pack<float, Width> scale, shift;
  };
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_ELEMENTS_H
