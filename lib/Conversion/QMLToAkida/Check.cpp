//===- Check.cpp - What the hardware can't do -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each check holds a group against a row of the table of limits. Everything is
// reported, at the layers of the network that are the cause.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"
#include "Lower.h"

#include "qml/Dialect/Akida/IR/LayerChecker.h"
#include "qml/Dialect/Akida/IR/Limits.h"
#include "qml/Support/Quote.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using qml::akida::LayerKind;
using qml::akida::Quantity;
using qml::akida::Version;

namespace qml {
namespace conversion {

namespace {

/// Checks the groups of one network.
class GroupChecker {
public:
  GroupChecker(func::FuncOp network, HardwareGroups &groups, Version version)
      : network(network), groups(groups), version(version),
        isExact(getArithmetic(network) == Arithmetic::Akida),
        isIntegerNetwork(isInteger(network)) {}

  LogicalResult run();

private:
  void checkInput();
  void check(HardwareGroup &group);
  void checkWeights(HardwareGroup &group);
  template <typename OpT>
  void checkWindow(HardwareGroup &group, OpT op);
  void checkConv(HardwareGroup &group, Conv2DOp conv);
  template <typename OpT>
  void checkTransposed(HardwareGroup &group, OpT op);
  void checkPaddingValue(HardwareGroup &group, Conv2DOp conv);
  void checkPool(HardwareGroup &group);
  void checkPads(HardwareGroup &group);
  void checkDense(HardwareGroup &group, DenseOp dense);
  void checkQueue(HardwareGroup &group);
  void checkRecurrence(HardwareGroup &group);
  void checkPico(PicoPostProcessingOp pico);
  std::optional<akida::IntegerFormat> findFormat(Value value);
  void checkConcatenate(HardwareGroup &group);
  void checkActivation(HardwareGroup &group);
  void checkCode(HardwareGroup &group);
  void checkOutput(HardwareGroup &group);
  void checkV1Output(HardwareGroup &group);
  void checkIntegers(HardwareGroup &group);
  void checkBranches(HardwareGroup &group);

  void report(Operation *op, LayerKind kind, Quantity quantity,
              const Twine &found, StringRef where = {}) {
    failed = true;
    reportLayer(op) << describeLimit(quantity, version, kind, found, where);
  }
  void limit(Operation *op, LayerKind kind, Quantity quantity, int64_t value) {
    if (!isAllowed(quantity, version, kind, value))
      report(op, kind, quantity, Twine(value));
  }
  bool isV1() const { return version == Version::V1; }

  func::FuncOp network;
  HardwareGroups &groups;
  Version version;
  /// Whether integers follow the chip's rules.
  bool isExact;
  bool isIntegerNetwork;
  /// Groups by what leaves them.
  DenseMap<Value, HardwareGroup *> producers;
  bool failed = false;
};

} // namespace

static std::string cross(int64_t a, int64_t b) {
  return std::to_string(a) + "x" + std::to_string(b);
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// The table advises a ReLU; where that is not what is missing, says what is.
static std::string explainInput(HardwareGroup &group, std::string text) {
  static const std::string advice = "put a ReLU after the convolution, or ";
  size_t at = text.find(advice);
  if (at == std::string::npos)
    return text;
  auto conv = dyn_cast<Conv2DOp>(*group.main);
  int64_t channels = getNumChannels(group.main->getOperand(0));
  std::string problem;
  if (!conv)
    problem = "this is no convolution; ";
  else if (channels != 1 && channels != 3)
    problem = "its image has " + std::to_string(channels) + " channels; ";
  else if (group.average)
    problem = "a global average pool follows its ReLU: put a convolution "
              "before the pool, or ";
  else
    return text;
  return text.replace(at, advice.size(), problem);
}

void GroupChecker::checkInput() {
  Value input = getInputs(network).front();
  auto type = cast<RankedTensorType>(input.getType());
  auto isRecurrent = [](HardwareGroup &group) {
    return group.kind == akida::StatefulRecurrentOp::kind;
  };
  bool isSequence =
      type.getRank() == 3 && !network.getOps<StatefulRecurrentOp>().empty();
  if (type.getRank() != 2 && type.getRank() != 4 && !isSequence) {
    failed = true;
    network.emitError() << describeLimit(Quantity::InputRank, version,
                                         akida::InputDataOp::kind,
                                         Twine(type.getRank()));
  }
  LayerOpInterface imageLayer;
  for (HardwareGroup &group : groups.groups) {
    auto found = llvm::find_if(group.inputs, [&](Value operand) {
      return operand == input ||
             isa_and_nonnull<InputQuantizerOp>(operand.getDefiningOp());
    });
    if (found == group.inputs.end() ||
        isa<InputQuantizerOp, DequantizerOp>(*group.main))
      continue;
    if (group.isImageInput()) {
      if (imageLayer)
        report(group.main, group.kind, Quantity::ImageLayers,
               "besides '" + imageLayer.getLayerName() + "'");
      imageLayer = group.main;
      continue;
    }
    Value source = *found;
    auto quantizer = source.getDefiningOp<InputQuantizerOp>();
    Type element = cast<RankedTensorType>(source.getType()).getElementType();
    // Recurrences alone read 16 bits.
    if (!quantizer && element.isSignlessInteger(16)) {
      if (isRecurrent(group) || group.kind == akida::PicoPostProcessingOp::kind)
        continue;
      report(group.main, akida::InputDataOp::kind, Quantity::InputBits, "16");
      continue;
    }
    bool isUnsigned =
        quantizer ? quantizer.getIsUnsigned() : element.isUnsignedInteger();
    if (isUnsigned) {
      failed = true;
      reportLayer(group.main) << explainInput(
          group, describeLimit(Quantity::SignedInput, version, group.kind,
                               "of class " + group.main.getClassName()));
    } else if (isV1() && quantizer) {
      report(group.main, group.kind, Quantity::UnsignedInput,
             "of signed integers of " + Twine(quantizer.getBitwidth()) +
                 " bits");
    }
  }
}

//===----------------------------------------------------------------------===//
// Layers with kernels
//===----------------------------------------------------------------------===//

void GroupChecker::checkWeights(HardwareGroup &group) {
  auto weighted = dyn_cast<WeightedLayerOpInterface>(*group.main);
  if (!weighted)
    return;
  SmallVector<int64_t, 2> bits;
  for (const KernelInfo &kernel : weighted.getKernels()) {
    auto quantizer = group.main->getAttrOfType<WeightQuantizerAttr>(
        kernel.getQuantizerName());
    if (quantizer) {
      bits.push_back(quantizer.getBitwidth());
      continue;
    }
    failed = true;
    reportLayer(group.main)
        << "it has no '" << kernel.getQuantizerName()
        << "', which says the bits of its weights; quantize the network";
  }
  if (bits.empty())
    return;
  // Integers may be wider than they say.
  for (const KernelInfo &kernel : weighted.getKernels()) {
    Type type = cast<ShapedType>(kernel.kernel.getType()).getElementType();
    if (type.isInteger() && type.getIntOrFloatBitWidth() > 8)
      bits.front() = type.getIntOrFloatBitWidth();
  }
  limit(group.main, group.kind, Quantity::WeightBits, bits.front());
  if (isV1() && bits.front() < 8) {
    int64_t lowest = -(int64_t(1) << (bits.front() - 1));
    for (const KernelInfo &kernel : weighted.getKernels())
      if (kernel.kernel.getElementType().isInteger() &&
          llvm::is_contained(readIntegers(kernel.kernel), lowest))
        report(group.main, group.kind, Quantity::WeightValues,
               "of " + Twine(lowest) + " and " +
                   showCount(bits.front(), "bit"));
  }
  if (bits.back() != bits.front())
    report(group.main, group.kind, Quantity::PairedWeightBits,
           Twine(bits.front()) + " and " + Twine(bits.back()));
}

std::optional<akida::Padding> findHardwarePadding(const HardwareGroup &group) {
  akida::WindowExtents kernel = getWindow(group.main);
  akida::ImagePads pads = getPads(group.main);
  for (akida::Padding padding :
       {akida::Padding::Same, akida::Padding::Valid, akida::Padding::SameUpper})
    if (arePadsOf(padding, kernel, pads) &&
        (!group.maxPool ||
         arePadsOf(padding, getWindow(group.maxPool), getPads(group.maxPool))))
      return padding;
  return std::nullopt;
}

template <typename OpT>
void GroupChecker::checkWindow(HardwareGroup &group, OpT op) {
  auto [image, kernel, strides] = getWindow(op);
  ArrayRef<int64_t> dilations = op.getDilations();
  bool isSquare = kernel[0] == kernel[1];
  auto isSize = [&](int64_t size) {
    return isAllowed(Quantity::KernelSize, version, group.kind, size);
  };
  if (!isSquare && findLimit(Quantity::KernelShape, version, group.kind))
    report(op, group.kind, Quantity::KernelShape, cross(kernel[0], kernel[1]));
  if (!isSize(kernel[0]) || !isSize(kernel[1]))
    report(op, group.kind, Quantity::KernelSize, cross(kernel[0], kernel[1]));
  if (strides[0] != strides[1] &&
      findLimit(Quantity::StrideShape, version, group.kind))
    report(op, group.kind, Quantity::StrideShape,
           cross(strides[0], strides[1]));
  for (int64_t axis = 0; axis != (strides[0] == strides[1] ? 1 : 2); ++axis)
    limit(op, group.kind, Quantity::Stride, strides[axis]);
  if (strides[0] == 2 && strides[1] == 2 && isSquare && isSize(kernel[0]))
    limit(op, group.kind, Quantity::StrideWithKernel, kernel[0]);
  if (isV1() && group.kind != akida::InputConvolutionalOp::kind &&
      (strides[0] > kernel[0] || strides[1] > kernel[1]))
    report(op, group.kind, Quantity::StrideOfKernel,
           cross(strides[0], strides[1]) + " of a kernel of " +
               cross(kernel[0], kernel[1]));
  if (dilations[0] != 1 || dilations[1] != 1)
    report(op, group.kind, Quantity::Dilation,
           cross(dilations[0], dilations[1]));
  else
    checkPads(group);
  checkPool(group);
}

/// The hardware doubles the extents, and cuts off what `same` does.
template <typename OpT>
void GroupChecker::checkTransposed(HardwareGroup &group, OpT op) {
  ArrayRef<int64_t> kernel = getShape(op.getKernel()).take_front(2);
  if (kernel[0] != kernel[1])
    return report(op, group.kind, Quantity::KernelShape,
                  cross(kernel[0], kernel[1]));
  limit(op, group.kind, Quantity::KernelSize, kernel[0]);
  ArrayRef<int64_t> image = getShape(op.getInput()),
                    result = getShape(op.getResult());
  bool isSame = op.getPadding().getMode() == Padding::Same;
  bool doubles =
      result[1] == 2 * image[1] && result[2] == 2 * image[2] &&
      llvm::all_of(op.getStrides(), [](int64_t stride) { return stride == 2; });
  if (isSame && doubles)
    return;
  failed = true;
  reportLayer(op) << "Akida " << akida::getVersionName(version)
                  << " takes transposed convolutions with stride 2 and padding "
                     "'same', whose result has twice the extents; found stride "
                  << cross(op.getStrides()[0], op.getStrides()[1])
                  << (isSame ? ", padding 'same'" : ", other padding")
                  << " and a result of " << cross(result[1], result[2])
                  << " cells of " << cross(image[1], image[2]);
}

void GroupChecker::checkPaddingValue(HardwareGroup &group, Conv2DOp conv) {
  bool isImage = group.isImageInput();
  Quantity quantity =
      isImage ? Quantity::PaddingValue : Quantity::InnerPaddingValue;
  if (!conv.getQuantizedPaddingAttr()) {
    // Before integers: a float that isn't zero is known to be wrong inside.
    std::optional<ArrayRef<double>> padding = conv.getPaddingValue();
    if (padding && !isImage)
      for (double value : *padding)
        if (value != 0)
          return report(conv, group.kind, quantity, showNumber(value));
    return;
  }
  std::vector<int64_t> values =
      readAligned(conv, "quantized_padding", "padding_shift");
  for (int64_t value : values)
    if (!isAllowed(quantity, version, group.kind, value)) {
      report(conv, group.kind, quantity, Twine(value));
      break;
    }
  if (findLimit(Quantity::PaddingValuePerChannel, version, group.kind) &&
      llvm::any_of(values,
                   [&](int64_t value) { return value != values.front(); }))
    report(conv, group.kind, Quantity::PaddingValuePerChannel,
           Twine(values[0]) + " and others");
}

void GroupChecker::checkPool(HardwareGroup &group) {
  MaxPool2DOp pool = group.maxPool;
  if (!pool)
    return;
  ArrayRef<int64_t> size = pool.getPoolSize(), strides = pool.getStrides();
  if (findLimit(Quantity::PoolShape, version, group.kind) &&
      (size[0] != size[1] || strides[0] != strides[1]))
    report(pool, group.kind, Quantity::PoolShape,
           cross(size[0], size[1]) + " with strides " +
               cross(strides[0], strides[1]));
  else if (strides[0] > size[0] || strides[1] > size[1])
    report(pool, group.kind, Quantity::PoolStride,
           cross(strides[0], strides[1]) + " of a pool of " +
               cross(size[0], size[1]));
}

/// Whether there is a name for the cells around the image, for the convolution
/// and its pool alike.
void GroupChecker::checkPads(HardwareGroup &group) {
  akida::WindowExtents window = getWindow(group.main);
  akida::ImagePads pads = getPads(group.main);
  std::optional<akida::Padding> padding = findHardwarePadding(group);
  if (!akida::findPadding(window, pads))
    return report(group.main, group.kind, Quantity::ConvPadding,
                  akida::describePads(pads));
  if (!padding)
    return report(group.maxPool, group.kind, Quantity::PoolPadding,
                  akida::describePads(getPads(group.maxPool)) +
                      " after a convolution with " + akida::describePads(pads));
  if (*padding != akida::Padding::SameUpper)
    return;
  if (isV1())
    report(group.main, group.kind, Quantity::ConvPadding,
           akida::describePads(pads));
  else if (window.strides[0] != 2 || group.maxPool)
    report(group.main, group.kind, Quantity::UpperPadding,
           "stride " + Twine(window.strides[0]) +
               (group.maxPool ? " and maximum pooling" : ""));
}

void GroupChecker::checkConv(HardwareGroup &group, Conv2DOp conv) {
  checkWindow(group, conv);
  checkPaddingValue(group, conv);
  if (group.isImageInput() && conv.getInputShiftAttr())
    for (int64_t shift : readIntegers(conv.getInputShiftAttr()))
      if (shift != 0)
        return report(conv, group.kind, Quantity::ImageShift,
                      Twine(shift) + " bits apart");
}

void GroupChecker::checkDense(HardwareGroup &group, DenseOp dense) {
  ArrayRef<int64_t> shape = getShape(dense.getInput()).drop_front();
  if (getNumElementsPerSample(getShape(dense.getInput())) != shape.back())
    report(dense, group.kind, Quantity::DenseInput,
           "of rank " + Twine(shape.size() + 1));
}

void GroupChecker::checkQueue(HardwareGroup &group) {
  auto layer = cast<WeightedLayerOpInterface>(*group.main);
  limit(group.main, group.kind, Quantity::QueueLength,
        getShape(layer.getKernel()).front());
  if (std::optional<akida::IntegerFormat> format =
          findFormat(group.inputs.front()))
    limit(group.main, group.kind, Quantity::QueueInputBits, format->bits);
}

/// The hardware's layer has one buffer for both projections and one for what is
/// between, and no bias before the recurrence.
void GroupChecker::checkRecurrence(HardwareGroup &group) {
  auto output = cast<StatefulProjectionOp>(*group.main);
  auto reject = [&](Operation *op) {
    failed = true;
    return reportLayer(op) << "Akida " << akida::getVersionName(version)
                           << " computes it with a recurrence as one layer; ";
  };
  if (group.input.getBiasAttr())
    reject(group.input) << "found a bias before the recurrence; it has none";
  if (group.input.getSubsample() != 1)
    reject(group.input) << "found a subsample of " << group.input.getSubsample()
                        << " before the recurrence; it is 1";
  int64_t before = group.input.getBufferBitwidth().value_or(28);
  int64_t after = output.getBufferBitwidth().value_or(28);
  if (before != after)
    reject(group.input) << "found buffers of " << before
                        << " bits before the recurrence and " << after
                        << " after it; they must be equal";
  int64_t states = group.recurrent.getBufferBitwidth().value_or(32);
  int64_t products = getPostBits(group);
  if (states != products)
    reject(group.recurrent)
        << "found a buffer of " << states << " bits, and of " << products
        << " for what follows; they must be equal";
  limit(group.recurrent, group.kind, Quantity::StateBits,
        group.states.getBitwidth());
  if (auto quantizer = group.input.getWeightQuantizerAttr())
    limit(group.input, group.kind, Quantity::WeightBits,
          quantizer.getBitwidth());
}

/// The hardware's threshold has 16 bits, and the mean must exceed it.
void GroupChecker::checkPico(PicoPostProcessingOp pico) {
  double threshold = pico.getThreshold().convertToDouble();
  if (threshold > 0 && threshold <= 65536)
    return;
  failed = true;
  reportLayer(pico) << "its threshold is " << showNumber(threshold)
                    << "; the hardware has thresholds above 0, up to 65536";
}

/// Bits and sign of a value in the hardware; nothing if no quantizer says them.
std::optional<akida::IntegerFormat> GroupChecker::findFormat(Value value) {
  HardwareGroup *group = producers.lookup(value);
  // A concatenation has its inputs' format.
  while (group && isa<ConcatenateOp>(*group->main))
    group = producers.lookup(group->inputs.front());
  // Input layers read signed bytes.
  if (!group)
    return akida::IntegerFormat{8, true};
  if (auto quantizer = dyn_cast<InputQuantizerOp>(*group->main))
    return akida::IntegerFormat{static_cast<int>(quantizer.getBitwidth()),
                                !quantizer.getIsUnsigned()};
  if (!group->quantizer)
    return std::nullopt;
  int bits = static_cast<int>(group->quantizer.getBitwidth());
  // Sums have a sign for any number of bits.
  return isa<AddOp>(*group->main) ? akida::IntegerFormat{bits, true}
                                  : akida::formatOf(bits);
}

void GroupChecker::checkConcatenate(HardwareGroup &group) {
  std::optional<akida::IntegerFormat> first = findFormat(group.inputs.front());
  for (Value input : ArrayRef(group.inputs).drop_front()) {
    std::optional<akida::IntegerFormat> next = findFormat(input);
    if (first && next &&
        (first->bits != next->bits || first->isSigned != next->isSigned))
      return report(group.main, group.kind, Quantity::JoinedInputs,
                    "of " + akida::describe(*first) + " and " +
                        akida::describe(*next));
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// The codes that a function is looked up with.
void GroupChecker::checkCode(HardwareGroup &group) {
  OutputQuantizerOp code = group.code;
  if (!code)
    return;
  limit(code, group.kind, Quantity::LookUpBits,
        code.getIsUnsigned() ? code.getBitwidth() + 1 : code.getBitwidth());
  if (!code.getScalesAttr())
    limit(code, group.kind, Quantity::ScaleBits, code.getScaleBits());
  if (group.quantizer &&
      code.getBufferBitwidth() != group.quantizer.getBufferBitwidth())
    report(code, group.kind, Quantity::LookUpBuffer,
           Twine(code.getBufferBitwidth()) + " and " +
               Twine(group.quantizer.getBufferBitwidth()) + " bits");
}

void GroupChecker::checkOutput(HardwareGroup &group) {
  // They leave what other groups have made, and zeros and ones.
  if (isa<ConcatenateOp, PicoPostProcessingOp>(*group.main))
    return;
  OutputQuantizerOp quantizer = group.quantizer;
  Operation *at = group.main;
  checkCode(group);
  if (!quantizer) {
    auto buffer = group.main->getAttrOfType<IntegerAttr>("buffer_bitwidth");
    // Tests of predictions read all bits.
    Operation *next = getOnlyUser(group.result.getDefiningOp());
    if (!group.isLast && !isa_and_nonnull<PicoPostProcessingOp>(next))
      report(at, group.kind, Quantity::ActivationBits,
             Twine(buffer ? buffer.getInt() : 32), "of its accumulator");
    return;
  }
  at = quantizer.getOwner();
  int64_t bits = quantizer.getBitwidth();
  if (!group.isLast)
    limit(at, group.kind, Quantity::ActivationBits, bits);
  limit(at, group.kind, Quantity::OutputBits, bits);
  // Of integers the values are known.
  if (!quantizer.getScalesAttr() &&
      findLimit(Quantity::ScaleBits, version, group.kind))
    limit(at, group.kind, Quantity::ScaleBits, quantizer.getScaleBits());
  if (group.kind == akida::AddOp::kind)
    return;
  // The hardware takes the sign from the number of bits; under its own rules
  // integers do so from the start.
  if (isExact)
    return;
  if (bits >= 5 && quantizer.getIsUnsigned())
    report(at, group.kind, Quantity::UnsignedBits, Twine(bits));
  if (bits <= 4 && !quantizer.getIsUnsigned() && !group.relu)
    at->emitWarning() << "layer '" << cast<LayerOpInterface>(at).getLayerName()
                      << "': "
                      << describeLimit(Quantity::NegativeResults, version,
                                       group.kind, Twine(bits))
                      << "; the negative ones become 0";
}

void GroupChecker::checkV1Output(HardwareGroup &group) {
  OutputQuantizerOp quantizer = group.quantizer;
  if (quantizer && !isa<ReLUOp>(*quantizer.getOwner()))
    return report(quantizer.getOwner(), group.kind,
                  Quantity::QuantizedActivation,
                  quantizer.getOwner().getClassName());
  if (group.relu && !group.relu.getMaxValueAttr())
    report(group.relu, group.kind, Quantity::BoundedActivation, "without one");
  if (group.relu && !quantizer)
    report(group.relu, group.kind, Quantity::QuantizedActivation,
           "a ReLU that has no quantizer");
  if (!group.relu && !group.isLast)
    report(group.main, group.kind, Quantity::QuantizedActivation,
           "a layer without ReLU");
  if (!quantizer)
    return;
  limit(quantizer.getOwner(), group.kind, Quantity::ActivationBits,
        quantizer.getBitwidth());
  if (quantizer.getGranularity() == Granularity::PerAxis)
    report(quantizer.getOwner(), group.kind, Quantity::ActivationAxis,
           "of class " + quantizer.getOwner().getClassName());
}

void GroupChecker::checkActivation(HardwareGroup &group) {
  if (!group.average || !isV1())
    return;
  ArrayRef<int64_t> image = getShape(group.average.getInput());
  int64_t cells = image[1] * image[2];
  if (!isAllowed(Quantity::AverageSize, version, group.kind, cells))
    report(group.average, group.kind, Quantity::AverageSize,
           cross(image[1], image[2]) + " cells");
}

/// Bits of an integer, with a sign if it may have one.
static int64_t countBits(int64_t value, bool isSigned) {
  if (!isSigned && value < 0)
    return 64;
  uint64_t magnitude = value < 0 ? ~value : value;
  return llvm::Log2_64_Ceil(magnitude + 1) + (isSigned ? 1 : 0);
}

/// Integers that variables of the hardware can't hold.
void GroupChecker::checkIntegers(HardwareGroup &group) {
  auto checkShift = [&](Operation *op, StringRef name, Quantity quantity) {
    auto values = op ? op->getAttrOfType<ElementsAttr>(name) : ElementsAttr();
    if (!values)
      return;
    for (int64_t value : readIntegers(values)) {
      // Shifts to the right are cut at the bits of the buffer.
      if (quantity == Quantity::SignedShift && value < 0)
        continue;
      if (!isAllowed(quantity, version, group.kind, value))
        return report(op, group.kind, quantity, Twine(value), name);
    }
  };
  for (StringRef name : {"input_shift", "bias_shift", "a_shift", "b_shift"})
    checkShift(group.main, name, Quantity::Shift);
  checkShift(group.flatten, "input_shift", Quantity::Shift);
  checkShift(group.relu, "max_value_shift", Quantity::Shift);
  checkShift(group.quantizer, "shift", Quantity::SignedShift);
  checkShift(group.code, "shift", Quantity::SignedShift);

  auto checkBits = [&](Operation *op, StringRef name, StringRef shift,
                       bool isSigned, Quantity quantity) {
    auto values = op ? op->getAttrOfType<ElementsAttr>(name) : ElementsAttr();
    if (!values || !values.getElementType().isInteger())
      return;
    int64_t most = 1;
    for (int64_t value : readUnshifted(op, name, shift))
      most = std::max(most, countBits(value, isSigned));
    if (!isAllowed(quantity, version, group.kind, most))
      report(op, group.kind, quantity, Twine(most), name);
  };
  if (!isIntegerNetwork)
    for (auto [op, name] :
         {std::pair<Operation *, StringRef>(group.main, "bias_quantizer"),
          {group.relu, "max_value_quantizer"}})
      if (op)
        if (auto quantizer = op->getAttrOfType<AlignedQuantizerAttr>(name))
          limit(op, group.kind, Quantity::AlignedBits, quantizer.getBitwidth());
  // 1.0 holds thresholds and steps of its own.
  if (!isV1()) {
    checkBits(group.main, "bias", "bias_shift", true, Quantity::AlignedBits);
    checkBits(group.relu, "quantized_max_value", "max_value_shift", false,
              Quantity::AlignedBits);
    if (group.kind != akida::AddOp::kind)
      for (OutputQuantizerOp quantizer : {group.code, group.quantizer})
        checkBits(quantizer, "scales", "", false, Quantity::ScaleBits);
    return;
  }
  bool isConverted =
      group.quantizer ? bool(group.quantizer.getShiftAttr()) : isIntegerNetwork;
  if (!isIntegerNetwork || !isConverted || isa<AddOp>(*group.main))
    return;
  auto weighted = dyn_cast<WeightedLayerOpInterface>(*group.main);
  if (!weighted)
    return;
  Steps steps = getSteps(group, weighted.getNumOutputChannels());
  for (int64_t threshold : steps.threshold)
    if (threshold < INT32_MIN || threshold > INT32_MAX) {
      report(group.main, group.kind, Quantity::Threshold, Twine(threshold));
      break;
    }
  for (float step : steps.step)
    if (!(step >= 0.0625f) || std::isinf(step)) {
      report(group.main, group.kind, Quantity::ActivationStep,
             showNumber(step));
      break;
    }
}

void GroupChecker::checkBranches(HardwareGroup &group) {
  if (!isV1())
    return;
  int64_t users =
      std::distance(group.result.user_begin(), group.result.user_end());
  if (users > 1)
    report(group.main, group.kind, Quantity::Branches, Twine(users));
}

void GroupChecker::check(HardwareGroup &group) {
  checkBranches(group);
  if (auto quantizer = dyn_cast<InputQuantizerOp>(*group.main)) {
    limit(quantizer, group.kind, Quantity::QuantizerBits,
          quantizer.getBitwidth());
    return;
  }
  if (isa<DequantizerOp>(*group.main))
    return;
  if (isIntegerNetwork && !getFixed(group.main->getResult(0))) {
    failed = true;
    reportLayer(group.main)
        << "it runs in float before the integers end; quantize the network";
    return;
  }
  checkWeights(group);
  if (auto conv = dyn_cast<Conv2DOp>(*group.main))
    checkConv(group, conv);
  else if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(*group.main)) {
    checkWindow(group, depthwise);
  } else if (auto separable = dyn_cast<SeparableConv2DOp>(*group.main)) {
    checkWindow(group, separable);
  } else if (auto transposed = dyn_cast<Conv2DTransposeOp>(*group.main)) {
    checkTransposed(group, transposed);
  } else if (auto transposed =
                 dyn_cast<DepthwiseConv2DTransposeOp>(*group.main)) {
    checkTransposed(group, transposed);
  } else if (auto dense = dyn_cast<DenseOp>(*group.main)) {
    checkDense(group, dense);
  } else if (auto pico = dyn_cast<PicoPostProcessingOp>(*group.main)) {
    checkPico(pico);
  } else if (group.recurrent) {
    checkRecurrence(group);
  } else if (isa<MemoryLayerOpInterface>(*group.main)) {
    checkQueue(group);
  } else if (isa<ConcatenateOp>(*group.main)) {
    checkConcatenate(group);
  }
  checkActivation(group);
  if (isV1())
    checkV1Output(group);
  else
    checkOutput(group);
  checkIntegers(group);
}

LogicalResult GroupChecker::run() {
  checkInput();
  for (HardwareGroup &group : groups.groups)
    producers[group.result] = &group;
  for (HardwareGroup &group : groups.groups)
    check(group);
  return failure(failed);
}

LogicalResult checkGroups(func::FuncOp network, HardwareGroups &groups,
                          Version version) {
  return GroupChecker(network, groups, version).run();
}

} // namespace conversion
} // namespace qml
