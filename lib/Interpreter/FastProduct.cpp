//===- FastProduct.cpp - Convolutions and dense layers on integers --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chooses the narrowest kernel that is exact for a product, packs its weights,
// and walks the image. The taps of one kernel row are neighbours in memory (if
// not dilated), so no patch is ever copied: where the input has to be padded,
// shifted or widened, it is copied once into scratch memory.
//
// Elementwise operations that follow are done tile by tile, while the sums are
// in the caches; and bytes of the caller are read and written where they are.
//
// A left shift of an input channel is moved into the weights where these stay
// within 16 bits: x 2^s times w is x times w 2^s as long as x 2^s does not
// saturate. So inputs of different binary points keep the fast kernel.
//
//===----------------------------------------------------------------------===//

#include "IntegerKernels.h"
#include "Model.h"

#include <algorithm>
#include <cstring>

namespace qml {
namespace interpreter {

namespace {

/// How a product is computed.
struct Choice {
  /// Width of the inputs as the kernel reads them.
  Width input = Wide;
  /// 64-bit sums.
  bool wideSums = false;
  /// Those in float64, where they are exact.
  bool inDoubles = false;
  /// Left shifts of the inputs and of the weights, per input channel.
  std::vector<int32_t> inputShift, weightShift;
  /// Whether the shift of inputs may saturate.
  bool saturates = false;
  /// Whether 32-bit sums may leave 32 bits when the bias is added.
  bool biasOverflows = false;
};

/// Splits the shifts of a product between 16-bit inputs and 16-bit weights.
class ShiftSplitter {
public:
  ShiftSplitter(const Product &product, IntegerRange input)
      : product(product), input(input) {
    // The largest magnitudes among the weights of each input channel.
    weights.assign(size_t(product.channels), {0, 0});
    const int32_t *row = product.weights.data();
    int64_t fan = product.depthwise ? 1 : product.outChannels;
    for (int64_t tap = 0; tap < product.taps(); ++tap)
      for (int64_t c = 0; c < product.channels; ++c, row += fan) {
        int32_t least = 0, most = 0;
        for (int64_t f = 0; f < fan; ++f) {
          least = std::min(least, row[f]);
          most = std::max(most, row[f]);
        }
        weights[c] = unite(weights[c], {least, most});
      }
  }

  /// False if there is no way.
  bool split(Choice &choice) const {
    // Weights that take it all spare the pass over the inputs.
    return tryAll(choice, true) || tryAll(choice, false);
  }

private:
  /// Shifts beyond it leave 16 bits, unless all is zero.
  static constexpr int mostBits = 15;

  static bool fits(IntegerRange range, int shift) {
    return contains(int16Range, {shiftLeft(range.lower, shift, int32Range),
                                 shiftLeft(range.upper, shift, int32Range)});
  }

  bool tryAll(Choice &choice, bool weightsFirst) const {
    for (int64_t c = 0; c < product.channels; ++c) {
      int shift = product.shift[c];
      int first = 0;
      while (
          first < shift && first < mostBits &&
          (weightsFirst ? fits(weights[c], first + 1) : fits(input, first + 1)))
        ++first;
      int weightShift = weightsFirst ? first : shift - first;
      int inputShift = shift - weightShift;
      if (weightShift > mostBits || inputShift > mostBits ||
          !fits(weights[c], weightShift) || !fits(input, inputShift))
        return false;
      if (product.isPadded()) {
        int64_t padding = product.padding[c];
        int64_t aligned = padding >> weightShift;
        if (aligned * (int64_t(1) << weightShift) != padding ||
            !contains(int16Range, {aligned, aligned}))
          return false;
      }
      choice.inputShift[c] = inputShift;
      choice.weightShift[c] = weightShift;
    }
    return true;
  }

  const Product &product;
  IntegerRange input;
  std::vector<IntegerRange> weights;
};

class ProductStep : public Step {
public:
  ProductStep(const Planner &planner, const Operation &operation,
              const Product &product, const Choice &choice);

  size_t scratchBytes(int64_t samples) const override;
  void run(const Frame &frame) const override;

  bool takesFollowers() const override { return true; }
  void take(StepPtr follower, int result) override {
    followers.push_back(std::move(follower));
    output = result;
  }
  void deliverDirectly() override { isDirect = true; }
  bool canReadBytes() const override { return true; }
  void readBytes(ElementType type) override;

private:
  size_t bytesOf(Width width) const { return size_t(2) << width; }
  size_t preparedBytes() const;
  size_t tileBytes() const;
  void packWeights(const Product &product, const Choice &choice);
  template <typename T>
  void pack(const std::vector<int32_t> &weights, std::vector<T> &packed) const;
  void packBias(const Product &product, bool wide);
  void copyRows(const void *from, void *to, int64_t count) const;
  template <typename T>
  void pad(const char *from, T *to) const;
  void tryProductOfBytes();
  ProductArguments makeArguments() const;
  void computePixels(const Frame &frame, ProductArguments &arguments,
                     const char *x, int64_t first, int64_t count) const;

  const Program &program;
  const KernelTable &kernels;
  int input, output;
  /// Of tensors, and as the kernel reads inputs.
  Width storedInput, storedOutput, width;
  bool depthwise, padded, prepared, merged;
  int64_t imageHeight, imageWidth, channels;
  int64_t paddedHeight, paddedWidth;
  int64_t outHeight, outWidth, outChannels;
  Window window;
  /// Of shifted inputs, of sums, and of these with the bias.
  IntegerRange shiftBounds, sumBounds, bounds;
  bool biasOverflows;
  int64_t segmentLength = 0;
  std::vector<int64_t> offsets;
  std::vector<int8_t> weights8;
  std::vector<int16_t> weights16;
  std::vector<int32_t> weights32;
  std::vector<double> weights53;
  /// Of sums of weights of a byte.
  std::vector<int32_t> start;
  std::vector<int32_t> bias32;
  std::vector<int64_t> bias64;
  ProductKernel kernel = nullptr;
  ElementKernel prepare = nullptr;
  /// Of the preparing pass, repeated up to a length that is worth a loop.
  std::vector<int32_t> prepareParameters;
  std::vector<int64_t> padding;
  bool saturates;
  /// Of an element of the input where it is read, in bytes.
  size_t sourceBytes;
  /// Whether bytes with a sign are read as such without one, 128 more.
  bool flips = false;
  /// Whether the input, or the result, is where the caller has it.
  bool isOutside = false, isDirect = false;
  /// Pixels that are computed before the followers see them.
  int64_t tilePixels;
  std::vector<StepPtr> followers;
};

} // namespace

static Width widthOf(Storage storage) {
  return storage == Storage::I16   ? Narrow
         : storage == Storage::I32 ? Wide
                                   : Long;
}

ProductStep::ProductStep(const Planner &planner, const Operation &operation,
                         const Product &product, const Choice &choice)
    : program(planner.program), kernels(planner.kernels),
      input(operation.inputs[0]), output(operation.output),
      storedInput(widthOf(planner.tensors[input].storage)),
      storedOutput(widthOf(planner.tensors[output].storage)),
      width(choice.input), depthwise(product.depthwise),
      padded(product.isPadded()), imageHeight(product.height),
      imageWidth(product.width), channels(product.channels),
      outHeight(product.outHeight), outWidth(product.outWidth),
      outChannels(product.outChannels), window(product.window),
      shiftBounds(product.inputBounds),
      sumBounds(product.saturatesOnce ? IntegerRange{INT64_MIN, INT64_MAX}
                                      : product.bounds),
      bounds(product.biasBounds), biasOverflows(choice.biasOverflows),
      saturates(choice.saturates), sourceBytes(bytesOf(storedInput)) {
  bool shifts = std::any_of(choice.inputShift.begin(), choice.inputShift.end(),
                            [](int32_t shift) { return shift != 0; });
  prepared = padded || shifts || choice.saturates || storedInput != width;
  paddedHeight = imageHeight + window.padBegin[0] + window.padEnd[0];
  paddedWidth = imageWidth + window.padBegin[1] + window.padEnd[1];
  // Pixels by pixels, as one long row over all samples.
  merged = !padded && product.taps() == 1 && window.strides[0] == 1 &&
           window.strides[1] == 1;

  // Not fewer than the kernels take at a time.
  constexpr int64_t wanted = 32 << 10, fewest = 64;
  tilePixels =
      std::max(fewest, wanted / (int64_t(bytesOf(storedOutput)) * outChannels) /
                           fewest * fewest);

  const KernelTable &k = planner.kernels;
  const ProductKernel *family = depthwise ? (choice.wideSums   ? k.depthwise64
                                             : width == Narrow ? k.depthwise16
                                                               : k.depthwise32)
                                          : (choice.inDoubles  ? k.product53
                                             : choice.wideSums ? k.product64
                                             : width == Narrow ? k.product16
                                                               : k.product32);
  kernel = family[storedOutput];
  prepare = (choice.saturates ? k.shift : k.multiply)[storedInput][width];
  int64_t repeats = std::max<int64_t>(1, 256 / channels);
  for (int64_t r = 0; r < repeats; ++r)
    for (int32_t shift : choice.inputShift)
      prepareParameters.push_back(choice.saturates ? shift
                                                   : int32_t(1) << shift);
  for (int64_t c = 0; c < channels; ++c)
    padding.push_back(product.padding[c] >> choice.weightShift[c]);

  // Where the segments of a window lie, seen from its first cell.
  bool rowsAreRuns = !depthwise && window.dilations[1] == 1;
  segmentLength = depthwise     ? 1
                  : rowsAreRuns ? window.kernel[1] * channels
                                : channels;
  for (int64_t i = 0; i < window.kernel[0]; ++i)
    for (int64_t j = 0; j < (rowsAreRuns ? 1 : window.kernel[1]); ++j)
      offsets.push_back(
          (i * window.dilations[0] * paddedWidth + j * window.dilations[1]) *
          channels);
  packWeights(product, choice);
  packBias(product, choice.wideSums);
  // What 32 bits hold needs no wider bounds.
  auto narrow = [](IntegerRange range) {
    return IntegerRange{std::max<int64_t>(range.lower, INT32_MIN),
                        std::min<int64_t>(range.upper, INT32_MAX)};
  };
  shiftBounds = narrow(shiftBounds);
  if (!choice.wideSums) {
    sumBounds = narrow(sumBounds);
    if (!biasOverflows)
      bounds = narrow(bounds);
  }
}

template <typename T>
void ProductStep::pack(const std::vector<int32_t> &weights,
                       std::vector<T> &packed) const {
  constexpr int64_t group = sizeof(T) == 2 ? 2 : 1;
  int64_t segments = int64_t(offsets.size());
  int64_t groups = (segmentLength + group - 1) / group;
  int64_t blocks = (outChannels + blockChannels - 1) / blockChannels;
  packed.assign(size_t(blocks * segments * groups * group * blockChannels), 0);
  T *target = packed.data();
  for (int64_t first = 0; first < outChannels; first += blockChannels) {
    int64_t count = std::min(blockChannels, outChannels - first);
    const int32_t *row = weights.data() + first;
    for (int64_t s = 0; s < segments; ++s)
      for (int64_t g = 0; g < groups; ++g, target += blockChannels * group)
        for (int64_t part = 0;
             part < std::min(group, segmentLength - g * group);
             ++part, row += outChannels)
          for (int64_t n = 0; n < count; ++n)
            target[n * group + part] = static_cast<T>(row[n]);
  }
}

void ProductStep::packWeights(const Product &product, const Choice &choice) {
  std::vector<int32_t> weights = product.weights;
  int64_t fan = depthwise ? 1 : outChannels;
  int32_t *row = weights.data();
  for (int64_t tap = 0; tap < product.taps(); ++tap)
    for (int64_t c = 0; c < channels; ++c, row += fan) {
      int32_t factor = int32_t(1) << choice.weightShift[c];
      for (int64_t f = 0; f < fan; ++f)
        row[f] *= factor;
    }
  if (depthwise)
    weights32 = std::move(weights);
  else if (width == Narrow)
    pack(weights, weights16);
  else if (choice.inDoubles)
    pack(weights, weights53);
  else
    pack(weights, weights32);
}

void ProductStep::packBias(const Product &product, bool wide) {
  size_t size =
      size_t((outChannels + blockChannels - 1) / blockChannels * blockChannels);
  if (wide) {
    bias64 = product.bias;
    bias64.resize(size, 0);
  } else {
    bias32.assign(product.bias.begin(), product.bias.end());
    bias32.resize(size, 0);
  }
}

/// From now on the input is read where the caller has it: all that its type
/// can say is in its range.
void ProductStep::readBytes(ElementType type) {
  isOutside = true;
  bool isSigned = type == ElementType::I8;
  tryProductOfBytes();
  sourceBytes = 1;
  if (!weights8.empty()) {
    flips = prepared = isSigned;
    // Inputs that are 128 more.
    for (int32_t &sum : start)
      sum = isSigned ? -128 * sum : 0;
    return;
  }
  prepared = true;
  prepare = (saturates ? kernels.shiftBytes
                       : kernels.multiplyBytes)[isSigned ? 1 : 0][width];
}

/// Bytes times bytes, where these are all that there is.
void ProductStep::tryProductOfBytes() {
  bool shifts = std::any_of(prepareParameters.begin(), prepareParameters.end(),
                            [](int32_t parameter) { return parameter != 1; });
  bool isSmall =
      std::all_of(weights16.begin(), weights16.end(), [](int16_t weight) {
        return weight >= INT8_MIN && weight <= INT8_MAX;
      });
  // Whole groups of bytes, so that none after the last is read.
  constexpr int64_t group = 4;
  if (!kernels.product8[storedOutput] || !merged || saturates || shifts ||
      weights16.empty() || !isSmall || channels % group != 0)
    return;
  kernel = kernels.product8[storedOutput];
  weights8.resize(weights16.size());
  start.assign(bias32.size(), 0);
  int64_t pairs = channels / 2;
  for (size_t i = 0; i < weights16.size(); ++i) {
    // [block][pair][16][2] becomes [block][four][16][4].
    int64_t half = int64_t(i) % 2, n = int64_t(i) / 2 % blockChannels,
            pair = int64_t(i) / 2 / blockChannels;
    int64_t block = pair / pairs;
    weights8[size_t(((pair / 2) * blockChannels + n) * group + pair % 2 * 2 +
                    half)] = static_cast<int8_t>(weights16[i]);
    start[size_t(block * blockChannels + n)] += weights16[i];
  }
  weights16.clear();
}

/// Of inputs as the kernel reads them.
size_t ProductStep::preparedBytes() const {
  if (!prepared)
    return 0;
  // Below 2^63: the program's check limits each factor.
  int64_t pixels = merged ? tilePixels : paddedHeight * paddedWidth;
  int64_t elements = pixels > (int64_t(1) << 50) / channels ? int64_t(1) << 50
                                                            : pixels * channels;
  // A segment of odd length reads one element after its end.
  return (size_t(elements) * bytesOf(width) + 64 + 63) / 64 * 64;
}

/// Of what a kernel or a follower makes of one tile.
size_t ProductStep::tileBytes() const {
  if (followers.empty() && !isDirect)
    return 0;
  size_t each = std::max<size_t>(bytesOf(storedOutput), 4);
  int64_t most = int64_t(1) << 50;
  return outChannels > most / tilePixels
             ? size_t(most)
             : (size_t(tilePixels * outChannels) * each + 63) / 64 * 64;
}

size_t ProductStep::scratchBytes(int64_t) const {
  return preparedBytes() + 2 * tileBytes();
}

/// Bytes with a sign become such without one, 128 more.
static void flip(const char *from, char *to, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = static_cast<char>(from[i] ^ char(-128));
}

/// Shifts and widens `count` neighbouring elements.
void ProductStep::copyRows(const void *from, void *to, int64_t count) const {
  ElementArguments arguments = {};
  arguments.x = from;
  arguments.out = to;
  arguments.count = count;
  arguments.period = int64_t(prepareParameters.size());
  arguments.parameters = prepareParameters.data();
  arguments.lower = double(shiftBounds.lower);
  arguments.upper = double(shiftBounds.upper);
  prepare(arguments);
}

template <typename T>
void ProductStep::pad(const char *from, T *to) const {
  int64_t rowElements = paddedWidth * channels;
  auto fill = [&](T *cells, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      for (int64_t c = 0; c < channels; ++c)
        cells[i * channels + c] = static_cast<T>(padding[c]);
  };
  int64_t left = window.padBegin[1], right = window.padEnd[1];
  for (int64_t h = 0; h < paddedHeight; ++h) {
    T *row = to + h * rowElements;
    int64_t source = h - window.padBegin[0];
    if (source < 0 || source >= imageHeight) {
      fill(row, paddedWidth);
      continue;
    }
    fill(row, left);
    copyRows(from + size_t(source * imageWidth * channels) * sourceBytes,
             row + left * channels, imageWidth * channels);
    fill(row + (left + imageWidth) * channels, right);
  }
}

ProductArguments ProductStep::makeArguments() const {
  ProductArguments arguments;
  arguments.xStride = window.strides[1] * channels;
  arguments.offsets = offsets.data();
  arguments.segments = int64_t(offsets.size());
  arguments.length = segmentLength;
  arguments.weights = !weights8.empty()    ? weights8.data()
                      : !weights16.empty() ? weights16.data()
                      : !weights53.empty()
                          ? weights53.data()
                          : static_cast<const void *>(weights32.data());
  arguments.start = start.empty() ? nullptr : start.data();
  arguments.bias =
      bias64.empty() ? static_cast<const void *>(bias32.data()) : bias64.data();
  arguments.sumLower = sumBounds.lower;
  arguments.sumUpper = sumBounds.upper;
  arguments.lower = bounds.lower;
  arguments.upper = bounds.upper;
  arguments.biasOverflows = biasOverflows;
  arguments.outStride = outChannels;
  arguments.channels = outChannels;
  return arguments;
}

/// Computes `count` pixels of the result from `first` on: those of a tile if
/// there are followers. `x` is the window of the first one.
void ProductStep::computePixels(const Frame &frame, ProductArguments &arguments,
                                const char *x, int64_t first,
                                int64_t count) const {
  const TensorInfo &info = frame.tensors[output];
  char *tiles[2];
  tiles[0] = frame.scratch + preparedBytes();
  tiles[1] = tiles[0] + tileBytes();
  char *last = isDirect ? nullptr
                        : frame.data<char>(output) +
                              size_t(first * outChannels) *
                                  interpreter::bytesOf(info.storage);
  auto target = [&](size_t stage) {
    return stage == followers.size() && !isDirect ? last : tiles[stage % 2];
  };
  arguments.x = x;
  arguments.out = target(0);
  arguments.pixels = count;
  kernel(arguments);
  for (size_t i = 0; i < followers.size(); ++i)
    followers[i]->runOn(target(i), target(i + 1), count * outChannels);
  if (!isDirect)
    return;
  const Tensor &declared = program.tensors[output];
  deliver(declared, info, target(followers.size()), count * outChannels,
          frame.outside[output] +
              size_t(first * outChannels) * sizeOf(declared.type));
}

void ProductStep::run(const Frame &frame) const {
  if (isDirect && !frame.outside[output])
    return;
  const char *x = isOutside ? frame.outside[input] : frame.data<char>(input);
  bool isTiled = isDirect || !followers.empty();
  ProductArguments arguments = makeArguments();
  if (merged) {
    int64_t pixels = frame.samples * imageHeight * imageWidth;
    int64_t step = isTiled || prepared ? tilePixels : pixels;
    for (int64_t first = 0; first < pixels; first += step) {
      int64_t count = std::min(step, pixels - first);
      const char *from = x + size_t(first * channels) * sourceBytes;
      if (flips)
        flip(from, frame.scratch, count * channels);
      else if (prepared)
        copyRows(from, frame.scratch, count * channels);
      computePixels(frame, arguments, prepared ? frame.scratch : from, first,
                    count);
    }
    return;
  }
  size_t elementBytes = prepared ? bytesOf(width) : sourceBytes;
  size_t pixelBytes = size_t(window.strides[1] * channels) * elementBytes;
  size_t rowBytes =
      size_t(window.strides[0] * paddedWidth * channels) * elementBytes;
  int64_t elements = imageHeight * imageWidth * channels;
  int64_t step = isTiled ? tilePixels : outWidth;
  for (int64_t sample = 0; sample < frame.samples; ++sample) {
    const char *image = x + size_t(sample * elements) * sourceBytes;
    if (prepared) {
      if (width == Narrow)
        pad(image, reinterpret_cast<int16_t *>(frame.scratch));
      else
        pad(image, reinterpret_cast<int32_t *>(frame.scratch));
      image = frame.scratch;
    }
    for (int64_t row = 0; row < outHeight; ++row)
      for (int64_t column = 0; column < outWidth; column += step)
        computePixels(frame, arguments,
                      image + size_t(row) * rowBytes +
                          size_t(column) * pixelBytes,
                      (sample * outHeight + row) * outWidth + column,
                      std::min(step, outWidth - column));
  }
}

StepPtr makeFastProduct(const Planner &planner, const Operation &operation,
                        const Product &product, const ProductRanges &ranges) {
  const TensorInfo &in = planner.tensors[operation.inputs[0]];
  // No kernel wraps sums around in more than 32 bits.
  bool isExact = ranges.sumsFit32 || (ranges.fits64 && !ranges.sumsWrap);
  if (in.storage == Storage::I64 || !isExact ||
      !(operation.as<Conv2D>() || operation.as<Dense>()))
    return nullptr;
  Choice choice;
  choice.inputShift = product.shift;
  choice.weightShift.assign(size_t(product.channels), 0);
  choice.saturates = ranges.shiftSaturates;
  auto make = [&] {
    return std::make_unique<ProductStep>(planner, operation, product, choice);
  };
  choice.biasOverflows = ranges.sumsFit32 && !ranges.fits32;
  choice.input = Narrow;
  // Kernels of 16 bits don't define what a sum beyond 32 bits becomes.
  if (ranges.sumsFit32 && !ranges.sumsWrap && !ranges.shiftSaturates &&
      ShiftSplitter(product, in.range).split(choice))
    return make();
  choice.inputShift = product.shift;
  choice.weightShift.assign(size_t(product.channels), 0);
  choice.input = Wide;
  // Zeros may be shifted by any amount, which a factor cannot express.
  for (int32_t shift : choice.inputShift)
    choice.saturates |= shift > 30;
  if (!contains(int32Range, ranges.input))
    return nullptr;
  choice.wideSums = !ranges.sumsFit32;
  choice.inDoubles = choice.wideSums && ranges.fits53 && !product.depthwise;
  return make();
}

} // namespace interpreter
} // namespace qml
