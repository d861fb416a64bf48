//===- MakeKernelsOdd.cpp - Even kernels as odd ones ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_MAKEKERNELSODD
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// Whether a convolution reads the network's input, an image of 1 or 3 channels
/// that is rescaled at most.
template <typename ConvOp>
static bool readsInputImage(ConvOp conv) {
  int64_t channels = getNumChannels(conv.getInput());
  return (channels == 1 || channels == 3) &&
         isa<BlockArgument>(skipRescalings(conv.getInput()));
}

/// Whether the reference grows a kernel of this size and stride.
static bool mustGrow(int64_t size, int64_t stride, bool isInputConv) {
  if (isInputConv)
    return (size == 2 || size == 6) && (stride == 1 || stride == 2);
  return (stride == 1 && (size == 2 || size == 4 || size == 6)) ||
         (stride == 2 && size == 2);
}

/// Copies a (size, size, ...) kernel into one of size + 1, after `top` rows
/// and `left` columns of zeros.
static std::vector<float> grow(ArrayRef<float> kernel, int64_t size,
                               int64_t inner, int64_t top, int64_t left) {
  std::vector<float> grown((size + 1) * (size + 1) * inner, 0.0f);
  for (int64_t row = 0; row != size; ++row)
    std::copy_n(kernel.begin() + row * size * inner, size * inner,
                grown.begin() + ((row + top) * (size + 1) + left) * inner);
  return grown;
}

template <typename ConvOp>
static constexpr bool isTransposed =
    std::is_same_v<ConvOp, Conv2DTransposeOp> ||
    std::is_same_v<ConvOp, DepthwiseConv2DTransposeOp>;

namespace {
/// What became of a kernel.
enum class Growth { Grown, Odd, OtherSize, Dilated, Shift, HasPadding };
} // namespace

template <typename ConvOp>
static Growth growKernel(ConvOp conv, bool isInputConv) {
  auto type = cast<RankedTensorType>(conv.getKernel().getType());
  ArrayRef<int64_t> shape = type.getShape();
  int64_t size = shape[0], stride = conv.getStrides()[0];
  if (conv.getPadding().getMode() != Padding::Same ||
      !isFloatTensor(conv.getResult()) || (size % 2 != 0 && shape[1] % 2 != 0))
    return Growth::Odd;
  if (shape[1] != size || !mustGrow(size, stride, isInputConv))
    return Growth::OtherSize;
  // It would shift the image by more than one cell.
  if (conv.getDilations() != ArrayRef<int64_t>{1, 1})
    return Growth::Dilated;
  // Padding values stand for explicit padding, which the reference leaves as it
  // is.
  if constexpr (std::is_same_v<ConvOp, Conv2DOp>)
    if (conv.getPaddingValue())
      return Growth::HasPadding;
  ArrayRef<int64_t> image = getShape(conv.getInput());
  int64_t top = stride == 1 ? 1 : image[1] % 2;
  int64_t left = stride == 1 ? 1 : image[2] % 2;
  // What is cut off before the image stays the same with stride 2, whatever the
  // image; the reference goes by it all the same, and shifts odd ones.
  if constexpr (isTransposed<ConvOp>) {
    if (conv.getOutputPadding())
      return Growth::HasPadding;
    if (stride == 2 && conv.getStrides()[1] == 2)
      top = left = 0;
  }
  // The reference goes by the first stride, and shifts the image where the
  // second one is another.
  int64_t offsets[] = {top, left};
  for (int axis : {0, 1}) {
    // Of a transposed one, what is cut off is the padding of its result.
    int64_t step = conv.getStrides()[axis];
    int64_t padded = image[1 + axis] * (isTransposed<ConvOp> ? step : 1);
    auto before = [&](int64_t kernel) {
      return inferSamePads(padded, kernel, step, /*dilation=*/1).before;
    };
    if (before(size + 1) != before(size) + offsets[axis])
      return Growth::Shift;
  }
  ElementsAttr old = conv.getKernel();
  std::vector<float> grown = grow(ElementsView<float>(old).get(), size,
                                  shape[2] * shape[3], top, left);
  conv.setKernelAttr(makeElements(
      RankedTensorType::get({size + 1, size + 1, shape[2], shape[3]},
                            type.getElementType()),
      (conv.getLayerName() + "_kernel").str(), std::move(grown)));
  return Growth::Grown;
}

namespace {
struct MakeKernelsOddPass : qml::impl::MakeKernelsOddBase<MakeKernelsOddPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network))
      return markAllAnalysesPreserved();
    for (Operation &op : network.front()) {
      if (auto conv = dyn_cast<Conv2DOp>(op))
        count(growKernel(conv, readsInputImage(conv)));
      else if (auto conv = dyn_cast<DepthwiseConv2DOp>(op))
        count(growKernel(conv, /*isInputConv=*/false));
      else if (auto conv = dyn_cast<Conv2DTransposeOp>(op))
        count(growKernel(conv, readsInputImage(conv)));
      else if (auto conv = dyn_cast<DepthwiseConv2DTransposeOp>(op))
        count(growKernel(conv, /*isInputConv=*/false));
    }
  }

  void count(Growth growth) {
    numGrown += growth == Growth::Grown;
    numSize += growth == Growth::OtherSize;
    numDilated += growth == Growth::Dilated;
    numShift += growth == Growth::Shift;
    numPadding += growth == Growth::HasPadding;
  }
};
} // namespace
