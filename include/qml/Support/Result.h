//===- Result.h - A value or the message of an error ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The error type of the libraries that know nothing of MLIR or LLVM. A message
// is one sentence for a person: what was found, what is allowed, what to
// change. Callers that have a location turn it into a diagnostic.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_RESULT_H
#define QML_SUPPORT_RESULT_H

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace qml {

/// What a caller may do about an error.
enum class ErrorKind : uint8_t {
  Other,       ///< report it
  OutOfMemory, ///< try with less, or report it
  Unsupported, ///< try another way to the same result, or report it
};

/// What went wrong, as one sentence without a trailing period.
struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::Other;
};

/// Either a `T` or an `Error`. Test before use:
///
///   Result<NpyArray> array = NpyArray::open(path);
///   if (!array)
///     return array.takeError();
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : storage(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : storage(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return storage.index() == 0; }

  T &operator*() {
    assert(*this && "value of a failed result");
    return *std::get_if<0>(&storage);
  }
  const T &operator*() const {
    assert(*this && "value of a failed result");
    return *std::get_if<0>(&storage);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  const std::string &message() const {
    assert(!*this && "message of a successful result");
    return std::get_if<1>(&storage)->message;
  }
  ErrorKind kind() const {
    assert(!*this && "kind of a successful result");
    return std::get_if<1>(&storage)->kind;
  }
  Error takeError() { return std::move(*std::get_if<1>(&storage)); }

private:
  std::variant<T, Error> storage;
};

/// Success, or an `Error`.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Error error) : error(std::move(error)), failed(true) {}

  /// True on success, as for Result.
  explicit operator bool() const { return !failed; }
  const std::string &message() const { return error.message; }
  ErrorKind kind() const { return error.kind; }
  Error takeError() { return std::move(error); }

private:
  Error error;
  bool failed = false;
};

} // namespace qml

#endif // QML_SUPPORT_RESULT_H
