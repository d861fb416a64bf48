//===- HostDevice.cpp - A device made of the host -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostDevice.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace qml {
namespace test {

using namespace gpu;

namespace {

class HostMemory final : public Memory {
public:
  HostMemory(size_t bytes, std::shared_ptr<size_t> used,
             std::shared_ptr<HostLog> log)
      : bytes((std::max<size_t>(bytes, 1) + 255) / 256 * 256),
        used(std::move(used)), log(std::move(log)) {
    data = std::aligned_alloc(256, this->bytes);
    std::memset(data, 0, this->bytes);
    *this->used += this->bytes;
    this->log->liveBytes += this->bytes;
    ++this->log->liveObjects;
    this->log->allocations.push_back(bytes);
  }
  ~HostMemory() override {
    // Whoever still reads it finds rubbish.
    std::memset(data, 0xa5, bytes);
    std::free(data);
    *used -= bytes;
    log->liveBytes -= bytes;
    --log->liveObjects;
  }

private:
  size_t bytes;
  std::shared_ptr<size_t> used;
  std::shared_ptr<HostLog> log;
};

class HostJob final : public Job {
public:
  HostJob(std::function<Status()> work, std::string text)
      : work(std::move(work)), text(std::move(text)) {}
  Status enqueue() override { return work(); }
  std::string describe() const override { return text; }

private:
  std::function<Status()> work;
  std::string text;
};

class HostProduct final : public LibraryCall {
public:
  HostProduct(const ProductProblem &problem, std::shared_ptr<HostLog> log)
      : problem(problem), log(std::move(log)) {}
  size_t workspaceBytes() const override { return 64; }
  JobPtr bind(const Operands &operands) override {
    return std::make_unique<HostJob>(
        [this, operands] {
          Status status = log->meet(Call::Multiply);
          if (status)
            run(operands);
          return status;
        },
        "product");
  }

private:
  void run(const Operands &operands) const {
    for (int64_t row = 0; row < problem.rows; ++row)
      for (int64_t n = 0; n < problem.out; ++n) {
        float sum = 0;
        for (int64_t k = 0; k < problem.in; ++k)
          sum += operands.x[row * problem.in + k] *
                 operands.weights[k * problem.out + n];
        if (problem.hasBias)
          sum += operands.bias[n];
        if (problem.hasReLU)
          sum = std::max(sum, 0.f);
        operands.y[row * problem.out + n] = sum;
      }
  }

  ProductProblem problem;
  std::shared_ptr<HostLog> log;
};

class HostConvolution final : public LibraryCall {
public:
  HostConvolution(const ConvolutionProblem &problem,
                  std::shared_ptr<HostLog> log)
      : problem(problem), log(std::move(log)) {}
  size_t workspaceBytes() const override { return 128; }
  JobPtr bind(const Operands &operands) override {
    return std::make_unique<HostJob>(
        [this, operands] {
          Status status = log->meet(Call::Multiply);
          if (status)
            run(operands);
          return status;
        },
        "convolution");
  }

private:
  void run(const Operands &operands) const {
    const ConvolutionProblem &p = problem;
    float *y = operands.y;
    for (int64_t n = 0; n < p.samples; ++n)
      for (int64_t oh = 0; oh < p.out[0]; ++oh)
        for (int64_t ow = 0; ow < p.out[1]; ++ow)
          for (int64_t f = 0; f < p.out[2]; ++f) {
            float sum = 0;
            for (int64_t i = 0; i < p.kernel[0]; ++i)
              for (int64_t j = 0; j < p.kernel[1]; ++j) {
                int64_t h =
                    oh * p.strides[0] - p.padding[0] + i * p.dilations[0];
                int64_t w =
                    ow * p.strides[1] - p.padding[1] + j * p.dilations[1];
                if (h < 0 || h >= p.in[0] || w < 0 || w >= p.in[1])
                  continue;
                const float *cell =
                    operands.x + ((n * p.in[0] + h) * p.in[1] + w) * p.in[2];
                const float *weights =
                    operands.weights +
                    ((f * p.kernel[0] + i) * p.kernel[1] + j) * p.in[2];
                for (int64_t c = 0; c < p.in[2]; ++c)
                  sum += cell[c] * weights[c];
              }
            if (p.hasBias)
              sum += operands.bias[f];
            *y++ = p.bounds.apply(sum);
          }
  }

  ConvolutionProblem problem;
  std::shared_ptr<HostLog> log;
};

class HostRecording final : public Recording {
public:
  explicit HostRecording(std::vector<Job *> jobs) : jobs(std::move(jobs)) {}
  std::vector<Job *> jobs;
};

} // namespace

Status HostLog::meet(Call call) {
  if (++(*this)[call] != at || call != failing)
    return {};
  return Error{message, kind};
}

void HostLog::failAt(Call call, int64_t number, ErrorKind error) {
  std::fill(std::begin(counts), std::end(counts), 0);
  failing = call;
  at = number;
  kind = error;
}

Result<MemoryPtr> HostDevice::allocate(size_t bytes) {
  if (Status status = options.log->meet(Call::Allocate); !status)
    return status.takeError();
  if (bytes > options.memory || *used > options.memory - bytes)
    return Error{"there is not enough memory on the device",
                 ErrorKind::OutOfMemory};
  return MemoryPtr(std::make_unique<HostMemory>(bytes, used, options.log));
}

Status HostDevice::upload(void *to, const void *from, size_t bytes) {
  if (Status status = options.log->meet(Call::Copy); !status)
    return status;
  // Nothing may come from nowhere.
  if (bytes)
    std::memcpy(to, from, bytes);
  return {};
}

Status HostDevice::download(void *to, const void *from, size_t bytes) {
  if (Status status = options.log->meet(Call::Copy); !status)
    return status;
  // Nothing may come from nowhere.
  if (bytes)
    std::memcpy(to, from, bytes);
  return {};
}

JobPtr HostDevice::makeLaunch(const Kernel &kernel) {
  auto work = [this, kernel] {
    ++launches;
    if (Status status = options.log->meet(Call::Launch); !status)
      return status;
    std::string problem = visitKernel(kernel, [&](const auto &exact) {
      return runGrid(exact, options.order);
    });
    if (!problem.empty())
      return Status(Error{problem});
    return Status();
  };
  return std::make_unique<HostJob>(work, "kernel");
}

static Error unsupported(const char *what) {
  return Error{std::string("the library has no such ") + what,
               ErrorKind::Unsupported};
}

Result<LibraryCallPtr> HostDevice::makeProduct(const ProductProblem &problem) {
  if (Status status = options.log->meet(Call::Prepare); !status)
    return status.takeError();
  int needed = problem.hasReLU ? 3 : problem.hasBias ? 2 : 1;
  if (needed > options.products)
    return unsupported("product");
  return LibraryCallPtr(std::make_unique<HostProduct>(problem, options.log));
}

Result<LibraryCallPtr>
HostDevice::makeConvolution(const ConvolutionProblem &problem) {
  if (Status status = options.log->meet(Call::Prepare); !status)
    return status.takeError();
  int needed = !problem.bounds.isNone() ? 3 : problem.hasBias ? 2 : 1;
  if (needed > options.convolutions)
    return unsupported("convolution");
  return LibraryCallPtr(
      std::make_unique<HostConvolution>(problem, options.log));
}

Result<std::unique_ptr<Recording>>
HostDevice::record(const std::vector<Job *> &jobs) {
  if (Status status = options.log->meet(Call::Record); !status)
    return status.takeError();
  // As a GPU does, to load the code of kernels.
  for (Job *job : jobs)
    if (Status status = job->enqueue(); !status)
      return status.takeError();
  return std::unique_ptr<Recording>(std::make_unique<HostRecording>(jobs));
}

Status HostDevice::makeBuffers(size_t bytes) {
  for (int i = 0; i < numBuffers; ++i) {
    onHost[i].clear();
    onDevice[i].reset();
  }
  for (int i = 0; i < numBuffers; ++i) {
    auto memory = allocate(bytes);
    if (!memory)
      return memory.takeError();
    onDevice[i] = std::move(*memory);
    onHost[i].assign(bytes, '\x5a');
    turns[i] = Turn::Acquire;
  }
  return {};
}

Status HostDevice::makeResults(size_t bytes) {
  if (Status status = options.log->meet(Call::Allocate); !status)
    return status;
  for (std::vector<char> &result : results)
    result.assign(std::max(bytes, result.size()), '\x5a');
  return {};
}

Status HostDevice::fetch(int i, size_t offset, const void *from, size_t bytes) {
  if (Status status = options.log->meet(Call::Copy); !status)
    return status;
  if (offset > results[i].size() || bytes > results[i].size() - offset)
    return Error{"there is no room for results"};
  if (bytes)
    std::memcpy(results[i].data() + offset, from, bytes);
  return {};
}

Result<const char *> HostDevice::fetched(int i) {
  if (Status status = options.log->meet(Call::Wait); !status)
    return status.takeError();
  return static_cast<const char *>(results[i].data());
}

Result<char *> HostDevice::acquire(int i) {
  if (Status status = options.log->meet(Call::Wait); !status)
    return status.takeError();
  // Also if it was before, and nothing came of it.
  turns[i] = Turn::Send;
  return onHost[i].data();
}

Status HostDevice::send(int i, size_t bytes) {
  if (turns[i] != Turn::Send)
    return Error{"buffer " + std::to_string(i) + " was not acquired"};
  if (Status status = options.log->meet(Call::Copy); !status)
    return status;
  turns[i] = Turn::Start;
  std::memcpy(onDevice[i]->as<char>(), onHost[i].data(), bytes);
  std::fill(onHost[i].begin(), onHost[i].end(), '\x5a');
  return {};
}

Status HostDevice::start(int i, Recording &recording) {
  if (turns[i] != Turn::Start)
    return Error{"buffer " + std::to_string(i) + " was not sent"};
  turns[i] = Turn::Acquire;
  for (Job *job : static_cast<HostRecording &>(recording).jobs)
    if (Status status = job->enqueue(); !status)
      return status;
  return {};
}

Status HostDevice::measure(
    const std::vector<Job *> &jobs,
    const std::function<void(const std::string &, double)> &report) {
  for (Job *job : jobs) {
    if (Status status = job->enqueue(); !status)
      return status;
    report(job->describe(), 0);
  }
  return {};
}

template <typename T, typename Function>
static void combine(const std::vector<T *> &values, int64_t count,
                    Function function) {
  for (int64_t i = 0; i < count; ++i) {
    T result = values[0][i];
    for (size_t device = 1; device < values.size(); ++device)
      result = function(result, values[device][i]);
    for (T *each : values)
      each[i] = result;
  }
}

Status HostDeviceGroup::maximum(const std::vector<int32_t *> &keys,
                                int64_t count) {
  if (Status status = log ? log->meet(Call::Exchange) : Status(); !status)
    return status;
  combine(keys, count, [](int32_t a, int32_t b) { return std::max(a, b); });
  return {};
}

Status HostDeviceGroup::sum(const std::vector<uint64_t *> &counts,
                            int64_t count) {
  if (Status status = log ? log->meet(Call::Exchange) : Status(); !status)
    return status;
  combine(counts, count, [](uint64_t a, uint64_t b) { return a + b; });
  return {};
}

} // namespace test
} // namespace qml
