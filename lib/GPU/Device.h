//===- Device.h - A GPU, or what stands in for one --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What plans and executors need of a device: memory, kernels, products and
// convolutions of a library, recordings that are run again and again, and two
// buffers through which samples stream in. Implemented with CUDA in CUDA/, and
// on the host in unit tests, so that all that is not CUDA runs there.
//
// Work is done in the order in which it is enqueued. Nothing here is called by
// more than one thread at a time.
//
// Errors are of kinds: OutOfMemory where less might have worked, Unsupported
// where a library lacks what it was asked for. An error is told once: it does
// not come again from the calls after it, unless the device is lost.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_DEVICE_H
#define QML_LIB_GPU_DEVICE_H

#include "KernelVariants.h"

#include "qml/Support/Result.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace qml {
namespace gpu {

/// Memory of the device, zero at the start.
class Memory {
public:
  virtual ~Memory() = default;
  template <typename T>
  T *as() const {
    return static_cast<T *>(data);
  }
  char *at(size_t offset) const { return as<char>() + offset; }

protected:
  void *data = nullptr;
};

using MemoryPtr = std::unique_ptr<Memory>;

/// Something that a device does: enqueued at once, or recorded.
class Job {
public:
  virtual ~Job() = default;
  virtual Status enqueue() = 0;
  /// For the table of kernel times.
  virtual std::string describe() const = 0;
};

using JobPtr = std::unique_ptr<Job>;

/// Jobs that are run together.
class Recording {
public:
  virtual ~Recording() = default;
};

/// y = x * w + bias for rows of x, in float32: x (rows, in), w (in, out), y
/// (rows, out), dense.
struct ProductProblem {
  int64_t rows = 1;
  int64_t in = 1;
  int64_t out = 1;
  bool hasBias = false;
  /// max(y, 0), which may lose NaN.
  bool hasReLU = false;
  bool tf32 = false;

  bool operator==(const ProductProblem &other) const {
    return rows == other.rows && in == other.in && out == other.out &&
           hasBias == other.hasBias && hasReLU == other.hasReLU &&
           tf32 == other.tf32;
  }
};

/// A convolution of NHWC images with zeros around them, and what is done to its
/// result. The kernel is (out, kh, kw, in).
struct ConvolutionProblem {
  int64_t samples = 1;
  int64_t in[3] = {1, 1, 1};  ///< height, width, channels
  int64_t out[3] = {1, 1, 1}; ///< height, width, channels
  int64_t kernel[2] = {1, 1};
  int64_t strides[2] = {1, 1};
  int64_t dilations[2] = {1, 1};
  int64_t padding[2] = {0, 0}; ///< on both sides
  bool hasBias = false;
  Bounds bounds;
  /// Bounds have to leave NaN as it is.
  bool keepsNaN = false;
  bool tf32 = false;

  bool operator==(const ConvolutionProblem &other) const {
    return samples == other.samples && std::equal(in, in + 3, other.in) &&
           std::equal(out, out + 3, other.out) &&
           std::equal(kernel, kernel + 2, other.kernel) &&
           std::equal(strides, strides + 2, other.strides) &&
           std::equal(dilations, dilations + 2, other.dilations) &&
           std::equal(padding, padding + 2, other.padding) &&
           hasBias == other.hasBias && bounds == other.bounds &&
           keepsNaN == other.keepsNaN && tf32 == other.tf32;
  }
};

/// A product or convolution that a library has an implementation for.
class LibraryCall {
public:
  struct Operands {
    const float *x = nullptr;
    const float *weights = nullptr;
    const float *bias = nullptr;
    float *y = nullptr;
    void *workspace = nullptr;
  };

  virtual ~LibraryCall() = default;
  virtual size_t workspaceBytes() const = 0;
  /// The call has to outlive the job. It may be bound more than once.
  virtual JobPtr bind(const Operands &operands) = 0;
};

using LibraryCallPtr = std::unique_ptr<LibraryCall>;

class Device {
public:
  virtual ~Device() = default;

  /// "NVIDIA H200, CUDA 13.0, cuDNN 9.19.0".
  virtual std::string name() const = 0;
  virtual int multiprocessors() const = 0;

  virtual Result<MemoryPtr> allocate(size_t bytes) = 0;
  /// Copy, after all that was enqueued. `upload` returns when `from` may be
  /// changed, `download` when `to` is there.
  virtual Status upload(void *to, const void *from, size_t bytes) = 0;
  virtual Status download(void *to, const void *from, size_t bytes) = 0;

  virtual JobPtr makeLaunch(const Kernel &kernel) = 0;
  /// Fail with ErrorKind::Unsupported if the library has none.
  virtual Result<LibraryCallPtr> makeProduct(const ProductProblem &problem) = 0;
  virtual Result<LibraryCallPtr>
  makeConvolution(const ConvolutionProblem &problem) = 0;

  /// The jobs have to outlive the recording. They may be run once by this, with
  /// what the buffers hold.
  virtual Result<std::unique_ptr<Recording>>
  record(const std::vector<Job *> &jobs) = 0;

  //===--------------------------------------------------------------------===//
  // Samples stream in through two buffers: while the device works on one, the
  // host fills the other.
  //===--------------------------------------------------------------------===//

  static constexpr int numBuffers = 2;

  /// Makes the buffers; those of another size make room for them first. On the
  /// device they are zero afterwards.
  virtual Status makeBuffers(size_t bytes) = 0;
  /// Where buffer `i` lies on the device.
  virtual char *buffer(int i) const = 0;
  /// Waits until buffer `i` may be filled on the host, and returns where.
  virtual Result<char *> acquire(int i) = 0;
  /// Copies the buffer to the device, while it computes something else.
  virtual Status send(int i, size_t bytes) = 0;
  /// Enqueues the recording after all else, and after that copy.
  virtual Status start(int i, Recording &recording) = 0;

  Status submit(int i, size_t bytes, Recording &recording) {
    if (Status status = send(i, bytes); !status)
      return status;
    return start(i, recording);
  }

  //===--------------------------------------------------------------------===//
  // Results stream out through two others: they are copied while the host does
  // something else, and the device goes on.
  //===--------------------------------------------------------------------===//

  /// Makes the buffers on the host, or makes them larger.
  virtual Status makeResults(size_t bytes) = 0;
  /// Enqueues a copy to byte `offset` of result buffer `i`.
  virtual Status fetch(int i, size_t offset, const void *from,
                       size_t bytes) = 0;
  /// Waits for what was fetched into buffer `i`, and returns where it lies.
  virtual Result<const char *> fetched(int i) = 0;

  /// Waits for all that was enqueued.
  virtual Status wait() = 0;

  /// Runs the jobs one by one and measures each; `report` gets what the job
  /// says of itself, and seconds.
  virtual Status
  measure(const std::vector<Job *> &jobs,
          const std::function<void(const std::string &, double)> &report) = 0;
};

/// The devices of this process.
class DeviceGroup {
public:
  virtual ~DeviceGroup() = default;

  std::vector<std::unique_ptr<Device>> devices;

  /// Replaces `count` keys on each device (keys[i] on devices[i]) by the
  /// largest of all devices, after what was enqueued there. Waits for the
  /// result, but not forever: that a device is lost is an error.
  virtual Status maximum(const std::vector<int32_t *> &keys, int64_t count) = 0;
  /// The same for sums.
  virtual Status sum(const std::vector<uint64_t *> &counts, int64_t count) = 0;
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_DEVICE_H
