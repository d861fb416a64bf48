//===- Variables.cpp - The variables of an integer network ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npz.h"
#include "qml/Target/Report/Report.h"

using namespace mlir;

namespace qml {

namespace {

/// Writes arrays one by one; remembers the first failure.
class VariableWriter {
public:
  explicit VariableWriter(NpzWriter writer) : writer(std::move(writer)) {}

  void write(LayerOpInterface layer);
  Status finish() { return status ? writer.finish() : status; }

private:
  void writeWeights(WeightedLayerOpInterface layer);
  void writeQuantizer(StringRef layer, OutputQuantizerOp quantizer);
  void add(StringRef kind, StringRef layer, ElementsAttr elements);
  void addIntegers(StringRef kind, StringRef layer,
                   const std::vector<int64_t> &values, const Shape &shape);
  /// The values and the shifts of two attributes: what an accumulator of `bits`
  /// value bits meets, as the reference records it.
  void addAligned(StringRef kind, LayerOpInterface layer, StringRef values,
                  StringRef shift, int bits);
  void add(StringRef kind, StringRef layer, ElementsAttr elements,
           const Shape &shape);

  NpzWriter writer;
  Status status;
};

} // namespace

void VariableWriter::add(StringRef kind, StringRef layer,
                         ElementsAttr elements) {
  if (!elements)
    return;
  ArrayRef<int64_t> shape = getShape(elements);
  add(kind, layer, elements, Shape(shape.begin(), shape.end()));
}

void VariableWriter::addAligned(StringRef kind, LayerOpInterface layer,
                                StringRef values, StringRef shift, int bits) {
  auto stored = layer->getAttrOfType<ElementsAttr>(values);
  auto shifts = layer->getAttrOfType<ElementsAttr>(shift);
  if (!stored)
    return;
  std::vector<int64_t> aligned =
      readAligned(stored, shifts, bits, getArithmetic(layer));
  Shape shape;
  if (!isScalar(stored) || !isScalar(shifts))
    shape.push_back(aligned.size());
  addIntegers(kind, layer.getLayerName(), aligned, shape);
  add((kind + "_shift").str(), layer.getLayerName(), shifts);
}

void VariableWriter::add(StringRef kind, StringRef layer, ElementsAttr elements,
                         const Shape &shape) {
  if (!elements || !status)
    return;
  std::string key = (kind + "/" + layer).str();
  if (elements.getElementType().isF32()) {
    ElementsView<float> values(elements);
    status = writer.add(key, ElementType::F32, shape, values.data());
    return;
  }
  addIntegers(kind, layer, readIntegers(elements), shape);
}

void VariableWriter::addIntegers(StringRef kind, StringRef layer,
                                 const std::vector<int64_t> &values,
                                 const Shape &shape) {
  if (!status)
    return;
  std::string key = (kind + "/" + layer).str();
  // Integers are int32 where they fit, as everywhere in these files.
  bool isWide = llvm::any_of(values, [](int64_t value) {
    return value >= (int64_t(1) << 31) || value <= -(int64_t(1) << 31);
  });
  if (isWide) {
    status = writer.add(key, ElementType::I64, shape, values.data());
    return;
  }
  std::vector<int32_t> narrow(values.begin(), values.end());
  status = writer.add(key, ElementType::I32, shape, narrow.data());
}

void VariableWriter::writeWeights(WeightedLayerOpInterface layer) {
  StringRef name = layer.getLayerName();
  for (const KernelInfo &info : layer.getKernels()) {
    // As it keeps the entries of queues, side by side.
    if (isa<BufferTempConvOp>(*layer)) {
      ArrayRef<int64_t> shape = getShape(info.kernel);
      add("weights", name, info.kernel, {1, 1, shape[0] * shape[1], shape[2]});
    } else {
      add((info.prefix + "weights").str(), name, info.kernel);
    }
    auto scales = layer->getAttrOfType<ElementsAttr>(info.getScalesName());
    std::string kind = (info.prefix + "weight_scales").str();
    // The reference keeps the scales of depthwise kernels in their layout.
    if (isa<DepthwiseConv2DOp>(*layer) && scales && !isScalar(scales))
      add(kind, name, scales, {qml::getNumElements(scales), 1});
    else
      add(kind, name, scales);
  }
  int bits = getSumBits(layer);
  addAligned("bias", layer, "bias", "bias_shift", bits);
  addAligned("padding", layer, "quantized_padding", "padding_shift", bits);
}

void VariableWriter::writeQuantizer(StringRef layer,
                                    OutputQuantizerOp quantizer) {
  add("range_max", layer, quantizer.getRangeMaxAttr());
  add("rescaling_rate", layer, quantizer.getRescalingRateAttr());
  add("output_shift", layer, quantizer.getShiftAttr());
  add("output_scales", layer, quantizer.getScalesAttr());
  add("output_scales_frac_bits", layer, quantizer.getScalesFracBitsAttr());
}

void VariableWriter::write(LayerOpInterface layer) {
  StringRef name = layer.getLayerName();
  FixedAttr fixed = getFixed(layer->getResult(0));
  if (!fixed)
    return;
  if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer))
    writeWeights(weighted);
  if (auto quantizer = dyn_cast<InputQuantizerOp>(*layer)) {
    add("range_max", name, quantizer.getRangeMaxAttr());
    add("range_min", name, quantizer.getRangeMinAttr());
    add("frac_bits", name, fixed.getFracBits());
    add("zero_points", name, quantizer.getZeroPointsAttr());
  }
  if (auto activation = dyn_cast<ActivationOp>(*layer)) {
    add("table", name, activation.getTableAttr());
    FloatAttr scale = activation.getTableScaleAttr();
    add("table_scale", name,
        makeFloatAttr(
            layer->getContext(), name + "_table_scale",
            Channels<float>::scalar(scale.getValue().convertToFloat())));
  }
  if (OutputQuantizerOp quantizer = getOutputQuantizer(layer))
    writeQuantizer(name, quantizer);
  auto buffer = layer->getAttrOfType<IntegerAttr>("buffer_bitwidth");
  addAligned("max_value", layer, "quantized_max_value", "max_value_shift",
             buffer ? static_cast<int>(buffer.getInt()) : 32);
  for (StringRef kind : {"a_real", "a_imag"})
    if (isa<StatefulRecurrentOp>(*layer))
      add(kind, name, layer->getAttrOfType<ElementsAttr>(kind));
  if (isa<PicoPostProcessingOp>(*layer))
    for (StringRef kind : {"scales", "shift"})
      add(("prediction_" + kind).str(), name,
          layer->getAttrOfType<ElementsAttr>(kind));
  for (StringRef kind : {"input_shift", "a_shift", "b_shift", "new_state_scale",
                         "new_state_shift"})
    add(kind, name, layer->getAttrOfType<ElementsAttr>(kind));
}

Status writeVariables(func::FuncOp network, const std::string &path) {
  Result<NpzWriter> file = NpzWriter::create(path);
  if (!file)
    return file.takeError();
  VariableWriter writer(std::move(*file));
  for (LayerOpInterface layer : getLayersInOrder(network))
    writer.write(layer);
  return writer.finish();
}

} // namespace qml
