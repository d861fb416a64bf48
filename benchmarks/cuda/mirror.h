//===- mirror.h - A device whose work the host repeats ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Executors that are given a mirrored device make the plans that they always
// make. Each kernel of them runs twice: there, and on the host, in a copy of
// all of the device's memory; then both memories are compared, byte by byte. So
// all kernels are checked as they are used, with all that they might write to.
//
// What a library computes is compared with plain loops, within what rounding
// explains, and taken over; around it nothing may change.
//
//===----------------------------------------------------------------------===//

#ifndef QML_BENCHMARKS_CUDA_MIRROR_H
#define QML_BENCHMARKS_CUDA_MIRROR_H

#include "Device.h"

#include <map>

namespace qml {
namespace benchmark {

/// What mirrored devices have seen.
struct MirrorReport {
  /// Launches of each kind of kernel, and calls of libraries.
  std::map<std::string, int64_t> launches;
  /// Of library calls: the largest difference over what is allowed.
  double libraryDifference = 0;
  /// Of softmaxes: the largest difference in units of the last place.
  int64_t softmaxUlps = 0;
  /// For tests of this: a bit of what this launch wrote is changed.
  int64_t faultAt = -1;
  int64_t total = 0;
};

/// The first device of `group`, mirrored. Failures go to testing::Record.
std::unique_ptr<gpu::DeviceGroup>
mirror(std::shared_ptr<gpu::DeviceGroup> group, MirrorReport &report);

} // namespace benchmark
} // namespace qml

#endif // QML_BENCHMARKS_CUDA_MIRROR_H
