//===- Fingerprint.cpp - What a calibration depends on --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fingerprint.h"

#include <cstring>
#include <sstream>

namespace qml {

namespace {

/// Tells different inputs apart; nobody forges them.
class Hash {
public:
  void add(const void *data, size_t size) {
    const char *bytes = static_cast<const char *>(data);
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, bytes, sizeof word);
      mix(word);
      bytes += sizeof word;
    }
    uint64_t rest = size;
    for (size_t i = 0; i < size; ++i)
      rest = rest << 8 | uint8_t(bytes[i]);
    mix(rest);
  }
  void add(int64_t value) { mix(uint64_t(value)); }
  void add(float value) { add(&value, sizeof value); }
  void add(const std::string &text) { add(text.data(), text.size()); }
  template <typename T>
  void add(const std::vector<T> &values) {
    add(int64_t(values.size()));
    for (const T &value : values)
      add(value);
  }
  template <typename T, size_t N>
  void add(const T (&values)[N]) {
    for (const T &value : values)
      add(value);
  }

  std::string text() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (int shift = 60; shift >= 0; shift -= 4)
      result += digits[state >> shift & 15];
    return result;
  }

private:
  void mix(uint64_t word) {
    state = (state ^ word) * 0x9e3779b97f4a7c15;
    state ^= state >> 29;
  }

  uint64_t state = 0x243f6a8885a308d3;
};

/// Adds what float operations have: values to one hash, the rest to another.
struct OperationHasher {
  Hash &form;
  Hash &weights;

  void add(const Constant &constant) {
    form.add(int64_t(constant.type));
    form.add(constant.shape);
    if (constant.data)
      weights.add(constant.data,
                  size_t(numElements(constant.shape)) * sizeOf(constant.type));
  }
  void add(const Window &window) {
    form.add(window.kernel);
    form.add(window.strides);
    form.add(window.dilations);
    form.add(window.padBegin);
    form.add(window.padEnd);
  }

  void operator()(const Rescaling &rescaling) {
    weights.add(rescaling.scale);
    weights.add(rescaling.offset);
  }
  void operator()(const Conv2D &conv) {
    form.add(int64_t(conv.depthwise));
    add(conv.kernel);
    add(conv.bias);
    add(conv.window);
    weights.add(conv.paddingValue);
  }
  void operator()(const Dense &dense) {
    add(dense.kernel);
    add(dense.bias);
  }
  void operator()(const BatchNorm &norm) {
    weights.add(norm.scale);
    weights.add(norm.shift);
  }
  void operator()(const ReLU &relu) {
    form.add(int64_t(relu.maxValue.has_value()));
    weights.add(relu.maxValue.value_or(0.f));
  }
  void operator()(const MaxPool2D &pool) { add(pool.window); }
  void operator()(const ZeroPadding2D &pad) {
    form.add(pad.padBegin);
    form.add(pad.padEnd);
  }
  /// Has nothing of its own, or is for integers alone.
  template <typename T>
  void operator()(const T &) {}
};

} // namespace

/// One line for the form of the network, one for its values.
static std::string describe(const Program &program) {
  Hash form, weights;
  for (const Tensor &tensor : program.tensors) {
    form.add(int64_t(tensor.type));
    form.add(tensor.shape);
  }
  form.add(int64_t(program.input));
  for (const Operation &operation : program.operations) {
    form.add(int64_t(operation.kind.index()));
    form.add(operation.layer);
    for (int input : operation.inputs)
      form.add(int64_t(input));
    form.add(int64_t(operation.output));
    std::visit(OperationHasher{form, weights}, operation.kind);
  }
  for (const RangeRequest &range : program.ranges) {
    form.add(int64_t(range.tensor));
    form.add(range.layer);
    form.add(int64_t(range.perAxis) * 2 + int64_t(range.minMax));
  }
  return "network: " + form.text() + "\nweights: " + weights.text() + "\n";
}

/// Hashes the sample; where it can't be read is for the calibration to say.
static std::string describe(const SampleSource &samples, int64_t index) {
  // Aligned for every type.
  std::vector<int64_t> buffer(samples.bytesPerSample() / sizeof(int64_t) + 1);
  auto data = samples.get(index, 1, buffer.data());
  if (!data)
    return "unreadable";
  Hash hash;
  hash.add(*data, samples.bytesPerSample());
  return hash.text();
}

std::string describeCalibration(const FloatExecutor &executor,
                                const SampleSource &samples,
                                const Batching &batches,
                                const CalibrationOptions &options) {
  std::ostringstream text;
  text.precision(17);
  text << "arithmetic: " << executor.arithmetic() << "\n"
       << describe(executor.program()) << "samples: " << samples.size()
       << " of " << qml::nameOf(samples.type()) << " "
       << toString(samples.shape()) << "\nvalues: " << describe(samples, 0)
       << " " << describe(samples, samples.size() - 1)
       << "\noptions: " << batches.samples << " samples in batches of "
       << batches.batchSize << ", " << options.epochs << " epochs, momentum "
       << options.momentum << ", states of " << options.maxStateBytes
       << " bytes, " << executor.numPieces(batches, {0, batches.steps})
       << " pieces" << (options.histograms ? ", histograms" : "")
       << (executor.options().tf32 ? ", TF32" : "") << "\n";
  return text.str();
}

/// Takes the next line off, and splits it behind its key.
static std::pair<std::string, std::string> takeLine(std::string &text) {
  size_t end = text.find('\n');
  std::string line = text.substr(0, end);
  text.erase(0, end == std::string::npos ? end : end + 1);
  size_t colon = line.find(": ");
  if (colon == std::string::npos)
    return {line, ""};
  return {line.substr(0, colon), line.substr(colon + 2)};
}

static Status reportDifference(const std::string &what,
                               const std::string &other,
                               const std::string &first,
                               const std::string &nameOfOther,
                               const std::string &nameOfFirst) {
  std::string text = nameOfOther + " ";
  if (what == "arithmetic") {
    text += "computes with " + other + ", " + nameOfFirst + " with " + first +
            ", and the last bits of ranges depend on that";
    if (other.rfind("oneDNN", 0) == 0 && first.rfind("oneDNN", 0) == 0)
      text += ": set ONEDNN_MAX_CPU_ISA for all of them to what each machine "
              "has (mpirun -x ONEDNN_MAX_CPU_ISA=AVX2), and install the same "
              "version of oneDNN";
    else
      text += ": let all of them compute on the same kind of device (--device)";
    return Error{text};
  }
  if (what == "network" || what == "weights")
    return Error{text + "has " +
                 (what == "network" ? "another network" : "other weights") +
                 " than " + nameOfFirst +
                 ": all of them have to read the same model"};
  if (what == "values")
    return Error{text + "has other samples than " + nameOfFirst +
                 ": all of them have to read the same file"};
  return Error{text + "has other " + what + " (" + other + ") than " +
               nameOfFirst + " (" + first +
               "): all of them need the same command line and files"};
}

Status compareDescriptions(const std::vector<std::string> &descriptions,
                           const Workers &workers) {
  for (size_t i = 1; i < descriptions.size(); ++i) {
    std::string other = descriptions[i], first = descriptions.front();
    while (other != first) {
      auto [what, otherValue] = takeLine(other);
      auto [key, firstValue] = takeLine(first);
      if (what != key || otherValue != firstValue)
        return reportDifference(what == key ? what : "kinds of inputs",
                                otherValue, firstValue, workers.nameOf(int(i)),
                                workers.nameOf(0));
    }
  }
  return {};
}

} // namespace qml
