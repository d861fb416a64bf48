//===- Table.cpp - Tables that commands print -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"

#include "llvm/Support/Format.h"

#include <algorithm>

using namespace qml;

std::string qml::formatNumber(const char *pattern, double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(pattern, value);
  return text;
}

std::string qml::formatDecibels(const Noise &noise) {
  return noise.noise == 0 ? "exact" : formatNumber("%.1f", noise.decibels());
}

void qml::printTable(const std::vector<std::vector<std::string>> &rows,
                     llvm::raw_ostream &os) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto &row : rows)
    for (size_t i = 0; i != row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const auto &row : rows) {
    for (size_t i = 0; i != row.size(); ++i) {
      std::string space(widths[i] - row[i].size(), ' ');
      bool isLeft = i == 0 || i + 1 == row.size();
      if (i + 1 == row.size())
        space.clear();
      os << (i ? "  " : "") << (isLeft ? row[i] + space : space + row[i]);
    }
    os << "\n";
  }
}
