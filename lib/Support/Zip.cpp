//===- Zip.cpp - Zip archives ---------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Zip.h"

#include "Endian.h"
#include "Inflate.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Quote.h"

#include <algorithm>
#include <zlib.h>

using namespace qml;
using namespace qml::detail;

static constexpr uint32_t localSignature = 0x04034b50;
static constexpr uint32_t centralSignature = 0x02014b50;
static constexpr uint32_t endSignature = 0x06054b50;
static constexpr uint32_t end64Signature = 0x06064b50;
static constexpr uint32_t locator64Signature = 0x07064b50;
static constexpr size_t localBytes = 30;
static constexpr size_t centralBytes = 46;
static constexpr size_t endBytes = 22;
static constexpr size_t end64Bytes = 56;
static constexpr size_t locator64Bytes = 20;
static constexpr uint32_t all32 = 0xffffffff;
static constexpr uint16_t stored = 0;
static constexpr uint16_t deflated = 8;
static constexpr uint16_t zip64Field = 1;
/// The field that Android's archives align data with.
static constexpr uint16_t alignmentField = 0xd935;
static constexpr uint64_t dataAlignment = 64;

static uint32_t checksum(uint32_t crc, const uint8_t *data, size_t size) {
  return uint32_t(crc32_z(crc, data, size));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Where the directory lies.
struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t count = 0;
};
} // namespace

static Status findDirectory(const Bytes &bytes, Directory &directory) {
  if (bytes.size < endBytes)
    return Error{"it is no zip archive"};
  // The record stands at the end, before a comment of up to 65535 bytes.
  size_t last = bytes.size - endBytes;
  size_t first = last > 0xffff ? last - 0xffff : 0;
  size_t end = last + 1;
  while (end-- > first) {
    const uint8_t *record = bytes.data + end;
    if (loadLittle(record, 4) == endSignature &&
        loadLittle(record + 20, 2) == last - end)
      break;
    if (end == first)
      return Error{"it is no zip archive, or its end is missing"};
  }

  FieldReader fields(bytes.slice(end, endBytes));
  fields.skip(4);
  uint16_t disk = fields.u16();
  uint16_t directoryDisk = fields.u16();
  uint16_t countHere = fields.u16();
  directory.count = fields.u16();
  directory.size = fields.u32();
  directory.offset = fields.u32();
  bool wide = directory.count == 0xffff || directory.size == all32 ||
              directory.offset == all32;
  if (wide && end >= locator64Bytes &&
      loadLittle(bytes.data + end - locator64Bytes, 4) == locator64Signature) {
    uint64_t end64 = loadLittle(bytes.data + end - locator64Bytes + 8, 8);
    if (!bytes.contains(end64, end64Bytes) ||
        loadLittle(bytes.data + end64, 4) != end64Signature)
      return Error{"its 64-bit end record is damaged"};
    FieldReader fields64(bytes.slice(size_t(end64), end64Bytes));
    fields64.skip(4 + 8 + 2 + 2 + 4 + 4 + 8);
    directory.count = fields64.u64();
    directory.size = fields64.u64();
    directory.offset = fields64.u64();
  } else if (disk != 0 || directoryDisk != 0 || countHere != directory.count) {
    return Error{"it is one part of a split archive; join the parts first"};
  }
  if (directory.offset > end || directory.size > end - directory.offset)
    return Error{"its directory lies outside of the file"};
  if (directory.count > directory.size / centralBytes)
    return Error{"its directory is damaged: it is too short for " +
                 std::to_string(directory.count) + " members"};
  return {};
}

/// Replaces the fields that say "too big" by those of the extra field.
static Status readWideFields(const Bytes &extra, ZipEntry &entry) {
  FieldReader fields(extra);
  while (fields.left() >= 4) {
    uint16_t id = fields.u16();
    uint16_t size = fields.u16();
    size_t start = fields.position();
    if (size > fields.left())
      break;
    if (id == zip64Field) {
      FieldReader wide(extra.slice(start, size));
      if (entry.size == all32)
        entry.size = wide.u64();
      if (entry.compressedSize == all32)
        entry.compressedSize = wide.u64();
      if (entry.offset == all32)
        entry.offset = wide.u64();
      if (!wide.ok())
        return Error{"the 64-bit sizes of member " + quote(entry.name) +
                     " are damaged"};
      return {};
    }
    fields.skip(size);
  }
  return {};
}

static Status readDirectory(const Bytes &bytes,
                            std::vector<ZipEntry> &members) {
  Directory directory;
  if (Status status = findDirectory(bytes, directory); !status)
    return status;
  Bytes table = bytes.slice(size_t(directory.offset), size_t(directory.size));
  FieldReader fields(table);
  uint64_t total = 0;
  for (uint64_t i = 0; i < directory.count; ++i) {
    ZipEntry entry;
    if (fields.u32() != centralSignature)
      return Error{"its directory is damaged at entry " + std::to_string(i)};
    fields.skip(4);
    entry.flags = fields.u16();
    entry.method = fields.u16();
    fields.skip(4);
    entry.crc = fields.u32();
    entry.compressedSize = fields.u32();
    entry.size = fields.u32();
    uint16_t nameBytes = fields.u16();
    uint16_t extraBytes = fields.u16();
    uint16_t commentBytes = fields.u16();
    fields.skip(8);
    entry.offset = fields.u32();
    entry.name = fields.text(nameBytes);
    size_t extraStart = fields.position();
    fields.skip(extraBytes);
    fields.skip(commentBytes);
    if (!fields.ok())
      return Error{"its directory is cut off at entry " + std::to_string(i)};
    if (Status status =
            readWideFields(table.slice(extraStart, extraBytes), entry);
        !status)
      return status;
    // So that no byte is unpacked for many members.
    if (entry.compressedSize > bytes.size - total)
      return Error{"its members overlap, or are cut off"};
    total += entry.compressedSize;
    members.push_back(std::move(entry));
  }
  return {};
}

Result<ZipReader> ZipReader::parse(const Bytes &bytes,
                                   const std::string &name) {
  ZipReader reader;
  reader.bytes = bytes;
  reader.spending = std::make_shared<Spending>();
  reader.spending->budget = std::make_shared<MemoryBudget>(bytes.size);
  reader.archive = name;
  if (Status status = readDirectory(bytes, reader.members); !status)
    return Error{"cannot read archive " + quotePath(name) + ": " +
                 status.message()};
  for (size_t i = 0; i < reader.members.size(); ++i)
    if (!reader.indices.emplace(reader.members[i].name, i).second)
      return Error{"cannot read archive " + quotePath(name) +
                   ": it holds two members named " +
                   quote(reader.members[i].name)};
  return reader;
}

Result<ZipReader> ZipReader::open(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parse(*bytes, path);
}

const ZipEntry *ZipReader::find(const std::string &name) const {
  auto found = indices.find(name);
  return found == indices.end() ? nullptr : &members[found->second];
}

/// The packed bytes of a member.
static Result<Bytes> locate(const Bytes &bytes, const ZipEntry &entry) {
  if (entry.flags & 1)
    return Error{"it is encrypted; save the archive without a password"};
  if (!bytes.contains(entry.offset, localBytes) ||
      loadLittle(bytes.data + entry.offset, 4) != localSignature)
    return Error{"its header is damaged"};
  const uint8_t *header = bytes.data + entry.offset;
  uint64_t start = entry.offset + localBytes + loadLittle(header + 26, 2) +
                   loadLittle(header + 28, 2);
  if (!bytes.contains(start, entry.compressedSize))
    return Error{"its data is cut off"};
  return bytes.slice(size_t(start), size_t(entry.compressedSize));
}

static Result<Bytes> unpack(const Bytes &bytes, const ZipEntry &entry,
                            uint64_t limit) {
  Result<Bytes> packed = locate(bytes, entry);
  if (!packed)
    return packed.takeError();
  if (entry.method == stored) {
    if (entry.size != entry.compressedSize)
      return Error{"it is stored, but its two sizes differ"};
    return *packed;
  }
  if (entry.method != deflated)
    return Error{"it is packed by method " + std::to_string(entry.method) +
                 "; stored (0) and deflated (8) members are read"};
  if (entry.size > limit)
    return Error{"it unpacks to " + std::to_string(entry.size) +
                 " bytes, more than the " + std::to_string(limit) +
                 " allowed; save it uncompressed"};
  return inflateExactly(*packed, entry.size, DeflateFraming::Raw);
}

bool ZipReader::spend(const ZipEntry &entry) const {
  // Sizes that can't be true are refused for that.
  if (entry.method == stored || !mayInflateTo(entry.compressedSize, entry.size))
    return true;
  std::lock_guard<std::mutex> lock(spending->mutex);
  if (spending->members.count(entry.offset))
    return true;
  if (!spending->budget->spend(entry.size))
    return false;
  spending->members.insert(entry.offset);
  return true;
}

Result<Bytes> ZipReader::read(const ZipEntry &entry, uint64_t limit) const {
  if (!spend(entry))
    return Error{"cannot read member " + quote(entry.name) + " of " +
                 quotePath(archive) + ": " + beyondBudget};
  Result<Bytes> contents = unpack(bytes, entry, limit);
  std::string problem;
  if (!contents)
    problem = contents.message();
  else if (checksum(0, contents->data, contents->size) != entry.crc)
    problem = "its checksum is wrong, the file is damaged";
  if (!problem.empty())
    return Error{"cannot read member " + quote(entry.name) + " of " +
                 quotePath(archive) + ": " + problem};
  return contents;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Deflates the parts into `out`. False if that does not make them smaller, or
/// there is no memory for it.
static bool deflateParts(const std::vector<std::string_view> &parts,
                         uint64_t size, ByteBuffer &out) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return false;
  constexpr size_t maxPortion = size_t(1) << 30;
  bool good = true;
  auto run = [&](int flush, int done) {
    int status = Z_OK;
    do {
      size_t filled = out.size();
      if (filled == out.capacity() &&
          !out.reserve(std::max<size_t>(size_t(1) << 16, filled * 2)))
        return false;
      size_t room = std::min(out.capacity() - filled, maxPortion);
      stream.next_out = out.data() + filled;
      stream.avail_out = uInt(room);
      status = deflate(&stream, flush);
      if (!out.resize(filled + room - stream.avail_out) || out.size() >= size)
        return false;
    } while (status == Z_OK && (stream.avail_out == 0 || status != done));
    return status == done || (status == Z_BUF_ERROR && done == Z_OK);
  };
  for (std::string_view part : parts) {
    for (size_t start = 0; good && start < part.size(); start += maxPortion) {
      std::string_view portion = part.substr(start, maxPortion);
      const void *data = portion.data();
      // zlib's interface predates const; it does not write to its input.
      stream.next_in = const_cast<Bytef *>(static_cast<const Bytef *>(data));
      stream.avail_in = uInt(portion.size());
      good = run(Z_NO_FLUSH, Z_OK);
    }
  }
  good = good && run(Z_FINISH, Z_STREAM_END);
  deflateEnd(&stream);
  return good;
}

Result<ZipWriter> ZipWriter::create(const std::string &path,
                                    ZipOptions options) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  return ZipWriter(std::move(*file), options);
}

/// The fields that local and central header share: from the version that is
/// needed up to the two sizes.
static void appendCommon(std::string &out, const ZipEntry &entry, bool wide) {
  appendLittle(out, wide ? 45 : 20, 2);
  appendLittle(out, entry.flags, 2);
  appendLittle(out, entry.method, 2);
  appendLittle(out, 0, 2);
  // The first day of the format's calendar.
  appendLittle(out, 0x21, 2);
  appendLittle(out, entry.crc, 4);
  appendLittle(out, wide ? all32 : entry.compressedSize, 4);
  appendLittle(out, wide ? all32 : entry.size, 4);
}

static bool hasWideSizes(const ZipEntry &entry, const ZipOptions &options) {
  return options.forceZip64 || entry.size >= all32 ||
         entry.compressedSize >= all32;
}

Status ZipWriter::add(const std::string &name,
                      const std::vector<std::string_view> &parts) {
  if (name.empty() || name.size() > 0xffff)
    return Error{"cannot write a member with an empty name, or one of more "
                 "than 65535 bytes"};
  if (!names.insert(name).second)
    return Error{"cannot write two members named " + quote(name)};
  ZipEntry entry;
  entry.name = name;
  // Names are UTF-8.
  entry.flags = 0x800;
  entry.offset = file.position();
  for (std::string_view part : parts) {
    const void *data = part.data();
    entry.crc =
        checksum(entry.crc, static_cast<const uint8_t *>(data), part.size());
    entry.size += part.size();
  }
  ByteBuffer packed;
  bool isPacked = options.compress && deflateParts(parts, entry.size, packed);
  entry.method = isPacked ? deflated : stored;
  entry.compressedSize = isPacked ? packed.size() : entry.size;

  bool wide = hasWideSizes(entry, options);
  std::string extra;
  if (wide) {
    appendLittle(extra, zip64Field, 2);
    appendLittle(extra, 16, 2);
    appendLittle(extra, entry.size, 8);
    appendLittle(extra, entry.compressedSize, 8);
  }
  if (!isPacked) {
    // An extra field of 4 bytes and some zeros.
    uint64_t start = entry.offset + localBytes + name.size() + extra.size() + 4;
    uint64_t padding = (dataAlignment - start % dataAlignment) % dataAlignment;
    appendLittle(extra, alignmentField, 2);
    appendLittle(extra, padding, 2);
    extra.append(size_t(padding), '\0');
  }
  std::string header;
  appendLittle(header, localSignature, 4);
  appendCommon(header, entry, wide);
  appendLittle(header, name.size(), 2);
  appendLittle(header, extra.size(), 2);
  header += name;
  header += extra;
  if (Status status = file.write(header); !status)
    return status;
  if (isPacked) {
    if (Status status = file.write(packed.data(), packed.size()); !status)
      return status;
  } else {
    for (std::string_view part : parts)
      if (Status status = file.write(part); !status)
        return status;
  }
  members.push_back(std::move(entry));
  return {};
}

Status ZipWriter::finish() {
  uint64_t start = file.position();
  std::string out;
  for (const ZipEntry &entry : members) {
    bool wide = hasWideSizes(entry, options);
    bool wideOffset = options.forceZip64 || entry.offset >= all32;
    std::string extra;
    if (wide || wideOffset) {
      appendLittle(extra, zip64Field, 2);
      appendLittle(extra, (wide ? 16 : 0) + (wideOffset ? 8 : 0), 2);
      if (wide) {
        appendLittle(extra, entry.size, 8);
        appendLittle(extra, entry.compressedSize, 8);
      }
      if (wideOffset)
        appendLittle(extra, entry.offset, 8);
    }
    appendLittle(out, centralSignature, 4);
    // Made on Unix, by version 4.5 of the format.
    appendLittle(out, 0x032d, 2);
    appendCommon(out, entry, wide);
    appendLittle(out, entry.name.size(), 2);
    appendLittle(out, extra.size(), 2);
    // No comment, first disk, no internal attributes.
    appendLittle(out, 0, 6);
    // A regular file, readable by all.
    appendLittle(out, uint32_t(0100644) << 16, 4);
    appendLittle(out, wideOffset ? all32 : entry.offset, 4);
    out += entry.name;
    out += extra;
  }
  uint64_t size = out.size();
  uint64_t count = members.size();
  bool wide =
      options.forceZip64 || count >= 0xffff || size >= all32 || start >= all32;
  if (wide) {
    uint64_t end64 = start + size;
    appendLittle(out, end64Signature, 4);
    appendLittle(out, end64Bytes - 12, 8);
    appendLittle(out, 0x032d, 2);
    appendLittle(out, 45, 2);
    appendLittle(out, 0, 8);
    appendLittle(out, count, 8);
    appendLittle(out, count, 8);
    appendLittle(out, size, 8);
    appendLittle(out, start, 8);
    appendLittle(out, locator64Signature, 4);
    appendLittle(out, 0, 4);
    appendLittle(out, end64, 8);
    appendLittle(out, 1, 4);
  }
  appendLittle(out, endSignature, 4);
  appendLittle(out, 0, 4);
  appendLittle(out, wide ? 0xffff : count, 2);
  appendLittle(out, wide ? 0xffff : count, 2);
  appendLittle(out, wide ? all32 : size, 4);
  appendLittle(out, wide ? all32 : start, 4);
  appendLittle(out, 0, 2);
  if (Status status = file.write(out); !status)
    return status;
  return file.commit();
}
