//===- Labels.cpp - What arrays of labels stand for -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Labels.h"

#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace qml {

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

/// "the label 4 (sample 7)".
static std::string describe(double label, size_t sample) {
  return "the label " + showNumber(label) + " (sample " +
         std::to_string(sample) + ")";
}

/// Of columns, one for each class.
template <typename T>
static Result<std::vector<int64_t>>
readColumns(const T *values, const std::string &name, int64_t classes,
            int64_t samples) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i != samples; ++i, values += classes) {
    const T *end = values + classes, *one = std::find(values, end, T(1));
    if (one == end || std::count(values, end, T(0)) != classes - 1)
      return Error{name + ": sample " + std::to_string(i) +
                   " has no single 1 among zeros; labels are one column for "
                   "each of the " +
                   std::to_string(classes) +
                   " classes, with a 1 in that of the sample and 0 elsewhere, "
                   "or one whole number for each sample"};
    labels.push_back(one - values);
  }
  return labels;
}

template <typename T>
static Result<std::vector<int64_t>>
readLabels(const NpyArray &array, const std::string &name, int64_t classes,
           int64_t samples) {
  const T *values = array.as<T>();
  // A single column holds numbers.
  bool areColumns = classes > 1 && array.shape.size() > 1 &&
                    array.shape.back() == classes && array.size() != samples;
  int64_t count = areColumns ? array.size() / classes : array.size();
  if (count != samples)
    return Error{name + ": has " + std::to_string(count) + " label" +
                 (count == 1 ? "" : "s") + " for " + std::to_string(samples) +
                 " sample" + (samples == 1 ? "" : "s") + ", in shape " +
                 toString(array.shape)};
  if (areColumns)
    return readColumns(values, name, classes, samples);
  std::vector<int64_t> labels;
  for (size_t i = 0; i != size_t(samples); ++i) {
    auto label = double(values[i]);
    // What is no number is none of them.
    bool isClass = label >= 0 && label < double(std::max<int64_t>(classes, 2));
    if (classes == 1 && (!isClass || label != std::floor(label)))
      return Error{name + ": has " + describe(label, i) +
                   "; a network with one result tells two classes apart, whose "
                   "labels are 0 and 1"};
    if (!isClass)
      return Error{name + ": has " + describe(label, i) +
                   "; the network has classes 0 to " +
                   std::to_string(classes - 1)};
    if (label != std::floor(label))
      return Error{
          name + ": has " + describe(label, i) +
          "; labels are whole numbers, or one column for each of the " +
          std::to_string(classes) + " classes"};
    labels.push_back(int64_t(label));
  }
  return labels;
}

Result<std::vector<int64_t>> readLabels(const NpyArray &array,
                                        const std::string &name,
                                        int64_t classes, int64_t samples) {
  switch (array.type) {
  case ElementType::Bool:
  case ElementType::U8:
    return readLabels<uint8_t>(array, name, classes, samples);
  case ElementType::U16:
    return readLabels<uint16_t>(array, name, classes, samples);
  case ElementType::U32:
    return readLabels<uint32_t>(array, name, classes, samples);
  case ElementType::U64:
    return readLabels<uint64_t>(array, name, classes, samples);
  case ElementType::I8:
    return readLabels<int8_t>(array, name, classes, samples);
  case ElementType::I16:
    return readLabels<int16_t>(array, name, classes, samples);
  case ElementType::I32:
    return readLabels<int32_t>(array, name, classes, samples);
  case ElementType::I64:
    return readLabels<int64_t>(array, name, classes, samples);
  case ElementType::F32:
    return readLabels<float>(array, name, classes, samples);
  case ElementType::F64:
    return readLabels<double>(array, name, classes, samples);
  default:
    return Error{name + ": labels are of " + nameOf(array.type) +
                 "; store them as integers, float32 or float64"};
  }
}

//===----------------------------------------------------------------------===//
// The threshold of two classes
//===----------------------------------------------------------------------===//

static bool isSigmoid(Activation function) {
  return function == Activation::Sigmoid ||
         function == Activation::HardSigmoid ||
         function == Activation::HardSigmoid6;
}

/// Whether what a network returns comes from a sigmoid, but for its form.
static bool endsInSigmoid(Value result) {
  while (mlir::Operation *op = result.getDefiningOp()) {
    if (auto activation = dyn_cast<ActivationOp>(op))
      return isSigmoid(activation.getFunction());
    if (!isa<DequantizerOp, OutputQuantizerOp, FlattenOp, ReshapeOp>(op))
      return false;
    result = op->getOperand(0);
  }
  return false;
}

/// The same of a program of integers, whose functions are tables.
static bool endsInSigmoid(const Program &program, int tensor) {
  for (auto op = program.operations.rbegin(); op != program.operations.rend();
       ++op) {
    if (op->output != tensor)
      continue;
    if (const auto *lookUp = op->as<LookUp>())
      return !lookUp->table.empty() && lookUp->table.front() >= 0 &&
             std::is_sorted(lookUp->table.begin(), lookUp->table.end());
    if (!op->as<Dequantizer>() && !op->as<OutputQuantizer>() && !op->as<Move>())
      return false;
    tensor = op->inputs.front();
  }
  return false;
}

double findThreshold(const LoadedNetwork &loaded, size_t index) {
  bool isProbability = false;
  if (loaded.network) {
    func::FuncOp network = loaded.network;
    mlir::Operation *end = network.front().getTerminator();
    isProbability = endsInSigmoid(end->getOperand(unsigned(index)));
  } else {
    const Program &program = loaded.flat.program;
    isProbability = endsInSigmoid(program, program.outputs[index].tensor);
  }
  return isProbability ? 0.5 : 0;
}

} // namespace qml
