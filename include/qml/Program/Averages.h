//===- Averages.h - Factors of averaged windows -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_AVERAGES_H
#define QML_PROGRAM_AVERAGES_H

#include "qml/Program/Program.h"

namespace qml {

/// What the sum of `count` cells of an average pool's window is multiplied
/// with: round(denominator / count).
int64_t getAverageFactor(const AveragePool2D &pool, int64_t count);

} // namespace qml

#endif // QML_PROGRAM_AVERAGES_H
