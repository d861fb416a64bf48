//===- Npz.h - NumPy's .npz files -------------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Several named arrays in one zip archive, and the command line's way to name
// one of them: FILE.npz:key.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_NPZ_H
#define QML_SUPPORT_NPZ_H

#include "qml/Support/Npy.h"
#include "qml/Support/Zip.h"

#include <string>
#include <string_view>
#include <vector>

namespace qml {

/// A .npz file that is being read. Opening it reads the list of arrays only.
class NpzFile {
public:
  static Result<NpzFile> open(const std::string &path);
  /// Takes `bytes` for the contents; errors call it `name`.
  static Result<NpzFile> parse(const Bytes &bytes, const std::string &name);

  /// The names of the arrays in the order of the file, without ".npy", and as
  /// they were before `escapeKey`.
  const std::vector<std::string> &keys() const { return names; }
  bool contains(const std::string &key) const;

  /// The array of that name. Data is a view of the file if the array is stored
  /// uncompressed (and aligned), else unpacked for this call.
  Result<NpyArray> get(const std::string &key) const;

  /// The path, or what else the file was called.
  const std::string &name() const { return zip.name(); }

private:
  explicit NpzFile(ZipReader zip) : zip(std::move(zip)) {}
  const ZipEntry *find(const std::string &key) const;

  ZipReader zip;
  std::vector<std::string> names;
  /// The member of each name.
  std::unordered_map<std::string, size_t> members;
};

/// A .npz file that is being written, atomically; the same arrays in the same
/// order give the same bytes.
class NpzWriter {
public:
  static Result<NpzWriter> create(const std::string &path,
                                  ZipOptions options = {});

  /// `key` is not used before, and becomes the name of a member by `escapeKey`;
  /// `data` holds the array in C order and is not needed after the call.
  Status add(const std::string &key, ElementType type, const Shape &shape,
             const void *data);
  Status finish() { return zip.finish(); }

private:
  explicit NpzWriter(ZipWriter zip) : zip(std::move(zip)) {}

  ZipWriter zip;
};

/// A file and the arrays that are meant in it.
struct NpzPath {
  std::string path;
  /// Empty if none was named.
  std::vector<std::string> keys;
};

/// Splits "S.npz:key" and "DATA.npz:x,y" after the last ".npz:"; anything else
/// is a path alone. Fails if a key is empty.
Result<NpzPath> splitNpzPath(std::string_view text);

/// Opens "S.npy", "-" (a .npy on the standard input), "S.npz:key", or "S.npz"
/// if that file holds a single array.
Result<NpyArray> openArray(const std::string &path);

} // namespace qml

#endif // QML_SUPPORT_NPZ_H
