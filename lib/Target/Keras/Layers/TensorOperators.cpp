//===- TensorOperators.cpp - Operations on axes of tensors ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions and operators that take tensors apart, join them, or move, repeat
// or reduce their elements; named as in Operators.cpp. Each becomes layers that
// are there already: parts of the channels are products with ones and zeros,
// parts of images are croppings.
//
//===----------------------------------------------------------------------===//

#include "OperatorParameters.h"

#include "../../Import/Products.h"
#include "../KerasModelTree.h"
#include "ReshapeTarget.h"
#include "Slices.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"
#include "qml/Support/Quote.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using Json = nlohmann::json;

namespace qml {

using detail::findMember;
using detail::findString;

namespace {
/// Steps that become the operations of one layer: the last one has its name,
/// the others are parts of it.
class Steps {
public:
  using Make = std::function<ImportedLayer(LayerBuilder, Value)>;

  /// `layer` has inputs that are known.
  explicit Steps(LayerImport &layer)
      : shape(ArrayRef<int64_t>(layer.getInputShape()).drop_front()),
        layer(layer), value(layer.getInput()),
        valueShape(getShape(value).drop_front()) {}

  /// Of what there is after the steps so far, in Keras, without the batch.
  SmallVector<int64_t> shape;

  /// `shape` has changed accordingly; the value has it.
  void add(const Twine &suffix, Make make) {
    steps.emplace_back(suffix.str(), std::move(make));
    valueShape = shape;
  }

  /// Gives the value the shape, where it stands for the same in another one.
  void reshapeTo(ArrayRef<int64_t> target, const Twine &suffix) {
    shape.assign(target.begin(), target.end());
    if (shape == valueShape)
      return;
    add(suffix, [to = shape](LayerBuilder make, Value from) {
      return make.makeReshape(from, to);
    });
  }

  /// Makes an image of rows that are no image; a sequence has one row.
  void makeImage() {
    if (shape.size() == 2)
      reshapeTo({1, shape[0], shape[1]}, "image");
  }

  /// Multiplies the last axis with a kernel of `out` columns.
  void multiply(int64_t out,
                const std::function<float(int64_t in, int64_t out)> &weight);

  /// The layer with a result of this shape, of one element where it has no
  /// axes. Without any step a layer does nothing.
  ImportedLayer finish(SmallVector<int64_t> target,
                       const Twine &suffix = "shape") {
    if (target.empty())
      target.push_back(1);
    reshapeTo(target, suffix);
    if (steps.empty())
      return layer.make().makeDropout(value, 0.0);
    ImportedLayer result = value;
    for (auto &[suffix, make] : steps) {
      bool isLast = &make == &steps.back().second;
      result =
          make(isLast ? layer.make() : layer.make().makePart(suffix), *result);
      if (failed(result))
        return failure();
    }
    return result;
  }

private:
  LayerImport &layer;
  Value value;
  SmallVector<int64_t> valueShape;
  std::vector<std::pair<std::string, Make>> steps;
};
} // namespace

void Steps::multiply(
    int64_t out, const std::function<float(int64_t in, int64_t out)> &weight) {
  shape.back() = out;
  // A sequence that is an image stays one.
  valueShape.back() = out;
  steps.emplace_back("kernel", [=, &layer = layer](LayerBuilder make,
                                                   Value from) {
    return makeProduct(std::move(make), from, out, weight,
                       layer.name() + "_kernel", [&] { return layer.error(); });
  });
}

/// The axis of a tensor of `rank` axes, with the batch; none after a report.
static std::optional<size_t> checkAxis(LayerImport &layer, double axis,
                                       size_t rank) {
  auto count = static_cast<double>(rank);
  if (axis >= -count && axis < count && axis == std::floor(axis))
    return static_cast<size_t>(axis < 0 ? axis + count : axis);
  layer.error() << "it has the axis " << showNumber(axis) << ", its input has "
                << int64_t(rank) << " axes with the batch";
  return std::nullopt;
}

/// The same for several.
static std::optional<std::vector<size_t>>
checkAxes(LayerImport &layer, ArrayRef<double> numbers, size_t rank) {
  std::vector<size_t> axes;
  for (double number : numbers) {
    std::optional<size_t> axis = checkAxis(layer, number, rank);
    if (!axis)
      return std::nullopt;
    if (llvm::is_contained(axes, *axis)) {
      layer.error() << "it names axis " << int64_t(*axis) << " twice";
      return std::nullopt;
    }
    axes.push_back(*axis);
  }
  return axes;
}

/// The numbers of the axes that an operation has as its parameter.
static std::optional<std::vector<double>> readAxes(LayerImport &layer) {
  const Json *given = findParameter(layer, 1, "axis");
  return given ? parseNumbers(*given) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// Takes a part of each axis, `parts` are those without the batch's, for a
/// result of shape `result`.
static ImportedLayer importParts(LayerImport &layer, ArrayRef<Part> parts,
                                 SmallVector<int64_t> result) {
  Steps steps(layer);
  SmallVector<int64_t> whole = steps.shape;
  size_t last = whole.size() - 1;
  bool isCut = false;
  for (size_t axis = 0; axis != last; ++axis) {
    if (parts[axis].isAllOf(whole[axis]))
      continue;
    isCut = true;
    if (parts[axis].step < 0)
      layer.error() << "it turns the order of axis " << int64_t(axis + 1)
                    << " round; only that of the last axis may be";
  }
  if (isCut && (last == 0 || last > 2))
    layer.error() << "it takes a part of a tensor of shape "
                  << toString(Shape(whole.begin(), whole.end()))
                  << " without the batch; parts of images and sequences are "
                     "supported";
  if (layer.failed())
    return failure();
  if (isCut) {
    // Of a sequence, steps are columns of an image of one row.
    bool isSequence = last == 1;
    steps.makeImage();
    std::array<Part, 2> cut = {Part(), parts[last - 1]};
    if (!isSequence)
      cut[0] = parts[0];
    WindowPadding::Sides crops = {};
    PoolOptions cells;
    cells.size = {1, 1};
    for (size_t side : {0, 1}) {
      int64_t end = cut[side].start + (cut[side].count - 1) * cut[side].step;
      crops[2 * side] = cut[side].start;
      crops[2 * side + 1] = steps.shape[side] - end - 1;
      steps.shape[side] = end + 1 - cut[side].start;
      cells.strides[side] = cut[side].step;
    }
    if (crops != WindowPadding::Sides())
      steps.add("crop", [=](LayerBuilder make, Value value) {
        return make.makeCropping2D(value, crops);
      });
    steps.shape[0] = cut[0].count;
    steps.shape[1] = cut[1].count;
    // The largest of one cell is the cell itself.
    if (cells.strides != cells.size)
      steps.add("cells", [=](LayerBuilder make, Value value) {
        return make.makeMaxPool2D(value, cells);
      });
  }
  Part channels = parts[last];
  if (!channels.isAllOf(whole[last]))
    steps.multiply(channels.count, [=](int64_t in, int64_t out) {
      return in == channels.start + out * channels.step ? 1.0f : 0.0f;
    });
  return steps.finish(std::move(result));
}

/// x[:, 1:-1, ::2, 3]
static ImportedLayer importSlice(LayerImport &layer) {
  const Json *spec = layer.findConstant(1, "slice_spec");
  if (!spec)
    spec = layer.findConstant(1, "key");
  if (!layer.isReady())
    return failure();
  Json entries = spec ? *spec : Json();
  if (!entries.is_array())
    entries = Json::array({entries});
  auto classOf = [](const Json &entry) {
    return entry.is_object() ? findString(entry, "class_name") : std::string();
  };
  SmallVector<int64_t> shape(llvm::drop_begin(layer.getInputShape()));
  // Entries to come that are of axes which are there.
  size_t left = 0;
  for (const Json &entry : entries)
    left += !entry.is_null() && classOf(entry) != "__ellipsis__";
  SmallVector<Part> parts;
  SmallVector<int64_t> result;
  size_t axis = 0; // with the batch
  auto refuse = [&](const Json &entry) {
    layer.error() << "it takes " << entry.dump() << " of axis " << int64_t(axis)
                  << (axis == 0 ? ", which is the batch"
                                : "; slices that hold something, and places of "
                                  "an axis are supported");
  };
  auto takeAll = [&] {
    if (axis++ == 0)
      return;
    parts.push_back({0, shape[axis - 2], 1});
    result.push_back(shape[axis - 2]);
  };
  for (const Json &entry : entries) {
    if (entry.is_null()) {
      if (axis == 0) {
        layer.error() << "it puts an axis before the batch";
        return failure();
      }
      result.push_back(1);
      continue;
    }
    if (classOf(entry) == "__ellipsis__") {
      while (axis + left < shape.size() + 1)
        takeAll();
      continue;
    }
    --left;
    if (axis > shape.size()) {
      layer.error() << "it has more entries than its input has axes";
      return failure();
    }
    Json slice =
        classOf(entry) == "__slice__" ? entry.value("config", Json()) : entry;
    bool isAll = slice.is_object(), isSlice = false;
    for (const char *key : {"start", "stop", "step"}) {
      const Json *bound = findMember(slice, key);
      isSlice |= bound != nullptr;
      isAll &= !bound || bound->is_null();
    }
    if (slice.is_object() && !isSlice) {
      refuse(entry);
      return failure();
    }
    if (isAll) {
      takeAll();
      continue;
    }
    std::optional<Part> part;
    if (axis != 0 && slice.is_object())
      part = readSlice(slice, shape[axis - 1]);
    else if (axis != 0 && slice.is_number_integer()) {
      int64_t extent = shape[axis - 1], place = slice.get<int64_t>();
      place = place < 0 ? place + extent : place;
      if (place >= 0 && place < extent)
        part = {place, 1, 1};
    }
    if (!part) {
      refuse(entry);
      return failure();
    }
    parts.push_back(*part);
    if (slice.is_object())
      result.push_back(part->count);
    ++axis;
  }
  while (axis <= shape.size())
    takeAll();
  return importParts(layer, parts, std::move(result));
}

/// Output number `layer.layer().output` of several parts along an axis.
static ImportedLayer importSplit(LayerImport &layer) {
  const Json *sizes = findParameter(layer, 1, "num_or_size_splits");
  bool arePlaces = !sizes;
  if (arePlaces)
    sizes = findParameter(layer, 1, "indices_or_sections");
  const Json *given = findParameter(layer, 2, "axis");
  double asked = given && given->is_number() ? given->get<double>() : 0.0;
  if (!layer.isReady())
    return failure();
  SmallVector<int64_t> shape(llvm::drop_begin(layer.getInputShape()));
  std::optional<size_t> axis = checkAxis(layer, asked, shape.size() + 1);
  if (!axis)
    return failure();
  if (*axis == 0) {
    layer.error() << "it takes the batch apart";
    return failure();
  }
  int64_t &extent = shape[*axis - 1];
  // Where each part begins, and the end.
  std::vector<int64_t> bounds = {0};
  std::optional<std::vector<double>> numbers;
  if (sizes)
    numbers = parseNumbers(*sizes);
  bool isGood = numbers.has_value();
  if (isGood && !sizes->is_array()) {
    double count = numbers->front();
    isGood =
        count >= 1 && count <= double(extent) && extent % int64_t(count) == 0;
    for (int64_t i = 1; isGood && i <= int64_t(count); ++i)
      bounds.push_back(extent / int64_t(count) * i);
  } else if (isGood) {
    for (double number : *numbers) {
      isGood &= number >= 1 && number <= double(extent);
      bounds.push_back(
          isGood ? int64_t(number) + (arePlaces ? 0 : bounds.back()) : 0);
    }
    if (arePlaces)
      bounds.push_back(extent);
  }
  for (size_t i = 1; i != bounds.size(); ++i)
    isGood &= bounds[i] > bounds[i - 1];
  size_t output = layer.layer().output;
  if (!isGood || bounds.back() != extent || output + 2 > bounds.size()) {
    layer.error() << "it takes axis " << int64_t(*axis) << ", of " << extent
                  << ", apart in a way that is not supported; parts have one "
                     "element or more, and are the whole together";
    return failure();
  }
  SmallVector<Part> parts;
  for (int64_t whole : shape)
    parts.push_back({0, whole, 1});
  extent = bounds[output + 1] - bounds[output];
  parts[*axis - 1] = {bounds[output], extent, 1};
  return importParts(layer, parts, std::move(shape));
}

//===----------------------------------------------------------------------===//
// Order and shape
//===----------------------------------------------------------------------===//

static ImportedLayer importTranspose(LayerImport &layer) {
  const Json *value = findParameter(layer, 1, {"perm", "axes"});
  std::optional<std::vector<double>> order;
  if (value && value->is_array())
    order = parseNumbers(*value);
  if (!order || order->front() != 0.0) {
    layer.error() << "its order of axes doesn't begin with 0, the batch; only "
                     "that is supported";
    return failure();
  }
  if (!layer.isReady())
    return failure();
  size_t rank = layer.getInputShape().size();
  auto axes = checkAxes(layer, ArrayRef(*order).drop_front(), rank);
  if (!axes)
    return failure();
  return importPermuteTo(layer, {axes->begin(), axes->end()}, rank - 1);
}

static ImportedLayer importJoin(LayerImport &layer) {
  // After the tensors.
  const Json *axis =
      findParameter(layer, layer.layer().arguments.size() - 1, "axis");
  return importConcatenateAlong(
      layer, axis && axis->is_number_integer() ? axis->get<int64_t>() : -1);
}

/// Axes of one element that come or go.
template <bool IsNew>
static ImportedLayer importUnitAxes(LayerImport &layer) {
  std::optional<std::vector<double>> asked = readAxes(layer);
  if (!asked) {
    layer.error() << "it doesn't say which axis; give it one";
    return failure();
  }
  if (!layer.isReady())
    return failure();
  Steps steps(layer);
  SmallVector<int64_t> shape = {1};
  shape.append(steps.shape);
  size_t rank = shape.size() + (IsNew ? asked->size() : 0);
  auto axes = checkAxes(layer, *asked, rank);
  if (!axes)
    return failure();
  llvm::sort(*axes);
  if (!IsNew)
    std::reverse(axes->begin(), axes->end());
  for (size_t axis : *axes) {
    if (axis == 0 || (!IsNew && shape[axis] != 1)) {
      layer.error() << (axis == 0 ? "it changes the axis of the batch"
                                  : "it leaves out an axis whose extent is "
                                    "not 1");
      return failure();
    }
    if (IsNew)
      shape.insert(shape.begin() + axis, 1);
    else
      shape.erase(shape.begin() + axis);
  }
  return steps.finish(SmallVector<int64_t>(llvm::drop_begin(shape)));
}

/// Channels become blocks of cells, or the other way round.
template <bool IsToSpace>
static ImportedLayer importBlocks(LayerImport &layer) {
  const Json *given = findParameter(layer, 1, "block_size");
  int64_t size =
      given && given->is_number_integer() ? given->get<int64_t>() : 0;
  expectChannelsLast(layer);
  if (!layer.isReady())
    return failure();
  Steps steps(layer);
  int64_t height = steps.shape[0], width = steps.shape[1],
          channels = steps.shape[2];
  bool isGood = size >= 1 && size <= 1 << 10;
  if (isGood)
    isGood = IsToSpace ? channels % (size * size) == 0
                       : height % size == 0 && width % size == 0;
  if (!isGood) {
    layer.error() << "its image of shape "
                  << toString(Shape(steps.shape.begin(), steps.shape.end()))
                  << " has no blocks of " << size << " by " << size;
    return failure();
  }
  SmallVector<int64_t> apart, joined;
  if (IsToSpace) {
    int64_t left = channels / (size * size);
    apart = {height, width, size, size, left};
    joined = {height * size, width * size, left};
  } else {
    apart = {height / size, size, width / size, size, channels};
    joined = {height / size, width / size, channels * size * size};
  }
  steps.reshapeTo(apart, "apart");
  std::swap(steps.shape[1], steps.shape[2]);
  steps.add("moved", [](LayerBuilder make, Value value) {
    return make.makePermute(value, {0, 2, 1, 3, 4});
  });
  return steps.finish(joined, "joined");
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

namespace {
enum class Reduction { Mean, Sum, Max };
} // namespace

/// Reduces the last axis to one element.
template <Reduction Kind>
static void reduceChannels(Steps &steps) {
  int64_t channels = steps.shape.back();
  if (Kind == Reduction::Max) {
    // Of an image with one channel, whose columns they are.
    SmallVector<int64_t> kept = steps.shape;
    kept.back() = 1;
    int64_t cells = std::accumulate(kept.begin(), kept.end(), int64_t(1),
                                    std::multiplies<>());
    steps.reshapeTo({cells, channels, 1}, "columns");
    steps.shape = {cells, 1, 1};
    steps.add("largest", [=](LayerBuilder make, Value value) {
      PoolOptions options;
      options.size = options.strides = {1, channels};
      return make.makeMaxPool2D(value, options);
    });
    steps.shape = kept;
    return;
  }
  float weight = Kind == Reduction::Sum
                     ? 1.0f
                     : static_cast<float>(1.0 / static_cast<double>(channels));
  steps.multiply(1, [=](int64_t, int64_t) { return weight; });
}

/// Reduces rows, columns or both of an image to one.
template <Reduction Kind>
static void reduceCells(Steps &steps, bool rows, bool columns) {
  PoolOptions options;
  options.size = {rows ? steps.shape[0] : 1, columns ? steps.shape[1] : 1};
  options.strides = options.size;
  auto cells = static_cast<double>(options.size[0] * options.size[1]);
  bool isWhole =
      options.size[0] == steps.shape[0] && options.size[1] == steps.shape[1];
  steps.shape[0] /= options.size[0];
  steps.shape[1] /= options.size[1];
  if (Kind == Reduction::Max)
    steps.add("largest", [=](LayerBuilder make, Value value) {
      return make.makeMaxPool2D(value, options);
    });
  else
    steps.add("mean", [=](LayerBuilder make, Value value) {
      return isWhole ? make.makeGlobalAveragePool2D(value, /*keepDims=*/true)
                     : make.makeAveragePool2D(value, options);
    });
  if (Kind == Reduction::Sum)
    steps.add("sum", [=](LayerBuilder make, Value value) {
      return make.makeRescaling(value, {cells}, {0.0});
    });
}

template <Reduction Kind>
static ImportedLayer importReduction(LayerImport &layer) {
  const Json *keep = findParameter(layer, 2, "keepdims");
  bool keepDims = keep && keep->is_boolean() && keep->get<bool>();
  std::optional<std::vector<double>> asked = readAxes(layer);
  if (!asked)
    layer.error() << "it reduces all axes, the batch among them; give it axes";
  if (!layer.isReady())
    return failure();
  Steps steps(layer);
  size_t rank = steps.shape.size() + 1;
  auto axes = checkAxes(layer, *asked, rank);
  if (!axes)
    return failure();
  std::vector<bool> reduces(rank, false);
  for (size_t axis : *axes)
    reduces[axis] = true;
  if (reduces[0] || rank < 2 || rank > 4) {
    layer.error() << (reduces[0]
                          ? "it reduces the axis of the batch"
                          : "it reduces axes of a tensor of more than three "
                            "axes, the batch apart");
    return failure();
  }
  SmallVector<int64_t> result;
  for (size_t axis = 1; axis != rank; ++axis) {
    if (!reduces[axis])
      result.push_back(steps.shape[axis - 1]);
    else if (keepDims)
      result.push_back(1);
  }
  bool rows = rank == 4 && reduces[1], columns = rank > 2 && reduces[rank - 2];
  // Of a mean over a whole image vectors remain, as the layer makes them.
  if (Kind == Reduction::Mean && rank == 4 && rows && columns && !reduces[3])
    return layer.make().makeGlobalAveragePool2D(layer.getInput(), keepDims);
  if (rows || columns) {
    steps.makeImage();
    reduceCells<Kind>(steps, rows, columns);
  }
  if (reduces[rank - 1])
    reduceChannels<Kind>(steps);
  return steps.finish(std::move(result));
}

ArrayRef<LayerClass> getTensorOperatorClasses() {
  constexpr LayerForm tensors = LayerForm::Tensors;
  constexpr LayerForm steps = LayerForm::Steps;
  constexpr LayerForm cells = LayerForm::Cells;
  constexpr unsigned any = 0;
  constexpr auto mean = importReduction<Reduction::Mean>;
  constexpr auto sum = importReduction<Reduction::Sum>;
  constexpr auto max = importReduction<Reduction::Max>;
  static const LayerClass classes[] = {
      makeOperatorClass("keras.ops.Concatenate", importJoin, cells, any),
      makeOperatorClass("keras.ops.ExpandDims", importUnitAxes<true>, tensors,
                        1),
      makeOperatorClass("keras.ops.GetItem", importSlice, tensors, 1),
      makeOperatorClass("keras.ops.Max", max, tensors, 1),
      makeOperatorClass("keras.ops.Mean", mean, tensors, 1),
      makeOperatorClass("keras.ops.Split", importSplit, tensors, 1),
      makeOperatorClass("keras.ops.Squeeze", importUnitAxes<false>, tensors, 1),
      makeOperatorClass("keras.ops.Sum", sum, tensors, 1),
      makeOperatorClass("keras.ops.Transpose", importTranspose, steps, 1),
      makeOperatorClass("tf.__operators__.getitem", importSlice, tensors, 1),
      makeOperatorClass("tf.compat.v1.squeeze", importUnitAxes<false>, tensors,
                        1),
      makeOperatorClass("tf.compat.v1.transpose", importTranspose, steps, 1),
      makeOperatorClass("tf.concat", importJoin, cells, any),
      makeOperatorClass("tf.expand_dims", importUnitAxes<true>, tensors, 1),
      makeOperatorClass("tf.math.reduce_max", max, tensors, 1),
      makeOperatorClass("tf.math.reduce_mean", mean, tensors, 1),
      makeOperatorClass("tf.math.reduce_sum", sum, tensors, 1),
      makeOperatorClass("tf.nn.depth_to_space", importBlocks<true>, tensors, 1,
                        4),
      makeOperatorClass("tf.nn.space_to_depth", importBlocks<false>, tensors, 1,
                        4),
      makeOperatorClass("tf.split", importSplit, tensors, 1),
  };
  return classes;
}

} // namespace qml
