//===- CudaDevice.cpp - GPUs through CUDA ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two streams for each device: samples are copied on one while the other
// computes. Events say when a buffer may be read or filled again; the host
// waits for nothing but a buffer to fill, or results to take.
//
//===----------------------------------------------------------------------===//

#include "CudaDevice.h"
#include "Launch.h"
#include "Libraries.h"

#include "../Wait.h"

#include <algorithm>
#include <cstring>

#ifdef QML_HAVE_NCCL
#include <nccl.h>
#endif

namespace qml {
namespace cuda {

using namespace gpu;

namespace {

/// While it lives, calls of this thread go to that device.
class Use {
public:
  explicit Use(int device) {
    cudaGetDevice(&before);
    cudaSetDevice(device);
  }
  ~Use() { cudaSetDevice(before); }
  Use(const Use &) = delete;

private:
  int before = 0;
};

class CudaMemory final : public Memory {
public:
  explicit CudaMemory(int device) : device(device) {}
  ~CudaMemory() override {
    Use use(device);
    cudaFree(data);
  }
  Status make(size_t bytes, cudaStream_t stream) {
    Use use(device);
    bytes = std::max<size_t>(bytes, 1);
    QML_CUDA_TRY(cudaMalloc(&data, bytes), "allocate memory");
    return check(cudaMemsetAsync(data, 0, bytes, stream), "clear memory");
  }

private:
  int device;
};

class CudaDevice;

class LaunchJob final : public Job {
public:
  LaunchJob(CudaDevice &device, const Kernel &kernel)
      : device(device), kernel(kernel) {}
  Status enqueue() override;
  std::string describe() const override;

private:
  CudaDevice &device;
  Kernel kernel;
};

class GraphRecording final : public Recording {
public:
  explicit GraphRecording(int device) : device(device) {}
  ~GraphRecording() override {
    Use use(device);
    if (executable)
      cudaGraphExecDestroy(executable);
  }
  cudaGraphExec_t executable = nullptr;

private:
  int device;
};

struct Event {
  ~Event() {
    if (event)
      cudaEventDestroy(event);
  }
  cudaEvent_t event = nullptr;
};

/// A buffer for samples: pinned on the host, and its twin on the device.
struct SampleBuffer {
  char *onHost = nullptr;
  MemoryPtr onDevice;
  cudaEvent_t copied = nullptr;
  cudaEvent_t computed = nullptr;
};

/// A buffer for results, pinned: a copy to other memory would wait.
struct ResultBuffer {
  char *onHost = nullptr;
  cudaEvent_t fetched = nullptr;
};

class CudaDevice final : public Device {
public:
  explicit CudaDevice(int index) : index(index) {}
  ~CudaDevice() override;
  Status open();

  int ordinal() const { return index; }
  cudaStream_t stream() const { return compute; }

  std::string name() const override;
  int multiprocessors() const override {
    return properties.multiProcessorCount;
  }
  Result<MemoryPtr> allocate(size_t bytes) override;
  Status upload(void *to, const void *from, size_t bytes) override;
  Status download(void *to, const void *from, size_t bytes) override;
  JobPtr makeLaunch(const Kernel &kernel) override {
    return std::make_unique<LaunchJob>(*this, kernel);
  }
  Result<LibraryCallPtr> makeProduct(const ProductProblem &problem) override;
  Result<LibraryCallPtr>
  makeConvolution(const ConvolutionProblem &problem) override;
  Result<std::unique_ptr<Recording>>
  record(const std::vector<Job *> &jobs) override;
  Status makeBuffers(size_t bytes) override;
  char *buffer(int i) const override { return buffers[i].onDevice->at(0); }
  Result<char *> acquire(int i) override;
  Status send(int i, size_t bytes) override;
  Status start(int i, Recording &recording) override;
  Status makeResults(size_t bytes) override;
  Status fetch(int i, size_t offset, const void *from, size_t bytes) override;
  Result<const char *> fetched(int i) override;
  Status wait() override;
  Status measure(
      const std::vector<Job *> &jobs,
      const std::function<void(const std::string &, double)> &report) override;

private:
  void releaseBuffers();
  void releaseResults();

  int index;
  cudaDeviceProp properties = {};
  cudaStream_t compute = nullptr, copies = nullptr;
  Handles handles;
  SampleBuffer buffers[numBuffers];
  size_t bufferBytes = 0;
  ResultBuffer results[numBuffers];
  size_t resultBytes = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Jobs
//===----------------------------------------------------------------------===//

Status LaunchJob::enqueue() {
  Use use(device.ordinal());
  cudaError_t error = std::visit(
      [&](const auto &group) { return launch(group, device.stream()); },
      kernel);
  return check(error, "start a kernel");
}

std::string LaunchJob::describe() const {
  return visitKernel(kernel, [](const auto &exact) {
    return std::string(std::decay_t<decltype(exact)>::name);
  });
}

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//

Status CudaDevice::open() {
  Use use(index);
  QML_CUDA_TRY(cudaGetDeviceProperties(&properties, index), "describe itself");
  if (properties.major < 8)
    return Error{std::string(properties.name) + " has compute capability " +
                 std::to_string(properties.major) + "." +
                 std::to_string(properties.minor) + ", 8.0 or more is needed"};
  QML_CUDA_TRY(cudaStreamCreateWithFlags(&compute, cudaStreamNonBlocking),
               "make a stream");
  QML_CUDA_TRY(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking),
               "make a stream");
  for (SampleBuffer &buffer : buffers) {
    QML_CUDA_TRY(
        cudaEventCreateWithFlags(&buffer.copied, cudaEventDisableTiming),
        "make an event");
    QML_CUDA_TRY(
        cudaEventCreateWithFlags(&buffer.computed, cudaEventDisableTiming),
        "make an event");
  }
  for (ResultBuffer &result : results)
    QML_CUDA_TRY(
        cudaEventCreateWithFlags(&result.fetched, cudaEventDisableTiming),
        "make an event");
  handles.stream = compute;
  QML_CUDA_TRY(cudnnCreate(&handles.cudnn), "start");
  QML_CUDA_TRY(cudnnSetStream(handles.cudnn, compute), "choose a stream");
  QML_CUDA_TRY(cublasLtCreate(&handles.cublas), "start");
  return {};
}

CudaDevice::~CudaDevice() {
  Use use(index);
  if (compute)
    cudaStreamSynchronize(compute);
  if (copies)
    cudaStreamSynchronize(copies);
  releaseBuffers();
  releaseResults();
  for (ResultBuffer &result : results)
    if (result.fetched)
      cudaEventDestroy(result.fetched);
  for (SampleBuffer &buffer : buffers)
    for (cudaEvent_t event : {buffer.copied, buffer.computed})
      if (event)
        cudaEventDestroy(event);
  if (handles.cublas)
    cublasLtDestroy(handles.cublas);
  if (handles.cudnn)
    cudnnDestroy(handles.cudnn);
  for (cudaStream_t stream : {compute, copies})
    if (stream)
      cudaStreamDestroy(stream);
}

static std::string versionText(size_t version, size_t major, size_t minor) {
  return std::to_string(version / major) + "." +
         std::to_string(version % major / minor);
}

std::string CudaDevice::name() const {
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);
  return std::string(properties.name) + ", CUDA " +
         versionText(size_t(runtime), 1000, 10) + ", cuDNN " +
         versionText(cudnnGetVersion(), 10000, 100) + ", cuBLASLt " +
         versionText(cublasLtGetVersion(), 10000, 100);
}

Result<MemoryPtr> CudaDevice::allocate(size_t bytes) {
  auto memory = std::make_unique<CudaMemory>(index);
  if (Status status = memory->make(bytes, compute); !status)
    return status.takeError();
  return MemoryPtr(std::move(memory));
}

Status CudaDevice::upload(void *to, const void *from, size_t bytes) {
  Use use(index);
  QML_CUDA_TRY(
      cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, compute),
      "copy to the device");
  return wait();
}

Status CudaDevice::download(void *to, const void *from, size_t bytes) {
  Use use(index);
  QML_CUDA_TRY(
      cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, compute),
      "copy from the device");
  return check(cudaStreamSynchronize(compute), "compute");
}

Result<LibraryCallPtr> CudaDevice::makeProduct(const ProductProblem &problem) {
  Use use(index);
  return cuda::makeProduct(handles, problem);
}

Result<LibraryCallPtr>
CudaDevice::makeConvolution(const ConvolutionProblem &problem) {
  Use use(index);
  return cuda::makeConvolution(handles, problem);
}

Result<std::unique_ptr<Recording>>
CudaDevice::record(const std::vector<Job *> &jobs) {
  Use use(index);
  // Once without being recorded: code is loaded when it is first used, which
  // must not happen while it is.
  for (Job *job : jobs)
    if (Status status = job->enqueue(); !status)
      return status.takeError();
  QML_CUDA_TRY(cudaStreamSynchronize(compute), "compute");
  auto recording = std::make_unique<GraphRecording>(index);
  QML_CUDA_TRY(
      cudaStreamBeginCapture(compute, cudaStreamCaptureModeThreadLocal),
      "record");
  Status status;
  for (Job *job : jobs)
    if (status)
      status = job->enqueue();
  cudaGraph_t graph = nullptr;
  Status ended = check(cudaStreamEndCapture(compute, &graph), "record");
  if (status)
    status = std::move(ended);
  if (status)
    status = check(cudaGraphInstantiate(&recording->executable, graph, 0),
                   "prepare a recording");
  if (graph)
    cudaGraphDestroy(graph);
  if (!status)
    return status.takeError();
  return std::unique_ptr<Recording>(std::move(recording));
}

//===----------------------------------------------------------------------===//
// Streaming
//===----------------------------------------------------------------------===//

void CudaDevice::releaseBuffers() {
  for (SampleBuffer &buffer : buffers) {
    if (buffer.onHost)
      cudaFreeHost(buffer.onHost);
    buffer.onHost = nullptr;
    buffer.onDevice.reset();
  }
  bufferBytes = 0;
}

Status CudaDevice::makeBuffers(size_t bytes) {
  Use use(index);
  if (Status status = wait(); !status)
    return status;
  if (bytes == bufferBytes) {
    // Recordings are run once before they are recorded, and must not find the
    // samples that another plan has left here: they would be observed again.
    for (SampleBuffer &buffer : buffers)
      QML_CUDA_TRY(
          cudaMemsetAsync(buffer.onDevice->at(0), 0, bufferBytes, compute),
          "clear memory");
    return check(cudaStreamSynchronize(compute), "clear memory");
  }
  releaseBuffers();
  for (SampleBuffer &buffer : buffers) {
    void *onHost = nullptr;
    QML_CUDA_TRY(cudaHostAlloc(&onHost, bytes, cudaHostAllocDefault),
                 "allocate memory of the host");
    buffer.onHost = static_cast<char *>(onHost);
    auto onDevice = allocate(bytes);
    if (!onDevice)
      return onDevice.takeError();
    buffer.onDevice = std::move(*onDevice);
  }
  bufferBytes = bytes;
  // Copies go by another stream than what clears the memory.
  return check(cudaStreamSynchronize(compute), "clear memory");
}

Result<char *> CudaDevice::acquire(int i) {
  Use use(index);
  QML_CUDA_TRY(cudaEventSynchronize(buffers[i].copied), "copy samples");
  return buffers[i].onHost;
}

Status CudaDevice::send(int i, size_t bytes) {
  Use use(index);
  SampleBuffer &buffer = buffers[i];
  QML_CUDA_TRY(cudaStreamWaitEvent(copies, buffer.computed, 0), "wait");
  QML_CUDA_TRY(cudaMemcpyAsync(buffer.onDevice->as<char>(), buffer.onHost,
                               bytes, cudaMemcpyHostToDevice, copies),
               "copy samples");
  return check(cudaEventRecord(buffer.copied, copies), "record an event");
}

Status CudaDevice::start(int i, Recording &recording) {
  Use use(index);
  SampleBuffer &buffer = buffers[i];
  QML_CUDA_TRY(cudaStreamWaitEvent(compute, buffer.copied, 0), "wait");
  QML_CUDA_TRY(
      cudaGraphLaunch(static_cast<GraphRecording &>(recording).executable,
                      compute),
      "start a recording");
  return check(cudaEventRecord(buffer.computed, compute), "record an event");
}

void CudaDevice::releaseResults() {
  for (ResultBuffer &result : results) {
    if (result.onHost)
      cudaFreeHost(result.onHost);
    result.onHost = nullptr;
  }
  resultBytes = 0;
}

Status CudaDevice::makeResults(size_t bytes) {
  if (bytes <= resultBytes)
    return {};
  Use use(index);
  if (Status status = wait(); !status)
    return status;
  releaseResults();
  for (ResultBuffer &result : results) {
    void *onHost = nullptr;
    QML_CUDA_TRY(cudaHostAlloc(&onHost, bytes, cudaHostAllocDefault),
                 "allocate memory of the host");
    result.onHost = static_cast<char *>(onHost);
  }
  resultBytes = bytes;
  return {};
}

Status CudaDevice::fetch(int i, size_t offset, const void *from, size_t bytes) {
  Use use(index);
  if (offset > resultBytes || bytes > resultBytes - offset)
    return Error{"there is no room for " + std::to_string(bytes) +
                 " bytes of results"};
  if (bytes)
    QML_CUDA_TRY(cudaMemcpyAsync(results[i].onHost + offset, from, bytes,
                                 cudaMemcpyDeviceToHost, compute),
                 "copy results");
  return check(cudaEventRecord(results[i].fetched, compute), "record an event");
}

Result<const char *> CudaDevice::fetched(int i) {
  Use use(index);
  QML_CUDA_TRY(cudaEventSynchronize(results[i].fetched), "compute");
  return static_cast<const char *>(results[i].onHost);
}

Status CudaDevice::wait() {
  Use use(index);
  QML_CUDA_TRY(cudaStreamSynchronize(copies), "copy samples");
  return check(cudaStreamSynchronize(compute), "compute");
}

Status CudaDevice::measure(
    const std::vector<Job *> &jobs,
    const std::function<void(const std::string &, double)> &report) {
  Use use(index);
  constexpr int repetitions = 10;
  Event begin, end;
  QML_CUDA_TRY(cudaEventCreate(&begin.event), "make an event");
  QML_CUDA_TRY(cudaEventCreate(&end.event), "make an event");
  for (Job *job : jobs) {
    QML_CUDA_TRY(cudaEventRecord(begin.event, compute), "record an event");
    for (int i = 0; i < repetitions; ++i)
      if (Status status = job->enqueue(); !status)
        return status;
    QML_CUDA_TRY(cudaEventRecord(end.event, compute), "record an event");
    QML_CUDA_TRY(cudaEventSynchronize(end.event), "compute");
    float milliseconds = 0;
    QML_CUDA_TRY(cudaEventElapsedTime(&milliseconds, begin.event, end.event),
                 "measure time");
    report(job->describe(), double(milliseconds) / 1000 / repetitions);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

namespace {

class CudaGroup final : public DeviceGroup {
public:
  ~CudaGroup() override {
#ifdef QML_HAVE_NCCL
    disconnect();
#endif
  }

  Status open(int first, int count);
  Status maximum(const std::vector<int32_t *> &keys, int64_t count) override;
  Status sum(const std::vector<uint64_t *> &counts, int64_t count) override;

private:
#ifdef QML_HAVE_NCCL
  /// Longer than any of them takes that is not lost.
  static constexpr double patience = 60;

  static Status check(ncclResult_t result) {
    // What goes on is asked for by `isSettled`.
    if (result == ncclSuccess || result == ncclInProgress)
      return {};
    return Error{std::string("NCCL fails to put together what the GPUs have "
                             "seen: ") +
                 ncclGetErrorString(result)};
  }
  Result<bool> isSettled();
  Result<bool> isComputed();
  template <typename IsDone>
  Status await(IsDone isDone);
  Status connect();
  void disconnect();
  void abandon();
  template <typename T>
  Status reduce(const std::vector<T *> &values, int64_t count,
                ncclDataType_t type, ncclRedOp_t operation);

  std::vector<ncclComm_t> communicators;
#endif
};

} // namespace

Status CudaGroup::open(int first, int count) {
#ifndef QML_HAVE_NCCL
  // Nothing else puts together what several GPUs have seen.
  count = 1;
#endif
  for (int i = 0; i < count; ++i) {
    auto device = std::make_unique<CudaDevice>(first + i);
    if (Status status = device->open(); !status)
      return status;
    devices.push_back(std::move(device));
  }
#ifdef QML_HAVE_NCCL
  if (count != 1)
    return connect();
#endif
  return {};
}

#ifdef QML_HAVE_NCCL

/// Whether the communicators have done what they were called for.
Result<bool> CudaGroup::isSettled() {
  for (ncclComm_t communicator : communicators) {
    ncclResult_t state = ncclSuccess;
    if (Status status = check(ncclCommGetAsyncError(communicator, &state));
        !status)
      return status.takeError();
    if (Status status = check(state); !status)
      return status.takeError();
    if (state == ncclInProgress)
      return false;
  }
  return true;
}

/// Whether the devices have done it, too.
Result<bool> CudaGroup::isComputed() {
  Result<bool> settled = isSettled();
  if (!settled || !*settled)
    return settled;
  for (const auto &each : devices) {
    auto &device = static_cast<CudaDevice &>(*each);
    Use use(device.ordinal());
    cudaError_t error = cudaStreamQuery(device.stream());
    if (error == cudaErrorNotReady) {
      (void)cudaGetLastError();
      return false;
    }
    QML_CUDA_TRY(error, "compute");
  }
  return true;
}

/// After an error there are no communicators; the next call makes new ones.
template <typename IsDone>
Status CudaGroup::await(IsDone isDone) {
  Result<bool> done = waitFor(isDone, patience);
  if (done && *done)
    return {};
  abandon();
  if (!done)
    return done.takeError();
  return Error{"the GPUs have not put together what they have seen within " +
               std::to_string(int(patience)) +
               " s: one of them is lost, or they cannot reach each other; "
               "choose others, or one, with CUDA_VISIBLE_DEVICES"};
}

Status CudaGroup::connect() {
  ncclUniqueId id;
  if (Status status = check(ncclGetUniqueId(&id)); !status)
    return status;
  // Calls that return at once: whoever waits in one waits forever.
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  int count = int(devices.size());
  communicators.assign(devices.size(), nullptr);
  Status status = check(ncclGroupStart());
  if (!status) {
    communicators.clear();
    return status;
  }
  for (int i = 0; i < count && status; ++i) {
    Use use(static_cast<CudaDevice &>(*devices[size_t(i)]).ordinal());
    status = check(ncclCommInitRankConfig(&communicators[size_t(i)], count, id,
                                          i, &config));
  }
  Status ended = check(ncclGroupEnd());
  if (status)
    status = std::move(ended);
  if (!status) {
    abandon();
    return status;
  }
  return await([&] { return isSettled(); });
}

void CudaGroup::disconnect() {
  for (ncclComm_t communicator : communicators)
    (void)ncclCommFinalize(communicator);
  Result<bool> done = waitFor([&] { return isSettled(); }, patience);
  if (!done || !*done) {
    abandon();
    return;
  }
  for (ncclComm_t communicator : communicators)
    ncclCommDestroy(communicator);
  communicators.clear();
}

/// Ends what still runs on the devices, which would wait for the lost one.
void CudaGroup::abandon() {
  for (ncclComm_t communicator : communicators)
    if (communicator)
      ncclCommAbort(communicator);
  communicators.clear();
}

template <typename T>
Status CudaGroup::reduce(const std::vector<T *> &values, int64_t count,
                         ncclDataType_t type, ncclRedOp_t operation) {
  if (communicators.empty())
    if (Status status = connect(); !status)
      return status;
  if (Status status = check(ncclGroupStart()); !status)
    return status;
  Status status;
  for (size_t i = 0; i < values.size() && status; ++i) {
    auto &device = static_cast<CudaDevice &>(*devices[i]);
    status = check(ncclAllReduce(values[i], values[i], size_t(count), type,
                                 operation, communicators[i], device.stream()));
  }
  Status ended = check(ncclGroupEnd());
  if (status)
    status = std::move(ended);
  if (!status) {
    abandon();
    return status;
  }
  return await([&] { return isComputed(); });
}

Status CudaGroup::maximum(const std::vector<int32_t *> &keys, int64_t count) {
  return reduce(keys, count, ncclInt32, ncclMax);
}

Status CudaGroup::sum(const std::vector<uint64_t *> &counts, int64_t count) {
  return reduce(counts, count, ncclUint64, ncclSum);
}

#else

Status CudaGroup::maximum(const std::vector<int32_t *> &, int64_t) {
  return {};
}

Status CudaGroup::sum(const std::vector<uint64_t *> &, int64_t) { return {}; }

#endif // QML_HAVE_NCCL

Result<std::unique_ptr<DeviceGroup>> openDevices(int first, int count) {
  int available = 0;
  cudaError_t error = cudaGetDeviceCount(&available);
  if (error == cudaErrorInsufficientDriver) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    if (driver == 0)
      return Error{"there is no NVIDIA driver on this machine"};
    return Error{
        "the NVIDIA driver is for CUDA " +
        versionText(size_t(driver), 1000, 10) + ", this build needs CUDA " +
        versionText(CUDART_VERSION, 1000, 10) + "; install a newer driver"};
  }
  if (error == cudaErrorNoDevice || (error == cudaSuccess && available == 0))
    return Error{"there is no GPU that this process may use"};
  if (error != cudaSuccess)
    return Error{std::string("the GPUs cannot be used: ") +
                 cudaGetErrorString(error)};
  if (first < 0 || first >= available || count < 0 || count > available - first)
    return Error{"GPUs " + std::to_string(first) + " to " +
                 std::to_string(first + std::max(count, 1) - 1) +
                 " are asked for, there are " + std::to_string(available)};
  auto group = std::make_unique<CudaGroup>();
  if (Status status = group->open(first, count ? count : available - first);
      !status)
    return status.takeError();
  return std::unique_ptr<DeviceGroup>(std::move(group));
}

} // namespace cuda
} // namespace qml
