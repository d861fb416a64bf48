//===- InputShapes.cpp - Shapes that users give ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/InputShapes.h"

#include "qml/Support/Quote.h"

#include <algorithm>

namespace qml {

const Shape *findInputShape(const InputShapes &shapes,
                            const std::vector<std::string> &inputs,
                            const std::string &input) {
  auto found = shapes.find(input);
  if (found == shapes.end() && inputs.size() == 1)
    found = shapes.find("");
  return found == shapes.end() ? nullptr : &found->second;
}

Status checkInputShapes(const InputShapes &shapes,
                        const std::vector<std::string> &inputs,
                        const std::string &model) {
  std::string names;
  for (const std::string &input : inputs)
    names += (names.empty() ? "" : ", ") + input;
  for (const auto &given : shapes) {
    const std::string &name = given.first;
    if (name.empty() && inputs.size() != 1)
      return Error{"--input-shape names no input, and the " + model +
                   " has several; they are " + names};
    if (!name.empty() &&
        std::find(inputs.begin(), inputs.end(), name) == inputs.end())
      return Error{"--input-shape names the input " + quote(name) +
                   ", which the " + model + " doesn't have; it has " + names};
  }
  return {};
}

} // namespace qml
