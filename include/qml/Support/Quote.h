//===- Quote.h - Untrusted text in messages and tables ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names, keys and types come from files of anyone. What a terminal would obey,
// and what would look like another line, is shown instead of sent.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_QUOTE_H
#define QML_SUPPORT_QUOTE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qml {

/// Most bytes of a name that a message shows.
constexpr size_t maxQuotedBytes = 160;
/// Most bytes of a message; also enough for any path.
constexpr size_t maxMessageBytes = 6000;

/// `text` on one line of valid UTF-8: control characters, line separators,
/// marks that change the direction of writing, and bytes that are no UTF-8
/// become
/// \n, \x1b, \u202e. Of more than `most` bytes the middle is left out, and said
/// to be: "aaaa... (1000 bytes left out) ...aaaa".
std::string printable(std::string_view text, size_t most = maxQuotedBytes);

/// The same in single quotes.
std::string quote(std::string_view text, size_t most = maxQuotedBytes);

/// A path in single quotes: of any length, since it was typed by the user.
std::string quotePath(std::string_view path);

/// A number of any size with as few digits as tell it from others: 0.1, 1e-12,
/// inf.
std::string showNumber(float value);
std::string showNumber(double value);

/// How many of something: "1 sample", "2 samples",
/// "2 biases".
std::string showCount(int64_t number, std::string_view what);

} // namespace qml

#endif // QML_SUPPORT_QUOTE_H
