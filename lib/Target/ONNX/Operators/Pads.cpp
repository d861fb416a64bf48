//===- Pads.cpp - Borders around images -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parts.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace mlir;

namespace qml {

/// An image with a border of its own cells: those next to the edge in the
/// opposite order (`isMirrored`), or those of the other edge. Rows first, then
/// columns, whose corners have the new rows.
static LogicalResult padWithItself(OperatorImport &node, const ONNXImage &like,
                                   Value value,
                                   const WindowPadding::Sides &sides,
                                   bool isMirrored) {
  ONNXArray array = {value, OperatorImport::keepChannels(like, value)};
  size_t rank = array.layout.getRank();
  for (size_t axis = 2; axis != rank; ++axis) {
    bool isRow = axis == 2 && rank == 4;
    int64_t before = sides[isRow ? 0 : 2], after = sides[isRow ? 1 : 3];
    int64_t extent = array.layout.getExtent(axis).factor;
    // Mirrored borders are products with so many rows.
    int64_t most = isMirrored ? std::min<int64_t>(extent - 1, 1 << 9) : extent;
    if (std::max(before, after) > most) {
      node.error() << "it has pads of " << before << " and " << after
                   << " cells of " << extent << "; up to " << most
                   << " are allowed";
      return failure();
    }
    std::string direction = isRow ? "rows" : "columns";
    // A part, in the opposite order if it is a mirrored border.
    auto cut = [&](StringRef which, int64_t start,
                   int64_t count) -> FailureOr<ONNXImage> {
      std::string part = (direction + "_" + which).str();
      bool turns = isMirrored && count != 1;
      FailureOr<ONNXArray> piece =
          take(node, node.make(turns ? part + "_cut" : part), array, axis,
               start, count, 1, part);
      std::vector<int64_t> order;
      for (int64_t i = count; turns && i != 0; --i)
        order.push_back(i - 1);
      if (turns && succeeded(piece))
        piece = pick(node, node.make(part), *piece, axis, order, part);
      if (failed(piece))
        return failure();
      return node.makeImage(*piece, /*inOrder=*/true);
    };
    std::vector<FailureOr<ONNXImage>> pieces;
    if (before != 0)
      pieces.push_back(cut("before", isMirrored ? 1 : extent - before, before));
    pieces.push_back(node.makeImage(array, /*inOrder=*/true));
    if (after != 0)
      pieces.push_back(
          cut("after", isMirrored ? extent - 1 - after : 0, after));
    if (pieces.size() == 1)
      continue;
    std::vector<ONNXImage> images;
    for (FailureOr<ONNXImage> &piece : pieces) {
      if (failed(piece))
        return failure();
      images.push_back(*piece);
    }
    bool isLast = axis + 1 == rank || (sides[2] == 0 && sides[3] == 0);
    FailureOr<Value> joined = joinImages(
        node, isLast ? node.make() : node.make(direction), images, axis);
    if (failed(joined))
      return failure();
    array = {*joined, OperatorImport::makeImageLayout(
                          images[0], images[0].channels, *joined)};
  }
  node.setResult(array.value, array.layout);
  return success();
}

/// Channels of zeros before and after those that there are; less than none cut
/// some off.
static FailureOr<ONNXArray> padChannels(OperatorImport &node, LayerBuilder make,
                                        const ONNXArray &array, int64_t before,
                                        int64_t after) {
  int64_t channels = array.layout.getExtent(1).factor;
  constexpr int64_t most = 1 << 20;
  if (channels > most || channels + before + after < 1) {
    node.error() << "it pads " << channels << " channels by " << before
                 << " and " << after
                 << "; one at least must be left, of up to 2^20";
    return failure();
  }
  std::vector<int64_t> wanted;
  for (int64_t i = -before; i != channels + after; ++i)
    wanted.push_back(i < channels ? std::max<int64_t>(i, -1) : -1);
  return pick(node, std::move(make), array, 1, wanted, "kernel");
}

/// Whether nothing is below the value, as before a MaxPool.
static bool isLowest(OperatorImport &node, double value) {
  constexpr double half = -65504, bfloat = -3.38e38;
  bool isHalf = node.getStoredType(2) == ElementType::F16;
  return value <= (isHalf ? half : bfloat);
}

/// Whether a node that takes the image can make the border its own: a pool of
/// the largest whose windows all hold a cell of the image, or a convolution
/// without zeros around it.
static bool takesBorder(const ONNXNode &taker, std::string_view image,
                        const ONNXBorder &border, size_t rank, bool isPool) {
  auto getInts = [&](const char *name) {
    const ONNXAttribute *found = taker.find(name);
    return found ? found->integers : std::vector<int64_t>();
  };
  auto getInt = [&](const char *name, int64_t byDefault) {
    const ONNXAttribute *found = taker.find(name);
    return found ? found->integer : byDefault;
  };
  if (taker.op != (isPool ? "MaxPool" : "Conv") || !taker.domain.empty() ||
      llvm::count(taker.inputs, image) != 1 || taker.inputs.front() != image)
    return false;
  const ONNXAttribute *rule = taker.find("auto_pad");
  if (rule && rule->text != "NOTSET" && rule->text != "VALID")
    return false;
  std::vector<int64_t> pads = getInts("pads"), size = getInts("kernel_shape");
  if (!isPool)
    return getInt("group", 1) == 1 &&
           llvm::all_of(pads, [](int64_t pad) { return pad == 0; });
  size_t axes = rank - 2;
  bool fits = size.size() == axes && getInt("ceil_mode", 0) == 0 &&
              (pads.empty() || pads.size() == 2 * axes);
  for (size_t i = 0; i != 2 * axes && fits; ++i) {
    size_t axis = i % axes, side = (axes == 1 ? 2 : 2 * axis) + i / axes;
    int64_t own = pads.empty() ? 0 : pads[i];
    fits =
        own >= 0 && own < size[axis] && border.sides[side] < size[axis] - own;
  }
  return fits;
}

FailureOr<Value> makeBorder(OperatorImport &node, LayerBuilder make,
                            const ONNXImage &image,
                            const WindowPadding::Sides &sides,
                            std::vector<double> values, StringRef resource) {
  int64_t channels = image.channels;
  std::vector<float> kernel(size_t(channels * channels));
  for (int64_t i = 0; i != channels; ++i)
    kernel[size_t(i * channels + i)] = 1;
  auto type =
      RankedTensorType::get({1, 1, channels, channels}, node.getFloatType());
  ConvOptions options;
  options.padding = sides;
  options.paddingValue = std::move(values);
  return make.makeConv2D(image.value,
                         makeElements(type,
                                      (node.name() + "_" + resource).str(),
                                      std::move(kernel)),
                         {}, options);
}

/// A border of a number that is not zero: that of the windows after it, or of a
/// convolution that does nothing else.
static LogicalResult padWithNumber(OperatorImport &node,
                                   const WindowPadding::Sides &sides,
                                   double value) {
  bool isPool = isLowest(node, value);
  ONNXBorder border = {sides, value};
  ONNXValue result = node.getInput();
  size_t rank = result.layout.getRank();
  auto takers = node.findTakers();
  bool isTaken = takers && llvm::all_of(*takers, [&](const ONNXNode *taker) {
                   return takesBorder(*taker, node.node().outputs.front(),
                                      border, rank, isPool);
                 });
  if (isTaken) {
    result.border = border;
    node.setResult(result);
    return success();
  }
  if (isPool) {
    node.error() << "its value is " << showNumber(value)
                 << "; that is supported before MaxPools alone, whose windows "
                    "are larger than the pads, without ceil_mode";
    return failure();
  }
  FailureOr<ONNXImage> image = node.getImage();
  if (failed(image))
    return failure();
  if (image->channels > maxBorderChannels) {
    node.error() << "its value is " << showNumber(value) << ", of "
                 << image->channels << " channels; up to " << maxBorderChannels
                 << " can be padded by what is not 0";
    return failure();
  }
  FailureOr<Value> padded =
      makeBorder(node, node.make(), *image, sides, {value}, "kernel");
  if (failed(padded))
    return failure();
  node.setResult(*padded, OperatorImport::keepChannels(*image, *padded));
  return success();
}

/// Cells before and after each axis, less than none of which cut some off.
static LogicalResult pad(OperatorImport &node, std::vector<int64_t> whole,
                         const std::string &mode, double value) {
  size_t rank = node.getInput().layout.getRank();
  if (llvm::all_of(whole, [](int64_t pad) { return pad == 0; })) {
    node.setResult(node.getInput());
    return success();
  }
  bool isEdge = mode == "edge", isConstant = mode == "constant";
  bool isMirror = mode == "reflect" || mode == "wrap";
  bool isNumber = isConstant && value != 0.0;
  if ((!isConstant && !isEdge && !isMirror) || std::isnan(value) ||
      (isNumber && std::isinf(value) && value > 0)) {
    node.error() << "its mode is " << quote(mode)
                 << (isConstant ? ", its value " + showNumber(value)
                                : std::string())
                 << "; supported are constant with one number, edge, reflect "
                    "and wrap";
    return failure();
  }
  for (int64_t pad : whole)
    if (std::abs(double(pad)) > 1 << 20) {
      node.error() << "it has a pad of " << pad;
      return failure();
    }
  bool padsChannels = rank > 1 && (whole[1] != 0 || whole[1 + rank] != 0);
  if (whole[0] != 0 || whole[rank] != 0 || (padsChannels && !isConstant)) {
    node.error() << "it pads "
                 << (padsChannels ? "the channels with their own cells"
                                  : "the batch")
                 << "; height, width and steps can be padded so, and channels "
                    "with zeros";
    return failure();
  }
  WindowPadding::Sides sides = {}, crops = {};
  for (size_t axis = 2; axis < rank; ++axis)
    for (size_t end : {0, 1}) {
      int64_t pad = whole[axis + end * rank];
      size_t side = (axis == 2 && rank == 4 ? 0 : 2) + end;
      (pad < 0 ? crops : sides)[side] = std::abs(pad);
    }
  bool cuts = crops != WindowPadding::Sides{},
       adds = sides != WindowPadding::Sides{};
  if (isNumber && !padsChannels && !cuts && (rank == 3 || rank == 4))
    return padWithNumber(node, sides, value);
  if (isNumber) {
    node.error() << "its value is " << showNumber(value)
                 << "; channels can be padded by 0 alone, and pads below 0 "
                    "don't go with other values";
    return failure();
  }
  FailureOr<ONNXArray> array = node.getArray();
  if (failed(array))
    return failure();
  if (padsChannels) {
    int64_t before = whole[1], after = whole[1 + rank];
    whole[1] = whole[1 + rank] = 0;
    bool isLast = llvm::all_of(whole, [](int64_t pad) { return pad == 0; });
    array = padChannels(node, isLast ? node.make() : node.make("channels"),
                        *array, before, after);
    if (failed(array))
      return failure();
    if (isLast) {
      node.setResult(array->value, array->layout);
      return success();
    }
  }
  FailureOr<ONNXImage> image = node.makeImage(*array, /*inOrder=*/false);
  if (failed(image))
    return failure();
  FailureOr<Value> result = image->value;
  if (cuts)
    result =
        (adds ? node.make("crop") : node.make()).makeCropping2D(*result, crops);
  if (adds && isMirror && succeeded(result))
    return padWithItself(node, *image, *result, sides, mode == "reflect");
  if (adds && succeeded(result))
    result = isEdge ? node.make().makeEdgePadding2D(*result, sides)
                    : node.make().makeZeroPadding2D(*result, sides);
  if (failed(result))
    return failure();
  node.setResult(*result, OperatorImport::keepChannels(*image, *result));
  return success();
}

static LogicalResult importPad(OperatorImport &node) {
  std::optional<std::vector<int64_t>> pads = node.getIntsOrInput("pads", 1);
  std::string mode = node.getString("mode", "constant");
  double value = node.getFloat("value", 0.0);
  if (node.hasInput(2)) {
    const ONNXConstant *constant = node.expectConstant(2, "value");
    if (!constant)
      return failure();
    value = constant->getScalar().value_or(constant->size() == 0 ? 0.0 : NAN);
  }
  if (auto codes = node.getInput().codes)
    value =
        codes->areSingle() ? (value - codes->zeros[0]) * codes->scales[0] : NAN;
  std::optional<std::vector<int64_t>> asked = node.getIntsOrInput("axes", 3);
  if (!pads || node.failed() || !node.expectTensor())
    return failure();
  const Layout &layout = node.getInput().layout;
  size_t rank = layout.getRank();
  std::vector<int64_t> whole(2 * rank, 0);
  if (!asked && pads->size() == 2 * rank) {
    whole = *pads;
  } else if (asked && pads->size() == 2 * asked->size()) {
    for (size_t i = 0; i != asked->size(); ++i) {
      std::optional<size_t> axis = node.getAxis((*asked)[i], rank);
      if (!axis)
        return failure();
      whole[*axis] = (*pads)[i];
      whole[*axis + rank] = (*pads)[i + asked->size()];
    }
  } else {
    node.error() << "it has " << int64_t(pads->size())
                 << " pads, which don't fit its input of " << int64_t(rank)
                 << " axes";
    return failure();
  }
  // Images whose channels the file has last are padded as they are stored.
  bool isOwn = rank == 4 && whole[3] == 0 && whole[7] == 0 &&
               layout.isStoredAs({{0}, {1}, {2}, {3}}, false);
  if (!isOwn || layout.isStoredAs({{0}, {2}, {3}, {1}}, true))
    return pad(node, std::move(whole), mode, value);
  ONNXValue turned = node.getInput(), result;
  turned.layout = layout.permuted({0, 3, 1, 2});
  OperatorImport step(node, "", {turned}, result);
  if (failed(pad(
          step,
          {whole[0], 0, whole[1], whole[2], whole[4], 0, whole[5], whole[6]},
          mode, value)))
    return failure();
  result.layout = result.layout.permuted({0, 2, 3, 1});
  node.setResult(result);
  return success();
}

ArrayRef<ONNXOperator> getPadOperators() {
  static const ONNXOperator operators[] = {
      {"Pad", importPad, "mode pads value",
       "with zeros; height, width and steps also with another number, -inf "
       "before a MaxPool, or their own cells (edge, reflect, wrap)"},
  };
  return operators;
}

} // namespace qml
