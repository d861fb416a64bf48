//===- ZeroPadding2D.cpp - Zeros around an image --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<ZeroPadding2D> : Unary {
  static constexpr const char *name = "a zero padding";
  static constexpr Form form = Form::Floats;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateIntegers = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const ZeroPadding2D &pad) {
    if (Status status = checker.checkImages(operation); !status)
      return status;
    Shape expected = checker.input(operation).shape;
    for (int axis = 0; axis < 2; ++axis) {
      if (pad.padBegin[axis] < 0 || pad.padBegin[axis] > maxWindow ||
          pad.padEnd[axis] < 0 || pad.padEnd[axis] > maxWindow)
        return failure(operation,
                       "pads have to be 0 to " + std::to_string(maxWindow));
      expected[axis] += pad.padBegin[axis] + pad.padEnd[axis];
    }
    const Shape &out = checker.output(operation).shape;
    if (out != expected)
      return failure(operation, "result " + textOf(out) +
                                    " has to have the shape " +
                                    textOf(expected));
    return {};
  }

  static void addTo(ProgramHash &hash, const ZeroPadding2D &pad) {
    hash.addForm(pad.padBegin, pad.padEnd);
  }

  static void evaluateFloats(const FloatOperands &of,
                             const ZeroPadding2D &pad) {
    const Shape &in = of.inShape;
    const int64_t row = in[1] * in[2];
    std::fill(of.out, of.out + of.elements, 0.0f);
    for (int64_t h = 0; h < in[0]; ++h)
      std::copy(of.in + h * row, of.in + (h + 1) * row,
                of.out +
                    ((h + pad.padBegin[0]) * of.outShape[1] + pad.padBegin[1]) *
                        in[2]);
  }
};

template const KindInfo &kindInfo<ZeroPadding2D>();

} // namespace qml
