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

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace qml {

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

/// Calls `visit` with the values of an array of numbers, whatever their type.
template <typename Visit>
static auto visitNumbers(const NpyArray &array, const std::string &name,
                         Visit visit) -> decltype(visit(array.as<float>())) {
  switch (array.type) {
  case ElementType::Bool:
  case ElementType::U8:
    return visit(array.as<uint8_t>());
  case ElementType::U16:
    return visit(array.as<uint16_t>());
  case ElementType::U32:
    return visit(array.as<uint32_t>());
  case ElementType::U64:
    return visit(array.as<uint64_t>());
  case ElementType::I8:
    return visit(array.as<int8_t>());
  case ElementType::I16:
    return visit(array.as<int16_t>());
  case ElementType::I32:
    return visit(array.as<int32_t>());
  case ElementType::I64:
    return visit(array.as<int64_t>());
  case ElementType::F32:
    return visit(array.as<float>());
  case ElementType::F64:
    return visit(array.as<double>());
  default:
    return Error{name + ": labels are of " + nameOf(array.type) +
                 "; store them as integers, float32 or float64"};
  }
}

/// "the label 4 (sample 7)".
static std::string describe(double label, int64_t sample) {
  return "the label " + showNumber(label) + " (sample " +
         std::to_string(sample) + ")";
}

/// Of columns, one for each class.
template <typename T>
static Result<std::vector<int64_t>> readColumns(const T *values,
                                                const std::string &name,
                                                const LabeledResults &results) {
  std::vector<int64_t> labels;
  for (int64_t i = 0, e = results.numLabels(); i != e; ++i) {
    const T *end = values + results.classes;
    const T *one = std::find(values, end, T(1));
    if (one == end || std::count(values, end, T(0)) != results.classes - 1)
      return Error{name + ": sample " + std::to_string(i / results.places) +
                   " has no single 1 among zeros; labels are one column for "
                   "each of the " +
                   std::to_string(results.classes) +
                   " classes, with a 1 in that of the sample and 0 elsewhere, "
                   "or one whole number for each sample"};
    labels.push_back(one - values);
    values = end;
  }
  return labels;
}

/// Whole numbers, one for each label.
template <typename T>
static Result<std::vector<int64_t>> readNumbers(const T *values,
                                                const std::string &name,
                                                const LabeledResults &results) {
  int64_t classes = results.classes;
  std::vector<int64_t> labels;
  for (int64_t i = 0, e = results.numLabels(); i != e; ++i) {
    auto label = double(values[i]);
    int64_t sample = i / results.places;
    // What is no number is none of them.
    bool isClass = label >= 0 && label < double(std::max<int64_t>(classes, 2));
    if (classes == 1 && (!isClass || label != std::floor(label)))
      return Error{name + ": has " + describe(label, sample) +
                   "; a network with one result tells two classes apart, whose "
                   "labels are 0 and 1; for numbers use --metric=error"};
    if (!isClass)
      return Error{name + ": has " + describe(label, sample) +
                   "; the network has classes 0 to " +
                   std::to_string(classes - 1)};
    if (label != std::floor(label))
      return Error{name + ": has " + describe(label, sample) +
                   "; labels are whole numbers, or one column for each of "
                   "the " +
                   std::to_string(classes) + " classes"};
    labels.push_back(int64_t(label));
  }
  return labels;
}

static Shape withoutOnes(Shape shape) {
  llvm::erase(shape, 1);
  return shape;
}

LabeledResults::LabeledResults(int64_t samples, const Shape &results)
    : samples(samples), shape({samples}) {
  if (!results.empty())
    shape.insert(shape.end(), results.begin(), results.end() - 1);
  classes = results.empty() ? 1 : results.back();
  places = numElements(results) / classes;
}

/// "has 16 labels for 8 samples, in shape (8, 2)".
static Error countError(const NpyArray &array, const std::string &name,
                        int64_t found, const LabeledResults &results) {
  std::string text = name + ": has " + showCount(found, "label") + " for " +
                     showCount(results.samples, "sample") + ", in shape " +
                     toString(array.shape);
  if (results.places > 1)
    text += "; allowed is " + toString(results.shape) + ", a class for each " +
            "place, or a column more for each of the " +
            std::to_string(results.classes) + " classes";
  return Error{text};
}

Result<std::vector<int64_t>> readLabels(const NpyArray &array,
                                        const std::string &name,
                                        const LabeledResults &results) {
  // A single column holds numbers.
  bool areColumns = results.classes > 1 && array.shape.size() > 1 &&
                    array.shape.back() == results.classes &&
                    array.size() != results.numLabels();
  int64_t found = areColumns ? array.size() / results.classes : array.size();
  Shape shape = array.shape;
  if (areColumns)
    shape.pop_back();
  if (found != results.numLabels() ||
      (results.places > 1 && withoutOnes(shape) != withoutOnes(results.shape)))
    return countError(array, name, found, results);
  return visitNumbers(array, name,
                      [&](auto *values) -> Result<std::vector<int64_t>> {
                        return areColumns ? readColumns(values, name, results)
                                          : readNumbers(values, name, results);
                      });
}

Result<std::vector<double>>
readTruth(const NpyArray &array, const std::string &name, const Shape &shape) {
  if (withoutOnes(array.shape) != withoutOnes(shape))
    return Error{name + ": has shape " + toString(array.shape) +
                 "; the results of all samples have " + toString(shape)};
  return visitNumbers(
      array, name, [&](auto *values) -> Result<std::vector<double>> {
        std::vector<double> truth(values, values + array.size());
        for (size_t i = 0; i != truth.size(); ++i)
          if (!std::isfinite(truth[i]))
            return Error{
                name + ": has " +
                describe(truth[i], int64_t(i) * shape.front() / array.size()) +
                "; numbers to compare with are finite"};
        return truth;
      });
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
    // Memories are among the results, too.
    isProbability = endsInSigmoid(getOutputs(loaded.network)[index]->get());
  } else {
    const Program &program = loaded.flat.program;
    isProbability = endsInSigmoid(program, program.outputs[index].tensor);
  }
  return isProbability ? 0.5 : 0;
}

} // namespace qml
