//===- Fingerprint.cpp - What a calibration depends on --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Fingerprint.h"

#include "qml/Program/Hash.h"

#include <sstream>

namespace qml {

/// One line for the form of the network, one for its values.
static std::string describe(const Program &program) {
  ProgramHash hash(program);
  return "network: " + hash.form().text() +
         "\nweights: " + hash.weights().text() + "\n";
}

/// A hash of the sample. If it can't be read, calibration reports that.
static std::string describe(const SampleSource &samples, int64_t index) {
  SampleBuffer buffer(samples, 1);
  auto data = buffer.get(samples, index, 1);
  if (!data)
    return "unreadable";
  Hash hash;
  hash.add(data->front(), samples.bytesPerSample());
  return hash.text();
}

std::string describeInputs(const Program &program, const SampleSet &samples) {
  std::ostringstream text;
  text << describe(program) << "samples: " << samples.size() << " of";
  for (size_t i = 0; i < samples.numInputs(); ++i)
    text << (i ? ", " : " ") << nameOf(samples[i].type()) << " "
         << toString(samples[i].shape());
  text << "\nvalues:";
  for (size_t i = 0; i < samples.numInputs(); ++i)
    text << " " << describe(samples[i], 0) << " "
         << describe(samples[i], samples.size() - 1);
  text << "\n";
  return text.str();
}

std::string describeCalibration(const FloatExecutor &executor,
                                const SampleSet &samples,
                                const Batching &batches,
                                const CalibrationOptions &options) {
  std::ostringstream text;
  text.precision(17);
  text << "arithmetic: " << executor.arithmetic() << "\n"
       << describeInputs(executor.program(), samples)
       << "options: " << batches.samples << " samples in batches of "
       << batches.batchSize << ", " << options.epochs << " epochs, momentum "
       << options.momentum << ", states of " << options.maxStateBytes
       << " bytes, " << executor.numPieces(batches, {0, batches.steps})
       << " pieces" << (options.histograms ? ", histograms" : "")
       << (executor.options().tf32 ? ", TF32" : "") << "\n";
  return text.str();
}

/// Takes the next line off, and splits it after its key.
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
