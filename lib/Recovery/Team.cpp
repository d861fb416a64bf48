//===- Team.cpp - Processes that recover accuracy together ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Team.h"

#include "qml/Calibration/Fingerprint.h"

namespace qml {

Status Team::compare(const std::string &description) {
  if (!workers)
    return {};
  auto descriptions = workers->gather(description);
  Status status = descriptions ? compareDescriptions(*descriptions, *workers)
                               : Status(descriptions.takeError());
  return agree(std::move(status), "inputs of the recovery");
}

} // namespace qml
