//===- NaiveMove.h - Moves of elements, as they are defined -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_PROGRAM_NAIVEMOVE_H
#define QML_UNITTESTS_PROGRAM_NAIVEMOVE_H

#include "qml/Program/Program.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace qml {
namespace test {

/// The definition of `Move`, index by index.
template <typename T>
std::vector<T> moveNaively(const Move &move, const std::vector<T> &x,
                           const Shape &in, const Shape &out) {
  std::vector<T> result;
  std::vector<int64_t> index(out.size(), 0);
  for (int64_t n = numElements(out); n > 0; --n) {
    std::vector<int64_t> at(in.size(), 0);
    bool isInside = true;
    for (size_t a = 0; a < out.size(); ++a) {
      const MoveAxis &axis = move.axes[a];
      auto found = int64_t(
          std::floor(double(index[a] + axis.begin) / double(axis.repeat)));
      int64_t last = in[size_t(axis.from)] - 1;
      isInside = isInside && found >= 0 && found <= last;
      at[size_t(axis.from)] = std::min(std::max(found, int64_t(0)), last);
    }
    int64_t element = 0;
    for (size_t a = 0; a < in.size(); ++a)
      element = element * in[a] + at[a];
    result.push_back(isInside || move.clampsToEdge ? x[size_t(element)] : T(0));
    for (size_t a = out.size(); a-- > 0 && ++index[a] == out[a];)
      index[a] = 0;
  }
  return result;
}

/// A move of an image, and the shape of its result: padding, cropping,
/// repetition; channels stay, unless `permutes`.
template <typename Random>
std::pair<Move, Shape> drawMove(Random &random, const Shape &in,
                                bool permutes) {
  auto pick = [&](int64_t lower, int64_t upper) {
    return std::uniform_int_distribution<int64_t>(lower, upper)(random);
  };
  Move move;
  Shape out = in;
  move.axes = {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}};
  if (permutes) {
    std::shuffle(move.axes.begin(), move.axes.end(), random);
    for (size_t i = 0; i < 3; ++i)
      out[i] = in[size_t(move.axes[i].from)];
    return {move, out};
  }
  move.clampsToEdge = pick(0, 1);
  for (size_t i = 0; i < 2; ++i) {
    MoveAxis &axis = move.axes[i];
    axis.repeat = in[i] < 8 ? pick(1, 3) : 1;
    axis.begin = pick(-2, in[i] > 2 ? 1 : 0);
    int64_t end = pick(in[i] > 2 ? -1 : 0, 2);
    out[i] = std::max<int64_t>(in[i] * axis.repeat - axis.begin + end, 1);
  }
  return {move, out};
}

} // namespace test
} // namespace qml

#endif // QML_UNITTESTS_PROGRAM_NAIVEMOVE_H
