//===- Workers.h - Processes that calibrate together ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the processes of one job (mpirun -n N qml ...) have to tell each other.
// All processes call the same functions in the same order.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_WORKERS_H
#define QML_CALIBRATION_WORKERS_H

#include "qml/Support/Result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace qml {

class Workers {
public:
  virtual ~Workers() = default;

  /// Number of processes, and which of them this is, from 0 on.
  virtual int count() const = 0;
  virtual int rank() const = 0;
  /// Number of this process among those on the same machine.
  virtual int localRank() const = 0;
  bool isFirst() const { return rank() == 0; }

  /// Replaces each value by the largest of all processes.
  virtual Status maximum(std::vector<int32_t> &values) = 0;
  /// Replaces each value by the sum over all processes.
  virtual Status sum(std::vector<uint64_t> &values) = 0;
  /// The texts of all processes, in their order.
  virtual Result<std::vector<std::string>> gather(const std::string &text) = 0;

  /// Success if all processes bring success, and the same `step` of the job;
  /// else the first error in their order, on all of them, and which process met
  /// it unless all met the same.
  Status agree(Status mine, const std::string &step = "");

  /// Whether an agreement has failed, which all processes know then: the job is
  /// over.
  bool isOver() const { return hasFailed; }

  /// As messages call it, and people count: "process 1 of 4" is the first.
  std::string nameOf(int rank) const;

private:
  bool hasFailed = false;
};

} // namespace qml

#endif // QML_CALIBRATION_WORKERS_H
