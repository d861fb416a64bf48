//===- Layout.h - Logical axes over stored elements -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tensor of the file has axes in the file's order, and elements that are
// stored in another one: NCHW images are stored NHWC. Each axis is a list of
// atoms, and so is the storage; so transpositions and reshapes change the lists
// and move no data.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_LAYOUT_H
#define QML_LIB_TARGET_ONNX_LAYOUT_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qml {

/// An extent of an axis: a number, or a number of times the batch.
struct Extent {
  int64_t factor = 1;
  bool hasBatch = false;

  bool isNumber() const { return !hasBatch; }
  bool operator==(const Extent &other) const {
    return factor == other.factor && hasBatch == other.hasBatch;
  }
  bool operator!=(const Extent &other) const { return !(*this == other); }
};

/// Most axes that a tensor may have, far beyond those of any network.
constexpr size_t maxRank = 64;
/// What a message says of more.
std::string describeRank(size_t rank);

/// "(N, 3, 32, 32)".
std::string toString(const std::vector<Extent> &shape);

class Layout {
public:
  Layout() = default;
  /// Axes of the given extents; `order` has those from the outermost to the
  /// innermost in the storage. Without one they are stored in their own order.
  explicit Layout(const std::vector<Extent> &shape,
                  const std::vector<size_t> &order = {});

  size_t getRank() const { return axes.size(); }
  Extent getExtent(size_t axis) const;
  std::vector<Extent> getShape() const;
  /// Whether the first axis is the batch, and no other holds it.
  bool isBatchFirst() const;
  /// Product of all extents but the batch.
  int64_t getNumElements() const;

  Layout permuted(const std::vector<size_t> &permutation) const;
  /// None if the elements would have to be moved.
  std::optional<Layout> reshaped(const std::vector<Extent> &shape) const;
  /// With an axis of extent 1 more, or less.
  Layout withAxis(size_t axis) const;
  Layout withoutAxis(size_t axis) const;
  /// With axes stored in their own order.
  Layout inOrder() const { return Layout(getShape()); }

  /// Whether the elements are stored group by group, from the outermost, each
  /// group being all elements of some axes. Inside of the last group they may
  /// be in any order if `isLastFree`.
  bool isStoredAs(const std::vector<std::vector<size_t>> &groups,
                  bool isLastFree) const;
  /// Whether those axes are the innermost of the storage, in any order.
  bool isTail(const std::vector<size_t> &tail) const;
  /// For each element of the axes as they are stored: its index in their own
  /// order.
  std::vector<int64_t> getOrder(const std::vector<size_t> &some) const;
  /// The order in which atoms are stored, as indices in the axes' order, and
  /// their extents in the order of storage; 0 for the batch.
  std::vector<int64_t> getStoredAtoms() const;
  std::vector<int64_t> getStoredExtents() const;
  /// The stored atoms by axis: which axis each belongs to.
  std::vector<size_t> getStoredAxes() const;
  /// The layout of the same axes with those moved to the end of the storage,
  /// all others in the order that they have.
  Layout withTail(const std::vector<size_t> &tail) const;
  /// Positions in the storage of the atoms that another layout of the same
  /// atoms stores, in its order.
  std::vector<size_t> getPositions(const Layout &other) const;

  /// With another extent of one axis, stored where its first atom is, or
  /// innermost.
  Layout withExtent(size_t axis, int64_t extent) const;
  /// With another extent of an axis of 1, stored at that place.
  Layout withStored(size_t axis, int64_t extent, size_t place) const;
  /// Axes of the given extents, stored in that order but for one, which is
  /// innermost and has the atoms of the same axis of `from`.
  static Layout keeping(const Layout &from, size_t axis,
                        const std::vector<Extent> &shape,
                        const std::vector<size_t> &order);

  /// Cuts the atoms of both so that they correspond, axis by axis; false if
  /// they can't, or if the shapes differ.
  static bool refine(Layout &first, Layout &second);
  bool isStoredLike(const Layout &other) const;

private:
  int addAtom(int64_t extent);
  /// The atom's outer part of that extent; the rest follows it.
  int split(std::vector<int> &list, size_t at, int64_t outer);

  /// Indices of atoms. The batch is an atom of extent `batch`.
  std::vector<std::vector<int>> axes;
  std::vector<int> stored;
  std::vector<int64_t> extents;

  static constexpr int64_t batch = 0;
};

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_LAYOUT_H
