//===- HostDevice.h - A device made of the host -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs what plans make of programs where there is no GPU: kernels on HostGrid,
// library calls as plain loops. Memory is the host's, each allocation by
// itself, so that AddressSanitizer finds what leaves it.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_GPU_HOSTDEVICE_H
#define QML_UNITTESTS_GPU_HOSTDEVICE_H

#include "Device.h"
#include "HostGrid.h"

namespace qml {
namespace test {

struct HostDeviceOptions {
  Order order = Order::Forward;
  int multiprocessors = 2;
  /// What makeConvolution has: 0 nothing, 1 convolutions alone, 2 also with
  /// bias, 3 also with bounds.
  int convolutions = 3;
  size_t memory = size_t(1) << 30;
};

/// A device on the host. `launches` counts kernels.
class HostDevice final : public gpu::Device {
public:
  explicit HostDevice(HostDeviceOptions options = {}) : options(options) {}

  int64_t launches = 0;

  std::string name() const override { return "host"; }
  int multiprocessors() const override { return options.multiprocessors; }
  size_t freeMemory() const override { return options.memory; }
  Result<gpu::MemoryPtr> allocate(size_t bytes) override;
  Status upload(void *to, const void *from, size_t bytes) override;
  Status download(void *to, const void *from, size_t bytes) override;
  gpu::JobPtr makeLaunch(const gpu::Kernel &kernel) override;
  Result<gpu::LibraryCallPtr>
  makeProduct(const gpu::ProductProblem &problem) override;
  Result<gpu::LibraryCallPtr>
  makeConvolution(const gpu::ConvolutionProblem &problem) override;
  Result<std::unique_ptr<gpu::Recording>>
  record(const std::vector<gpu::Job *> &jobs) override;
  Status makeBuffers(size_t bytes) override;
  char *buffer(int i) const override { return onDevice[i]->at(0); }
  Result<char *> acquire(int i) override;
  Status send(int i, size_t bytes) override;
  Status start(int i, gpu::Recording &recording) override;
  Status wait() override { return {}; }
  Status measure(
      const std::vector<gpu::Job *> &jobs,
      const std::function<void(const std::string &, double)> &report) override;

private:
  HostDeviceOptions options;
  std::vector<char> onHost[numBuffers];
  gpu::MemoryPtr onDevice[numBuffers];
  /// What has to happen next to each buffer.
  enum class Turn { Acquire, Send, Start };
  Turn turns[numBuffers] = {Turn::Acquire, Turn::Acquire};
};

/// Several of them.
class HostDeviceGroup final : public gpu::DeviceGroup {
public:
  explicit HostDeviceGroup(int count, HostDeviceOptions options = {}) {
    for (int i = 0; i < count; ++i)
      devices.push_back(std::make_unique<HostDevice>(options));
  }

  Status maximum(const std::vector<int32_t *> &keys, int64_t count) override;
  Status sum(const std::vector<uint64_t *> &counts, int64_t count) override;
};

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_GPU_HOSTDEVICE_H
