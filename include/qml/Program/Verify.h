//===- Verify.h - Refuses programs that cannot be run -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs come from files that nobody vouches for. Everything that executors
// take for granted is checked here, once.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_VERIFY_H
#define QML_PROGRAM_VERIFY_H

#include "qml/Program/Program.h"
#include "qml/Support/Result.h"

#include <string>

namespace qml {

/// Whether indices are in range, each tensor is computed once and before it is
/// read, shapes, element types and the sizes of vectors fit together, and
/// numbers lie within limits below which no index of an element, power of two
/// or 64-bit sum of operands overflows. Weights are not looked at, only their
/// types and shapes. The message names the layer.
Status verify(const Program &program);

/// Whether the program, which `verify` accepts, runs in float32 from its input
/// to its outputs: no operation on integers but on those of the model's input.
Status verifyFloat(const Program &program);

} // namespace qml

#endif // QML_PROGRAM_VERIFY_H
