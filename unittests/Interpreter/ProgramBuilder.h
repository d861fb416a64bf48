//===- ProgramBuilder.h - Programs made by hand -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Short ways to write the programs of the tests, and to run them.
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_INTERPRETER_PROGRAMBUILDER_H
#define QML_UNITTESTS_INTERPRETER_PROGRAMBUILDER_H

#include "qml/Interpreter/Interpreter.h"

#include "gtest/gtest.h"

#include <cstring>
#include <list>
#include <random>

namespace qml {
namespace test {

inline ElementType typeFor(int valueBits) {
  switch (storageBytes(valueBits)) {
  case 1:
    return ElementType::I8;
  case 2:
    return ElementType::I16;
  case 4:
    return ElementType::I32;
  default:
    return ElementType::I64;
  }
}

/// A program together with its weights.
struct ProgramBuilder {
  Program program;
  std::list<std::vector<char>> weights;

  int tensor(Shape shape, ElementType type = ElementType::F32) {
    program.tensors.push_back({std::move(shape), type, {}});
    return int(program.tensors.size()) - 1;
  }

  int fixedTensor(Shape shape, int valueBits,
                  std::vector<int32_t> fracBits = {0},
                  std::vector<float> scales = {}) {
    int index = tensor(std::move(shape), typeFor(valueBits));
    program.tensors[size_t(index)].fixed =
        Fixed{valueBits, std::move(fracBits), std::move(scales)};
    return index;
  }

  /// The next input.
  int input(int tensor, std::string name = "") {
    if (name.empty())
      name = "input" + std::to_string(program.inputs.size());
    program.inputs.push_back({tensor, std::move(name)});
    return tensor;
  }

  int add(OperationKind kind, std::vector<int> inputs, int output) {
    Operation operation;
    operation.kind = std::move(kind);
    operation.layer = "layer" + std::to_string(program.operations.size());
    operation.inputs = std::move(inputs);
    operation.output = output;
    program.operations.push_back(std::move(operation));
    return output;
  }

  void output(int tensor) {
    program.outputs.push_back({tensor, "out" + std::to_string(tensor)});
  }

  template <typename T>
  Constant constant(ElementType type, Shape shape,
                    const std::vector<T> &values) {
    weights.emplace_back(values.size() * sizeof(T));
    if (!values.empty())
      std::memcpy(weights.back().data(), values.data(), weights.back().size());
    return {type, std::move(shape), weights.back().data()};
  }

  /// Integers in a type of `bytes` bytes.
  Constant integers(size_t bytes, Shape shape,
                    const std::vector<int64_t> &values) {
    auto as = [&](auto zero, ElementType type) {
      std::vector<decltype(zero)> narrow;
      for (int64_t value : values)
        narrow.push_back(static_cast<decltype(zero)>(value));
      return constant(type, shape, narrow);
    };
    return bytes == 1   ? as(int8_t(0), ElementType::I8)
           : bytes == 2 ? as(int16_t(0), ElementType::I16)
           : bytes == 4 ? as(int32_t(0), ElementType::I32)
                        : as(int64_t(0), ElementType::I64);
  }

  Constant floats(Shape shape, const std::vector<float> &values) {
    return constant(ElementType::F32, std::move(shape), values);
  }
};

/// All values of an array as 64-bit integers.
inline std::vector<int64_t> toIntegers(const TensorArray &array) {
  size_t count = array.data.size() / sizeOf(array.type);
  std::vector<int64_t> values(count);
  for (size_t i = 0; i < count; ++i)
    switch (array.type) {
    case ElementType::U8:
      values[i] = array.as<uint8_t>()[i];
      break;
    case ElementType::I8:
      values[i] = array.as<int8_t>()[i];
      break;
    case ElementType::I16:
      values[i] = array.as<int16_t>()[i];
      break;
    case ElementType::I32:
      values[i] = array.as<int32_t>()[i];
      break;
    case ElementType::I64:
      values[i] = array.as<int64_t>()[i];
      break;
    default:
      ADD_FAILURE() << "not integers: " << nameOf(array.type);
    }
  return values;
}

inline std::vector<float> toFloats(const TensorArray &array) {
  EXPECT_EQ(array.type, ElementType::F32);
  const float *values = array.as<float>();
  return {values, values + array.data.size() / sizeof(float)};
}

/// Integers as elements of `type`.
inline std::vector<char> encode(ElementType type,
                                const std::vector<int64_t> &values) {
  std::vector<char> data(values.size() * sizeOf(type));
  for (size_t i = 0; i < values.size(); ++i) {
    float real = float(values[i]);
    const void *from = &values[i]; // little endian
    if (type == ElementType::F32)
      from = &real;
    std::memcpy(data.data() + i * sizeOf(type), from, sizeOf(type));
  }
  return data;
}

inline std::vector<TensorArray> runOrFail(const Program &program,
                                          const InputValues &inputs,
                                          int64_t samples,
                                          InterpreterOptions options = {}) {
  auto interpreter = Interpreter::create(program, std::move(options));
  if (!interpreter) {
    ADD_FAILURE() << interpreter.message();
    return {};
  }
  auto arrays = (*interpreter)->run(inputs, samples);
  if (!arrays) {
    ADD_FAILURE() << arrays.message();
    return {};
  }
  return std::move(*arrays);
}

/// Random numbers, the same on each run.
struct Random {
  explicit Random(unsigned seed) : engine(seed) {}

  int64_t integer(int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(engine);
  }
  bool coin() { return integer(0, 1) == 1; }

  template <typename T>
  std::vector<T> vector(int64_t count, int64_t lower, int64_t upper) {
    std::vector<T> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(static_cast<T>(integer(lower, upper)));
    return values;
  }
  /// None, one, or one for each channel.
  template <typename T>
  std::vector<T> channels(int64_t count, int64_t lower, int64_t upper) {
    int64_t kind = integer(0, 2);
    return vector<T>(kind == 0 ? 0 : kind == 1 ? 1 : count, lower, upper);
  }

  std::mt19937_64 engine;
};

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_INTERPRETER_PROGRAMBUILDER_H
