//===- Samples.cpp - Samples in arrays, and how they form batches ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Conversion of array elements to the type of a model's input.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Samples.h"

#include "qml/Support/Half.h"
#include "qml/Support/Npz.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace qml {

//===----------------------------------------------------------------------===//
// Conversion of single values
//===----------------------------------------------------------------------===//

namespace {

/// Half precision as it lies in memory.
struct Half {
  uint16_t bits;
};

/// Truth values, which are bytes of any value.
struct Truth {
  uint8_t byte;
};

} // namespace

static float valueOf(Half half) { return halfToFloat(half.bits); }

static uint8_t valueOf(Truth truth) { return truth.byte != 0; }

template <typename T>
static T valueOf(T value) {
  return value;
}

/// `value` in type `To`; false if it is not a number there, or another one.
template <typename To, typename From>
static bool convert(From value, To &result) {
  if constexpr (std::is_floating_point_v<From>) {
    if constexpr (std::is_floating_point_v<To>) {
      result = To(value);
      return std::isfinite(result);
    } else {
      bool inside = value >= From(std::numeric_limits<To>::min()) &&
                    value <= From(std::numeric_limits<To>::max());
      result = inside ? To(value) : To(0);
      return inside && From(result) == value;
    }
  } else if constexpr (std::is_floating_point_v<To>) {
    // Beyond 2^62 the way back could overflow.
    if constexpr (sizeof(From) > 4)
      if (value / 2 >= From(int64_t(1) << 61) ||
          (std::is_signed_v<From> && value / 2 <= From(-(int64_t(1) << 61))))
        return false;
    result = To(value);
    return int64_t(result) == int64_t(value);
  } else {
    bool inside;
    if constexpr (std::is_signed_v<From>)
      inside = int64_t(value) >= int64_t(std::numeric_limits<To>::min()) &&
               int64_t(value) <= int64_t(std::numeric_limits<To>::max());
    else
      inside = uint64_t(value) <= uint64_t(std::numeric_limits<To>::max());
    result = To(value);
    return inside;
  }
}

/// Converts `count` values; returns the index of the first that does not fit,
/// or `count`.
template <typename To, typename From>
static int64_t convertAll(const void *from, void *to, int64_t count) {
  const From *source = static_cast<const From *>(from);
  To *target = static_cast<To *>(to);
  bool good = true;
  for (int64_t i = 0; i < count; ++i)
    good &= convert<To>(valueOf(source[i]), target[i]);
  if (good)
    return count;
  To ignored;
  int64_t i = 0;
  while (convert<To>(valueOf(source[i]), ignored))
    ++i;
  return i;
}

/// Index of the first value that is no finite number, or `count`.
static int64_t findNonFinite(const float *values, int64_t count) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    int32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  if (largest < 0x7f800000)
    return count;
  int64_t i = 0;
  while (std::isfinite(values[i]))
    ++i;
  return i;
}

using Converter = int64_t (*)(const void *from, void *to, int64_t count);

template <typename To>
static Converter converterFrom(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return convertAll<To, Truth>;
  case ElementType::U8:
    return convertAll<To, uint8_t>;
  case ElementType::U16:
    return convertAll<To, uint16_t>;
  case ElementType::U32:
    return convertAll<To, uint32_t>;
  case ElementType::U64:
    return convertAll<To, uint64_t>;
  case ElementType::I8:
    return convertAll<To, int8_t>;
  case ElementType::I16:
    return convertAll<To, int16_t>;
  case ElementType::I32:
    return convertAll<To, int32_t>;
  case ElementType::I64:
    return convertAll<To, int64_t>;
  case ElementType::F16:
    return convertAll<To, Half>;
  case ElementType::F32:
    return convertAll<To, float>;
  case ElementType::F64:
    return convertAll<To, double>;
  }
  return nullptr;
}

static Converter converter(ElementType from, ElementType to) {
  switch (to) {
  case ElementType::U8:
    return converterFrom<uint8_t>(from);
  case ElementType::I8:
    return converterFrom<int8_t>(from);
  case ElementType::I16:
    return converterFrom<int16_t>(from);
  case ElementType::F32:
    return converterFrom<float>(from);
  default:
    return nullptr;
  }
}

/// As a person writes it.
static std::string textOf(const void *data, ElementType type, int64_t index) {
  const char *at = static_cast<const char *>(data) + index * sizeOf(type);
  auto load = [&](auto value) {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  auto real = [](double value, int digits) {
    char text[40];
    // The short form where it says all.
    std::snprintf(text, sizeof text, "%.*g", digits - 2, value);
    if (std::strtod(text, nullptr) != value)
      std::snprintf(text, sizeof text, "%.*g", digits, value);
    return std::string(text);
  };
  switch (type) {
  case ElementType::Bool:
    return load(uint8_t()) ? "true" : "false";
  case ElementType::U8:
    return std::to_string(load(uint8_t()));
  case ElementType::U16:
    return std::to_string(load(uint16_t()));
  case ElementType::U32:
    return std::to_string(load(uint32_t()));
  case ElementType::U64:
    return std::to_string(load(uint64_t()));
  case ElementType::I8:
    return std::to_string(load(int8_t()));
  case ElementType::I16:
    return std::to_string(load(int16_t()));
  case ElementType::I32:
    return std::to_string(load(int32_t()));
  case ElementType::I64:
    return std::to_string(load(int64_t()));
  case ElementType::F16:
    return real(valueOf(load(Half())), 5);
  case ElementType::F32:
    return real(load(float()), 9);
  case ElementType::F64:
    return real(load(double()), 17);
  }
  return "?";
}

//===----------------------------------------------------------------------===//
// Samples in an array
//===----------------------------------------------------------------------===//

namespace {

/// Puts channels last, of samples of (channels, cells).
template <typename T>
void putChannelsLast(const void *from, void *to, int64_t samples,
                     int64_t channels, int64_t cells) {
  const T *source = static_cast<const T *>(from);
  T *target = static_cast<T *>(to);
  for (int64_t s = 0; s != samples; ++s, source += channels * cells)
    for (int64_t cell = 0; cell != cells; ++cell)
      for (int64_t c = 0; c != channels; ++c)
        *target++ = source[c * cells + cell];
}

class ArraySamples final : public SampleSource {
public:
  ArraySamples(const Array &array, const Tensor &input, std::string name,
               bool isTransposed, int64_t sequence)
      : SampleSource(input.type, input.shape,
                     array.shape.front() * std::max<int64_t>(sequence, 1),
                     sequence),
        array(array), name(std::move(name)), elements(numElements(input.shape)),
        convertTo(converter(array.type, input.type)),
        isTransposed(isTransposed) {}

  Result<const void *> get(int64_t first, int64_t number,
                           void *buffer) const override {
    if (!isTransposed)
      return getAsStored(first, number, buffer);
    std::vector<int64_t> memory(
        size_t(number) * bytesPerSample() / sizeof(int64_t) + 1);
    Result<const void *> stored = getAsStored(first, number, memory.data());
    if (!stored)
      return stored;
    int64_t channels = shape().back(), cells = elements / channels;
    switch (sizeOf(type())) {
    case 1:
      putChannelsLast<uint8_t>(*stored, buffer, number, channels, cells);
      break;
    case 2:
      putChannelsLast<uint16_t>(*stored, buffer, number, channels, cells);
      break;
    default:
      putChannelsLast<uint32_t>(*stored, buffer, number, channels, cells);
    }
    return static_cast<const void *>(buffer);
  }

private:
  Result<const void *> getAsStored(int64_t first, int64_t number,
                                   void *buffer) const {
    const void *source = static_cast<const char *>(array.data) +
                         size_t(first * elements) * sizeOf(array.type);
    int64_t count = number * elements;
    if (array.type == type()) {
      int64_t bad =
          isFloat(type())
              ? findNonFinite(static_cast<const float *>(source), count)
              : count;
      if (bad != count)
        return failure(source, first, bad);
      return source;
    }
    if (int64_t bad = convertTo(source, buffer, count); bad != count)
      return failure(source, first, bad);
    return static_cast<const void *>(buffer);
  }

  Error failure(const void *source, int64_t first, int64_t bad) const {
    // As the array has it.
    Shape extents = isTransposed
                        ? Shape(array.shape.begin() + 1, array.shape.end())
                        : shape();
    Shape position(extents.size());
    int64_t rest = bad % elements;
    for (size_t axis = position.size(); axis-- > 0;) {
      position[axis] = rest % extents[axis];
      rest /= extents[axis];
    }
    std::string what = textOf(source, array.type, bad);
    Error error{name + ": sample " + std::to_string(first + bad / elements) +
                " holds " + what + " at " + toString(position)};
    if (isFloat(array.type) && what.find_first_of("ni") != std::string::npos)
      error.message += "; samples must be finite numbers";
    else
      error.message +=
          std::string(", which ") + nameOf(type()) +
          ", the type of the model's input, does not hold (the samples are " +
          nameOf(array.type) +
          "); convert the samples, or take a model whose "
          "input type fits";
    return error;
  }

  Array array;
  std::string name;
  int64_t elements;
  Converter convertTo;
  /// Whether the array has the channels first.
  bool isTransposed;
};

} // namespace

static bool isInputType(ElementType type) {
  return type == ElementType::U8 || type == ElementType::I8 ||
         type == ElementType::I16 || type == ElementType::F32;
}

/// What every source takes for granted of the tensor.
static Status checkInput(const Tensor &input) {
  if (!isInputType(input.type))
    return Error{std::string("the model's input is ") + nameOf(input.type) +
                 ", allowed are uint8, int8, int16 and float32"};
  for (int64_t extent : input.shape)
    if (extent < 1)
      return Error{"the model's input has the shape " + toString(input.shape) +
                   ", its extents have to be at least 1"};
  if (checkedNumBytes(ElementType::F64, input.shape) < 0)
    return Error{"the model's input " + toString(input.shape) +
                 " has too many elements"};
  return {};
}

namespace {
/// Whether a sample in an array is one of the model's.
struct SampleFit {
  bool fits = false;
  bool isTransposed = false;
};
} // namespace

/// The model's own layout, of a network with channels last.
static Shape channelsFirstOf(Shape shape, size_t rank) {
  while (shape.size() > rank && shape.size() > 1 && shape.front() == 1)
    shape.erase(shape.begin());
  std::rotate(shape.begin(), shape.end() - (shape.empty() ? 0 : 1),
              shape.end());
  return shape;
}

static SampleFit fit(const Shape &each, const Tensor &input,
                     bool channelsFirst) {
  bool fits = each == input.shape;
  // Gray images often have no channels.
  if (!fits && !input.shape.empty() && input.shape.back() == 1) {
    Shape grown = each;
    grown.push_back(1);
    fits = grown == input.shape;
  }
  // Hardware models take vectors as images of one cell.
  if (!fits && each.size() < input.shape.size()) {
    Shape image(input.shape.size() - each.size(), 1);
    image.insert(image.end(), each.begin(), each.end());
    fits = image == input.shape;
  }
  bool isTransposed =
      channelsFirst && each == channelsFirstOf(input.shape, each.size());
  return {fits || isTransposed, isTransposed};
}

Result<std::unique_ptr<SampleSource>>
samplesOf(const Array &array, const Tensor &input, const std::string &name,
          bool channelsFirst, bool sequences) {
  if (Status status = checkInput(input); !status)
    return status.takeError();
  if (checkedNumBytes(array.type, array.shape) < 0)
    return Error{name + ": shape " + toString(array.shape) + " is not sound"};
  if (array.shape.empty())
    return Error{name + " holds a single number; samples " +
                 toString(input.shape) + " are needed, one after the other"};
  Shape each(array.shape.begin() + 1, array.shape.end());
  SampleFit found = fit(each, input, channelsFirst);
  int64_t sequence = 0;
  if (!found.fits && sequences && !each.empty() && each.front() > 0) {
    found = fit(Shape(each.begin() + 1, each.end()), input, channelsFirst);
    sequence = each.front();
  }
  if (!found.fits)
    return Error{name + ": samples have the shape " + toString(each) +
                 ", the model's input has " +
                 toString(channelsFirst
                              ? channelsFirstOf(input.shape, each.size())
                              : input.shape) +
                 (sequences ? ", or one axis of steps more before it" : "")};
  return std::unique_ptr<SampleSource>(std::make_unique<ArraySamples>(
      array, input, name, found.isTransposed, sequence));
}

//===----------------------------------------------------------------------===//
// Several inputs
//===----------------------------------------------------------------------===//

uint64_t SampleSet::makeNumber() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

Status checkSampleSet(const SampleSet &samples, const Program &program) {
  if (samples.numInputs() != program.inputs.size())
    return Error{
        "there are samples for " + std::to_string(samples.numInputs()) +
        " inputs, the network has " + std::to_string(program.inputs.size())};
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const Tensor &input = program.tensors[program.inputs[i].tensor];
    if (samples[i].type() != input.type || samples[i].shape() != input.shape)
      return Error{std::string("the samples were made for another model: ") +
                   nameOf(samples[i].type()) + " " +
                   toString(samples[i].shape()) + " instead of " +
                   nameOf(input.type) + " " + toString(input.shape)};
    if (samples[i].size() != samples.size())
      return Error{"there are " + std::to_string(samples[i].size()) +
                   " samples for input '" + program.inputs[i].name + "' and " +
                   std::to_string(samples.size()) + " for '" +
                   program.inputs[0].name + "', each input needs as many"};
    if (samples[i].sequenceLength() != samples.sequenceLength())
      return Error{"the samples of input '" + program.inputs[i].name +
                   "' are sequences of other lengths than those of '" +
                   program.inputs[0].name + "'"};
  }
  return {};
}

SampleBuffer::SampleBuffer(const SampleSet &samples, int64_t count) {
  for (size_t i = 0; i < samples.numInputs(); ++i)
    memory.emplace_back(
        size_t(count) * samples[i].bytesPerSample() / sizeof(int64_t) + 1);
}

Result<std::vector<const void *>>
SampleBuffer::get(const SampleSet &samples, int64_t first, int64_t count) {
  std::vector<const void *> values;
  for (size_t i = 0; i < samples.numInputs(); ++i) {
    Result<const void *> found = samples[i].get(first, count, memory[i].data());
    if (!found)
      return found.takeError();
    values.push_back(*found);
  }
  return values;
}

/// "'a', 'b' and 'c'".
static std::string listOf(const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i)
    text += (i == 0                  ? "'"
             : i + 1 == names.size() ? " and '"
                                     : ", '") +
            names[i] + "'";
  return text;
}

Result<std::vector<SampleArray>>
openSamples(const std::string &path, const Program &program,
            const std::vector<std::string> &except) {
  std::vector<SampleArray> arrays;
  if (program.inputs.size() == 1) {
    Result<NpyArray> array = openArray(path);
    if (!array)
      return array.takeError();
    arrays.push_back({std::move(*array), path});
    return arrays;
  }
  std::vector<std::string> names;
  for (const Input &input : program.inputs)
    names.push_back(input.name);
  std::string needed = "the network has the inputs " + listOf(names) +
                       ", and needs a .npz file with an array for each, called "
                       "by its name";
  Result<NpzPath> split = splitNpzPath(path);
  if (!split)
    return split.takeError();
  bool isNpz = split->path.size() >= 4 &&
               split->path.compare(split->path.size() - 4, 4, ".npz") == 0;
  if (!isNpz)
    return Error{path + ": " + needed};
  if (!split->keys.empty())
    return Error{path + ": names single arrays, but " + needed};
  Result<NpzFile> file = NpzFile::open(split->path);
  if (!file)
    return file.takeError();
  std::vector<std::string> missing, extra;
  for (const std::string &name : names)
    if (!file->contains(name))
      missing.push_back(name);
  for (const std::string &key : file->keys())
    if (std::find(except.begin(), except.end(), key) == except.end() &&
        std::find(names.begin(), names.end(), key) == names.end())
      extra.push_back(key);
  if (!missing.empty() || !extra.empty()) {
    std::string found;
    if (!missing.empty())
      found += "has no array " + listOf(missing);
    if (!extra.empty())
      found += (missing.empty() ? "holds " : ", but holds ") + listOf(extra);
    return Error{path + ": " + found + "; " + needed};
  }
  for (const std::string &name : names) {
    Result<NpyArray> array = file->get(name);
    if (!array)
      return array.takeError();
    arrays.push_back({std::move(*array), split->path + ":" + name});
  }
  return arrays;
}

Result<SampleSources> samplesOf(const std::vector<SampleArray> &arrays,
                                const Program &program) {
  SampleSources sources;
  for (size_t i = 0; i < arrays.size() && i < program.inputs.size(); ++i) {
    Result<std::unique_ptr<SampleSource>> source = samplesOf(
        arrays[i].array, program.tensors[program.inputs[i].tensor],
        arrays[i].name, program.inputs[i].channelsFirst && !arrays[i].isStored,
        /*sequences=*/!program.states.empty() || program.inputs[i].hasFrames);
    if (!source)
      return source.takeError();
    if (i != 0 && (*source)->size() != sources[0]->size())
      return Error{
          arrays[i].name + ": has " + std::to_string((*source)->size()) +
          " samples, " + arrays[0].name + " has " +
          std::to_string(sources[0]->size()) + "; each input needs as many"};
    sources.push_back(std::move(*source));
  }
  if (Status status = checkSampleSet(sources, program); !status)
    return status.takeError();
  return sources;
}

//===----------------------------------------------------------------------===//
// Random samples
//===----------------------------------------------------------------------===//

namespace {

class RandomSamples final : public SampleSource {
public:
  /// `values`: the type whose range the integers have.
  RandomSamples(const Tensor &input, int64_t count, uint64_t seed,
                ElementType values)
      : SampleSource(input.type, input.shape, count), seed(seed),
        values(values), elements(numElements(input.shape)) {}

  Result<const void *> get(int64_t first, int64_t number,
                           void *buffer) const override {
    switch (type()) {
    case ElementType::U8:
      fill(first, number, static_cast<uint8_t *>(buffer));
      break;
    case ElementType::I8:
      fill(first, number, static_cast<int8_t *>(buffer));
      break;
    case ElementType::I16:
      fill(first, number, static_cast<int16_t *>(buffer));
      break;
    default:
      fill(first, number, static_cast<float *>(buffer));
      break;
    }
    return static_cast<const void *>(buffer);
  }

private:
  /// The finalizer of SplitMix64: every bit of the result depends on all bits.
  static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  /// Cuts numbers out of 64 random bits at a time, which depend on the seed,
  /// the sample, and the place in it.
  template <typename T>
  void fill(int64_t first, int64_t number, T *out) const {
    constexpr uint64_t step = 0x9e3779b97f4a7c15;
    for (int64_t sample = first; sample < first + number; ++sample) {
      uint64_t base = mix(mix(seed + step) + uint64_t(sample + 1) * step);
      int bits = values == ElementType::I16 ? 16 : 8;
      int perDraw = 64 / bits;
      for (int64_t i = 0; i < elements;) {
        uint64_t draw = mix(base + uint64_t(i / perDraw + 1) * step);
        for (int j = 0; j < perDraw && i < elements; ++j, ++i, draw >>= bits) {
          if (values == ElementType::U8)
            *out++ = T(uint8_t(draw));
          else if (values == ElementType::I8)
            *out++ = T(int8_t(draw));
          else
            *out++ = T(int16_t(draw));
        }
      }
    }
  }

  uint64_t seed;
  ElementType values;
  int64_t elements;
};

} // namespace

Result<std::unique_ptr<SampleSource>>
randomSamples(const Tensor &input, const RandomOptions &options) {
  if (Status status = checkInput(input); !status)
    return status.takeError();
  if (options.count < 1)
    return Error{"the number of random samples is " +
                 std::to_string(options.count) + ", it has to be at least 1"};
  ElementType values = input.type;
  if (isFloat(input.type)) {
    int64_t channels = input.shape.empty() ? 1 : input.shape.back();
    values = options.inputType;
    if (options.rule == RandomRule::Channels)
      values =
          channels == 1 || channels == 3 ? ElementType::U8 : ElementType::I8;
    if (!isInputType(values) || isFloat(values))
      return Error{std::string("inputs are to be quantized to ") +
                   nameOf(values) + ", allowed are uint8, int8 and int16"};
  }
  return std::unique_ptr<SampleSource>(std::make_unique<RandomSamples>(
      input, options.count, options.seed, values));
}

Result<SampleSources> randomSamples(const Program &program,
                                    const RandomOptions &options) {
  SampleSources sources;
  RandomOptions own = options;
  for (const Input &input : program.inputs) {
    Result<std::unique_ptr<SampleSource>> source =
        randomSamples(program.tensors[input.tensor], own);
    if (!source)
      return source.takeError();
    sources.push_back(std::move(*source));
    // Inputs of one shape get different samples.
    own.seed += 0xd1b54a32d192ed03;
  }
  return sources;
}

//===----------------------------------------------------------------------===//
// Batches
//===----------------------------------------------------------------------===//

std::string Batching::nameOf(int64_t batch) const {
  int64_t first = firstOf(batch);
  int64_t size = sizeOf(batch);
  if (size == 1)
    return "sample " + std::to_string(first);
  return "samples " + std::to_string(first) + " to " +
         std::to_string(first + size - 1);
}

static int64_t divideUp(int64_t a, int64_t b) { return a / b + (a % b != 0); }

Result<Batching> planBatches(int64_t available, int64_t numSamples,
                             int64_t batchSize) {
  if (available < 1)
    return Error{"there are no samples to calibrate with"};
  if (numSamples < 1)
    return Error{"the number of samples is " + std::to_string(numSamples) +
                 ", it has to be at least 1"};
  // Counts beyond this are mistakes; products of them fit 64 bits.
  constexpr int64_t maxSamples = int64_t(1) << 32;
  if (numSamples > maxSamples || batchSize > maxSamples)
    return Error{"the number of samples is " + std::to_string(numSamples) +
                 ", the batch size " + std::to_string(batchSize) +
                 "; both are at most " + std::to_string(maxSamples)};
  if (batchSize < 0)
    return Error{"the batch size is " + std::to_string(batchSize) +
                 ", it has to be at least 1"};
  Batching batching;
  int64_t allowed = numSamples;
  batching.batchSize = divideUp(available, numSamples);
  if (batchSize) {
    batching.batchSize = batchSize;
    allowed = divideUp(numSamples, batchSize);
  }
  // A batch is never larger than all there is.
  batching.batchSize = std::min(batching.batchSize, available);
  batching.steps = std::min(allowed, divideUp(available, batching.batchSize));
  batching.samples = batching.steps > available / batching.batchSize
                         ? available
                         : batching.steps * batching.batchSize;
  return batching;
}

} // namespace qml
