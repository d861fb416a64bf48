//===- WorkersComponent.h - What libQMLMPI.so exports -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The component that knows MPI: a shared object of its own, so that the tools
// run where there is none. The same compiler makes it and the tools.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_WORKERSCOMPONENT_H
#define QML_CALIBRATION_WORKERSCOMPONENT_H

#include "qml/Calibration/Workers.h"

namespace qml {

/// Raised with every change of Workers or of what stands below; the component's
/// must be the program's.
constexpr int workersComponentVersion = 1;

/// The processes that a launcher has started.
class JobWorkers : public Workers {
public:
  /// "Open MPI v4.1.4"
  virtual std::string library() const = 0;

  /// Number of processes on this machine.
  virtual int localCount() const = 0;

  /// Returns when all processes have called it: what they do together ends
  /// here. If they can't reach each other any more, ends them all instead, with
  /// exit code 1.
  virtual void leave() = 0;
};

} // namespace qml

extern "C" {
int qmlWorkersComponentVersion();
/// Meets the other processes, once. The workers live as long as the process;
/// null, and a message in `error`, if there are none.
qml::JobWorkers *qmlStartWorkers(std::string &error);
}

#endif // QML_CALIBRATION_WORKERSCOMPONENT_H
