//===- AtomicFile.cpp - Files written whole or not at all -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/AtomicFile.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qml;

/// Writes shorter than this are collected.
static constexpr size_t bufferBytes = size_t(1) << 18;

static Error cannotWrite(const std::string &path, int errorNumber) {
  return Error{"cannot write '" + path + "': " + std::strerror(errorNumber)};
}

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

/// The name behind symbolic links at the end of `path`; what they point to need
/// not exist.
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
    size_t slash = current.rfind('/');
    if (!next.empty() && next[0] != '/' && slash != std::string::npos)
      next = current.substr(0, slash + 1) + next;
    current = std::move(next);
  }
  return cannotWrite(path, ELOOP);
}

/// Opens a new file beside `target` and says in `name` which. The permissions
/// are those of any new file of this process.
static int openBeside(const std::string &target, std::string &name) {
  static std::atomic<uint32_t> counter{0};
  auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  for (int attempt = 0; attempt < 100; ++attempt) {
    char suffix[64];
    std::snprintf(suffix, sizeof(suffix), ".tmp-%lx-%lx-%x", long(::getpid()),
                  long(now & 0xffffff), unsigned(counter++));
    name = target + suffix;
    int file =
        ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0 || errno != EEXIST)
      return file;
  }
  return -1;
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
  result.descriptor = openBeside(result.target, result.temporary);
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
    temporary.clear();
  }
}

Status AtomicFile::fail(const char *action, int errorNumber) {
  if (failure.empty())
    failure = std::string("cannot ") + action + " '" + path +
              "': " + std::strerror(errorNumber);
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
      return fail("write", errno);
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
    return fail("write", EBADF);
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
    return fail("write", EBADF);
  if (Status status = flush(); !status)
    return status;
  // File systems over a network report a full disk here.
  if (::close(std::exchange(descriptor, -1)) != 0 && errno != EINTR)
    return fail("write", errno);
  if (temporary.empty())
    return {};
  if (::rename(temporary.c_str(), target.c_str()) != 0)
    return fail("write", errno);
  temporary.clear();
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
