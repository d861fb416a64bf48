//===- Thread.h - What a kernel sees of the device --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel is a struct of its arguments, with
//
//   static constexpr const char *name; // in tables of times
//   static constexpr int threads;      // in a block, a multiple of 32
//   static constexpr bool cooperates;  // whether threads wait for each other
//   Grid grid() const;                 // blocks
//   size_t sharedBytes() const;        // memory that the block shares
//   template <typename Thread> QML_DEVICE void run(Thread &thread) const;
//
// and asks its `Thread` for everything that is not arithmetic: indices, shared
// memory, barriers, shuffles, atomics. On a GPU that is DeviceThread below. In
// unit tests it is one of an executor that runs grids on the host
// (unittests/GPU/HostGrid.h), so that index arithmetic and reductions are
// tested where there is no GPU.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_THREAD_H
#define QML_LIB_GPU_THREAD_H

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#define QML_DEVICE __device__ __forceinline__
#define QML_DEVICE_CALL __device__ __noinline__
#define QML_UNROLL _Pragma("unroll")
#else
#define QML_DEVICE inline
#define QML_DEVICE_CALL inline
#define QML_UNROLL
#endif

namespace qml {
namespace gpu {

/// Blocks of a grid, or the position of one.
struct Grid {
  unsigned x = 1;
  unsigned y = 1;
};

#ifdef __CUDACC__

class DeviceThread {
public:
  __device__ int index() const { return int(threadIdx.x); }
  __device__ Grid block() const { return {blockIdx.x, blockIdx.y}; }
  __device__ Grid blocks() const { return {gridDim.x, gridDim.y}; }

  /// Waits for all threads of the block.
  __device__ void sync() const { __syncthreads(); }

  /// The value of the thread whose index in the warp differs by `mask`. All
  /// threads of the warp take part.
  template <typename T>
  __device__ T shuffleXor(T value, int mask) const {
    return __shfl_xor_sync(0xffffffffu, value, mask);
  }

  /// The memory of the block, sharedBytes() of it, aligned to 16 bytes.
  template <typename T>
  __device__ T *shared() const {
    extern __shared__ int4 sharedMemory[];
    return reinterpret_cast<T *>(sharedMemory);
  }

  /// As other threads may have left it: not from a register or a stale cache.
  __device__ int32_t read(const int32_t *from) const {
    return *static_cast<const volatile int32_t *>(from);
  }
  __device__ void atomicMax(int32_t *to, int32_t value) const {
    ::atomicMax(to, value);
  }
  __device__ void atomicAdd(uint32_t *to, uint32_t value) const {
    ::atomicAdd(to, value);
  }
  __device__ void atomicAdd(uint64_t *to, uint64_t value) const {
    ::atomicAdd(reinterpret_cast<unsigned long long *>(to),
                static_cast<unsigned long long>(value));
  }
  __device__ void atomicMin(uint64_t *to, uint64_t value) const {
    ::atomicMin(reinterpret_cast<unsigned long long *>(to),
                static_cast<unsigned long long>(value));
  }
};

#endif // __CUDACC__

//===----------------------------------------------------------------------===//
// Packs: elements that one instruction loads or stores
//===----------------------------------------------------------------------===//

template <typename T, int Width>
struct alignas(sizeof(T) * Width) Pack {
  T values[Width];

  QML_DEVICE T &operator[](int i) { return values[i]; }
  QML_DEVICE T operator[](int i) const { return values[i]; }
};

/// `from` is aligned to the whole pack.
template <int Width, typename T>
QML_DEVICE Pack<T, Width> load(const T *from) {
  return *reinterpret_cast<const Pack<T, Width> *>(from);
}

template <typename T, int Width>
QML_DEVICE void store(T *to, const Pack<T, Width> &pack) {
  *reinterpret_cast<Pack<T, Width> *>(to) = pack;
}

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_THREAD_H
