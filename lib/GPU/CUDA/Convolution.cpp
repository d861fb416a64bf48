//===- Convolution.cpp - Convolutions by cuDNN's graphs -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution, the addition of a bias and a ReLU as one graph of cuDNN's
// backend, for which cuDNN names engines, best first. Tensors are described as
// (n, c, h, w), with strides that say that channels lie innermost.
//
//===----------------------------------------------------------------------===//

#include "Libraries.h"

#include <algorithm>
#include <cmath>

namespace qml {
namespace cuda {
namespace {

/// A descriptor of cuDNN's backend. Setters remember the first failure, which
/// `finalize` returns.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    status = cudnnBackendCreateDescriptor(type, &descriptor);
  }
  Descriptor(Descriptor &&other) noexcept
      : descriptor(other.descriptor), status(other.status) {
    other.descriptor = nullptr;
  }
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(descriptor, other.descriptor);
    std::swap(status, other.status);
    return *this;
  }
  ~Descriptor() {
    if (descriptor)
      cudnnBackendDestroyDescriptor(descriptor);
  }

  cudnnBackendDescriptor_t get() const { return descriptor; }

  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
           int64_t count, const void *values) {
    if (status == CUDNN_STATUS_SUCCESS)
      status = cudnnBackendSetAttribute(descriptor, name, type, count, values);
  }
  void set(cudnnBackendAttributeName_t name, int64_t value) {
    set(name, CUDNN_TYPE_INT64, 1, &value);
  }
  void set(cudnnBackendAttributeName_t name, bool value) {
    set(name, CUDNN_TYPE_BOOLEAN, 1, &value);
  }
  void set(cudnnBackendAttributeName_t name, double value) {
    set(name, CUDNN_TYPE_DOUBLE, 1, &value);
  }
  void set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
    set(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
  }
  void set(cudnnBackendAttributeName_t name, const Descriptor &value) {
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
        static_cast<const void *>(&value.descriptor));
  }
  cudnnStatus_t finalize() {
    if (status == CUDNN_STATUS_SUCCESS)
      status = cudnnBackendFinalize(descriptor);
    return status;
  }

private:
  cudnnBackendDescriptor_t descriptor = nullptr;
  cudnnStatus_t status = CUDNN_STATUS_NOT_INITIALIZED;
};

/// Names of the tensors of a graph.
enum Id : int64_t { IdX = 1, IdWeights, IdBias, IdY, IdSum, IdBiased };

/// (n, c, h, w) in memory as (n, h, w, c). What is not stored is `isVirtual`.
Descriptor makeTensor(Id id, const int64_t (&extents)[4], bool isVirtual) {
  Descriptor tensor(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  int64_t strides[4] = {extents[1] * extents[2] * extents[3], 1,
                        extents[1] * extents[3], extents[1]};
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_DATA_FLOAT);
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, extents);
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, int64_t(id));
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t(16));
  if (isVirtual)
    tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
  return tensor;
}

class Convolution final : public gpu::LibraryCall {
public:
  Convolution(const Handles &handles, const gpu::ConvolutionProblem &problem)
      : handles(handles), problem(problem) {}

  /// CUDNN_STATUS_NOT_SUPPORTED if no engine does it; another error only if
  /// memory is short.
  cudnnStatus_t prepare();

  size_t workspaceBytes() const override { return size_t(workspace); }
  gpu::JobPtr bind(const Operands &operands) override;
  Status run(const Operands &operands);
  std::string describe() const {
    return "convolution " + std::to_string(problem.kernel[0]) + " x " +
           std::to_string(problem.kernel[1]) + ", " +
           std::to_string(problem.in[2]) + " to " +
           std::to_string(problem.out[2]) + " channels, " +
           std::to_string(problem.out[0]) + " x " +
           std::to_string(problem.out[1]);
  }

private:
  cudnnStatus_t makeGraph();
  cudnnStatus_t choosePlan(cudnnBackendHeurMode_t mode);
  bool isAllowed(const Descriptor &config) const;

  Handles handles;
  gpu::ConvolutionProblem problem;
  /// What the graph is made of has to live as long as it.
  std::vector<Descriptor> parts;
  Descriptor graph;
  /// The same holds for a plan, and the configuration that it was made of.
  Descriptor config;
  Descriptor plan;
  int64_t workspace = 0;
};

class ConvolutionJob final : public gpu::Job {
public:
  ConvolutionJob(Convolution &convolution,
                 const gpu::LibraryCall::Operands &operands)
      : convolution(convolution), operands(operands) {}
  Status enqueue() override { return convolution.run(operands); }
  std::string describe() const override { return convolution.describe(); }

private:
  Convolution &convolution;
  gpu::LibraryCall::Operands operands;
};

} // namespace

cudnnStatus_t Convolution::makeGraph() {
  cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
  auto add = [&](Descriptor descriptor) -> const Descriptor & {
    cudnnStatus_t made = descriptor.finalize();
    if (status == CUDNN_STATUS_SUCCESS)
      status = made;
    parts.push_back(std::move(descriptor));
    return parts.back();
  };
  // No reference into `parts` may dangle.
  parts.reserve(16);

  const gpu::ConvolutionProblem &p = problem;
  bool hasBounds = !p.bounds.isNone();
  int64_t xExtents[4] = {p.samples, p.in[2], p.in[0], p.in[1]};
  int64_t yExtents[4] = {p.samples, p.out[2], p.out[0], p.out[1]};
  int64_t weightExtents[4] = {p.out[2], p.in[2], p.kernel[0], p.kernel[1]};
  int64_t biasExtents[4] = {1, p.out[2], 1, 1};
  const Descriptor &x = add(makeTensor(IdX, xExtents, false));
  const Descriptor &weights = add(makeTensor(IdWeights, weightExtents, false));
  const Descriptor &sum = add(makeTensor(p.hasBias || hasBounds ? IdSum : IdY,
                                         yExtents, p.hasBias || hasBounds));

  Descriptor window(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
  window.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1,
             &mode);
  window.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, int64_t(2));
  window.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2,
             p.padding);
  window.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2,
             p.padding);
  window.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2,
             p.strides);
  window.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2,
             p.dilations);
  const Descriptor &geometry = add(std::move(window));

  float one = 1, zero = 0;
  Descriptor forward(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  forward.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x);
  forward.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, weights);
  forward.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, sum);
  forward.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, geometry);
  forward.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT,
              1, &one);
  forward.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT,
              1, &zero);
  std::vector<cudnnBackendDescriptor_t> operations = {
      add(std::move(forward)).get()};

  auto addPointwise = [&](const Descriptor &how, const Descriptor &from,
                          const Descriptor *other, const Descriptor &to) {
    Descriptor operation(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, from);
    if (other)
      operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *other);
    operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, to);
    operations.push_back(add(std::move(operation)).get());
  };
  const Descriptor *last = &sum;
  if (p.hasBias) {
    const Descriptor &bias = add(makeTensor(IdBias, biasExtents, false));
    const Descriptor &biased =
        add(makeTensor(hasBounds ? IdBiased : IdY, yExtents, hasBounds));
    Descriptor how(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    cudnnPointwiseMode_t addition = CUDNN_POINTWISE_ADD;
    how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &addition);
    how.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
    addPointwise(add(std::move(how)), *last, &bias, biased);
    last = &biased;
  }
  if (hasBounds) {
    const Descriptor &y = add(makeTensor(IdY, yExtents, false));
    Descriptor how(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    cudnnPointwiseMode_t relu = CUDNN_POINTWISE_RELU_FWD;
    how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &relu);
    how.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
    how.set(CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP, double(p.bounds.lower));
    if (std::isfinite(p.bounds.upper))
      how.set(CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, double(p.bounds.upper));
    addPointwise(add(std::move(how)), *last, nullptr, y);
  }
  if (status != CUDNN_STATUS_SUCCESS)
    return status;
  graph = Descriptor(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
            int64_t(operations.size()), static_cast<void *>(operations.data()));
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1,
            static_cast<void *>(&handles.cudnn));
  return graph.finalize();
}

/// Whether an engine keeps what we promise: the same bits each time, float32
/// unless TF32 is asked for, NaN.
bool Convolution::isAllowed(const Descriptor &config) const {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t raw = engine.get();
  int64_t found = 0;
  if (cudnnBackendGetAttribute(config.get(), CUDNN_ATTR_ENGINECFG_ENGINE,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &found,
                               static_cast<void *>(&raw)) !=
      CUDNN_STATUS_SUCCESS)
    return false;
  cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
  if (cudnnBackendGetAttribute(raw, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                               CUDNN_TYPE_NUMERICAL_NOTE,
                               CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &found,
                               notes) != CUDNN_STATUS_SUCCESS)
    return false;
  auto has = [&](cudnnBackendNumericalNote_t note) {
    return std::find(notes, notes + found, note) != notes + found;
  };
  if (has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC))
    return false;
  if (problem.keepsNaN && !problem.bounds.isNone() &&
      !has(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP))
    return false;
  // Large tiles of Winograd's algorithm, and FFT, lose digits.
  return problem.tf32 || !(has(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) ||
                           has(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) ||
                           has(CUDNN_NUMERICAL_NOTE_FFT) ||
                           has(CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6) ||
                           has(CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13));
}

cudnnStatus_t Convolution::choosePlan(cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
  if (cudnnStatus_t status = heuristics.finalize();
      status != CUDNN_STATUS_SUCCESS)
    return status;
  int64_t available = 0;
  cudnnStatus_t status = cudnnBackendGetAttribute(
      heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
      CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &available, nullptr);
  if (status != CUDNN_STATUS_SUCCESS)
    return status;
  if (available == 0)
    return CUDNN_STATUS_NOT_SUPPORTED;
  std::vector<Descriptor> configs;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int64_t i = 0; i < available; ++i) {
    configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    raw.push_back(configs.back().get());
  }
  int64_t found = 0;
  status =
      cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                               CUDNN_TYPE_BACKEND_DESCRIPTOR, available, &found,
                               static_cast<void *>(raw.data()));
  if (status != CUDNN_STATUS_SUCCESS)
    return status;
  for (int64_t i = 0; i < found; ++i) {
    if (!isAllowed(configs[size_t(i)]))
      continue;
    Descriptor candidate(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    candidate.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
                  static_cast<void *>(&handles.cudnn));
    candidate.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configs[size_t(i)]);
    if (cudnnStatus_t made = candidate.finalize();
        kindOf(made) == ErrorKind::OutOfMemory)
      // The next engine would be another choice, made by how much memory there
      // is.
      return made;
    else if (made != CUDNN_STATUS_SUCCESS)
      continue;
    int64_t bytes = 0, number = 0;
    if (cudnnBackendGetAttribute(
            candidate.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
            CUDNN_TYPE_INT64, 1, &number, &bytes) != CUDNN_STATUS_SUCCESS ||
        size_t(bytes) > maxWorkspaceBytes)
      continue;
    config = std::move(configs[size_t(i)]);
    plan = std::move(candidate);
    workspace = bytes;
    return CUDNN_STATUS_SUCCESS;
  }
  return CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t Convolution::prepare() {
  // Whatever cuDNN refuses, it has no implementation for: what it calls a bad
  // parameter or an error of its own in one version, it may do in the next.
  if (cudnnStatus_t status = makeGraph(); status != CUDNN_STATUS_SUCCESS)
    return kindOf(status) == ErrorKind::OutOfMemory
               ? status
               : CUDNN_STATUS_NOT_SUPPORTED;
  for (cudnnBackendHeurMode_t mode :
       {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    cudnnStatus_t status = choosePlan(mode);
    if (status == CUDNN_STATUS_SUCCESS ||
        kindOf(status) == ErrorKind::OutOfMemory)
      return status;
  }
  return CUDNN_STATUS_NOT_SUPPORTED;
}

gpu::JobPtr Convolution::bind(const Operands &operands) {
  return std::make_unique<ConvolutionJob>(*this, operands);
}

Status Convolution::run(const Operands &operands) {
  const void *pointers[4] = {operands.x, operands.weights, operands.y,
                             operands.bias};
  int64_t ids[4] = {IdX, IdWeights, IdY, IdBias};
  int64_t count = problem.hasBias ? 4 : 3;
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count,
           static_cast<const void *>(pointers));
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
           static_cast<const void *>(&operands.workspace));
  QML_CUDA_TRY(pack.finalize(), "bind tensors");
  return check(cudnnBackendExecute(handles.cudnn, plan.get(), pack.get()),
               "convolve");
}

Result<gpu::LibraryCallPtr>
makeConvolution(const Handles &handles,
                const gpu::ConvolutionProblem &problem) {
  auto convolution = std::make_unique<Convolution>(handles, problem);
  if (Status status = check(convolution->prepare(), "prepare a convolution");
      !status)
    return status.takeError();
  return gpu::LibraryCallPtr(std::move(convolution));
}

} // namespace cuda
} // namespace qml
