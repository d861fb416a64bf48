//===- Interpreter.h - Execution of programs on the CPU ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a `Program`: integer operations exactly, under the arithmetic that the
// program names, float operations in plain float32. The reference for all
// other executors, and quick enough to evaluate a model with.
//
//===----------------------------------------------------------------------===//

#ifndef QML_INTERPRETER_INTERPRETER_H
#define QML_INTERPRETER_INTERPRETER_H

#include "qml/Program/Program.h"
#include "qml/Support/InstructionSet.h"
#include "qml/Support/Result.h"

#include <initializer_list>
#include <memory>
#include <vector>

namespace qml {

struct InterpreterOptions {
  /// Most threads to use; 0 for one per core. Results do not depend on it.
  int threads = 0;
  /// Tensors to deliver besides the program's outputs, as indices into
  /// Program::tensors. Each has to be an input or computed by the program.
  std::vector<int> keep;
  /// Compute integers with plain loops on 64 bits alone: slow, the measure for
  /// the fast kernels.
  bool plain = false;
  /// The best that is allowed; what the machine lacks is never used.
  InstructionSet instructionSet = InstructionSet::Best;
  /// Most bytes of activations and scratch memory for each thread. A program
  /// that needs more is refused.
  int64_t memoryLimit = int64_t(4) << 30;
};

/// The values of one tensor for a number of samples.
struct TensorArray {
  int tensor = -1;
  ElementType type = ElementType::F32;
  /// With the samples as the outermost axis.
  Shape shape;
  std::vector<char> data;

  template <typename T>
  const T *as() const {
    return reinterpret_cast<const T *>(data.data());
  }
};

/// Where the values of each input lie, in the order of Program::inputs: samples
/// one after the other, dense, in the tensor's element type. A pointer stands
/// for the only input.
class InputValues {
public:
  InputValues(const void *only) : list{only} {}
  InputValues(std::initializer_list<const void *> list) : list(list) {}
  InputValues(std::vector<const void *> list) : list(std::move(list)) {}

  size_t size() const { return list.size(); }
  const void *operator[](size_t input) const { return list[input]; }

private:
  std::vector<const void *> list;
};

/// What a network with memory remembers between samples.
struct Memory {
  /// The values of Program::states, in that order, dense, in the tensors'
  /// element types. Empty stands for zeros, where each sequence starts.
  std::vector<std::vector<char>> values;
  /// Samples of each sequence, after which the next one starts; 0 if all
  /// samples are one.
  int64_t sequenceLength = 0;
  /// Samples of the current sequence that the values come from.
  int64_t seen = 0;
};

/// A program made ready to run: checked, memory planned, weights packed.
class Interpreter {
public:
  /// Checks all of `program`, which has to outlive the interpreter, as have
  /// its weights. Fails if the program is malformed, asks for something that
  /// no model can mean (value bits above 32, ...), or needs more memory than
  /// allowed.
  static Result<std::unique_ptr<Interpreter>>
  create(const Program &program, InterpreterOptions options = {});

  ~Interpreter();
  Interpreter(const Interpreter &) = delete;
  Interpreter &operator=(const Interpreter &) = delete;

  /// The tensors that `run` delivers: outputs in the program's order, then
  /// kept ones in the order of the options, each once.
  const std::vector<int> &delivered() const;

  /// Runs `samples` samples. `results[i]` is where
  /// the values of delivered()[i] go, in that tensor's element type, dense,
  /// samples outermost; a null pointer means that nobody wants them. May be
  /// called from several threads at once. Fails if a value of an input with a
  /// fixed point exceeds its value bits, or memory runs out.
  ///
  /// Samples of a program with states follow each other in time; they start
  /// from `memory`, or from zeros without one, and leave in it what follows.
  Status run(const InputValues &inputs, int64_t samples, void *const *results,
             Memory *memory = nullptr) const;

  /// The same, with memory for the results, in the order of delivered().
  Result<std::vector<TensorArray>> run(const InputValues &inputs,
                                       int64_t samples,
                                       Memory *memory = nullptr) const;

private:
  struct Impl;
  explicit Interpreter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace qml

#endif // QML_INTERPRETER_INTERPRETER_H
