//===- QuoteTest.cpp - Untrusted text in messages and tables --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Quote.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace qml;

TEST(Quote, LeavesOrdinaryNames) {
  EXPECT_EQ(quote("conv2d_1/relu"), "'conv2d_1/relu'");
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("Größe 層 \xf0\x9f\x99\x82"), "'Größe 層 \xf0\x9f\x99\x82'");
}

TEST(Quote, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(quote("a\nerror: b"), "'a\\nerror: b'");
  EXPECT_EQ(quote("\x1b[31mred\t\r"), "'\\x1b[31mred\\t\\r'");
  EXPECT_EQ(quote(std::string_view("a\0b\x7f", 4)), "'a\\x00b\\x7f'");
  // A control character of two bytes, a line separator, a change of direction.
  EXPECT_EQ(quote("\xc2\x9b"), "'\\u009b'");
  EXPECT_EQ(quote("a\xe2\x80\xa8\xe2\x80\xae"), "'a\\u2028\\u202e'");
}

TEST(Quote, ShowsWhatIsNoUTF8) {
  EXPECT_EQ(quote("\xff\xc0\x80"), "'\\xff\\xc0\\x80'");
  // Cut off, a surrogate, too long, too large.
  EXPECT_EQ(quote("\xe5\xb1"), "'\\xe5\\xb1'");
  EXPECT_EQ(quote("\xed\xa0\x80"), "'\\xed\\xa0\\x80'");
  EXPECT_EQ(quote("\xe0\x80\x8a"), "'\\xe0\\x80\\x8a'");
  EXPECT_EQ(quote("\xf4\x90\x80\x80"), "'\\xf4\\x90\\x80\\x80'");
}

TEST(Quote, LeavesOutTheMiddle) {
  std::string text = std::string(1000, 'a') + std::string(1000, 'b');
  EXPECT_EQ(quote(text, 30), "'" + std::string(20, 'a') +
                                 "... (1970 bytes left out) ..." +
                                 std::string(10, 'b') + "'");
  EXPECT_EQ(quote("abc", 3), "'abc'");
  // Characters of three bytes are not cut.
  std::string wide;
  for (int i = 0; i < 100; ++i)
    wide += "層";
  EXPECT_EQ(printable(wide, 30).find('\\'), std::string::npos);
  EXPECT_EQ(quotePath(text).size(), text.size() + 2);
}

TEST(Quote, ShowsNumbersOfAnySize) {
  EXPECT_EQ(showNumber(0.5), "0.5");
  EXPECT_EQ(showNumber(0.1f), "0.1");
  EXPECT_EQ(showNumber(1e-12f), "1e-12");
  EXPECT_EQ(showNumber(16777216.0f), "16777216");
  EXPECT_EQ(showNumber(0.0), "0");
  EXPECT_EQ(showNumber(-HUGE_VAL), "-inf");
}

TEST(Quote, ShowsCounts) {
  EXPECT_EQ(showCount(1, "sample"), "1 sample");
  EXPECT_EQ(showCount(0, "sample"), "0 samples");
  EXPECT_EQ(showCount(2, "bias"), "2 biases");
}
