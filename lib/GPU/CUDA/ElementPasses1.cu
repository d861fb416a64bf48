//===- ElementPasses1.cu - Kernels on single elements ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entry.cuh"

namespace qml {
namespace cuda {

cudaError_t launch(const gpu::ElementPasses<1> &kernel, cudaStream_t stream) {
  return launchGroup(kernel, stream);
}

} // namespace cuda
} // namespace qml
