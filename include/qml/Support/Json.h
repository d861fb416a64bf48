//===- Json.h - Where JSON goes wrong ---------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Files are parsed without exceptions, which tells that they are damaged, but
// not where; so one that is gets parsed a second time. In a header, since this
// library itself is built where there is no JSON.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_JSON_H
#define QML_SUPPORT_JSON_H

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace qml {

namespace detail {
/// Takes a text and remembers its first problem.
struct JsonChecker : nlohmann::json_sax<nlohmann::json> {
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t &) override { return true; }
  bool string(string_t &) override { return true; }
  bool binary(binary_t &) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t &) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::detail::exception &problem) override {
    end = position;
    what = problem.what();
    return false;
  }

  std::size_t end = 0;
  std::string what;
};
} // namespace detail

/// Of a text that is no JSON: "line 3, column 7: unexpected end of input; ...";
/// columns count bytes.
inline std::string findJsonProblem(const std::string &text) {
  detail::JsonChecker checker;
  if (nlohmann::json::sax_parse(text, &checker))
    return "";
  std::size_t position = std::min(checker.end, text.size());
  // Where the last byte that was read stands.
  std::size_t last = position == 0 ? 0 : position - 1;
  std::size_t newline =
      last == 0 ? std::string::npos : text.rfind('\n', last - 1);
  std::size_t column = last - (newline == std::string::npos ? -1 : newline);
  auto line = 1 + std::count(text.begin(), text.begin() + last, '\n');
  // The library's own text begins with its name and the place.
  std::string what = checker.what;
  for (const char *end :
       {"parse error at ", ": ", "syntax error while parsing ", " - "})
    if (std::size_t at = what.find(end); at != std::string::npos)
      what.erase(0, at + std::string(end).size());
  constexpr std::size_t most = 200;
  if (what.size() > most)
    what = what.substr(0, most) + "...";
  return "line " + std::to_string(line) + ", column " + std::to_string(column) +
         ": " + what;
}

} // namespace qml

#endif // QML_SUPPORT_JSON_H
