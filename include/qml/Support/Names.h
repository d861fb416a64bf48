//===- Names.h - Names of layers as names of files --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layer may be called anything. What unpacks an archive takes the names of
// its members for paths, and must not leave its folder.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_NAMES_H
#define QML_SUPPORT_NAMES_H

#include "qml/Support/Result.h"

#include <string>
#include <string_view>

namespace qml {

/// The name of the member for an array: "out/block/conv" stays as it is.
/// Written as %XX are all bytes of the parts "." and "..", a slash at the start
/// or after another one, control characters, and the characters \ : and %. Two
/// names are never written alike.
std::string escapeKey(std::string_view key);

/// The name that was escaped. What is no escape stays as it is: other
/// programs write other names.
std::string unescapeKey(std::string_view text);

/// Whether a layer can have this name: it must not be empty. The message is the
/// predicate of a sentence about the layer.
Status checkLayerName(std::string_view name);

} // namespace qml

#endif // QML_SUPPORT_NAMES_H
