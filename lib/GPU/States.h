//===- States.h - Kernels on what was observed ------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States of chunks into states of batches, and ranges that move by them, all on
// the device: nobody waits for a batch.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_STATES_H
#define QML_LIB_GPU_STATES_H

#include "Walk.h"

#include <cmath>

namespace qml {
namespace gpu {

/// Puts the header of a chunk where the kernels of all chunks look for it.
struct TakeInfo {
  static constexpr const char *name = "take header";
  static constexpr int threads = 32;
  static constexpr bool cooperates = false;

  const ChunkInfo *from = nullptr;
  ChunkInfo *to = nullptr;

  Grid grid() const { return {}; }
  size_t sharedBytes() const { return 0; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    if (thread.index() == 0)
      *to = *from;
  }
};

/// Sets keys to "nothing seen".
struct ClearKeys {
  static constexpr const char *name = "clear states";
  static constexpr int threads = 256;
  static constexpr bool cooperates = false;

  int32_t *keys = nullptr;
  int64_t count = 0;

  Grid grid() const { return {unsigned((count + threads - 1) / threads)}; }
  size_t sharedBytes() const { return 0; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    int64_t i = int64_t(thread.block().x) * threads + thread.index();
    if (i < count)
      keys[i] = emptyKey;
  }
};

/// Adds what a chunk observed to the states of its batches, and clears it.
struct CommitKeys {
  static constexpr const char *name = "commit states";
  static constexpr int threads = 256;
  static constexpr bool cooperates = false;

  const ChunkInfo *info = nullptr;
  int32_t *chunk = nullptr;  ///< segments * size keys
  int32_t *states = nullptr; ///< of the batches of the span, size keys each
  int64_t size = 0;
  int32_t segments = 1;
  int32_t segmentSamples = 1;

  Grid grid() const {
    return {unsigned((size + threads - 1) / threads), unsigned(segments)};
  }
  size_t sharedBytes() const { return 0; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    int64_t i = int64_t(thread.block().x) * threads + thread.index();
    int segment = int(thread.block().y);
    // After the last sample there may be no batch.
    if (i >= size || int64_t(segment) * segmentSamples >= info->samples)
      return;
    int32_t &key = chunk[segment * size + i];
    int32_t &state = states[(info->firstBatch + segment) * size + i];
    state = larger(state, key);
    key = emptyKey;
  }
};

/// Where the keys of one layer lie in a state, and its ranges among the ranges.
struct StateEntry {
  int64_t offset;
  int32_t count;  ///< of maxima
  int32_t minMax; ///< whether as many minima follow
};

/// Ranges after a number of batches, in their order: one block for each layer.
/// See MovingRanges in Observers.h, which this equals to the bit.
struct MoveRanges {
  static constexpr const char *name = "move ranges";
  static constexpr int threads = 128;
  static constexpr bool cooperates = true;

  const StateEntry *entries = nullptr;
  int32_t numEntries = 0;
  const int32_t *states = nullptr;
  int64_t size = 0; ///< of one state
  int32_t batches = 0;
  int64_t firstBatch = 0;
  float rate = 0;
  float *ranges = nullptr; ///< as long as a state
  /// The smallest 2 * (batch * size + key) at which infinity was seen, plus one
  /// for NaN.
  uint64_t *failure = nullptr;

  Grid grid() const { return {unsigned(numEntries)}; }
  size_t sharedBytes() const { return sizeof(int32_t) * threads / 32; }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    StateEntry entry = entries[thread.block().x];
    for (int32_t batch = 0; batch < batches; ++batch) {
      move(thread, entry, batch, entry.offset, false);
      if (entry.minMax)
        move(thread, entry, batch, entry.offset + entry.count, true);
    }
  }

private:
  template <typename Thread>
  QML_DEVICE void move(Thread &thread, const StateEntry &entry, int32_t batch,
                       int64_t offset, bool isMinimum) const {
    float *values = ranges + offset;
    const int32_t *keys = states + batch * size + offset;
    bool isFresh = true;
    for (int32_t i = thread.index(); i < entry.count; i += threads)
      isFresh &= values[i] == freshRange;
    isFresh = all(thread, isFresh);
    for (int32_t i = thread.index(); i < entry.count; i += threads) {
      int32_t key = keys[i];
      float seen = isMinimum      ? fromMinimumKey(key)
                   : entry.minMax ? fromMaximumKey(key)
                                  : fromMagnitudeKey(key);
      values[i] = isFresh ? seen : movedRange(values[i], seen, rate);
      if (key >= firstNonFiniteKey)
        thread.atomicMin(
            failure, 2 * uint64_t((firstBatch + batch) * size + offset + i) +
                         (key > firstNonFiniteKey));
    }
  }

  /// Whether all threads of the block say so.
  template <typename Thread>
  QML_DEVICE bool all(Thread &thread, bool mine) const {
    int32_t *shared = thread.template shared<int32_t>();
    int32_t differs = !mine;
    QML_UNROLL
    for (int mask = 16; mask > 0; mask /= 2)
      differs |= thread.shuffleXor(differs, mask);
    if (thread.index() % 32 == 0)
      shared[thread.index() / 32] = differs;
    thread.sync();
    differs = 0;
    for (int warp = 0; warp < threads / 32; ++warp)
      differs |= shared[warp];
    thread.sync();
    return !differs;
  }
};

/// Counts values by bins: per tensor, or per channel for up to eight channels
/// in a block. `counts` has histogramBins for each range.
struct CountBins {
  static constexpr const char *name = "count bins";
  static constexpr int threads = 256;
  static constexpr bool cooperates = true;
  static constexpr int channelsPerBlock = 8;

  const ChunkInfo *info = nullptr;
  const float *data = nullptr;
  int64_t sampleElements = 0;
  int32_t channels = 1;
  /// 1: one histogram for the tensor; else one for each channel.
  int32_t count = 1;
  bool magnitude = true;        ///< of |x|, else of x
  const float *lower = nullptr; ///< one for each histogram, as is `scale`
  const float *scale = nullptr;
  uint64_t *counts = nullptr;
  int32_t rowBlocks = 1;

  QML_HOST_DEVICE int tileChannels() const {
    return count == 1 ? 1 : count < channelsPerBlock ? count : channelsPerBlock;
  }
  QML_HOST_DEVICE int tiles() const {
    return (count + tileChannels() - 1) / tileChannels();
  }
  Grid grid() const { return {unsigned(tiles() * rowBlocks)}; }
  size_t sharedBytes() const {
    return size_t(tileChannels()) * histogramBins * sizeof(uint32_t);
  }

  template <typename Thread>
  QML_DEVICE void run(Thread &thread) const {
    uint32_t *bins = thread.template shared<uint32_t>();
    int tile = int(thread.block().x) % tiles();
    int rowBlock = int(thread.block().x) / tiles();
    int firstChannel = tile * tileChannels();
    int here = count - firstChannel < tileChannels() ? count - firstChannel
                                                     : tileChannels();
    for (int i = thread.index(); i < here * histogramBins; i += threads)
      bins[i] = 0;
    thread.sync();

    // Threads side by side take the channels of a tile, then the next cell; of
    // a tensor with one histogram, element by element.
    int period = count == 1 ? 1 : channels;
    int channel = thread.index() % here;
    int cellsAtOnce = threads / here;
    int64_t cells = int64_t(info->samples) * sampleElements / period;
    float low = lower[firstChannel + channel];
    float factor = scale[firstChannel + channel];
    if (thread.index() < cellsAtOnce * here)
      for (int64_t cell =
               int64_t(rowBlock) * cellsAtOnce + thread.index() / here;
           cell < cells; cell += int64_t(rowBlocks) * cellsAtOnce) {
        float x = data[cell * period + firstChannel + channel];
        int bin = histogramBin(magnitude ? fabsf(x) : x, low, factor);
        thread.atomicAdd(bins + channel * histogramBins + bin, 1u);
      }
    thread.sync();
    for (int i = thread.index(); i < here * histogramBins; i += threads)
      if (bins[i])
        thread.atomicAdd(counts + int64_t(firstChannel) * histogramBins + i,
                         uint64_t(bins[i]));
  }
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_STATES_H
