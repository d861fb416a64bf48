//===- Summary.cpp - The table of layers ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Report/Report.h"

#include "qml/Support/Quote.h"

#include "llvm/Support/Format.h"

using namespace mlir;

namespace qml {

ParameterCount countParameters(LayerOpInterface layer) {
  ParameterCount count;
  count.trainable = layer.getNumTrainableParameters();
  count.nonTrainable = layer.getNumNonTrainableParameters();
  auto ranges = [](Granularity granularity, Value value) -> int64_t {
    int64_t channels = getNumChannels(value);
    return 2 * (granularity == Granularity::PerAxis ? channels : 1);
  };
  if (OutputQuantizerOp quantizer = getOutputQuantizer(layer))
    count.nonTrainable +=
        ranges(quantizer.getGranularity(), quantizer.getInput());
  if (auto quantizer = dyn_cast<InputQuantizerOp>(*layer))
    count.nonTrainable +=
        ranges(quantizer.getGranularity(), quantizer.getInput());
  return count;
}

/// Bytes of parameters of four bytes each, as Keras prints them: 5.81 KB.
static std::string formatBytes(int64_t parameters) {
  double bytes = 4.0 * parameters;
  const char *units[] = {"Byte", "KB", "MB", "GB", "TB"};
  unsigned unit = 0;
  for (; bytes >= 1024.0 && unit != 4; ++unit)
    bytes /= 1024.0;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2f ", bytes) << units[unit];
  return text;
}

static std::string formatShape(Value value) {
  std::string text = "(None";
  for (int64_t extent : getShape(value).drop_front())
    text += ", " + std::to_string(extent);
  return text + ")";
}

namespace {
struct Row {
  std::string layer, shape, parameters, inputs;
};
} // namespace

/// The names of the layers before, with commas between.
static std::string formatInputs(func::FuncOp network, LayerOpInterface layer) {
  std::string text;
  for (Value operand : layer->getOperands()) {
    LayerOpInterface producer = getProducer(operand);
    text += text.empty() ? "" : ", ";
    text += printable(
        producer ? producer.getLayerName().str()
                 : getInputName(network,
                                cast<BlockArgument>(operand).getArgNumber()));
  }
  return text;
}

/// Whether each layer feeds the next one alone.
static bool isChain(func::FuncOp network) {
  if (network.getNumArguments() != 1)
    return false;
  Value previous = network.getArgument(0);
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    if (layer->getNumOperands() != 1 || layer->getOperand(0) != previous)
      return false;
    previous = getOutput(layer);
  }
  return true;
}

void printSummary(func::FuncOp network, llvm::raw_ostream &os) {
  std::vector<Row> rows;
  ParameterCount total;
  bool annotated = isAnnotated(network);
  llvm::DenseSet<Operation *> floats = getFloatLayers(network);
  for (BlockArgument input : network.getArguments())
    rows.push_back({printable(getInputName(network, input.getArgNumber())) +
                        " (InputLayer)",
                    formatShape(input), "0", ""});
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    ParameterCount count = countParameters(layer);
    total.trainable += count.trainable;
    total.nonTrainable += count.nonTrainable;
    bool isQuantized = annotated && !floats.contains(layer) &&
                       !isa<InputQuantizerOp, DequantizerOp>(*layer);
    rows.push_back({printable(layer.getLayerName()) + " (" +
                        (isQuantized ? "Quantized" : "") +
                        printable(layer.getClassName()) + ")",
                    formatShape(layer->getResult(0)),
                    std::to_string(count.trainable + count.nonTrainable),
                    formatInputs(network, layer)});
  }

  Row header{"Layer (type)", "Output Shape", "Param #", "Connected to"};
  bool showInputs = !isChain(network);
  size_t widths[3] = {header.layer.size(), header.shape.size(),
                      header.parameters.size()};
  size_t inputsWidth = header.inputs.size();
  for (const Row &row : rows) {
    widths[0] = std::max(widths[0], row.layer.size());
    widths[1] = std::max(widths[1], row.shape.size());
    widths[2] = std::max(widths[2], row.parameters.size());
    inputsWidth = std::max(inputsWidth, row.inputs.size());
  }
  size_t width = widths[0] + widths[1] + widths[2] + 4 +
                 (showInputs ? inputsWidth + 2 : 0);
  auto print = [&](const Row &row) {
    os << row.layer << std::string(widths[0] - row.layer.size() + 2, ' ')
       << row.shape << std::string(widths[1] - row.shape.size() + 2, ' ')
       << row.parameters;
    if (showInputs && !row.inputs.empty())
      os << std::string(widths[2] - row.parameters.size() + 2, ' ')
         << row.inputs;
    os << "\n";
  };
  auto module = network->getParentOfType<ModuleOp>();
  os << "Model: \"" << printable(module.getSymName().value_or("model"))
     << "\"\n"
     << std::string(width, '_') << "\n";
  print(header);
  os << std::string(width, '=') << "\n";
  for (const Row &row : rows)
    print(row);
  os << std::string(width, '=') << "\n";
  auto line = [&](StringRef label, int64_t count) {
    os << label << ": " << count << " (" << formatBytes(count) << ")\n";
  };
  line("Total params", total.trainable + total.nonTrainable);
  line("Trainable params", total.trainable);
  line("Non-trainable params", total.nonTrainable);
  os << std::string(width, '_') << "\n";
}

} // namespace qml
