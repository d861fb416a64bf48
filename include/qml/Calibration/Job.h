//===- Job.h - Tools that mpirun starts several times -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mpirun -n N qml quantize ... starts N processes that calibrate together. Only
// the first one speaks and writes; the others work along until the ranges are
// there, and end with the same exit code. A tool's main brackets its work with
// startJob and endJob.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_JOB_H
#define QML_CALIBRATION_JOB_H

#include "qml/Calibration/Workers.h"

namespace qml {

/// The first call of a tool's main. If a launcher has started several
/// processes, meets the others, by the component libQMLMPI.so; all but the
/// first say nothing from here on. Ends the process if that can't be done: it
/// never goes on as if it were alone.
///
/// If another process is lost, the launcher ends the rest. Up to beginWriting
/// the first process says that nothing was written.
void startJob();

/// The processes of this job; null if this one is alone.
Workers *getWorkers();
/// Whether this process is the one that writes, alone or for the others.
bool isFirstProcess();

/// How many threads to take if nobody says: this process's share of the
/// machine's cores; 0 for one per core if it is alone.
int getThreads();

/// The others are not needed any more: files are written now, whole, even if
/// one of them is lost.
void beginWriting();

/// The last call of a tool's main: the exit code, not 0 if any process failed;
/// the first one says what happened to others. If a library ends the process,
/// this is called on the way.
int endJob(int exitCode);

} // namespace qml

#endif // QML_CALIBRATION_JOB_H
