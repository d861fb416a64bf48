//===- HDF5Format.cpp - Superblock, object headers, types -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HDF5Format.h"

#include <cstring>
#include <unordered_set>

using namespace qml;
using namespace qml::detail;

/// In one object; Keras writes a dozen.
static constexpr size_t maxMessages = size_t(1) << 14;
static constexpr size_t maxRank = 32;

Error detail::hdf5Unsupported(const std::string &feature) {
  return Error{feature +
               " is not supported; load the model in Keras and save it again "
               "as .h5 or .keras (with h5py: the default libver, gzip or no "
               "compression)"};
}

Result<Bytes> HDF5File::from(uint64_t address, const char *what) const {
  if (address >= bytes.size)
    return Error{std::string("the ") + what + " lies outside of the file"};
  return bytes.slice(size_t(address), bytes.size - size_t(address));
}

Result<Bytes> HDF5File::at(uint64_t address, uint64_t length,
                           const char *what) const {
  if (!bytes.contains(address, length))
    return Error{std::string("the ") + what + " lies outside of the file"};
  return bytes.slice(size_t(address), size_t(length));
}

const HDF5Message *HDF5Header::find(HDF5MessageType type) const {
  for (const HDF5Message &message : messages)
    if (message.type == type)
      return &message;
  return nullptr;
}

const HDF5Link *HDF5Header::findLink(std::string_view name) const {
  auto found = linkIndices.find(name);
  return found == linkIndices.end() ? nullptr : &links[found->second];
}

const HDF5Message *HDF5Header::findAttribute(std::string_view name) const {
  auto found = attributeIndices.find(std::string(name));
  return found == attributeIndices.end() ? nullptr : &messages[found->second];
}

bool detail::hasSignature(const Bytes &bytes, std::string_view signature) {
  return bytes.text().substr(0, signature.size()) == signature;
}

uint32_t detail::hdf5Checksum(const uint8_t *data, size_t size) {
  auto rotate = [](uint32_t value, int bits) {
    return (value << bits) | (value >> (32 - bits));
  };
  uint32_t a = 0xdeadbeef + uint32_t(size);
  uint32_t b = a;
  uint32_t c = a;
  for (; size > 12; size -= 12, data += 12) {
    a += uint32_t(loadLittle(data, 4));
    b += uint32_t(loadLittle(data + 4, 4));
    c += uint32_t(loadLittle(data + 8, 4));
    a = (a - c) ^ rotate(c, 4), c += b;
    b = (b - a) ^ rotate(a, 6), a += c;
    c = (c - b) ^ rotate(b, 8), b += a;
    a = (a - c) ^ rotate(c, 16), c += b;
    b = (b - a) ^ rotate(a, 19), a += c;
    c = (c - b) ^ rotate(b, 4), b += a;
  }
  if (size == 0)
    return c;
  uint8_t tail[12] = {};
  std::memcpy(tail, data, size);
  a += uint32_t(loadLittle(tail, 4));
  b += uint32_t(loadLittle(tail + 4, 4));
  c += uint32_t(loadLittle(tail + 8, 4));
  c = (c ^ b) - rotate(b, 14);
  a = (a ^ c) - rotate(c, 11);
  b = (b ^ a) - rotate(a, 25);
  c = (c ^ b) - rotate(b, 16);
  a = (a ^ c) - rotate(c, 4);
  b = (b ^ a) - rotate(a, 14);
  c = (c ^ b) - rotate(b, 24);
  return c;
}

/// Whether `bytes` end in the checksum of what is before.
static bool checksumFits(const Bytes &bytes) {
  return bytes.size >= 4 && hdf5Checksum(bytes.data, bytes.size - 4) ==
                                loadLittle(bytes.data + bytes.size - 4, 4);
}

//===----------------------------------------------------------------------===//
// Superblock
//===----------------------------------------------------------------------===//

static constexpr std::string_view fileSignature("\x89HDF\r\n\x1a\n", 8);

Status detail::readSuperblock(HDF5File &file) {
  // A user's own block may come first; its size is 0, 512, 1024, ...
  uint64_t start = 0;
  while (start < file.bytes.size &&
         file.bytes.text().substr(size_t(start), 8) != fileSignature)
    start = start == 0 ? 512 : start * 2;
  if (start >= file.bytes.size)
    return Error{"it is no HDF5 file"};
  file.bytes = file.bytes.slice(size_t(start), file.bytes.size - size_t(start));

  FieldReader fields(file.bytes);
  fields.skip(8);
  unsigned version = fields.u8();
  if (version > 3)
    return hdf5Unsupported("version " + std::to_string(version) +
                           " of the superblock");
  unsigned offsetBytes = 0;
  unsigned lengthBytes = 0;
  uint64_t end = 0;
  if (version < 2) {
    fields.skip(4);
    offsetBytes = fields.u8();
    lengthBytes = fields.u8();
    fields.skip(1 + 2 + 2 + 4 + (version == 1 ? 4 : 0));
    // Base address and free space.
    fields.skip(8 + 8);
    end = fields.u64();
    // Driver information, name of the root.
    fields.skip(8 + 8);
    file.root = fields.u64();
  } else {
    offsetBytes = fields.u8();
    lengthBytes = fields.u8();
    fields.skip(1 + 8 + 8);
    end = fields.u64();
    file.root = fields.u64();
    fields.skip(4);
  }
  if (!fields.ok())
    return Error{"the file ends inside its superblock"};
  if (offsetBytes != 8 || lengthBytes != 8)
    return hdf5Unsupported("a file with addresses of " +
                           std::to_string(offsetBytes) +
                           " bytes and lengths "
                           "of " +
                           std::to_string(lengthBytes) + " bytes");
  if (version >= 2 && !checksumFits(file.bytes.slice(0, fields.position())))
    return Error{"the checksum of its superblock is wrong, the file is "
                 "damaged"};
  // The end counts from the start of the file or from the base address.
  if (end > file.bytes.size + start)
    return Error{"the file is cut off: it should have " + std::to_string(end) +
                 " bytes and has " + std::to_string(file.bytes.size + start)};
  return {};
}

//===----------------------------------------------------------------------===//
// Object headers
//===----------------------------------------------------------------------===//

namespace {
/// Collects the messages of one object.
class HeaderReader {
public:
  explicit HeaderReader(const HDF5File &file) : file(file) {}

  Status read(uint64_t address);
  std::vector<HDF5Message> messages;

private:
  Status readOld(const Bytes &bytes);
  Status readNew(const Bytes &bytes);
  Status readBlock(const Bytes &block);
  Status follow(const Bytes &body);

  const HDF5File &file;
  /// Of the newer form, with signatures and checksums.
  bool isNew = false;
  bool hasCreationOrder = false;
  std::unordered_set<uint64_t> visited;
  struct Block {
    uint64_t address;
    uint64_t size;
  };
  std::vector<Block> waiting;
};
} // namespace

Status HeaderReader::readBlock(const Bytes &block) {
  FieldReader fields(block);
  size_t prefix = isNew ? 4 + (hasCreationOrder ? 2 : 0) : 8;
  while (fields.left() >= prefix) {
    HDF5Message message;
    message.type = isNew ? fields.u8() : fields.u16();
    uint16_t size = fields.u16();
    message.flags = fields.u8();
    fields.skip(isNew ? (hasCreationOrder ? 2 : 0) : 3);
    size_t start = fields.position();
    fields.skip(size);
    if (!fields.ok())
      return Error{"a message of its header is cut off"};
    message.body = block.slice(start, size);
    if (message.type == ContinuationMessage) {
      if (Status status = follow(message.body); !status)
        return status;
      continue;
    }
    if (messages.size() == maxMessages)
      return Error{"its header has more than " + std::to_string(maxMessages) +
                   " messages"};
    messages.push_back(std::move(message));
  }
  return {};
}

Status HeaderReader::follow(const Bytes &body) {
  FieldReader fields(body);
  Block block;
  block.address = fields.u64();
  block.size = fields.u64();
  if (!fields.ok())
    return Error{"a continuation of its header is damaged"};
  if (!visited.insert(block.address).second)
    return Error{"its header continues in a circle"};
  if (visited.size() > maxMessages)
    return Error{"its header has too many continuations"};
  waiting.push_back(block);
  return {};
}

Status HeaderReader::readOld(const Bytes &bytes) {
  FieldReader fields(bytes);
  unsigned version = fields.u8();
  fields.skip(1 + 2 + 4);
  uint32_t size = fields.u32();
  fields.skip(4);
  if (!fields.ok() || version != 1 || size > fields.left())
    return Error{"its header is damaged"};
  return readBlock(bytes.slice(fields.position(), size));
}

Status HeaderReader::readNew(const Bytes &bytes) {
  FieldReader fields(bytes);
  fields.skip(4);
  unsigned version = fields.u8();
  unsigned flags = fields.u8();
  if (version != 2)
    return Error{"its header is damaged"};
  isNew = true;
  hasCreationOrder = flags & 4;
  if (flags & 0x20)
    fields.skip(16);
  if (flags & 0x10)
    fields.skip(4);
  uint64_t size = fields.number(size_t(1) << (flags & 3));
  size_t start = fields.position();
  fields.skip(size);
  fields.skip(4);
  if (!fields.ok() || !checksumFits(bytes.slice(0, fields.position())))
    return Error{"its header is damaged"};
  return readBlock(bytes.slice(start, size_t(size)));
}

Status HeaderReader::read(uint64_t address) {
  Result<Bytes> bytes = file.from(address, "object's header");
  if (!bytes)
    return bytes.takeError();
  visited.insert(address);
  Status status =
      hasSignature(*bytes, "OHDR") ? readNew(*bytes) : readOld(*bytes);
  if (!status)
    return status;
  // Each block holds messages that may name further blocks.
  for (size_t i = 0; i < waiting.size(); ++i) {
    Result<Bytes> block = file.at(waiting[i].address, waiting[i].size,
                                  "continuation of its header");
    if (!block)
      return block.takeError();
    Bytes contents = *block;
    if (isNew) {
      if (contents.size < 8 || !hasSignature(contents, "OCHK") ||
          !checksumFits(contents))
        return Error{"a continuation of its header is damaged"};
      contents = contents.slice(4, contents.size - 8);
    }
    if (Status status = readBlock(contents); !status)
      return status;
  }
  return {};
}

Result<std::vector<HDF5Message>> detail::readMessages(const HDF5File &file,
                                                      uint64_t address) {
  HeaderReader reader(file);
  if (Status status = reader.read(address); !status)
    return status.takeError();
  return std::move(reader.messages);
}

//===----------------------------------------------------------------------===//
// Types and extents
//===----------------------------------------------------------------------===//

static Result<HDF5Datatype> parseInteger(HDF5Datatype type, unsigned bits,
                                         FieldReader &fields) {
  unsigned offset = fields.u16();
  unsigned precision = fields.u16();
  if (!fields.ok())
    return Error{"a datatype is cut off"};
  if ((bits & 1) && type.size > 1) {
    type.feature = "a big-endian number";
    return type;
  }
  if (offset != 0 || precision != type.size * 8) {
    type.feature = "an integer of " + std::to_string(precision) + " bits";
    return type;
  }
  bool isSigned = bits & 8;
  type.kind = HDF5Datatype::Number;
  switch (type.size) {
  case 1:
    type.type = isSigned ? ElementType::I8 : ElementType::U8;
    return type;
  case 2:
    type.type = isSigned ? ElementType::I16 : ElementType::U16;
    return type;
  case 4:
    type.type = isSigned ? ElementType::I32 : ElementType::U32;
    return type;
  case 8:
    type.type = isSigned ? ElementType::I64 : ElementType::U64;
    return type;
  }
  type.kind = HDF5Datatype::Other;
  type.feature = "an integer of " + std::to_string(precision) + " bits";
  return type;
}

static Result<HDF5Datatype> parseFloat(HDF5Datatype type, unsigned bits,
                                       FieldReader &fields) {
  unsigned offset = fields.u16();
  unsigned precision = fields.u16();
  unsigned exponentAt = fields.u8();
  unsigned exponentBits = fields.u8();
  unsigned mantissaAt = fields.u8();
  unsigned mantissaBits = fields.u8();
  uint32_t bias = fields.u32();
  if (!fields.ok())
    return Error{"a datatype is cut off"};
  if (bits & 0x41) {
    type.feature = "a big-endian number";
    return type;
  }
  struct Form {
    ElementType type;
    unsigned exponentBits;
    unsigned mantissaBits;
    uint32_t bias;
  };
  static constexpr Form forms[] = {{ElementType::F16, 5, 10, 15},
                                   {ElementType::F32, 8, 23, 127},
                                   {ElementType::F64, 11, 52, 1023}};
  for (const Form &form : forms) {
    if (type.size != sizeOf(form.type) || precision != type.size * 8 ||
        offset != 0 || mantissaAt != 0 || exponentAt != form.mantissaBits ||
        exponentBits != form.exponentBits ||
        mantissaBits != form.mantissaBits || bias != form.bias)
      continue;
    type.kind = HDF5Datatype::Number;
    type.type = form.type;
    return type;
  }
  if (type.size == 2 && precision == 16 && offset == 0 && mantissaAt == 0 &&
      exponentAt == 7 && exponentBits == 8 && mantissaBits == 7 &&
      bias == 127) {
    type.kind = HDF5Datatype::BFloat16;
    return type;
  }
  type.feature =
      "a float of " + std::to_string(precision) + " bits that is not IEEE's";
  return type;
}

Result<HDF5Datatype> detail::parseDatatype(const Bytes &body) {
  static const char *const otherClasses[] = {"",
                                             "",
                                             "a time",
                                             "",
                                             "a bit field",
                                             "opaque data",
                                             "a record",
                                             "a reference",
                                             "an enumeration (or boolean)",
                                             "a sequence of variable length",
                                             "an array type"};
  FieldReader fields(body);
  unsigned classAndVersion = fields.u8();
  unsigned bits = fields.u8();
  fields.skip(2);
  HDF5Datatype type;
  type.size = fields.u32();
  unsigned version = classAndVersion >> 4;
  unsigned typeClass = classAndVersion & 15;
  if (!fields.ok() || version < 1 || version > 5 || type.size == 0)
    return Error{"a datatype is damaged"};
  switch (typeClass) {
  case 0:
    return parseInteger(type, bits, fields);
  case 1:
    return parseFloat(type, bits, fields);
  case 3:
    type.kind = HDF5Datatype::FixedString;
    type.spacePadded = (bits & 15) == 2;
    return type;
  case 5:
    // Keras hands numbers to h5py that NumPy doesn't know: opaque bytes. It has
    // none of this size but bfloat16.
    if (type.size == 2) {
      type.kind = HDF5Datatype::BFloat16;
      return type;
    }
    break;
  case 9:
    if ((bits & 15) == 1) {
      if (type.size != 16)
        return Error{"a datatype is damaged"};
      type.kind = HDF5Datatype::VariableString;
      return type;
    }
    break;
  }
  type.feature = typeClass < std::size(otherClasses)
                     ? otherClasses[typeClass]
                     : "datatype class " + std::to_string(typeClass);
  return type;
}

Result<Shape> detail::parseDataspace(const Bytes &body) {
  FieldReader fields(body);
  unsigned version = fields.u8();
  unsigned rank = fields.u8();
  fields.skip(1);
  unsigned kind = rank == 0 ? 0 : 1;
  if (version == 1)
    fields.skip(5);
  else if (version == 2)
    kind = fields.u8();
  else
    return Error{"a dataspace is damaged"};
  if (kind == 2)
    return Shape{0};
  if (rank > maxRank)
    return Error{"a dataspace has more than " + std::to_string(maxRank) +
                 " dimensions"};
  Shape shape;
  for (unsigned i = 0; i < rank; ++i) {
    uint64_t extent = fields.u64();
    if (extent > uint64_t(INT64_MAX))
      return Error{"a dataspace has an extent that does not fit 63 bits"};
    shape.push_back(int64_t(extent));
  }
  if (!fields.ok())
    return Error{"a dataspace is cut off"};
  return shape;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

namespace {
/// Where the parts of an attribute message lie.
struct AttributeParts {
  unsigned version = 0;
  unsigned flags = 0;
  std::string name;
  Bytes type;
  Bytes space;
  Bytes data;
};
} // namespace

static bool splitAttribute(const Bytes &body, AttributeParts &parts) {
  FieldReader fields(body);
  parts.version = fields.u8();
  parts.flags = fields.u8();
  uint64_t nameBytes = fields.u16();
  uint64_t typeBytes = fields.u16();
  uint64_t spaceBytes = fields.u16();
  if (parts.version < 1 || parts.version > 3)
    return false;
  if (parts.version == 3)
    fields.skip(1);
  // The first version fills parts up to multiples of 8 bytes.
  auto padding = [&](uint64_t size) {
    return parts.version == 1 ? (8 - size % 8) % 8 : 0;
  };
  std::string_view name = fields.text(nameBytes);
  parts.name = name.substr(0, name.find('\0'));
  fields.skip(padding(nameBytes));
  size_t typeStart = fields.position();
  fields.skip(typeBytes + padding(typeBytes));
  size_t spaceStart = fields.position();
  fields.skip(spaceBytes + padding(spaceBytes));
  if (!fields.ok())
    return false;
  parts.type = body.slice(typeStart, size_t(typeBytes));
  parts.space = body.slice(spaceStart, size_t(spaceBytes));
  parts.data = body.slice(fields.position(), fields.left());
  return true;
}

std::string detail::attributeName(const HDF5Message &message) {
  AttributeParts parts;
  if (message.isShared() || !splitAttribute(message.body, parts))
    return {};
  return parts.name;
}

Result<HDF5Attribute> detail::parseAttribute(const HDF5Message &message) {
  AttributeParts parts;
  if (!splitAttribute(message.body, parts))
    return Error{"it is damaged"};
  if (parts.version > 1 && (parts.flags & 3))
    return hdf5Unsupported("an attribute with a committed datatype");
  HDF5Attribute attribute;
  attribute.name = parts.name;
  Result<HDF5Datatype> type = parseDatatype(parts.type);
  if (!type)
    return type.takeError();
  attribute.type = *type;
  Result<Shape> shape = parseDataspace(parts.space);
  if (!shape)
    return shape.takeError();
  attribute.shape = *shape;
  attribute.data = parts.data;
  return attribute;
}
