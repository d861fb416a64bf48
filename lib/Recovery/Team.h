//===- Team.h - Processes that recover accuracy together --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What processes of a job do together; alone, nothing of it is to be done.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_RECOVERY_TEAM_H
#define QML_LIB_RECOVERY_TEAM_H

#include "qml/Calibration/Workers.h"

namespace qml {

class Team {
public:
  explicit Team(Workers *workers) : workers(workers) {}

  bool isAlone() const { return !workers; }
  int count() const { return workers ? workers->count() : 1; }
  int rank() const { return workers ? workers->rank() : 0; }
  bool isFirst() const { return rank() == 0; }

  /// Success if all have it, and are at the same step; comes before all that is
  /// done together, since a process that left would be waited for.
  Status agree(Status mine, const std::string &step) {
    return workers ? workers->agree(std::move(mine), step) : std::move(mine);
  }
  Status sum(std::vector<uint64_t> &values) {
    return workers ? workers->sum(values) : Status();
  }
  Status maximum(std::vector<int32_t> &values) {
    return workers ? workers->maximum(values) : Status();
  }
  /// Fails unless all describe the same, see Fingerprint.h.
  Status compare(const std::string &description);

private:
  Workers *workers;
};

} // namespace qml

#endif // QML_LIB_RECOVERY_TEAM_H
