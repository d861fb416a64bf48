//===- Walk.h - How threads go over a tensor --------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The samples that go through the network together, a chunk, are cut into
// segments, each of one batch: what is observed goes to the state of its
// segment. The last chunk may hold fewer samples than others; how many is read
// on the device, so that one recording of the network serves all chunks.
//
// A tensor (samples, ..., channels) is seen as rows of `rowPacks` packs. A row
// is a whole number of channel vectors, and a whole number of packs: 3 channels
// and packs of 4 make rows of 12 elements. So each lane of a thread, which
// stays in its column, meets one channel alone.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_WALK_H
#define QML_LIB_GPU_WALK_H

#include "Observe.h"

namespace qml {
namespace gpu {

/// What the host says of a chunk. Lies in front of its samples.
struct ChunkInfo {
  int32_t samples;    ///< that there are, at most the chunk's
  int32_t firstBatch; ///< of the first segment, counted in the span
};

struct Walk {
  static constexpr int threads = 256;

  const ChunkInfo *info = nullptr;
  int32_t segments = 1;
  int32_t segmentSamples = 1;
  int64_t sampleElements = 0;
  int32_t channels = 1;
  int32_t rowPacks = 1;
  /// Blocks that share the rows of one column of blocks.
  int32_t rowBlocks = 1;

  QML_HOST_DEVICE int columns() const {
    return rowPacks < threads ? rowPacks : threads;
  }
  /// Rows that a block takes at once.
  QML_HOST_DEVICE int rows() const { return threads / columns(); }
  /// Blocks next to each other that cover one row.
  QML_HOST_DEVICE int tiles() const {
    return (rowPacks + columns() - 1) / columns();
  }
  Grid grid() const {
    return {unsigned(tiles() * rowBlocks), unsigned(segments)};
  }

  /// Samples of a segment that are there.
  QML_DEVICE int64_t samplesOf(int segment) const {
    int64_t left = info->samples - int64_t(segment) * segmentSamples;
    return left < 0 ? 0 : left < segmentSamples ? left : segmentSamples;
  }
};

/// For a tensor of `sampleElements` elements a sample, in packs of `width`, on
/// a device with so many multiprocessors.
inline Walk makeWalk(const ChunkInfo *info, int segments, int segmentSamples,
                     int64_t sampleElements, int channels, int width,
                     int multiprocessors) {
  Walk walk;
  walk.info = info;
  walk.segments = segments;
  walk.segmentSamples = segmentSamples;
  walk.sampleElements = sampleElements;
  walk.channels = channels;
  int common = width;
  while (channels % common)
    common /= 2;
  walk.rowPacks = channels / common;
  // Enough blocks to fill the device, each with enough to do for what it costs
  // to put keys together.
  constexpr int blocksPerMultiprocessor = 4, packsPerThread = 8;
  int64_t rows =
      segmentSamples * sampleElements / (int64_t(walk.rowPacks) * width) + 1;
  int64_t useful = rows / (int64_t(walk.rows()) * packsPerThread) + 1;
  int64_t room = int64_t(multiprocessors) * blocksPerMultiprocessor /
                     (int64_t(walk.tiles()) * segments) +
                 1;
  walk.rowBlocks = int32_t(useful < room ? useful : room);
  return walk;
}

/// The widest packs, 4 or 1, in which segments of such tensors can be read. No
/// segment may begin in the middle of a pack.
inline int packWidth(int segments, int segmentSamples, int64_t sampleElements) {
  bool fits = segments == 1 || segmentSamples * sampleElements % 4 == 0;
  return fits ? 4 : 1;
}

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_WALK_H
