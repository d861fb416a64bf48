//===- Quote.cpp - Untrusted text in messages and tables ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Quote.h"

#include <charconv>
#include <cstdio>
#include <iterator>

using namespace qml;

/// How many bytes the character at the start of `text` has, and which one it
/// is; 0 if there is no valid one.
static size_t decode(std::string_view text, uint32_t &character) {
  uint8_t first = uint8_t(text[0]);
  if (first < 0x80) {
    character = first;
    return 1;
  }
  size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size)
    return 0;
  character = first & (0xff >> (size + 1));
  for (size_t i = 1; i != size; ++i) {
    uint8_t next = uint8_t(text[i]);
    if ((next & 0xc0) != 0x80)
      return 0;
    character = character << 6 | (next & 0x3f);
  }
  constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool isSurrogate = character >= 0xd800 && character <= 0xdfff;
  return character < smallest[size] || isSurrogate || character > 0x10ffff
             ? 0
             : size;
}

/// Whether a terminal or a reader would take it for something else.
static bool isHidden(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e ||
         c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xe0000 && c <= 0xe007f);
}

static void append(std::string &out, std::string_view text) {
  char code[16];
  while (!text.empty()) {
    uint32_t character = 0;
    size_t size = decode(text, character);
    if (size != 0 && !isHidden(character)) {
      out += text.substr(0, size);
    } else if (size == 1 &&
               (character == '\n' || character == '\t' || character == '\r')) {
      out += character == '\n' ? "\\n" : character == '\t' ? "\\t" : "\\r";
    } else if (size > 1) {
      std::snprintf(code, sizeof(code), "\\u%04x", unsigned(character));
      out += code;
    } else {
      std::snprintf(code, sizeof(code), "\\x%02x", unsigned(uint8_t(text[0])));
      out += code;
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

std::string qml::printable(std::string_view text, size_t most) {
  std::string result;
  if (text.size() <= most) {
    append(result, text);
    return result;
  }
  auto isInside = [&](size_t at) { return (uint8_t(text[at]) & 0xc0) == 0x80; };
  // Characters stay whole, where there are any.
  size_t head = most * 2 / 3;
  size_t tail = text.size() - most / 3;
  for (int step = 0; step != 3 && head > 0 && isInside(head); ++step)
    --head;
  for (int step = 0; step != 3 && tail < text.size() && isInside(tail); ++step)
    ++tail;
  append(result, text.substr(0, head));
  result += "... (" + std::to_string(tail - head) + " bytes left out) ...";
  append(result, text.substr(tail));
  return result;
}

std::string qml::quote(std::string_view text, size_t most) {
  return "'" + printable(text, most) + "'";
}

std::string qml::quotePath(std::string_view path) {
  return quote(path, maxMessageBytes);
}

template <typename T>
static std::string showShortest(T value) {
  char text[32];
  return std::string(text, std::to_chars(text, std::end(text), value).ptr);
}

std::string qml::showNumber(float value) { return showShortest(value); }
std::string qml::showNumber(double value) { return showShortest(value); }

std::string qml::showCount(int64_t number, std::string_view what) {
  std::string text = std::to_string(number) + " ";
  text += what;
  if (number != 1)
    text += what.back() == 's' ? "es" : "s";
  return text;
}
