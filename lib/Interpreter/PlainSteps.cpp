//===- PlainSteps.cpp - Operations by their plain formulas ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Brings values into the types that the plain evaluation of a kind takes
// (qml/Program/Kinds.h). For floats, which are the same on each machine and for
// any number of threads; for integers where the fast kernels cannot hold the
// values, and to check them.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "qml/Program/Kinds.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace interpreter {

namespace {

class PlainStep : public Step {
public:
  PlainStep(const Planner &planner, const Operation &operation,
            std::unique_ptr<Product> product)
      : program(planner.program), operation(operation), kind(kindOf(operation)),
        product(std::move(product)), tensors(planner.tensors) {
    for (int tensor : operation.inputs)
      if (needsCopy(tensor))
        widened += roundUp(size_t(tensors[tensor].elements));
    if (needsCopy(operation.output))
      widened += roundUp(size_t(tensors[operation.output].elements));
  }

  size_t scratchBytes(int64_t) const override {
    return widened * sizeof(int64_t);
  }

  void run(const Frame &frame) const override {
    std::vector<const void *> inputs(operation.inputs.size());
    for (int64_t sample = 0; sample < frame.samples; ++sample) {
      int64_t *scratch = reinterpret_cast<int64_t *>(frame.scratch);
      for (size_t i = 0; i < inputs.size(); ++i)
        inputs[i] = read(frame, operation.inputs[i], sample, scratch);
      char *result = element(frame, operation.output, sample);
      bool narrow = needsCopy(operation.output);
      kind.evaluateIntegers({program, operation, product.get(), inputs,
                             narrow ? static_cast<void *>(scratch) : result});
      if (!narrow)
        continue;
      const TensorInfo &info = tensors[operation.output];
      if (info.storage == Storage::I16)
        std::transform(scratch, scratch + info.elements,
                       reinterpret_cast<int16_t *>(result),
                       [](int64_t value) { return int16_t(value); });
      else
        std::transform(scratch, scratch + info.elements,
                       reinterpret_cast<int32_t *>(result),
                       [](int64_t value) { return int32_t(value); });
    }
  }

private:
  /// Keeps what follows in scratch memory aligned.
  static size_t roundUp(size_t elements) { return (elements + 7) / 8 * 8; }

  bool needsCopy(int tensor) const {
    Storage storage = tensors[tensor].storage;
    return storage == Storage::I16 || storage == Storage::I32 ||
           isFloatCopy(tensor);
  }

  /// Integers that an input quantizer reads as floats.
  bool isFloatCopy(int tensor) const {
    return kind.form == Form::Quantizer && tensor != operation.output &&
           tensors[tensor].storage != Storage::F32;
  }

  static char *element(const Frame &frame, int tensor, int64_t sample) {
    return frame.data<char>(tensor) +
           size_t(sample) * frame.tensors[tensor].bytes();
  }

  template <typename From, typename To>
  static void convert(const char *from, int64_t count, int64_t *to) {
    const From *values = reinterpret_cast<const From *>(from);
    std::transform(values, values + count, reinterpret_cast<To *>(to),
                   [](From value) { return static_cast<To>(value); });
  }

  template <typename To>
  static void convert(Storage storage, const char *from, int64_t count,
                      int64_t *to) {
    if (storage == Storage::I16)
      convert<int16_t, To>(from, count, to);
    else if (storage == Storage::I32)
      convert<int32_t, To>(from, count, to);
    else
      convert<int64_t, To>(from, count, to);
  }

  const void *read(const Frame &frame, int tensor, int64_t sample,
                   int64_t *&scratch) const {
    const TensorInfo &info = tensors[tensor];
    const char *values = element(frame, tensor, sample);
    if (!needsCopy(tensor))
      return values;
    int64_t *copy = scratch;
    scratch += roundUp(size_t(info.elements));
    if (isFloatCopy(tensor))
      convert<float>(info.storage, values, info.elements, copy);
    else
      convert<int64_t>(info.storage, values, info.elements, copy);
    return copy;
  }

  const Program &program;
  const Operation &operation;
  const KindInfo &kind;
  std::unique_ptr<Product> product;
  const std::vector<TensorInfo> &tensors;
  /// 64-bit elements of scratch memory.
  size_t widened = 0;
};

/// Float weights: in place, unless they are not aligned.
class FloatWeights {
public:
  explicit FloatWeights(const Constant *constant) {
    if (!constant || !*constant)
      return;
    values = constant->as<float>();
    if (reinterpret_cast<uintptr_t>(constant->data) % alignof(float) == 0)
      return;
    copy.resize(size_t(numElements(constant->shape)));
    std::memcpy(copy.data(), constant->data, copy.size() * sizeof(float));
    values = copy.data();
  }
  FloatWeights(const FloatWeights &) = delete;

  const float *data() const { return values; }

private:
  const float *values = nullptr;
  std::vector<float> copy;
};

class FloatStep : public Step {
public:
  FloatStep(const Planner &planner, const Operation &operation)
      : program(planner.program), operation(operation), kind(kindOf(operation)),
        tensors(planner.tensors), kernel(kind.weights(operation).kernel),
        bias(kind.weights(operation).bias) {}

  size_t scratchBytes(int64_t) const override {
    size_t bytes = 0;
    for (int tensor : operation.inputs)
      if (tensors[tensor].storage != Storage::F32)
        bytes += roundUp(tensors[tensor].elements) * sizeof(float);
    return bytes;
  }

  void run(const Frame &frame) const override {
    const TensorInfo &info = tensors[operation.output];
    std::vector<const float *> inputs(operation.inputs.size());
    for (int64_t sample = 0; sample < frame.samples; ++sample) {
      float *scratch = reinterpret_cast<float *>(frame.scratch);
      for (size_t i = 0; i < inputs.size(); ++i)
        inputs[i] = read(frame, operation.inputs[i], sample, scratch);
      kind.evaluateFloats(
          {program, operation, kernel.data(), bias.data(), inputs,
           frame.data<float>(operation.output) + sample * info.elements});
    }
  }

private:
  static size_t roundUp(int64_t elements) {
    return (size_t(elements) + 15) / 16 * 16;
  }

  /// Integers of a model's input become floats here; they have 16 bits.
  const float *read(const Frame &frame, int tensor, int64_t sample,
                    float *&scratch) const {
    const TensorInfo &info = tensors[tensor];
    if (info.storage == Storage::F32)
      return frame.data<float>(tensor) + sample * info.elements;
    float *copy = scratch;
    scratch += roundUp(info.elements);
    auto convert = [&](const auto *values) {
      for (int64_t i = 0; i < info.elements; ++i)
        copy[i] = static_cast<float>(values[sample * info.elements + i]);
    };
    if (info.storage == Storage::I16)
      convert(frame.data<int16_t>(tensor));
    else
      convert(frame.data<int64_t>(tensor));
    return copy;
  }

  const Program &program;
  const Operation &operation;
  const KindInfo &kind;
  const std::vector<TensorInfo> &tensors;
  FloatWeights kernel, bias;
};

} // namespace

StepPtr makePlainStep(const Planner &planner, const Operation &operation,
                      std::unique_ptr<Product> product) {
  return std::make_unique<PlainStep>(planner, operation, std::move(product));
}

StepPtr makeFloatStep(const Planner &planner, const Operation &operation) {
  return std::make_unique<FloatStep>(planner, operation);
}

} // namespace interpreter
} // namespace qml
