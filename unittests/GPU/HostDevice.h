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
// itself, so that AddressSanitizer finds what leaves it. What devices are asked
// for is counted, and any of it can fail on demand.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_GPU_HOSTDEVICE_H
#define QML_UNITTESTS_GPU_HOSTDEVICE_H

#include "Device.h"
#include "HostGrid.h"

namespace qml {
namespace test {

/// What a device is asked for.
enum class Call {
  Allocate, ///< memory of the device, buffers
  Copy,     ///< to the device, or from it
  Launch,   ///< a kernel
  Prepare,  ///< a product or a convolution of the library
  Multiply, ///< that such a one runs
  Record,
  Wait,
  Exchange, ///< what several devices know is put together
};
constexpr Call allCalls[] = {Call::Allocate, Call::Copy,     Call::Launch,
                             Call::Prepare,  Call::Multiply, Call::Record,
                             Call::Wait,     Call::Exchange};

/// What devices were asked for, and which of it fails. Outlives them.
struct HostLog {
  int64_t counts[std::size(allCalls)] = {};
  /// Of memory that is allocated, on all devices.
  size_t liveBytes = 0;
  int64_t liveObjects = 0;
  /// The sizes of all that was allocated, in their order.
  std::vector<size_t> allocations;

  /// Call number `at` (from 1 on) of this kind fails, with an error of `kind`.
  Call failing = Call::Allocate;
  int64_t at = 0;
  ErrorKind kind = ErrorKind::Other;
  static constexpr const char *message = "the device fails on demand";

  int64_t &operator[](Call call) { return counts[size_t(call)]; }
  Status meet(Call call);
  /// Counts from the start, and lets one call fail.
  void failAt(Call call, int64_t number, ErrorKind kind);
  void failNowhere() { at = 0; }
};

struct HostDeviceOptions {
  Order order = Order::Forward;
  int multiprocessors = 2;
  /// What makeConvolution has: 0 nothing, 1 convolutions alone, 2 also with
  /// bias, 3 also with bounds.
  int convolutions = 3;
  /// The same for makeProduct, with a ReLU instead of bounds.
  int products = 3;
  /// Most bytes that are allocated at the same time.
  size_t memory = size_t(1) << 30;
  /// One of its own if null.
  std::shared_ptr<HostLog> log;
};

/// A device on the host. `launches` counts kernels.
class HostDevice final : public gpu::Device {
public:
  explicit HostDevice(HostDeviceOptions settings = {})
      : options(std::move(settings)) {
    if (!options.log)
      options.log = std::make_shared<HostLog>();
  }

  int64_t launches = 0;

  std::string name() const override { return "host"; }
  int multiprocessors() const override { return options.multiprocessors; }
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
  Status makeResults(size_t bytes) override;
  Status fetch(int i, size_t offset, const void *from, size_t bytes) override;
  Result<const char *> fetched(int i) override;
  Status wait() override { return options.log->meet(Call::Wait); }
  Status measure(
      const std::vector<gpu::Job *> &jobs,
      const std::function<void(const std::string &, double)> &report) override;

private:
  HostDeviceOptions options;
  /// Shared with the memory, which may outlive the device.
  std::shared_ptr<size_t> used = std::make_shared<size_t>(0);
  std::vector<char> onHost[numBuffers];
  gpu::MemoryPtr onDevice[numBuffers];
  std::vector<char> results[numBuffers];
  /// What has to happen next to each buffer.
  enum class Turn { Acquire, Send, Start };
  Turn turns[numBuffers] = {Turn::Acquire, Turn::Acquire};
};

/// Several of them.
class HostDeviceGroup final : public gpu::DeviceGroup {
public:
  explicit HostDeviceGroup(int count, const HostDeviceOptions &options = {})
      : log(options.log) {
    for (int i = 0; i < count; ++i)
      devices.push_back(std::make_unique<HostDevice>(options));
  }

  Status maximum(const std::vector<int32_t *> &keys, int64_t count) override;
  Status sum(const std::vector<uint64_t *> &counts, int64_t count) override;

private:
  std::shared_ptr<HostLog> log;
};

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_GPU_HOSTDEVICE_H
