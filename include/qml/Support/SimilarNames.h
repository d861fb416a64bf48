//===- SimilarNames.h - What a name could have meant ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_SIMILARNAMES_H
#define QML_SUPPORT_SIMILARNAMES_H

#include "qml/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <utility>
#include <vector>

namespace qml {

/// The three of many names that are most like one that nothing has, for
/// messages. Names must live as long as this.
class SimilarNames {
public:
  explicit SimilarNames(llvm::StringRef name) : name(name) {}

  void add(llvm::StringRef other) {
    if (other.empty() || std::max(name.size(), other.size()) > longest)
      return;
    // A part of a name is closer than any other text.
    bool isPart = other.contains_insensitive(name);
    found.emplace_back(isPart ? 0 : other.edit_distance_insensitive(name),
                       other);
    llvm::sort(found);
    if (found.size() > most)
      found.pop_back();
  }

  /// In quotes, the nearest first.
  std::vector<std::string> quoted() const {
    std::vector<std::string> names;
    for (const auto &[distance, other] : found)
      names.push_back(quote(other));
    return names;
  }

private:
  static constexpr size_t most = 3, longest = 256;
  llvm::StringRef name;
  std::vector<std::pair<unsigned, llvm::StringRef>> found;
};

} // namespace qml

#endif // QML_SUPPORT_SIMILARNAMES_H
