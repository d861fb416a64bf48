//===- Table.h - Tables that commands print ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_TABLE_H
#define QML_TOOLS_QML_TABLE_H

#include "qml/Analysis/Noise.h"

#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace qml {

/// A number by a pattern of printf.
std::string formatNumber(const char *pattern, double value);

/// With one digit after the point; "exact" where nothing differs.
std::string formatDecibels(const Noise &noise);

/// Prints rows, the first of which is the head: the first and the last column
/// to the left, numbers between them to the right.
void printTable(const std::vector<std::vector<std::string>> &rows,
                llvm::raw_ostream &os);

} // namespace qml

#endif // QML_TOOLS_QML_TABLE_H
