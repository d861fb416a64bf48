//===- Job.cpp - Tools that mpirun starts several times -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the launcher says in the environment, who speaks, and how processes end.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/Job.h"

#include "qml/Calibration/WorkersComponent.h"
#include "qml/Support/Component.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

namespace qml {

namespace {

/// What a launcher says of this process.
struct Launch {
  /// 0 if it does not say.
  int count = 1;
  int rank = 0;
};

/// When a signal comes, what can be said.
enum Phase { Calibrating, Writing, Written, Over };

struct Job {
  JobWorkers *workers = nullptr;
  Launch launch;
  /// Where the others' messages go, to be told by the first process.
  int said = -1;
};

} // namespace

static Job job;
static volatile std::sig_atomic_t phase = Calibrating;
static volatile std::sig_atomic_t isOneLost = 0;
/// The standard error as it was, for last words.
static int terminal = STDERR_FILENO;
static char lateMessage[256];
static constexpr char lostLate[] =
    "error: another process of this job was lost, or the job was ended, when "
    "all files had been written\n";

//===----------------------------------------------------------------------===//
// The launcher
//===----------------------------------------------------------------------===//

/// A number in the environment, -1 if there is none.
static int getNumber(const char *variable) {
  const char *text = std::getenv(variable);
  if (!text || !*text)
    return -1;
  char *end = nullptr;
  long number = std::strtol(text, &end, 10);
  return *end || number < 0 || number > 1 << 24 ? -1 : int(number);
}

static Launch findLaunch() {
  static constexpr const char *variables[][2] = {
      {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"}, // Open MPI
      {"PMI_SIZE", "PMI_RANK"},                         // MPICH, Slurm's pmi2
      {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},   // MVAPICH
      {"SLURM_STEP_NUM_TASKS", "PMIX_RANK"}};           // Slurm's pmix
  for (auto [size, rank] : variables)
    if (getNumber(size) > 0 && getNumber(rank) >= 0)
      return {getNumber(size), getNumber(rank)};
  if (int rank = getNumber("PMIX_RANK"); rank >= 0)
    return {0, rank};
  return {};
}

//===----------------------------------------------------------------------===//
// Last words
//===----------------------------------------------------------------------===//

static void say(const char *text) {
  // Nothing can be done if it can't be said.
  ssize_t written = ::write(terminal, text, std::strlen(text));
  (void)written;
}

/// The launcher ends all processes if one is lost.
static void onTermination(int) {
  if (phase == Writing) {
    isOneLost = 1;
    return;
  }
  if (phase == Calibrating)
    say("error: another process of this job was lost, or the job was ended; "
        "nothing was written\n");
  if (phase == Written)
    say(lostLate);
  ::_exit(1);
}

static void onAlarm(int) {
  say(lateMessage);
  ::_exit(1);
}

static void setHandler(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

/// Ends a process that has not met the others. They mostly have the same
/// problem: the first says so, upon which the launcher ends them.
[[noreturn]] static void failAlone(const std::string &message) {
  ::alarm(0);
  std::string text = "error: " + message + "\n";
  if (job.launch.rank != 0) {
    ::sleep(5);
    text = "error: process " + std::to_string(job.launch.rank + 1) + ": " +
           message + "\n";
  }
  say(text.c_str());
  ::_exit(1);
}

//===----------------------------------------------------------------------===//
// Start
//===----------------------------------------------------------------------===//

/// Keeps what is said for the first process to tell, if it is an error.
static void fallSilent() {
  terminal = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  job.said = ::memfd_create("stderr", MFD_CLOEXEC);
  int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(job.said >= 0 ? job.said : nowhere, STDERR_FILENO);
  ::close(nowhere);
}

static void startWorkers() {
  std::string path = Component::findPath("libQMLMPI", "QML_MPI_LIBRARY");
  auto explain = [&](const std::string &problem) {
    failAlone("this is one of several processes that mpirun started, which "
              "need the component for MPI to share their work: " +
              problem +
              "; install MPI (on Debian libopenmpi-dev and openmpi-bin) and "
              "build QML again, set QML_MPI_LIBRARY to its libQMLMPI.so, or "
              "start a single process");
  };
  // Open MPI loads plugins that use its symbols.
  Result<Component> component =
      Component::load(path, Component::Symbols::Global);
  if (!component)
    explain(component.message());
  auto *version = component->find<decltype(qmlWorkersComponentVersion)>(
      "qmlWorkersComponentVersion");
  auto *start = component->find<decltype(qmlStartWorkers)>("qmlStartWorkers");
  if (!version || !start || version() != workersComponentVersion)
    explain(path + " was built for another version of QML");
  std::string error;
  job.workers = start(error);
  if (!job.workers)
    failAlone(error);
}

/// When a library ends the process, the others have to know.
static void onExit(int exitCode, void *) {
  int agreed = endJob(exitCode);
  if (agreed != exitCode) {
    std::fflush(nullptr);
    ::_exit(agreed);
  }
}

void startJob() {
  job.launch = findLaunch();
  if (job.launch.count == 1)
    return;
  if (job.launch.rank != 0)
    fallSilent();
  else
    setHandler(SIGTERM, onTermination);

  // MPI waits for processes that never come.
  int seconds = getNumber("QML_MPI_START_SECONDS");
  if (seconds < 1)
    seconds = 120;
  std::snprintf(lateMessage, sizeof lateMessage,
                "error: not all processes of this job have started within %d "
                "s (QML_MPI_START_SECONDS); nothing was written\n",
                seconds);
  setHandler(SIGALRM, onAlarm);
  // The first process says so.
  ::alarm(unsigned(job.launch.rank == 0 ? seconds : seconds + 10));
  startWorkers();
  ::alarm(0);

  // A launcher of another MPI leaves each process alone.
  bool isCountRight =
      job.launch.count == 0 || job.workers->count() == job.launch.count;
  if (!isCountRight || job.workers->rank() != job.launch.rank)
    failAlone("the launcher has started " + std::to_string(job.launch.count) +
              " processes, " + job.workers->library() + " finds " +
              std::to_string(job.workers->count()) +
              ": start them with the mpirun of " + job.workers->library());
  ::on_exit(onExit, nullptr);
}

Workers *getWorkers() {
  return job.workers && job.workers->count() > 1 ? job.workers : nullptr;
}

bool isFirstProcess() { return !job.workers || job.workers->isFirst(); }

int getThreads() {
  if (!getWorkers())
    return 0;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0)
    return 1;
  int count = CPU_COUNT(&cores);
  // A launcher may have dealt the cores out already.
  if (count == int(::sysconf(_SC_NPROCESSORS_ONLN)))
    count /= job.workers->localCount();
  return count > 1 ? count : 1;
}

void beginWriting() {
  if (job.workers)
    phase = Writing;
}

//===----------------------------------------------------------------------===//
// End
//===----------------------------------------------------------------------===//

/// The first error among the lines that a silent process has said; the last
/// line if none says that it is one.
static std::string findError(int exitCode) {
  std::string text;
  char buffer[4096];
  for (ssize_t size;
       text.size() < 1 << 20 && (size = ::pread(job.said, buffer, sizeof buffer,
                                                off_t(text.size()))) > 0;)
    text.append(buffer, size_t(size));
  std::string last, line;
  for (std::istringstream lines(text); std::getline(lines, line);) {
    static const std::string marker = "error: ";
    // What stands before it is a place.
    if (size_t found = line.find(marker); found != std::string::npos)
      return line.erase(found, marker.size());
    if (!line.empty() && line.find("warning: ") == std::string::npos)
      last = line;
  }
  return last.empty() ? "it ended with exit code " + std::to_string(exitCode)
                      : last;
}

int endJob(int exitCode) {
  if (!job.workers)
    return exitCode;
  std::fflush(nullptr);
  phase = exitCode ? Over : Written;
  if (isOneLost)
    onTermination(SIGTERM);
  JobWorkers &workers = *job.workers;
  if (!workers.isOver()) {
    Status mine;
    if (exitCode)
      mine = Error{workers.isFirst() ? "" : findError(exitCode)};
    Status status = workers.agree(std::move(mine), "end");
    if (!status && !exitCode) {
      exitCode = 1;
      if (workers.isFirst())
        say(("error: " + status.message() + "\n").c_str());
    }
  }
  // When one has ended with an error, the launcher ends the rest.
  phase = Over;
  workers.leave();
  job.workers = nullptr;
  return exitCode;
}

} // namespace qml
