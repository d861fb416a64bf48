//===- Layout.cpp - Logical axes over stored elements ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Axes of extent 1 have no atoms: where they are stored makes no difference.
//
//===----------------------------------------------------------------------===//

#include "Layout.h"

#include <algorithm>
#include <numeric>

namespace qml {

std::string toString(const std::vector<Extent> &shape) {
  std::string text = "(";
  for (size_t i = 0; i != shape.size(); ++i) {
    if (i != 0)
      text += ", ";
    if (shape[i].isNumber())
      text += std::to_string(shape[i].factor);
    else
      text +=
          shape[i].factor == 1 ? "N" : "N * " + std::to_string(shape[i].factor);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string describeRank(size_t rank) {
  return "its result would have " + std::to_string(rank) + " axes; up to " +
         std::to_string(maxRank) + " are supported";
}

int Layout::addAtom(int64_t extent) {
  extents.push_back(extent);
  return static_cast<int>(extents.size()) - 1;
}

Layout::Layout(const std::vector<Extent> &shape,
               const std::vector<size_t> &order) {
  for (const Extent &extent : shape) {
    std::vector<int> &atoms = axes.emplace_back();
    if (extent.hasBatch)
      atoms.push_back(addAtom(batch));
    if (extent.factor != 1)
      atoms.push_back(addAtom(extent.factor));
  }
  auto store = [&](size_t axis) {
    stored.insert(stored.end(), axes[axis].begin(), axes[axis].end());
  };
  for (size_t i = 0; i != axes.size(); ++i)
    store(order.empty() ? i : order[i]);
}

Extent Layout::getExtent(size_t axis) const {
  Extent extent;
  for (int atom : axes[axis]) {
    if (extents[atom] == batch)
      extent.hasBatch = true;
    else
      extent.factor *= extents[atom];
  }
  return extent;
}

std::vector<Extent> Layout::getShape() const {
  std::vector<Extent> shape;
  for (size_t axis = 0; axis != axes.size(); ++axis)
    shape.push_back(getExtent(axis));
  return shape;
}

bool Layout::isBatchFirst() const {
  return !axes.empty() && axes[0].size() == 1 &&
         extents[axes[0].front()] == batch;
}

int64_t Layout::getNumElements() const {
  int64_t product = 1;
  for (int atom : stored)
    product *= extents[atom] == batch ? 1 : extents[atom];
  return product;
}

Layout Layout::permuted(const std::vector<size_t> &permutation) const {
  Layout result = *this;
  for (size_t i = 0; i != permutation.size(); ++i)
    result.axes[i] = axes[permutation[i]];
  return result;
}

int Layout::split(std::vector<int> &list, size_t at, int64_t outer) {
  int first = list[at];
  int rest = addAtom(extents[first] / outer);
  extents[first] = outer;
  list.insert(list.begin() + static_cast<ptrdiff_t>(at) + 1, rest);
  auto place = std::find(stored.begin(), stored.end(), first);
  stored.insert(place + 1, rest);
  return first;
}

std::optional<Layout> Layout::reshaped(const std::vector<Extent> &shape) const {
  Layout result = *this;
  std::vector<int> list;
  for (const std::vector<int> &axis : axes)
    list.insert(list.end(), axis.begin(), axis.end());
  result.axes.clear();
  size_t next = 0;
  for (Extent wanted : shape) {
    std::vector<int> &atoms = result.axes.emplace_back();
    while (wanted.hasBatch || wanted.factor != 1) {
      if (next == list.size())
        return std::nullopt;
      int atom = list[next];
      int64_t extent = result.extents[atom];
      if (extent == batch) {
        if (!wanted.hasBatch)
          return std::nullopt;
        wanted.hasBatch = false;
      } else if (wanted.factor % extent == 0) {
        wanted.factor /= extent;
      } else if (wanted.factor != 1 && extent % wanted.factor == 0) {
        result.split(list, next, wanted.factor);
        wanted.factor = 1;
      } else {
        // What lies side by side is one atom as well.
        auto place =
            std::find(result.stored.begin(), result.stored.end(), atom);
        bool areNeighbours = next + 1 != list.size() &&
                             place + 1 != result.stored.end() &&
                             *(place + 1) == list[next + 1] &&
                             result.extents[list[next + 1]] != batch;
        if (!areNeighbours)
          return std::nullopt;
        result.extents[atom] *= result.extents[list[next + 1]];
        result.stored.erase(place + 1);
        list.erase(list.begin() + static_cast<ptrdiff_t>(next) + 1);
        continue;
      }
      atoms.push_back(atom);
      ++next;
    }
  }
  if (next != list.size())
    return std::nullopt;
  return result;
}

Layout Layout::withAxis(size_t axis) const {
  Layout result = *this;
  result.axes.insert(result.axes.begin() + static_cast<ptrdiff_t>(axis),
                     std::vector<int>());
  return result;
}

Layout Layout::withoutAxis(size_t axis) const {
  Layout result = *this;
  result.axes.erase(result.axes.begin() + static_cast<ptrdiff_t>(axis));
  return result;
}

bool Layout::isStoredAs(const std::vector<std::vector<size_t>> &groups,
                        bool isLastFree) const {
  size_t at = 0;
  for (size_t g = 0; g != groups.size(); ++g) {
    std::vector<int> wanted;
    for (size_t axis : groups[g])
      wanted.insert(wanted.end(), axes[axis].begin(), axes[axis].end());
    if (at + wanted.size() > stored.size())
      return false;
    auto begin = stored.begin() + static_cast<ptrdiff_t>(at);
    std::vector<int> found(begin,
                           begin + static_cast<ptrdiff_t>(wanted.size()));
    at += wanted.size();
    if (isLastFree && g + 1 == groups.size()) {
      std::sort(wanted.begin(), wanted.end());
      std::sort(found.begin(), found.end());
    }
    if (wanted != found)
      return false;
  }
  return at == stored.size();
}

std::vector<size_t> Layout::getStoredAxes() const {
  std::vector<size_t> result;
  for (int atom : stored)
    for (size_t axis = 0; axis != axes.size(); ++axis)
      if (std::find(axes[axis].begin(), axes[axis].end(), atom) !=
          axes[axis].end())
        result.push_back(axis);
  return result;
}

bool Layout::isTail(const std::vector<size_t> &tail) const {
  std::vector<size_t> owners = getStoredAxes();
  bool seen = false;
  for (size_t owner : owners) {
    bool isOne = std::find(tail.begin(), tail.end(), owner) != tail.end();
    if (seen && !isOne)
      return false;
    seen |= isOne;
  }
  return true;
}

std::vector<int64_t> Layout::getOrder(const std::vector<size_t> &some) const {
  // Steps in the axes' order.
  std::vector<int> own;
  for (size_t axis : some)
    own.insert(own.end(), axes[axis].begin(), axes[axis].end());
  std::vector<int64_t> steps(extents.size(), 0);
  int64_t step = 1;
  for (auto atom = own.rbegin(); atom != own.rend(); ++atom) {
    steps[*atom] = step;
    step *= extents[*atom];
  }
  std::vector<int64_t> order = {0};
  for (int atom : stored) {
    if (std::find(own.begin(), own.end(), atom) == own.end())
      continue;
    std::vector<int64_t> longer;
    longer.reserve(order.size() * static_cast<size_t>(extents[atom]));
    for (int64_t start : order)
      for (int64_t i = 0; i != extents[atom]; ++i)
        longer.push_back(start + i * steps[atom]);
    order = std::move(longer);
  }
  return order;
}

std::vector<int64_t> Layout::getStoredAtoms() const {
  std::vector<int> own;
  for (const std::vector<int> &axis : axes)
    own.insert(own.end(), axis.begin(), axis.end());
  std::vector<int64_t> result;
  for (int atom : stored)
    result.push_back(std::find(own.begin(), own.end(), atom) - own.begin());
  return result;
}

std::vector<int64_t> Layout::getStoredExtents() const {
  std::vector<int64_t> result;
  for (int atom : stored)
    result.push_back(extents[atom]);
  return result;
}

Layout Layout::withTail(const std::vector<size_t> &tail) const {
  Layout result = *this;
  std::vector<int> last;
  for (size_t axis : tail)
    last.insert(last.end(), axes[axis].begin(), axes[axis].end());
  auto isLast = [&](int atom) {
    return std::find(last.begin(), last.end(), atom) != last.end();
  };
  result.stored.erase(
      std::remove_if(result.stored.begin(), result.stored.end(), isLast),
      result.stored.end());
  result.stored.insert(result.stored.end(), last.begin(), last.end());
  return result;
}

std::vector<size_t> Layout::getPositions(const Layout &other) const {
  std::vector<size_t> positions;
  for (int atom : other.stored)
    positions.push_back(static_cast<size_t>(
        std::find(stored.begin(), stored.end(), atom) - stored.begin()));
  return positions;
}

Layout Layout::withExtent(size_t axis, int64_t extent) const {
  Layout result = *this;
  std::vector<int> &atoms = result.axes[axis];
  auto place = result.stored.end();
  for (auto atom = atoms.rbegin(); atom != atoms.rend(); ++atom)
    place = result.stored.erase(
        std::find(result.stored.begin(), result.stored.end(), *atom));
  atoms.clear();
  if (extent == 1)
    return result;
  size_t index = static_cast<size_t>(place - result.stored.begin());
  atoms.push_back(result.addAtom(extent));
  result.stored.insert(result.stored.begin() + static_cast<ptrdiff_t>(index),
                       atoms.front());
  return result;
}

Layout Layout::withStored(size_t axis, int64_t extent, size_t place) const {
  Layout result = *this;
  int atom = result.addAtom(extent);
  result.axes[axis] = {atom};
  result.stored.insert(result.stored.begin() + static_cast<ptrdiff_t>(place),
                       atom);
  return result;
}

Layout Layout::keeping(const Layout &from, size_t axis,
                       const std::vector<Extent> &shape,
                       const std::vector<size_t> &order) {
  std::vector<Extent> others = shape;
  others[axis] = Extent();
  Layout result(others, order);
  std::vector<int> copies(from.extents.size(), -1);
  for (int atom : from.axes[axis]) {
    copies[atom] = result.addAtom(from.extents[atom]);
    result.axes[axis].push_back(copies[atom]);
  }
  for (int atom : from.stored)
    if (copies[atom] >= 0)
      result.stored.push_back(copies[atom]);
  return result;
}

bool Layout::refine(Layout &first, Layout &second) {
  if (first.getShape() != second.getShape())
    return false;
  for (size_t axis = 0; axis != first.axes.size(); ++axis) {
    std::vector<int> &a = first.axes[axis], &b = second.axes[axis];
    for (size_t i = 0; i != a.size() || i != b.size(); ++i) {
      if (i >= a.size() || i >= b.size())
        return false;
      int64_t left = first.extents[a[i]], right = second.extents[b[i]];
      if (left == right)
        continue;
      if (left == batch || right == batch)
        return false;
      if (left % right == 0)
        first.split(a, i, right);
      else if (right % left == 0)
        second.split(b, i, left);
      else
        return false;
    }
  }
  return true;
}

bool Layout::isStoredLike(const Layout &other) const {
  return getStoredAtoms() == other.getStoredAtoms() &&
         getStoredExtents() == other.getStoredExtents();
}

} // namespace qml
