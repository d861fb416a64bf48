//===- Moves.h - Where elements of a move come from -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The index arithmetic of `Move` (Program.h), which all executors share, those
// of GPUs included.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_MOVES_H
#define QML_PROGRAM_MOVES_H

#include "qml/Program/Program.h"
#include "qml/Support/HostDevice.h"

#include <algorithm>
#include <optional>

namespace qml {

/// A move of one sample, ready to be evaluated.
struct MoveGeometry {
  /// One of the result's axes.
  struct Axis {
    int64_t extent = 1;
    int64_t inExtent = 1;
    int64_t inStride = 1; ///< elements of the input between neighbours
    int64_t begin = 0;
    int64_t repeat = 1;
  };

  int rank = 0;
  Axis axes[Move::maxRank];
  bool clampsToEdge = false;
  int64_t inElements = 1;
  int64_t outElements = 1;
  /// Elements of the result side by side that are so in the input, too.
  int64_t run = 1;

  MoveGeometry() = default;
  MoveGeometry(const Move &move, const Shape &in, const Shape &out)
      : rank(static_cast<int>(out.size())), clampsToEdge(move.clampsToEdge),
        inElements(numElements(in)), outElements(numElements(out)) {
    bool isWhole = true;
    for (int i = rank - 1; i >= 0; --i) {
      const MoveAxis &axis = move.axes[i];
      axes[i] = {out[i], in[axis.from], 1, axis.begin, axis.repeat};
      for (size_t inner = axis.from + 1; inner < in.size(); ++inner)
        axes[i].inStride *= in[inner];
      isWhole &= axis.from == i && axis.begin == 0 && axis.repeat == 1 &&
                 in[i] == out[i];
      if (isWhole)
        run *= out[i];
    }
  }

  /// The input's element that is element `index` of the result; -1 for zero.
  QML_HOST_DEVICE int64_t find(int64_t index) const {
    int64_t from = 0;
    for (int i = rank - 1; i >= 0; --i) {
      const Axis &axis = axes[i];
      int64_t at = index % axis.extent + axis.begin;
      index /= axis.extent;
      int64_t last = axis.inExtent * axis.repeat - 1;
      if (at < 0 || at > last) {
        if (!clampsToEdge)
          return -1;
        at = at < 0 ? 0 : last;
      }
      at /= axis.repeat;
      from += at * axis.inStride;
    }
    return from;
  }
};

/// Zeros around an image, rows and columns.
struct ZeroPads {
  int64_t begin[2];
  int64_t end[2];
};

/// The pads of a move that adds zeros around an image and does no more.
inline std::optional<ZeroPads> zeroPadsOf(const Move &move, const Shape &in,
                                          const Shape &out) {
  if (move.axes.size() != 3 || move.clampsToEdge || in[2] != out[2] ||
      move.axes[2].begin != 0)
    return std::nullopt;
  ZeroPads pads;
  for (int i = 0; i < 3; ++i) {
    const MoveAxis &axis = move.axes[i];
    if (axis.from != i || axis.repeat != 1 || axis.begin > 0 ||
        out[i] < in[i] - axis.begin)
      return std::nullopt;
    if (i == 2)
      continue;
    pads.begin[i] = -axis.begin;
    pads.end[i] = out[i] - in[i] + axis.begin;
  }
  return pads;
}

/// Moves one sample.
template <typename From, typename To>
void moveElements(const MoveGeometry &move, const From *in, To *out) {
  for (int64_t i = 0; i < move.outElements; i += move.run) {
    int64_t from = move.find(i);
    if (from < 0)
      std::fill_n(out + i, move.run, To(0));
    else
      std::copy_n(in + from, move.run, out + i);
  }
}

} // namespace qml

#endif // QML_PROGRAM_MOVES_H
