//===- HDF5Reader.h - The part of HDF5 that Keras writes --------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reader of our own, because model files are untrusted and the HDF5 library
// crashes and hangs on damaged ones. Read are: superblocks 0 to 3; groups of
// symbol tables or of compact links; attributes that are strings; datasets of
// little-endian numbers, contiguous, compact, or chunked with deflate and
// shuffle. Anything else is an error that names the feature.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_HDF5READER_H
#define QML_SUPPORT_HDF5READER_H

#include "qml/Support/Bytes.h"
#include "qml/Support/MemoryBudget.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qml {

namespace detail {
struct HDF5File;
struct HDF5Header;
} // namespace detail

/// A group or a dataset of a file, which stays mapped while any of its objects
/// or arrays lives. Copying is cheap.
class HDF5Object {
public:
  /// The root group of the file at `path`.
  static Result<HDF5Object> openFile(const std::string &path);
  /// The root group of `bytes`, the contents of a file; errors call it `name`.
  /// What is unpacked is spent from `budget`: of the file that holds this one,
  /// or of its own if there is none.
  static Result<HDF5Object>
  parse(const Bytes &bytes, const std::string &name,
        std::shared_ptr<MemoryBudget> budget = nullptr);

  /// The path inside the file: "/" or "/group/dataset".
  const std::string &path() const { return location; }
  /// How messages call it: "'/group/dataset' of 'model.h5'".
  std::string describe() const;

  bool isDataset() const;

  /// The names in a group in the order of the file (h5py: alphabetical); none
  /// of a dataset.
  std::vector<std::string> names() const;
  bool contains(std::string_view name) const;
  /// Opens a member, or a member of a member: "a/b/c".
  Result<HDF5Object> open(std::string_view relativePath) const;

  bool hasAttribute(std::string_view name) const;
  /// The strings of an attribute in C order, however many dimensions it has; an
  /// array of no elements is none, whatever its type.
  Result<std::vector<std::string>> strings(std::string_view attribute) const;
  /// The attribute's only string.
  Result<std::string> string(std::string_view attribute) const;

  /// The data of a dataset: a view of the file if it is stored in one piece and
  /// aligned, else unpacked; once, for as long as an array of it lives.
  Result<Array> read() const;

private:
  HDF5Object() = default;
  static Result<HDF5Object> load(std::shared_ptr<const detail::HDF5File> file,
                                 uint64_t address, std::string path);

  std::shared_ptr<const detail::HDF5File> file;
  std::shared_ptr<const detail::HDF5Header> header;
  std::string location;
};

} // namespace qml

#endif // QML_SUPPORT_HDF5READER_H
