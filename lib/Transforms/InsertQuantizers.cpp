//===- InsertQuantizers.cpp - Quantizers and their bitwidths --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three steps: which layers run in integers, what quantizers they have (from
// parameters and configuration), and then the operations are inserted. Nothing
// is changed if any problem was found.
//
//===----------------------------------------------------------------------===//

#include "CheckConfig.h"
#include "ChooseIntegerLayers.h"
#include "ConfigDefaults.h"
#include "RewriteUtils.h"
#include "qml/Quantization/Config.h"
#include "qml/Quantization/Parameters.h"
#include "qml/Support/MappedFile.h"
#include "qml/Transforms/Config.h"
#include "qml/Transforms/Passes.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <map>

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_INSERTQUANTIZERS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

namespace {

/// What is inserted into one network.
class QuantizerInserter {
public:
  QuantizerInserter(func::FuncOp network, const QuantizationParameters &params,
                    const Config &config, StringRef quantizeUntil, bool strict)
      : network(network), params(params), config(config),
        quantizeUntil(quantizeUntil), strict(strict), builder(network) {}

  /// Reports all problems; changes the network if there are none.
  LogicalResult run();

  unsigned numQuantized = 0, numFloat = 0, numOutputQuantizers = 0;

private:
  /// Reports why quantizers of an earlier run can't be replaced.
  LogicalResult checkQuantizedBefore();
  /// Removes quantizers of an earlier run, and remembers their ranges.
  void takeQuantizersOut();
  /// Reports weights that are infinite or not a number.
  LogicalResult checkWeights();
  /// Whether activation-bits are the bits of a layer's result.
  bool hasActivationBits(LayerOpInterface layer);
  void decideOutputQuantizers();
  LogicalResult decideInputQuantizer(BlockArgument input);
  LogicalResult checkLastOutput();
  /// Reports layers whose results have a sign that their bits don't hold.
  LogicalResult checkSigns();

  void quantizeWeights(WeightedLayerOpInterface layer, bool isFirst);
  /// Bits of buffers, biases and maxima.
  void quantizeValues(LayerOpInterface layer);
  void setConfigKeys(LayerOpInterface layer, bool lastOutput);
  void insertOutputQuantizer(LayerOpInterface layer);
  void insertInputQuantizer(BlockArgument input);
  void insertQuantizerAgain(Value value);
  InputQuantizerOp insertInputQuantizer(StringRef name, Value value,
                                        int64_t bits, bool isUnsigned,
                                        bool perTensor);
  void insertDequantizers();
  void insertDequantizer(Value value, const Twine &name,
                         ArrayRef<OpOperand *> uses);

  bool isQuantized(Operation *layer) const {
    return integers.layers.contains(layer);
  }
  bool isFullyQuantized() const {
    return integers.layers.size() == layers.size();
  }
  /// Whether all results are integers' before they are made real numbers.
  bool endsInIntegers();

  func::FuncOp network;
  const QuantizationParameters &params;
  const Config &config;
  StringRef quantizeUntil;
  bool strict;
  OpBuilder builder;

  /// All but those of quantizers of an earlier run.
  std::optional<LayerNames> names;
  SmallVector<LayerOpInterface> layers;
  IntegerLayers integers;
  /// Output quantizers, from parameters first, then from the configuration.
  DenseMap<Operation *, OutputQuantizerConfig> outputQuantizers;
  /// Layers that had one before last-output-bits gave them another.
  llvm::DenseSet<Operation *> hadOutputQuantizer;
  /// Float inputs, and the last quantizer of one that was inserted.
  SmallVector<BlockArgument> quantizedInputs;
  Operation *quantizerBefore = nullptr;
  /// Ranges of an earlier calibration: maximum and minimum.
  struct KnownRange {
    ElementsAttr max, min;
  };
  std::map<std::string, KnownRange> ranges;
  DenseMap<Value, KnownRange> inputRanges;
};

} // namespace

static int64_t getRank(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank();
}

/// Moved channels can't have a binary point each.
static bool areChannelsMoved(Value value) {
  return isTakenBy(value, movesChannels);
}

/// A table has one for all channels.
static bool isLookedUp(Value value) {
  return isTakenBy(value, [](Operation *user) {
    return user->hasTrait<qml::OpTrait::LooksUp>();
  });
}

static std::string joinNames(ArrayRef<StringRef> names) {
  return llvm::join(names, ", ");
}

//===----------------------------------------------------------------------===//
// Quantizing again
//===----------------------------------------------------------------------===//

LogicalResult QuantizerInserter::checkQuantizedBefore() {
  bool wasEqualized =
      llvm::any_of(network.getOps<OutputQuantizerOp>(), [](auto quantizer) {
        return static_cast<bool>(quantizer.getRescalingRateAttr());
      });
  if (isInteger(network) || wasEqualized)
    return network.emitError()
           << "the network is already quantized: parameters apply to float "
              "networks alone; to quantize it again, give a complete "
              "configuration, and a file that carries its calibrated form "
              "(--keep-float)";
  SmallVector<StringRef> missing;
  for (LayerOpInterface layer : getLayersInOrder(network))
    if (!layer.getConfigurableKeys().empty() &&
        !config.find(layer.getLayerName().str()))
      missing.push_back(layer.getLayerName());
  if (missing.empty())
    return success();
  return network.emitError()
         << "the network has been quantized before: that takes a configuration "
            "of all its layers; missing are "
         << joinNames(missing);
}

void QuantizerInserter::takeQuantizersOut() {
  for (Operation &op :
       llvm::make_early_inc_range(network.front().without_terminator())) {
    if (auto quantizer = dyn_cast<InputQuantizerOp>(op)) {
      inputRanges[quantizer.getInput()] = {quantizer.getRangeMaxAttr(),
                                           quantizer.getRangeMinAttr()};
    } else if (auto quantizer = dyn_cast<OutputQuantizerOp>(op)) {
      ranges[quantizer.getOwner().getLayerName().str()] = {
          quantizer.getRangeMaxAttr(), {}};
    } else if (!isa<DequantizerOp>(op)) {
      if (auto weighted = dyn_cast<WeightedLayerOpInterface>(op))
        for (const KernelInfo &info : weighted.getKernels())
          op.removeAttr(info.getQuantizerName());
      for (StringRef name :
           {"a_quantizer", "bias_quantizer", "max_value_quantizer",
            "buffer_bitwidth", "lut_bitwidth", "config_keys"})
        op.removeAttr(name);
      continue;
    }
    op.getResult(0).replaceAllUsesWith(op.getOperand(0));
    op.erase();
  }
}

//===----------------------------------------------------------------------===//
// Decisions
//===----------------------------------------------------------------------===//

static bool isFinite(ElementsAttr elements) {
  // A sum finds what isn't finite without a branch for each value.
  float sum = 0.0f;
  for (float value : ElementsView<float>(elements))
    sum += value * 0.0f;
  return sum == 0.0f;
}

static bool isSpoilt(ElementsAttr elements) {
  return elements.getElementType().isF32() && !isFinite(elements);
}

LogicalResult QuantizerInserter::checkWeights() {
  LogicalResult result = success();
  for (LayerOpInterface layer : layers) {
    if (!walkArrays(layer, [](ElementsAttr elements) {
           return isSpoilt(elements) ? WalkResult::interrupt()
                                     : WalkResult::advance();
         }).wasInterrupted())
      continue;
    for (NamedAttribute attribute : layer->getAttrDictionary()) {
      auto elements = dyn_cast<ElementsAttr>(attribute.getValue());
      if (elements && isSpoilt(elements))
        result = layer->emitError()
                 << "the " << attribute.getName().getValue() << " of layer '"
                 << layer.getLayerName()
                 << "' holds values that are infinite or not a number (norms "
                    "included); train the network again";
    }
  }
  return result;
}

/// The layers that scale what a layer reads, the nearest on each way; those of
/// its first operand first.
static llvm::SetVector<Operation *> findOwners(LayerOpInterface layer) {
  llvm::SetVector<Operation *> owners;
  visitBefore(layer, [&](LayerOpInterface producer) {
    bool scales = producer->hasTrait<qml::OpTrait::RescalesResult>();
    if (scales)
      owners.insert(producer);
    return !scales;
  });
  return owners;
}

bool QuantizerInserter::hasActivationBits(LayerOpInterface layer) {
  switch (layer.getOutputQuantizerRule().bits) {
  case ResultBits::Output:
    return false;
  case ResultBits::Activation:
    return true;
  case ResultBits::AsInput:
    break;
  }
  llvm::SetVector<Operation *> before = findOwners(layer);
  return !before.empty() &&
         cast<LayerOpInterface>(before.front()).getOutputQuantizerRule().bits ==
             ResultBits::Activation;
}

/// Of layers that have a quantizer in any case.
static OutputQuantizerConfig makeOwnQuantizer(LayerOpInterface layer,
                                              int bufferBits) {
  OutputQuantizerConfig quantizer;
  quantizer.bitwidth = layer.getOutputQuantizerRule().ownBits;
  quantizer.bufferBitwidth = bufferBits;
  return quantizer;
}

void QuantizerInserter::decideOutputQuantizers() {
  for (LayerOpInterface layer : layers)
    if (layer.getOutputQuantizerRule().ownBits)
      outputQuantizers[layer] = makeOwnQuantizer(layer, params.bufferBits);
  // What joins many layers has all of them as owners.
  DenseMap<Operation *, bool> moved;
  auto areMoved = [&](LayerOpInterface owner) {
    auto [entry, isNew] = moved.try_emplace(owner, false);
    if (isNew)
      entry->second = areChannelsMoved(owner->getResult(0));
    return entry->second;
  };
  for (LayerOpInterface next : llvm::reverse(layers)) {
    if (!next->hasTrait<qml::OpTrait::NeedsFixedPoint>() &&
        !movesChannels(next))
      continue;
    bool looksUp = next->hasTrait<qml::OpTrait::LooksUp>();
    for (Operation *op : findOwners(next)) {
      auto owner = cast<LayerOpInterface>(op);
      ArrayRef<int64_t> shape = getShape(owner->getResult(0)).drop_front();
      bool isVector = llvm::all_of(shape.drop_back(),
                                   [](int64_t extent) { return extent == 1; });
      bool perTensor =
          isVector || looksUp || params.perTensorActivations || areMoved(owner);
      auto [entry, isNew] = outputQuantizers.try_emplace(owner);
      OutputQuantizerConfig &quantizer = entry->second;
      if (!isNew) {
        quantizer.perAxis &= !perTensor;
        continue;
      }
      quantizer.perAxis = !perTensor;
      quantizer.bufferBitwidth = params.bufferBits;
      quantizer.bitwidth = params.outputBits;
      OutputQuantizerRule rule = owner.getOutputQuantizerRule();
      if (looksUp && rule.bits != ResultBits::Activation) {
        quantizer.bitwidth = lookUpInputBits;
      } else if (hasActivationBits(owner)) {
        quantizer.bitwidth = params.activationBits;
        quantizer.isSigned =
            !rule.isUnsignedBelow8Bits || params.activationBits >= 8;
      }
    }
  }
}

LogicalResult QuantizerInserter::decideInputQuantizer(BlockArgument input) {
  Type type = cast<RankedTensorType>(input.getType()).getElementType();
  std::string name = getInputName(network, input.getArgNumber());
  if (!type.isF32()) {
    // Who leaves the default asks for nothing.
    if (params.inputType != QuantizationParameters().inputType &&
        getElementType(type) != params.inputType)
      network.emitWarning()
          << "the network's input '" << name << "' is of "
          << (getElementType(type) ? nameOf(*getElementType(type)) : "?")
          << ", which input-dtype=" << nameOf(params.inputType)
          << " doesn't change";
    return success();
  }
  quantizedInputs.push_back(input);
  if (isSigned(params.inputType))
    return success();
  // Zero points are folded into the layer after it.
  Operation *next = getFirstUser(input);
  if (next && next->hasTrait<qml::OpTrait::FoldsOffsets>())
    return success();
  InFlightDiagnostic diagnostic = network.emitError();
  diagnostic << "input '" << name << "' can't be quantized to "
             << nameOf(params.inputType)
             << ": after it must be one Conv2D or Dense layer, to take a zero "
                "point; found ";
  if (auto layer = dyn_cast_or_null<LayerOpInterface>(next))
    diagnostic << "layer '" << layer.getLayerName() << "' of class "
               << layer.getClassName();
  else
    diagnostic << (input.use_empty() ? "no layer" : "several layers");
  return diagnostic << "; use input-dtype=int8 or int16";
}

bool QuantizerInserter::endsInIntegers() {
  return llvm::all_of(getOutputs(network), [&](OpOperand *output) {
    LayerOpInterface layer = getProducer(output->get());
    return !layer || isQuantized(layer);
  });
}

/// The layer that rescales an output; reshapes may come after it.
static LayerOpInterface getLastLayer(OpOperand *output) {
  LayerOpInterface layer = getProducer(output->get());
  while (layer && layer->hasTrait<qml::OpTrait::ReshapesOnly>() &&
         layer->getOperand(0).hasOneUse())
    layer = getProducer(layer->getOperand(0));
  return layer;
}

LogicalResult QuantizerInserter::checkLastOutput() {
  if (!params.lastOutputBits || !endsInIntegers())
    return success();
  LogicalResult result = success();
  for (OpOperand *output : getOutputs(network)) {
    LayerOpInterface layer = getLastLayer(output);
    if (layer && layer->hasTrait<qml::OpTrait::RescalesResult>())
      continue;
    InFlightDiagnostic diagnostic = network.emitError();
    diagnostic << "last-output-bits needs a last layer that can rescale its "
                  "result; found ";
    if (layer)
      diagnostic << "layer '" << layer.getLayerName() << "' of class "
                 << layer.getClassName();
    else
      diagnostic << "the input";
    result = failure();
  }
  return result;
}

LogicalResult QuantizerInserter::checkSigns() {
  SmallVector<std::string> signedLayers;
  for (LayerOpInterface layer : layers) {
    auto quantizer = outputQuantizers.find(layer);
    if (isQuantized(layer) && quantizer != outputQuantizers.end() &&
        quantizer->second.isSigned && quantizer->second.bitwidth < 2)
      signedLayers.push_back(("'" + layer.getLayerName() + "'").str());
  }
  // Configurations, whose bits were checked before, have the sign in them.
  if (signedLayers.empty())
    return success();
  return network.emitError()
         << "activation-bits=1 has no room for the sign of "
         << llvm::join(signedLayers, ", ")
         << "; use 2 or more, or give these layers more by a configuration";
}

//===----------------------------------------------------------------------===//
// Changes
//===----------------------------------------------------------------------===//

void QuantizerInserter::quantizeWeights(WeightedLayerOpInterface layer,
                                        bool isFirst) {
  MLIRContext *context = network.getContext();
  const LayerConfig *entry = config.find(layer.getLayerName().str());
  for (const KernelInfo &info : layer.getKernels()) {
    WeightQuantizerConfig weights;
    weights.bitwidth = isFirst ? params.inputWeightBits : params.weightBits;
    std::string name = info.getQuantizerName();
    if (entry && entry->findWeightQuantizer(name))
      weights = *entry->findWeightQuantizer(name);
    std::optional<int64_t> axis = weights.axis;
    // There is one for depthwise kernels, which the reference always writes
    // alike.
    if (info.axis && (!weights.hasAxis || info.hasExplicitAxis))
      axis = *info.axis - cast<ShapedType>(info.kernel.getType()).getRank();
    layer->setAttr(name, WeightQuantizerAttr::get(context, weights.bitwidth,
                                                  weights.isSigned, axis));
  }
}

void QuantizerInserter::quantizeValues(LayerOpInterface layer) {
  const LayerConfig *entry = config.find(layer.getLayerName().str());
  ConfigKeys keys = layer.getConfigurableKeys();
  // The accumulators of the hardware have 28 bits, but for some layers.
  if (llvm::is_contained(keys, "buffer_bitwidth")) {
    int buffer = entry && entry->bufferBitwidth ? *entry->bufferBitwidth
                                                : params.bufferBits;
    layer->setAttr("buffer_bitwidth", builder.getI64IntegerAttr(std::clamp(
                                          buffer, layer.getMinBufferBitwidth(),
                                          layer.getMaxBufferBitwidth())));
  }
  if (llvm::is_contained(keys, "a_quantizer")) {
    WeightQuantizerConfig factors;
    factors.bitwidth = 16;
    if (entry && entry->transitionQuantizer)
      factors = *entry->transitionQuantizer;
    layer->setAttr("a_quantizer", WeightQuantizerAttr::get(
                                      network.getContext(), factors.bitwidth,
                                      factors.isSigned, std::nullopt));
  }
  if (llvm::is_contained(keys, "lut_bitwidth"))
    layer->setAttr("lut_bitwidth",
                   builder.getI64IntegerAttr(
                       entry && entry->lutBitwidth ? *entry->lutBitwidth : 14));
  auto setAligned = [&](StringRef key,
                        const std::optional<AlignedQuantizerConfig> &value) {
    if (value && llvm::is_contained(keys, key))
      layer->setAttr(key, AlignedQuantizerAttr::get(network.getContext(),
                                                    value->bitwidth,
                                                    value->isSigned));
  };
  if (!entry)
    return;
  setAligned("bias_quantizer", entry->biasQuantizer);
  setAligned("max_value_quantizer", entry->maxValueQuantizer);
}

void QuantizerInserter::insertOutputQuantizer(LayerOpInterface layer) {
  const OutputQuantizerConfig &quantizer = outputQuantizers[layer];
  Value result = layer->getResult(0);
  builder.setInsertionPointAfter(layer);
  Granularity granularity =
      quantizer.perAxis ? Granularity::PerAxis : Granularity::PerTensor;
  auto op = OutputQuantizerOp::create(builder, layer.getLoc(), result,
                                      quantizer.bitwidth, !quantizer.isSigned,
                                      granularity);
  op.setScaleBits(quantizer.scaleBits);
  op.setBufferBitwidth(quantizer.bufferBitwidth);
  if (!quantizer.calibrator.empty())
    op.setCalibrator(quantizer.calibrator);
  result.replaceAllUsesExcept(op.getResult(), op);
  auto range = ranges.find(layer.getLayerName().str());
  if (range != ranges.end() && range->second.max &&
      isScalar(range->second.max) == !quantizer.perAxis)
    op.setRangeMaxAttr(range->second.max);
  ++numOutputQuantizers;
}

void QuantizerInserter::setConfigKeys(LayerOpInterface layer, bool lastOutput) {
  std::vector<std::string> usual = getUsualConfigKeys(layer), keys;
  const LayerConfig *entry = config.find(layer.getLayerName().str());
  bool fromUser = entry && !entry->keys.empty();
  if (fromUser)
    keys = entry->keys;
  else
    keys = usual;
  auto isOutput = [](const std::string &key) {
    return StringRef(key).starts_with("output_quantizer");
  };
  auto addMissing = [&](const std::string &key) {
    if (llvm::is_contained(keys, key))
      return;
    // Keys of one quantizer stay together.
    auto last = std::find_if(keys.rbegin(), keys.rend(), [&](StringRef other) {
      return other.split('.').first == StringRef(key).split('.').first;
    });
    keys.insert(last.base() == keys.begin() ? keys.end() : last.base(), key);
  };
  // A recurrent layer's state always has a quantizer.
  bool fillsOutput =
      fromUser && !entry->outputQuantizer && isa<StatefulRecurrentOp>(*layer);
  for (const std::string &key : usual) {
    if (fillsOutput && key == "buffer_bitwidth")
      for (const char *output :
           {"output_quantizer", "output_quantizer.bitwidth",
            "output_quantizer.axis"})
        addMissing(output);
    // The user's output quantizer is as the user wrote it; of weights and
    // buffers, what is missing is added.
    auto [quantizer, field] = StringRef(key).split('.');
    if (isOutput(key) || (fromUser && field == "bitwidth" &&
                          entry->findWeightQuantizer(quantizer.str())))
      continue;
    addMissing(key);
  }
  if (lastOutput) {
    // It replaces a quantizer that was there, else it comes last.
    bool keepsPlace = fromUser || hadOutputQuantizer.contains(layer);
    llvm::erase_if(keys, [&](const std::string &key) {
      return isOutput(key) && (!keepsPlace || key != "output_quantizer");
    });
    for (const char *key :
         {"output_quantizer", "output_quantizer.bitwidth",
          "output_quantizer.buffer_bitwidth", "output_quantizer.scale_bits"})
      addMissing(key);
  }
  if (keys != usual)
    layer->setAttr(configKeysAttrName,
                   builder.getStringAttr(llvm::join(keys, ",")));
}

InputQuantizerOp QuantizerInserter::insertInputQuantizer(StringRef name,
                                                         Value value,
                                                         int64_t bits,
                                                         bool isUnsigned,
                                                         bool perTensor) {
  std::string unique = names->make(name);
  auto quantizer = InputQuantizerOp::create(
      builder, NameLoc::get(builder.getStringAttr(unique)), unique, value, bits,
      isUnsigned, perTensor ? Granularity::PerTensor : Granularity::PerAxis);
  KnownRange range = inputRanges.lookup(value);
  if (range.max && isScalar(range.max) == perTensor) {
    quantizer.setRangeMaxAttr(range.max);
    quantizer.setRangeMinAttr(range.min);
  }
  return quantizer;
}

void QuantizerInserter::insertInputQuantizer(BlockArgument input) {
  bool isUnsigned = !isSigned(params.inputType);
  bool perTensor = params.perTensorActivations || getRank(input) < 3 ||
                   areChannelsMoved(input) || isLookedUp(input);
  if (quantizerBefore)
    builder.setInsertionPointAfter(quantizerBefore);
  else
    builder.setInsertionPointToStart(&network.front());
  InputQuantizerOp quantizer =
      insertInputQuantizer("input_quantizer", input,
                           8 * sizeOf(params.inputType), isUnsigned, perTensor);
  quantizerBefore = quantizer;
  input.replaceAllUsesExcept(quantizer.getResult(), quantizer);
  if (!isUnsigned)
    return;

  // The layer after it takes over zero points: it needs a bias, and padding
  // that stands for zero.
  auto layer =
      cast<WeightedLayerOpInterface>(getFirstUser(quantizer.getResult()));
  if (!layer.getBiasAttr())
    setBias(layer, getBiasOrZeros(layer));
  if (auto conv = dyn_cast<Conv2DOp>(*layer))
    if (conv.getPadding().getMode() != Padding::Valid &&
        !conv.getPaddingValue())
      conv.setPaddingValue(ArrayRef<double>{0.0});
}

/// Where integers begin again, values have a sign: no layer takes zero points.
void QuantizerInserter::insertQuantizerAgain(Value value) {
  bool perTensor = params.perTensorActivations || getRank(value) < 3 ||
                   areChannelsMoved(value) || isLookedUp(value);
  builder.setInsertionPointAfterValue(value);
  InputQuantizerOp quantizer = insertInputQuantizer(
      (getProducer(value).getLayerName() + "/quantizer").str(), value,
      params.outputBits, /*isUnsigned=*/false, perTensor);
  value.replaceUsesWithIf(quantizer.getResult(), [&](OpOperand &use) {
    return isQuantized(use.getOwner());
  });
}

void QuantizerInserter::insertDequantizer(Value value, const Twine &name,
                                          ArrayRef<OpOperand *> uses) {
  std::string unique = names->make(name);
  Operation *owner = value.getDefiningOp();
  builder.setInsertionPointAfterValue(value);
  Location loc = owner ? owner->getLoc() : network.getLoc();
  auto dequantizer = DequantizerOp::create(builder, loc, unique, value);
  for (OpOperand *use : uses)
    use->set(dequantizer.getResult());
}

void QuantizerInserter::insertDequantizers() {
  Operation *terminator = network.front().getTerminator();
  bool fully = isFullyQuantized();
  SmallVector<Value> values;
  for (auto layer : network.getOps<LayerOpInterface>())
    if (isa<InputQuantizerOp>(*layer) || isQuantized(layer))
      values.push_back(getOutput(layer));
  for (Value value : values) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      if (user == terminator
              ? !fully
              : isa<LayerOpInterface>(user) && !isQuantized(user))
        uses.push_back(&use);
    }
    if (!uses.empty())
      insertDequantizer(
          value, getProducer(value).getLayerName() + "/dequantizer", uses);
  }
  if (!fully)
    return;
  for (OpOperand *operand : getOutputs(network))
    insertDequantizer(operand->get(), "dequantizer", operand);
  updateFunctionType(network);
}

LogicalResult QuantizerInserter::run() {
  if (isAnnotated(network)) {
    if (failed(checkQuantizedBefore()))
      return failure();
    takeQuantizersOut();
  }
  names.emplace(network);
  layers = getLayersInOrder(network);
  bool valid = succeeded(checkWeights());
  valid &= succeeded(checkConfig(network, layers, config, quantizeUntil));
  FailureOr<IntegerLayers> chosen =
      chooseIntegerLayers(network, layers, quantizeUntil, strict);
  valid &= succeeded(chosen);
  if (succeeded(chosen))
    integers = std::move(*chosen);
  decideOutputQuantizers();
  valid &= succeeded(checkLastOutput());
  for (BlockArgument input : network.getArguments())
    if (!isState(input))
      valid &= succeeded(decideInputQuantizer(input));
  if (!valid)
    return failure();

  bool isFirst = true;
  for (LayerOpInterface layer : layers) {
    int weightBits = isFirst ? params.inputWeightBits : params.weightBits;
    isFirst &= !isQuantized(layer) ||
               !isa<WeightedLayerOpInterface, StatefulRecurrentOp>(*layer);
    const LayerConfig *entry = config.find(layer.getLayerName().str());
    if (!entry || entry->keys.empty())
      continue;
    auto decided = outputQuantizers.find(layer);
    if (isQuantized(layer))
      warnOfDefaults(layer, *entry,
                     decided == outputQuantizers.end() ? nullptr
                                                       : &decided->second,
                     weightBits);
    outputQuantizers.erase(layer);
    if (entry->outputQuantizer)
      outputQuantizers[layer] = *entry->outputQuantizer;
    else if (layer.getOutputQuantizerRule().ownBits)
      outputQuantizers[layer] = makeOwnQuantizer(layer, 32);
  }
  llvm::DenseSet<Operation *> lastLayers;
  if (params.lastOutputBits && endsInIntegers())
    for (OpOperand *output : getOutputs(network)) {
      LayerOpInterface layer = getLastLayer(output);
      auto [entry, isNew] = outputQuantizers.try_emplace(layer);
      if (!isNew)
        hadOutputQuantizer.insert(layer);
      OutputQuantizerConfig &quantizer = entry->second;
      quantizer = OutputQuantizerConfig();
      quantizer.bitwidth = *params.lastOutputBits;
      quantizer.bufferBitwidth = params.bufferBits;
      quantizer.scaleBits = *params.lastOutputBits >= 16 ? 16 : 8;
      lastLayers.insert(layer);
    }
  if (failed(checkSigns()))
    return failure();

  isFirst = true;
  for (LayerOpInterface layer : layers) {
    if (!isQuantized(layer)) {
      ++numFloat;
      continue;
    }
    ++numQuantized;
    if (auto weighted = dyn_cast<WeightedLayerOpInterface>(*layer))
      quantizeWeights(weighted, isFirst);
    isFirst &= !isa<WeightedLayerOpInterface, StatefulRecurrentOp>(*layer);
    quantizeValues(layer);
    if (outputQuantizers.contains(layer))
      insertOutputQuantizer(layer);
    if (!layer.getConfigurableKeys().empty())
      setConfigKeys(layer, lastLayers.contains(layer));
  }
  for (BlockArgument input : quantizedInputs)
    insertInputQuantizer(input);
  for (Value value : integers.beginnings)
    insertQuantizerAgain(value);
  insertDequantizers();
  return success();
}

namespace {
struct InsertQuantizersPass
    : qml::impl::InsertQuantizersBase<InsertQuantizersPass> {
  using InsertQuantizersBase::InsertQuantizersBase;

  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    QuantizationParameters params;
    Config layerConfig;
    bool valid = succeeded(verifyNetwork(network));
    valid &= succeeded(readParameters(params));
    valid &= succeeded(readConfig(layerConfig));
    if (!valid)
      return signalPassFailure();
    QuantizerInserter inserter(network, params, layerConfig, quantizeUntil,
                               strict);
    if (failed(inserter.run()))
      return signalPassFailure();
    numOutputQuantizers += inserter.numOutputQuantizers;
    numQuantized += inserter.numQuantized;
    numFloat += inserter.numFloat;
  }

  LogicalResult readParameters(QuantizationParameters &params) {
    params.inputWeightBits = inputWeightBits;
    params.weightBits = weightBits;
    params.activationBits = activationBits;
    params.outputBits = outputBits;
    params.bufferBits = bufferBits;
    params.perTensorActivations = perTensorActivations;
    if (lastOutputBits != 0)
      params.lastOutputBits = lastOutputBits;
    std::vector<std::string> problems = params.check();
    if (std::optional<ElementType> type = parseInputType(inputDtype))
      params.inputType = *type;
    else
      problems.push_back("input-dtype is '" + inputDtype +
                         "'; allowed are uint8, int8 and int16");
    for (const std::string &problem : problems)
      getOperation().emitError() << problem;
    return success(problems.empty());
  }

  LogicalResult readConfig(Config &result) {
    if (config.empty())
      return success();
    // Who has the text needs no file for it.
    bool isText = StringRef(config).starts_with("{");
    std::string contents = config,
                name = isText ? std::string("config") : contents;
    if (!isText) {
      constexpr size_t maxBytes = size_t(1) << 26;
      Result<Bytes> file = readFile(config, maxBytes);
      if (!file)
        return getOperation().emitError()
               << "can't read the configuration: " << file.message();
      if (file->size > maxBytes)
        return getOperation().emitError()
               << config << ": has " << file->size
               << " bytes; configurations have at most " << maxBytes;
      contents = file->text();
    }
    std::vector<std::string> problems;
    llvm::StringSet<> names;
    for (auto layer : getOperation().getOps<LayerOpInterface>())
      names.insert(layer.getLayerName());
    result = parseConfig(contents, problems, [&](const std::string &layer) {
      return names.contains(layer);
    });
    for (const std::string &problem : problems)
      getOperation().emitError() << name << ": " << problem;
    splitSeparableEntries(getOperation(), result);
    return success(problems.empty());
  }
};
} // namespace
