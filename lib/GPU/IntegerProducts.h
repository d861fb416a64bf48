//===- IntegerProducts.h - Convolutions of integers -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Convolutions and dense layers as products of matrices: a row for each cell of
// the result, a column for each of its channels; what is multiplied, the terms,
// are the input's channels for each tap. Blocks make tiles of the result, and
// gather the inputs as they need them.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERPRODUCTS_H
#define QML_LIB_GPU_INTEGERPRODUCTS_H

#include "ByteMath.h"
#include "IntegerMaps.h"

namespace qml {
namespace gpu {

/// What tiles of products have in common: rows, and where their results go.
struct TileRows {
  const ChunkInfo *info = nullptr;
  int32_t samples = 1;    ///< of the chunk
  int32_t sampleRows = 1; ///< cells of one sample's result
  IntegerWindow window;
  Elements in;
  int32_t channels = 1; ///< of the input
  SumBounds sums;
  Epilogue epilogue;

  QML_DEVICE uint32_t rows() const {
    return uint32_t(info->samples) * uint32_t(sampleRows);
  }
  Grid grid(int tileRows, int tileColumns) const {
    int64_t high = (int64_t(samples) * sampleRows + tileRows - 1) / tileRows;
    return {unsigned(high * tilesAcross(tileColumns))};
  }
  QML_HOST_DEVICE int tilesAcross(int tileColumns) const {
    return (epilogue.channels + tileColumns - 1) / tileColumns;
  }

  /// What follows complete sums of four rows, `row` and so on, and of channels
  /// `column` and so on: the bias, the stages, and that they are stored, as far
  /// as they exist.
  template <typename Value, typename Sum>
  QML_DEVICE_CALL void finish(uint32_t row, int column,
                              const Sum (&complete)[4][4]) const {
    const uint32_t all = rows();
    if (row >= all || column >= epilogue.channels)
      return;
    const RowSpan span = {int64_t(row) * epilogue.channels + column,
                          int32_t(all - row < 4 ? all - row : 4)};
    Value values[4][4];
    QML_UNROLL
    for (int c = 0; c < 4; ++c) {
      int channel =
          column + c < epilogue.channels ? column + c : epilogue.channels - 1;
      QML_UNROLL
      for (int r = 0; r < 4; ++r)
        values[r][c] = finishSum<Value>(sums, complete[r][c], channel);
    }
    applyStages(epilogue, column, span, values);
    QML_UNROLL
    for (int r = 0; r < 4; ++r)
      if (r < span.rows)
        store(span.first + int64_t(r) * epilogue.channels, column, values[r]);
  }

private:
  /// Packs where no pack can be cut.
  template <typename Value>
  QML_DEVICE void store(int64_t at, int column,
                        const Value (&values)[4]) const {
    if (epilogue.channels % 4 == 0)
      return storeResult(epilogue, at, column, values);
    QML_UNROLL
    for (int i = 0; i < 4; ++i) {
      Value one[1] = {values[i]};
      if (column + i < epilogue.channels)
        storeResult(epilogue, at + i, column + i, one);
    }
  }
};

//===----------------------------------------------------------------------===//
// Products of bytes
//===----------------------------------------------------------------------===//

/// One pass over all terms: byte `plane` of each input with one byte of each
/// weight. Numbers of several bytes are sums of bytes times powers of 256; the
/// most significant pass comes first, and sums are shifted from pass to pass.
struct BytePass {
  /// That the sums are shifted by before the pass.
  int32_t shift = 0;
  /// Of the input's elements: 0 the low byte.
  int32_t plane = 0;
  /// Whether that byte is unsigned.
  bool isUnsigned = false;
};

/// Sums in 32 bits, four terms at once, for inputs of type `T`: int8_t (also
/// for bytes without a sign) or int16_t. All arithmetic is modulo 2^32, and
/// exact where complete sums fit. Blocks make 128 rows of 8 * Columns channels;
/// threads 8 rows of `Columns` channels.
template <typename T, int Columns>
struct ByteProduct {
  static constexpr const char *name = "product of bytes";
  static constexpr int threads = 128;
  static constexpr bool cooperates = true;
  static constexpr int tileRows = 128;
  static constexpr int tileColumns = 8 * Columns;
  /// Words of four terms that are gathered at once.
  static constexpr int depth = 8;
  static constexpr int maxPasses = 4;

  TileRows tile;
  BytePass passes[maxPasses];
  int32_t numPasses = 1;
  /// That the sums are shifted by in the end.
  int32_t lastShift = 0;
  /// Words of one pass, a multiple of `depth`; what is too much is zero in the
  /// weights.
  int32_t words = depth;
  /// (pass, word, column), columns padded to whole tiles; each word has the
  /// weights of four terms.
  const uint32_t *weights = nullptr;
  /// One per channel of the input, what stands outside of the image; null for
  /// zeros.
  const T *padding = nullptr;

  Grid grid() const { return tile.grid(tileRows, tileColumns); }
  size_t sharedBytes() const {
    return 2 * depth * (tileRows + tileColumns) * sizeof(uint32_t);
  }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    const int across = tile.tilesAcross(tileColumns);
    const int firstColumn = int(thread.block().x) % across * tileColumns;
    const uint32_t firstRow =
        thread.block().x / unsigned(across) * unsigned(tileRows);
    const uint32_t rows = tile.rows();
    if (firstRow >= rows)
      return;
    const int index = thread.index();
    const int threadRow = index / 8, threadColumn = index % 8;
    uint32_t *inputs = thread.template shared<uint32_t>();
    uint32_t *factors = inputs + 2 * depth * tileRows;

    int32_t sums[8][Columns];
    QML_UNROLL
    for (int r = 0; r < 8; ++r) {
      QML_UNROLL
      for (int c = 0; c < Columns; ++c)
        sums[r][c] = 0;
    }

    // While the block multiplies one piece, its threads fetch the next.
    Gatherer gatherer(*this, firstRow + unsigned(index) < rows
                                 ? firstRow + unsigned(index)
                                 : rows - 1);
    const int pieces = words / depth;
    uint32_t fetched[depth];
    Pack<uint32_t, Columns / 2> fetchedFactors;
    auto fetch = [&](int pass, int piece) {
      gatherer.fetch(*this, passes[pass], piece == 0, fetched);
      int64_t word = int64_t(pass) * words + piece * depth + index / 16;
      fetchedFactors =
          load<Columns / 2>(weights + word * across * tileColumns +
                            firstColumn + index % 16 * (Columns / 2));
    };
    auto keep = [&](int buffer) {
      QML_UNROLL
      for (int w = 0; w < depth; ++w)
        inputs[(buffer * depth + w) * tileRows + index] = fetched[w];
      store(factors + (buffer * depth + index / 16) * tileColumns +
                index % 16 * (Columns / 2),
            fetchedFactors);
    };
    fetch(0, 0);
    keep(0);
    thread.sync();
    int buffer = 0;
    for (int pass = 0; pass < numPasses; ++pass) {
      if (passes[pass].shift)
        shiftSums(sums, passes[pass].shift);
      for (int piece = 0; piece < pieces; ++piece) {
        bool isLast = piece + 1 == pieces;
        bool hasNext = !isLast || pass + 1 < numPasses;
        if (hasNext)
          fetch(isLast ? pass + 1 : pass, isLast ? 0 : piece + 1);
        const uint32_t *x = inputs + buffer * depth * tileRows + threadRow * 4;
        const uint32_t *w =
            factors + buffer * depth * tileColumns + threadColumn * 4;
        if (passes[pass].isUnsigned)
          multiply<true>(x, w, sums);
        else
          multiply<false>(x, w, sums);
        buffer ^= 1;
        if (hasNext)
          keep(buffer);
        thread.sync();
      }
    }
    if (lastShift)
      shiftSums(sums, lastShift);
    finish(firstRow, firstColumn, threadRow, threadColumn, sums);
  }

private:
  /// Gathers the terms of one row.
  class Gatherer {
  public:
    QML_DEVICE Gatherer(const ByteProduct &product, uint32_t row)
        : taps(product.tile.window, row) {}

    /// The next `depth` words; the first ones of a pass if it starts.
    QML_DEVICE void fetch(const ByteProduct &product, const BytePass &pass,
                          bool starts, uint32_t (&to)[depth]) {
      const T *in = static_cast<const T *>(product.tile.in.data);
      const int32_t channels = product.tile.channels;
      if (starts) {
        channel = u = v = 0;
        isAfter = false;
        enter(product, in);
      }
      if (channels % (4 * depth) == 0) {
        // All of one tap, and aligned.
        QML_UNROLL
        for (int w = 0; w < depth; w += 4)
          wordsOf<4>(channel + 4 * w, pass.plane, to + w);
        advance(product, in, 4 * depth);
        return;
      }
      if (channels % 4 == 0) {
        QML_UNROLL
        for (int w = 0; w < depth; ++w) {
          wordsOf<1>(channel, pass.plane, to + w);
          advance(product, in, 4);
        }
        return;
      }
      QML_UNROLL
      for (int w = 0; w < depth; ++w) {
        uint32_t word = 0;
        QML_UNROLL
        for (int i = 0; i < 4; ++i) {
          if (from)
            word |= byteOf(from[channel], pass.plane) << (8 * i);
          advance(product, in, 1);
        }
        to[w] = word;
      }
    }

  private:
    static QML_DEVICE uint32_t byteOf(T value, int plane) {
      return uint32_t(uint8_t(
          sizeof(T) == 1 || plane == 0 ? int32_t(value) : int32_t(value) >> 8));
    }

    /// Words of neighbouring channels.
    template <int Words>
    QML_DEVICE void wordsOf(int32_t first, int plane, uint32_t *to) const {
      constexpr int size = int(sizeof(T));
      Pack<uint32_t, Words * size> words;
      QML_UNROLL
      for (int i = 0; i < Words * size; ++i)
        words[i] = 0;
      if (from)
        words = loadWords<Words * size>(from + first);
      QML_UNROLL
      for (int i = 0; i < Words; ++i)
        to[i] = size == 1 ? words[i]
                          : bytesOf(words[size * i], words[size * i + size - 1],
                                    plane);
    }

    /// Terms forward. All rows are at the same tap and channel.
    QML_DEVICE void advance(const ByteProduct &product, const T *in,
                            int32_t terms) {
      channel += terms;
      if (channel < product.tile.channels)
        return;
      channel = 0;
      if (++v == product.tile.window.kernel[1]) {
        v = 0;
        isAfter |= ++u == product.tile.window.kernel[0];
      }
      enter(product, in);
    }

    /// Where the channels of the tap begin; null for zeros.
    QML_DEVICE void enter(const ByteProduct &product, const T *in) {
      from = nullptr;
      if (isAfter)
        return;
      int32_t cell = taps.cell(product.tile.window, u, v);
      from = cell < 0 ? product.padding
                      : in + int64_t(cell) * product.tile.channels;
    }

    IntegerTaps taps;
    const T *from;
    int32_t channel, u, v;
    bool isAfter;
  };

  static QML_DEVICE void shiftSums(int32_t (&sums)[8][Columns], int32_t shift) {
    QML_UNROLL
    for (int r = 0; r < 8; ++r) {
      QML_UNROLL
      for (int c = 0; c < Columns; ++c)
        sums[r][c] = int32_t(uint32_t(sums[r][c]) << shift);
    }
  }

  /// `inputs` and `factors` point to the thread's first row and column. Its
  /// others lie after in fours, half a tile apart.
  template <bool IsUnsigned>
  static QML_DEVICE void multiply(const uint32_t *inputs,
                                  const uint32_t *factors,
                                  int32_t (&sums)[8][Columns]) {
    QML_UNROLL
    for (int word = 0; word < depth; ++word) {
      Pack<uint32_t, 4> x[2], w[Columns / 4];
      x[0] = load<4>(inputs + word * tileRows);
      x[1] = load<4>(inputs + word * tileRows + tileRows / 2);
      QML_UNROLL
      for (int half = 0; half < Columns / 4; ++half)
        w[half] = load<4>(factors + word * tileColumns + half * 32);
      QML_UNROLL
      for (int r = 0; r < 8; ++r) {
        QML_UNROLL
        for (int c = 0; c < Columns; ++c)
          sums[r][c] =
              dot4<IsUnsigned>(x[r / 4][r % 4], w[c / 4][c % 4], sums[r][c]);
      }
    }
  }

  QML_DEVICE void finish(uint32_t firstRow, int firstColumn, int threadRow,
                         int threadColumn, int32_t (&sums)[8][Columns]) const {
    // In tiles of 4 x 4, which leaves more registers for the sums.
    QML_UNROLL
    for (int part = 0; part < 2 * (Columns / 4); ++part) {
      const int below = part % 2, half = part / 2;
      const uint32_t row =
          firstRow + unsigned(below * (tileRows / 2) + threadRow * 4);
      const int column = firstColumn + half * 32 + threadColumn * 4;
      int32_t values[4][4];
      QML_UNROLL
      for (int r = 0; r < 4; ++r) {
        QML_UNROLL
        for (int c = 0; c < 4; ++c)
          values[r][c] = sums[below * 4 + r][half * 4 + c];
      }
      tile.template finish<int32_t>(row, column, values);
    }
  }
};

//===----------------------------------------------------------------------===//
// Products of anything
//===----------------------------------------------------------------------===//

/// Inputs of any type, shifted and bounded before they are multiplied: operands
/// of type `Operand`, sums of type `Sum`, values of type `Value` after it.
/// Blocks make tiles of 64 x 64, threads of 4 x 4.
template <typename Operand, typename Sum, typename Value>
struct WideProduct {
  static constexpr const char *name = "product of integers";
  static constexpr int threads = 256;
  static constexpr bool cooperates = true;
  static constexpr int tileSize = 64;
  /// Terms that are gathered at once.
  static constexpr int depth = 8;

  using Unsigned = std::conditional_t<
      sizeof(Sum) == 4, uint32_t,
      std::conditional_t<sizeof(Sum) == 8, uint64_t, UInt128>>;

  TileRows tile;
  int32_t terms = 1;                ///< of each sum
  const int32_t *weights = nullptr; ///< (terms, channels of the result)
  const int32_t *shift = nullptr;   ///< one per channel of the input
  IntegerRange inputBounds = {0, 0};
  const int64_t *padding = nullptr; ///< the same; null for zeros

  Grid grid() const { return tile.grid(tileSize, tileSize); }
  size_t sharedBytes() const {
    return depth * tileSize * (sizeof(Operand) + sizeof(int32_t));
  }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    const int across = tile.tilesAcross(tileSize);
    const int firstColumn = int(thread.block().x) % across * tileSize;
    const uint32_t firstRow =
        thread.block().x / unsigned(across) * unsigned(tileSize);
    const uint32_t rows = tile.rows();
    if (firstRow >= rows)
      return;
    const int index = thread.index();
    const int lane = index % tileSize, slice = index / tileSize;
    const int threadRow = index / 16 * 4, threadColumn = index % 16 * 4;
    Operand *inputs = thread.template shared<Operand>();
    int32_t *factors = reinterpret_cast<int32_t *>(inputs + depth * tileSize);
    const uint32_t row = firstRow + unsigned(lane);
    IntegerTaps taps(tile.window, row < rows ? row : rows - 1);

    Unsigned sums[4][4];
    QML_UNROLL
    for (int r = 0; r < 4; ++r) {
      QML_UNROLL
      for (int c = 0; c < 4; ++c)
        sums[r][c] = 0;
    }
    for (int32_t first = 0; first < terms; first += depth) {
      for (int k = slice; k < depth; k += threads / tileSize) {
        int32_t term = first + k;
        int column = firstColumn + lane;
        bool hasFactor = term < terms && column < tile.epilogue.channels;
        inputs[k * tileSize + lane] = term < terms ? gather(taps, term) : 0;
        factors[k * tileSize + lane] =
            hasFactor ? weights[int64_t(term) * tile.epilogue.channels + column]
                      : 0;
      }
      thread.sync();
      QML_UNROLL
      for (int k = 0; k < depth; ++k) {
        QML_UNROLL
        for (int r = 0; r < 4; ++r) {
          Unsigned x =
              static_cast<Unsigned>(inputs[k * tileSize + threadRow + r]);
          QML_UNROLL
          for (int c = 0; c < 4; ++c)
            sums[r][c] += x * static_cast<Unsigned>(
                                  factors[k * tileSize + threadColumn + c]);
        }
      }
      thread.sync();
    }

    Sum complete[4][4];
    QML_UNROLL
    for (int r = 0; r < 4; ++r) {
      QML_UNROLL
      for (int c = 0; c < 4; ++c)
        complete[r][c] = static_cast<Sum>(sums[r][c]);
    }
    tile.template finish<Value>(firstRow + unsigned(threadRow),
                                firstColumn + threadColumn, complete);
  }

private:
  QML_DEVICE Operand gather(const IntegerTaps &taps, int32_t term) const {
    int32_t tap = term / tile.channels, channel = term % tile.channels;
    int32_t cell = taps.cell(tile.window, tap / tile.window.kernel[1],
                             tap % tile.window.kernel[1]);
    if (cell < 0)
      return padding ? static_cast<Operand>(padding[channel]) : 0;
    int64_t x[1];
    loadElements(tile.in, int64_t(cell) * tile.channels + channel, x);
    return static_cast<Operand>(shiftLeft(x[0], shift[channel], inputBounds));
  }
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERPRODUCTS_H
