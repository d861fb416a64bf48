//===- AtomicFile.cpp - Files written whole or not at all -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/AtomicFile.h"

#include "Temporaries.h"
#include "qml/Support/Quote.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qml;
using namespace qml::detail;

/// Writes shorter than this are collected.
static constexpr size_t bufferBytes = size_t(1) << 18;

static Error cannotWrite(const std::string &path, int errorNumber) {
  return Error{"cannot write " + quotePath(path) + ": " +
               std::strerror(errorNumber)};
}

/// The set that waits for files, if there is one.
static OutputSet *openSet = nullptr;

/// The open descriptor that a name like /dev/stdout stands for, or -1. Such a
/// name is never renamed over, also when the stream has been redirected into a
/// regular file: whoever opened that may go on writing to it.
static int namedDescriptor(const std::string &path) {
  if (path == "-" || path == "/dev/stdout")
    return STDOUT_FILENO;
  if (path == "/dev/stderr")
    return STDERR_FILENO;
  for (const char *folder : {"/dev/fd/", "/proc/self/fd/"}) {
    size_t length = std::strlen(folder);
    if (path.compare(0, length, folder) != 0)
      continue;
    std::string digits = path.substr(length);
    if (digits.empty() || digits.size() > 6 ||
        digits.find_first_not_of("0123456789") != std::string::npos)
      continue;
    return static_cast<int>(std::strtol(digits.c_str(), nullptr, 10));
  }
  return -1;
}

/// The part of a path up to its last slash, that included.
static std::string folderOf(const std::string &path) {
  return path.substr(0, path.rfind('/') + 1);
}

/// The name that symbolic links lead to at the end of `path`; what they point
/// to need not exist.
static Result<std::string> resolveLinks(const std::string &path) {
  std::string current = path;
  for (int step = 0; step < 40; ++step) {
    struct stat status;
    if (::lstat(current.c_str(), &status) != 0 || !S_ISLNK(status.st_mode))
      return current;
    char link[PATH_MAX];
    ssize_t length = ::readlink(current.c_str(), link, sizeof(link));
    if (length < 0)
      return cannotWrite(path, errno);
    std::string next(link, size_t(length));
    if (!next.empty() && next[0] != '/')
      next = folderOf(current) + next;
    current = std::move(next);
  }
  return cannotWrite(path, ELOOP);
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  AtomicFile result;
  result.path = path;
  if (path.empty())
    return Error{"cannot write: the name of the file is empty"};

  int stream = namedDescriptor(path);
  if (stream >= 0) {
    result.descriptor = ::fcntl(stream, F_DUPFD_CLOEXEC, 0);
    if (result.descriptor < 0)
      return cannotWrite(path, errno);
    return result;
  }

  struct stat status;
  bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return cannotWrite(path, EISDIR);
  if (exists && !S_ISREG(status.st_mode)) {
    result.descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (result.descriptor < 0)
      return cannotWrite(path, errno);
    return result;
  }

  // Renaming would replace a file that is protected against writing.
  if (exists && ::access(path.c_str(), W_OK) != 0)
    return cannotWrite(path, errno);
  Result<std::string> target = resolveLinks(path);
  if (!target)
    return target.takeError();
  result.target = *target;
  result.descriptor = openTemporary(folderOf(result.target), result.temporary);
  if (result.descriptor < 0) {
    result.temporary.clear();
    return cannotWrite(path, errno);
  }
  if (exists && ::fchmod(result.descriptor, status.st_mode & 07777) != 0)
    return cannotWrite(path, errno);
  return result;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path(std::move(other.path)), target(std::move(other.target)),
      temporary(std::exchange(other.temporary, {})),
      pending(std::move(other.pending)), failure(std::move(other.failure)),
      written(other.written), descriptor(std::exchange(other.descriptor, -1)) {}

AtomicFile &AtomicFile::operator=(AtomicFile &&other) noexcept {
  if (this == &other)
    return *this;
  discard();
  path = std::move(other.path);
  target = std::move(other.target);
  temporary = std::exchange(other.temporary, {});
  pending = std::move(other.pending);
  failure = std::move(other.failure);
  written = other.written;
  descriptor = std::exchange(other.descriptor, -1);
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
  if (descriptor >= 0)
    ::close(std::exchange(descriptor, -1));
  if (!temporary.empty()) {
    ::unlink(temporary.c_str());
    forgetTemporary(temporary);
    temporary.clear();
  }
}

Status AtomicFile::fail(int errorNumber) {
  if (failure.empty())
    failure = cannotWrite(path, errorNumber).message;
  discard();
  return Error{failure};
}

Status AtomicFile::writeNow(const uint8_t *data, size_t size) {
  while (size > 0) {
    // The system takes at most 2 GiB at a time.
    size_t portion = size < (size_t(1) << 30) ? size : (size_t(1) << 30);
    ssize_t count = ::write(descriptor, data, portion);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail(errno);
    data += count;
    size -= size_t(count);
  }
  return {};
}

Status AtomicFile::flush() {
  const void *data = pending.data();
  Status status = writeNow(static_cast<const uint8_t *>(data), pending.size());
  pending.clear();
  return status;
}

Status AtomicFile::write(const void *data, size_t size) {
  if (!failure.empty())
    return Error{failure};
  if (descriptor < 0)
    return fail(EBADF);
  if (size == 0)
    return {};
  written += size;
  if (size < bufferBytes && pending.size() + size <= bufferBytes) {
    pending.append(static_cast<const char *>(data), size);
    return {};
  }
  if (Status status = flush(); !status)
    return status;
  return writeNow(static_cast<const uint8_t *>(data), size);
}

Status AtomicFile::commit() {
  if (!failure.empty())
    return Error{failure};
  if (descriptor < 0)
    return fail(EBADF);
  if (Status status = flush(); !status)
    return status;
  if (temporary.empty()) {
    if (::close(std::exchange(descriptor, -1)) != 0 && errno != EINTR)
      return fail(errno);
    return {};
  }
  // File systems over a network report a full disk here.
  if (::fsync(descriptor) != 0 && errno != EINVAL)
    return fail(errno);
  std::vector<OutputSet::File> alone;
  std::vector<OutputSet::File> &files = openSet ? openSet->files : alone;
  files.push_back({path, std::move(target), std::exchange(temporary, {}),
                   std::exchange(descriptor, -1)});
  return openSet ? Status() : OutputSet::giveNames(files);
}

//===----------------------------------------------------------------------===//
// Sets of files
//===----------------------------------------------------------------------===//

namespace {
/// A temporary file, and whose place it takes.
struct Move {
  const char *temporary;
  const char *target;
  enum { Waiting, Exchanged, Created, Replaced } state = Waiting;
};
} // namespace

/// Puts the temporary file in the place of the target, and what was there in
/// its own, if it can. Returns 0 or an error's number.
static int exchange(Move &move) {
  // Folders could be exchanged, too.
  struct stat status;
  if (::lstat(move.target, &status) == 0 && S_ISDIR(status.st_mode))
    return EISDIR;
  if (::renameat2(AT_FDCWD, move.temporary, AT_FDCWD, move.target,
                  RENAME_EXCHANGE) == 0) {
    move.state = Move::Exchanged;
    return 0;
  }
  bool isNew = errno == ENOENT;
  // The file system may not know how to exchange.
  if (::rename(move.temporary, move.target) != 0)
    return errno;
  move.state = isNew ? Move::Created : Move::Replaced;
  return 0;
}

/// Moves all files or none; calls the system alone, since it may run in a copy
/// of a process with many threads. Returns 0 or an error's number, and in
/// `failed` whose it is.
static int moveAll(Move *moves, size_t count, size_t &failed) {
  for (size_t i = 0; i != count; ++i) {
    int error = exchange(moves[i]);
    if (!error)
      continue;
    failed = i;
    while (i-- > 0) {
      if (moves[i].state == Move::Exchanged)
        (void)::renameat2(AT_FDCWD, moves[i].temporary, AT_FDCWD,
                          moves[i].target, RENAME_EXCHANGE);
      else if (moves[i].state == Move::Created)
        (void)::rename(moves[i].target, moves[i].temporary);
    }
    return error;
  }
  for (size_t i = 0; i != count; ++i)
    if (moves[i].state == Move::Exchanged)
      ::unlink(moves[i].temporary);
  return 0;
}

/// The same in a process of its own, in a session of its own: nothing that ends
/// this one, and be it SIGKILL, leaves half of the files.
static int moveApart(Move *moves, size_t count, size_t &failed) {
  if (count == 1) {
    // A single name is given at once.
    failed = 0;
    return ::rename(moves[0].temporary, moves[0].target) != 0 ? errno : 0;
  }
  int answer[2];
  if (::pipe2(answer, O_CLOEXEC) != 0)
    return moveAll(moves, count, failed);
  int child = ::_Fork();
  if (child == 0) {
    ::setsid();
    size_t reply[2] = {0, 0};
    reply[0] = size_t(moveAll(moves, count, reply[1]));
    ssize_t written = ::write(answer[1], reply, sizeof(reply));
    ::_exit(written == ssize_t(sizeof(reply)) ? 0 : 1);
  }
  ::close(answer[1]);
  int error = 0;
  if (child < 0) {
    error = moveAll(moves, count, failed);
  } else {
    size_t reply[2] = {size_t(EIO), 0};
    ssize_t size;
    do
      size = ::read(answer[0], reply, sizeof(reply));
    while (size < 0 && errno == EINTR);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    error = int(reply[0]);
    failed = reply[1];
  }
  ::close(answer[0]);
  return error;
}

Status OutputSet::giveNames(std::vector<File> &files) {
  if (files.empty())
    return {};
  std::vector<Move> moves;
  for (const File &file : files)
    moves.push_back({file.temporary.c_str(), file.target.c_str()});
  int error = 0;
  size_t failed = 0;
  {
    SignalPause pause;
    error = moveApart(moves.data(), moves.size(), failed);
    if (error == 0)
      for (const File &file : files)
        forgetTemporary(file.temporary);
  }
  Status status;
  if (error != 0)
    status = cannotWrite(files[failed].path, error);
  else
    // The names, too, are to survive the machine's end; files whose folder
    // can't be opened do without.
    for (const File &file : files) {
      std::string folder = folderOf(file.target);
      int directory = ::open(folder.empty() ? "." : folder.c_str(),
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (directory < 0)
        continue;
      ::fsync(directory);
      ::close(directory);
    }
  discard(files);
  return status;
}

void OutputSet::discard(std::vector<File> &files) {
  for (const File &file : files) {
    // Gone if it got its name.
    ::unlink(file.temporary.c_str());
    forgetTemporary(file.temporary);
    ::close(file.descriptor);
  }
  files.clear();
}

OutputSet::OutputSet() {
  assert(!openSet && "one set of outputs at a time");
  openSet = this;
}

OutputSet::~OutputSet() {
  discard(files);
  openSet = nullptr;
}

Status OutputSet::commit() { return giveNames(files); }

/// Where an output goes: the same text for the same place. Empty for a device,
/// which may be written twice, and for what can't be written anyway.
static std::string placeOf(const std::string &path) {
  struct stat status;
  auto number = [&](const char *kind) {
    return std::string(kind) + std::to_string(status.st_dev) + ":" +
           std::to_string(status.st_ino);
  };
  int stream = namedDescriptor(path);
  bool exists = stream >= 0
                    ? ::fstat(stream, &status) == 0
                    : !path.empty() && ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISCHR(status.st_mode) && stream < 0)
    return "";
  if (exists && (stream >= 0 || !S_ISREG(status.st_mode)))
    return number("file ");
  Result<std::string> target = resolveLinks(path);
  if (!target || path.empty())
    return "";
  std::string folder = folderOf(*target);
  std::string name = target->substr(folder.size());
  if (::stat(folder.empty() ? "." : folder.c_str(), &status) != 0)
    return "";
  return number("folder ") + "/" + name;
}

Status qml::checkOutputsDiffer(const std::vector<std::string> &paths) {
  std::map<std::string, const std::string *> places;
  for (const std::string &path : paths) {
    std::string place = placeOf(path);
    if (place.empty())
      continue;
    auto [found, isNew] = places.emplace(place, &path);
    if (!isNew)
      return Error{"outputs " + quotePath(*found->second) + " and " +
                   quotePath(path) +
                   " are the same file; give each output a path of its own"};
  }
  return {};
}

Status qml::writeFile(const std::string &path, std::string_view contents) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (Status status = file->write(contents); !status)
    return status;
  return file->commit();
}
