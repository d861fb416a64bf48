//===- FloatPlan.h - A float program as jobs of a device --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a program becomes on a GPU: all activations in one arena, tensors dense
// with channels innermost, one list of jobs for a chunk of samples.
//
// Memory is what a network mostly waits for, so no pass over it is wasted.
// Where a kernel of ours makes a tensor, it observes it at once. Where a
// library makes one and a kernel of ours is the only one to read it, that
// kernel does what is left to do: the bounds of the ReLU, the observing. Only
// what neither has seen takes a pass of its own.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_FLOATPLAN_H
#define QML_LIB_GPU_FLOATPLAN_H

#include "Device.h"
#include "SampleLayout.h"

#include "qml/Calibration/Observers.h"
#include "qml/Program/Program.h"

namespace qml {
namespace gpu {

/// How samples are cut into chunks, see Walk.h.
struct ChunkShape {
  int32_t segments = 1;
  int32_t segmentSamples = 1;

  int32_t samples() const { return segments * segmentSamples; }
  bool operator==(const ChunkShape &other) const {
    return segments == other.segments && segmentSamples == other.segmentSamples;
  }
};

/// What happens to the tensors that Program::ranges name.
enum class Watch : uint8_t { Nothing, Ranges, Histograms };

/// Of all histograms, by range: one, or one for each channel.
struct HistogramMemory {
  const float *lower = nullptr;
  const float *scale = nullptr;
  uint64_t *counts = nullptr;
};

struct FloatPlanOptions {
  ChunkShape chunk;
  Watch watch = Watch::Ranges;
  /// Tensors that have to be there at the end.
  std::vector<int> keep;
  bool tf32 = false;
  /// For Watch::Histograms.
  HistogramMemory histograms;
};

class FloatPlan {
public:
  /// `program` is one that `verify` and `verifyFloat` accept. It and the
  /// device, whose buffers have been made, outlive the plan.
  static Result<std::unique_ptr<FloatPlan>> create(Device &device,
                                                   const Program &program,
                                                   const ObserverLayout &layout,
                                                   FloatPlanOptions options);

  const ChunkShape &chunk() const { return settings.chunk; }
  /// How samples lie in a buffer of the device.
  static SampleLayout layoutOf(const Program &program,
                               const ChunkShape &chunk) {
    return SampleLayout(program, chunk.samples());
  }

  /// Takes the samples in buffer `i` through the network.
  Recording &recording(int i) const { return *recordings[i]; }
  /// The jobs of recording `i`, one by one.
  std::vector<Job *> jobs(int i) const;

  /// Where tensor options.keep[i] lies afterwards.
  const float *kept(size_t i) const { return keptData[i]; }
  /// What the chunk observed: a state for each segment. Whoever takes the
  /// states clears them.
  int32_t *states() const { return stateMemory->as<int32_t>(); }
  /// The header of the chunk that is being computed.
  const ChunkInfo *info() const { return infoMemory->as<ChunkInfo>(); }
  /// Of activations, weights and all else, in bytes.
  size_t memory() const { return totalBytes; }

private:
  friend class FloatPlanner;
  explicit FloatPlan(FloatPlanOptions options) : settings(std::move(options)) {}

  /// One job, or one for each buffer.
  struct Entry {
    JobPtr jobs[Device::numBuffers];
  };

  FloatPlanOptions settings;
  MemoryPtr arena, constants, stateMemory, infoMemory;
  std::vector<LibraryCallPtr> calls;
  std::vector<Entry> entries;
  std::vector<const float *> keptData;
  size_t totalBytes = 0;
  std::unique_ptr<Recording> recordings[Device::numBuffers];
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_FLOATPLAN_H
