//===- Workers.cpp - Processes that calibrate together --------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How processes agree on whether to go on.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Workers.h"

#include <algorithm>

namespace qml {

std::string Workers::nameOf(int rank) const {
  return "process " + std::to_string(rank + 1) + " of " +
         std::to_string(count());
}

Status Workers::agree(Status mine, const std::string &step) {
  // The step, and after the line what went wrong, if anything did.
  auto texts = gather(step + (mine ? "\n" : "\n!" + mine.message()));
  if (!texts) {
    hasFailed = true;
    return mine ? Status(texts.takeError()) : std::move(mine);
  }
  auto isError = [](const std::string &text) {
    size_t line = text.find('\n');
    return line != std::string::npos && line + 1 < text.size();
  };
  auto first = std::find_if(texts->begin(), texts->end(), isError);
  if (first != texts->end()) {
    hasFailed = true;
    std::string message = first->substr(first->find('\n') + 2);
    bool isSame = std::all_of(texts->begin(), texts->end(),
                              [&](auto &text) { return text == *first; });
    if (isSame)
      return Error{message};
    return Error{nameOf(int(first - texts->begin())) + ": " + message};
  }
  // Whoever counts on the others has to be where they are.
  for (size_t i = 1; i < texts->size(); ++i)
    if ((*texts)[i] != texts->front()) {
      hasFailed = true;
      return Error{nameOf(int(i)) + " does something else than " + nameOf(0) +
                   ": start all of them with the same command line"};
    }
  return {};
}

} // namespace qml
