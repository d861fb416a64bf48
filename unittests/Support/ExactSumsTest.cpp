//===- ExactSumsTest.cpp - Sums of floats in any order --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/ExactSums.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <random>

using namespace qml;

namespace {

double sumOf(const std::vector<double> &values) {
  ExactSums sums(1);
  for (double value : values)
    sums.add(&value);
  return sums.get(0);
}

/// Numbers of all sizes, of both signs.
std::vector<double> makeNumbers(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> mantissa(-2, 2);
  std::uniform_int_distribution<int> exponent(-100, 100);
  std::vector<double> numbers(count);
  for (double &number : numbers)
    number = double(float(std::ldexp(mantissa(random), exponent(random))));
  return numbers;
}

TEST(ExactSumsTest, LosesNoBit) {
  EXPECT_EQ(sumOf({}), 0.0);
  EXPECT_EQ(sumOf({1e30, 1, -1e30}), 1.0);
  EXPECT_EQ(sumOf({FLT_MAX, FLT_TRUE_MIN, -FLT_MAX}), double(FLT_TRUE_MIN));
  EXPECT_EQ(sumOf({-1e30, -1, 1e30}), -1.0);
  EXPECT_EQ(sumOf({0.1, 0.2, -0.1, -0.2}), 0.0);
  EXPECT_EQ(sumOf({-FLT_MAX, -FLT_MAX}), -2.0 * FLT_MAX);
}

/// A half goes to the even number, more than that up, however little more.
TEST(ExactSumsTest, RoundsToTheNearest) {
  double ulp = std::ldexp(1.0, -52);
  EXPECT_EQ(sumOf({1, ulp / 2}), 1.0);
  EXPECT_EQ(sumOf({1, ulp / 2, std::ldexp(1.0, -140)}), 1 + ulp);
  EXPECT_EQ(sumOf({1 + ulp, ulp / 2}), 1 + 2 * ulp);
  EXPECT_EQ(sumOf({-1, -ulp / 2, std::ldexp(-1.0, -140)}), -1 - ulp);
  EXPECT_EQ(sumOf({1 + ulp, ulp / 2, std::ldexp(-1.0, -140)}), 1 + ulp);
}

TEST(ExactSumsTest, OrderAndSplitsChangeNoBit) {
  std::vector<double> numbers = makeNumbers(1000, 1);
  ExactSums all(2);
  for (size_t i = 0; i != numbers.size(); i += 2)
    all.add(&numbers[i]);
  std::mt19937 random(2);
  for (size_t parts : {2, 3, 7}) {
    std::vector<size_t> order(numbers.size() / 2);
    for (size_t i = 0; i != order.size(); ++i)
      order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    std::vector<ExactSums> part(parts, ExactSums(2));
    for (size_t i : order)
      part[random() % parts].add(&numbers[2 * i]);
    // From the first on, and from the last.
    ExactSums forth(2), back(2);
    for (size_t i = 0; i != parts; ++i) {
      forth.merge(part[i]);
      back.merge(part[parts - 1 - i]);
    }
    EXPECT_EQ(forth.words(), all.words());
    EXPECT_EQ(back.words(), all.words());
    EXPECT_EQ(forth.terms(), 500);
    EXPECT_EQ(forth.get(1), all.get(1));
  }
}

TEST(ExactSumsTest, WhatIsNotFiniteStays) {
  double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(sumOf({1, infinity, -infinity})));
  EXPECT_TRUE(std::isnan(sumOf({std::nan(""), 1})));
  EXPECT_TRUE(std::isnan(sumOf({1e60})));
  ExactSums sums(2), other(2);
  const double good[] = {1, 2}, bad[] = {infinity, 3};
  sums.add(good);
  other.add(bad);
  sums.merge(other);
  EXPECT_TRUE(std::isnan(sums.get(0)));
  EXPECT_EQ(sums.get(1), 5.0);
}

/// As many of the largest as are allowed leave pieces without overflow, and so
/// does the merge of as many more: their words are what that many additions
/// make.
TEST(ExactSumsTest, MostNumbersFit) {
  for (double sign : {1.0, -1.0}) {
    ExactSums sums(1);
    double largest = sign * (std::ldexp(1.0, 170) - std::ldexp(1.0, 117));
    sums.add(&largest);
    for (int64_t terms = 1; terms != ExactSums::most; terms *= 2)
      sums.merge(ExactSums(sums));
    EXPECT_EQ(sums.terms(), ExactSums::most);
    EXPECT_EQ(sums.get(0), largest * double(ExactSums::most));
  }
}

/// What is below every float is cut off, whatever the sign.
TEST(ExactSumsTest, TooSmallNumbersAreCut) {
  EXPECT_EQ(sumOf({std::ldexp(1.0, -161)}), 0.0);
  EXPECT_EQ(sumOf({std::ldexp(-1.0, -1060)}), 0.0);
  EXPECT_EQ(sumOf({std::ldexp(-3.0, -161)}), std::ldexp(-1.0, -160));
}

} // namespace
