//===- Extremes.cpp - The larger and the smaller of results ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extremes.h"

#include <cmath>
#include <optional>

using namespace mlir;

namespace qml {

template <bool IsMaximum>
static FailureOr<Value> makeExtreme(const LayerBuilder &make, Value lhs,
                                    Value rhs) {
  auto negate = [&](StringRef suffix, Value value) {
    return make.makePart(suffix).makeRescaling(value, {-1.0}, {0.0});
  };
  FailureOr<Value> negative = negate("negative", IsMaximum ? lhs : rhs);
  if (failed(negative))
    return failure();
  FailureOr<Value> more =
      make.makePart("difference").makeAdd(IsMaximum ? rhs : lhs, *negative);
  if (succeeded(more))
    more = make.makePart("more").makeReLU(*more);
  if (succeeded(more) && !IsMaximum)
    more = negate("less", *more);
  if (failed(more))
    return failure();
  return LayerBuilder(make).makeAdd(lhs, *more);
}

FailureOr<Value> makeMaximum(const LayerBuilder &make, Value lhs, Value rhs) {
  return makeExtreme<true>(make, lhs, rhs);
}

FailureOr<Value> makeMinimum(const LayerBuilder &make, Value lhs, Value rhs) {
  return makeExtreme<false>(make, lhs, rhs);
}

bool isWideClip(double lower, double upper) {
  constexpr double far = 6;
  return lower < 0 && upper > 0 &&
         ((std::isfinite(lower) && lower < -far) ||
          (std::isfinite(upper) && upper > far));
}

FailureOr<Value> makeWideClip(LayerBuilder make,
                              llvm::function_ref<LayerBuilder(StringRef)> part,
                              Value value, double lower, double upper) {
  auto boundOf = [](double bound) {
    return std::isfinite(bound) ? std::optional<double>(bound) : std::nullopt;
  };
  FailureOr<Value> above = part("above").makeReLU(value, boundOf(upper));
  FailureOr<Value> below = part("negative").makeRescaling(value, {-1.0}, {0.0});
  if (succeeded(below))
    below = part("below").makeReLU(*below, boundOf(-lower));
  if (succeeded(below))
    below = part("less").makeRescaling(*below, {-1.0}, {0.0});
  if (failed(above) || failed(below))
    return failure();
  return make.makeAdd(*above, *below);
}

} // namespace qml
