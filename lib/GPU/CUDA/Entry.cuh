//===- Entry.cuh - How the device enters a kernel -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_CUDA_ENTRY_CUH
#define QML_LIB_GPU_CUDA_ENTRY_CUH

#include "Launch.h"

namespace qml {
namespace cuda {

template <typename Kernel>
__global__ void __launch_bounds__(Kernel::threads)
    enter(const __grid_constant__ Kernel kernel) {
  gpu::DeviceThread thread;
  kernel.run(thread);
}

template <typename Kernel>
cudaError_t launchOne(const Kernel &kernel, cudaStream_t stream) {
  gpu::Grid grid = kernel.grid();
  if (grid.x == 0 || grid.y == 0)
    return cudaSuccess;
  size_t shared = kernel.sharedBytes();
  // Above what every device gives without being asked.
  constexpr size_t common = size_t(48) << 10;
  if (shared > common) {
    cudaError_t error = cudaFuncSetAttribute(
        enter<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize,
        int(shared));
    if (error != cudaSuccess)
      return error;
  }
  // Whatever an earlier call has left is not this launch's error.
  (void)cudaGetLastError();
  enter<Kernel>
      <<<dim3(grid.x, grid.y), Kernel::threads, shared, stream>>>(kernel);
  return cudaGetLastError();
}

template <typename Group>
cudaError_t launchGroup(const Group &group, cudaStream_t stream) {
  return std::visit(
      [&](const auto &kernel) { return launchOne(kernel, stream); }, group);
}

} // namespace cuda
} // namespace qml

#endif // QML_LIB_GPU_CUDA_ENTRY_CUH
