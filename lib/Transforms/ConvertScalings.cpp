//===- ConvertScalings.cpp - Norms and rescalings as weights --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What multiplies channels and adds to them goes into the weights of the layer
// before or after it, or becomes a convolution of 1x1.
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/LayerBuilder.h"
#include "qml/Transforms/Passes.h"

#include <cmath>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_CONVERTSCALINGS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// x * scale + offset, with a value of each for each channel.
struct Scaling {
  std::vector<double> scale, offset;

  bool hasOffset() const {
    return llvm::any_of(offset, [](double value) { return value != 0.0; });
  }
  /// Whether scales are about as large as each other, so that a kernel that
  /// they go into, whose output channels have a scale each, keeps its bits.
  bool isEven() const {
    double smallest = INFINITY, largest = 0.0;
    for (double value : scale)
      if (value != 0.0) {
        smallest = std::min(smallest, std::abs(value));
        largest = std::max(largest, std::abs(value));
      }
    return largest <= 4.0 * smallest;
  }
  bool isIncreasing() const {
    return llvm::all_of(scale, [](double value) { return value > 0.0; });
  }
};

} // namespace

static Scaling readScaling(RescalingOp rescaling) {
  size_t channels = size_t(getNumChannels(rescaling.getResult()));
  auto spread = [&](ArrayRef<double> values) {
    return values.size() == 1 ? std::vector<double>(channels, values[0])
                              : values.vec();
  };
  return {spread(rescaling.getScale()), spread(rescaling.getOffset())};
}

static Scaling readScaling(BatchNormOp norm) {
  ElementsView<float> gamma(norm.getGamma()), beta(norm.getBeta()),
      mean(norm.getMean()), variance(norm.getVariance());
  double epsilon = norm.getEpsilon().convertToDouble();
  Scaling scaling;
  for (size_t c = 0; c != gamma.size(); ++c) {
    double gain = gamma[c] / std::sqrt(variance[c] + epsilon);
    scaling.scale.push_back(gain);
    scaling.offset.push_back(beta[c] - mean[c] * gain);
  }
  return scaling;
}

//===----------------------------------------------------------------------===//
// Into the layer before
//===----------------------------------------------------------------------===//

static bool isFree(WeightedLayerOpInterface layer) {
  return isFloatTensor(layer->getResult(0)) && !layer->hasAttr("activation");
}

/// The layer with weights that makes what `value` holds, for one reader alone;
/// dropouts may stand between. Null if there is none.
static WeightedLayerOpInterface findBefore(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && op->hasOneUse() && isa<DropoutOp>(op))
    op = op->getOperand(0).getDefiningOp();
  auto layer = dyn_cast_or_null<WeightedLayerOpInterface>(op);
  return layer && layer->getResult(0).hasOneUse() && isFree(layer)
             ? layer
             : WeightedLayerOpInterface();
}

static void foldBefore(WeightedLayerOpInterface layer, const Scaling &scaling) {
  std::vector<float> kernel = readFloats(layer.getKernel());
  size_t inner = 1, channels = scaling.scale.size();
  for (int64_t extent : cast<ShapedType>(layer.getKernel().getType())
                            .getShape()
                            .drop_front(layer.getOutputAxis() + 1))
    inner *= size_t(extent);
  for (size_t i = 0; i != kernel.size(); ++i)
    kernel[i] = float(kernel[i] * scaling.scale[i / inner % channels]);
  std::vector<float> bias = getBiasOrZeros(layer);
  for (size_t c = 0; c != channels; ++c)
    bias[c] = float(bias[c] * scaling.scale[c] + scaling.offset[c]);
  setKernel(layer, std::move(kernel));
  setBias(layer, bias);
}

//===----------------------------------------------------------------------===//
// Into the layer after
//===----------------------------------------------------------------------===//

/// Whether a layer has the same result if its input is scaled and shifted by
/// channel, but for the same scaling of it.
static bool commutes(Operation *layer, const Scaling &scaling) {
  if (layer->hasTrait<qml::OpTrait::CopiesElements>() ||
      isa<GlobalAveragePool2DOp, AveragePool2DOp>(layer))
    return true;
  if (isa<MaxPool2DOp>(layer))
    return scaling.isIncreasing();
  if (isa<ZeroPadding2DOp>(layer))
    return !scaling.hasOffset();
  // Channels are side by side, over and over.
  if (isa<FlattenOp, ReshapeOp>(layer))
    return getNumChannels(layer->getResult(0)) %
               int64_t(scaling.scale.size()) ==
           0;
  return false;
}

/// Whether a layer's weights can take over the scaling of its input.
static bool canTakeOver(WeightedLayerOpInterface layer,
                        const Scaling &scaling) {
  if (!isFloatTensor(layer->getResult(0)) ||
      layer->hasAttr(layer.getKernels().front().getQuantizerName()))
    return false;
  if (auto conv = dyn_cast<Conv2DOp>(*layer))
    return conv.getGroups() == 1 && !conv.getPaddingValue() &&
           (!scaling.hasOffset() ||
            conv.getPadding().getMode() == Padding::Valid);
  if (auto conv = dyn_cast<DepthwiseConv2DOp>(*layer))
    return !scaling.hasOffset() ||
           conv.getPadding().getMode() == Padding::Valid;
  // Of separable convolutions there is no bias between the two.
  return isa<DenseOp>(*layer) || !scaling.hasOffset();
}

/// The layer after that can take over, or null.
static WeightedLayerOpInterface findAfter(Value value, const Scaling &scaling) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (auto layer = dyn_cast<WeightedLayerOpInterface>(user))
      return canTakeOver(layer, scaling) ? layer : WeightedLayerOpInterface();
    if (!commutes(user, scaling))
      return {};
    value = user->getResult(0);
  }
  return {};
}

static void foldAfter(WeightedLayerOpInterface layer, const Scaling &scaling) {
  std::vector<float> kernel = readFloats(layer.getInputKernel());
  ArrayRef<int64_t> shape = getShape(layer.getInputKernel());
  size_t outputs = 1, channels = scaling.scale.size();
  for (int64_t extent : shape.drop_front(layer.getInputAxis() + 1))
    outputs *= size_t(extent);
  if (scaling.hasOffset()) {
    // One sum for each output channel.
    std::vector<double> sums(size_t(layer.getNumOutputChannels()));
    for (size_t i = 0; i != kernel.size(); ++i) {
      size_t output = isa<DepthwiseConv2DOp>(*layer) ? i : i % outputs;
      sums[output % sums.size()] +=
          kernel[i] * scaling.offset[i / outputs % channels];
    }
    std::vector<float> bias = getBiasOrZeros(layer);
    for (auto [value, sum] : llvm::zip_equal(bias, sums))
      value = float(value + sum);
    setBias(layer, bias);
  }
  for (size_t i = 0; i != kernel.size(); ++i)
    kernel[i] = float(kernel[i] * scaling.scale[i / outputs % channels]);
  setInputKernel(layer, std::move(kernel));
}

//===----------------------------------------------------------------------===//
// A layer of its own
//===----------------------------------------------------------------------===//

/// Whether a rescaling has a form in integers; others become layers.
static bool hasIntegerForm(RescalingOp rescaling) {
  return rescaling.whyNotQuantizable().empty() &&
         rescaling.getScale().front() > 0.0;
}

/// Whether `qml-convert-first-layers` makes a convolution of all channels of a
/// layer that reads `input` by way of rescalings.
static bool becomesFull(Operation *layer, Value input) {
  return isa<DepthwiseConv2DOp, SeparableConv2DOp>(layer) &&
         isa<BlockArgument>(input) && getFirstUser(input) == layer &&
         getNumChannels(layer->getOperand(0)) <= maxFullChannels;
}

/// Whether the layers that read a value in integers also take one with a scale.
static bool takesScale(Value value, Value input) {
  return !isTakenBy(value, [&](Operation *user) {
    if (becomesFull(user, input))
      return false;
    auto rescaling = dyn_cast<RescalingOp>(user);
    // A norm becomes a layer with weights where it stands.
    return !user->hasTrait<qml::OpTrait::FoldsOffsets>() &&
           (user->hasTrait<qml::OpTrait::NeedsFixedPoint>() ||
            isa<BatchNormOp>(user) ||
            (rescaling && !hasIntegerForm(rescaling)));
  });
}

/// Whether integers can do a rescaling where it stands.
static bool isInteger(RescalingOp rescaling) {
  if (!hasIntegerForm(rescaling))
    return false;
  return takesScale(rescaling.getResult(),
                    skipRescalings(rescaling.getInput()));
}

/// As maxFullChannels, of inputs of integers: a kernel of 16 MiB.
constexpr int64_t maxIntegerChannels = 2048;

static FailureOr<Value> makeLayer(RewriterBase &rewriter, LayerOpInterface op,
                                  const Scaling &scaling) {
  Value input = op->getOperand(0);
  SmallVector<int64_t> shape(getShape(input));
  int64_t channels = shape.back();
  LayerBuilder make(rewriter, op.getLoc(), op.getLayerName());
  bool hasIntegers = !isFloatTensor(input);
  if (hasIntegers) {
    // Integers become floats, no more.
    FailureOr<Value> floats =
        make.makePart("float").makeRescaling(input, {1.0}, {0.0});
    if (failed(floats))
      return failure();
    input = *floats;
  }
  bool isImage = shape.size() == 4;
  if (!isImage) {
    SmallVector<int64_t> image = {1, 1, channels};
    for (int64_t extent : ArrayRef<int64_t>(shape).drop_front().drop_back())
      image[1] *= extent;
    FailureOr<Value> reshaped =
        make.makePart("image").makeReshape(input, image);
    if (failed(reshaped))
      return failure();
    input = *reshaped;
  }
  std::vector<float> scale(scaling.scale.begin(), scaling.scale.end());
  std::vector<float> offset(scaling.offset.begin(), scaling.offset.end());
  std::string name = op.getLayerName().str();
  ElementsAttr bias;
  if (scaling.hasOffset())
    bias = makeFloatVector(op.getContext(), name + "_bias", offset,
                           /*scalar=*/false);
  // Integers come with a scale, which depthwise convolutions don't take.
  int64_t most = hasIntegers ? maxIntegerChannels : maxFullChannels;
  bool isFull = isa<BlockArgument>(skipRescalings(input)) && channels <= most;
  SmallVector<int64_t> kernelShape = {1, 1, channels, isFull ? channels : 1};
  std::vector<float> kernel = scale;
  if (isFull) {
    kernel.assign(size_t(channels * channels), 0.0f);
    for (int64_t c = 0; c != channels; ++c)
      kernel[size_t(c * channels + c)] = scale[size_t(c)];
  }
  ElementsAttr elements =
      makeElements(RankedTensorType::get(kernelShape, rewriter.getF32Type()),
                   name + "_kernel", std::move(kernel));
  FailureOr<Value> result =
      isFull ? make.makeConv2D(input, elements, bias, ConvOptions())
             : make.makeDepthwiseConv2D(input, elements, bias, ConvOptions());
  if (failed(result))
    return failure();
  setSourceClass(result->getDefiningOp(), op.getClassName());
  if (isImage)
    return result;
  return make.makePart("shape").makeReshape(
      *result, ArrayRef<int64_t>(shape).drop_front());
}

namespace {
struct ConvertScalingsPass
    : qml::impl::ConvertScalingsBase<ConvertScalingsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network) || isAnnotated(network))
      return markAllAnalysesPreserved();
    for (auto op :
         llvm::make_early_inc_range(network.getOps<LayerOpInterface>())) {
      LogicalResult result = success();
      if (auto norm = dyn_cast<BatchNormOp>(*op))
        result = convert(op, readScaling(norm));
      else if (auto rescaling = dyn_cast<RescalingOp>(*op);
               rescaling && isFloatTensor(rescaling.getResult()) &&
               !isInteger(rescaling))
        result = convert(op, readScaling(rescaling));
      if (failed(result))
        return signalPassFailure();
    }
  }

  LogicalResult convert(LayerOpInterface op, const Scaling &scaling) {
    Value result = op->getResult(0);
    IRRewriter rewriter(op);
    bool isFloat = isFloatTensor(op->getOperand(0));
    if (WeightedLayerOpInterface before = findBefore(op->getOperand(0))) {
      foldBefore(before, scaling);
      ++numBefore;
    } else if (WeightedLayerOpInterface after = isFloat && scaling.isEven()
                                                    ? findAfter(result, scaling)
                                                    : nullptr) {
      foldAfter(after, scaling);
      ++numAfter;
    } else {
      FailureOr<Value> layer = makeLayer(rewriter, op, scaling);
      if (failed(layer))
        return failure();
      rewriter.replaceOp(op, *layer);
      ++numConverted;
      return success();
    }
    rewriter.replaceOp(op, op->getOperand(0));
    return success();
  }
};
} // namespace
