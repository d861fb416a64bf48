//===- ExactSums.h - Sums of floats in any order ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums of float numbers that lose no bit: each is an integer of 384 bits, in
// pieces of 32 that stand in 64 bits each, so that carries can wait. So sums
// merge by adding up words: the same bits for any number of threads and
// processes, whoever comes first.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_EXACTSUMS_H
#define QML_SUPPORT_EXACTSUMS_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qml {

/// Some sums of as many numbers each. Numbers are sums of up to 2^40 float32;
/// what else a double may hold is cut off below 2^-160, which is finer than any
/// float32, and from 2^170 on counts as infinite.
class ExactSums {
public:
  explicit ExactSums(size_t sums = 0)
      : list(sums ? sums * wordsPerSum + 1 : 0, 0) {}

  size_t size() const { return list.empty() ? 0 : list.size() / wordsPerSum; }

  /// Adds a number to each of the sums.
  void add(const double *values);
  /// Adds those of other numbers. Associative and commutative.
  void merge(const ExactSums &other);

  /// How many numbers each sum has; up to `most` the sums are exact.
  int64_t terms() const { return list.empty() ? 0 : int64_t(list.back()); }
  static constexpr int64_t most = int64_t(1) << 30;

  /// The nearest double; NaN if a number was infinite or NaN.
  double get(size_t sum) const;

  /// The state, which merges by adding up words.
  std::vector<uint64_t> &words() { return list; }
  const std::vector<uint64_t> &words() const { return list; }

private:
  static constexpr size_t numPieces = 12;
  /// The last one counts what is not finite.
  static constexpr size_t wordsPerSum = numPieces + 1;
  /// Of the lowest bit.
  static constexpr int lowest = -160;

  /// The sums, then how many numbers each has. Negative pieces wrap.
  std::vector<uint64_t> list;
};

} // namespace qml

#endif // QML_SUPPORT_EXACTSUMS_H
