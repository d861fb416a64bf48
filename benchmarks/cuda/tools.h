//===- tools.h - What the programs here share -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Options, times, and the results as JSON on the standard output, of which
// `run` makes tables.
//
//===----------------------------------------------------------------------===//

#ifndef QML_BENCHMARKS_CUDA_TOOLS_H
#define QML_BENCHMARKS_CUDA_TOOLS_H

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace qml {
namespace benchmark {

inline int fail(const std::string &message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return 1;
}

inline double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline double medianOf(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Options of the form --name or --name=value.
class Arguments {
public:
  Arguments(int argc, char **argv) : list(argv + 1, argv + argc) {}

  bool flag(const std::string &name) { return take("--" + name) != nullptr; }
  std::string text(const std::string &name, const std::string &otherwise) {
    const std::string *found = take("--" + name + "=");
    return found ? found->substr(name.size() + 3) : otherwise;
  }
  int64_t number(const std::string &name, int64_t otherwise) {
    std::string value = text(name, "");
    return value.empty() ? otherwise : std::strtoll(value.c_str(), nullptr, 10);
  }
  double real(const std::string &name, double otherwise) {
    std::string value = text(name, "");
    return value.empty() ? otherwise : std::strtod(value.c_str(), nullptr);
  }
  /// Whether all there were have been asked for; says which were not. To be
  /// called after the others.
  bool areKnown(const char *usage) const {
    bool known = true;
    for (const std::string &each : list) {
      if (std::find(taken.begin(), taken.end(), &each) != taken.end())
        continue;
      if (each != "--help")
        std::fprintf(stderr, "unknown option %s\n", each.c_str());
      known = false;
    }
    if (!known)
      std::fputs(usage, stderr);
    return known;
  }
  bool wantsHelp() const {
    return std::find(list.begin(), list.end(), "--help") != list.end();
  }

private:
  const std::string *take(const std::string &prefix) {
    const std::string *last = nullptr;
    for (const std::string &each : list)
      if (prefix.back() == '=' ? each.compare(0, prefix.size(), prefix) == 0
                               : each == prefix) {
        last = &each;
        taken.push_back(&each);
      }
    return last;
  }

  std::vector<std::string> list;
  std::vector<const std::string *> taken;
};

/// Writes JSON, value by value.
class JSON {
public:
  JSON &key(const char *name) {
    text(name);
    out += ':';
    isFirst = true;
    return *this;
  }
  JSON &operator<<(double number) {
    separate();
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.9g", number);
    out += std::isfinite(number) ? buffer : "null";
    return *this;
  }
  JSON &operator<<(int64_t number) {
    separate();
    out += std::to_string(number);
    return *this;
  }
  JSON &operator<<(bool truth) {
    separate();
    out += truth ? "true" : "false";
    return *this;
  }
  JSON &operator<<(const std::string &value) {
    text(value);
    return *this;
  }
  JSON &operator<<(const char *value) { return *this << std::string(value); }
  JSON &operator<<(const std::vector<double> &values) {
    open('[');
    for (double value : values)
      *this << value;
    return close(']');
  }
  JSON &open(char bracket) {
    separate();
    out += bracket;
    isFirst = true;
    return *this;
  }
  JSON &close(char bracket) {
    out += bracket;
    isFirst = false;
    return *this;
  }
  void print() const { std::printf("%s\n", out.c_str()); }

private:
  void separate() {
    if (!isFirst)
      out += ',';
    isFirst = false;
  }
  void text(const std::string &value) {
    separate();
    out += '"';
    for (char c : value) {
      if (c == '"' || c == '\\')
        out += '\\';
      out += uint8_t(c) < 32 ? ' ' : c;
    }
    out += '"';
  }

  std::string out;
  bool isFirst = true;
};

} // namespace benchmark
} // namespace qml

#endif // QML_BENCHMARKS_CUDA_TOOLS_H
