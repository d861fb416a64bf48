//===- MappedFile.h - Reading files without a copy --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Regular files are mapped into memory; pipes and the standard input are read
// into it.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_MAPPEDFILE_H
#define QML_SUPPORT_MAPPEDFILE_H

#include "qml/Support/Bytes.h"

#include <string>

namespace qml {

/// Most bytes that are read from something that is no regular file: a device
/// may never end.
constexpr size_t maxStreamBytes = size_t(1) << 32;

/// The contents of the file at `path`; `-` is the standard input. A regular
/// file is mapped read-only, and stays so while any copy of the result's owner
/// lives, also when the name is removed or replaced. It must not be made
/// shorter in place meanwhile. What can be read but once, a pipe or the
/// standard input, is kept, and is the same for whoever reads it again. Errors
/// name the path and the system's reason.
Result<Bytes> readFile(const std::string &path,
                       size_t maxStream = maxStreamBytes);

/// Lets the system take the whole pages of a part of a mapped file back: they
/// are read again if they are needed again. Nothing for other bytes.
void releasePages(const Bytes &bytes);

} // namespace qml

#endif // QML_SUPPORT_MAPPEDFILE_H
