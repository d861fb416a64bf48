//===- Windows.cpp - Windows of the file ----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

using namespace mlir;

namespace qml {

std::optional<std::array<int64_t, 2>>
readPair(OperatorImport &node, StringRef attribute, bool isSequence,
         int64_t byDefault, int64_t least) {
  size_t count = isSequence ? 1 : 2;
  std::vector<int64_t> values =
      node.getInts(attribute, std::vector<int64_t>(count, byDefault));
  constexpr int64_t most = 1 << 20;
  bool isGood = values.size() == count;
  for (int64_t value : values)
    isGood &= value >= least && value <= most;
  if (!isGood) {
    node.error() << "its " << attribute << " are "
                 << toString(Shape(values.begin(), values.end())) << "; "
                 << int64_t(count) << " of " << least << " to 2^20 are allowed";
    return std::nullopt;
  }
  if (isSequence)
    return std::array<int64_t, 2>{least == 0 ? 0 : 1, values[0]};
  return std::array<int64_t, 2>{values[0], values[1]};
}

namespace {
enum class AutoPad { NotSet, Valid, Upper, Lower };
} // namespace

static std::optional<AutoPad> readAutoPad(OperatorImport &node) {
  std::string rule = node.getString("auto_pad", "NOTSET");
  if (rule == "NOTSET" || rule.empty())
    return AutoPad::NotSet;
  if (rule == "VALID")
    return AutoPad::Valid;
  if (rule == "SAME_UPPER")
    return AutoPad::Upper;
  if (rule == "SAME_LOWER")
    return AutoPad::Lower;
  node.error() << "its auto_pad is " << quote(rule)
               << "; allowed are NOTSET, VALID, SAME_UPPER and SAME_LOWER";
  return std::nullopt;
}

/// Top, bottom, left, right, as the file says them.
static std::optional<WindowPadding::Sides> readPads(OperatorImport &node,
                                                    bool isSequence) {
  size_t count = isSequence ? 2 : 4;
  std::vector<int64_t> pads =
      node.getInts("pads", std::vector<int64_t>(count, 0));
  bool isGood = pads.size() == count;
  for (int64_t pad : pads)
    isGood &= pad >= 0 && pad <= 1 << 20;
  if (!isGood) {
    node.error() << "its pads are " << toString(Shape(pads.begin(), pads.end()))
                 << "; " << int64_t(count) << " of 0 to 2^20 are allowed";
    return std::nullopt;
  }
  if (isSequence)
    return WindowPadding::Sides{0, 0, pads[0], pads[1]};
  return WindowPadding::Sides{pads[0], pads[2], pads[1], pads[3]};
}

std::optional<WindowOptions> readWindow(OperatorImport &node,
                                        const ONNXImage &image, int64_t height,
                                        int64_t width,
                                        const ONNXBorder &border) {
  WindowOptions window;
  window.size = {height, width};
  bool isSequence = image.isSequence();
  auto strides = readPair(node, "strides", isSequence, 1, 1);
  auto dilations = readPair(node, "dilations", isSequence, 1, 1);
  std::optional<AutoPad> rule = readAutoPad(node);
  std::optional<WindowPadding::Sides> pads = readPads(node, isSequence);
  bool roundsUp = node.getInt("ceil_mode", 0) != 0;
  if (!strides || !dilations || !rule || !pads || node.failed())
    return std::nullopt;
  window.strides = *strides;
  window.dilations = *dilations;
  std::array<int64_t, 2> image2 = {image.height, image.width};
  bool areNamedSame = true;
  for (size_t axis = 0; axis != 2; ++axis) {
    int64_t extent = image2[axis], stride = window.strides[axis];
    int64_t span = (window.size[axis] - 1) * window.dilations[axis] + 1;
    Pads same = inferSamePads(extent, window.size[axis], stride,
                              window.dilations[axis]);
    int64_t &before = window.sides[2 * axis],
            &after = window.sides[2 * axis + 1];
    if (*rule == AutoPad::Upper || *rule == AutoPad::Lower) {
      before = same.before;
      after = same.after;
      if (*rule == AutoPad::Lower)
        std::swap(before, after);
    } else {
      bool isValid = *rule == AutoPad::Valid;
      before = border.sides[2 * axis] + (isValid ? 0 : (*pads)[2 * axis]);
      after =
          border.sides[2 * axis + 1] + (isValid ? 0 : (*pads)[2 * axis + 1]);
    }
    window.declared[2 * axis] = before;
    window.declared[2 * axis + 1] = after;
    int64_t room = extent + before + after - span;
    if (room < 0) {
      node.error() << "its window of " << span << " cells is larger than its "
                   << "input of " << extent << " with pads of " << before
                   << " and " << after;
      return std::nullopt;
    }
    int64_t rest = room % stride;
    // A window that would begin in the pads after the image is left out.
    bool isAdded =
        roundsUp && rest != 0 && (room / stride + 1) * stride < extent + before;
    if (isAdded)
      after += stride - rest;
    else
      after = std::max<int64_t>(after - rest, 0);
    areNamedSame &= before == same.before && after == same.after;
  }
  window.padding = window.sides == WindowPadding::Sides{}
                       ? WindowPadding(Padding::Valid)
                   : areNamedSame ? WindowPadding(Padding::Same)
                                  : WindowPadding(window.sides);
  return window;
}

std::optional<ConvTransposeOptions> readTransposedWindow(OperatorImport &node,
                                                         const ONNXImage &image,
                                                         int64_t height,
                                                         int64_t width) {
  bool isSequence = image.isSequence();
  auto strides = readPair(node, "strides", isSequence, 1, 1);
  auto dilations = readPair(node, "dilations", isSequence, 1, 1);
  auto extra = readPair(node, "output_padding", isSequence, 0, 0);
  std::optional<AutoPad> rule = readAutoPad(node);
  std::optional<WindowPadding::Sides> pads = readPads(node, isSequence);
  std::vector<int64_t> target = node.getInts("output_shape", {});
  if (!strides || !dilations || !extra || !rule || !pads || node.failed())
    return std::nullopt;
  if (isSequence && target.size() == 1)
    target.insert(target.begin(), 1);
  for (int64_t extent : target)
    if (extent < 1 || extent > 1 << 30) {
      node.error() << "its output_shape has the extent " << extent;
      return std::nullopt;
    }
  if (!target.empty() && target.size() != 2) {
    node.error() << "its output_shape has " << int64_t(target.size())
                 << " extents; it has those of the image alone";
    return std::nullopt;
  }
  ConvTransposeOptions options;
  options.strides = *strides;
  options.dilations = *dilations;
  std::array<int64_t, 2> extents = {image.height, image.width};
  std::array<int64_t, 2> size = {height, width};
  WindowPadding::Sides crops = *pads;
  bool isSame = true, isWhole = true, hasExtra = false;
  for (size_t axis = 0; axis != 2; ++axis) {
    int64_t stride = options.strides[axis];
    int64_t span = (size[axis] - 1) * options.dilations[axis] + 1;
    int64_t whole = (extents[axis] - 1) * stride + span + (*extra)[axis];
    int64_t &before = crops[2 * axis], &after = crops[2 * axis + 1];
    bool isRule = *rule == AutoPad::Upper || *rule == AutoPad::Lower;
    if (isRule || !target.empty()) {
      int64_t wanted = target.empty() ? extents[axis] * stride : target[axis];
      int64_t total = std::max<int64_t>(whole - wanted, 0);
      // What is not the rule of SAME_UPPER cuts the larger half before.
      int64_t half = total / 2;
      before = *rule == AutoPad::Upper ? half : total - half;
      after = total - before;
      if (whole < wanted)
        (*extra)[axis] += wanted - whole;
    } else if (*rule == AutoPad::Valid) {
      before = after = 0;
    }
    // Cells that are added are cells that are not cut off.
    int64_t kept = std::min(after, (*extra)[axis]);
    after -= kept;
    (*extra)[axis] -= kept;
    hasExtra |= (*extra)[axis] != 0;
    int64_t surplus = std::max<int64_t>(span - stride, 0);
    isWhole &= span >= stride && before == 0 && after == 0;
    isSame &=
        span >= stride && before == surplus / 2 && before + after == surplus;
  }
  if (hasExtra)
    options.outputPadding = *extra;
  // Under the name that Keras has for it. Where nothing overlaps both names say
  // the same; kernels that are "same" can grow for the chip.
  options.padding = isSame && !hasExtra    ? WindowPadding(Padding::Same)
                    : isWhole && !hasExtra ? WindowPadding(Padding::Valid)
                                           : WindowPadding(crops);
  return options;
}

} // namespace qml
