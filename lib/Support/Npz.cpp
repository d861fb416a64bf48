//===- Npz.cpp - NumPy's .npz files ---------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npz.h"

#include "qml/Support/MappedFile.h"
#include "qml/Support/Names.h"
#include "qml/Support/Quote.h"

#include <algorithm>

using namespace qml;

static constexpr std::string_view memberSuffix = ".npy";

static bool endsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         text.substr(text.size() - suffix.size()) == suffix;
}

Result<NpzFile> NpzFile::parse(const Bytes &bytes, const std::string &name) {
  Result<ZipReader> zip = ZipReader::parse(bytes, name);
  if (!zip)
    return zip.takeError();
  NpzFile file(std::move(*zip));
  const std::vector<ZipEntry> &entries = file.zip.entries();
  for (size_t i = 0; i != entries.size(); ++i) {
    std::string_view member = entries[i].name;
    if (!endsWith(member, memberSuffix))
      continue;
    member.remove_suffix(memberSuffix.size());
    std::string key = unescapeKey(member);
    if (!file.members.emplace(key, i).second)
      return Error{"cannot read archive " + quotePath(name) +
                   ": it holds two arrays named " + quote(key)};
    file.names.push_back(std::move(key));
  }
  return file;
}

Result<NpzFile> NpzFile::open(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parse(*bytes, path);
}

const ZipEntry *NpzFile::find(const std::string &key) const {
  auto found = members.find(key);
  return found == members.end() ? nullptr : &zip.entries()[found->second];
}

bool NpzFile::contains(const std::string &key) const {
  return find(key) != nullptr;
}

/// Up to ten names, for messages.
static std::string list(const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 10; ++i)
    text += (i == 0 ? "" : ", ") + quote(names[i]);
  if (names.size() > 10)
    text += ", ... (" + std::to_string(names.size()) + " in all)";
  return names.empty() ? "none" : text;
}

Result<NpyArray> NpzFile::get(const std::string &key) const {
  const ZipEntry *entry = find(key);
  if (!entry)
    return Error{quotePath(name()) + " holds no array " + quote(key) +
                 "; its arrays are " + list(names)};
  Result<Bytes> contents = zip.read(*entry);
  if (!contents)
    return contents.takeError();
  return NpyArray::parse(*contents, name() + ":" + key);
}

Result<NpzWriter> NpzWriter::create(const std::string &path,
                                    ZipOptions options) {
  Result<ZipWriter> zip = ZipWriter::create(path, options);
  if (!zip)
    return zip.takeError();
  return NpzWriter(std::move(*zip));
}

Status NpzWriter::add(const std::string &key, ElementType type,
                      const Shape &shape, const void *data) {
  int64_t size = checkedNumBytes(type, shape);
  if (size < 0)
    return Error{"cannot write array " + quote(key) + ": the shape " +
                 toString(shape) + " overflows"};
  std::string header = npyHeader(type, shape);
  std::string_view contents(static_cast<const char *>(data), size_t(size));
  return zip.add(escapeKey(key) + std::string(memberSuffix),
                 {header, contents});
}

Result<NpzPath> qml::splitNpzPath(std::string_view text) {
  constexpr std::string_view separator = ".npz:";
  NpzPath result;
  size_t found = text.rfind(separator);
  if (found == std::string_view::npos) {
    result.path = text;
    return result;
  }
  result.path = text.substr(0, found + separator.size() - 1);
  std::string_view keys = text.substr(found + separator.size());
  for (;;) {
    size_t comma = keys.find(',');
    std::string_view key = keys.substr(0, comma);
    if (key.empty())
      return Error{quotePath(text) +
                   " names an array without a name; allowed is FILE.npz, "
                   "FILE.npz:key or FILE.npz:key,key"};
    result.keys.emplace_back(key);
    if (comma == std::string_view::npos)
      return result;
    keys.remove_prefix(comma + 1);
  }
}

Result<NpyArray> qml::openArray(const std::string &path) {
  Result<NpzPath> split = splitNpzPath(path);
  if (!split)
    return split.takeError();
  if (split->keys.empty() && !endsWith(split->path, ".npz"))
    return NpyArray::open(path);
  if (split->keys.size() > 1)
    return Error{quotePath(path) + " names " +
                 std::to_string(split->keys.size()) +
                 " arrays; one is allowed here"};
  Result<NpzFile> file = NpzFile::open(split->path);
  if (!file)
    return file.takeError();
  if (!split->keys.empty())
    return file->get(split->keys[0]);
  if (file->keys().size() != 1)
    return Error{quotePath(path) + " holds " +
                 std::to_string(file->keys().size()) + " arrays; name one as " +
                 quotePath(path + ":key") + ", of " + list(file->keys())};
  return file->get(file->keys()[0]);
}
