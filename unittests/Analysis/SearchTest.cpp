//===- SearchTest.cpp - Mixed precision by the result's noise -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/Search.h"

#include "TwoLayers.h"

using namespace mlir;
using namespace qml;

namespace {

/// Both of 2 bits, with results of 4 between them.
struct SearchTest : test::TwoLayers {
  SearchTest() : TwoLayers(/*weightBits=*/2, /*resultBits=*/4) {}

  /// The noise of the network with all of the changes.
  double decibelsOf(ArrayRef<Change> changes) {
    FailureOr<Variant> variant = makeVariant(network, changes);
    FailureOr<Noise> noise = measureNoise(network, variant->network, samples);
    return noise->decibels();
  }
};

TEST_F(SearchTest, bitsAddUp) {
  NetworkBits bits = countBits(network);
  EXPECT_EQ(bits.weights, 2);
  EXPECT_EQ(bits.results, 4);
  // 6 weights of 2 bits each.
  EXPECT_EQ(bits.weightBytes, 4);
}

TEST_F(SearchTest, stopsAtTheTarget) {
  SearchOptions options;
  options.target = 20;
  int64_t last = 0;
  options.progress = [&](int64_t done, int64_t total) {
    EXPECT_GT(done, last);
    EXPECT_GE(total, done);
    last = done;
  };
  FailureOr<SearchResult> result = searchBits(network, samples, options);
  ASSERT_TRUE(succeeded(result));
  EXPECT_GT(last, 0);
  EXPECT_TRUE(result->isReached);
  EXPECT_EQ(result->samples, 20);
  EXPECT_GE(result->noise.decibels(), 20);
  EXPECT_FALSE(result->changes.empty());
  // What is said is what the changes give.
  EXPECT_DOUBLE_EQ(result->noise.decibels(), decibelsOf(result->changes));
  EXPECT_DOUBLE_EQ(result->steps.front().noise.decibels(), decibelsOf({}));
  EXPECT_EQ(result->config, dumpConfig(network, result->changes));
  // Each of them is needed.
  for (size_t i = 0; i != result->changes.size(); ++i) {
    std::vector<Change> others = result->changes;
    others.erase(others.begin() + i);
    EXPECT_LT(decibelsOf(others), 20);
  }
  // The network stays as it is.
  EXPECT_EQ(countBits(network).weights, 2);
}

TEST_F(SearchTest, keepsToTheBudget) {
  SearchOptions options;
  options.mostBits = 3;
  FailureOr<SearchResult> result = searchBits(network, samples, options);
  ASSERT_TRUE(succeeded(result));
  EXPECT_TRUE(result->isReached);
  EXPECT_GT(result->steps.size(), 1u);
  double last = -1000;
  for (const SearchStep &step : result->steps) {
    EXPECT_LE(step.bits.weights, 3);
    EXPECT_GT(step.noise.decibels(), last);
    last = step.noise.decibels();
  }
  // Of both kernels one got 4 bits.
  EXPECT_EQ(result->steps.back().bits.weights, 3);
}

TEST_F(SearchTest, raisesOneKindAlone) {
  SearchOptions options;
  options.mostBits = 16;
  options.raiseWeights = false;
  FailureOr<SearchResult> result = searchBits(network, samples, options);
  ASSERT_TRUE(succeeded(result));
  for (const Change &change : result->changes)
    EXPECT_EQ(change.kind, Change::ResultBits);
}

TEST_F(SearchTest, saysTheBestIfNothingReachesTheTarget) {
  SearchOptions options;
  options.target = 200;
  FailureOr<SearchResult> result = searchBits(network, samples, options);
  ASSERT_TRUE(succeeded(result));
  EXPECT_FALSE(result->isReached);
  EXPECT_GT(result->best.decibels(), decibelsOf({}) + 10);
}

TEST_F(SearchTest, goesAroundWhatIsNotAllowed) {
  SearchOptions options;
  options.mostBits = 16;
  options.bits = {8};
  auto bitsOf = [](ModuleOp module) {
    func::FuncOp integer = *module.getOps<func::FuncOp>().begin();
    return (*integer.getOps<DenseOp>().begin())
        .getWeightQuantizerAttr()
        .getBitwidth();
  };
  options.isAllowed = [&](ModuleOp integer) { return bitsOf(integer) == 2; };
  FailureOr<SearchResult> result = searchBits(network, samples, options);
  ASSERT_TRUE(succeeded(result));
  EXPECT_FALSE(result->changes.empty());
  for (const Change &change : result->changes)
    EXPECT_FALSE(change.layer == "first" && change.ofWeights());
}

TEST_F(SearchTest, bindsAndPreparesEachNetwork) {
  SearchOptions options;
  options.target = 20;
  int bound = 0, prepared = 0;
  options.bindRanges = [&](func::FuncOp) {
    ++bound;
    return success();
  };
  options.prepare = [&](ModuleOp) {
    ++prepared;
    return success();
  };
  FailureOr<SearchResult> result = searchBits(network, samples, options);
  ASSERT_TRUE(succeeded(result));
  EXPECT_GE(prepared, int(result->steps.size()));
  EXPECT_GE(bound, prepared);
  EXPECT_DOUBLE_EQ(result->noise.decibels(), decibelsOf(result->changes));
}

TEST_F(SearchTest, aBudgetThatTheStartExceedsIsAnError) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  SearchOptions options;
  options.mostBytes = 3;
  EXPECT_TRUE(failed(searchBits(network, samples, options)));
  EXPECT_EQ(message, "the weights have 4 bytes and 2 bits on average at the "
                     "start, more than the budget; start with fewer bits, or "
                     "raise it");
}

} // namespace
