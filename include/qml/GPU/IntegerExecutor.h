//===- IntegerExecutor.h - Integer networks on a GPU ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs integer programs over whole sets of samples. Integers, and floats that
// are quantizers' and dequantizers' work, are those of the interpreter to the
// bit; a softmax after them is not.
//
//===----------------------------------------------------------------------===//

#ifndef QML_GPU_INTEGEREXECUTOR_H
#define QML_GPU_INTEGEREXECUTOR_H

#include "qml/Calibration/Samples.h"
#include "qml/Program/Program.h"
#include "qml/Support/Result.h"

#include <cstdint>
#include <vector>

namespace qml {

struct IntegerExecutorOptions {
  /// Tensors that `run` delivers, as indices into Program::tensors. Each has to
  /// be an input or computed by the program.
  std::vector<int> keep;
  /// Most samples that go through the network together; 0 for what suits the
  /// network. Results do not depend on it.
  int64_t chunk = 0;
  /// Most bytes of the device's memory for activations, 0 for what is free.
  size_t memoryLimit = 0;
  /// Compute what follows a convolution in the registers that hold its result.
  /// Results do not depend on it.
  bool fuse = true;
};

class IntegerExecutor {
public:
  virtual ~IntegerExecutor() = default;

  /// Runs samples `first` to `first + count - 1`. results[i] is where the
  /// values of options.keep[i] go, in that tensor's element type, dense,
  /// samples outermost; null if nobody wants them. Fails if a value of an input
  /// with a fixed point exceeds its value bits, or the device fails.
  virtual Status run(const SampleSet &samples, int64_t first, int64_t count,
                     const std::vector<void *> &results) = 0;

  /// Samples that go through the network together.
  virtual int64_t chunk() const = 0;
};

/// Whether a GPU can run the program; the message names the layer that it
/// cannot. Needs no GPU.
Status canRunOnGPU(const Program &program);

} // namespace qml

#endif // QML_GPU_INTEGEREXECUTOR_H
