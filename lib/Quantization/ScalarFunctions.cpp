//===- ScalarFunctions.cpp - Functions of single values -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/ScalarFunctions.h"

#include "qml/Quantization/FixedPoint.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <string>

namespace qml {

Result<LookUpTable> makeLookUpTable(ScalarFunction function, float alpha,
                                    int valueBits, int fracBits, int tableBits,
                                    float limit) {
  const int64_t codes = int64_t(1) << valueBits;
  std::vector<float> results;
  results.reserve(size_t(2 * codes));
  float largest = 0.0f;
  for (int64_t code = -codes; code != codes; ++code) {
    double x = std::ldexp(double(code), -fracBits);
    float y = static_cast<float>(applyFunction(function, x, double(alpha)));
    y = y > limit ? limit : y < -limit ? -limit : y;
    if (!std::isfinite(y))
      return Error{"its function gives " + showNumber(y) + " for " +
                   showNumber(float(x)) +
                   ", which its input can come to; tables hold finite results"};
    largest = std::max(largest, std::fabs(y));
    results.push_back(y);
  }
  const int64_t most = (int64_t(1) << tableBits) - 1;
  LookUpTable table;
  table.scale = largest * (1.0f / static_cast<float>(most));
  if (!(table.scale > 0.0f))
    return Error{"all that its function gives is too small for a table"};
  table.values.reserve(results.size());
  for (float y : results)
    table.values.push_back(static_cast<int32_t>(quantizeToFixed(
        y / table.scale, tableBits, 0, Arithmetic::QuantizeML)));
  return table;
}

} // namespace qml
