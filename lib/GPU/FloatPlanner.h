//===- FloatPlanner.h - Makes a plan of a program ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the program once, in order, and decides what is computed together. Jobs
// are made at the end, when it is known where everything lies.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_FLOATPLANNER_H
#define QML_LIB_GPU_FLOATPLANNER_H

#include "FloatPlan.h"

#include "qml/Program/Kinds.h"
#include "qml/Program/MemoryPlan.h"

#include <optional>

namespace qml {
namespace gpu {

/// A vector or kernel in the memory of constants; none if negative.
struct ConstantRef {
  int64_t offset = -1; ///< in floats
  int32_t count = 0;

  explicit operator bool() const { return offset >= 0; }
};

/// A tensor in the arena, and what its layer left to be done by who reads it.
struct Value {
  int buffer = -1;
  ConstantRef bias;
  Bounds bounds;
  /// Index of a range that is still to be observed, or -1.
  int range = -1;

  bool isComplete() const { return !bias && bounds.isNone() && range < 0; }
};

class FloatPlanner {
public:
  FloatPlanner(Device &device, const Program &program,
               const ObserverLayout &layout, FloatPlanOptions options);

  Result<std::unique_ptr<FloatPlan>> run();

private:
  /// Of sources that go element by element.
  static constexpr int64_t anyUnit = 4;

  /// Where things lie when jobs are made.
  struct Places {
    char *arena;
    const std::vector<size_t> &offsets;
    const float *constants;
    const char *samples; ///< of one of the buffers

    float *at(int buffer) const {
      return reinterpret_cast<float *>(arena + offsets[size_t(buffer)]);
    }
  };
  using MakeJob = std::function<JobPtr(const Places &)>;

  void findUsers();
  // One overload for each kind of operation.
  Status emitKind(int index, const Rescaling &rescaling);
  Status emitKind(int index, const Conv2D &conv);
  Status emitKind(int index, const Conv2DTranspose &conv);
  Status emitKind(int index, const Dense &dense);
  Status emitKind(int index, const BatchNorm &norm);
  Status emitKind(int index, const ReLU &relu);
  Status emitKind(int index, const Add &);
  Status emitKind(int index, const Multiply &);
  Status emitKind(int index, const ScalarActivation &activation);
  Status emitKind(int index, const Concatenate &);
  Status emitKind(int index, const AlignedReshape &);
  Status emitKind(int index, const MaxPool2D &pool);
  Status emitKind(int index, const AveragePool2D &pool);
  Status emitKind(int index, const GlobalAveragePool2D &);
  Status emitKind(int index, const Move &move);
  Status emitKind(int index, const Softmax &);
  /// Of networks with memory, which the executor refuses.
  Status emitKind(int index, const Push &) {
    return integersOnlyError(operation(index));
  }
  Status emitKind(int index, const Recurrence &) {
    return refuse(index, "is a recurrence");
  }
  Status emitKind(int index, const DifferenceTest &) {
    return refuse(index, "tests how far predictions are from the truth");
  }
  Status refuse(int index, const char *what) const {
    return Error{"layer '" + operation(index).layer + "' " + what +
                 ", which is not done on GPUs; use the CPU"};
  }
  template <typename Kind>
  IfIntegersOnly<Status, Kind> emitKind(int index, const Kind &) {
    return integersOnlyError(operation(index));
  }

  template <typename Source>
  void emitPool(int index, const Window &window);
  Status emitPatches(int index, const Conv2D &conv,
                     const WindowGeometry &geometry);
  void emitDepthwise(int index, const Conv2D &conv,
                     const WindowGeometry &geometry);
  Status emitCellProduct(int index, const Constant &kernel,
                         const Constant &bias);
  /// A product of `rows` rows a sample, which lie in buffer `in`.
  Status emitProduct(int index, int in, int64_t rows, int64_t inputs,
                     const Constant &kernel, const Constant &bias);
  /// `tensor` is input number `input`, or what the rescaling makes of it.
  void emitInput(size_t input, int tensor, const Rescaling *rescaling);
  /// See Combine; `b` may be none. `tensor` is what becomes of them.
  void emitCombine(int tensor, const Value &a, const Value &b,
                   ConstantRef scale, ConstantRef shift, Bounds bounds, int out,
                   int range);
  void emitElementwise(int index, ConstantRef scale, ConstantRef shift,
                       Bounds bounds);
  /// Tensors side by side, each with so many channels.
  int emitJoin(const std::vector<std::pair<int, int64_t>> &inputs,
               int64_t cells, int tensor, int range);
  int emitPad(int input, const int64_t (&begin)[2], const int64_t (&end)[2],
              const std::vector<float> &value);
  void emitHeader();
  void emitFinish(int tensor, Value value);
  void emitLook(int tensor, int buffer, int range);
  void emitCount(size_t range, int buffer, int tensor);

  /// Defines `tensor` by what a kernel of ours has left in `buffer`; `range` is
  /// what it has observed, or -1.
  void define(int tensor, int buffer, int range);
  /// Defines `tensor` by what a library has left in `value`.
  void defer(int tensor, Value value);
  /// The value of `tensor` with nothing left to do.
  int complete(int tensor);
  /// The value of `tensor` for operation `index`, which does what is left.
  Value take(int tensor, int index);
  /// Observes what nobody else has.
  void observe(int tensor, int exceptRange);
  /// A range of `tensor` that the kernel can observe that makes it, or -1.
  int rangeOf(int tensor) const;
  Observer observerOf(int range) const;

  int newBuffer(int64_t sampleElements, int64_t samples);
  int bufferFor(int tensor) {
    return newBuffer(elementsOf(tensor), options.chunk.samples());
  }
  /// The buffer of an input that is not needed after operation `index`, or a
  /// new one for `tensor`.
  int inPlace(const std::vector<int> &inputs, int tensor, int index);
  bool isDeadAfter(int buffer, int index) const;
  void touch(int buffer);
  void emit(const std::vector<int> &buffers, MakeJob make,
            bool readsSamples = false);
  /// A kernel that makes a tensor, or observes one. No pack crosses from one
  /// `unit` of neighbouring elements into the next: the channels of a cell, for
  /// sources that read windows.
  template <typename Source>
  void emitPass(const std::vector<int> &buffers, int64_t sampleElements,
                int64_t channels, int64_t unit, int range,
                std::function<Source(const Places &)> makeSource,
                bool readsSamples = false);
  template <typename T>
  void emitSamples(size_t input, int buffer, int tensor, int range,
                   ConstantRef scale, ConstantRef shift);
  /// The call for a problem, which `make` makes if it is a new one.
  template <typename Problem, typename Make>
  Result<LibraryCall *>
  findCall(std::vector<std::pair<Problem, LibraryCall *>> &calls,
           const Problem &problem, Make make);
  void callLibrary(LibraryCall *call, int in, int out, ConstantRef weights,
                   ConstantRef bias);

  int soleUser(int tensor) const;
  bool isWanted(int tensor) const { return isKept[size_t(tensor)]; }
  /// The ReLU that alone reads `tensor`, which is not needed itself; -1 if
  /// there is none such.
  int reluAfter(int tensor) const;
  static Bounds boundsOf(const ReLU &relu);
  Bounds boundsAfter(int tensor) const;
  /// Whether what is left of `tensor` with its ReLU is observed.
  bool isObservedAfter(int tensor) const;
  /// Takes over that ReLU, and makes `tensor` its result.
  Bounds absorbReLU(int &tensor);
  /// Whether operation `index` is a kernel of ours that reads all of its input.
  bool canFinish(int index) const;

  ConstantRef addVector(const std::vector<float> &values);
  ConstantRef addConstant(const Constant &constant);
  /// (kh, kw, in, out) as (out, kh, kw, in).
  ConstantRef addConvKernel(const Constant &constant);
  ConstantRef reserve(int64_t count, std::function<void(float *)> fill);

  Status layOut();
  Status uploadConstants();
  Status makeJobs();

  const Shape &shapeOf(int tensor) const {
    return program.tensors[size_t(tensor)].shape;
  }
  int64_t elementsOf(int tensor) const { return numElements(shapeOf(tensor)); }
  int64_t channelsOf(int tensor) const {
    return shapeOf(tensor).empty() ? 1 : shapeOf(tensor).back();
  }
  const Operation &operation(int index) const {
    return program.operations[size_t(index)];
  }

  static SourceTensor inputOf(const Places &places, const Value &value);
  static PerChannel perChannel(const Places &places, ConstantRef constant);

  Device &device;
  const Program &program;
  const ObserverLayout &layout;
  FloatPlanOptions options;
  SampleLayout samples;
  std::unique_ptr<FloatPlan> plan;

  std::vector<std::optional<Value>> values;
  std::vector<std::vector<int>> users;
  std::vector<std::vector<int>> ranges; ///< requests of each tensor
  std::vector<bool> isKept;
  std::vector<bool> isDone;

  std::vector<Lifetime> buffers;
  std::vector<std::vector<int>> tensorsIn;
  size_t workspaceBytes = 0;
  /// Calls that were prepared; null where the library has none. Equal layers
  /// share one.
  std::vector<std::pair<ProductProblem, LibraryCall *>> products;
  std::vector<std::pair<ConvolutionProblem, LibraryCall *>> convolutions;
  std::vector<size_t> offsets;
  size_t workspaceOffset = 0;

  struct Emitted {
    MakeJob make;
    bool readsSamples;
  };
  std::vector<Emitted> emitted;

  struct Upload {
    ConstantRef where;
    std::function<void(float *)> fill;
  };
  std::vector<Upload> uploads;
  int64_t constantFloats = 0;
};

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_FLOATPLANNER_H
