//===- Softmax.h - Softmax of results without one ---------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_SOFTMAX_H
#define QML_TOOLS_QML_SOFTMAX_H

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace qml {

/// Makes probabilities of logits, or logarithms of probabilities, row by row of
/// `classes` each. Logarithms are logits, too.
template <typename T>
void applySoftmax(T *values, size_t count, size_t classes,
                  bool makesLogarithms) {
  for (T *row = values; row != values + count; row += classes) {
    double most = *std::max_element(row, row + classes), sum = 0;
    for (size_t c = 0; c != classes; ++c)
      sum += std::exp(row[c] - most);
    double logSum = std::log(sum);
    for (size_t c = 0; c != classes; ++c) {
      double logarithm = row[c] - most - logSum;
      row[c] = T(makesLogarithms ? logarithm : std::exp(logarithm));
    }
  }
}

} // namespace qml

#endif // QML_TOOLS_QML_SOFTMAX_H
