//===- Losses.cpp - Where integers are cut --------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two walks. Backward, what was seen before an output quantizer is known of the
// sums before it, too: ReLUs and pools keep the largest value. Forward, each
// kind says what its result comes to and holds that against its bits.
//
//===----------------------------------------------------------------------===//

#include "qml/Program/Losses.h"

#include "qml/Program/Kinds.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace qml {

/// Of what is a little too large nobody could hear the loss.
static constexpr double tolerance = 1.03;

//===----------------------------------------------------------------------===//
// ReachQuery
//===----------------------------------------------------------------------===//

void ReachQuery::report(Loss loss) {
  loss.layer = operation.layer;
  // A layer may be several operations.
  for (Loss &other : losses)
    if (other.layer == loss.layer && other.kind == loss.kind) {
      if (loss.factor > other.factor)
        other = loss;
      return;
    }
  losses.push_back(std::move(loss));
}

/// How many times the values of a channel are what fits.
static double excessOf(const Bounds &values, IntegerRange bounds) {
  auto ratio = [](double value, double most) {
    return value <= 0 ? 0 : value / most;
  };
  // n bits are given to values up to 2^n, of which the largest become 2^n - 1.
  double above = ratio(values.upper, double(bounds.upper) + 1);
  double below = ratio(-values.lower, 1 - double(bounds.lower));
  switch (values.reached) {
  case Bounds::None:
    return 0;
  case Bounds::Upper:
    return above;
  case Bounds::Either:
    return values.lower >= 0   ? above
           : values.upper <= 0 ? below
                               : std::min(above, below);
  case Bounds::Both:
    return std::max(above, below);
  }
  return 0;
}

Reach ReachQuery::cut(LossKind kind, Reach values, IntegerRange bounds,
                      int bits, int spread) {
  int64_t cut = 0, reached = 0;
  double factor = 0;
  for (Bounds &channel : values.channels) {
    double excess = excessOf(channel, bounds);
    reached += channel.reached != Bounds::None;
    cut += excess > tolerance;
    factor = std::max(factor, excess);
    channel.lower =
        std::clamp(channel.lower, double(bounds.lower), double(bounds.upper));
    channel.upper =
        std::clamp(channel.upper, double(bounds.lower), double(bounds.upper));
  }
  // Where nobody knows which channel it was, it was one of most of them.
  if (cut == 0 || (values.isOneOf && cut * 2 <= reached))
    return values;
  Loss loss;
  loss.kind = kind;
  loss.channels = cut;
  loss.ofChannels = int64_t(values.channels.size());
  loss.factor = factor;
  loss.bits = bits;
  loss.spread = spread;
  report(std::move(loss));
  return values;
}

Reach ReachQuery::align(const Reach &input, const std::vector<int32_t> &shift,
                        IntegerRange bounds, int bits) {
  if (shift.empty())
    return input;
  Reach aligned = input;
  int spread = 0;
  for (size_t c = 0; c != aligned.channels.size(); ++c) {
    int by = shift[shift.size() == 1 ? 0 : c];
    Bounds &channel = aligned.channels[c];
    channel.lower = std::ldexp(channel.lower, by);
    channel.upper = std::ldexp(channel.upper, by);
    spread = std::max(spread, by);
  }
  return cut(LossKind::Alignment, std::move(aligned), bounds, bits, spread);
}

/// What is known of values by two ways: what they can't exceed, and what was
/// seen of them.
static Reach combine(const Reach &possible, const Observed &seen) {
  Reach reach;
  reach.isOneOf = !seen.perAxis && possible.channels.size() != 1;
  for (size_t c = 0; c != possible.channels.size(); ++c) {
    const Bounds &bounds = possible.channels[c];
    Bounds both = {std::max(bounds.lower, seen.lower[c]),
                   std::min(bounds.upper, seen.upper[c]), Bounds::None};
    // A channel that can't come so far is not the one that was seen, or has
    // lost it before. Float values differ a little.
    bool canBe =
        bounds.upper * tolerance >= seen.upper[c] ||
        (seen.isMagnitude && bounds.lower * tolerance <= seen.lower[c]);
    if (canBe)
      both.reached = !std::isfinite(seen.lower[c]) ? Bounds::Upper
                     : seen.isMagnitude            ? Bounds::Either
                                                   : Bounds::Both;
    // Of what an earlier loss has changed nothing more follows.
    if (both.lower > both.upper)
      both = {bounds.lower, bounds.upper, Bounds::None};
    reach.channels.push_back(both);
  }
  return reach;
}

void ReachQuery::checkPrecision(const Reach &codes, int bits) {
  double largest = 0;
  bool isReached = false;
  for (const Bounds &channel : codes.channels) {
    largest = std::max({largest, channel.upper, -channel.lower});
    isReached |= channel.reached != Bounds::None;
  }
  if (!isReached || largest == 0 || largest * 8 >= std::ldexp(1.0, bits))
    return;
  Loss loss;
  loss.kind = LossKind::Precision;
  loss.channels = loss.ofChannels = int64_t(codes.channels.size());
  loss.factor = largest;
  loss.bits = bits;
  report(std::move(loss));
}

Reach ReachQuery::recall(const Reach &possible) const {
  return combine(possible, *seen);
}

Reach ReachQuery::accumulate(const Reach &sums, IntegerRange bounds, int bits) {
  return cut(LossKind::Sum, seen ? recall(sums) : sums, bounds, bits);
}

//===----------------------------------------------------------------------===//
// The walks
//===----------------------------------------------------------------------===//

/// What was seen of an operation's input, given what was seen of its result;
/// none if that says nothing.
static std::optional<Observed> lookBack(const Program &program,
                                        const Operation &operation,
                                        const Observed &seen) {
  const Tensor &in = program.tensors[operation.inputs[0]];
  const Tensor &out = program.tensors[operation.output];
  Observed before = seen;
  before.tensor = operation.inputs[0];
  if (const auto *relu = operation.as<ReLU>()) {
    // What is above the maximum nobody has seen.
    if (!relu->integerMaxValue.empty())
      for (size_t c = 0; c != before.upper.size(); ++c) {
        const std::vector<int64_t> &most = relu->integerMaxValue;
        before.upper[c] =
            std::min(before.upper[c], double(most[most.size() == 1 ? 0 : c]));
      }
    std::fill(before.lower.begin(), before.lower.end(), -INFINITY);
    return before;
  }
  bool keeps = operation.as<MaxPool2D>() || operation.as<Rescaling>();
  if (const auto *reshape = operation.as<AlignedReshape>())
    keeps = reshape->inputShift.empty() && numChannels(in) == numChannels(out);
  return keeps ? std::optional(before) : std::nullopt;
}

/// For each tensor what was seen of it, or nothing.
static std::vector<std::optional<Observed>> spreadSeen(const Program &program) {
  std::vector<std::optional<Observed>> seen(program.tensors.size());
  for (const Observed &observed : program.observed)
    seen[observed.tensor] = observed;
  std::vector<int> uses(program.tensors.size(), 0);
  for (const Operation &operation : program.operations)
    for (int input : operation.inputs)
      ++uses[input];
  for (size_t i = program.operations.size(); i-- != 0;) {
    const Operation &operation = program.operations[i];
    if (!seen[operation.output] || operation.inputs.size() != 1 ||
        seen[operation.inputs[0]] || uses[operation.inputs[0]] != 1)
      continue;
    seen[operation.inputs[0]] =
        lookBack(program, operation, *seen[operation.output]);
  }
  return seen;
}

static Reach makeReach(const Tensor &tensor, Bounds bounds) {
  Reach reach;
  reach.channels.assign(size_t(numChannels(tensor)), bounds);
  return reach;
}

/// Of an input of the program or a state: all that its type holds, of which
/// images use all.
static Reach reachOfSource(const Program &program, int tensor,
                           const Observed *seen) {
  const Tensor &of = program.tensors[tensor];
  std::optional<IntegerRange> range = inputRange(program, tensor);
  if (range)
    return makeReach(of, {double(range->lower), double(range->upper),
                          of.fixed ? Bounds::None : Bounds::Both});
  Reach unknown = makeReach(of, {-INFINITY, INFINITY, Bounds::None});
  return seen ? combine(unknown, *seen) : unknown;
}

std::vector<Loss> findLosses(const Program &program) {
  std::vector<Loss> losses;
  for (const CutConstant &constant : program.cutConstants) {
    Loss loss;
    loss.layer = constant.layer;
    loss.kind = LossKind::Constant;
    loss.channels = constant.channels;
    loss.ofChannels = constant.ofChannels;
    loss.factor = constant.factor;
    loss.bits = constant.bits;
    loss.constant = constant.name;
    losses.push_back(std::move(loss));
  }
  std::vector<std::optional<Observed>> seen = spreadSeen(program);
  auto seenOf = [&](int tensor) {
    return seen[tensor] ? &*seen[tensor] : nullptr;
  };
  std::vector<Reach> reach(program.tensors.size());
  for (size_t tensor = 0; tensor != reach.size(); ++tensor)
    reach[tensor] = reachOfSource(program, int(tensor), seenOf(int(tensor)));
  for (const Operation &operation : program.operations) {
    const KindInfo &kind = kindOf(operation);
    const Tensor &result = program.tensors[operation.output];
    if (!kind.reach || (!result.fixed && !kind.keepsModelIntegers))
      continue;
    std::vector<const Reach *> inputs;
    for (int input : operation.inputs)
      inputs.push_back(&reach[input]);
    ReachQuery query(program, operation, inputs, seenOf(operation.output),
                     losses);
    reach[operation.output] = kind.reach(query);
  }
  return losses;
}

} // namespace qml
