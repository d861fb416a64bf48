//===- WorkersTest.cpp - Tests of processes that calibrate together -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads stand for processes here; test/Calibration/MPI starts real ones.
//
//===----------------------------------------------------------------------===//

#include "Networks.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>

using namespace qml;
using namespace qml::test;

namespace {

/// Where the threads meet.
class Meeting {
public:
  explicit Meeting(int count) : count(count), texts(size_t(count)) {}

  /// Everybody's text, once all have come. Fails if one doesn't come.
  Result<std::vector<std::string>> gather(int rank, const std::string &text) {
    std::unique_lock<std::mutex> lock(mutex);
    texts[size_t(rank)] = text;
    int64_t mine = round;
    if (++arrived == count) {
      arrived = 0;
      ++round;
      gathered = texts;
      changed.notify_all();
    }
    if (!changed.wait_for(lock, std::chrono::seconds(60),
                          [&] { return round != mine; }))
      return Error{"a process did not come"};
    return gathered;
  }

private:
  int count;
  std::mutex mutex;
  std::condition_variable changed;
  /// Nobody gets to the round after the next before all have read this one.
  std::vector<std::string> texts, gathered;
  int arrived = 0;
  int64_t round = 0;
};

/// A thread that plays a process.
class ThreadWorkers : public Workers {
public:
  ThreadWorkers(Meeting &meeting, int count, int rank)
      : meeting(meeting), number(count), index(rank) {}

  int count() const override { return number; }
  int rank() const override { return index; }
  int localRank() const override { return index; }

  Status maximum(std::vector<int32_t> &values) override {
    return reduce(values, [](int32_t a, int32_t b) { return std::max(a, b); });
  }
  Status sum(std::vector<uint64_t> &values) override {
    return reduce(values, [](uint64_t a, uint64_t b) { return a + b; });
  }
  Result<std::vector<std::string>> gather(const std::string &text) override {
    return meeting.gather(index, text);
  }

private:
  template <typename T, typename F>
  Status reduce(std::vector<T> &values, F combine) {
    std::string bytes(values.size() * sizeof(T), 0);
    if (!values.empty())
      std::memcpy(bytes.data(), values.data(), bytes.size());
    auto all = gather(bytes);
    if (!all)
      return all.takeError();
    for (const std::string &other : *all) {
      EXPECT_EQ(other.size(), bytes.size());
      for (size_t i = 0; i < values.size(); ++i) {
        T value;
        std::memcpy(&value, other.data() + i * sizeof(T), sizeof(T));
        values[i] = &other == &all->front() ? value : combine(values[i], value);
      }
    }
    return {};
  }

  Meeting &meeting;
  int number;
  int index;
};

/// What `work` returns on each of several workers.
template <typename F>
auto onWorkers(int count, F work) {
  using Answer = decltype(work(std::declval<Workers &>()));
  Meeting meeting(count);
  std::vector<std::optional<Answer>> answers{size_t(count)};
  std::vector<std::thread> threads;
  for (int rank = 0; rank < count; ++rank)
    threads.emplace_back([&, rank] {
      ThreadWorkers workers(meeting, count, rank);
      answers[size_t(rank)] = work(workers);
    });
  for (std::thread &thread : threads)
    thread.join();
  std::vector<Answer> result;
  for (auto &answer : answers)
    result.push_back(std::move(*answer));
  return result;
}

/// The CPU's executor, but for what a test changes.
class ChangedExecutor : public FloatExecutor {
public:
  explicit ChangedExecutor(const Program &program)
      : FloatExecutor(program, {}) {
    FloatExecutorOptions options;
    options.threads = 1;
    auto made = createCPUExecutor(program, options);
    EXPECT_TRUE(bool(made)) << made.message();
    inner = std::move(*made);
  }

  std::string arithmetic() const override {
    return name.empty() ? inner->arithmetic() : name;
  }
  Status run(const SampleSet &samples, int64_t first, int64_t count,
             const std::vector<float *> &results) override {
    return inner->run(samples, first, count, results);
  }
  int64_t numPieces(const Batching &batches, BatchSpan span) const override {
    return inner->numPieces(batches, span);
  }
  int64_t spanGranularity(const Batching &batches) const override {
    return inner->spanGranularity(batches);
  }
  Result<int64_t> observe(const SampleSet &samples, const Batching &batches,
                          BatchSpan span, PieceSpan pieces,
                          const Progress &progress) override {
    if (span.first >= failsFrom)
      return Error{"this device is on fire"};
    // So that no piece is in two spans.
    EXPECT_EQ(span.first % spanGranularity(batches), 0);
    auto seen = inner->observe(samples, batches, span, pieces, progress);
    if (!seen)
      return seen;
    heldSpan = span;
    held = *inner->states();
    return *seen - forgets;
  }
  Result<int64_t> count(const SampleSet &samples, const Batching &batches,
                        BatchSpan span, PieceSpan pieces,
                        const BinScales &scales, std::vector<uint64_t> &counts,
                        const Progress &progress) override {
    if (countsNothing)
      return Error{"this device has no fingers"};
    auto seen =
        inner->count(samples, batches, span, pieces, scales, counts, progress);
    counts[0] += miscounts;
    return seen ? *seen - overlooks : std::move(seen);
  }

  std::string name;
  bool countsNothing = false;
  uint64_t miscounts = 0;
  int64_t overlooks = 0;
  int64_t failsFrom = std::numeric_limits<int64_t>::max();
  int64_t forgets = 0;

private:
  std::unique_ptr<FloatExecutor> inner;
};

bool areEqual(const Ranges &a, const Ranges &b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](auto &x, auto &y) {
           return x.first == y.first && x.second.max == y.second.max &&
                  x.second.min == y.second.min &&
                  x.second.perAxis == y.second.perAxis;
         });
}

struct WorkersTest : testing::Test {
  WorkersTest() : network({9, 8, 3}, ElementType::U8) {
    int x = network.rescaling(network.program.inputs[0].tensor, {1 / 128.f},
                              {-1.f});
    network.observe(x, true, true);
    x = network.conv(x, 20, sameWindow({9, 8}, 3, 2));
    network.observe(x);
    x = network.relu(x);
    x = network.mean(x);
    network.observe(x, false);
    network.observe(network.dense(x, 7), true);
  }

  /// Of all workers; `change` gets the rank, the executor and the options.
  template <typename F>
  std::vector<Result<Ranges>> calibrateOn(int count, const SampleSet &source,
                                          const CalibrationOptions &options,
                                          F change) {
    return onWorkers(count, [&](Workers &workers) {
      ChangedExecutor executor(network.program);
      CalibrationOptions mine = options;
      mine.workers = &workers;
      change(workers.rank(), executor, mine);
      return calibrate(executor, source, mine);
    });
  }

  /// All have to fail with that message.
  template <typename F>
  void expectFailure(const std::string &message,
                     const CalibrationOptions &options, F change) {
    auto source = network.samples(options.numSamples);
    for (auto &answer : calibrateOn(3, *source, options, change)) {
      ASSERT_FALSE(bool(answer));
      EXPECT_NE(answer.message().find(message), std::string::npos)
          << answer.message();
    }
  }

  Network network;
};

} // namespace

TEST_F(WorkersTest, agree) {
  for (int count : {1, 2, 5}) {
    auto answers = onWorkers(count, [](Workers &workers) {
      Status status = workers.agree({}, "here");
      EXPECT_FALSE(workers.isOver());
      return status;
    });
    for (const Status &status : answers)
      EXPECT_TRUE(bool(status)) << status.message();
  }
  auto answers = onWorkers(4, [](Workers &workers) {
    Status status = workers.agree(workers.rank() % 2 ? Status(Error{"no\nfile"})
                                                     : Status());
    EXPECT_TRUE(workers.isOver());
    return status;
  });
  for (const Status &status : answers)
    EXPECT_EQ(status.message(), "process 2 of 4: no\nfile");
  answers = onWorkers(
      3, [](Workers &workers) { return workers.agree(Error{"no file"}); });
  for (const Status &status : answers)
    EXPECT_EQ(status.message(), "no file");
  answers = onWorkers(3, [](Workers &workers) {
    return workers.agree({}, workers.rank() == 2 ? "there" : "here");
  });
  for (const Status &status : answers)
    EXPECT_EQ(status.message(),
              "process 3 of 3 does something else than process 1 of 3: start "
              "all of them with the same command line");
}

TEST_F(WorkersTest, makeNoDifference) {
  constexpr int64_t samples = 43;
  auto source = network.samples(samples);
  size_t stateBytes = ObserverLayout(network.program).size() * sizeof(int32_t);
  for (int64_t batchSize : {1, 3, 7, 100}) {
    CalibrationOptions options;
    options.numSamples = samples;
    options.batchSize = batchSize;
    options.threads = 2;
    options.epochs = 3;
    auto expected = calibrate(network.program, *source, options);
    ASSERT_TRUE(bool(expected)) << expected.message();
    // 43 samples are 11 pieces: with 16 workers, some have nothing to do.
    for (int count : {1, 2, 3, 4, 5, 8, 16})
      // All batches at once, or some; 0 is as few as there can be.
      for (size_t states : {1000, 6, 0}) {
        options.maxStateBytes = states * stateBytes;
        std::vector<int64_t> seen;
        auto answers = calibrateOn(
            count, *source, options,
            [&](int rank, ChangedExecutor &, CalibrationOptions &mine) {
              if (rank == 0)
                mine.samplesSeen = &seen;
            });
        for (auto &answer : answers) {
          ASSERT_TRUE(bool(answer)) << answer.message();
          EXPECT_TRUE(areEqual(*answer, *expected))
              << batchSize << " " << count << " " << states;
        }
        ASSERT_EQ(seen.size(), size_t(count));
        int64_t all = 0;
        for (int64_t share : seen)
          all += share;
        EXPECT_EQ(all, samples);
        int64_t most = *std::max_element(seen.begin(), seen.end());
        if (states == 1000) {
          EXPECT_LE(most, (11 + count - 1) / count * 4);
        }
      }
  }
}

TEST_F(WorkersTest, makeNoDifferenceToHistograms) {
  constexpr int64_t samples = 43;
  auto source = network.samples(samples);
  CalibrationOptions options;
  options.numSamples = samples;
  options.batchSize = 7;
  options.threads = 2;
  Histograms expected;
  options.histograms = &expected;
  auto ranges = calibrate(network.program, *source, options);
  ASSERT_TRUE(bool(ranges)) << ranges.message();
  for (int count = 1; count <= 8; ++count)
    for (size_t states : {size_t(1) << 28, size_t(0)}) {
      options.maxStateBytes = states;
      std::vector<Histograms> found{size_t(count)};
      auto answers = calibrateOn(
          count, *source, options,
          [&](int rank, ChangedExecutor &, CalibrationOptions &mine) {
            mine.histograms = &found[size_t(rank)];
            // Samples go through the network once more than for the ranges.
            mine.progress = [=](int64_t, int64_t total) {
              EXPECT_EQ(total, (states ? 2 : 3) * samples);
            };
          });
      for (auto &answer : answers) {
        ASSERT_TRUE(bool(answer)) << answer.message();
        EXPECT_TRUE(areEqual(*answer, *ranges));
      }
      for (const Histograms &histograms : found) {
        EXPECT_EQ(histograms.lower, expected.lower);
        EXPECT_EQ(histograms.upper, expected.upper);
        EXPECT_TRUE(histograms.counts == expected.counts)
            << count << " " << states;
      }
    }
}

TEST_F(WorkersTest, wrongHistogramsAreErrors) {
  CalibrationOptions options;
  options.numSamples = 40;
  std::vector<Histograms> histograms(3);
  auto expect = [&](const std::string &message, auto change) {
    expectFailure(
        message, options,
        [&](int rank, ChangedExecutor &executor, CalibrationOptions &mine) {
          mine.histograms = &histograms[size_t(rank)];
          if (rank == 1)
            change(executor, mine);
        });
  };
  expect(
      "process 2 of 3: this device has no fingers",
      [](ChangedExecutor &executor, auto &) { executor.countsNothing = true; });
  expect("of 40 samples 39 were seen",
         [](ChangedExecutor &executor, auto &) { executor.overlooks = 1; });
  expect("of 2880 values of layer 't1', channel 0, 2881 were counted",
         [](ChangedExecutor &executor, auto &) { executor.miscounts = 1; });
  expect("process 2 of 3 has other options",
         [](ChangedExecutor &, CalibrationOptions &mine) {
           mine.histograms = nullptr;
         });
}

TEST_F(WorkersTest, spansOfOneProcess) {
  auto source = network.samples(50);
  size_t stateBytes = ObserverLayout(network.program).size() * sizeof(int32_t);
  for (int64_t batchSize : {1, 2, 3, 6}) {
    CalibrationOptions options;
    options.numSamples = 50;
    options.batchSize = batchSize;
    auto expected = calibrate(network.program, *source, options);
    ASSERT_TRUE(bool(expected)) << expected.message();
    options.maxStateBytes = 5 * stateBytes;
    int64_t last = 0, end = 0;
    options.progress = [&](int64_t done, int64_t total) {
      EXPECT_GT(done, last);
      last = done;
      end = total;
    };
    auto ranges = calibrate(network.program, *source, options);
    ASSERT_TRUE(bool(ranges)) << ranges.message();
    EXPECT_TRUE(areEqual(*ranges, *expected)) << batchSize;
    // Later epochs run the network again.
    EXPECT_EQ(end, 100);
    EXPECT_EQ(last, end);
  }
}

TEST_F(WorkersTest, progress) {
  auto source = network.samples(50);
  CalibrationOptions options;
  options.numSamples = 50;
  calibrateOn(3, *source, options,
              [&](int, ChangedExecutor &, CalibrationOptions &mine) {
                mine.progress = [last = int64_t(0)](int64_t done,
                                                    int64_t total) mutable {
                  EXPECT_GT(done, last);
                  EXPECT_LE(done, total);
                  EXPECT_EQ(total, 50);
                  last = done;
                };
              });
}

TEST_F(WorkersTest, errorsReachAll) {
  CalibrationOptions options;
  options.numSamples = 40;
  options.batchSize = 2;
  size_t stateBytes = ObserverLayout(network.program).size() * sizeof(int32_t);
  options.maxStateBytes = 8 * stateBytes;
  for (int64_t batch : {0, 8})
    expectFailure("process 2 of 3: this device is on fire", options,
                  [&](int rank, ChangedExecutor &executor, auto &) {
                    if (rank == 1)
                      executor.failsFrom = batch;
                  });
  expectFailure("the number of epochs is 0, it has", options,
                [](int, ChangedExecutor &, CalibrationOptions &mine) {
                  mine.epochs = 0;
                });
  expectFailure("process 3 of 3: the number of epochs is 0", options,
                [](int rank, ChangedExecutor &, CalibrationOptions &mine) {
                  mine.epochs = rank == 2 ? 0 : 2;
                });
}

TEST_F(WorkersTest, missingSamplesAreAnError) {
  CalibrationOptions options;
  options.numSamples = 40;
  expectFailure("of 40 samples 39 were seen", options,
                [](int rank, ChangedExecutor &executor, auto &) {
                  executor.forgets = rank == 1;
                });
  auto source = network.samples(40);
  ChangedExecutor executor(network.program);
  executor.forgets = 3;
  auto ranges = calibrate(executor, *source, options);
  ASSERT_FALSE(bool(ranges));
  EXPECT_NE(ranges.message().find("of 40 samples 37 were seen"),
            std::string::npos);
}

TEST_F(WorkersTest, notANumberIsNamedAsForOne) {
  network.weights.front()[1] = std::numeric_limits<float>::infinity();
  CalibrationOptions options;
  options.numSamples = 40;
  options.batchSize = 20;
  auto source = network.samples(40);
  auto one = calibrate(network.program, *source, options);
  ASSERT_FALSE(bool(one));
  EXPECT_NE(one.message().find(" in samples 0 to 19, channel"),
            std::string::npos)
      << one.message();
  expectFailure(one.message(), options,
                [](int, ChangedExecutor &, CalibrationOptions &) {});
}

TEST_F(WorkersTest, differentInputsAreRefused) {
  CalibrationOptions options;
  options.numSamples = 12;
  options.batchSize = 3;
  expectFailure("process 3 of 3 computes with oneDNN 9, abacus, process 1 of 3 "
                "with oneDNN ",
                options, [](int rank, ChangedExecutor &executor, auto &) {
                  if (rank == 2)
                    executor.name = "oneDNN 9, abacus";
                });
  expectFailure("set ONEDNN_MAX_CPU_ISA", options,
                [](int rank, ChangedExecutor &executor, auto &) {
                  if (rank == 2)
                    executor.name = "oneDNN 9, abacus";
                });
  expectFailure("process 2 of 3 has other options (12 samples in batches of 3, "
                "2 epochs, momentum 0.5",
                options,
                [](int rank, ChangedExecutor &, CalibrationOptions &mine) {
                  mine.momentum = rank == 1 ? .5 : .9;
                });

  // Networks and samples of their own.
  auto message = [&](auto change, int64_t samples, uint64_t seed) {
    auto answers = onWorkers(2, [&](Workers &workers) {
      Network mine({4, 4, 1});
      mine.observe(
          mine.conv(mine.program.inputs[0].tensor, 3, validWindow(3, 1)));
      bool isOther = workers.rank() == 1;
      if (isOther)
        change(mine);
      auto source =
          mine.samples(isOther ? samples : 12, isOther ? seed : uint64_t(7));
      CalibrationOptions options;
      options.workers = &workers;
      options.numSamples = 12;
      return calibrate(mine.program, *source, options);
    });
    EXPECT_FALSE(bool(answers[0]));
    EXPECT_FALSE(bool(answers[1]));
    EXPECT_EQ(answers[0].message(), answers[1].message());
    return answers[0].message();
  };
  auto same = [](Network &) {};
  EXPECT_EQ(
      message([](Network &other) { other.weights.front()[5] += 1; }, 12, 7),
      "process 2 of 2 has other weights than process 1 of 2: all of them "
      "have to read the same model");
  EXPECT_EQ(message([](Network &other) { other.relu(1); }, 12, 7),
            "process 2 of 2 has another network than process 1 of 2: all of "
            "them have to read the same model");
  EXPECT_EQ(message([](Network &other) { other.program.ranges[0].layer = "x"; },
                    12, 7),
            "process 2 of 2 has another network than process 1 of 2: all of "
            "them have to read the same model");
  EXPECT_EQ(message(same, 13, 7),
            "process 2 of 2 has other samples (13 of float32 (4, 4, 1)) than "
            "process 1 of 2 (12 of float32 (4, 4, 1)): all of them need the "
            "same command line and files");
  EXPECT_EQ(message(same, 12, 8),
            "process 2 of 2 has other samples than process 1 of 2: all of them "
            "have to read the same file");
}
