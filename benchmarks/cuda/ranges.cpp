//===- ranges.cpp - Speed of the kernels that read tensors ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The range reduction alone, for tensors of several sizes and channels, next to
// what copies reach on the same device; and the kernels that count bins, load
// samples and convolve by channel, as plans launch them.
//
// A time is the median over recordings of many launches, divided by their
// number: launches follow each other as they do in a network. They go around in
// memory of several times the size of the cache, so that each reads from the
// device's memory; all states are empty when a recording starts.
//
//===----------------------------------------------------------------------===//

#include "CUDA/Check.h"
#include "CUDA/CudaDevice.h"
#include "CUDA/Launch.h"
#include "FloatPlan.h"
#include "copy.h"
#include "tools.h"

#include <functional>

using namespace qml;
using namespace qml::benchmark;

static const char usage[] =
    "ranges [--quick]\n"
    "\n"
    "Measures range reductions and other kernels on the first GPU, and writes\n"
    "JSON. --quick takes fewer sizes.\n";

namespace {

constexpr size_t mebibyte = size_t(1) << 20;

/// Memory that is freed at the end.
class Floats {
public:
  Floats() = default;
  Floats(const Floats &) = delete;
  ~Floats() { cudaFree(data); }
  Status make(size_t bytes) {
    void *memory = nullptr;
    QML_CUDA_TRY(cudaMalloc(&memory, bytes), "allocate memory");
    data = static_cast<float *>(memory);
    return {};
  }
  float *data = nullptr;
};

class Benchmark {
public:
  explicit Benchmark(bool quick) : quick(quick) {}
  ~Benchmark() {
    if (stream)
      cudaStreamDestroy(stream);
  }

  Status run();

private:
  Status prepare();
  Status measureCopies(size_t bytes);
  Status measureRanges(size_t bytes, int channels, bool perAxis, bool minMax);
  Status measurePlans();
  Status measureDepthwise(gpu::Device &device, int64_t size, int64_t channels,
                          int64_t strides, bool hasHistograms);

  using Launch = std::function<cudaError_t(int64_t i)>;
  /// Seconds of one launch among `count`. `before` is done first, each time.
  Result<double> measure(int64_t count, const Launch &launch,
                         const std::function<cudaError_t()> &before = {});

  /// Tensors of that size that are gone around in.
  int64_t slotsOf(size_t bytes) const {
    return std::max<int64_t>(int64_t(arenaBytes / bytes), 2);
  }

  bool quick;
  cudaDeviceProp properties = {};
  cudaStream_t stream = nullptr;
  size_t arenaBytes = 0;
  Floats from, to, states, header;
  JSON out;
};

} // namespace

Result<double> Benchmark::measure(int64_t count, const Launch &launch,
                                  const std::function<cudaError_t()> &before) {
  // Code is loaded when it is first used, which no recording may contain.
  QML_CUDA_TRY(launch(0), "start a kernel");
  QML_CUDA_TRY(cudaStreamSynchronize(stream), "compute");
  QML_CUDA_TRY(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal),
               "record");
  cudaError_t error = cudaSuccess;
  for (int64_t i = 0; i < count && error == cudaSuccess; ++i)
    error = launch(i);
  cudaGraph_t graph = nullptr;
  cudaError_t ended = cudaStreamEndCapture(stream, &graph);
  QML_CUDA_TRY(error, "start a kernel");
  QML_CUDA_TRY(ended, "record");
  cudaGraphExec_t recording = nullptr;
  error = cudaGraphInstantiate(&recording, graph, 0);
  cudaGraphDestroy(graph);
  QML_CUDA_TRY(error, "prepare a recording");

  cudaEvent_t begin = nullptr, end = nullptr;
  QML_CUDA_TRY(cudaEventCreate(&begin), "make an event");
  QML_CUDA_TRY(cudaEventCreate(&end), "make an event");
  std::vector<double> seconds;
  double total = 0;
  // At least 9 and a fiftieth of a second, without the first two.
  for (int run = -2; run < 9 || (total < 0.02 && run < 200); ++run) {
    if (before)
      QML_CUDA_TRY(before(), "clear states");
    QML_CUDA_TRY(cudaEventRecord(begin, stream), "record an event");
    QML_CUDA_TRY(cudaGraphLaunch(recording, stream), "start a recording");
    QML_CUDA_TRY(cudaEventRecord(end, stream), "record an event");
    QML_CUDA_TRY(cudaEventSynchronize(end), "compute");
    float milliseconds = 0;
    QML_CUDA_TRY(cudaEventElapsedTime(&milliseconds, begin, end),
                 "measure time");
    if (run < 0)
      continue;
    total += double(milliseconds) / 1000;
    seconds.push_back(double(milliseconds) / 1000 / double(count));
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  cudaGraphExecDestroy(recording);
  return medianOf(seconds);
}

Status Benchmark::prepare() {
  QML_CUDA_TRY(cudaSetDevice(0), "be chosen");
  QML_CUDA_TRY(cudaGetDeviceProperties(&properties, 0), "describe itself");
  QML_CUDA_TRY(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
               "make a stream");
  arenaBytes = 1024 * mebibyte;
  // The largest tensor has 1 GiB, of which there are two.
  for (Floats *memory : {&from, &to})
    if (Status status = memory->make(2 * arenaBytes); !status)
      return status;
  if (Status status = states.make(64 * mebibyte); !status)
    return status;
  if (Status status = header.make(256); !status)
    return status;
  QML_CUDA_TRY(
      fillFloats(from.data, int64_t(2 * arenaBytes / sizeof(float)), stream),
      "make values");
  return cuda::check(cudaStreamSynchronize(stream), "compute");
}

Status Benchmark::measureCopies(size_t bytes) {
  int64_t slots = slotsOf(bytes);
  auto at = [&](const Floats &memory, int64_t i) {
    return memory.data + size_t(i) * (bytes / sizeof(float));
  };
  auto byDriver = measure(slots, [&](int64_t i) {
    return cudaMemcpyAsync(at(to, i), at(from, i), bytes,
                           cudaMemcpyDeviceToDevice, stream);
  });
  if (!byDriver)
    return byDriver.takeError();
  auto byKernel = measure(slots, [&](int64_t i) {
    return copyFloats(at(to, i), at(from, i), int64_t(bytes / sizeof(float)),
                      stream);
  });
  if (!byKernel)
    return byKernel.takeError();
  out.open('{').key("bytes") << int64_t(bytes);
  out.key("memcpy") << 2 * double(bytes) / *byDriver;
  out.key("kernel") << 2 * double(bytes) / *byKernel;
  out.close('}');
  return {};
}

Status Benchmark::measureRanges(size_t bytes, int channels, bool perAxis,
                                bool minMax) {
  // As many samples as networks take at once, if there are so many cells.
  int64_t elements = int64_t(bytes / sizeof(float)), samples = 128;
  while (elements / samples < channels)
    samples /= 2;
  int64_t sampleElements = elements / samples / channels * channels;
  gpu::ChunkInfo info = {int32_t(samples), 0};
  QML_CUDA_TRY(
      cudaMemcpy(header.data, &info, sizeof info, cudaMemcpyHostToDevice),
      "copy to the device");

  int64_t slots = slotsOf(bytes);
  int32_t count = perAxis ? channels : 1;
  int64_t keys = int64_t(count) * (minMax ? 2 : 1);
  auto *first = reinterpret_cast<int32_t *>(states.data);
  int width = gpu::packWidth(1, int(samples), sampleElements);
  auto fill = [&](auto &kernel, int64_t i) {
    kernel.walk = gpu::makeWalk(
        reinterpret_cast<const gpu::ChunkInfo *>(header.data), 1, int(samples),
        sampleElements, channels, width, properties.multiProcessorCount);
    kernel.source.in = from.data + i * elements;
    kernel.observer = {first + i * keys, keys, count,
                       minMax ? gpu::ObserverKind::MinMax
                              : gpu::ObserverKind::Magnitude};
  };
  gpu::ClearKeys clear;
  clear.keys = first;
  clear.count = slots * keys;
  if (size_t(clear.count) * sizeof(int32_t) > 64 * mebibyte)
    return Error{"there are too many states"};
  auto seconds = measure(
      slots,
      [&](int64_t i) {
        if (width == 4) {
          gpu::ElementPass<gpu::Look, 4> kernel;
          fill(kernel, i);
          return cuda::launch(gpu::ElementPasses<4>(kernel), stream);
        }
        gpu::ElementPass<gpu::Look, 1> kernel;
        fill(kernel, i);
        return cuda::launch(gpu::ElementPasses<1>(kernel), stream);
      },
      [&] { return cuda::launch(gpu::SmallKernels(clear), stream); });
  if (!seconds)
    return seconds.takeError();
  double read = double(samples * sampleElements) * sizeof(float);
  out.open('{').key("bytes") << int64_t(bytes);
  out.key("channels") << int64_t(perAxis ? channels : 0);
  out.key("minmax") << minMax;
  out.key("seconds") << *seconds;
  out.key("rate") << read / *seconds;
  out.close('}');
  return {};
}

//===----------------------------------------------------------------------===//
// Kernels in plans
//===----------------------------------------------------------------------===//

/// Random bytes become floats, then a depthwise convolution and a ReLU: what
/// each kernel takes, with and without observing, and counting bins.
Status Benchmark::measureDepthwise(gpu::Device &device, int64_t size,
                                   int64_t channels, int64_t strides,
                                   bool hasHistograms) {
  constexpr int64_t samples = 128;
  std::vector<float> weights(size_t(9 * channels));
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = float(int(i * 37 % 101) - 50) / 100;
  Program program;
  int64_t outSize = (size - 1) / strides + 1;
  program.tensors = {{{size, size, channels}, ElementType::U8, {}},
                     {{size, size, channels}, ElementType::F32, {}},
                     {{outSize, outSize, channels}, ElementType::F32, {}},
                     {{outSize, outSize, channels}, ElementType::F32, {}}};
  program.inputs = {{0, "image"}};
  Conv2D conv;
  conv.depthwise = true;
  conv.kernel = {ElementType::F32, {3, 3, channels, 1}, weights.data()};
  for (int axis = 0; axis < 2; ++axis) {
    conv.window.kernel[axis] = 3;
    conv.window.strides[axis] = strides;
    conv.window.padBegin[axis] = conv.window.padEnd[axis] = 1;
  }
  ReLU relu;
  relu.maxValue = 6.f;
  program.operations = {{Rescaling{{1 / 32.f}, {-4.f}}, "rescale", {0}, 1},
                        {conv, "convolution", {1}, 2},
                        {relu, "relu", {2}, 3}};
  program.outputs = {{3, "relu"}};

  double in = double(samples * size * size * channels);
  double result = double(samples * outSize * outSize * channels);
  auto report = [&](const std::string &kernel, const std::string &how,
                    double bytes, double seconds) {
    out.open('{').key("kernel") << kernel;
    out.key("how") << how;
    out.key("size") << size;
    out.key("channels") << channels;
    out.key("strides") << strides;
    out.key("bytes") << bytes;
    out.key("seconds") << seconds;
    out.key("rate") << bytes / seconds;
    out.close('}');
  };

  struct Variant {
    gpu::Watch watch;
    bool perAxis;
    const char *how;
  };
  std::vector<Variant> variants = {
      {gpu::Watch::Nothing, true, "not observed"},
      {gpu::Watch::Ranges, true, "observed by channel"}};
  if (hasHistograms) {
    variants.push_back({gpu::Watch::Ranges, false, "observed as a whole"});
    variants.push_back({gpu::Watch::Histograms, true, "by channel"});
    variants.push_back({gpu::Watch::Histograms, false, "as a whole"});
  }
  for (const Variant &variant : variants) {
    program.ranges = {{3, "relu", variant.perAxis, false}};
    ObserverLayout layout(program);
    size_t histograms = layout.numHistograms();
    std::vector<float> lower(histograms, 0.f),
        scale(histograms, float(histogramBins) / 6);
    gpu::MemoryPtr memory[3];
    size_t bytes[3] = {histograms * sizeof(float), histograms * sizeof(float),
                       histograms * histogramBins * sizeof(uint64_t)};
    for (int i = 0; i < 3; ++i) {
      auto made = device.allocate(bytes[i]);
      if (!made)
        return made.takeError();
      memory[i] = std::move(*made);
    }
    for (int i = 0; i < 2; ++i)
      if (Status status = device.upload(
              memory[i]->as<char>(), i ? scale.data() : lower.data(), bytes[i]);
          !status)
        return status;

    gpu::FloatPlanOptions options;
    options.chunk = {1, int32_t(samples)};
    options.watch = variant.watch;
    if (variant.watch == gpu::Watch::Nothing)
      options.keep = {3};
    options.histograms = {memory[0]->as<float>(), memory[1]->as<float>(),
                          memory[2]->as<uint64_t>()};
    size_t bufferBytes =
        gpu::FloatPlan::layoutOf(program, options.chunk).bytes();
    if (Status status = device.makeBuffers(bufferBytes); !status)
      return status;
    auto plan = gpu::FloatPlan::create(device, program, layout, options);
    if (!plan)
      return plan.takeError();
    auto buffer = device.acquire(0);
    if (!buffer)
      return buffer.takeError();
    gpu::ChunkInfo info = {int32_t(samples), 0};
    std::memcpy(*buffer, &info, sizeof info);
    uint32_t random = 1;
    for (size_t i = gpu::SampleLayout::alignment; i < bufferBytes; ++i) {
      random = random * 1664525u + 1013904223u;
      (*buffer)[i] = char(random >> 24);
    }
    Status status = device.submit(0, bufferBytes, (*plan)->recording(0));
    if (status)
      status = device.measure(
          (*plan)->jobs(0), [&](const std::string &kernel, double seconds) {
            if (kernel == gpu::Depthwise::name &&
                variant.watch != gpu::Watch::Histograms)
              report(kernel, variant.how, 4 * (in + result), seconds);
            else if (kernel == gpu::CountBins::name)
              report(kernel, variant.how, 4 * result, seconds);
            else if (kernel == gpu::Samples<uint8_t>::name &&
                     variant.watch == gpu::Watch::Nothing)
              report(kernel, "", 5 * in, seconds);
          });
    if (Status waited = device.wait(); status && !waited)
      status = std::move(waited);
    if (!status)
      return status;
  }
  return {};
}

Status Benchmark::measurePlans() {
  static constexpr int64_t cases[][3] = {{112, 32, 1}, {112, 64, 2},
                                         {56, 128, 1}, {28, 256, 1},
                                         {14, 512, 1}, {7, 1024, 1}};
  for (size_t i = 0; i < 6; ++i) {
    if (quick && i % 2)
      continue;
    auto [size, channels, strides] = cases[i];
    auto group = cuda::openDevices(0, 1);
    if (!group)
      return group.takeError();
    if (Status status = measureDepthwise(*(*group)->devices.front(), size,
                                         channels, strides, i == 0 || i == 2);
        !status)
      return status;
  }
  return {};
}

Status Benchmark::run() {
  {
    // Says in words why there is no GPU.
    auto group = cuda::openDevices(0, 1);
    if (!group)
      return group.takeError();
    out.open('{').key("device") << (*group)->devices.front()->name();
  }
  if (Status status = prepare(); !status)
    return status;
  out.key("l2") << int64_t(properties.l2CacheSize);
  out.key("multiprocessors") << int64_t(properties.multiProcessorCount);
  std::vector<size_t> sizes = {1, 16, 64, 256, 1024};
  std::vector<int> channels = {1, 3, 32, 64, 255, 256, 1000, 1024, 2048, 4096};
  if (quick) {
    sizes = {1, 64, 1024};
    channels = {3, 64, 255, 1024};
  }
  out.key("copies").open('[');
  for (size_t size : sizes)
    if (Status status = measureCopies(size * mebibyte); !status)
      return status;
  out.close(']').key("ranges").open('[');
  for (size_t size : sizes)
    for (bool minMax : {false, true}) {
      // A tensor as a whole, of 64 channels.
      if (Status status = measureRanges(size * mebibyte, 64, false, minMax);
          !status)
        return status;
      for (int count : channels)
        if (Status status = measureRanges(size * mebibyte, count, true, minMax);
            !status)
          return status;
    }
  out.close(']').key("kernels").open('[');
  if (Status status = measurePlans(); !status)
    return status;
  out.close(']').close('}').print();
  return {};
}

int main(int argc, char **argv) {
  Arguments arguments(argc, argv);
  bool quick = arguments.flag("quick");
  if (!arguments.areKnown(usage))
    return arguments.wantsHelp() ? 0 : 2;
  Status status = Benchmark(quick).run();
  return status ? 0 : fail(status.message());
}
