//===- Joins.cpp - Tensors side by side -----------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constants have no layer of their own: all layers compute something of the
// network's input. Beside channels they are the bias of channels whose weights
// are zeros; what varies from cell to cell is added to those. Beside cells they
// are the padding of an image, or are added to it.
//
//===----------------------------------------------------------------------===//

#include "Parts.h"

#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace qml {

/// Images at these places along an axis of `whole` cells, zeros between them.
static FailureOr<Value> placeImages(OperatorImport &node, LayerBuilder last,
                                    ArrayRef<ONNXImage> images,
                                    ArrayRef<int64_t> starts, size_t axis,
                                    int64_t whole) {
  bool isRow = axis == 2 && !images[0].isSequence();
  FailureOr<Value> sum = failure();
  for (size_t i = 0; i != images.size(); ++i) {
    bool isLast = i + 1 == images.size();
    WindowPadding::Sides pads = {};
    pads[isRow ? 0 : 2] = starts[i];
    pads[isRow ? 1 : 3] =
        whole - starts[i] - images[i].layout.getExtent(axis).factor;
    LayerBuilder pad =
        images.size() == 1 ? last : node.make("padded_" + std::to_string(i));
    FailureOr<Value> padded = images[i].value;
    if (pads != WindowPadding::Sides{})
      padded = pad.makeZeroPadding2D(images[i].value, pads);
    if (failed(padded))
      return failure();
    LayerBuilder make = isLast ? last : node.make("sum_" + std::to_string(i));
    sum = i == 0 ? padded : make.makeAdd(*sum, *padded);
    if (failed(sum))
      return failure();
  }
  return sum;
}

FailureOr<Value> joinImages(OperatorImport &node, LayerBuilder last,
                            ArrayRef<ONNXImage> images, size_t axis) {
  int64_t whole = 0;
  SmallVector<int64_t> starts;
  for (const ONNXImage &image : images) {
    starts.push_back(whole);
    whole += image.layout.getExtent(axis).factor;
  }
  return placeImages(node, std::move(last), images, starts, axis, whole);
}

namespace {
/// What is joined: a tensor, or constants, which are the same for each sample.
struct Piece {
  std::optional<ONNXArray> array;
  /// Of shape (before, extent, after), the axis that is joined between.
  std::vector<double> values;
  int64_t extent = 0;

  bool isConstant() const { return !array; }
};

/// Tensors side by side along an axis; constants in a row are one.
struct Join {
  size_t axis = 0;
  /// Of all tensors, but for `axis`.
  std::vector<Extent> shape;
  std::vector<Piece> pieces;
  int64_t whole = 0;

  int64_t getBefore() const { return multiply(1, axis); }
  int64_t getAfter() const { return multiply(axis + 1, shape.size()); }
  bool hasConstants() const {
    return llvm::any_of(pieces,
                        [](const Piece &piece) { return piece.isConstant(); });
  }
  bool areTails(size_t some) const {
    return llvm::all_of(pieces, [&](const Piece &piece) {
      return piece.isConstant() || piece.array->layout.isTail({some});
    });
  }
  /// The value that a constant has in each element of an axis, if it is the
  /// same along all others.
  std::optional<std::vector<double>> findAlong(const Piece &piece,
                                               size_t axis) const;
  /// Constants of that extent along the axis, as an input of an Add.
  ONNXValue makeConstant(std::vector<double> values, int64_t extent) const;

private:
  int64_t multiply(size_t begin, size_t end) const {
    int64_t product = 1;
    for (size_t i = begin; i != end; ++i)
      product *= shape[i].factor;
    return product;
  }
};
} // namespace

std::optional<std::vector<double>> Join::findAlong(const Piece &piece,
                                                   size_t along) const {
  int64_t inner = 1;
  for (size_t i = along + 1; i != shape.size(); ++i)
    inner *= i == axis ? piece.extent : shape[i].factor;
  int64_t extent = along == axis ? piece.extent : shape[along].factor;
  std::vector<double> found(size_t(extent), 0.0);
  for (int64_t i = 0; i != extent; ++i)
    found[size_t(i)] = piece.values[size_t(i * inner)];
  for (size_t i = 0; i != piece.values.size(); ++i)
    if (piece.values[i] != found[i / size_t(inner) % size_t(extent)])
      return std::nullopt;
  return found;
}

ONNXValue Join::makeConstant(std::vector<double> values, int64_t extent) const {
  Numbers numbers;
  for (const Extent &own : shape)
    numbers.shape.push_back(own.factor);
  numbers.shape[0] = 1;
  numbers.shape[axis] = extent;
  numbers.values = std::move(values);
  return ONNXValue::makeConstant(ONNXConstant(numbers, numbers));
}

/// Adds a constant of the shape of one sample, or (1, extent, 1).
static FailureOr<ONNXArray> addConstant(OperatorImport &node, StringRef part,
                                        const ONNXArray &array,
                                        const ONNXValue &constant) {
  ONNXValue tensor = ONNXValue::makeTensor(array.value, array.layout), result;
  OperatorImport step(node, part, {tensor, constant}, result);
  if (failed(importAdd(step)) || step.failed())
    return failure();
  return node.makeArray(result);
}

static bool hasNumbers(const std::vector<double> &values) {
  return llvm::any_of(values, [](double value) { return value != 0; });
}

/// An image with constant cells around, which hold one number for each channel.
static FailureOr<ONNXImage> padWithCells(OperatorImport &node, StringRef part,
                                         const ONNXImage &image,
                                         const WindowPadding::Sides &sides,
                                         std::vector<double> cell) {
  if (image.channels > maxBorderChannels) {
    node.error() << "it joins constants with " << image.channels
                 << " channels; up to " << maxBorderChannels
                 << " are supported";
    return failure();
  }
  FailureOr<Value> padded =
      makeBorder(node, node.make(part), image, sides, std::move(cell), part);
  if (failed(padded))
    return failure();
  return node.makeImage({*padded, OperatorImport::makeImageLayout(
                                      image, image.channels, *padded)},
                        /*inOrder=*/true);
}

/// Makes one piece of constants side by side.
static void mergeConstants(Join &join) {
  std::vector<Piece> merged;
  auto after = size_t(join.getAfter());
  for (size_t first = 0, end; first != join.pieces.size(); first = end) {
    end = first + 1;
    Piece &piece = merged.emplace_back(std::move(join.pieces[first]));
    while (piece.isConstant() && end != join.pieces.size() &&
           join.pieces[end].isConstant())
      ++end;
    if (end == first + 1)
      continue;
    join.pieces[first].values = std::move(piece.values);
    join.pieces[first].extent = std::exchange(piece.extent, 0);
    piece.values.clear();
    for (size_t row = 0; row != size_t(join.getBefore()); ++row)
      for (size_t i = first; i != end; ++i) {
        size_t size = size_t(join.pieces[i].extent) * after;
        auto from = join.pieces[i].values.begin() + ptrdiff_t(row * size);
        piece.values.insert(piece.values.end(), from, from + ptrdiff_t(size));
      }
    for (size_t i = first; i != end; ++i)
      piece.extent += join.pieces[i].extent;
  }
  join.pieces = std::move(merged);
}

/// Reads the inputs; none after a report.
static std::optional<Join> readJoin(OperatorImport &node) {
  std::optional<size_t> like;
  for (size_t i = 0; i != node.getNumInputs() && !like; ++i)
    if (node.isTensor(i))
      like = i;
  if (!like) {
    node.expectTensor();
    return std::nullopt;
  }
  const Layout first = node.getInput(*like).layout;
  std::optional<size_t> axis =
      node.getAxis(node.getInt("axis", 1), first.getRank());
  if (!axis || node.failed())
    return std::nullopt;
  Join join;
  join.axis = *axis;
  join.shape = first.getShape();
  auto refuse = [&](size_t input) {
    node.error() << "it joins " << node.describeInput(*like) << " and "
                 << node.describeInput(input) << " along axis "
                 << int64_t(*axis)
                 << "; all other axes must be the same, and the batch be left "
                    "alone";
    return std::nullopt;
  };
  bool isBatchFirst = first.isBatchFirst();
  if (join.shape[*axis].hasBatch) {
    node.error() << "it joins " << node.describeInput(*like)
                 << " and others along the batch, which stays as it is; join "
                    "them along another axis";
    return std::nullopt;
  }
  for (size_t i = 0; i != node.getNumInputs(); ++i) {
    Piece piece;
    std::vector<Extent> shape;
    if (const ONNXConstant *constant = node.getConstant(i)) {
      if (constant->getShape().size() != first.getRank())
        return refuse(i);
      std::optional<Numbers> numbers = constant->getPerSample(node.fileBatch());
      if (!isBatchFirst || !numbers) {
        node.error() << "its input " << quote(node.node().inputs[i])
                     << " is a constant that is not the same for each sample; "
                        "constants can be joined along any axis but the "
                        "batch, which is the first one";
        return std::nullopt;
      }
      shape = {{1, true}};
      for (int64_t extent : numbers->shape)
        shape.push_back({extent, false});
      piece.values = std::move(numbers->values);
      if (!llvm::all_of(piece.values,
                        [](double value) { return std::isfinite(value); })) {
        node.error() << "its input " << quote(node.node().inputs[i])
                     << " has NaN or infinity, which no integers stand for";
        return std::nullopt;
      }
    } else {
      if (!node.expectTensor(i))
        return std::nullopt;
      shape = node.getInput(i).layout.getShape();
    }
    std::vector<Extent> others = shape;
    if (others.size() > *axis)
      others[*axis] = join.shape[*axis];
    if (others != join.shape || shape[*axis].hasBatch)
      return refuse(i);
    piece.extent = shape[*axis].factor;
    join.whole += piece.extent;
    if (piece.extent == 0)
      continue;
    if (node.isTensor(i)) {
      FailureOr<ONNXArray> array = node.getArray(i);
      if (failed(array))
        return std::nullopt;
      piece.array = *array;
    }
    join.pieces.push_back(std::move(piece));
  }
  mergeConstants(join);
  if (llvm::all_of(join.pieces,
                   [](const Piece &piece) { return piece.isConstant(); })) {
    node.error() << "it joins constants with nothing that the network computes";
    return std::nullopt;
  }
  return join;
}

/// Cells side by side: height, width or steps of images with the channels
/// `inner`, which are stored innermost.
static LogicalResult importCells(OperatorImport &node, const Join &join,
                                 size_t inner) {
  // As images whose channels are axis 1.
  std::vector<size_t> order = {0, inner}, back = {0};
  for (size_t axis = 1; axis != join.shape.size(); ++axis)
    if (axis != inner)
      order.push_back(axis);
  for (size_t axis = 1; axis != join.shape.size(); ++axis)
    back.push_back(size_t(llvm::find(order, axis) - order.begin()));
  size_t axis = back[join.axis];
  auto makeImage = [&](const Piece &piece) {
    return node.makeImage(
        {piece.array->value, piece.array->layout.permuted(order)},
        /*inOrder=*/true);
  };
  // What is the same in all cells is the padding of the image beside it.
  auto findCell = [&](const Piece &piece) {
    return piece.isConstant() && hasNumbers(piece.values)
               ? join.findAlong(piece, inner)
               : std::nullopt;
  };
  bool isRow = axis == 2 && join.shape.size() == 4;
  std::vector<ONNXImage> images;
  SmallVector<int64_t> starts;
  int64_t start = 0;
  // Constants that differ from cell to cell are added in the end.
  std::vector<bool> isAdded;
  for (size_t i = 0; i != join.pieces.size(); ++i) {
    const Piece &piece = join.pieces[i];
    isAdded.push_back(piece.isConstant() && hasNumbers(piece.values) &&
                      !findCell(piece));
    start += piece.extent;
    if (piece.isConstant())
      continue;
    FailureOr<ONNXImage> image = makeImage(piece);
    int64_t first = start - piece.extent;
    // Before the first one, and after each.
    for (size_t side : {0, 1}) {
      size_t other = side == 0 ? i - 1 : i + 1;
      if ((side == 0 && i != 1) || other >= join.pieces.size() || failed(image))
        continue;
      std::optional<std::vector<double>> cell = findCell(join.pieces[other]);
      if (!cell)
        continue;
      WindowPadding::Sides sides = {};
      sides[(isRow ? 0 : 2) + side] = join.pieces[other].extent;
      image = padWithCells(node, "constant_" + std::to_string(other), *image,
                           sides, std::move(*cell));
      if (side == 0)
        first -= join.pieces[other].extent;
    }
    if (failed(image))
      return failure();
    images.push_back(*image);
    starts.push_back(first);
  }
  bool addsMore = llvm::is_contained(isAdded, true);
  LayerBuilder last = addsMore ? node.make("cells") : node.make();
  FailureOr<Value> sum =
      placeImages(node, std::move(last), images, starts, axis, join.whole);
  if (failed(sum))
    return failure();
  ONNXArray result = {
      *sum, OperatorImport::makeImageLayout(images[0], images[0].channels, *sum)
                .permuted(back)};
  if (addsMore) {
    int64_t before = join.getBefore(), after = join.getAfter();
    std::vector<double> values;
    for (int64_t row = 0; row != before; ++row)
      for (auto [piece, isOne] : llvm::zip_equal(join.pieces, isAdded)) {
        auto count = ptrdiff_t(piece.extent * after);
        auto from = piece.values.begin() + (isOne ? row * count : 0);
        if (isOne)
          values.insert(values.end(), from, from + count);
        else
          values.insert(values.end(), size_t(count), 0.0);
      }
    FailureOr<ONNXArray> added = addConstant(
        node, "", result, join.makeConstant(std::move(values), join.whole));
    if (failed(added))
      return failure();
    result = *added;
  }
  node.setResult(result.value, result.layout);
  return success();
}

/// The parts that a Concatenate takes: tensors, with the constants beside them
/// that are the same in all cells as channels of theirs, and all other
/// constants.
static FailureOr<std::vector<ONNXArray>> makeParts(OperatorImport &node,
                                                   const Join &join) {
  const std::vector<Piece> &pieces = join.pieces;
  // The constants of a piece that belong to the tensor before it, or after the
  // first one.
  std::vector<std::optional<std::vector<double>>> channels(pieces.size());
  size_t count = pieces.size();
  const ONNXArray *like = nullptr;
  for (size_t i = 0; i != pieces.size(); ++i) {
    if (!pieces[i].isConstant()) {
      like = like ? like : &*pieces[i].array;
      continue;
    }
    channels[i] = join.findAlong(pieces[i], join.axis);
    count -= channels[i].has_value();
  }
  std::vector<ONNXArray> parts;
  for (size_t i = 0; i != pieces.size(); ++i) {
    const Piece &piece = pieces[i];
    std::string number = std::to_string(i);
    FailureOr<ONNXArray> part = failure();
    if (piece.isConstant()) {
      if (channels[i])
        continue;
      // Zeros have no range to quantize, and a large bias too many bits for the
      // scale of filters that are zero. A number between is in all cells.
      constexpr double between = 0.25;
      std::vector<double> values = piece.values;
      for (double &value : values)
        value -= between;
      std::vector<int64_t> nothing(size_t(piece.extent), -1);
      part = pick(node, node.make("numbers_" + number), *like, join.axis,
                  nothing, "zeros_" + number);
      if (failed(part) ||
          !addToBias(node, part->value,
                     std::vector<double>(nothing.size(), between)))
        return failure();
      part = addConstant(node, "constant_" + number, *part,
                         join.makeConstant(std::move(values), piece.extent));
    } else {
      std::vector<int64_t> wanted;
      std::vector<double> bias;
      auto append = [&](size_t constant) {
        bias.insert(bias.end(), channels[constant]->begin(),
                    channels[constant]->end());
        wanted.resize(bias.size(), -1);
      };
      if (i == 1 && channels[0])
        append(0);
      for (int64_t channel = 0; channel != piece.extent; ++channel)
        wanted.push_back(channel);
      bias.resize(wanted.size());
      if (i + 1 != pieces.size() && channels[i + 1])
        append(i + 1);
      part = *piece.array;
      if (wanted.size() != size_t(piece.extent)) {
        part =
            pick(node, count == 1 ? node.make() : node.make("padded_" + number),
                 *part, join.axis, wanted, "kernel_" + number);
        if (succeeded(part) && hasNumbers(bias) &&
            !addToBias(node, part->value, bias))
          return failure();
      }
    }
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  return parts;
}

/// Channels side by side, or what becomes the innermost axis for that.
static LogicalResult importChannels(OperatorImport &node, const Join &join) {
  FailureOr<std::vector<ONNXArray>> parts = makeParts(node, join);
  if (failed(parts))
    return failure();
  if (parts->size() == 1) {
    node.setResult(parts->front().value, parts->front().layout);
    return success();
  }
  // The axes before have to be stored alike: as in the first one, or in order.
  std::vector<ONNXRows> rows;
  bool areAlike = true;
  for (const ONNXArray &part : *parts) {
    FailureOr<ONNXRows> own =
        node.makeRows(part, {join.axis}, /*inOrder=*/true);
    if (failed(own))
      return failure();
    rows.push_back(*own);
    Layout a = rows.front().layout.withExtent(join.axis, 1),
           b = own->layout.withExtent(join.axis, 1);
    areAlike &= Layout::refine(a, b) && a.isStoredLike(b);
  }
  SmallVector<Value> values;
  for (size_t i = 0; i != rows.size(); ++i) {
    if (!areAlike) {
      const Layout &layout = (*parts)[i].layout;
      std::vector<size_t> order;
      for (size_t axis = 0; axis != layout.getRank(); ++axis)
        if (axis != join.axis)
          order.insert(layout.getExtent(axis).hasBatch ? order.begin()
                                                       : order.end(),
                       axis);
      order.push_back(join.axis);
      Layout target(layout.getShape(), order);
      FailureOr<Value> moved = node.move((*parts)[i], target);
      if (failed(moved))
        return failure();
      FailureOr<ONNXRows> own = node.makeRows({*moved, target}, {join.axis});
      if (failed(own))
        return failure();
      rows[i] = *own;
    }
    SmallVector<int64_t> shape(getShape(rows.front().value).drop_front());
    shape.back() = int64_t(rows[i].order.size());
    FailureOr<Value> value = node.reshape(rows[i].value, shape);
    if (failed(value))
      return failure();
    values.push_back(*value);
  }
  FailureOr<Value> result = node.make().makeConcatenate(values);
  if (failed(result))
    return failure();
  node.setResult(*result,
                 rows.front().layout.withExtent(join.axis, join.whole));
  return success();
}

static LogicalResult importConcat(OperatorImport &node) {
  if (node.getNumInputs() == 1 && node.isTensor(0)) {
    node.setResult(node.getInput());
    return success();
  }
  std::optional<Join> join = readJoin(node);
  if (!join)
    return failure();
  size_t rank = join->shape.size(), last = rank - 1;
  bool isImage = (rank == 3 || rank == 4) && join->shape[0] == Extent{1, true};
  // Which axis the cells have their channels along: the last one of images that
  // are computed so, and of tokens.
  if (isImage && join->axis != 0 && !join->areTails(join->axis)) {
    if (join->axis != last && join->areTails(last))
      return importCells(node, *join, last);
    if (join->axis >= 2)
      return importCells(node, *join, 1);
  }
  return importChannels(node, *join);
}

ArrayRef<ONNXOperator> getJoinOperators() {
  static const ONNXOperator operators[] = {
      {"Concat", importConcat, "axis",
       "of what the network computes, and constants that are the same for each "
       "sample"},
  };
  return operators;
}

} // namespace qml
