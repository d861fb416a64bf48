//===- Names.cpp - Names of layers as names of files ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Names.h"

#include <algorithm>
#include <cstdint>

using namespace qml;

static void appendEscaped(std::string &out, char c) {
  constexpr char digits[] = "0123456789ABCDEF";
  out += '%';
  out += digits[uint8_t(c) >> 4];
  out += digits[uint8_t(c) & 15];
}

std::string qml::escapeKey(std::string_view key) {
  std::string out;
  for (size_t start = 0;;) {
    size_t slash = std::min(key.find('/', start), key.size());
    std::string_view part = key.substr(start, slash - start);
    bool isDots = part == "." || part == "..";
    for (char c : part) {
      bool isControl = uint8_t(c) < 0x20 || c == 0x7f;
      if (isDots || isControl || c == '\\' || c == '%')
        appendEscaped(out, c);
      else
        out += c;
    }
    if (slash == key.size())
      return out;
    if (part.empty())
      appendEscaped(out, '/');
    else
      out += '/';
    start = slash + 1;
  }
}

/// The value of a digit, -1 if it is none.
static int valueOf(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string qml::unescapeKey(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int high =
        i + 2 < text.size() && text[i] == '%' ? valueOf(text[i + 1]) : -1;
    int low = high < 0 ? -1 : valueOf(text[i + 2]);
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += char(high * 16 + low);
    i += 2;
  }
  return out;
}

Status qml::checkLayerName(std::string_view name) {
  if (name.empty())
    return Error{"has an empty name; names have one character or more"};
  return {};
}
