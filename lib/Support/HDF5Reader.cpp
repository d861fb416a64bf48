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

using namespace qml;
using namespace qml::detail;

static Error objectError(const std::string &description,
                         const std::string &problem) {
  return Error{"cannot read " + description + ": " + problem};
}

static std::string describeObject(const HDF5File &file,
                                  const std::string &path) {
  return "'" + path + "' of '" + file.name + "'";
}

Result<HDF5Object> HDF5Object::parse(const Bytes &bytes,
                                     const std::string &name) {
  auto file = std::make_shared<HDF5File>();
  file->bytes = bytes;
  file->name = name;
  if (Status status = readSuperblock(*file); !status)
    return objectError("'" + name + "'", status.message());
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
  auto header = std::make_shared<HDF5Header>();
  header->path = std::move(path);
  Result<std::vector<HDF5Message>> messages = readMessages(*file, address);
  if (!messages)
    return objectError(describeObject(*file, header->path), messages.message());
  header->messages = std::move(*messages);
  Result<std::vector<HDF5Link>> links = readLinks(*file, header->messages);
  if (!links)
    return objectError(describeObject(*file, header->path), links.message());
  header->links = std::move(*links);
  HDF5Object object;
  object.file = std::move(file);
  object.header = std::move(header);
  return object;
}

const std::string &HDF5Object::path() const { return header->path; }

std::string HDF5Object::describe() const {
  return describeObject(*file, header->path);
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
      return objectError(object.describe(),
                         "it has no member '" + std::string(name) + "'");
    if (link->address == hdf5Undefined)
      return objectError(object.describe(),
                         hdf5Unsupported("member '" + std::string(name) +
                                         "', a symbolic or external link,")
                             .message);
    const std::string &parent = object.header->path;
    std::string path = parent + (parent == "/" ? "" : "/") + std::string(name);
    Result<HDF5Object> next = load(file, link->address, std::move(path));
    if (!next)
      return next;
    object = std::move(*next);
  }
  return object;
}

static const HDF5Message *findAttribute(const HDF5Header &header,
                                        std::string_view name) {
  for (const HDF5Message &message : header.messages)
    if (message.type == AttributeMessage && attributeName(message) == name)
      return &message;
  return nullptr;
}

bool HDF5Object::hasAttribute(std::string_view name) const {
  return findAttribute(*header, name) != nullptr;
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
    return Error{"cannot read attribute '" + std::string(name) + "' of " +
                 describe() + ": " + problem};
  };
  const HDF5Message *message = findAttribute(*header, name);
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
    return Error{"attribute '" + std::string(name) + "' of " + describe() +
                 " holds " + std::to_string(all->size()) +
                 " strings instead of one"};
  return std::move((*all)[0]);
}

Result<Array> HDF5Object::read() const {
  Result<Array> array = readDataset(*file, *header);
  if (!array)
    return objectError(describe(), array.message());
  return array;
}
