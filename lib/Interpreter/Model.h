//===- Model.h - What the interpreter knows of a program --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the files of the interpreter: tensors as they lie in memory, and
// the steps that a program becomes.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_INTERPRETER_MODEL_H
#define QML_LIB_INTERPRETER_MODEL_H

#include "qml/Program/ValueRanges.h"

#include <memory>

namespace qml {
namespace interpreter {

struct KernelTable;

/// How the elements of a tensor are kept while the program runs: the narrowest
/// type that provably holds them, whatever Tensor::type says. Conversions
/// happen where values enter and leave.
enum class Storage : uint8_t { I16, I32, I64, F32 };

constexpr size_t bytesOf(Storage storage) {
  return storage == Storage::I16 ? 2 : storage == Storage::I64 ? 8 : 4;
}

struct TensorInfo : ValueInfo {
  Storage storage = Storage::F32;
  /// Byte offset into the arena.
  size_t offset = 0;

  size_t bytes() const { return size_t(elements) * bytesOf(storage); }
};

/// One thread's memory while it runs some samples.
struct Frame {
  char *arena;
  char *scratch;
  int64_t samples;
  const std::vector<TensorInfo> &tensors;
  /// Where the caller has the values of these samples, by tensor: those of
  /// inputs, and those of results that are wanted; else null.
  const std::vector<char *> &outside;

  template <typename T>
  T *data(int tensor) const {
    return reinterpret_cast<T *>(arena + tensors[tensor].offset);
  }
};

class Step;
using StepPtr = std::unique_ptr<Step>;

/// One operation, ready to run; or several, if the step takes those that
/// follow it.
class Step {
public:
  virtual ~Step() = default;
  /// Computes the result for all samples of the frame.
  virtual void run(const Frame &frame) const = 0;
  /// Bytes of scratch memory for `samples` samples. Saturates, never overflows.
  virtual size_t scratchBytes(int64_t samples) const { return 0; }

  /// Whether each element of the result is made of the same one of the only
  /// input, and `runOn` does that.
  virtual bool isElementwise() const { return false; }
  /// Computes `count` elements, from one of the first channel on.
  virtual void runOn(const void *x, void *out, int64_t count) const {}

  /// Whether the step can pass its results on to elementwise ones while they
  /// are in the caches.
  virtual bool takesFollowers() const { return false; }
  /// Makes the step that reads the result, alone, part of this one, which gives
  /// tensor `result` from then on.
  virtual void take(StepPtr follower, int result) {}
  /// Writes the result to where the caller wants it, and nowhere else: no step
  /// reads it.
  virtual void deliverDirectly() {}

  /// Whether the step can read an input of bytes where the caller has it.
  virtual bool canReadBytes() const { return false; }
  virtual void readBytes(ElementType type) {}
};

/// What the makers of steps need.
struct Planner {
  const Program &program;
  std::vector<TensorInfo> &tensors;
  const KernelTable &kernels;
};

//===----------------------------------------------------------------------===//
// Values in and out
//===----------------------------------------------------------------------===//

/// Whether a range holds all that a type of a byte can say.
bool holdsAll(IntegerRange range, ElementType type);

/// Values of an input, from its element type. False if an integer exceeds the
/// range, which all lie within.
bool readInput(const Tensor &tensor, const TensorInfo &info, const char *from,
               int64_t count, char *to);

/// Values of a tensor, in its element type.
void deliver(const Tensor &tensor, const TensorInfo &info, const char *from,
             int64_t count, char *to);

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// Any operation with an integer result, and Dequantizer: plain loops.
/// `product` is set for products, and empty otherwise.
StepPtr makePlainStep(const Planner &planner, const Operation &operation,
                      std::unique_ptr<Product> product);

/// Null where the fast kernels do not apply.
StepPtr makeFastProduct(const Planner &planner, const Operation &operation,
                        const Product &product, const ProductRanges &ranges);

/// Integer operations that are no products, and Dequantizer. Null where the
/// fast kernels do not apply.
StepPtr makeFastStep(const Planner &planner, const Operation &operation);

/// Any operation with a float result but Dequantizer.
StepPtr makeFloatStep(const Planner &planner, const Operation &operation);

} // namespace interpreter
} // namespace qml

#endif // QML_LIB_INTERPRETER_MODEL_H
