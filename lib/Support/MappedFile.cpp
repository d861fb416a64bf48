//===- MappedFile.cpp - Reading files without a copy ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/MappedFile.h"

#include "qml/Support/Quote.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qml;

namespace {
/// Closes a descriptor that it owns.
class Descriptor {
public:
  Descriptor(int number, bool owned) : number(number), owned(owned) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (owned && number >= 0)
      ::close(number);
  }
  operator int() const { return number; }

private:
  int number;
  bool owned;
};

/// Ends a mapping; its type tells mapped bytes from others.
struct Unmap {
  size_t size;
  void operator()(const void *start) const {
    ::munmap(const_cast<void *>(start), size);
  }
};
} // namespace

static Error cannotRead(const std::string &path, int errorNumber) {
  return Error{"cannot read " + quotePath(path) + ": " +
               std::strerror(errorNumber)};
}

static Error tooLong(const std::string &path, size_t maxStream) {
  return Error{quotePath(path) + " is no regular file and holds more than " +
               std::to_string(maxStream) +
               " bytes; save it to a regular file first"};
}

static Result<Bytes> mapRegular(int file, size_t size,
                                const std::string &path) {
  Bytes bytes;
  // An empty range cannot be mapped.
  if (size == 0) {
    static const uint8_t nothing = 0;
    bytes.data = &nothing;
    return bytes;
  }
  void *start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (start == MAP_FAILED)
    return cannotRead(path, errno);
  bytes.owner = std::shared_ptr<const void>(static_cast<const void *>(start),
                                            Unmap{size});
  bytes.data = static_cast<const uint8_t *>(start);
  bytes.size = size;
  return bytes;
}

static Result<Bytes> readStream(int file, const std::string &path,
                                size_t maxStream) {
  ByteBuffer buffer;
  for (;;) {
    size_t filled = buffer.size();
    if (filled > maxStream)
      return tooLong(path, maxStream);
    // One byte more than allowed tells a full stream from one too long.
    size_t wanted = std::max<size_t>(size_t(1) << 16, filled * 2);
    wanted = std::min(wanted, maxStream + 1);
    if (!buffer.reserve(wanted))
      return cannotRead(path, ENOMEM);
    ssize_t count = ::read(file, buffer.data() + filled, wanted - filled);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return cannotRead(path, errno);
    if (count == 0)
      break;
    if (!buffer.resize(filled + size_t(count)))
      return cannotRead(path, ENOMEM);
  }
  if (!buffer.reserve(1))
    return cannotRead(path, ENOMEM);
  return std::move(buffer).take();
}

/// Opens, and reads or maps, what is at `path`.
static Result<Bytes> openAndRead(const std::string &path, size_t maxStream) {
  bool standardInput = path == "-";
  Descriptor file(standardInput ? STDIN_FILENO
                                : ::open(path.c_str(), O_RDONLY | O_CLOEXEC),
                  !standardInput);
  if (file < 0)
    return cannotRead(path, errno);
  struct stat status;
  if (::fstat(file, &status) != 0)
    return cannotRead(path, errno);
  if (S_ISDIR(status.st_mode))
    return cannotRead(path, EISDIR);
  // Files that the system makes up (/proc) say that they are regular and empty.
  // A standard input that was partly read begins where that ended.
  bool mappable = S_ISREG(status.st_mode) && status.st_size > 0 &&
                  (!standardInput || ::lseek(file, 0, SEEK_CUR) == 0);
  if (mappable)
    return mapRegular(file, size_t(status.st_size), path);
  return readStream(file, path, maxStream);
}

Result<Bytes> qml::readFile(const std::string &path, size_t maxStream) {
  struct stat status;
  bool isOnce = path == "-" || (::stat(path.c_str(), &status) == 0 &&
                                S_ISFIFO(status.st_mode));
  if (!isOnce)
    return openAndRead(path, maxStream);
  static std::mutex mutex;
  static std::map<std::string, Bytes> kept;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = kept.find(path);
  if (found == kept.end()) {
    Result<Bytes> bytes = openAndRead(path, maxStream);
    if (!bytes)
      return bytes;
    found = kept.emplace(path, std::move(*bytes)).first;
  }
  if (found->second.size > maxStream)
    return tooLong(path, maxStream);
  return found->second;
}

void qml::releasePages(const Bytes &bytes) {
  static const auto page = size_t(::sysconf(_SC_PAGESIZE));
  if (bytes.size < page || !std::get_deleter<Unmap>(bytes.owner))
    return;
  size_t misplaced = reinterpret_cast<uintptr_t>(bytes.data) % page;
  size_t skipped = misplaced == 0 ? 0 : page - misplaced;
  if (bytes.size < skipped + page)
    return;
  size_t whole = (bytes.size - skipped) / page * page;
  ::madvise(const_cast<uint8_t *>(bytes.data) + skipped, whole, MADV_DONTNEED);
}
