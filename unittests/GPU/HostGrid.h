//===- HostGrid.h - Runs grids of threads on the host -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Executes kernels (lib/GPU/Thread.h) without a GPU: block after block, the
// threads of a block as coroutines that run until they wait for others. What a
// GPU would forgive or leave undefined is an error here: a barrier or a shuffle
// that not all reach, packs that are not aligned. Shared memory starts as
// rubbish, and the order in which threads run can be chosen: a kernel that
// forgets a barrier gives different results in different orders.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_GPU_HOSTGRID_H
#define QML_UNITTESTS_GPU_HOSTGRID_H

#include "KernelVariants.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace qml {
namespace test {

/// The order in which waiting threads go on, and in which blocks run.
enum class Order { Forward, Backward, Shuffled };

class HostBlock;

/// The `Thread` of kernels on the host.
class HostThread {
public:
  HostThread(HostBlock &owner, int index) : owner(owner), position(index) {}

  int index() const { return position; }
  gpu::Grid block() const;
  gpu::Grid blocks() const;
  void sync() const;

  template <typename T>
  T shuffleXor(T value, int mask) const {
    static_assert(sizeof(T) == 4, "shuffles exchange 32 bits");
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    bits = exchange(bits, mask);
    std::memcpy(&value, &bits, sizeof bits);
    return value;
  }

  template <typename T>
  T *shared() const {
    return static_cast<T *>(sharedMemory());
  }

  int32_t read(const int32_t *from) const { return *from; }
  void atomicMax(int32_t *to, int32_t value) const {
    *to = value > *to ? value : *to;
  }
  template <typename T>
  void atomicAdd(T *to, T value) const {
    *to += value;
  }
  void atomicMin(uint64_t *to, uint64_t value) const {
    *to = value < *to ? value : *to;
  }

private:
  uint32_t exchange(uint32_t bits, int mask) const;
  void *sharedMemory() const;

  HostBlock &owner;
  int position;
};

/// What a grid needs to know of a kernel.
struct HostKernel {
  int threads;
  bool cooperates;
  gpu::Grid grid;
  size_t sharedBytes;
  std::function<void(HostThread &)> run;
};

/// Returns what was wrong, empty if nothing was.
std::string runGrid(const HostKernel &kernel, Order order = Order::Forward);

template <typename Kernel>
std::string runGrid(const Kernel &kernel, Order order = Order::Forward) {
  return runGrid(
      HostKernel{Kernel::threads, Kernel::cooperates, kernel.grid(),
                 kernel.sharedBytes(),
                 [&kernel](HostThread &thread) { kernel.run(thread); }},
      order);
}

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_GPU_HOSTGRID_H
