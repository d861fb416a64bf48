//===- Summary.cpp - The table of layers ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Report/Report.h"

#include "qml/Support/Quote.h"
#include "qml/Transforms/Losses.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
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

/// Bytes as Keras prints them: 5.81 KB.
static std::string formatBytes(double bytes) {
  const char *units[] = {"Byte", "KB", "MB", "GB", "TB"};
  unsigned unit = 0;
  for (; bytes >= 1024.0 && unit != 4; ++unit)
    bytes /= 1024.0;
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2f ", bytes) << units[unit];
  return text;
}

static std::string formatShape(ArrayRef<int64_t> shape) {
  std::string text = "(None";
  for (int64_t extent : shape)
    text += ", " + std::to_string(extent);
  return text + ")";
}

/// "8", or "8+4" for two kernels; "-" for none.
static std::string formatBits(const std::vector<int> &bits) {
  std::string text;
  for (int value : bits)
    text += (text.empty() ? "" : "+") + std::to_string(value);
  return text.empty() ? "-" : text;
}

/// Kernels and biases, packed.
static int64_t countWeightBytes(WeightedLayerOpInterface layer,
                                bool isQuantized) {
  int64_t bits = 0;
  for (const KernelInfo &info : layer.getKernels()) {
    auto quantizer =
        layer->getAttrOfType<WeightQuantizerAttr>(info.getQuantizerName());
    int each = isQuantized && quantizer ? quantizer.getBitwidth() : 32;
    bits += (getNumElements(info.kernel) * each + 7) / 8 * 8;
  }
  if (ElementsAttr bias = layer.getBiasAttr()) {
    AlignedQuantizerAttr quantizer = layer.getBiasQuantizerAttr();
    int each = !isQuantized ? 32 : quantizer ? quantizer.getBitwidth() : 8;
    bits += (getNumElements(bias) * each + 7) / 8 * 8;
  }
  return bits / 8;
}

/// What each layer of an integer network loses first.
static llvm::StringMap<std::string> describeLosses(func::FuncOp network) {
  llvm::StringMap<std::string> losses;
  if (!isInteger(network))
    return losses;
  if (FailureOr<std::vector<Loss>> found = findLosses(network);
      succeeded(found))
    for (const Loss &loss : *found)
      losses.try_emplace(loss.layer, describe(loss));
  return losses;
}

std::vector<LayerSummary> summarize(func::FuncOp network) {
  std::vector<LayerSummary> layers;
  llvm::StringMap<std::string> losses = describeLosses(network);
  bool annotated = isAnnotated(network);
  llvm::DenseSet<mlir::Operation *> floats = getFloatLayers(network);
  auto addShape = [](LayerSummary &summary, Value value) {
    ArrayRef<int64_t> shape = getShape(value).drop_front();
    summary.shape.assign(shape.begin(), shape.end());
  };
  for (BlockArgument input : getInputs(network)) {
    LayerSummary &summary = layers.emplace_back();
    summary.name = getInputName(network, input.getArgNumber());
    summary.type = "InputLayer";
    summary.isInput = true;
    addShape(summary, input);
  }
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    LayerSummary &summary = layers.emplace_back();
    summary.name = layer.getLayerName().str();
    summary.type = layer.getClassName().str();
    addShape(summary, layer->getResult(0));
    summary.loss = losses.lookup(summary.name);
    summary.parameters = countParameters(layer);
    for (Value operand : layer->getOperands()) {
      if (isState(operand))
        continue;
      LayerOpInterface producer = getProducer(operand);
      summary.inputs.push_back(
          producer ? producer.getLayerName().str()
                   : getInputName(network,
                                  cast<BlockArgument>(operand).getArgNumber()));
    }
    summary.isQuantized = annotated && !floats.contains(layer) &&
                          !isa<InputQuantizerOp, DequantizerOp>(*layer);
    if (auto quantizer = dyn_cast<InputQuantizerOp>(*layer))
      summary.resultBits = quantizer.getBitwidth();
    else if (OutputQuantizerOp quantizer = getOutputQuantizer(layer))
      summary.resultBits = quantizer.getBitwidth();
    auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer);
    if (!weighted)
      continue;
    summary.weightBytes = countWeightBytes(weighted, summary.isQuantized);
    if (summary.isQuantized)
      for (const KernelInfo &info : weighted.getKernels())
        if (auto quantizer = layer->getAttrOfType<WeightQuantizerAttr>(
                info.getQuantizerName()))
          summary.weightBits.push_back(quantizer.getBitwidth());
  }
  return layers;
}

/// Whether each layer feeds the next one alone.
static bool isChain(func::FuncOp network) {
  SmallVector<BlockArgument> inputs = getInputs(network);
  if (inputs.size() != 1)
    return false;
  Value previous = inputs.front();
  for (LayerOpInterface layer : getLayersInOrder(network)) {
    unsigned numInputs = llvm::count_if(
        layer->getOperands(), [](Value operand) { return !isState(operand); });
    if (numInputs != 1 || layer->getOperand(0) != previous)
      return false;
    previous = getOutput(layer);
  }
  return true;
}

void printSummary(func::FuncOp network, llvm::raw_ostream &os) {
  bool hasBits = isAnnotated(network), showInputs = !isChain(network);
  std::vector<std::vector<std::string>> rows;
  auto addRow = [&](std::string layer, std::string shape, std::string count,
                    std::string bits, std::string bytes, std::string inputs) {
    std::vector<std::string> row = {std::move(layer), std::move(shape),
                                    std::move(count)};
    if (hasBits)
      row.insert(row.end(), {std::move(bits), std::move(bytes)});
    if (showInputs)
      row.push_back(std::move(inputs));
    rows.push_back(std::move(row));
  };
  addRow("Layer (type)", "Output Shape", "Param #", "Bits W/A", "Bytes W",
         "Connected to");
  ParameterCount total;
  int64_t bytes = 0;
  std::string losses;
  for (const LayerSummary &layer : summarize(network)) {
    if (!layer.loss.empty())
      losses += printable(layer.name) + ": " + layer.loss + "\n";
    total.trainable += layer.parameters.trainable;
    total.nonTrainable += layer.parameters.nonTrainable;
    bytes += layer.weightBytes;
    std::vector<std::string> inputs;
    for (const std::string &input : layer.inputs)
      inputs.push_back(printable(input));
    int64_t count = layer.parameters.trainable + layer.parameters.nonTrainable;
    std::string bits =
        formatBits(layer.weightBits) + "/" +
        (layer.resultBits ? std::to_string(layer.resultBits) : "-");
    addRow(printable(layer.name) + " (" +
               (layer.isQuantized ? "Quantized" : "") + printable(layer.type) +
               ")",
           formatShape(layer.shape), std::to_string(count), bits,
           std::to_string(layer.weightBytes), llvm::join(inputs, ", "));
  }

  std::vector<size_t> widths(rows.front().size());
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i != row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  size_t width = 2 * (widths.size() - 1);
  for (size_t each : widths)
    width += each;
  auto print = [&](const std::vector<std::string> &row) {
    std::string line;
    for (size_t i = 0; i != row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    os << StringRef(line).rtrim(' ') << "\n";
  };
  auto module = network->getParentOfType<ModuleOp>();
  os << "Model: \"" << printable(module.getSymName().value_or("model"))
     << "\"\n"
     << std::string(width, '_') << "\n";
  print(rows.front());
  os << std::string(width, '=') << "\n";
  for (size_t i = 1; i != rows.size(); ++i)
    print(rows[i]);
  os << std::string(width, '=') << "\n";
  auto line = [&](StringRef label, int64_t count) {
    os << label << ": " << count << " (" << formatBytes(4.0 * count) << ")\n";
  };
  line("Total params", total.trainable + total.nonTrainable);
  line("Trainable params", total.trainable);
  line("Non-trainable params", total.nonTrainable);
  if (hasBits)
    os << "Weights and biases, packed: " << bytes << " bytes ("
       << formatBytes(bytes) << ")\n";
  if (!losses.empty())
    os << "Known losses:\n" << losses;
  os << std::string(width, '_') << "\n";
}

} // namespace qml
