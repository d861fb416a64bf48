//===- Recurrent.cpp - Layers of recurrent networks -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference's layers with a state, and those that its networks are trained
// with: a convolution over all time whose kernel a recurrence makes. It becomes
// that recurrence, which computes the same.
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "qml/Dialect/QML/IR/Elements.h"

#include <cmath>

using namespace mlir;

namespace qml {

static ImportedLayer importExtractToken(LayerImport &layer) {
  int64_t token = layer.getIndex("token");
  int64_t axis = layer.getAxis("axis", 1);
  if (!layer.isReady())
    return failure();
  if (axis < 0)
    axis += static_cast<int64_t>(layer.getInputShape().size());
  return layer.make().makeExtractToken(layer.getInput(), token, axis);
}

static ImportedLayer importStatefulProjection(LayerImport &layer) {
  int64_t subsample = layer.getInteger("subsample", 1);
  FailureOr<DenseParts> parts = readDense(layer);
  if (failed(parts))
    return failure();
  return layer.make().makeStatefulProjection(layer.getInput(), parts->kernel,
                                             parts->bias, subsample,
                                             parts->activation);
}

static ImportedLayer importStatefulRecurrent(LayerImport &layer) {
  layer.expectOneCall();
  if (!layer.isReady())
    return failure();
  int64_t channels = layer.getInputShape().back();
  ElementsAttr real = layer.getWeight(0, "A_real", channels);
  ElementsAttr imag = layer.getWeight(1, "A_imag", channels);
  if (layer.failed())
    return failure();
  return layer.make().makeStatefulRecurrent(layer.getInput(), real, imag);
}

static ImportedLayer importPicoPostProcessing(LayerImport &layer) {
  double threshold = layer.getNumber("threshold");
  if (!layer.isReady())
    return failure();
  auto isFloat = [&](size_t index) {
    return cast<RankedTensorType>(layer.getInput(index).getType())
        .getElementType()
        .isF32();
  };
  if (!isFloat(0))
    layer.error() << "its first input, the prediction, is an integer input of "
                     "the network; it must be the result of a layer";
  if (isFloat(1))
    layer.error() << "its second input, the truth, is of float32; it must be "
                     "an input of the network, of uint8, int8 or int16";
  if (layer.failed())
    return failure();
  return layer.make().makePicoPostProcessing(layer.getInput(0),
                                             layer.getInput(1), threshold);
}

//===----------------------------------------------------------------------===//
// Layers for training
//===----------------------------------------------------------------------===//

/// An array of float32.
static ElementsAttr makeArray(LayerImport &layer, StringRef what,
                              ArrayRef<int64_t> shape,
                              std::vector<float> values) {
  MLIRContext *context = layer.location().getContext();
  return makeElements(RankedTensorType::get(shape, Float32Type::get(context)),
                      (layer.name() + "_" + what).str(), std::move(values));
}

/// Discretizes a continuous system of time steps exp(log_dt), in float32 as it
/// was trained: A becomes exp(dt A) with A = -exp(A[:, 0]) + i A[:, 1], B
/// becomes dt B.
static ImportedLayer importKernelized(LayerImport &layer) {
  int64_t states =
      layer.getInteger("num_coeffs") * layer.getInteger("repeat", 2);
  int64_t outputs = layer.getInteger("out_channels");
  if (!layer.isReady())
    return failure();
  int64_t inputs = layer.getInputShape().back();
  ElementsAttr a = layer.getWeight(0, "A", {states, 2});
  ElementsAttr b = layer.getWeight(1, "B", {inputs, states});
  ElementsAttr c = layer.getWeight(2, "C", {states, outputs});
  ElementsAttr logStep = layer.getWeight(3, "log_dt", states);
  if (layer.failed())
    return failure();
  ElementsView<float> system(a), steps(logStep);
  std::vector<float> real, imag, input = readFloats(b);
  for (int64_t n = 0; n != states; ++n) {
    float step = std::exp(steps[n]);
    float decay = std::exp(step * -std::exp(system[2 * n]));
    float angle = step * system[2 * n + 1];
    real.push_back(decay * std::cos(angle));
    imag.push_back(decay * std::sin(angle));
    for (int64_t i = 0; i != inputs; ++i)
      input[i * states + n] *= step;
  }
  for (float value : real)
    if (!std::isfinite(value)) {
      layer.error() << "its A and log_dt give a recurrence with factors that "
                       "are infinite or not a number; train it again";
      return failure();
    }
  auto make = [&](StringRef suffix) { return layer.make().makePart(suffix); };
  ImportedLayer value =
      make("input_proj")
          .makeStatefulProjection(layer.getInput(),
                                  makeArray(layer, "input_proj_kernel",
                                            {inputs, states}, std::move(input)),
                                  /*bias=*/{}, /*subsample=*/1);
  if (failed(value))
    return failure();
  value = layer.make().makeStatefulRecurrent(
      *value, makeArray(layer, "A_real", states, std::move(real)),
      makeArray(layer, "A_imag", states, std::move(imag)));
  if (failed(value))
    return failure();
  // It is one of the layers that the model is converted to, as the others.
  value->getDefiningOp()->removeAttr("source_class");
  value = make("extract_internal_state_real")
              .makeExtractToken(*value, /*token=*/0, /*axis=*/3);
  if (failed(value))
    return failure();
  return make("output_proj")
      .makeStatefulProjection(*value, c, /*bias=*/{}, /*subsample=*/1);
}

/// Each `stride`-th step, which the projection before it can choose if nothing
/// else reads that.
static ImportedLayer importStride(LayerImport &layer) {
  int64_t stride = layer.getInteger("stride");
  if (!layer.isReady())
    return failure();
  SmallVector<int64_t> shape = layer.getInputShape();
  if (shape[1] % stride != 0) {
    layer.error() << "its stride is " << stride << ", and its input has "
                  << shape[1] << " steps; it must divide them";
    return failure();
  }
  Value input = layer.getInput();
  auto projection = input.getDefiningOp<StatefulProjectionOp>();
  if (projection && layer.isOnlyReader() && projection.getSubsample() == 1 &&
      !projection.getActivation()) {
    projection.setSubsample(stride);
    shape[1] /= stride;
    input.setType(RankedTensorType::get(
        shape, cast<RankedTensorType>(input.getType()).getElementType()));
    return input;
  }
  ImportedLayer groups = layer.make().makePart("groups").makeReshape(
      input, {shape[1] / stride, stride, shape[2]});
  if (failed(groups))
    return failure();
  return layer.make().makeExtractToken(*groups, stride - 1, /*axis=*/2);
}

ArrayRef<LayerClass> getRecurrentClasses() {
  constexpr LayerForm steps = LayerForm::Steps;
  static const LayerClass classes[] = {
      {"ExtractToken", importExtractToken, steps},
      {"Kernelized", importKernelized, steps, 1, 3, /*takesIntegers=*/true},
      {"PicoPostProcessing", importPicoPostProcessing, steps, 2, 3,
       /*takesIntegers=*/true},
      {"StatefulProjection", importStatefulProjection, steps, 1, 0,
       /*takesIntegers=*/true},
      {"StatefulRecurrent", importStatefulRecurrent, steps, 1, 3},
      {"Stride", importStride, steps, 1, 3},
  };
  return classes;
}

} // namespace qml
