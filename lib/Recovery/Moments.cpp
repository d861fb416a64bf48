//===- Moments.cpp - What layers multiply, summed up ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Moments.h"

#include "Kernels.h"
#include "Threads.h"

#include <numeric>

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

/// Codes of 16 bits whose sum 32 bits hold.
constexpr int64_t mostInRow = 1 << 15;

static void flush(std::vector<int32_t> &from, std::vector<int64_t> &to) {
  for (size_t c = 0; c != to.size(); ++c)
    to[c] += from[c];
  std::fill(from.begin(), from.end(), 0);
}

/// Each tap of a channel is a sum over the cells that it meets: the same for
/// any order, as codes are integers.
void MomentCollector::addMeans(const int16_t *codes, int64_t samples) {
  const Window &window = geometry.window;
  int64_t channels = geometry.channels;
  shareWork(geometry.taps(), threads, [&](int64_t tap) {
    int64_t y = tap / window.kernel[1], x = tap % window.kernel[1];
    std::vector<int64_t> sums(channels, 0);
    // Of a row of cells, which 32 bits hold.
    std::vector<int32_t> rowSums(channels);
    int64_t padded = 0;
    for (int64_t sample = 0; sample != samples; ++sample)
      for (int64_t i = 0; i != geometry.outHeight; ++i) {
        int64_t row = i * window.strides[0] - window.padBegin[0] +
                      y * window.dilations[0];
        if (row < 0 || row >= geometry.height) {
          padded += geometry.outWidth;
          continue;
        }
        const int16_t *line = codes + (sample * geometry.height + row) *
                                          geometry.width * channels;
        std::fill(rowSums.begin(), rowSums.end(), 0);
        for (int64_t j = 0, used = 0; j != geometry.outWidth; ++j) {
          int64_t column = j * window.strides[1] - window.padBegin[1] +
                           x * window.dilations[1];
          if (column < 0 || column >= geometry.width) {
            ++padded;
            continue;
          }
          const int16_t *cell = line + column * channels;
          for (int64_t c = 0; c != channels; ++c)
            rowSums[c] += cell[c];
          if (++used == mostInRow || j + 1 == geometry.outWidth) {
            used = 0;
            flush(rowSums, sums);
          }
        }
        flush(rowSums, sums);
      }
    for (int64_t c = 0; c != channels; ++c) {
      if (!geometry.padding.empty())
        sums[c] +=
            padded * geometry.padding[geometry.padding.size() == 1 ? 0 : c];
      int64_t at =
          geometry.depthwise ? c * geometry.taps() + tap : tap * channels + c;
      moments.inputSums[at] += double(sums[c]);
    }
  });
  moments.count += samples * geometry.cells();
}

void MomentCollector::add(const int16_t *codes, const float *targets,
                          int64_t samples) {
  if (!withProducts)
    return addMeans(codes, samples);
  int64_t outputs = geometry.outputs;
  int64_t stride = roundUp(outputs, tileOutputs);
  int64_t values =
      samples * geometry.height * geometry.width * geometry.channels;
  bool isSmall = std::all_of(codes, codes + values, [](int16_t code) {
    return code <= mostSmall && code >= -mostSmall;
  });
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
    for (int64_t i = 0; i != used; ++i)
      for (int64_t p = 0; p != chunks[i].count; ++p)
        for (int64_t f = 0; f != outputs; ++f)
          moments.outputSums[f] += double(chunks[i].targets[p * stride + f]);
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
