//===- HDF5Groups.cpp - Links and strings of HDF5 files -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HDF5Format.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

using namespace qml;
using namespace qml::detail;

//===----------------------------------------------------------------------===//
// Groups of symbol tables
//===----------------------------------------------------------------------===//

namespace {
/// Reads the symbol tables of a group.
class SymbolTableReader {
public:
  SymbolTableReader(const HDF5File &file, std::vector<HDF5Link> &links)
      : file(file), links(links), symbols(file.bytes.size / symbolBytes),
        nameBytes(0) {}

  Status read(const Bytes &message);

private:
  static constexpr size_t symbolBytes = 40;

  Status readHeap(uint64_t address);
  Status readSymbols(uint64_t address);
  Status addLink(uint64_t nameOffset, uint64_t address, uint32_t cacheType);

  const HDF5File &file;
  std::vector<HDF5Link> &links;
  Bytes heap;
  /// Symbol tables that were read.
  std::unordered_set<uint64_t> visited;
  HDF5Budget symbols;
  HDF5Budget nameBytes;
};
} // namespace

Status SymbolTableReader::readHeap(uint64_t address) {
  Result<Bytes> head = file.at(address, 32, "heap of a group");
  if (!head)
    return head.takeError();
  if (!hasSignature(*head, "HEAP"))
    return Error{"the heap of a group is damaged"};
  FieldReader fields(*head);
  fields.skip(8);
  uint64_t size = fields.u64();
  fields.skip(8);
  uint64_t start = fields.u64();
  Result<Bytes> data = file.at(start, size, "heap of a group");
  if (!data)
    return data.takeError();
  heap = *data;
  nameBytes = HDF5Budget(heap.size);
  return {};
}

Status SymbolTableReader::addLink(uint64_t nameOffset, uint64_t address,
                                  uint32_t cacheType) {
  if (nameOffset >= heap.size)
    return Error{"a name of a group lies outside of its heap"};
  std::string_view name = heap.text().substr(size_t(nameOffset));
  size_t end = name.find('\0');
  if (end == std::string_view::npos || !nameBytes.spend(end + 1))
    return Error{"the names of a group are damaged"};
  // Type 2 is a symbolic link.
  links.push_back({std::string(name.substr(0, end)),
                   cacheType == 2 ? hdf5Undefined : address});
  return {};
}

Status SymbolTableReader::readSymbols(uint64_t address) {
  Result<Bytes> node = file.from(address, "symbol table");
  if (!node)
    return node.takeError();
  if (!hasSignature(*node, "SNOD"))
    return Error{"a symbol table is damaged"};
  FieldReader fields(*node);
  fields.skip(6);
  uint16_t count = fields.u16();
  if (count > fields.left() / symbolBytes || !symbols.spend(count))
    return Error{"a symbol table is damaged"};
  for (uint16_t i = 0; i < count; ++i) {
    uint64_t nameOffset = fields.u64();
    uint64_t header = fields.u64();
    uint32_t cacheType = fields.u32();
    fields.skip(4 + 16);
    if (Status status = addLink(nameOffset, header, cacheType); !status)
      return status;
  }
  return {};
}

Status SymbolTableReader::read(const Bytes &message) {
  FieldReader fields(message);
  uint64_t tree = fields.u64();
  uint64_t heapAddress = fields.u64();
  if (!fields.ok())
    return Error{"a symbol table is damaged"};
  if (Status status = readHeap(heapAddress); !status)
    return status;
  return walkTree(file, tree, {"tree of a group", 0, 8},
                  [&](const Bytes &, uint64_t child) -> Status {
                    if (!visited.insert(child).second)
                      return Error{"the tree of a group runs in a circle"};
                    return readSymbols(child);
                  });
}

//===----------------------------------------------------------------------===//
// Groups of links
//===----------------------------------------------------------------------===//

static Result<HDF5Link> parseLink(const Bytes &body) {
  FieldReader fields(body);
  unsigned version = fields.u8();
  unsigned flags = fields.u8();
  unsigned type = flags & 8 ? fields.u8() : 0;
  if (flags & 4)
    fields.skip(8);
  if (flags & 0x10)
    fields.skip(1);
  uint64_t nameBytes = fields.number(size_t(1) << (flags & 3));
  HDF5Link link;
  link.name = fields.text(nameBytes);
  if (type == 0)
    link.address = fields.u64();
  if (!fields.ok() || version != 1)
    return Error{"a link is damaged"};
  return link;
}

Result<std::vector<HDF5Link>>
detail::readLinks(const HDF5File &file,
                  const std::vector<HDF5Message> &messages) {
  std::vector<HDF5Link> links;
  for (const HDF5Message &message : messages) {
    switch (message.type) {
    case SymbolTableMessage: {
      SymbolTableReader reader(file, links);
      if (Status status = reader.read(message.body); !status)
        return status.takeError();
      break;
    }
    case LinkMessage: {
      Result<HDF5Link> link = parseLink(message.body);
      if (!link)
        return link.takeError();
      links.push_back(std::move(*link));
      break;
    }
    case LinkInfoMessage: {
      FieldReader fields(message.body);
      fields.skip(1);
      unsigned flags = fields.u8();
      if (flags & 1)
        fields.skip(8);
      uint64_t heap = fields.u64();
      if (!fields.ok())
        return Error{"the description of its links is damaged"};
      if (heap != hdf5Undefined)
        return hdf5Unsupported("a group with dense storage of links");
      break;
    }
    }
  }
  return links;
}

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

namespace {
/// Finds strings of variable length in the file's global heap.
class GlobalHeap {
public:
  explicit GlobalHeap(const HDF5File &file)
      : file(file), objects(file.bytes.size / 16), total(file.bytes.size) {}

  Result<std::string> read(uint64_t collection, uint32_t index, uint32_t size);

private:
  using Collection = std::unordered_map<uint32_t, Bytes>;

  Result<const Collection *> load(uint64_t address);

  const HDF5File &file;
  std::unordered_map<uint64_t, Collection> collections;
  HDF5Budget objects;
  HDF5Budget total;
};
} // namespace

Result<const GlobalHeap::Collection *> GlobalHeap::load(uint64_t address) {
  auto known = collections.find(address);
  if (known != collections.end())
    return &known->second;
  Result<Bytes> rest = file.from(address, "heap of a string");
  if (!rest)
    return rest.takeError();
  FieldReader head(*rest);
  head.skip(8);
  uint64_t size = head.u64();
  if (!head.ok() || !hasSignature(*rest, "GCOL") || size < 16 ||
      size > rest->size)
    return Error{"the heap of a string is damaged"};
  Bytes bytes = rest->slice(0, size_t(size));
  FieldReader fields(bytes);
  fields.skip(16);
  Collection collection;
  while (fields.left() >= 16) {
    uint16_t index = fields.u16();
    fields.skip(2 + 4);
    uint64_t length = fields.u64();
    // Object 0 is the free space at the end.
    if (index == 0)
      break;
    size_t start = fields.position();
    fields.skip(length);
    if (!fields.ok() || !objects.spend(1))
      return Error{"the heap of a string is damaged"};
    fields.skip(std::min<uint64_t>((8 - length % 8) % 8, fields.left()));
    collection[index] = bytes.slice(start, size_t(length));
  }
  return &(collections[address] = std::move(collection));
}

Result<std::string> GlobalHeap::read(uint64_t collection, uint32_t index,
                                     uint32_t size) {
  if (size == 0)
    return std::string();
  Result<const Collection *> loaded = load(collection);
  if (!loaded)
    return loaded.takeError();
  auto found = (*loaded)->find(index);
  if (found == (*loaded)->end() || size > found->second.size ||
      !total.spend(size))
    return Error{"a string of variable length is damaged"};
  std::string_view text = found->second.text().substr(0, size);
  return std::string(text.substr(0, text.find('\0')));
}

/// A string of fixed length without what fills it up.
static std::string trim(std::string_view text, bool spacePadded) {
  if (!spacePadded)
    return std::string(text.substr(0, text.find('\0')));
  size_t last = text.find_last_not_of(' ');
  return std::string(
      text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

Result<std::vector<std::string>>
detail::readStrings(const HDF5File &file, const HDF5Attribute &attribute) {
  std::vector<std::string> strings;
  int64_t count = checkedNumBytes(ElementType::U8, attribute.shape);
  if (count < 0)
    return Error{"its shape " + toString(attribute.shape) + " overflows"};
  if (count == 0)
    return strings;
  const HDF5Datatype &type = attribute.type;
  if (type.kind == HDF5Datatype::Other)
    return hdf5Unsupported(type.feature);
  if (type.kind == HDF5Datatype::Number)
    return Error{"it holds numbers of type " + std::string(nameOf(type.type)) +
                 " instead of strings"};
  if (uint64_t(count) > attribute.data.size / type.size)
    return Error{"its data is cut off"};
  strings.reserve(size_t(count));
  FieldReader fields(attribute.data);
  GlobalHeap heap(file);
  for (int64_t i = 0; i < count; ++i) {
    if (type.kind == HDF5Datatype::FixedString) {
      strings.push_back(trim(fields.text(type.size), type.spacePadded));
      continue;
    }
    uint32_t size = fields.u32();
    uint64_t collection = fields.u64();
    uint32_t index = fields.u32();
    Result<std::string> text = heap.read(collection, index, size);
    if (!text)
      return text.takeError();
    strings.push_back(std::move(*text));
  }
  return strings;
}
