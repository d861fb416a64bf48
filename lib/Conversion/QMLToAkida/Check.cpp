//===- Check.cpp - What the hardware can't do -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each check holds a block against a row of the table of limits. Everything is
// reported, at the layers of the network that are the cause.
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Lower.h"

#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using qml::akida::LayerKind;
using qml::akida::Quantity;
using qml::akida::Version;

namespace qml {
namespace conversion {

namespace {

/// Checks the blocks of one network.
class BlockChecker {
public:
  BlockChecker(func::FuncOp network, Blocks &blocks, Version version)
      : network(network), blocks(blocks), version(version),
        isExact(getArithmetic(network) == Arithmetic::Akida),
        isIntegerNetwork(isInteger(network)) {}

  LogicalResult run();

private:
  void checkInput();
  void check(Block &block);
  void checkWeights(Block &block);
  template <typename OpT>
  void checkWindow(Block &block, OpT op);
  void checkConv(Block &block, Conv2DOp conv);
  void checkPaddingValue(Block &block, Conv2DOp conv);
  void checkPool(Block &block, Padding padding);
  void checkDense(Block &block, DenseOp dense);
  void checkActivation(Block &block);
  void checkOutput(Block &block);
  void checkV1Output(Block &block);
  void checkIntegers(Block &block);
  void checkBranches(Block &block);

  void violate(Operation *op, LayerKind kind, Quantity quantity,
               const Twine &found) {
    failed = true;
    conversion::violate(op)
        << describeViolation(quantity, version, kind, found);
  }
  void limit(Operation *op, LayerKind kind, Quantity quantity, int64_t value) {
    if (!isAllowed(quantity, version, kind, value))
      violate(op, kind, quantity, Twine(value));
  }
  bool isV1() const { return version == Version::V1; }

  func::FuncOp network;
  Blocks &blocks;
  Version version;
  /// Whether integers follow the chip's rules.
  bool isExact;
  bool isIntegerNetwork;
  bool failed = false;
};

} // namespace

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static std::string cross(int64_t a, int64_t b) {
  return std::to_string(a) + "x" + std::to_string(b);
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

void BlockChecker::checkInput() {
  Value input = network.getArgument(0);
  auto type = cast<RankedTensorType>(input.getType());
  if (type.getRank() != 2 && type.getRank() != 4) {
    failed = true;
    network.emitError() << describeViolation(Quantity::InputRank, version,
                                             LayerKind::InputData,
                                             Twine(type.getRank()));
  }
  LayerOpInterface imageLayer;
  for (Block &block : blocks.blocks) {
    auto found = llvm::find_if(block.inputs, [&](Value operand) {
      return operand == input ||
             isa_and_nonnull<InputQuantizerOp>(operand.getDefiningOp());
    });
    if (found == block.inputs.end() ||
        isa<InputQuantizerOp, DequantizerOp>(*block.main))
      continue;
    if (block.isImageInput()) {
      if (imageLayer)
        violate(block.main, block.kind, Quantity::ImageLayers,
                "besides '" + imageLayer.getLayerName() + "'");
      imageLayer = block.main;
      continue;
    }
    Value source = *found;
    auto quantizer = source.getDefiningOp<InputQuantizerOp>();
    Type element = cast<RankedTensorType>(source.getType()).getElementType();
    if (!quantizer && element.isSignlessInteger(16)) {
      violate(block.main, LayerKind::InputData, Quantity::InputBits, "16");
      continue;
    }
    bool isUnsigned =
        quantizer ? quantizer.getIsUnsigned() : element.isUnsignedInteger();
    if (isUnsigned) {
      violate(block.main, block.kind, Quantity::SignedInput,
              "of class " + block.main.getSourceClass());
    } else if (isV1() && quantizer) {
      violate(block.main, block.kind, Quantity::UnsignedInput,
              "of signed integers of " + Twine(quantizer.getBitwidth()) +
                  " bits");
    }
  }
}

//===----------------------------------------------------------------------===//
// Layers with kernels
//===----------------------------------------------------------------------===//

void BlockChecker::checkWeights(Block &block) {
  auto weighted = dyn_cast<WeightedLayerOpInterface>(*block.main);
  if (!weighted)
    return;
  SmallVector<int64_t, 2> bits;
  for (const KernelInfo &kernel : weighted.getKernels()) {
    auto quantizer = block.main->getAttrOfType<WeightQuantizerAttr>(
        kernel.getQuantizerName());
    if (quantizer) {
      bits.push_back(quantizer.getBitwidth());
      continue;
    }
    failed = true;
    conversion::violate(block.main)
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
  limit(block.main, block.kind, Quantity::WeightBits, bits.front());
  if (bits.back() != bits.front())
    violate(block.main, block.kind, Quantity::PairedWeightBits,
            Twine(bits.front()) + " and " + Twine(bits.back()));
}

template <typename OpT>
static ArrayRef<int64_t> getKernelShape(OpT op) {
  ElementsAttr kernel;
  if constexpr (std::is_same_v<OpT, SeparableConv2DOp>)
    kernel = op.getDepthwiseKernel();
  else
    kernel = op.getKernel();
  return cast<ShapedType>(kernel.getType()).getShape();
}

Padding getHardwarePadding(Operation *conv) {
  ArrayRef<int64_t> kernel;
  Padding padding = Padding::Same;
  bool hasValue = false;
  llvm::TypeSwitch<Operation *>(conv)
      .Case<Conv2DOp, DepthwiseConv2DOp, SeparableConv2DOp>([&](auto op) {
        kernel = getKernelShape(op);
        padding = op.getPadding();
        if constexpr (std::is_same_v<decltype(op), Conv2DOp>)
          hasValue = op.getPaddingValue().has_value();
      });
  return hasValue || (kernel[0] == 1 && kernel[1] == 1) ? Padding::Same
                                                        : padding;
}

template <typename OpT>
void BlockChecker::checkWindow(Block &block, OpT op) {
  ArrayRef<int64_t> kernel = getKernelShape(op);
  ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
  bool isSquare = kernel[0] == kernel[1];
  auto isSize = [&](int64_t size) {
    return isAllowed(Quantity::KernelSize, version, block.kind, size);
  };
  if (!isSquare && findLimit(Quantity::KernelShape, version, block.kind))
    violate(op, block.kind, Quantity::KernelShape, cross(kernel[0], kernel[1]));
  if (!isSize(kernel[0]) || !isSize(kernel[1]))
    violate(op, block.kind, Quantity::KernelSize, cross(kernel[0], kernel[1]));
  if (strides[0] != strides[1] &&
      findLimit(Quantity::StrideShape, version, block.kind))
    violate(op, block.kind, Quantity::StrideShape,
            cross(strides[0], strides[1]));
  for (int64_t axis = 0; axis != (strides[0] == strides[1] ? 1 : 2); ++axis)
    limit(op, block.kind, Quantity::Stride, strides[axis]);
  if (strides[0] == 2 && strides[1] == 2 && isSquare && isSize(kernel[0]))
    limit(op, block.kind, Quantity::StrideWithKernel, kernel[0]);
  if (isV1() && block.kind != LayerKind::InputConvolutional &&
      (strides[0] > kernel[0] || strides[1] > kernel[1]))
    violate(op, block.kind, Quantity::StrideOfKernel,
            cross(strides[0], strides[1]) + " of a kernel of " +
                cross(kernel[0], kernel[1]));
  if (dilations[0] != 1 || dilations[1] != 1)
    violate(op, block.kind, Quantity::Dilation,
            cross(dilations[0], dilations[1]));
}

void BlockChecker::checkPaddingValue(Block &block, Conv2DOp conv) {
  bool isImage = block.isImageInput();
  Quantity quantity =
      isImage ? Quantity::PaddingValue : Quantity::InnerPaddingValue;
  if (!conv.getQuantizedPaddingAttr()) {
    // Before integers: a float that isn't zero is known to be wrong inside.
    std::optional<ArrayRef<double>> padding = conv.getPaddingValue();
    if (padding && !isImage)
      for (double value : *padding)
        if (value != 0)
          return violate(conv, block.kind, quantity, std::to_string(value));
    return;
  }
  std::vector<int64_t> values = readIntegers(conv.getQuantizedPaddingAttr());
  for (int64_t value : values)
    if (!isAllowed(quantity, version, block.kind, value)) {
      violate(conv, block.kind, quantity, Twine(value));
      break;
    }
  if (findLimit(Quantity::PaddingValuePerChannel, version, block.kind) &&
      llvm::any_of(values,
                   [&](int64_t value) { return value != values.front(); }))
    violate(conv, block.kind, Quantity::PaddingValuePerChannel,
            Twine(values[0]) + " and others");
}

void BlockChecker::checkPool(Block &block, Padding padding) {
  MaxPool2DOp pool = block.maxPool;
  if (!pool)
    return;
  ArrayRef<int64_t> size = pool.getPoolSize(), strides = pool.getStrides();
  if (findLimit(Quantity::PoolShape, version, block.kind) &&
      (size[0] != size[1] || strides[0] != strides[1]))
    violate(pool, block.kind, Quantity::PoolShape,
            cross(size[0], size[1]) + " with strides " +
                cross(strides[0], strides[1]));
  else if (strides[0] > size[0] || strides[1] > size[1])
    violate(pool, block.kind, Quantity::PoolStride,
            cross(strides[0], strides[1]) + " of a pool of " +
                cross(size[0], size[1]));
  if (pool.getPadding() != padding)
    violate(pool, block.kind, Quantity::PoolPadding,
            Twine(pool.getPadding() == Padding::Same ? "same" : "valid") +
                " behind a convolution with padding " +
                (padding == Padding::Same ? "same" : "valid"));
}

void BlockChecker::checkConv(Block &block, Conv2DOp conv) {
  checkWindow(block, conv);
  checkPaddingValue(block, conv);
  checkPool(block, getHardwarePadding(conv));
  if (block.isImageInput() && conv.getInputShiftAttr())
    for (int64_t shift : readIntegers(conv.getInputShiftAttr()))
      if (shift != 0)
        return violate(conv, block.kind, Quantity::ImageShift,
                       Twine(shift) + " bits apart");
}

void BlockChecker::checkDense(Block &block, DenseOp dense) {
  ArrayRef<int64_t> shape = getShape(dense.getInput()).drop_front();
  int64_t elements = 1;
  for (int64_t extent : shape)
    elements *= extent;
  if (elements != shape.back())
    violate(dense, block.kind, Quantity::DenseInput,
            "of rank " + Twine(shape.size() + 1));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void BlockChecker::checkOutput(Block &block) {
  OutputQuantizerOp quantizer = block.quantizer;
  Operation *at = block.main;
  if (!quantizer) {
    auto buffer = block.main->getAttrOfType<IntegerAttr>("buffer_bitwidth");
    if (!block.isLast)
      conversion::violate(at) << describeViolation(
          Quantity::ActivationBits, version, block.kind,
          Twine(buffer ? buffer.getInt() : 32), "of its accumulator");
    failed |= !block.isLast;
    return;
  }
  at = quantizer.getOwner();
  int64_t bits = quantizer.getBitwidth();
  if (!block.isLast)
    limit(at, block.kind, Quantity::ActivationBits, bits);
  limit(at, block.kind, Quantity::OutputBits, bits);
  // Of integers the values are known.
  if (!quantizer.getScalesAttr() &&
      findLimit(Quantity::ScaleBits, version, block.kind))
    limit(at, block.kind, Quantity::ScaleBits, quantizer.getScaleBits());
  if (block.kind == LayerKind::Add)
    return;
  // The hardware takes the sign from the number of bits; under its own rules
  // integers do so from the start.
  if (isExact)
    return;
  if (bits >= 5 && quantizer.getIsUnsigned())
    violate(at, block.kind, Quantity::UnsignedBits, Twine(bits));
  if (bits <= 4 && !quantizer.getIsUnsigned() && !block.relu)
    at->emitWarning() << "layer '" << cast<LayerOpInterface>(at).getLayerName()
                      << "': "
                      << describeViolation(Quantity::NegativeResults, version,
                                           block.kind, Twine(bits))
                      << "; the negative ones become 0";
}

void BlockChecker::checkV1Output(Block &block) {
  OutputQuantizerOp quantizer = block.quantizer;
  if (quantizer && !isa<ReLUOp>(*quantizer.getOwner()))
    return violate(quantizer.getOwner(), block.kind,
                   Quantity::QuantizedActivation,
                   quantizer.getOwner().getSourceClass());
  if (block.relu && !block.relu.getMaxValueAttr())
    violate(block.relu, block.kind, Quantity::BoundedActivation, "without one");
  if (block.relu && !quantizer)
    violate(block.relu, block.kind, Quantity::QuantizedActivation,
            "a ReLU that has no quantizer");
  if (!block.relu && !block.isLast)
    violate(block.main, block.kind, Quantity::QuantizedActivation,
            "a layer without ReLU");
  if (!quantizer)
    return;
  limit(quantizer.getOwner(), block.kind, Quantity::ActivationBits,
        quantizer.getBitwidth());
  if (quantizer.getAxis() == Granularity::PerAxis)
    violate(quantizer.getOwner(), block.kind, Quantity::ActivationAxis,
            "of class " + quantizer.getOwner().getSourceClass());
}

void BlockChecker::checkActivation(Block &block) {
  if (!block.average || !isV1())
    return;
  ArrayRef<int64_t> image = getShape(block.average.getInput());
  int64_t cells = image[1] * image[2];
  if (!isAllowed(Quantity::AverageSize, version, block.kind, cells))
    violate(block.average, block.kind, Quantity::AverageSize,
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
void BlockChecker::checkIntegers(Block &block) {
  auto checkShift = [&](Operation *op, StringRef name, Quantity quantity) {
    auto values = op ? op->getAttrOfType<ElementsAttr>(name) : ElementsAttr();
    if (!values)
      return;
    for (int64_t value : readIntegers(values)) {
      // Shifts to the right are cut at the bits of the buffer.
      if (quantity == Quantity::SignedShift && value < 0)
        continue;
      if (!isAllowed(quantity, version, block.kind, value)) {
        failed = true;
        conversion::violate(op) << describeViolation(
            quantity, version, block.kind, Twine(value), name);
        return;
      }
    }
  };
  for (StringRef name : {"input_shift", "bias_shift", "a_shift", "b_shift"})
    checkShift(block.main, name, Quantity::Shift);
  checkShift(block.flatten, "input_shift", Quantity::Shift);
  checkShift(block.relu, "max_value_shift", Quantity::Shift);
  checkShift(block.quantizer, "shift", Quantity::SignedShift);

  auto checkBits = [&](Operation *op, StringRef name, StringRef shift,
                       bool isSigned, Quantity quantity) {
    auto values = op ? op->getAttrOfType<ElementsAttr>(name) : ElementsAttr();
    if (!values || !values.getElementType().isInteger())
      return;
    int64_t most = 1;
    auto shifts = op->getAttrOfType<ElementsAttr>(shift);
    for (int64_t value : shiftBack(values, shifts))
      most = std::max(most, countBits(value, isSigned));
    if (isAllowed(quantity, version, block.kind, most))
      return;
    failed = true;
    conversion::violate(op)
        << describeViolation(quantity, version, block.kind, Twine(most), name);
  };
  if (!isIntegerNetwork)
    for (auto [op, name] :
         {std::pair<Operation *, StringRef>(block.main, "bias_quantizer"),
          {block.relu, "max_value_quantizer"}})
      if (op)
        if (auto quantizer = op->getAttrOfType<AlignedQuantizerAttr>(name))
          limit(op, block.kind, Quantity::AlignedBits, quantizer.getBitwidth());
  // 1.0 holds thresholds and steps of its own.
  if (!isV1()) {
    checkBits(block.main, "bias", "bias_shift", true, Quantity::AlignedBits);
    checkBits(block.relu, "quantized_max_value", "max_value_shift", false,
              Quantity::AlignedBits);
    if (block.kind != LayerKind::Add)
      checkBits(block.quantizer, "scales", "", false, Quantity::ScaleBits);
    return;
  }
  bool isConverted =
      block.quantizer ? bool(block.quantizer.getShiftAttr()) : isIntegerNetwork;
  if (!isIntegerNetwork || !isConverted || isa<AddOp>(*block.main))
    return;
  auto weighted = dyn_cast<WeightedLayerOpInterface>(*block.main);
  if (!weighted)
    return;
  Steps steps = getSteps(block, weighted.getNumOutputChannels());
  for (int64_t threshold : steps.threshold)
    if (threshold < INT32_MIN || threshold > INT32_MAX) {
      violate(block.main, block.kind, Quantity::Threshold, Twine(threshold));
      break;
    }
  for (float step : steps.step)
    if (!(step >= 0.0625f) || std::isinf(step)) {
      violate(block.main, block.kind, Quantity::ActivationStep,
              std::to_string(step));
      break;
    }
}

void BlockChecker::checkBranches(Block &block) {
  if (!isV1())
    return;
  int64_t users =
      std::distance(block.result.user_begin(), block.result.user_end());
  if (users > 1)
    violate(block.main, block.kind, Quantity::Branches, Twine(users));
}

void BlockChecker::check(Block &block) {
  checkBranches(block);
  if (auto quantizer = dyn_cast<InputQuantizerOp>(*block.main)) {
    limit(quantizer, block.kind, Quantity::QuantizerBits,
          quantizer.getBitwidth());
    return;
  }
  if (isa<DequantizerOp>(*block.main))
    return;
  if (isIntegerNetwork && !block.main.getResultFixed()) {
    failed = true;
    conversion::violate(block.main)
        << "it runs in float before the integers end; quantize the network";
    return;
  }
  checkWeights(block);
  if (auto conv = dyn_cast<Conv2DOp>(*block.main))
    checkConv(block, conv);
  else if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(*block.main)) {
    checkWindow(block, depthwise);
    checkPool(block, getHardwarePadding(depthwise));
  } else if (auto separable = dyn_cast<SeparableConv2DOp>(*block.main)) {
    checkWindow(block, separable);
    checkPool(block, getHardwarePadding(separable));
  } else if (auto dense = dyn_cast<DenseOp>(*block.main)) {
    checkDense(block, dense);
  }
  checkActivation(block);
  if (isV1())
    checkV1Output(block);
  else
    checkOutput(block);
  checkIntegers(block);
}

LogicalResult BlockChecker::run() {
  checkInput();
  for (Block &block : blocks.blocks)
    check(block);
  return failure(failed);
}

LogicalResult checkBlocks(func::FuncOp network, Blocks &blocks,
                          Version version) {
  return BlockChecker(network, blocks, version).run();
}

} // namespace conversion
} // namespace qml
