//===- Zip.h - Zip archives -------------------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The container of .npz and .keras files: stored and deflated members, with the
// 64-bit fields of archives and members over 4 GiB.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_ZIP_H
#define QML_SUPPORT_ZIP_H

#include "qml/Support/AtomicFile.h"
#include "qml/Support/Bytes.h"
#include "qml/Support/MemoryBudget.h"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace qml {

/// A member, as the archive's directory describes it.
struct ZipEntry {
  std::string name;
  /// 0 is stored, 8 deflated.
  uint16_t method = 0;
  uint16_t flags = 0;
  uint32_t crc = 0;
  uint64_t compressedSize = 0;
  uint64_t size = 0;
  /// Of the local header.
  uint64_t offset = 0;
};

/// Most bytes that a compressed member may unpack to; members that are stored
/// as they are have no limit.
constexpr uint64_t maxInflatedBytes = uint64_t(1) << 33;

/// An archive that is being read.
class ZipReader {
public:
  static Result<ZipReader> open(const std::string &path);
  /// Takes `bytes` for an archive; errors call it `name`.
  static Result<ZipReader> parse(const Bytes &bytes, const std::string &name);

  const std::vector<ZipEntry> &entries() const { return members; }
  /// Null if there is none of that name.
  const ZipEntry *find(const std::string &name) const;
  /// The path, or what else the archive was called.
  const std::string &name() const { return archive; }

  /// The contents of a member: a view if it is stored, else unpacked. The size
  /// and the checksum are verified. Memory grows with what is really unpacked,
  /// whatever the directory says, up to `limit`, and up to what the budget of
  /// the archive has left for a member that is read for the first time.
  Result<Bytes> read(const ZipEntry &entry,
                     uint64_t limit = maxInflatedBytes) const;

  /// For what is unpacked from a member in turn.
  std::shared_ptr<MemoryBudget> budget() const { return spending->budget; }

private:
  struct Spending {
    std::shared_ptr<MemoryBudget> budget;
    std::mutex mutex;
    /// The members that were unpacked, by their offsets.
    std::unordered_set<uint64_t> members;
  };
  bool spend(const ZipEntry &entry) const;

  Bytes bytes;
  std::shared_ptr<Spending> spending;
  std::string archive;
  std::vector<ZipEntry> members;
  std::unordered_map<std::string, size_t> indices;
};

struct ZipOptions {
  /// Deflate members; one that would not get smaller is stored.
  bool compress = true;
  /// Write the 64-bit fields also where they are not needed.
  bool forceZip64 = false;
};

/// An archive that is being written, atomically. The same contents give the
/// same bytes: all members carry the date 1980-01-01.
class ZipWriter {
public:
  static Result<ZipWriter> create(const std::string &path,
                                  ZipOptions options = {});

  /// Adds a member of the given parts, one after the other. If it is stored,
  /// the data begins at a multiple of 64 bytes.
  Status add(const std::string &name,
             const std::vector<std::string_view> &parts);

  /// Writes the directory and gives the file its name.
  Status finish();

private:
  ZipWriter(AtomicFile file, ZipOptions options)
      : file(std::move(file)), options(options) {}

  AtomicFile file;
  ZipOptions options;
  std::vector<ZipEntry> members;
  std::unordered_set<std::string> names;
};

} // namespace qml

#endif // QML_SUPPORT_ZIP_H
