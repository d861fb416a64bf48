//===- Histograms.cpp - How often tensors take which values ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes, checks and writes them.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Histograms.h"

#include "qml/Support/LargePages.h"
#include "qml/Support/Npz.h"

#include <new>
#include <numeric>

namespace qml {

Status Histograms::start(const ObserverLayout &layout,
                         const BinScales &scales) {
  layers.clear();
  for (const ObserverLayout::Entry &entry : layout.entries())
    layers[entry.layer] = {
        entry.histogram, entry.count, entry.perAxis, !entry.minMax,
        scales.steps.empty() ? 1 : scales.steps[entry.histogram]};
  lower = scales.lower;
  upper = scales.upper;
  try {
    size_t number = layout.numHistograms() * size_t(histogramBins);
    counts.clear();
    counts.reserve(number);
    // Bins are added to far apart.
    wantLargePages(counts.data(), number * sizeof(uint64_t));
    counts.assign(number, 0);
  } catch (const std::bad_alloc &) {
    return Error{"there is not enough memory for " +
                 std::to_string(layout.numHistograms()) +
                 " histograms: quantize per tensor, or without histograms"};
  }
  return {};
}

Status Histograms::check(const Program &program, int64_t samples) const {
  for (const RangeRequest &request : program.ranges) {
    const Layer &layer = layers.at(request.layer);
    const Tensor &tensor = program.tensors[request.tensor];
    int64_t channels = numChannels(tensor);
    int64_t cells = numElements(tensor.shape) / channels;
    uint64_t expected = uint64_t(samples) *
                        uint64_t((cells + layer.step - 1) / layer.step) *
                        uint64_t(channels) / layer.count;
    const uint64_t *bins = countsOf(layer);
    for (size_t i = 0; i < layer.count; ++i, bins += histogramBins) {
      uint64_t total = std::accumulate(bins, bins + histogramBins, uint64_t(0));
      if (total != expected)
        return Error{
            "of " + std::to_string(expected) + " values of layer '" +
            request.layer + "'" +
            (layer.perAxis ? ", channel " + std::to_string(i) + "," : "") +
            " " + std::to_string(total) +
            " were counted: the result would be wrong"};
    }
  }
  return {};
}

Status writeHistograms(const std::string &path, const Histograms &histograms,
                       const std::string &arithmetic) {
  Result<NpzWriter> writer = NpzWriter::create(path);
  if (!writer)
    return writer.takeError();
  for (const auto &[name, layer] : histograms.layers) {
    Shape bounds;
    if (layer.perAxis)
      bounds.push_back(int64_t(layer.count));
    Shape bins = bounds;
    bins.push_back(histogramBins);
    if (Status status = writer->add("histogram/" + name, ElementType::U64, bins,
                                    histograms.countsOf(layer));
        !status)
      return status;
    if (Status status =
            writer->add("histogram_min/" + name, ElementType::F32, bounds,
                        histograms.lower.data() + layer.first);
        !status)
      return status;
    if (Status status =
            writer->add("histogram_max/" + name, ElementType::F32, bounds,
                        histograms.upper.data() + layer.first);
        !status)
      return status;
  }
  if (Status status =
          writer->add("arithmetic", ElementType::U8,
                      {int64_t(arithmetic.size())}, arithmetic.data());
      !status)
    return status;
  return writer->finish();
}

} // namespace qml
