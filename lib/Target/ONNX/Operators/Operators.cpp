//===- Operators.cpp - The table of all operators -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"

#include "qml/Target/ONNX/ImportONNX.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace qml {

ArrayRef<ONNXOperator> getONNXOperators() {
  static const std::vector<ONNXOperator> all = [] {
    std::vector<ONNXOperator> rows;
    for (auto *getOperators :
         {getActivationOperators, getChoiceOperators, getConvolutionOperators,
          getElementwiseOperators, getGatherOperators, getJoinOperators,
          getPadOperators, getPartOperators, getPoolOperators,
          getProductOperators, getRepeatOperators, getResizeOperators,
          getShapeOperators})
      llvm::append_range(rows, getOperators());
    llvm::sort(rows, [](const ONNXOperator &a, const ONNXOperator &b) {
      return a.name < b.name;
    });
    return rows;
  }();
  return all;
}

const ONNXOperator *findONNXOperator(StringRef name) {
  auto all = getONNXOperators();
  auto found = llvm::lower_bound(all, name,
                                 [](const ONNXOperator &row, StringRef wanted) {
                                   return row.name < wanted;
                                 });
  return found != all.end() && found->name == name ? found : nullptr;
}

ONNXIntegers findONNXIntegers(const ONNXOperator &op) {
  auto isOneOf = [&](ArrayRef<ONNXOperator> rows) {
    return llvm::any_of(
        rows, [&](const ONNXOperator &row) { return row.name == op.name; });
  };
  if (op.name == "Cast" || op.name == "DequantizeLinear" ||
      isOneOf(getConvolutionOperators()) || isOneOf(getProductOperators()))
    return ONNXIntegers::Floats;
  bool isArithmetic = isOneOf(getActivationOperators()) ||
                      isOneOf(getChoiceOperators()) ||
                      isOneOf(getElementwiseOperators());
  return isArithmetic ? ONNXIntegers::Arithmetic : ONNXIntegers::Kept;
}

SmallVector<StringRef> getSupportedONNXOperators() {
  SmallVector<StringRef> names;
  for (const ONNXOperator &row : getONNXOperators())
    names.push_back(row.name);
  return names;
}

void printONNXOperators(llvm::raw_ostream &os) {
  os << "| operator | |\n|---|---|\n";
  for (const ONNXOperator &row : getONNXOperators())
    os << "| " << row.name << " | " << row.support << " |\n";
}

std::string whyONNXUnsupported(StringRef name) {
  auto [domain, op] = name.split("::");
  if (domain == "com.microsoft")
    return "it is ONNX Runtime's own (com.microsoft), of a graph that it has "
           "optimized; save that with ORT_ENABLE_BASIC, or give the file that "
           "it was made of";
  if (!op.empty())
    return ("the operators of the domain '" + domain +
            "' are not supported, only those of ai.onnx; end the network "
            "before with --outputs")
        .str();
  StringRef why =
      llvm::StringSwitch<StringRef>(name)
          .Cases({"LSTM", "GRU", "RNN"},
                 "it carries a state of real numbers from step to step, which "
                 "has no integer form here; use convolutions over time, or ")
          .Cases({"Loop", "Scan"},
                 "what it computes is chosen while the network runs")
          .Cases({"LayerNormalization", "InstanceNormalization",
                  "GroupNormalization", "LpNormalization",
                  "MeanVarianceNormalization", "LRN", "RMSNormalization"},
                 "it normalizes by statistics of each sample, which has no "
                 "integer form: integers have fixed scales; use "
                 "BatchNormalization, or ")
          .Cases({"Attention", "MultiHeadAttention"},
                 "it multiplies what the network computes with what it "
                 "computes, which has no integer form; ")
          .Cases({"DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul",
                  "ConvInteger", "MatMulInteger"},
                 "the file is quantized already; give the float model, or ")
          .Cases({"ArgMax", "ArgMin", "NonMaxSuppression", "NonZero"},
                 "its results are places, not values")
          .Case("TopK", "which values it takes depends on the sample")
          .Case("ReduceL2",
                "it is the length of each sample's own values, which has no "
                "integer form; where directions are compared, ")
          .Default("there is no layer for it");
  constexpr StringRef end = "end the network before with --outputs";
  return (why + (why.ends_with(" ") ? "" : "; ") + end).str();
}

} // namespace qml
