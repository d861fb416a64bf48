//===- Text.cpp - Fuzzes what is made of names ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "qml/Support/Names.h"
#include "qml/Support/Quote.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text = textOf(data, size);
  std::string shown = printable(text);
  // A byte becomes four at most.
  require(shown.size() <= 4 * maxQuotedBytes + 60);
  for (char c : shown)
    require(uint8_t(c) >= 0x20 && c != 0x7f);
  require(printable(shown, shown.size()) == shown);

  std::string key = escapeKey(text);
  require(unescapeKey(key) == text);
  require(key.empty() || key[0] != '/');
  std::string path = "/" + key + "/";
  require(path.find("/../") == std::string::npos &&
          path.find("/./") == std::string::npos);
  return 0;
}
