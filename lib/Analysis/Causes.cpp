//===- Causes.cpp - Why a layer loses accuracy, in words ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "qml/Support/Quote.h"

#include <algorithm>
#include <cstdio>

namespace qml {

static std::string format(const char *pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

static std::string percent(const Saturation &cut) {
  // Few are not none.
  return cut.percent() < 0.1 ? "less than 0.1 %"
                             : format("%.1f %%", cut.percent());
}

/// What cuts values: nothing else matters as much. Shares of sums and inputs
/// above `share` percent count, and those of results above `shareOfResults`.
static void addCuts(const LayerAnalysis &layer, double share,
                    double shareOfResults, std::vector<std::string> &causes) {
  if (layer.sums.percent() > share)
    causes.push_back(percent(layer.sums) +
                     " of its sums saturate: the accumulator is too narrow");
  if (layer.biases.count)
    causes.push_back(showCount(layer.biases.count, "bias") + " of " +
                     std::to_string(layer.biases.total) +
                     " clipped to the accumulator");
  std::string apart = "the channels of " + quote(layer.alignedLayer) +
                      " are up to " + showCount(layer.alignment, "bit") +
                      " apart; quantize it per tensor";
  if (layer.products.percent() > share)
    causes.push_back(
        percent(layer.products) +
        " of its sums saturate at the buffer when they are scaled" +
        (layer.alignment ? ": " + apart : ": its weights have too many bits"));
  if (layer.aligned.percent() > share)
    causes.push_back(percent(layer.aligned) +
                     " of its inputs saturate: " + apart);
  if (layer.results.percent() > shareOfResults)
    causes.push_back(percent(layer.results) +
                     " of its results saturate: its range is too small");
}

static const char *nameOfWeights(const KernelAnalysis &kernel) {
  return kernel.key.compare(0, 3, "pw_") == 0 ? "pointwise weights"
         : kernel.isDepthwise                 ? "depthwise weights"
                                              : "weights";
}

static std::string describeWeights(const KernelAnalysis &kernel) {
  std::string name = nameOfWeights(kernel);
  if (kernel.hasOneScale && kernel.channels > 1 && kernel.spread >= 1.5)
    return "one scale for the " + name + " of " +
           showCount(kernel.channels, "channel") + ", the largest " +
           format("%.1f", kernel.spread) + " times the middle one";
  if (kernel.bits < 8)
    return "few bits: its " + name + " have " + std::to_string(kernel.bits);
  return name + " rounded to " + std::to_string(kernel.bits) + " bits";
}

static std::string describeResults(const LayerAnalysis &layer) {
  if (layer.bits < 8)
    return "few bits: its results have " + std::to_string(layer.bits);
  if (!layer.isPerAxis && layer.channels > 1 && layer.channelSpread >= 4)
    return "one range for the results of " +
           showCount(layer.channels, "channel") + ", the largest " +
           format("%.1f", layer.channelSpread) + " times the middle one";
  return "results rounded to " + std::to_string(layer.bits) + " bits";
}

/// The kernel whose change gives the most, or the one with the most noise.
static const KernelAnalysis *findWorstKernel(const LayerAnalysis &layer) {
  for (const TriedChange &tried : layer.changes)
    for (const KernelAnalysis &kernel : layer.kernels)
      if (tried.gain >= leastGain && tried.change.ofWeights() &&
          tried.change.layer == kernel.layer && tried.change.key == kernel.key)
        return &kernel;
  auto worst =
      std::min_element(layer.kernels.begin(), layer.kernels.end(),
                       [](const KernelAnalysis &a, const KernelAnalysis &b) {
                         return a.noise.decibels() < b.noise.decibels();
                       });
  return worst == layer.kernels.end() ? nullptr : &*worst;
}

std::string describeCut(const LayerAnalysis &layer, bool ofResults) {
  // What is cut by little costs little.
  constexpr double enough = 20; // dB
  if (layer.accumulated.decibels() >= enough)
    return "";
  // The moving maximum leaves out the largest values of single batches.
  std::vector<std::string> cuts;
  addCuts(layer, 1.0, ofResults ? 5.0 : 100.0, cuts);
  return cuts.empty() ? std::string() : cuts.front();
}

void findCauses(LayerAnalysis &layer) {
  std::vector<std::string> &causes = layer.causes;
  // Ranges leave out a few values on purpose.
  addCuts(layer, 0.0, 0.5, causes);
  if (layer.lostChannels)
    causes.push_back(showCount(layer.lostChannels, "channel") +
                     " of small values became zero");
  if (layer.alignment && layer.deadChannels)
    causes.push_back(showCount(layer.deadChannels, "channel") +
                     (layer.deadChannels == 1
                          ? " that is always zero widens the spread"
                          : " that are always zero widen the spread"));

  // Beside what is cut rounding is nothing.
  for (const Saturation *cut :
       {&layer.sums, &layer.products, &layer.aligned, &layer.biases})
    if (cut->percent() >= 0.1)
      return;
  // What the results lose by being written in their codes, and all the rest,
  // which is in the weights.
  bool inResults = layer.bits && layer.coding.noise > layer.own.noise / 2;
  std::optional<double> ofWeights = layer.gainOf(true);
  std::optional<double> ofResults = layer.gainOf(false);
  if (ofWeights && ofResults && std::max(*ofWeights, *ofResults) >= leastGain)
    inResults = *ofResults > *ofWeights;
  const KernelAnalysis *kernel = findWorstKernel(layer);
  if (inResults || !kernel) {
    if (layer.bits)
      causes.push_back(describeResults(layer));
  } else {
    causes.push_back(describeWeights(*kernel));
  }
}

} // namespace qml
