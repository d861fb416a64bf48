//===- InputShapes.h - Shapes that users give -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_INPUTSHAPES_H
#define QML_SUPPORT_INPUTSHAPES_H

#include "qml/Support/ElementType.h"
#include "qml/Support/Result.h"

#include <map>
#include <string>
#include <vector>

namespace qml {

/// Shapes of a model's inputs by their names, without the batch, where its file
/// leaves extents open. "" is the name of an only input.
using InputShapes = std::map<std::string, Shape>;

/// The shape that the user gave for one of the model's inputs, or null.
const Shape *findInputShape(const InputShapes &shapes,
                            const std::vector<std::string> &inputs,
                            const std::string &input);

/// Fails if a shape is of none of the inputs. `model` is what has them, in
/// words.
Status checkInputShapes(const InputShapes &shapes,
                        const std::vector<std::string> &inputs,
                        const std::string &model);

} // namespace qml

#endif // QML_SUPPORT_INPUTSHAPES_H
