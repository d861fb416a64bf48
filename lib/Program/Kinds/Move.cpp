//===- Move.cpp - Elements at other places --------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"
#include "qml/Program/Moves.h"

namespace qml {

/// Whether the channels of the result are those of the input.
static bool keepsChannels(const Move &move, const Shape &in, const Shape &out) {
  const MoveAxis &last = move.axes.back();
  return last.from + 1 == static_cast<int>(in.size()) && last.begin == 0 &&
         last.repeat == 1 && in.back() == out.back();
}

template <>
struct Answers<Move> : Unary {
  static constexpr const char *name = "a move of elements";
  static constexpr Form form = Form::Any;
  static constexpr bool keepsModelIntegers = true;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const Move &move) {
    const Tensor &in = checker.input(operation);
    const Tensor &out = checker.output(operation);
    const size_t rank = move.axes.size();
    if (rank == 0 || rank > size_t(Move::maxRank) || in.shape.size() != rank ||
        out.shape.size() != rank)
      return failure(operation, "moves " + std::to_string(rank) + " axes of " +
                                    textOf(in.shape) + " to " +
                                    textOf(out.shape) +
                                    "; they have to have as many, 1 to " +
                                    std::to_string(Move::maxRank));
    std::vector<bool> isTaken(rank, false);
    for (const MoveAxis &axis : move.axes) {
      if (axis.from < 0 || size_t(axis.from) >= rank || isTaken[axis.from])
        return failure(operation, "has to move each axis once");
      isTaken[axis.from] = true;
      if (axis.begin < -maxWindow || axis.begin >= in.shape[axis.from] ||
          axis.repeat < 1 || axis.repeat > maxWindow)
        return failure(operation, "begins and repetitions have to be inside "
                                  "the input, or " +
                                      std::to_string(maxWindow) + " at most");
    }
    return in.fixed && out.fixed ? checkMeaning(operation, move, in, out)
                                 : Status();
  }

  static IntegerRange valueRange(const RangeQuery &query, const Move &move) {
    IntegerRange range = inputRangeOf(query);
    return move.clampsToEdge ? range : unite(range, {0, 0});
  }

  static Reach reach(ReachQuery &query, const Move &move) {
    Reach result = *query.inputs[0];
    const Shape &in = query.tensorOf(query.operation.inputs[0]).shape;
    const Shape &out = query.result().shape;
    if (!keepsChannels(move, in, out)) {
      result.channels.assign(size_t(out.back()), uniteChannels(result));
      result.isOneOf = true;
    }
    for (Bounds &channel : result.channels) {
      if (!move.clampsToEdge) {
        channel.lower = std::min(channel.lower, 0.0);
        channel.upper = std::max(channel.upper, 0.0);
      }
      // What was seen may be among what is left out.
      if (numElements(out) < numElements(in))
        channel.reached = Bounds::None;
    }
    return result;
  }

  static void addTo(ProgramHash &hash, const Move &move) {
    for (const MoveAxis &axis : move.axes)
      hash.addForm(axis.from, axis.begin, axis.repeat);
    hash.addForm(move.clampsToEdge);
  }

  static void evaluateIntegers(const IntegerOperands &of, const Move &move) {
    moveElements(MoveGeometry(move, of.in.shape, of.result.shape), of.x(),
                 of.y());
  }

  static void evaluateFloats(const FloatOperands &of, const Move &move) {
    moveElements(MoveGeometry(move, of.inShape, of.outShape), of.in, of.out);
  }

private:
  /// Integers that move mean what they did.
  static Status checkMeaning(const Operation &operation, const Move &move,
                             const Tensor &in, const Tensor &out) {
    const Fixed &before = *in.fixed, &after = *out.fixed;
    bool isPerChannel = before.fracBits.size() > 1 || before.scales.size() > 1;
    if (before.fracBits != after.fracBits || before.scales != after.scales ||
        (isPerChannel && !keepsChannels(move, in.shape, out.shape)))
      return failure(operation, "changes what integers mean, or moves channels "
                                "that have a binary point or a scale each");
    return {};
  }
};

template const KindInfo &kindInfo<Move>();

} // namespace qml
