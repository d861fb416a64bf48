//===- gtest.h - What shared parts of the unit tests need -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random networks, random programs and what plain loops make of them belong to
// the unit tests, which are written for GoogleTest. `check` uses them where
// that is not installed: this has the few macros that they use, and counts
// failures.
//
//===----------------------------------------------------------------------===//

#ifndef QML_BENCHMARKS_CUDA_GTEST_GTEST_H
#define QML_BENCHMARKS_CUDA_GTEST_GTEST_H

#include <cmath>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>

namespace testing {

/// Of the whole program.
struct Record {
  long failures = 0;
  /// What is being tested, for messages.
  std::string context;
  /// The first few, of which the report tells.
  std::string first;

  static Record &get() {
    static Record record;
    return record;
  }
  void add(const std::string &text) {
    constexpr long most = 20;
    if (++failures > most)
      return;
    std::string line = context.empty() ? text : context + ": " + text;
    std::fprintf(stderr, "failure: %s\n", line.c_str());
    if (first.empty())
      first = line;
  }
};

class Message {
public:
  template <typename T>
  Message &operator<<(const T &value) {
    stream << value;
    return *this;
  }
  Message &operator<<(std::ios_base &(*manipulator)(std::ios_base &)) {
    stream << manipulator;
    return *this;
  }
  std::string text() const { return stream.str(); }

private:
  std::ostringstream stream;
};

/// Is assigned what is said of it, so that the message comes to an end.
class Failure {
public:
  Failure(const char *file, int line, const char *what) {
    const char *slash = std::strrchr(file, '/');
    text = std::string(slash ? slash + 1 : file) + ":" + std::to_string(line) +
           ": " + what;
  }
  void operator=(const Message &message) const { // NOLINT: the last word
    std::string more = message.text();
    Record::get().add(more.empty() ? text : text + ": " + more);
  }

private:
  std::string text;
};

inline bool isNear(double a, double b, double most) {
  return std::fabs(a - b) <= most;
}

} // namespace testing

#define QML_TEST_THAT(condition, what, leave)                                  \
  switch (0)                                                                   \
  case 0:                                                                      \
  default:                                                                     \
    if (condition)                                                             \
      ;                                                                        \
    else                                                                       \
      leave ::testing::Failure(__FILE__, __LINE__, what) = ::testing::Message()

#define ADD_FAILURE() QML_TEST_THAT(false, "failed", )
#define FAIL() QML_TEST_THAT(false, "failed", return)
#define EXPECT_TRUE(a) QML_TEST_THAT(a, #a, )
#define ASSERT_TRUE(a) QML_TEST_THAT(a, #a, return)
#define EXPECT_EQ(a, b) QML_TEST_THAT((a) == (b), #a " == " #b, )
#define ASSERT_EQ(a, b) QML_TEST_THAT((a) == (b), #a " == " #b, return)
#define EXPECT_NEAR(a, b, most)                                                \
  QML_TEST_THAT(::testing::isNear(a, b, most), #a " near " #b, )
#define ASSERT_NEAR(a, b, most)                                                \
  QML_TEST_THAT(::testing::isNear(a, b, most), #a " near " #b, return)

#endif // QML_BENCHMARKS_CUDA_GTEST_GTEST_H
