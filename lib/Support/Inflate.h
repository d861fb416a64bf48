//===- Inflate.h - Unpacking with limits ------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Deflated data of zip members and HDF5 chunks, from untrusted files.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_SUPPORT_INFLATE_H
#define QML_LIB_SUPPORT_INFLATE_H

#include "qml/Support/Bytes.h"

#include <functional>

namespace qml::detail {

enum class DeflateFraming {
  /// Zip members: deflate alone.
  Raw,
  /// HDF5: with zlib's header and checksum.
  Zlib
};

/// Deflate cannot pack better than about 1032 to 1: whether `packed` bytes can
/// hold `size` bytes.
inline bool mayInflateTo(uint64_t packed, uint64_t size) {
  return size / 1032 <= packed + 1;
}

/// Unpacks `packed` to exactly `size` bytes. Memory grows with the output.
Result<Bytes> inflateExactly(const Bytes &packed, uint64_t size,
                             DeflateFraming framing);

/// Unpacks `packed`, which holds `size` bytes, piece by piece: `sink` gets each
/// and says whether it wants more. What comes after the last one that it wants
/// is not checked. Takes little memory.
Status inflateTo(const Bytes &packed, uint64_t size, DeflateFraming framing,
                 const std::function<bool(const uint8_t *, size_t)> &sink);

} // namespace qml::detail

#endif // QML_LIB_SUPPORT_INFLATE_H
