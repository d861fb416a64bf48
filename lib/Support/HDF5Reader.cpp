//===- HDF5Reader.cpp - The part of HDF5 that Keras writes ----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/HDF5Reader.h"

#include "HDF5Format.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Quote.h"

using namespace qml;
using namespace qml::detail;

static Error objectError(const std::string &description,
                         const std::string &problem) {
  return Error{"cannot read " + description + ": " + problem};
}

static std::string describeObject(const HDF5File &file,
                                  const std::string &path) {
  return quote(path) + " of " + quotePath(file.name);
}

Result<std::shared_ptr<const HDF5Header>>
HDF5File::load(uint64_t address) const {
  std::lock_guard<std::mutex> lock(mutex);
  auto known = headers.find(address);
  if (known != headers.end())
    return known->second;
  auto header = std::make_shared<HDF5Header>();
  Result<std::vector<HDF5Message>> messages = readMessages(*this, address);
  if (!messages)
    return messages.takeError();
  header->messages = std::move(*messages);
  Result<std::vector<HDF5Link>> links = readLinks(*this, header->messages);
  if (!links)
    return links.takeError();
  header->links = std::move(*links);
  // A message takes 4 bytes or more, a link more than a message.
  parsed += header->messages.size() + header->links.size();
  if (parsed > bytes.size / 4)
    return Error{"its parts overlap with those of other objects"};
  for (size_t i = 0; i < header->messages.size(); ++i)
    if (header->messages[i].type == AttributeMessage)
      header->attributeIndices.emplace(attributeName(header->messages[i]), i);
  for (size_t i = 0; i < header->links.size(); ++i)
    if (!header->linkIndices.emplace(header->links[i].name, i).second)
      return Error{"it has two members named " + quote(header->links[i].name)};
  return headers.emplace(address, std::move(header)).first->second;
}

Result<Array> HDF5File::data(const HDF5Header &header) const {
  std::lock_guard<std::mutex> lock(dataMutex);
  if (!freeBytes)
    freeBytes.emplace(bytes.size);
  auto [place, isNew] = known.try_emplace(&header);
  KnownData &kept = place->second;
  Array array = kept.array;
  array.owner = kept.owner.lock();
  if (array.owner)
    return array;
  // What is read again was paid for.
  Result<Array> read =
      readDataset(*this, header, isNew ? &*freeBytes : nullptr);
  if (!read) {
    known.erase(place);
    return read;
  }
  kept.array = *read;
  kept.array.owner = nullptr;
  kept.owner = read->owner;
  return read;
}

Result<HDF5Object> HDF5Object::parse(const Bytes &bytes,
                                     const std::string &name,
                                     std::shared_ptr<MemoryBudget> budget) {
  auto file = std::make_shared<HDF5File>();
  file->bytes = bytes;
  file->budget =
      budget ? std::move(budget) : std::make_shared<MemoryBudget>(bytes.size);
  file->name = name;
  if (Status status = readSuperblock(*file); !status)
    return objectError(quotePath(name), status.message());
  uint64_t root = file->root;
  return load(std::move(file), root, "/");
}

Result<HDF5Object> HDF5Object::openFile(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parse(*bytes, path);
}

Result<HDF5Object> HDF5Object::load(std::shared_ptr<const HDF5File> file,
                                    uint64_t address, std::string path) {
  Result<std::shared_ptr<const HDF5Header>> header = file->load(address);
  if (!header)
    return objectError(describeObject(*file, path), header.message());
  HDF5Object object;
  object.file = std::move(file);
  object.header = std::move(*header);
  object.location = std::move(path);
  return object;
}

std::string HDF5Object::describe() const {
  return describeObject(*file, location);
}

bool HDF5Object::isDataset() const {
  return header->find(LayoutMessage) != nullptr;
}

std::vector<std::string> HDF5Object::names() const {
  std::vector<std::string> names;
  names.reserve(header->links.size());
  for (const HDF5Link &link : header->links)
    names.push_back(link.name);
  return names;
}

bool HDF5Object::contains(std::string_view name) const {
  return header->findLink(name) != nullptr;
}

Result<HDF5Object> HDF5Object::open(std::string_view relativePath) const {
  HDF5Object object = *this;
  while (!relativePath.empty()) {
    size_t slash = relativePath.find('/');
    std::string_view name = relativePath.substr(0, slash);
    relativePath.remove_prefix(
        slash == std::string_view::npos ? relativePath.size() : slash + 1);
    if (name.empty())
      continue;
    const HDF5Link *link = object.header->findLink(name);
    if (!link)
      return objectError(object.describe(), "it has no member " + quote(name));
    if (link->address == hdf5Undefined)
      return objectError(object.describe(),
                         hdf5Unsupported("member " + quote(name) +
                                         ", a symbolic or external link,")
                             .message);
    const std::string &parent = object.location;
    std::string path = parent + (parent == "/" ? "" : "/") + std::string(name);
    Result<HDF5Object> next = load(file, link->address, std::move(path));
    if (!next)
      return next;
    object = std::move(*next);
  }
  return object;
}

bool HDF5Object::hasAttribute(std::string_view name) const {
  return header->findAttribute(name) != nullptr;
}

/// Whether attributes lie outside of the object's header.
static bool hasDenseAttributes(const HDF5Header &header) {
  const HDF5Message *message = header.find(AttributeInfoMessage);
  if (!message)
    return false;
  FieldReader fields(message->body);
  fields.skip(1);
  unsigned flags = fields.u8();
  if (flags & 1)
    fields.skip(2);
  return fields.u64() != hdf5Undefined;
}

Result<std::vector<std::string>>
HDF5Object::strings(std::string_view name) const {
  auto fail = [&](const std::string &problem) {
    return Error{"cannot read attribute " + quote(name) + " of " + describe() +
                 ": " + problem};
  };
  const HDF5Message *message = header->findAttribute(name);
  if (!message && hasDenseAttributes(*header))
    return fail(hdf5Unsupported("dense storage of attributes").message);
  if (!message)
    return fail("there is none");
  Result<HDF5Attribute> attribute = parseAttribute(*message);
  if (!attribute)
    return fail(attribute.message());
  Result<std::vector<std::string>> strings = readStrings(*file, *attribute);
  if (!strings)
    return fail(strings.message());
  return strings;
}

Result<std::string> HDF5Object::string(std::string_view name) const {
  Result<std::vector<std::string>> all = strings(name);
  if (!all)
    return all.takeError();
  if (all->size() != 1)
    return Error{"attribute " + quote(name) + " of " + describe() + " holds " +
                 std::to_string(all->size()) + " strings instead of one"};
  return std::move((*all)[0]);
}

Result<Array> HDF5Object::read() const {
  Result<Array> array = file->data(*header);
  if (!array)
    return objectError(describe(), array.message());
  return array;
}
