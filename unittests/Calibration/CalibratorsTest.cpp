//===- CalibratorsTest.cpp - Ranges from histograms -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Calibrators.h"

#include <gtest/gtest.h>

using namespace qml;

namespace {

/// Values 0 to 1, as many of each, and a few outliers up to 10.
std::vector<uint64_t> makeBins(uint64_t outliers) {
  std::vector<uint64_t> bins(histogramBins, 0);
  for (int i = 0; i != histogramBins / 10; ++i)
    bins[i] = 1000;
  bins[histogramBins - 1] = outliers;
  return bins;
}

TEST(Calibrators, haveNames) {
  EXPECT_EQ(parseCalibrator("moving-max", 50)->kind, CalibratorKind::MovingMax);
  EXPECT_EQ(parseCalibrator("max", 50)->kind, CalibratorKind::Max);
  EXPECT_EQ(parseCalibrator("mse", 50)->kind, CalibratorKind::MSE);
  EXPECT_EQ(parseCalibrator("percentile", 50)->percentile, 50);
  EXPECT_FALSE(parseCalibrator("kl", 50));
  EXPECT_FALSE(parseCalibrator("percentile", 0));
  EXPECT_FALSE(parseCalibrator("percentile", 100.5));
  EXPECT_FALSE(parseCalibrator("moving-max", 50)->needsHistograms());
  EXPECT_TRUE(parseCalibrator("max", 50)->needsHistograms());
}

TEST(Calibrators, maximaAndPercentiles) {
  std::vector<uint64_t> bins = makeBins(10);
  Calibrator calibrator;
  calibrator.kind = CalibratorKind::Max;
  EXPECT_EQ(chooseRange(calibrator, bins.data(), 10, {}), 10);
  calibrator.kind = CalibratorKind::Percentile;
  calibrator.percentile = 50;
  EXPECT_NEAR(chooseRange(calibrator, bins.data(), 10, {}), 0.5, 0.01);
  calibrator.percentile = 99.99;
  EXPECT_NEAR(chooseRange(calibrator, bins.data(), 10, {}), 1, 0.01);
  calibrator.percentile = 100;
  EXPECT_EQ(chooseRange(calibrator, bins.data(), 10, {}), 10);
}

TEST(Calibrators, cutRareValuesAtFewBits) {
  Calibrator calibrator;
  calibrator.kind = CalibratorKind::MSE;
  std::vector<uint64_t> bins = makeBins(10);
  RangeUse few{4, 4, true}, many{15, 16, true};
  EXPECT_LT(chooseRange(calibrator, bins.data(), 10, few), 6);
  EXPECT_NEAR(chooseRange(calibrator, bins.data(), 10, many), 10, 0.5);
  // Where nothing is rare, nothing is cut.
  std::vector<uint64_t> even(histogramBins, 7);
  EXPECT_GT(chooseRange(calibrator, even.data(), 2, few), 1.8);
  EXPECT_LE(chooseRange(calibrator, even.data(), 2, few), 2.1);
}

TEST(Calibrators, stepsOfPowersOfTwoTakeWhatFits) {
  Calibrator calibrator;
  calibrator.kind = CalibratorKind::MSE;
  std::vector<uint64_t> even(histogramBins, 7);
  // 2.1 would double the step for nothing.
  float range = chooseRange(calibrator, even.data(), 2, {4, 4, false});
  // Of the ranges with that step it is how far values reach.
  EXPECT_EQ(range, 2);
}

TEST(Calibrators, zerosStay) {
  Calibrator calibrator;
  calibrator.kind = CalibratorKind::MSE;
  std::vector<uint64_t> none(histogramBins, 0);
  none[0] = 5;
  EXPECT_EQ(chooseRange(calibrator, none.data(), 0, {}), 0);
}

} // namespace
