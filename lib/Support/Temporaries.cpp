//===- Temporaries.cpp - Files that must not stay -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Temporaries.h"
#include "qml/Support/Process.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <exception>
#include <fcntl.h>
#include <mutex>
#include <new>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>

using namespace qml;
using namespace qml::detail;

//===----------------------------------------------------------------------===//
// What handlers of signals may touch
//===----------------------------------------------------------------------===//

/// More files than any command writes at a time.
static constexpr size_t maxTemporaries = 64;
/// Who takes a name out owns it, a handler or the program.
static std::array<std::atomic<char *>, maxTemporaries> temporaries;

/// How many pauses there are; -1 when the process ends.
static std::atomic<int> pauses{0};
/// A signal that came in a pause; 0 for none.
static std::atomic<int> waiting{0};
static std::atomic<int> outOfMemoryCode{1};

static_assert(std::atomic<char *>::is_always_lock_free &&
                  std::atomic<int>::is_always_lock_free,
              "handlers of signals may not wait for locks");

void qml::removeTemporaries() {
  for (std::atomic<char *> &slot : temporaries)
    // The name is not freed: the allocator may be what was interrupted.
    if (char *name = slot.exchange(nullptr))
      ::unlink(name);
}

/// Removes what is there, and ends the process as the signal would have.
static void onSignal(int signal) {
  int saved = errno;
  waiting = signal;
  int none = 0;
  if (pauses.compare_exchange_strong(none, -1)) {
    removeTemporaries();
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
    // Blocked until this handler returns.
    ::raise(signal);
  }
  errno = saved;
}

SignalPause::SignalPause() {
  int count = pauses;
  for (;;) {
    if (count < 0) {
      // Another thread is in the handler: the process is about to end.
      ::pause();
      count = pauses;
    } else if (pauses.compare_exchange_weak(count, count + 1)) {
      return;
    }
  }
}

SignalPause::~SignalPause() {
  // Either this sees the signal, or the handler sees that no pause is left.
  if (pauses.fetch_sub(1) == 1)
    if (int signal = waiting)
      ::raise(signal);
}

//===----------------------------------------------------------------------===//
// The ends of a process
//===----------------------------------------------------------------------===//

void qml::setOutOfMemoryCode(int exitCode) { outOfMemoryCode = exitCode; }

void qml::dieOf(const char *reason) {
  removeTemporaries();
  // In a single piece, without memory. Nothing helps if it can't be written.
  char text[1024];
  int length = std::snprintf(text, sizeof(text), "error: %.900s\n", reason);
  ssize_t written = ::write(STDERR_FILENO, text, size_t(length));
  (void)written;
  ::_exit(outOfMemoryCode);
}

static void onOutOfMemory() {
  dieOf("there is not enough memory (or ulimit -v is too low); free some, take "
        "fewer --threads, or a smaller file");
}

static void onTerminate() {
  // The standard library throws where it can't start a thread, or is asked for
  // more than it can hold.
  dieOf("the system gives no more memory or threads (see ulimit -v and "
        "ulimit -u); take fewer --threads");
}

/// What ends a library that can't initialize itself.
static constexpr int loadingFailures[] = {SIGABRT, SIGSEGV, SIGBUS};

static void onLoadingFailure(int) { onOutOfMemory(); }

void qml::prepareLoading() {
  std::set_new_handler(onOutOfMemory);
  std::set_terminate(onTerminate);
  for (int signal : loadingFailures)
    ::signal(signal, onLoadingFailure);
}

static void finishLoading() {
  for (int signal : loadingFailures) {
    struct sigaction action = {};
    if (::sigaction(signal, nullptr, &action) == 0 &&
        action.sa_handler == onLoadingFailure)
      ::signal(signal, SIG_DFL);
  }
}

/// Sets the handler of a signal unless it is ignored, as nohup does it.
static void handle(int signal) {
  struct sigaction action = {};
  if (::sigaction(signal, nullptr, &action) != 0 ||
      action.sa_handler == SIG_IGN)
    return;
  action = {};
  action.sa_handler = onSignal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

void qml::prepareProcess() {
  finishLoading();
  // A file must not get the number of a closed standard stream, or messages
  // would go into it. This one can neither be read nor written.
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) {
      int file =
          ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
      if (file >= 0 && file != stream) {
        ::dup2(file, stream);
        ::close(file);
      }
    }
  for (int signal : {SIGTERM, SIGINT, SIGHUP})
    handle(signal);
  std::set_new_handler(onOutOfMemory);
  std::set_terminate(onTerminate);
  // Libraries end a process in their own ways.
  std::atexit(removeTemporaries);
}

void qml::ignoreFailingWrites() {
  // The write itself fails, and is reported as other failures are.
  ::signal(SIGXFSZ, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Temporary files are called so, with more after it. The name does not grow
/// with that of the target, which may be as long as the system allows.
static constexpr char prefix[] = ".qml-tmp-";

static bool remember(const std::string &name) {
  char *copy = ::strdup(name.c_str());
  if (!copy)
    return false;
  for (std::atomic<char *> &slot : temporaries) {
    char *empty = nullptr;
    if (slot.compare_exchange_strong(empty, copy))
      return true;
  }
  std::free(copy);
  return false;
}

void detail::forgetTemporary(const std::string &name) {
  // Only one of this name is there, and only its owner forgets it.
  SignalPause pause;
  for (std::atomic<char *> &slot : temporaries) {
    char *known = slot;
    if (!known || name != known)
      continue;
    if (slot.compare_exchange_strong(known, nullptr))
      std::free(known);
    return;
  }
}

/// Whether the file's process lives: it holds the lock.
static bool isAbandoned(int folder, const char *name) {
  int file =
      ::openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0)
    return false;
  struct stat status;
  bool abandoned = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                   ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  return abandoned;
}

/// Removes what killed processes have left; once in each folder.
static void collect(const std::string &folder) {
  static std::mutex mutex;
  static std::unordered_set<std::string> done;
  std::lock_guard<std::mutex> lock(mutex);
  if (!done.insert(folder).second)
    return;
  DIR *directory = ::opendir(folder.empty() ? "." : folder.c_str());
  if (!directory)
    return;
  while (struct dirent *entry = ::readdir(directory))
    if (std::strncmp(entry->d_name, prefix, sizeof(prefix) - 1) == 0 &&
        isAbandoned(::dirfd(directory), entry->d_name))
      ::unlinkat(::dirfd(directory), entry->d_name, 0);
  ::closedir(directory);
}

int detail::openTemporary(const std::string &folder, std::string &name) {
  collect(folder);
  static std::atomic<uint32_t> counter{0};
  auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  for (int attempt = 0; attempt < 100; ++attempt) {
    char rest[64];
    std::snprintf(rest, sizeof(rest), "%lx-%lx-%x", long(::getpid()),
                  long(now & 0xffffff), unsigned(counter++));
    name = folder + prefix + rest;
    SignalPause pause;
    int file =
        ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST)
      continue;
    if (file < 0)
      return -1;
    // Another process may have taken it for an abandoned one just now. A system
    // without locks has no collection either.
    struct stat status;
    bool isTaken =
        (::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
        ::fstat(file, &status) != 0 || status.st_nlink == 0;
    if (!isTaken && remember(name))
      return file;
    ::close(file);
    ::unlink(name.c_str());
    if (!isTaken) {
      errno = EMFILE;
      return -1;
    }
  }
  return -1;
}
