//===- ElementPass.h - Kernels that go over a tensor once -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One kernel for everything that makes a tensor element by element, or from
// windows of another. What differs is the source of the values (Elements.h,
// Windows.h); the walk, the observers of the result and of what is read, and
// what is left over at the end are the same.
//
// A source has
//
//   static constexpr const char *name;
//   static constexpr int inputs;       // that it can observe
//   static constexpr int unroll;       // packs that are fetched at once
//   template <int Width> class Column  // what a thread keeps for its lanes:
//     Column(source, firstChannel lanes, channels)
//     fetch(Place)  -> Fetched         // reads alone
//     finish(Fetched, InputKeys) -> Pack<float, Width>
//   float *out                         // null: values are observed alone
//   Observer inputObservers[inputs]
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_ELEMENTPASS_H
#define QML_LIB_GPU_ELEMENTPASS_H

#include "Walk.h"

namespace qml {
namespace gpu {

/// Where a pack of the result lies.
struct Place {
  int64_t element; ///< of its first lane, in the chunk
  int64_t row;     ///< in the segment; a cell of the image for window sources
  int64_t sample;  ///< the first one of the segment, in the chunk
};

template <typename Source, int Width>
struct ElementPass {
  static constexpr const char *name = Source::name;
  static constexpr int threads = Walk::threads;
  static constexpr bool cooperates = true;

  Walk walk;
  Source source;
  /// Of the result.
  Observer observer;

  Grid grid() const { return walk.grid(); }
  size_t sharedBytes() const { return threads * Width * sizeof(int32_t); }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    int columns = walk.columns(), rowsAtOnce = walk.rows();
    int tiles = walk.tiles();
    int tile = int(thread.block().x) % tiles;
    int rowBlock = int(thread.block().x) / tiles;
    int segment = int(thread.block().y);
    int column = tile * columns + thread.index() % columns;
    int firstRow = thread.index() / columns;

    Keys<Width> keys;
    Keys<Width> inputKeys[Source::inputs];
    if (firstRow < rowsAtOnce && column < walk.rowPacks)
      takeColumn(segment, column, int64_t(rowBlock) * rowsAtOnce + firstRow,
                 int64_t(walk.rowBlocks) * rowsAtOnce, keys, inputKeys);

    Slots slots;
    slots.first = int64_t(tile) * columns * Width;
    int columnsHere = walk.rowPacks - tile * columns;
    slots.count =
        (columnsHere < columns ? columnsHere : columns) * rowsAtOnce * Width;
    slots.channels = walk.channels;
    flush<threads, Width>(thread, keys, slots, observer, segment);
    QML_UNROLL
    for (int i = 0; i < Source::inputs; ++i)
      flush<threads, Width>(thread, inputKeys[i], slots,
                            source.inputObservers[i], segment);
  }

private:
  /// Rows `row`, `row + step`, ... of one column.
  QML_DEVICE void takeColumn(int segment, int column, int64_t row, int64_t step,
                             Keys<Width> &keys, Keys<Width> *inputKeys) const {
    using Column = typename Source::template Column<Width>;
    const int64_t rowElements = int64_t(walk.rowPacks) * Width;
    const int64_t sample = int64_t(segment) * walk.segmentSamples;
    const int64_t base = sample * walk.sampleElements;
    const int64_t elements = walk.samplesOf(segment) * walk.sampleElements;
    const int64_t rows = elements / rowElements;
    const int64_t offset = int64_t(column) * Width;
    Column state(source, offset, walk.channels);

    auto place = [&](int64_t r) {
      return Place{base + r * rowElements + offset, r, sample};
    };
    auto take = [&](const Place &at, const typename Column::Fetched &fetched) {
      Pack<float, Width> values = state.finish(source, fetched, inputKeys);
      if (source.out)
        store(source.out + at.element, values);
      keys.see(observer.kind, values);
    };
    constexpr int unroll = Source::unroll;
    for (; row + (unroll - 1) * step < rows; row += unroll * step) {
      typename Column::Fetched fetched[unroll];
      QML_UNROLL
      for (int i = 0; i < unroll; ++i)
        fetched[i] = state.fetch(source, place(row + i * step));
      QML_UNROLL
      for (int i = 0; i < unroll; ++i)
        take(place(row + i * step), fetched[i]);
    }
    for (; row < rows; row += step)
      take(place(row), state.fetch(source, place(row)));

    if constexpr (Width > 1)
      if (row == rows)
        takeRest(place(row), base + elements, offset, keys, inputKeys);
  }

  /// After the last whole row, the thread to whom the next one would belong
  /// takes what there is of its pack.
  QML_DEVICE void takeRest(Place at, int64_t end, int64_t offset,
                           Keys<Width> &keys, Keys<Width> *inputKeys) const {
    for (int lane = 0; lane < Width && at.element < end; ++lane, ++at.element) {
      typename Source::template Column<1> one(source, offset + lane,
                                              walk.channels);
      Keys<1> oneInputKeys[Source::inputs];
      Pack<float, 1> value =
          one.finish(source, one.fetch(source, at), oneInputKeys);
      if (source.out)
        source.out[at.element] = value[0];
      keys.see(observer.kind, lane, value[0]);
      QML_UNROLL
      for (int i = 0; i < Source::inputs; ++i) {
        inputKeys[i].maxima[lane] =
            larger(inputKeys[i].maxima[lane], oneInputKeys[i].maxima[0]);
        inputKeys[i].minima[lane] =
            larger(inputKeys[i].minima[lane], oneInputKeys[i].minima[0]);
      }
    }
  }
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_ELEMENTPASS_H
