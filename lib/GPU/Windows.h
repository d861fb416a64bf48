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
  int32_t padBegin[2] = {0, 0}; ///< transposed: what is cut off
  /// Windows are those of Conv2DTranspose.
  bool isTransposed = false;

  /// Whether each cell of the input lies in some window, so that who reads the
  /// windows sees it all.
  bool coversInput() const {
    if (isTransposed)
      return false;
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
    left = int32_t(row % width);
    top = int32_t(line % height);
    if (geometry.isTransposed) {
      left += geometry.padBegin[1];
      top += geometry.padBegin[0];
    } else {
      left = left * geometry.strides[1] - geometry.padBegin[1];
      top = top * geometry.strides[0] - geometry.padBegin[0];
    }
    image = (at.sample + line / height) * geometry.in[0];
  }

  /// Whether tap (i, j) lies in the image.
  QML_DEVICE bool contains(int32_t i, int32_t j) const {
    int32_t y = top + i * geometry.dilations[0];
    int32_t x = left + j * geometry.dilations[1];
    if (geometry.isTransposed) {
      y = top - i * geometry.dilations[0];
      x = left - j * geometry.dilations[1];
      return y >= 0 && y % geometry.strides[0] == 0 &&
             y / geometry.strides[0] < geometry.in[0] && x >= 0 &&
             x % geometry.strides[1] == 0 &&
             x / geometry.strides[1] < geometry.in[1];
    }
    return y >= 0 && y < geometry.in[0] && x >= 0 && x < geometry.in[1];
  }

  /// The cell of tap (i, j), counted over all samples.
  QML_DEVICE int64_t cell(int32_t i, int32_t j) const {
    if (geometry.isTransposed)
      return (image + (top - i * geometry.dilations[0]) / geometry.strides[0]) *
                 geometry.in[1] +
             (left - j * geometry.dilations[1]) / geometry.strides[1];
    return (image + top + i * geometry.dilations[0]) * geometry.in[1] + left +
           j * geometry.dilations[1];
  }

private:
  const WindowGeometry &geometry;
  int64_t image;
  int32_t top, left;
};

/// What the columns of all sources of this file have: cells are read where the
/// pack is computed, and lanes are neighbouring channels.
class WindowColumn {
public:
  using Fetched = Place;

  template <typename Source>
  QML_DEVICE Fetched fetch(const Source &, const Place &at) const {
    return at;
  }

protected:
  QML_DEVICE WindowColumn(int64_t offset, int channels)
      : offset(offset), channels(channels) {}

  /// Of the pack's channels at a cell, counted over all samples.
  QML_DEVICE int64_t elementOf(int64_t cell) const {
    return cell * channels + offset;
  }

  int64_t offset; ///< of the first channel
  int channels;
};

/// The same, of an input on which something is left to be done.
template <int Width>
class InputWindowColumn : public WindowColumn {
protected:
  template <typename Source>
  QML_DEVICE InputWindowColumn(const Source &source, int64_t offset,
                               int channels)
      : WindowColumn(offset, channels), in(source.in, offset, channels) {}

  template <typename Source>
  QML_DEVICE Pack<float, Width> read(const Source &source, int64_t cell,
                                     Keys<Width> *inputKeys) const {
    return in.finish(load<Width>(source.in.data + elementOf(cell)),
                     source.inputObservers[0], inputKeys[0]);
  }

private:
  InputColumn<Width> in;
};

/// A depthwise convolution: kernel (kh, kw, channels).
struct Depthwise {
  static constexpr const char *name = "depthwise convolution";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  SourceTensor in;
  WindowGeometry geometry;
  const float *kernel = nullptr;
  PerChannel bias;    ///< 0 by default
  PerChannel padding; ///< what stands outside of the image, 0 by default
  Bounds bounds;
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column : public InputWindowColumn<Width> {
  public:
    QML_DEVICE Column(const Depthwise &source, int64_t offset, int channels)
        : InputWindowColumn<Width>(source, offset, channels),
          bias(lanesOf<Width>(source.bias, 0, offset, channels)),
          padding(lanesOf<Width>(source.padding, 0, offset, channels)) {}

    QML_DEVICE Pack<float, Width> finish(const Depthwise &source,
                                         const Place &at,
                                         Keys<Width> *inputKeys) const {
      const WindowGeometry &geometry = source.geometry;
      WindowCells cells(geometry, at);
      Pack<float, Width> sum;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        sum[lane] = 0;
      const float *weights = source.kernel + this->offset;
      for (int32_t i = 0; i < geometry.kernel[0]; ++i)
        for (int32_t j = 0; j < geometry.kernel[1];
             ++j, weights += this->channels) {
          Pack<float, Width> x = padding;
          if (cells.contains(i, j))
            x = this->read(source, cells.cell(i, j), inputKeys);
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
    Pack<float, Width> bias, padding;
  };
};

/// The maximum over the window; cells outside take no part.
struct MaxPool {
  static constexpr const char *name = "maximum pooling";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  SourceTensor in;
  WindowGeometry geometry;
  Bounds bounds;
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column : public InputWindowColumn<Width> {
  public:
    QML_DEVICE Column(const MaxPool &source, int64_t offset, int channels)
        : InputWindowColumn<Width>(source, offset, channels) {}

    QML_DEVICE Pack<float, Width> finish(const MaxPool &source, const Place &at,
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
              this->read(source, cells.cell(i, j), inputKeys);
          QML_UNROLL
          for (int lane = 0; lane < Width; ++lane)
            // NaN stays NaN.
            best[lane] = best[lane] >= x[lane] || __builtin_isnan(best[lane])
                             ? best[lane]
                             : x[lane];
        }
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        best[lane] = source.bounds.apply(best[lane]);
      return best;
    }
  };
};

/// The mean over the window; cells outside take no part.
struct AveragePool {
  static constexpr const char *name = "average pooling";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  SourceTensor in;
  WindowGeometry geometry;
  Bounds bounds;
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column : public InputWindowColumn<Width> {
  public:
    QML_DEVICE Column(const AveragePool &source, int64_t offset, int channels)
        : InputWindowColumn<Width>(source, offset, channels) {}

    QML_DEVICE Pack<float, Width> finish(const AveragePool &source,
                                         const Place &at,
                                         Keys<Width> *inputKeys) const {
      const WindowGeometry &geometry = source.geometry;
      WindowCells cells(geometry, at);
      Pack<float, Width> mean;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        mean[lane] = 0;
      int32_t count = 0;
      for (int32_t i = 0; i < geometry.kernel[0]; ++i)
        for (int32_t j = 0; j < geometry.kernel[1]; ++j) {
          if (!cells.contains(i, j))
            continue;
          ++count;
          Pack<float, Width> x =
              this->read(source, cells.cell(i, j), inputKeys);
          QML_UNROLL
          for (int lane = 0; lane < Width; ++lane)
            mean[lane] += x[lane];
        }
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        mean[lane] = source.bounds.apply(mean[lane] / float(count));
      return mean;
    }
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
  class Column : public WindowColumn {
  public:
    QML_DEVICE Column(const Pad &source, int64_t offset, int channels)
        : WindowColumn(offset, channels),
          value(lanesOf<Width>(source.value, 0, offset, channels)) {}

    QML_DEVICE Pack<float, Width> finish(const Pad &source, const Place &at,
                                         Keys<Width> *) const {
      WindowCells cells(source.geometry, at);
      if (!cells.contains(0, 0))
        return value;
      return load<Width>(source.in + elementOf(cells.cell(0, 0)));
    }

  private:
    Pack<float, Width> value;
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
  class Column : public WindowColumn {
  public:
    QML_DEVICE Column(const Patches &source, int64_t offset, int)
        : WindowColumn(offset % source.channels, source.channels),
          tap(int32_t(offset / source.channels)),
          padding(lanesOf<Width>(source.padding, 0, this->offset,
                                 source.channels)) {}

    QML_DEVICE Pack<float, Width> finish(const Patches &source, const Place &at,
                                         Keys<Width> *) const {
      WindowCells cells(source.geometry, at);
      int32_t i = tap / source.geometry.kernel[1];
      int32_t j = tap % source.geometry.kernel[1];
      if (!cells.contains(i, j))
        return padding;
      return load<Width>(source.in + elementOf(cells.cell(i, j)));
    }

  private:
    int32_t tap;
    Pack<float, Width> padding;
  };
};

/// The mean of each channel over the image: a result of one cell.
struct Mean {
  static constexpr const char *name = "mean";
  static constexpr int inputs = 1;
  static constexpr int unroll = 1;

  SourceTensor in;
  int64_t cells = 1; ///< of one image
  float *out = nullptr;
  Observer inputObservers[inputs];

  template <int Width>
  class Column : public InputWindowColumn<Width> {
  public:
    QML_DEVICE Column(const Mean &source, int64_t offset, int channels)
        : InputWindowColumn<Width>(source, offset, channels) {}

    QML_DEVICE Pack<float, Width> finish(const Mean &source, const Place &at,
                                         Keys<Width> *inputKeys) const {
      // Sums in double precision, so that their order hardly matters.
      Pack<double, Width> sum;
      QML_UNROLL
      for (int lane = 0; lane < Width; ++lane)
        sum[lane] = 0;
      const int64_t first = (at.sample + at.row) * source.cells;
      for (int64_t i = 0; i < source.cells; ++i) {
        Pack<float, Width> x = this->read(source, first + i, inputKeys);
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
  };
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_WINDOWS_H
