//===- check.h - Parts of the check of GPUs ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_BENCHMARKS_CUDA_CHECK_H
#define QML_BENCHMARKS_CUDA_CHECK_H

#include "mirror.h"
#include "tools.h"
#include "gtest/gtest.h"

#include <map>

namespace qml {
namespace benchmark {

struct Check {
  /// A host's device stands in for the GPU, to test the check itself.
  bool onHost = false;
  /// Times as many cases; less than 1 for a quick look.
  double share = 1;
  /// Of all cases only each `shards`-th, for several processes at once.
  int64_t shard = 0, shards = 1;
  MirrorReport mirrored;
  int64_t cases = 0;
  /// Worst differences and the like, by name.
  std::map<std::string, double> figures;
  std::vector<std::string> notes;

  /// The first GPU, opened anew, as tools do it.
  Result<std::unique_ptr<gpu::DeviceGroup>> open() const;
  /// The same GPU each time, mirrored; null after a failure.
  std::unique_ptr<gpu::DeviceGroup> openMirrored();

  /// Whether the next case is one for this process.
  bool isMine() { return next++ % shards == shard; }
  unsigned count(unsigned number) const {
    return std::max(1u, unsigned(number * share));
  }
  void worst(const std::string &name, double value) {
    double &known = figures[name];
    // NaN is the worst of all.
    known = value > known || std::isnan(value) ? value : known;
  }
  /// Fails with the message of a status or result that failed.
  template <typename T>
  bool succeeded(const T &result) {
    if (!result) {
      ADD_FAILURE() << result.message();
    }
    return bool(result);
  }

private:
  int64_t next = 0;
  std::shared_ptr<gpu::DeviceGroup> group;
};

/// Kernels one by one.
void checkKernels(Check &check);
/// Random float networks, whole, against plain loops and the host.
void checkNetworks(Check &check);
/// Random integer programs against the interpreter.
void checkIntegers(Check &check);
/// Ranges of well-known networks against the interpreter.
void checkReferences(Check &check);

} // namespace benchmark
} // namespace qml

#endif // QML_BENCHMARKS_CUDA_CHECK_H
