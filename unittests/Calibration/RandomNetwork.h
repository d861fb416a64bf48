//===- RandomNetwork.h - Networks of random operations ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random operations in random order, with random tensors observed and kept, and
// what plain loops make of them: for the executors of all devices.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_CALIBRATION_RANDOMNETWORK_H
#define QML_UNITTESTS_CALIBRATION_RANDOMNETWORK_H

#include "Networks.h"

namespace qml {
namespace test {

/// Sizes are rarely such that the first steps run sample by sample.
std::unique_ptr<Network> makeRandomNetwork(unsigned seed);

/// A random network, samples, and all their values by plain loops.
class RandomCase {
public:
  RandomCase(unsigned seed, int64_t samples);

  const Program &program() const { return network->program; }

  std::unique_ptr<Network> network;
  std::unique_ptr<SampleSource> source;
  /// Tensors to keep: the last one, and few or many others.
  std::vector<int> kept;

  /// Runs an executor that was made with `kept`.
  void expectValues(FloatExecutor &executor) const;
  /// `state` is what was observed of samples `first` to `first + count - 1`.
  void expectState(const ObserverLayout &layout, const int32_t *state,
                   int64_t first, int64_t count) const;

private:
  float tolerance(int tensor) const {
    return 1e-4f * std::max(largest[size_t(tensor)], .01f * largestOfAll);
  }

  std::vector<Values> all;
  std::vector<float> largest;
  float largestOfAll = 0;
};

/// The states of all batches, by one worker in one span.
std::vector<int32_t> observeAll(FloatExecutor &executor,
                                const SampleSet &samples,
                                const Batching &batches);

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_CALIBRATION_RANDOMNETWORK_H
