//===- Slices.cpp - Parts of an axis, as Python has them ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Slices.h"

#include "../KerasModelTree.h"

#include <algorithm>

using Json = nlohmann::json;

namespace qml {

using detail::findMember;

/// A bound or a step of a slice.
static bool readBound(const Json &slice, const char *key,
                      std::optional<int64_t> &bound) {
  const Json *found = findMember(slice, key);
  if (!found || found->is_null())
    return true;
  if (!found->is_number_integer())
    return false;
  bound = found->get<int64_t>();
  return *bound > -(int64_t(1) << 31) && *bound < (int64_t(1) << 31);
}

std::optional<Part> readSlice(const Json &slice, int64_t extent) {
  std::optional<int64_t> start, stop, step;
  if (!readBound(slice, "start", start) || !readBound(slice, "stop", stop) ||
      !readBound(slice, "step", step) || step == 0)
    return std::nullopt;
  Part part;
  part.step = step.value_or(1);
  bool isForward = part.step > 0;
  auto clip = [&](int64_t bound) {
    bound = bound < 0 ? bound + extent : bound;
    return isForward ? std::clamp<int64_t>(bound, 0, extent)
                     : std::clamp<int64_t>(bound, -1, extent - 1);
  };
  part.start = start ? clip(*start) : isForward ? 0 : extent - 1;
  int64_t end = stop ? clip(*stop) : isForward ? extent : -1;
  int64_t distance = isForward ? end - part.start : part.start - end;
  int64_t stride = std::abs(part.step);
  part.count = (distance + stride - 1) / stride;
  if (distance <= 0)
    return std::nullopt;
  if (part.count == 1)
    part.step = 1;
  return part;
}

} // namespace qml
