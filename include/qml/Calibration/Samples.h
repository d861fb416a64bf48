//===- Samples.h - Where calibration takes its samples from -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Samples come batch by batch, in the element types of the model's inputs: from
// arrays in files, or made from a seed. A whole set is never converted.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_SAMPLES_H
#define QML_CALIBRATION_SAMPLES_H

#include "qml/Program/Program.h"
#include "qml/Support/Bytes.h"
#include "qml/Support/Result.h"

#include <memory>
#include <string>

namespace qml {

/// Samples of one input, by index. May be read from several threads at once.
class SampleSource {
public:
  virtual ~SampleSource() = default;

  /// Of the values that are handed out: the type of the program's input.
  ElementType type() const { return elementType; }
  /// Of one sample.
  const Shape &shape() const { return sampleShape; }
  int64_t size() const { return count; }
  /// For networks with memory: each so many samples are a sequence, which
  /// starts without memory. 0 if all samples are one.
  int64_t sequenceLength() const { return sequence; }
  size_t bytesPerSample() const {
    return size_t(numElements(sampleShape)) * sizeOf(elementType);
  }

  /// Samples `first` to `first + number - 1`, dense, one after the other.
  /// Returns `buffer`, filled (number * bytesPerSample() bytes, aligned for the
  /// type), or a pointer to where they lie anyway. Fails if a value is NaN,
  /// infinite, or not representable in the type.
  virtual Result<const void *> get(int64_t first, int64_t number,
                                   void *buffer) const = 0;

protected:
  SampleSource(ElementType type, Shape shape, int64_t count,
               int64_t sequence = 0)
      : elementType(type), sampleShape(std::move(shape)), count(count),
        sequence(sequence) {}

private:
  ElementType elementType;
  Shape sampleShape;
  int64_t count;
  int64_t sequence;
};

using SampleSources = std::vector<std::unique_ptr<SampleSource>>;

/// Samples of all inputs of a program, in the order of Program::inputs. The
/// sources outlive it.
class SampleSet {
public:
  SampleSet(const SampleSource &only) : sources{&only}, number(makeNumber()) {}
  SampleSet(const SampleSources &owners) : number(makeNumber()) {
    for (const std::unique_ptr<SampleSource> &source : owners)
      sources.push_back(source.get());
  }

  size_t numInputs() const { return sources.size(); }
  const SampleSource &operator[](size_t input) const { return *sources[input]; }
  /// Of samples.
  int64_t size() const { return sources.empty() ? 0 : sources[0]->size(); }
  /// SampleSource::sequenceLength of all inputs.
  int64_t sequenceLength() const {
    return sources.empty() ? 0 : sources[0]->sequenceLength();
  }

  /// Another one for each set but copies: what tells whether memories are of
  /// the same samples, where an address may be taken again.
  uint64_t id() const { return number; }

private:
  static uint64_t makeNumber();

  std::vector<const SampleSource *> sources;
  uint64_t number;
};

/// Whether there are samples for each input of the program, of its type and
/// shape, and as many for each, in sequences of one length.
Status checkSampleSet(const SampleSet &samples, const Program &program);

/// Memory for some samples of each input, where sources put them that do not
/// have them as they are asked for.
class SampleBuffer {
public:
  SampleBuffer(const SampleSet &samples, int64_t count);

  /// Where samples `first` to `first + count - 1` of each input lie.
  Result<std::vector<const void *>> get(const SampleSet &samples, int64_t first,
                                        int64_t count);

private:
  /// Of 64 bits, so that all types are aligned.
  std::vector<std::vector<int64_t>> memory;
};

/// The samples in an array, which has one axis more than the input of the
/// model: (samples, height, width, channels). If the model has one channel,
/// that axis may be missing in the array. `input` is the tensor of the
/// program's input; `name` is what messages call the array.
///
/// If `channelsFirst`, arrays of (samples, channels, height, width) are taken
/// for the network's (samples, height, width, channels), too, and go first
/// where both fit.
///
/// If `sequences`, arrays with two axes more than the input are taken, too:
/// (sequences, steps, height, width, channels), whose steps are samples.
///
/// Every number has to be representable in the type of the input; only float64
/// is rounded to float32. That is checked when the samples are read.
Result<std::unique_ptr<SampleSource>>
samplesOf(const Array &array, const Tensor &input, const std::string &name,
          bool channelsFirst = false, bool sequences = false);

/// An array of samples for one input, and what messages call it.
struct SampleArray {
  Array array;
  std::string name;
  /// Samples are as the network stores them, channels last; others may be as
  /// the user's model has them.
  bool isStored = false;
};

/// Arrays of samples for the inputs of `program`, in their order. For one input
/// `path` is a .npy file, or .npz with `:key` if it holds several arrays. For
/// several it is a .npz file that holds an array for each, called by its name;
/// another one is an error that names it, unless it is among `except`.
Result<std::vector<SampleArray>>
openSamples(const std::string &path, const Program &program,
            const std::vector<std::string> &except = {});

/// The samples in those arrays, as many in each.
Result<SampleSources> samplesOf(const std::vector<SampleArray> &arrays,
                                const Program &program);

/// How random samples are chosen.
enum class RandomRule : uint8_t {
  /// Uniform over all values of the input's type; for float inputs, of the type
  /// that they will be quantized to.
  DType,
  /// The same for inputs of integer types. Float inputs with 1 or 3 channels,
  /// which are probably images, get 0 to 255, all others -128 to 127.
  Channels
};

struct RandomOptions {
  int64_t count = 1024;
  uint64_t seed = 0;
  RandomRule rule = RandomRule::DType;
  /// What float inputs will be quantized to: U8, I8 or I16.
  ElementType inputType = ElementType::U8;
};

/// Random integers. Sample i depends on the seed, the shape and i alone, not on
/// how samples are read.
Result<std::unique_ptr<SampleSource>>
randomSamples(const Tensor &input, const RandomOptions &options);

/// The same for each input. Those of the first one are the samples that it has
/// as the only one.
Result<SampleSources> randomSamples(const Program &program,
                                    const RandomOptions &options);

/// How a set of samples is cut into batches.
struct Batching {
  /// Samples in each batch but maybe the last.
  int64_t batchSize = 0;
  /// Number of batches.
  int64_t steps = 0;
  /// Samples in all batches together, from the start of the set.
  int64_t samples = 0;

  int64_t batchOf(int64_t sample) const { return sample / batchSize; }
  int64_t firstOf(int64_t batch) const { return batch * batchSize; }
  /// Samples in that batch.
  int64_t sizeOf(int64_t batch) const {
    return batch + 1 < steps ? batchSize : samples - batch * batchSize;
  }
  /// As messages call it: "samples 100 to 199".
  std::string nameOf(int64_t batch) const;
};

/// The reference's rule for `available` samples. With a batch size:
/// ceil(numSamples / batchSize) batches in order, fewer if the samples run out.
/// With a batch size of 0: `numSamples` batches of ceil(available / numSamples)
/// samples. Fails for negative numbers, and if nothing is left.
Result<Batching> planBatches(int64_t available, int64_t numSamples,
                             int64_t batchSize);

} // namespace qml

#endif // QML_CALIBRATION_SAMPLES_H
