//===- Moments.cpp - What layers multiply, summed up ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Moments.h"

#include "Kernels.h"

#include "qml/Support/Threads.h"

#include <numeric>
#include <type_traits>

namespace qml {

using namespace recovery;

/// Cells that are gathered at a time: short enough for sums in 32 bits of
/// products of bytes, and for float32.
constexpr int64_t chunkCells = 128;
/// Sums of more than bytes are taken a product at a time.
constexpr int16_t mostSmall = 4095;

/// The inputs of some cells: row k holds input k of each of them.
struct MomentCollector::Chunk {
  int64_t count = 0;
  /// Whether products of a chunk fit into 32 bits.
  bool isSmall = true;
  std::vector<int16_t> patches; ///< (taps * channels, chunkCells)
  const float *targets = nullptr;
};

static int64_t roundUp(int64_t value, int64_t step) {
  return (value + step - 1) / step * step;
}

void Moments::add(const Moments &other) {
  auto addAll = [](std::vector<double> &to, const std::vector<double> &from) {
    for (size_t i = 0; i != to.size(); ++i)
      to[i] += from[i];
  };
  count += other.count;
  addAll(inputSums, other.inputSums);
  addAll(products, other.products);
  addAll(cross, other.cross);
  addAll(outputSums, other.outputSums);
}

MomentCollector::MomentCollector(ProductGeometry layer, bool withProducts,
                                 int threads, int64_t step)
    : geometry(std::move(layer)), withProducts(withProducts), threads(threads),
      step(step) {
  moments.blocks = geometry.numBlocks();
  moments.inputs = geometry.numInputs();
  moments.outputs = geometry.blockOutputs();
  moments.inputSums.resize(moments.blocks * moments.inputs);
  moments.outputSums.resize(moments.blocks * moments.outputs);
  if (!withProducts)
    return;
  moments.products.resize(moments.blocks * moments.inputs * moments.inputs);
  moments.cross.resize(moments.blocks * moments.inputs * moments.outputs);
}

double MomentCollector::bytesOf(const ProductGeometry &geometry) {
  double inputs = double(geometry.numInputs());
  return 8.0 * double(geometry.numBlocks()) * inputs *
         (inputs + double(geometry.blockOutputs()));
}

int64_t MomentCollector::stepFor(const ProductGeometry &geometry,
                                 int64_t samples) {
  constexpr int64_t cellsPerInput = 64, fewest = 1 << 15;
  int64_t enough = std::max(fewest, cellsPerInput * geometry.numInputs());
  // Half of that in large layers, where they take most of the time. Small
  // networks at two bits lost some images of a thousand by it.
  constexpr double large = 4e6;
  if (bytesOf(geometry) > large)
    enough /= 2;
  int64_t step = samples * geometry.cells() / enough;
  // No step of whole rows, which would look at the same columns.
  while (step > 1 && geometry.outWidth > 1 &&
         std::gcd(step, geometry.outWidth) != 1)
    --step;
  return std::max<int64_t>(step, 1);
}

/// Copies the inputs of `count` cells from `cell` on; each tap and channel has
/// a row of chunkCells codes. `border` is what a cell outside of images holds.
void MomentCollector::gather(const int16_t *codes, int64_t cell, int64_t count,
                             const int16_t *border, int16_t *patches) const {
  // As many cells as fill a line of memory of each row.
  constexpr int64_t most = 32;
  const Window &window = geometry.window;
  int64_t channels = geometry.channels;
  const int16_t *images[most], *sources[most];
  int64_t tops[most], lefts[most];
  for (int64_t begin = 0; begin < count; begin += most) {
    int64_t size = std::min(most, count - begin);
    for (int64_t i = 0; i != size; ++i) {
      int64_t index = (cell + begin + i) * step;
      int64_t place = index % geometry.cells();
      images[i] = codes + index / geometry.cells() * geometry.height *
                              geometry.width * channels;
      tops[i] =
          place / geometry.outWidth * window.strides[0] - window.padBegin[0];
      lefts[i] =
          place % geometry.outWidth * window.strides[1] - window.padBegin[1];
    }
    int16_t *target = patches + begin;
    for (int64_t y = 0; y != window.kernel[0]; ++y)
      for (int64_t x = 0; x != window.kernel[1]; ++x) {
        for (int64_t i = 0; i != size; ++i) {
          int64_t row = tops[i] + y * window.dilations[0];
          int64_t column = lefts[i] + x * window.dilations[1];
          bool isInside = row >= 0 && row < geometry.height && column >= 0 &&
                          column < geometry.width;
          sources[i] =
              isInside ? images[i] + (row * geometry.width + column) * channels
                       : border;
        }
        for (int64_t c = 0; c != channels; ++c, target += chunkCells)
          for (int64_t i = 0; i != size; ++i)
            target[i] = sources[i][c];
      }
  }
}

static double sumOf(const int16_t *codes, int64_t count) {
  int32_t sum = 0;
  for (int64_t p = 0; p != count; ++p)
    sum += codes[p];
  return double(sum);
}

/// Products of the rows of one tile with all up to themselves, and with the
/// targets.
void MomentCollector::addChunk(const Chunk &chunk, int64_t firstRow,
                               int64_t lastRow) {
  int64_t inputs = moments.inputs, outputs = moments.outputs;
  const KernelTable &table = kernels();
  static const std::vector<int16_t> zeros(chunkCells, 0);
  auto rowOf = [&](int64_t k) {
    return k < inputs ? chunk.patches.data() + k * chunkCells : zeros.data();
  };
  const int16_t *a[tileRows], *b[tileRows];
  for (int64_t i = firstRow; i < lastRow; i += tileRows) {
    for (int64_t r = 0; r != tileRows; ++r) {
      a[r] = rowOf(i + r);
      if (i + r < inputs)
        moments.inputSums[i + r] += sumOf(a[r], chunk.count);
    }
    for (int64_t j = 0; j < std::min(i + tileRows, inputs); j += tileRows) {
      for (int64_t r = 0; r != tileRows; ++r)
        b[r] = rowOf(j + r);
      double wide[tileRows * tileRows] = {};
      if (chunk.isSmall) {
        int32_t sums[tileRows * tileRows];
        table.multiplyRows(a, b, chunk.count, sums);
        std::copy(sums, sums + tileRows * tileRows, wide);
      } else {
        for (int64_t r = 0; r != tileRows; ++r)
          for (int64_t s = 0; s != tileRows; ++s) {
            int64_t sum = 0;
            for (int64_t p = 0; p != chunk.count; ++p)
              sum += int64_t(a[r][p]) * b[s][p];
            wide[r * tileRows + s] = double(sum);
          }
      }
      for (int64_t r = 0; r != tileRows && i + r < inputs; ++r)
        for (int64_t s = 0; s != tileRows && j + s < inputs; ++s)
          moments.products[(i + r) * inputs + j + s] += wide[r * tileRows + s];
    }

    float x[tileRows][chunkCells];
    const float *rows[tileRows];
    for (int64_t r = 0; r != tileRows; ++r) {
      rows[r] = x[r];
      for (int64_t p = 0; p != chunk.count; ++p)
        x[r][p] = float(a[r][p]);
    }
    int64_t stride = roundUp(outputs, tileOutputs);
    for (int64_t f = 0; f < outputs; f += tileOutputs) {
      float sums[tileRows * tileOutputs];
      table.multiplyOutputs(rows, chunk.targets + f, stride, chunk.count, sums);
      for (int64_t r = 0; r != tileRows && i + r < inputs; ++r)
        for (int64_t j = 0; j != tileOutputs && f + j < outputs; ++j)
          moments.cross[(i + r) * outputs + f + j] +=
              double(sums[r * tileOutputs + j]);
    }
  }
}

void MomentCollector::addDepthwise(const Chunk &chunk, int64_t firstBlock,
                                   int64_t lastBlock) {
  int64_t taps = moments.inputs, channels = geometry.channels;
  int64_t stride = roundUp(channels, tileOutputs);
  for (int64_t c = firstBlock; c != lastBlock; ++c) {
    auto rowOf = [&](int64_t tap) {
      return chunk.patches.data() + (tap * channels + c) * chunkCells;
    };
    double *products = moments.products.data() + c * taps * taps;
    for (int64_t i = 0; i != taps; ++i) {
      const int16_t *a = rowOf(i);
      moments.inputSums[c * taps + i] += sumOf(a, chunk.count);
      for (int64_t j = 0; j <= i; ++j) {
        const int16_t *b = rowOf(j);
        int64_t sum = 0;
        if (chunk.isSmall) {
          int32_t small = 0;
          for (int64_t p = 0; p != chunk.count; ++p)
            small += int32_t(a[p]) * b[p];
          sum = small;
        } else {
          for (int64_t p = 0; p != chunk.count; ++p)
            sum += int64_t(a[p]) * b[p];
        }
        products[i * taps + j] += double(sum);
      }
    }
    // Four sums side by side: each addition waits for the one before it.
    for (int64_t i = 0; i < taps; i += tileRows) {
      const int16_t *rows[tileRows];
      for (int64_t r = 0; r != tileRows; ++r)
        rows[r] = rowOf(std::min(i + r, taps - 1));
      float sums[tileRows] = {};
      for (int64_t p = 0; p != chunk.count; ++p)
        for (int64_t r = 0; r != tileRows; ++r)
          sums[r] += float(rows[r][p]) * chunk.targets[p * stride + c];
      for (int64_t r = 0; r != tileRows && i + r < taps; ++r)
        moments.cross[c * taps + i + r] += double(sums[r]);
    }
  }
}

namespace {
/// How the taps of a kernel meet the rows or columns of an image.
struct AxisTaps {
  int64_t stride, size, outSize;
  std::vector<int64_t> starts; ///< of each tap, seen from the image

  AxisTaps(const Window &window, int axis, int64_t size, int64_t outSize)
      : stride(window.strides[axis]), size(size), outSize(outSize) {
    for (int64_t tap = 0; tap != window.kernel[axis]; ++tap)
      starts.push_back(tap * window.dilations[axis] - window.padBegin[axis]);
  }

  /// The outputs whose tap meets the image: from `first` to before `last`.
  std::pair<int64_t, int64_t> outputsOf(int64_t tap) const {
    int64_t start = starts[tap];
    int64_t first = start < 0 ? (-start + stride - 1) / stride : 0;
    int64_t last = start < size ? (size - 1 - start) / stride + 1 : 0;
    return {std::min(first, outSize),
            std::clamp(last, std::min(first, outSize), outSize)};
  }
  /// Whether a tap meets a row.
  bool meets(int64_t tap, int64_t row) const {
    int64_t ahead = row - starts[tap];
    return ahead >= 0 && ahead % stride == 0 && ahead / stride < outSize;
  }
};

/// Sums of a row of an image, by column tap and channel. Taps whose columns are
/// the same but for some at the ends share most of them.
class RowSums {
public:
  RowSums(const AxisTaps &axis, int64_t channels)
      : axis(axis), channels(channels), shared(channels) {
    std::vector<char> isDone(axis.starts.size(), false);
    for (size_t tap = 0; tap != axis.starts.size(); ++tap) {
      if (isDone[tap])
        continue;
      Group &group = groups.emplace_back();
      for (size_t other = tap; other != axis.starts.size(); ++other) {
        auto [first, last] = axis.outputsOf(int64_t(other));
        int64_t begin = axis.starts[other] + first * axis.stride;
        int64_t end = axis.starts[other] + last * axis.stride;
        if (isDone[other] ||
            (axis.starts[other] - axis.starts[tap]) % axis.stride != 0)
          continue;
        isDone[other] = true;
        group.taps.push_back({int64_t(other), begin, end});
        group.begin =
            group.taps.size() == 1 ? begin : std::max(group.begin, begin);
        group.end = group.taps.size() == 1 ? end : std::min(group.end, end);
      }
    }
  }

  /// Adds those of a row to `sums`, (tap, channel).
  template <typename T>
  void add(const T *row, int64_t *sums) {
    for (const Group &group : groups) {
      if (group.begin >= group.end) {
        for (const Tap &tap : group.taps)
          addColumns(row, tap.begin, tap.end, sums + tap.index * channels);
        continue;
      }
      std::fill(shared.begin(), shared.end(), 0);
      addColumns(row, group.begin, group.end, shared.data());
      for (const Tap &tap : group.taps) {
        int64_t *to = sums + tap.index * channels;
        for (int64_t c = 0; c != channels; ++c)
          to[c] += shared[c];
        addColumns(row, tap.begin, group.begin, to);
        addColumns(row, group.end, tap.end, to);
      }
    }
  }

private:
  /// Columns from `begin` to before `end`, by the stride.
  struct Tap {
    int64_t index, begin, end;
  };
  /// What the columns of some taps have in common.
  struct Group {
    int64_t begin = 0, end = 0;
    std::vector<Tap> taps;
  };

  template <typename T>
  void addColumns(const T *row, int64_t begin, int64_t end, int64_t *to) const {
    if (begin >= end)
      return;
    int64_t count = (end - begin + axis.stride - 1) / axis.stride;
    const KernelTable &table = kernels();
    const T *first = row + begin * channels;
    int64_t stride = axis.stride * channels;
    if constexpr (std::is_same_v<T, uint8_t>)
      table.sumU8(first, count, stride, channels, to);
    else if constexpr (std::is_same_v<T, int8_t>)
      table.sumI8(first, count, stride, channels, to);
    else
      table.sumI16(first, count, stride, channels, to);
  }

  const AxisTaps &axis;
  int64_t channels;
  std::vector<int64_t> shared;
  std::vector<Group> groups;
};
} // namespace

/// Each tap of a channel is a sum over the cells that it meets: the same for
/// any order, as codes are integers. A row is summed up once for all of them.
template <typename T>
void MomentCollector::addMeansOf(const T *codes, int64_t samples) {
  const Window &window = geometry.window;
  int64_t channels = geometry.channels, height = geometry.height,
          width = geometry.width, outHeight = geometry.outHeight,
          outWidth = geometry.outWidth;
  bool isFlat = geometry.taps() == 1 && window.strides[0] == 1 &&
                window.strides[1] == 1 && height == outHeight &&
                width == outWidth && !window.padBegin[0] && !window.padBegin[1];
  // Rows and columns are the same where each cell is a window.
  if (isFlat) {
    width = outWidth = height * width;
    height = outHeight = 1;
  }
  AxisTaps rows(window, 0, height, outHeight);
  AxisTaps columns(window, 1, width, outWidth);
  int64_t down = window.kernel[0], across = window.kernel[1];
  // Rows that the same taps meet are summed up together.
  std::vector<std::vector<char>> kinds;
  std::vector<int64_t> kindOf;
  for (int64_t row = 0; row != height; ++row) {
    std::vector<char> kind;
    for (int64_t y = 0; y != down; ++y)
      kind.push_back(rows.meets(y, row));
    auto found = std::find(kinds.begin(), kinds.end(), kind);
    kindOf.push_back(found - kinds.begin());
    if (found == kinds.end())
      kinds.push_back(std::move(kind));
  }
  int64_t size = across * channels;
  constexpr int64_t part = 4;
  int64_t parts = (samples + part - 1) / part;
  std::vector<std::vector<int64_t>> sums(parts);
  shareWork(parts, threads, [&](int64_t i) {
    sums[i].assign(kinds.size() * size, 0);
    RowSums inRow(columns, channels);
    for (int64_t n = i * part; n != std::min((i + 1) * part, samples); ++n)
      for (int64_t row = 0; row != height; ++row) {
        const std::vector<char> &kind = kinds[kindOf[row]];
        if (std::find(kind.begin(), kind.end(), true) != kind.end())
          inRow.add(codes + (n * height + row) * width * channels,
                    sums[i].data() + kindOf[row] * size);
      }
  });
  std::vector<int64_t> total(geometry.taps() * channels, 0);
  for (const std::vector<int64_t> &ofPart : sums)
    for (size_t k = 0; k != kinds.size(); ++k)
      for (int64_t y = 0; y != down; ++y)
        for (int64_t j = 0; kinds[k][y] && j != size; ++j)
          total[y * size + j] += ofPart[k * size + j];
  for (int64_t tap = 0; tap != geometry.taps(); ++tap) {
    auto [top, bottom] = rows.outputsOf(tap / across);
    auto [left, right] = columns.outputsOf(tap % across);
    int64_t padded =
        samples * (geometry.cells() - (bottom - top) * (right - left));
    for (int64_t c = 0; c != channels; ++c) {
      int64_t sum = total[tap * channels + c];
      if (!geometry.padding.empty())
        sum += padded * geometry.padding[geometry.padding.size() == 1 ? 0 : c];
      int64_t at =
          geometry.depthwise ? c * geometry.taps() + tap : tap * channels + c;
      moments.inputSums[at] += double(sum);
    }
  }
  moments.count += samples * geometry.cells();
}

bool MomentCollector::addMeans(const void *codes, ElementType type,
                               int64_t samples) {
  switch (type) {
  case ElementType::U8:
    addMeansOf(static_cast<const uint8_t *>(codes), samples);
    return true;
  case ElementType::I8:
    addMeansOf(static_cast<const int8_t *>(codes), samples);
    return true;
  case ElementType::I16:
    addMeansOf(static_cast<const int16_t *>(codes), samples);
    return true;
  default:
    return false;
  }
}

void MomentCollector::add(const int16_t *codes, const float *targets,
                          int64_t samples) {
  if (!withProducts)
    return addMeansOf(codes, samples);
  int64_t outputs = geometry.outputs;
  int64_t stride = roundUp(outputs, tileOutputs);
  int64_t values =
      samples * geometry.height * geometry.width * geometry.channels;
  // Without a way out, which would keep the loop from being vectorized.
  int16_t smallest = 0, largest = 0;
  for (int64_t i = 0; i != values; ++i) {
    smallest = std::min(smallest, codes[i]);
    largest = std::max(largest, codes[i]);
  }
  bool isSmall = smallest >= -mostSmall && largest <= mostSmall;
  for (int32_t value : geometry.padding)
    isSmall &= value <= mostSmall && value >= -mostSmall;

  // Rows whose length is a multiple of a tile's, chunk by chunk.
  int64_t rows = geometry.taps() * geometry.channels;
  constexpr int64_t group = 8;
  std::vector<int16_t> border(geometry.channels, 0);
  if (!geometry.padding.empty())
    for (int64_t c = 0; c != geometry.channels; ++c)
      border[c] = static_cast<int16_t>(
          geometry.padding[geometry.padding.size() == 1 ? 0 : c]);
  std::vector<Chunk> chunks(group);
  std::vector<float> padded(group * chunkCells * stride, 0.0f);
  std::vector<double> outputSums;
  for (Chunk &chunk : chunks) {
    chunk.patches.resize(rows * chunkCells);
    chunk.isSmall = isSmall;
  }
  int64_t cells = cellsOf(geometry, samples, step);
  moments.count += cells;
  for (int64_t first = 0; first < cells; first += group * chunkCells) {
    int64_t used =
        std::min<int64_t>(group, (cells - first + chunkCells - 1) / chunkCells);
    shareWork(used, threads, [&](int64_t i) {
      Chunk &chunk = chunks[i];
      int64_t cell = first + i * chunkCells;
      chunk.count = std::min(chunkCells, cells - cell);
      gather(codes, cell, chunk.count, border.data(), chunk.patches.data());
      float *target = padded.data() + i * chunkCells * stride;
      chunk.targets = target;
      for (int64_t p = 0; p != chunk.count; ++p)
        std::copy_n(targets + (cell + p) * outputs, outputs,
                    target + p * stride);
    });
    outputSums.assign(stride, 0.0);
    std::copy_n(moments.outputSums.begin(), outputs, outputSums.begin());
    for (int64_t i = 0; i != used; ++i)
      kernels().addCells(chunks[i].targets, chunks[i].count, stride,
                         outputSums.data());
    std::copy_n(outputSums.begin(), outputs, moments.outputSums.begin());
    if (geometry.depthwise) {
      constexpr int64_t blocks = 8;
      shareWork((moments.blocks + blocks - 1) / blocks, threads,
                [&](int64_t part) {
                  for (int64_t i = 0; i != used; ++i)
                    addDepthwise(chunks[i], part * blocks,
                                 std::min((part + 1) * blocks, moments.blocks));
                });
      continue;
    }
    constexpr int64_t tile = 4 * tileRows;
    shareWork((moments.inputs + tile - 1) / tile, threads, [&](int64_t part) {
      for (int64_t i = 0; i != used; ++i)
        addChunk(chunks[i], part * tile,
                 std::min((part + 1) * tile, moments.inputs));
    });
  }
}

} // namespace qml
