//===- Meaning.cpp - What attributes of networks say ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Meaning.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace qml {
namespace conversion {

std::vector<int64_t> readOr(ElementsAttr elements, int64_t none) {
  return elements ? readIntegers(elements) : std::vector<int64_t>{none};
}

std::vector<int64_t> readAligned(Operation *layer, StringRef name,
                                 StringRef shift) {
  auto buffer = layer->getAttrOfType<IntegerAttr>("buffer_bitwidth");
  int bits = buffer ? static_cast<int>(buffer.getInt()) : 32;
  // ReLUs compute in so many value bits, accumulators have a sign.
  if (!isa<ReLUOp>(layer))
    --bits;
  return qml::readAligned(layer->getAttrOfType<ElementsAttr>(name),
                          layer->getAttrOfType<ElementsAttr>(shift), bits,
                          getArithmetic(layer));
}

std::vector<int64_t> readUnshifted(Operation *layer, StringRef name,
                                   StringRef shift) {
  std::vector<int64_t> result = readAligned(layer, name, shift);
  std::vector<int64_t> shifts =
      readOr(layer->getAttrOfType<ElementsAttr>(shift), 0);
  for (size_t i = 0; i != result.size(); ++i)
    result[i] >>= shifts[shifts.size() == 1 ? 0 : i];
  return result;
}

namespace {
/// A window, and what its padding is.
struct PaddedWindow {
  akida::WindowExtents window;
  std::array<int64_t, 2> dilations = {1, 1};
  PaddingAttr padding;
};
} // namespace

static PaddedWindow describeWindow(Operation *op) {
  PaddedWindow result;
  auto set = [&](auto layer, ArrayRef<int64_t> kernel) {
    ArrayRef<int64_t> image = getShape(layer.getInput());
    ArrayRef<int64_t> strides = layer.getStrides();
    result.window = {
        {image[1], image[2]}, {kernel[0], kernel[1]}, {strides[0], strides[1]}};
    result.padding = layer.getPadding();
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<MaxPool2DOp>([&](auto pool) { set(pool, pool.getPoolSize()); })
      .Case<Conv2DOp, DepthwiseConv2DOp, SeparableConv2DOp>([&](auto conv) {
        auto kernel = cast<ShapedType>(conv.getInputKernel().getType());
        set(conv, kernel.getShape());
        result.dilations = {conv.getDilations()[0], conv.getDilations()[1]};
      });
  return result;
}

akida::WindowExtents getWindow(Operation *op) {
  return describeWindow(op).window;
}

akida::ImagePads getPads(Operation *op) {
  PaddedWindow padded = describeWindow(op);
  akida::ImagePads result;
  for (int axis = 0; axis != 2; ++axis) {
    const akida::WindowExtents &window = padded.window;
    Pads pads =
        inferPads(axis, window.image[axis], window.kernel[axis],
                  window.strides[axis], padded.dilations[axis], padded.padding);
    result[2 * axis] = pads.before;
    result[2 * axis + 1] = pads.after;
  }
  return result;
}

} // namespace conversion
} // namespace qml
