//===- Moments.cpp - What layers multiply, summed up ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Moments.h"

#include "Kernels.h"

#include "qml/Calibration/RangeMath.h"
#include "qml/Support/Threads.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <type_traits>

namespace qml {

using namespace recovery;

/// Cells that are gathered at a time: short enough for sums in 32 bits.
constexpr int64_t chunkCells = 128;
/// Of codes beyond this, products with each other are summed up in 64 bits.
constexpr int16_t mostSmall = 4095;
static_assert(chunkCells * mostSmall * mostSmall <= INT32_MAX);
/// Of codes beyond this, bytes are multiplied with targets each by itself.
constexpr int16_t mostNarrow = 511;
constexpr int32_t mostTarget = INT16_MAX;
static_assert(chunkCells * mostNarrow * int64_t(mostTarget) <= INT32_MAX);

/// Pairs of cells of a depthwise chunk.
constexpr int64_t chunkPairs = chunkCells / 2;
/// Codes of a tap of so many channels as are multiplied side by side.
constexpr int64_t tapSize = chunkPairs * tileOutputs * 2;

/// The inputs of some cells: row k holds input k of each of them. Those of
/// depthwise layers have pairs of cells next to each other, channel by channel:
/// (channels / 16, taps, chunkPairs, 16, 2).
struct MomentCollector::Chunk {
  int64_t count = 0;
  /// Whether sums of products of a chunk fit into 32 bits: of codes with each
  /// other, and with targets.
  bool isSmall = true, isNarrow = true;
  std::vector<int16_t> patches; ///< (taps * channels, chunkCells)
  std::vector<int16_t> targets; ///< (chunkPairs, outputs, 2)
};

struct MomentCollector::Scratch {
  std::vector<Chunk> chunks;
};

/// Where the window of a cell begins.
struct MomentCollector::Cell {
  int64_t image, top, left;
};

static int64_t roundUp(int64_t value, int64_t step) {
  return (value + step - 1) / step * step;
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

void findLargest(const float *targets, int64_t cells, int64_t outputs,
                 int32_t *keys) {
  kernels().findLargest(targets, cells, outputs, keys);
}

int findExponent(int32_t largestKey) {
  float largest = fromMagnitudeKey(largestKey);
  if (largest == 0)
    return 0;
  int exponent;
  std::frexp(largest, &exponent);
  exponent -= 15;
  if (std::nearbyint(std::ldexp(double(largest), -exponent)) > mostTarget)
    ++exponent;
  // One over the step is a float, too.
  return std::max(exponent, -126);
}

//===----------------------------------------------------------------------===//
// Moments
//===----------------------------------------------------------------------===//

Moments::Moments(const ProductGeometry &geometry, bool withProducts,
                 std::vector<int> ofOutputs)
    : blocks(geometry.numBlocks()), inputs(geometry.numInputs()),
      outputs(geometry.blockOutputs()), hasProducts(withProducts),
      exponents(std::move(ofOutputs)) {
  outputsAt = productsAt = crossAt = 1 + blocks * inputs;
  if (withProducts) {
    exponents.resize(size_t(blocks * outputs), 0);
    productsAt = outputsAt + blocks * outputs;
    crossAt = productsAt + blocks * inputs * inputs;
  }
  list.resize(size_t(crossAt + withProducts * blocks * inputs * outputs));
}

std::vector<double> Moments::outputSums() const {
  std::vector<double> sums;
  for (int64_t b = 0; b != blocks; ++b)
    for (int64_t f = 0; f != outputs; ++f)
      sums.push_back(outputSum(b, f));
  return sums;
}

Status Moments::checkCount() const {
  if (count() >= 0 && count() <= mostCells())
    return {};
  return Error{"sums over " + std::to_string(count()) +
               " cells do not fit into 64 bits, those over " +
               std::to_string(mostCells()) + " do: take fewer samples"};
}

Status Moments::merge(const Moments &other) {
  // Neither has more than half of what 64 bits count.
  for (size_t i = 0; i != list.size(); ++i)
    list[i] += other.list[i];
  return checkCount();
}

MomentCollector::MomentCollector(ProductGeometry layer, bool withProducts,
                                 int threads, int64_t step,
                                 std::vector<int> exponents)
    : geometry(std::move(layer)), threads(threads), step(step) {
  moments = Moments(geometry, withProducts, std::move(exponents));
  if (!withProducts)
    return;
  scratch = std::make_shared<Scratch>();
  for (int exponent : moments.exponents)
    factors.push_back(std::ldexp(1.0f, -exponent));
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

MomentCollector::Cell MomentCollector::findCell(int64_t index) const {
  const Window &window = geometry.window;
  int64_t place = index * step % geometry.cells();
  return {index * step / geometry.cells(),
          place / geometry.outWidth * window.strides[0] - window.padBegin[0],
          place % geometry.outWidth * window.strides[1] - window.padBegin[1]};
}

/// The codes that a tap meets. `border` is what a cell outside of images holds.
template <typename T>
const T *MomentCollector::findSource(const T *codes, const Cell &cell,
                                     int64_t tap, const T *border) const {
  const Window &window = geometry.window;
  int64_t row = cell.top + tap / window.kernel[1] * window.dilations[0];
  int64_t column = cell.left + tap % window.kernel[1] * window.dilations[1];
  if (row < 0 || row >= geometry.height || column < 0 ||
      column >= geometry.width)
    return border;
  return codes +
         ((cell.image * geometry.height + row) * geometry.width + column) *
             geometry.channels;
}

/// Copies the inputs of `count` cells from `cell` on; each tap and channel has
/// a row of chunkCells codes.
template <typename T>
void MomentCollector::gather(const T *codes, int64_t cell, int64_t count,
                             const T *border, int16_t *patches) const {
  // As many cells as fill a line of memory of each row.
  constexpr int64_t most = 32;
  int64_t channels = geometry.channels;
  Cell found[most];
  const T *sources[most];
  for (int64_t begin = 0; begin < count; begin += most) {
    int64_t size = std::min(most, count - begin);
    for (int64_t i = 0; i != size; ++i)
      found[i] = findCell(cell + begin + i);
    int16_t *target = patches + begin;
    for (int64_t tap = 0; tap != geometry.taps(); ++tap) {
      for (int64_t i = 0; i != size; ++i)
        sources[i] = findSource(codes, found[i], tap, border);
      for (int64_t c = 0; c != channels; ++c, target += chunkCells)
        for (int64_t i = 0; i != size; ++i)
          target[i] = sources[i][c];
    }
  }
}

/// The same for depthwise layers, in their order. What is missing is zero.
template <typename T>
void MomentCollector::gatherPairs(const T *codes, int64_t cell, int64_t count,
                                  const T *border, int16_t *patches) const {
  const std::vector<T> zeros(size_t(geometry.channels), T(0));
  int64_t channels = geometry.channels, taps = geometry.taps();
  for (int64_t pair = 0; pair != (count + 1) / 2; ++pair) {
    bool isWhole = 2 * pair + 1 != count;
    Cell first = findCell(cell + 2 * pair);
    Cell second = isWhole ? findCell(cell + 2 * pair + 1) : first;
    for (int64_t tap = 0; tap != taps; ++tap) {
      const T *a = findSource(codes, first, tap, border);
      const T *b =
          isWhole ? findSource(codes, second, tap, border) : zeros.data();
      int16_t *target = patches + tap * tapSize + pair * 2 * tileOutputs;
      int64_t c = 0;
      for (; c + tileOutputs <= channels;
           c += tileOutputs, target += taps * tapSize)
        for (int64_t i = 0; i != tileOutputs; ++i) {
          target[2 * i] = a[c + i];
          target[2 * i + 1] = b[c + i];
        }
      for (int64_t i = 0; c + i < channels; ++i) {
        target[2 * i] = a[c + i];
        target[2 * i + 1] = b[c + i];
      }
    }
  }
}

/// Codes of the patches of a chunk.
int64_t MomentCollector::patchSize() const {
  if (geometry.depthwise)
    return roundUp(geometry.channels, tileOutputs) / tileOutputs *
           geometry.taps() * tapSize;
  return geometry.taps() * geometry.channels * chunkCells;
}

static int64_t sumOf(const int16_t *codes, int64_t count) {
  int32_t sum = 0;
  for (int64_t p = 0; p != count; ++p)
    sum += codes[p];
  return sum;
}

/// Adds rows of a tile to those of a matrix, of whose columns `width` are left.
template <int64_t Columns, typename T>
static void addTile(const T *tile, int64_t height, int64_t width, int64_t *to,
                    int64_t stride) {
  for (int64_t r = 0; r != height; ++r, tile += Columns, to += stride) {
    // Of whole tiles the compiler knows the length.
    if (width >= Columns)
      for (int64_t c = 0; c != Columns; ++c)
        to[c] += tile[c];
    else
      for (int64_t c = 0; c != width; ++c)
        to[c] += tile[c];
  }
}

/// Products of the rows of one tile with all up to themselves, and with the
/// targets.
void MomentCollector::addChunk(const Chunk &chunk, int64_t firstRow,
                               int64_t lastRow) {
  int64_t inputs = moments.inputs;
  const KernelTable &table = kernels();
  static const std::vector<int16_t> zeros(chunkCells, 0);
  auto rowOf = [&](int64_t k) {
    return k < inputs ? chunk.patches.data() + k * chunkCells : zeros.data();
  };
  int64_t *inputSums = moments.wordsAt(1);
  int64_t *products = moments.wordsAt(moments.productsAt);
  const int16_t *a[tileRows], *b[tileRows];
  for (int64_t i = firstRow; i < lastRow; i += tileRows) {
    for (int64_t r = 0; r != tileRows; ++r) {
      a[r] = rowOf(i + r);
      if (i + r < inputs)
        inputSums[i + r] += sumOf(a[r], chunk.count);
    }
    for (int64_t j = 0; j < std::min(i + tileRows, inputs); j += tileRows) {
      for (int64_t r = 0; r != tileRows; ++r)
        b[r] = rowOf(j + r);
      int64_t *to = products + i * inputs + j;
      int64_t height = std::min(tileRows, inputs - i);
      if (chunk.isSmall) {
        int32_t sums[tileRows * tileRows];
        table.multiplyRows(a, b, chunk.count, sums);
        addTile<tileRows>(sums, height, inputs - j, to, inputs);
        continue;
      }
      int64_t wide[tileRows * tileRows];
      for (int64_t r = 0; r != tileRows; ++r)
        for (int64_t s = 0; s != tileRows; ++s) {
          int64_t sum = 0;
          for (int64_t p = 0; p != chunk.count; ++p)
            sum += int64_t(a[r][p]) * b[s][p];
          wide[r * tileRows + s] = sum;
        }
      addTile<tileRows>(wide, height, inputs - j, to, inputs);
    }
    addTargets(chunk, i);
  }
}

/// Products of the rows of one tile with the targets.
void MomentCollector::addTargets(const Chunk &chunk, int64_t firstRow) {
  int64_t inputs = moments.inputs, outputs = moments.outputs;
  int64_t stride = roundUp(outputs, tileOutputs);
  int64_t height = std::min(tileRows, inputs - firstRow);
  int64_t *cross = moments.wordsAt(moments.crossAt) + firstRow * outputs;
  // A code is its low byte and 256 times what is above it.
  int16_t low[tileRows][chunkCells], high[tileRows][chunkCells];
  const int16_t *rows[tileRows], *highRows[tileRows];
  for (int64_t r = 0; r != tileRows; ++r) {
    rows[r] =
        chunk.patches.data() + std::min(firstRow + r, inputs - 1) * chunkCells;
    highRows[r] = high[r];
    if (chunk.isNarrow)
      continue;
    for (int64_t p = 0; p != chunkCells; ++p) {
      low[r][p] = int16_t(rows[r][p] & 0xff);
      high[r][p] = int16_t(rows[r][p] >> 8);
    }
    rows[r] = low[r];
  }
  int64_t pairs = (chunk.count + 1) / 2;
  for (int64_t f = 0; f < outputs; f += tileOutputs) {
    int32_t sums[tileRows * tileOutputs];
    const int16_t *targets = chunk.targets.data() + f * 2;
    kernels().multiplyOutputs(rows, targets, stride, pairs, sums);
    addTile<tileOutputs>(sums, height, outputs - f, cross + f, outputs);
    if (chunk.isNarrow)
      continue;
    int64_t wide[tileRows * tileOutputs];
    kernels().multiplyOutputs(highRows, targets, stride, pairs, sums);
    for (int64_t i = 0; i != tileRows * tileOutputs; ++i)
      wide[i] = int64_t(sums[i]) * 256;
    addTile<tileOutputs>(wide, height, outputs - f, cross + f, outputs);
  }
}

/// The sums of the targets.
void MomentCollector::addOutputs(const Chunk &chunk) {
  static const std::vector<int16_t> ones(chunkCells, 1);
  const int16_t *rows[tileRows];
  std::fill_n(rows, tileRows, ones.data());
  int64_t outputs = geometry.outputs, stride = roundUp(outputs, tileOutputs);
  int64_t *to = moments.wordsAt(moments.outputsAt);
  for (int64_t f = 0; f < outputs; f += tileOutputs) {
    int32_t sums[tileRows * tileOutputs];
    kernels().multiplyOutputs(rows, chunk.targets.data() + f * 2, stride,
                              (chunk.count + 1) / 2, sums);
    addTile<tileOutputs>(sums, 1, outputs - f, to + f, outputs);
  }
}

/// Sixteen channels, side by side.
void MomentCollector::addDepthwise(const Chunk &chunk, int64_t group) {
  int64_t taps = moments.inputs;
  int64_t first = group * tileOutputs;
  int64_t width = std::min(tileOutputs, geometry.channels - first);
  int64_t stride = roundUp(geometry.channels, tileOutputs);
  int64_t pairs = (chunk.count + 1) / 2;
  const int16_t *x = chunk.patches.data() + group * taps * tapSize;
  const int16_t *z = chunk.targets.data() + first * 2;
  int64_t *inputSums = moments.wordsAt(1) + first * taps;
  int64_t *products = moments.wordsAt(moments.productsAt) + first * taps * taps;
  int64_t *cross = moments.wordsAt(moments.crossAt) + first * taps;
  auto codeOf = [&](int64_t tap, int64_t cell, int64_t c) -> int64_t {
    return x[tap * tapSize + (cell / 2 * tileOutputs + c) * 2 + cell % 2];
  };
  if (chunk.isNarrow) {
    std::vector<int32_t> sums(taps * tileOutputs);
    kernels().multiplyTargets(x, taps, chunkPairs, pairs, z, stride,
                              sums.data());
    for (int64_t c = 0; c != width; ++c)
      for (int64_t i = 0; i != taps; ++i)
        cross[c * taps + i] += sums[i * tileOutputs + c];
  } else {
    for (int64_t c = 0; c != width; ++c)
      for (int64_t i = 0; i != taps; ++i) {
        int64_t sum = 0;
        for (int64_t p = 0; p != chunk.count; ++p)
          sum += codeOf(i, p, c) * z[(p / 2 * stride + c) * 2 + p % 2];
        cross[c * taps + i] += sum;
      }
  }
  if (chunk.isSmall) {
    std::vector<int32_t> ofTaps(taps * (taps + 1) / 2 * tileOutputs),
        sums(taps * tileOutputs);
    kernels().multiplyTaps(x, taps, chunkPairs, pairs, ofTaps.data(),
                           sums.data());
    for (int64_t c = 0; c != width; ++c) {
      const int32_t *from = ofTaps.data() + c;
      for (int64_t i = 0; i != taps; ++i) {
        inputSums[c * taps + i] += sums[i * tileOutputs + c];
        for (int64_t j = 0; j <= i; ++j, from += tileOutputs)
          products[(c * taps + i) * taps + j] += *from;
      }
    }
    return;
  }
  for (int64_t c = 0; c != width; ++c)
    for (int64_t i = 0; i != taps; ++i) {
      int64_t total = 0;
      for (int64_t p = 0; p != chunk.count; ++p)
        total += codeOf(i, p, c);
      inputSums[c * taps + i] += total;
      for (int64_t j = 0; j <= i; ++j) {
        int64_t sum = 0;
        for (int64_t p = 0; p != chunk.count; ++p)
          sum += codeOf(i, p, c) * codeOf(j, p, c);
        products[(c * taps + i) * taps + j] += sum;
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
      moments.wordsAt(1)[at] += sum;
    }
  }
  moments.wordsAt(0)[0] += samples * geometry.cells();
}

bool MomentCollector::add(const void *codes, ElementType type,
                          const float *targets, int64_t samples) {
  auto addAll = [&](const auto *values) {
    if (moments.hasProducts)
      addProductsOf(values, targets, samples);
    else
      addMeansOf(values, samples);
    return true;
  };
  switch (type) {
  case ElementType::U8:
    return addAll(static_cast<const uint8_t *>(codes));
  case ElementType::I8:
    return addAll(static_cast<const int8_t *>(codes));
  case ElementType::I16:
    return addAll(static_cast<const int16_t *>(codes));
  default:
    return false;
  }
}

void MomentCollector::add(const int16_t *codes, const float *targets,
                          int64_t samples) {
  add(codes, ElementType::I16, targets, samples);
}

/// The largest magnitude of codes, at least.
template <typename T>
static int32_t findMost(const T *codes, int64_t count) {
  if (sizeof(T) == 1)
    return std::numeric_limits<uint8_t>::max();
  // Without a way out, which would keep the loop from being vectorized.
  T smallest = 0, largest = 0;
  for (int64_t i = 0; i != count; ++i) {
    smallest = std::min(smallest, codes[i]);
    largest = std::max(largest, codes[i]);
  }
  return std::max(-int32_t(smallest), int32_t(largest));
}

template <typename T>
void MomentCollector::addProductsOf(const T *codes, const float *targets,
                                    int64_t samples) {
  // Cells outside of images may hold more than codes.
  bool fits = std::all_of(geometry.padding.begin(), geometry.padding.end(),
                          [](int32_t value) {
                            return value >= std::numeric_limits<T>::min() &&
                                   value <= std::numeric_limits<T>::max();
                          });
  int64_t values =
      samples * geometry.height * geometry.width * geometry.channels;
  if (!fits && sizeof(T) == 1) {
    std::vector<int16_t> wide(codes, codes + values);
    return addProductsOf(wide.data(), targets, samples);
  }
  int64_t outputs = geometry.outputs;
  int64_t stride = roundUp(outputs, tileOutputs);
  int32_t most = findMost(codes, values);
  for (int32_t value : geometry.padding)
    most = std::max(most, std::abs(value));

  // Rows whose length is a multiple of a tile's, chunk by chunk.
  constexpr int64_t group = 8;
  std::vector<T> border(geometry.channels, 0);
  if (!geometry.padding.empty())
    for (int64_t c = 0; c != geometry.channels; ++c)
      border[c] = static_cast<T>(
          geometry.padding[geometry.padding.size() == 1 ? 0 : c]);
  std::vector<Chunk> &chunks = scratch->chunks;
  chunks.resize(group);
  for (Chunk &chunk : chunks) {
    // What ends a chunk with less cells is multiplied with targets of zero.
    chunk.patches.resize(patchSize());
    chunk.targets.resize(chunkPairs * stride * 2);
    chunk.isSmall = most <= mostSmall;
    chunk.isNarrow = most <= mostNarrow;
  }
  int64_t cells = cellsOf(geometry, samples, step);
  moments.wordsAt(0)[0] += cells;
  for (int64_t first = 0; first < cells; first += group * chunkCells) {
    int64_t used =
        std::min<int64_t>(group, (cells - first + chunkCells - 1) / chunkCells);
    shareWork(used, threads, [&](int64_t i) {
      Chunk &chunk = chunks[i];
      int64_t cell = first + i * chunkCells;
      chunk.count = std::min(chunkCells, cells - cell);
      int16_t *patches = chunk.patches.data();
      if (geometry.depthwise)
        gatherPairs(codes, cell, chunk.count, border.data(), patches);
      else
        gather(codes, cell, chunk.count, border.data(), patches);
      kernels().roundTargets(targets + cell * outputs, chunk.count, outputs,
                             factors.data(), stride, chunk.targets.data());
    });
    for (int64_t i = 0; i != used; ++i)
      addOutputs(chunks[i]);
    if (geometry.depthwise) {
      shareWork(stride / tileOutputs, threads, [&](int64_t part) {
        for (int64_t i = 0; i != used; ++i)
          addDepthwise(chunks[i], part);
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
