//===- Slices.h - Parts of an axis, as Python has them ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERS_SLICES_H
#define QML_LIB_TARGET_KERAS_LAYERS_SLICES_H

#include <nlohmann/json.hpp>
#include <optional>

namespace qml {

/// What is taken of an axis.
struct Part {
  int64_t start = 0;
  int64_t count = 1;
  int64_t step = 1;

  bool isAllOf(int64_t extent) const {
    return start == 0 && count == extent && step == 1;
  }
};

/// The part of an axis that Python takes for start:stop:step; none if there is
/// none, or the slice is damaged.
std::optional<Part> readSlice(const nlohmann::json &slice, int64_t extent);

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERS_SLICES_H
