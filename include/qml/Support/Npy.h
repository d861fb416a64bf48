//===- Npy.h - NumPy's .npy files -------------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes single arrays. Data is a view of the mapped file.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_NPY_H
#define QML_SUPPORT_NPY_H

#include "qml/Support/Bytes.h"

#include <string>

namespace qml {

/// An array of a .npy file. Little-endian numbers and booleans in C order are
/// read (Fortran order where it makes no difference).
struct NpyArray : Array {
  /// Maps the file at `path`, `-` for the standard input.
  static Result<NpyArray> open(const std::string &path);
  /// Takes `bytes` for the contents of a .npy file; errors call it `name`.
  static Result<NpyArray> parse(const Bytes &bytes, const std::string &name);
};

/// Everything of a .npy file that comes before the data (format version 1 or
/// 2), padded to a multiple of 64 bytes.
std::string npyHeader(ElementType type, const Shape &shape);

/// Writes one array, atomically.
Status writeNpy(const std::string &path, ElementType type, const Shape &shape,
                const void *data);

} // namespace qml

#endif // QML_SUPPORT_NPY_H
