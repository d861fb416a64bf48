//===- HDF5Format.h - The structures of an HDF5 file ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parsing of superblocks, object headers, types, attributes, links and data.
// The file is untrusted: no offset is followed unchecked, nothing is visited
// twice, and the work and memory spent on each question are bounded by the
// size of the file.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_SUPPORT_HDF5FORMAT_H
#define QML_LIB_SUPPORT_HDF5FORMAT_H

#include "Endian.h"
#include "qml/Support/MemoryBudget.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace qml::detail {

/// The address of what is not there.
constexpr uint64_t hdf5Undefined = ~uint64_t(0);

/// The types of messages in object headers.
enum HDF5MessageType : uint16_t {
  DataspaceMessage = 0x01,
  LinkInfoMessage = 0x02,
  DatatypeMessage = 0x03,
  LinkMessage = 0x06,
  ExternalFilesMessage = 0x07,
  LayoutMessage = 0x08,
  FilterMessage = 0x0b,
  AttributeMessage = 0x0c,
  ContinuationMessage = 0x10,
  SymbolTableMessage = 0x11,
  AttributeInfoMessage = 0x15
};

struct HDF5Header;

/// What may still be read. A sound file never uses it up, since its structures
/// do not overlap.
class HDF5Budget {
public:
  explicit HDF5Budget(uint64_t amount) : left(amount) {}
  bool spend(uint64_t amount) {
    if (amount > left)
      return false;
    left -= amount;
    return true;
  }

private:
  uint64_t left;
};

struct HDF5File {
  /// From the superblock's base address on.
  Bytes bytes;
  std::string name;
  uint64_t root = hdf5Undefined;

  /// The object at an address. Each is parsed once, however many links lead to
  /// it.
  Result<std::shared_ptr<const HDF5Header>> load(uint64_t address) const;

  /// The rest of the file from an address; fails if that lies outside.
  Result<Bytes> from(uint64_t address, const char *what) const;
  Result<Bytes> at(uint64_t address, uint64_t length, const char *what) const;

  /// The data of a dataset, unpacked once for all that ask while an array of it
  /// lives.
  Result<Array> data(const HDF5Header &header) const;

  /// For what is unpacked.
  std::shared_ptr<MemoryBudget> budget;

private:
  /// Data that was read before, and may live.
  struct KnownData {
    Array array;
    std::weak_ptr<const void> owner;
  };
  mutable std::mutex dataMutex;
  mutable std::unordered_map<const HDF5Header *, KnownData> known;
  /// Bytes of the file that belong to no dataset yet.
  mutable std::optional<HDF5Budget> freeBytes;

  mutable std::mutex mutex;
  mutable std::unordered_map<uint64_t, std::shared_ptr<const HDF5Header>>
      headers;
  /// Messages and links of all objects that were parsed.
  mutable uint64_t parsed = 0;
};

/// An error that names a feature and how to avoid it.
Error hdf5Unsupported(const std::string &feature);

struct HDF5Message {
  uint16_t type = 0;
  uint8_t flags = 0;
  Bytes body;

  /// Whether the body is somewhere else in the file.
  bool isShared() const { return flags & 2; }
};

struct HDF5Datatype {
  enum Kind { Number, BFloat16, FixedString, VariableString, Other };
  Kind kind = Other;
  ElementType type = ElementType::F32;
  /// Bytes of one element.
  uint32_t size = 0;
  /// How a fixed string is filled up: by spaces, or by zeros.
  bool spacePadded = false;
  /// What it is, if it is something else.
  std::string feature;
};

struct HDF5Attribute {
  std::string name;
  HDF5Datatype type;
  Shape shape;
  Bytes data;
};

struct HDF5Link {
  std::string name;
  /// Undefined for a link that is no hard link.
  uint64_t address = hdf5Undefined;
};

/// What an object consists of.
struct HDF5Header {
  std::vector<HDF5Message> messages;
  std::vector<HDF5Link> links;
  /// Indices into these. The names of links stay where they are.
  std::unordered_map<std::string, size_t> attributeIndices;
  std::unordered_map<std::string_view, size_t> linkIndices;

  const HDF5Message *find(HDF5MessageType type) const;
  const HDF5Link *findLink(std::string_view name) const;
  const HDF5Message *findAttribute(std::string_view name) const;
};

/// Finds the superblock and with it the root group.
Status readSuperblock(HDF5File &file);

/// Reads the messages of an object header, its continuations included.
Result<std::vector<HDF5Message>> readMessages(const HDF5File &file,
                                              uint64_t address);

Result<HDF5Datatype> parseDatatype(const Bytes &body);
/// The extents; a null dataspace has one of 0.
Result<Shape> parseDataspace(const Bytes &body);
Result<HDF5Attribute> parseAttribute(const HDF5Message &message);
/// Only the name, of an attribute that may be of any type.
std::string attributeName(const HDF5Message &message);

/// A kind of B-tree.
struct HDF5Tree {
  /// In errors: "tree of a group".
  const char *name;
  /// The number that nodes carry.
  unsigned kind;
  size_t keyBytes;
  /// Is given the key and the address of an entry.
  using Visit = std::function<Status(const Bytes &key, uint64_t child)>;
};

/// Calls `visit` for each entry of the tree at `address`, in the tree's order.
Status walkTree(const HDF5File &file, uint64_t address, const HDF5Tree &tree,
                const HDF5Tree::Visit &visit);

/// The links of a group, both kinds.
Result<std::vector<HDF5Link>>
readLinks(const HDF5File &file, const std::vector<HDF5Message> &messages);

/// The strings of an attribute.
Result<std::vector<std::string>> readStrings(const HDF5File &file,
                                             const HDF5Attribute &attribute);

/// The data of a dataset. What it takes of the file is spent from `freeBytes`,
/// and what it unpacks to from the file's budget, unless `freeBytes` is null.
Result<Array> readDataset(const HDF5File &file, const HDF5Header &header,
                          HDF5Budget *freeBytes);

/// The checksum of newer structures (Bob Jenkins's lookup3).
uint32_t hdf5Checksum(const uint8_t *data, size_t size);

/// "TREE", "SNOD", ...
bool hasSignature(const Bytes &bytes, std::string_view signature);

} // namespace qml::detail

#endif // QML_LIB_SUPPORT_HDF5FORMAT_H
