//===- AtomicFile.h - Files written whole or not at all ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Output goes to a temporary name beside the target, which it replaces when
// everything has been written. Pipes and devices are written directly. Several
// files can replace their targets together.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_ATOMICFILE_H
#define QML_SUPPORT_ATOMICFILE_H

#include "qml/Support/Bytes.h"
#include "qml/Support/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qml {

/// A file being written. What has not been committed when the object dies is
/// removed, and an older file of that name stays as it was. A symbolic link is
/// followed: what it points to is replaced. `-`, /dev/stdout and other targets
/// that are no regular files are written directly.
///
/// The first failure is kept: later calls return it again.
class AtomicFile {
public:
  static Result<AtomicFile> create(const std::string &path);

  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&other) noexcept;
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;
  ~AtomicFile();

  Status write(const void *data, size_t size);
  Status write(std::string_view text) {
    return write(text.data(), text.size());
  }

  /// Where the data is before `commit`, for writers that open it by its name;
  /// empty if the target is written directly.
  const std::string &getTemporary() const { return temporary; }

  /// Bytes given to `write` so far.
  uint64_t position() const { return written; }

  /// Sees that all is on the disk, and gives the file its name; while there is
  /// an OutputSet, that set does so. Call once.
  Status commit();

private:
  AtomicFile() = default;
  Status flush();
  Status writeNow(const uint8_t *data, size_t size);
  Status fail(int errorNumber);
  void discard();

  std::string path;
  /// Where the data is renamed to: `path` with links resolved.
  std::string target;
  /// Empty if the target is written directly.
  std::string temporary;
  std::string pending;
  std::string failure;
  uint64_t written = 0;
  int descriptor = -1;
};

/// Files that belong together. While one lives, every AtomicFile that is
/// committed waits in it, complete and on the disk, for the others; `commit`
/// gives all of them their names. Without that, none of them gets one. There is
/// at most one at a time.
///
/// If a file can't get its name, those that have theirs give them back, where
/// the file system can exchange names. Neither a signal nor the death of this
/// process, also by SIGKILL, comes between two names: another process gives
/// them. The death of the machine may.
class OutputSet {
public:
  OutputSet();
  OutputSet(const OutputSet &) = delete;
  OutputSet &operator=(const OutputSet &) = delete;
  ~OutputSet();

  Status commit();

private:
  friend class AtomicFile;
  /// One that is complete, but for its name.
  struct File {
    std::string path, target, temporary;
    /// Open for the lock on it.
    int descriptor;
  };
  static Status giveNames(std::vector<File> &files);
  static void discard(std::vector<File> &files);

  std::vector<File> files;
};

/// An error if two of these outputs are one file, by whatever names; those that
/// are empty are none.
Status checkOutputsDiffer(const std::vector<std::string> &paths);

/// Writes a whole file as `AtomicFile` does.
Status writeFile(const std::string &path, std::string_view contents);

} // namespace qml

#endif // QML_SUPPORT_ATOMICFILE_H
