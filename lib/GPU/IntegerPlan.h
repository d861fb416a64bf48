//===- IntegerPlan.h - Which kernels an integer program becomes -*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First what needs no device: which program can be run, in what types tensors
// are kept, and what is computed together. Then the launches on a device, once
// for each buffer through which samples stream in.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERPLAN_H
#define QML_LIB_GPU_INTEGERPLAN_H

#include "Device.h"
#include "SampleLayout.h"
#include "qml/Program/ValueRanges.h"

#include "qml/Program/MemoryPlan.h"

#include <map>

namespace qml {
namespace gpu {

/// The type in memory of an element type; only of those that
/// isSupportedInput() accepts.
StorageType storageTypeOf(ElementType type);
bool isSupportedInput(ElementType type);

struct PlannedTensor : ValueInfo {
  StorageType type = StorageType::F32;
  /// The tensor in whose memory the values lie.
  int root = -1;
  bool isDelivered = false;
  /// Operations that read it.
  std::vector<int> readers;

  size_t bytes() const { return size_t(elements) * bytesOf(type); }
};

/// Operations that become one launch (two for a softmax of integers), as
/// indices into Program::operations.
struct Chain {
  int operation = -1;
  /// What follows in its epilogue. An operation on single values is a stage of
  /// its own after a copy, and is the first of these. An addition reads
  /// another tensor, too.
  std::vector<int> stages;
  /// The tensor that it stores.
  int output = -1;
  /// The product that `operation` is, if it is one.
  std::unique_ptr<Product> product;
  ProductRanges ranges;
  /// All values after the operation, and all inputs, fit into 32 bits.
  bool isNarrow = false;
};

/// How a tensor that is asked for gets to the host.
struct Delivery {
  int tensor = -1;
  /// The input that it is, or whose elements it has: the host has it. Else -1.
  int input = -1;
  /// Kept in another type than its declared one: a copy is made.
  bool isConverted = false;
};

class IntegerPlan {
public:
  /// `keep`: tensors that are asked for.
  static Result<std::unique_ptr<IntegerPlan>>
  create(const Program &program, const std::vector<int> &keep, bool fuse);

  /// Where each root lies in the arena, and after them the conversions of
  /// `deliveries`, for a chunk of `samples`.
  Result<MemoryPlan> planMemory(int64_t samples, size_t limit) const;

  /// Elements of the largest tensor, for one sample.
  int64_t largest() const;

  const Program &program;
  std::vector<PlannedTensor> tensors;
  std::vector<Chain> chains;
  std::vector<Delivery> deliveries;

private:
  explicit IntegerPlan(const Program &program) : program(program) {}

  Status describe(const std::vector<int> &keep);
  Status describeResult(size_t index);
  void makeChains(bool fuse);
  void extend(Chain &chain, std::vector<char> &isDone,
              const std::vector<char> &isComputed) const;
  bool isStage(int operation) const;
  bool isAlias(const Operation &operation) const;

  /// As Program::operations, moved into the chains.
  std::vector<std::unique_ptr<Product>> products;
  std::vector<ProductRanges> productRanges;
};

/// What does not change from sample to sample, on a device: by operation, and
/// by what it is to that.
struct IntegerConstants {
  std::map<std::pair<int, int>, MemoryPtr> memory;
};

/// Uploads the constants of a plan.
Result<IntegerConstants> makeIntegerConstants(const IntegerPlan &plan,
                                              Device &device);

/// The launches of a plan on a device.
struct IntegerJobs {
  /// One list for each buffer of the device.
  std::vector<JobPtr> jobs[Device::numBuffers];
};

/// Makes the jobs for chunks of `samples`. The device has its buffers; `arena`
/// holds what `memory` says.
Result<IntegerJobs> makeIntegerJobs(const IntegerPlan &plan, Device &device,
                                    IntegerConstants &constants,
                                    int64_t samples, const MemoryPlan &memory,
                                    char *arena);

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERPLAN_H
