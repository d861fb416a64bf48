//===- SampleLayout.h - Samples on their way to a device --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The samples of a chunk stream in through one buffer: a ChunkInfo, then the
// samples of each input, one input after the other.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_SAMPLELAYOUT_H
#define QML_LIB_GPU_SAMPLELAYOUT_H

#include "Walk.h"

#include "qml/Calibration/Samples.h"

#include <cstring>

namespace qml {
namespace gpu {

class SampleLayout {
public:
  /// Of the header, and of what inputs start at multiples of.
  static constexpr size_t alignment = 256;

  SampleLayout() = default;
  /// For chunks of that many samples.
  SampleLayout(const Program &program, int64_t samples) {
    size_t offset = alignment;
    for (const Input &input : program.inputs) {
      const Tensor &tensor = program.tensors[size_t(input.tensor)];
      size_t bytes = size_t(numElements(tensor.shape)) * sizeOf(tensor.type);
      places.push_back({offset, bytes});
      total = offset + size_t(samples) * bytes;
      offset = (total + alignment - 1) / alignment * alignment;
    }
  }

  /// Of the buffer.
  size_t bytes() const { return total; }
  size_t offsetOf(size_t input) const { return places[input].offset; }
  size_t sampleBytes(size_t input) const { return places[input].bytes; }

  /// Of a buffer with `count` samples: what lies after its last one is not
  /// needed.
  size_t bytesOf(int64_t count) const {
    return places.back().offset + size_t(count) * places.back().bytes;
  }

  /// Writes the header and samples `first` and on into a buffer.
  Status fill(char *buffer, const ChunkInfo &info, const SampleSet &samples,
              int64_t first) const {
    std::memcpy(buffer, &info, sizeof info);
    for (size_t i = 0; i < places.size(); ++i) {
      char *to = buffer + places[i].offset;
      Result<const void *> found = samples[i].get(first, info.samples, to);
      if (!found)
        return found.takeError();
      if (*found != to)
        std::memcpy(to, *found, size_t(info.samples) * places[i].bytes);
    }
    return {};
  }

private:
  struct Place {
    size_t offset;
    size_t bytes; ///< of one sample
  };
  std::vector<Place> places;
  size_t total = 0;
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_SAMPLELAYOUT_H
