//===- Windows.h - Sources that read windows of an image --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Depthwise convolutions, pooling and padding of NHWC images: each row of the
// walk is a cell of the result, each pack some of its channels. The same
// channels are read, so that neighbours in a warp read neighbours in memory.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_WINDOWS_H
#define QML_LIB_GPU_WINDOWS_H

#include "Elements.h"

#include <cmath>

namespace qml {
namespace gpu {

/// Window and images; vertical first.
struct WindowGeometry {
  int32_t in[2] = {1, 1};
  int32_t out[2] = {1, 1};
  int32_t kernel[2] = {1, 1};
  int32_t strides[2] = {1, 1};
  int32_t dilations[2] = {1, 1};
  int32_t padBegin[2] = {0, 0};

  /// Whether each cell of the input lies in some window, so that who reads the
  /// windows sees it all.
  bool coversInput() const {
    for (int axis = 0; axis < 2; ++axis) {
      bool hasGaps = dilations[axis] != 1 || strides[axis] > kernel[axis];
      int32_t end =
          (out[axis] - 1) * strides[axis] + kernel[axis] - padBegin[axis];
      if (hasGaps || end < in[axis])
        return false;
    }
    return true;
  }
};

/// The window of one cell of the result.
class WindowCells {
public:
  QML_DEVICE WindowCells(const WindowGeometry &geometry, const Place &at)
      : geometry(geometry) {
    // 32 bits suffice: the host makes chunks accordingly.
    uint32_t row = uint32_t(at.row);
    uint32_t width = uint32_t(geometry.out[1]);
    uint32_t height = uint32_t(geometry.out[0]);
    uint32_t line = row / width;
    left = int32_t(row % width) * geometry.strides[1] - geometry.padBegin[1];
    top = int32_t(line % height) * geometry.strides[0] - geometry.padBegin[0];
    image = (at.sample + line / height) * geometry.in[0];
  }

  /// Whether tap (i, j) lies in the image.
  QML_DEVICE bool contains(int32_t i, int32_t j) const {
    int32_t y = top + i * geometry.dilations[0];
    int32_t x = left + j * geometry.dilations[1];
    return y >= 0 && y < geometry.in[0] && x >= 0 && x < geometry.in[1];
  }

  /// The cell of tap (i, j), counted over all samples.
  QML_DEVICE int64_t cell(int32_t i, int32_t j) const {
    return (image + top + i * geometry.dilations[0]) * geometry.in[1] + left +
           j * geometry.dilations[1];
  }

private:
  const WindowGeometry &geometry;
  int64_t image;
  int32_t top, left;
};

/// A depthwise convolution: kernel (kh, kw, channels).
struct Depthwise {
  static constexpr const char *name = "depthwise convolution";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  Input in;
  WindowGeometry geometry;
  const float *kernel = nullptr;
  PerChannel bias;    ///< 0 by default
  PerChannel padding; ///< what stands outside of the image, 0 by default
  Bounds bounds;
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column {
  public:
    using Fetched = Place;

    QML_DEVICE Column(const Depthwise &source, int64_t offset, int channels)
        : in(source.in, offset, channels),
          bias(lanesOf<Width>(source.bias, 0, offset, channels)),
          padding(lanesOf<Width>(source.padding, 0, offset, channels)),
          offset(offset), channels(channels) {}

    QML_DEVICE Fetched fetch(const Depthwise &, const Place &at) const {
      return at;
    }

    QML_DEVICE Pack<float, Width> finish(const Depthwise &source,
                                         const Fetched &at,
                                         Keys<Width> *inputKeys) const {
      const WindowGeometry &geometry = source.geometry;
      WindowCells cells(geometry, at);
      Pack<float, Width> sum;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        sum[lane] = 0;
      const float *weights = source.kernel + offset;
      for (int32_t i = 0; i < geometry.kernel[0]; ++i)
        for (int32_t j = 0; j < geometry.kernel[1]; ++j, weights += channels) {
          Pack<float, Width> x = padding;
          if (cells.contains(i, j))
            x = in.finish(load<Width>(source.in.data +
                                      cells.cell(i, j) * channels + offset),
                          source.inputObservers[0], inputKeys[0]);
          Pack<float, Width> weight = load<Width>(weights);
          QML_UNROLL
          for (int lane = 0; lane < Width; ++lane)
            sum[lane] = fmaf(x[lane], weight[lane], sum[lane]);
        }
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        sum[lane] = source.bounds.apply(sum[lane] + bias[lane]);
      return sum;
    }

  private:
    InputColumn<Width> in;
    Pack<float, Width> bias, padding;
    int64_t offset;
    int channels;
  };
};

/// The maximum over the window; cells outside take no part.
struct MaxPool {
  static constexpr const char *name = "maximum pooling";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  Input in;
  WindowGeometry geometry;
  Bounds bounds;
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column {
  public:
    using Fetched = Place;

    QML_DEVICE Column(const MaxPool &source, int64_t offset, int channels)
        : in(source.in, offset, channels), offset(offset), channels(channels) {}

    QML_DEVICE Fetched fetch(const MaxPool &, const Place &at) const {
      return at;
    }

    QML_DEVICE Pack<float, Width> finish(const MaxPool &source,
                                         const Fetched &at,
                                         Keys<Width> *inputKeys) const {
      const WindowGeometry &geometry = source.geometry;
      WindowCells cells(geometry, at);
      Pack<float, Width> best;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        best[lane] = -__builtin_inff();
      for (int32_t i = 0; i < geometry.kernel[0]; ++i)
        for (int32_t j = 0; j < geometry.kernel[1]; ++j) {
          if (!cells.contains(i, j))
            continue;
          Pack<float, Width> x =
              in.finish(load<Width>(source.in.data +
                                    cells.cell(i, j) * channels + offset),
                        source.inputObservers[0], inputKeys[0]);
          QML_UNROLL
          for (int lane = 0; lane < Width; ++lane)
            best[lane] = x[lane] > best[lane] ? x[lane] : best[lane];
        }
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        best[lane] = source.bounds.apply(best[lane]);
      return best;
    }

  private:
    InputColumn<Width> in;
    int64_t offset;
    int channels;
  };
};

/// An image with `value` around it.
struct Pad {
  static constexpr const char *name = "pad";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  const float *in = nullptr;
  PerChannel value; ///< 0 by default
  /// Kernel and strides are 1; the extents of the result include the pads.
  WindowGeometry geometry;
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    using Fetched = Place;

    QML_DEVICE Column(const Pad &source, int64_t offset, int channels)
        : value(lanesOf<Width>(source.value, 0, offset, channels)),
          offset(offset), channels(channels) {}

    QML_DEVICE Fetched fetch(const Pad &, const Place &at) const { return at; }

    QML_DEVICE Pack<float, Width> finish(const Pad &source, const Fetched &at,
                                         Keys<Width> *) const {
      WindowCells cells(source.geometry, at);
      if (!cells.contains(0, 0))
        return value;
      return load<Width>(source.in + cells.cell(0, 0) * channels + offset);
    }

  private:
    Pack<float, Width> value;
    int64_t offset;
    int channels;
  };
};

/// The cells of each window side by side, so that a convolution becomes a
/// product: row (kh, kw, channels) for each cell of the result. The walk's
/// channels are the elements of such a row.
struct Patches {
  static constexpr const char *name = "patches";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  const float *in = nullptr;
  PerChannel padding; ///< what stands outside of the image, 0 by default
  WindowGeometry geometry;
  int32_t channels = 1; ///< of the image
  float *out = nullptr;
  Observer inputObservers[inputs]; ///< of nothing

  template <int Width>
  class Column {
  public:
    using Fetched = Place;

    QML_DEVICE Column(const Patches &source, int64_t offset, int)
        : channel(int32_t(offset % source.channels)),
          tap(int32_t(offset / source.channels)),
          padding(lanesOf<Width>(source.padding, 0, channel, source.channels)) {
    }

    QML_DEVICE Fetched fetch(const Patches &, const Place &at) const {
      return at;
    }

    QML_DEVICE Pack<float, Width>
    finish(const Patches &source, const Fetched &at, Keys<Width> *) const {
      WindowCells cells(source.geometry, at);
      int32_t i = tap / source.geometry.kernel[1];
      int32_t j = tap % source.geometry.kernel[1];
      if (!cells.contains(i, j))
        return padding;
      return load<Width>(source.in + cells.cell(i, j) * source.channels +
                         channel);
    }

  private:
    int32_t channel, tap;
    Pack<float, Width> padding;
  };
};

/// The mean of each channel over the image: a result of one cell.
struct Mean {
  static constexpr const char *name = "mean";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  Input in;
  int64_t cells = 1; ///< of one image
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column {
  public:
    using Fetched = Place;

    QML_DEVICE Column(const Mean &source, int64_t offset, int channels)
        : in(source.in, offset, channels), offset(offset), channels(channels) {}

    QML_DEVICE Fetched fetch(const Mean &, const Place &at) const { return at; }

    QML_DEVICE Pack<float, Width> finish(const Mean &source, const Fetched &at,
                                         Keys<Width> *inputKeys) const {
      // Sums in double precision, so that their order hardly matters.
      Pack<double, Width> sum;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        sum[lane] = 0;
      const float *from = source.in.data +
                          (at.sample + at.row) * source.cells * channels +
                          offset;
      for (int64_t i = 0; i < source.cells; ++i, from += channels) {
        Pack<float, Width> x = in.finish(
            load<Width>(from), source.inputObservers[0], inputKeys[0]);
        QML_UNROLL
        for (int lane = 0; lane < Width; ++lane)
          sum[lane] += double(x[lane]);
      }
      Pack<float, Width> mean;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        mean[lane] = float(sum[lane] / double(source.cells));
      return mean;
    }

  private:
    InputColumn<Width> in;
    int64_t offset;
    int channels;
  };
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_WINDOWS_H
