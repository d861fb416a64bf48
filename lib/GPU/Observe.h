//===- Observe.h - Ranges in the registers of threads -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each thread keeps the largest keys of the values that it sees, one for each
// lane of its packs; at the end the block puts them together and raises the
// state in memory. A maximum of integers does not depend on the order.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_OBSERVE_H
#define QML_LIB_GPU_OBSERVE_H

#include "Thread.h"

#include "qml/Calibration/RangeMath.h"

namespace qml {
namespace gpu {

enum class ObserverKind : uint8_t {
  None,
  Magnitude, ///< keys of |x|
  MinMax     ///< keys of maxima, then those of minima
};

/// Where the keys of one tensor go.
struct Observer {
  /// Of the first segment (see Walk.h).
  int32_t *state = nullptr;
  /// Keys from one segment to the next.
  int64_t segmentStride = 0;
  /// 1: one range for the tensor; else one for each channel.
  int32_t count = 1;
  ObserverKind kind = ObserverKind::None;
};

/// The keys of one thread.
template <int Width>
struct Keys {
  int32_t maxima[Width];
  int32_t minima[Width];

  QML_DEVICE Keys() {
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      maxima[i] = minima[i] = emptyKey;
  }

  QML_DEVICE void see(ObserverKind kind, int lane, float x) {
    if (kind == ObserverKind::Magnitude) {
      maxima[lane] = larger(maxima[lane], magnitudeKey(x));
    } else if (kind == ObserverKind::MinMax) {
      int32_t key = maximumKey(x);
      maxima[lane] = larger(maxima[lane], key);
      minima[lane] = larger(minima[lane], ~key);
    }
  }

  template <int N>
  QML_DEVICE void see(ObserverKind kind, const Pack<float, N> &pack) {
    QML_UNROLL
    for (int i = 0; i < N; ++i)
      see(kind, i, pack[i]);
  }
};

/// How the lanes of a block's threads belong to channels: lane i of thread t is
/// slot t * Width + i, for which the channel is (firstSlot + slot) % channels.
struct Slots {
  int32_t count; ///< slots that hold values
  int64_t first; ///< of the block, counted over all blocks of a row
  int32_t channels;
};

/// Most blocks find a larger key there already, and need no atomic operation.
template <typename Thread>
QML_DEVICE void raise(Thread &thread, int32_t *to, int32_t key) {
  if (key > thread.read(to))
    thread.atomicMax(to, key);
}

/// Keys of `Width` lanes of all threads of a block, into `state`. All threads
/// call this; it needs `Threads` * `Width` integers of shared memory.
template <int Threads, int Width, typename Thread>
QML_DEVICE void reduceKeys(Thread &thread, const int32_t (&keys)[Width],
                           const Slots &slots, int32_t *state, int32_t count) {
  int32_t *shared = thread.template shared<int32_t>();
  int index = thread.index();
  if (count == 1) {
    int32_t key = emptyKey;
    QML_UNROLL
    for (int i = 0; i < Width; ++i)
      key = larger(key, keys[i]);
    QML_UNROLL
    for (int mask = 16; mask > 0; mask /= 2)
      key = larger(key, thread.shuffleXor(key, mask));
    if (index % 32 == 0)
      shared[index / 32] = key;
    thread.sync();
    if (index == 0) {
      for (int warp = 1; warp < Threads / 32; ++warp)
        key = larger(key, shared[warp]);
      raise(thread, state, key);
    }
    thread.sync();
    return;
  }
  QML_UNROLL
  for (int i = 0; i < Width; ++i)
    shared[index * Width + i] = keys[i];
  thread.sync();
  int32_t most = slots.channels < slots.count ? slots.channels : slots.count;
  for (int32_t slot = index; slot < most; slot += Threads) {
    int32_t key = emptyKey;
    for (int32_t i = slot; i < slots.count; i += slots.channels)
      key = larger(key, shared[i]);
    raise(thread, state + (slots.first + slot) % slots.channels, key);
  }
  thread.sync();
}

/// The same for all keys of an observer, at `segment`.
template <int Threads, int Width, typename Thread>
QML_DEVICE void flush(Thread &thread, const Keys<Width> &keys,
                      const Slots &slots, const Observer &observer,
                      int segment) {
  if (observer.kind == ObserverKind::None)
    return;
  int32_t *state = observer.state + segment * observer.segmentStride;
  reduceKeys<Threads, Width>(thread, keys.maxima, slots, state, observer.count);
  if (observer.kind == ObserverKind::MinMax)
    reduceKeys<Threads, Width>(thread, keys.minima, slots,
                               state + observer.count, observer.count);
}

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_OBSERVE_H
