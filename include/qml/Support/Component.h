//===- Component.h - Libraries that are loaded when needed ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What links a library that not every machine has is a component: a shared
// object lib/<name>.so of its own, that the tools load when they need it.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_COMPONENT_H
#define QML_SUPPORT_COMPONENT_H

#include "qml/Support/Result.h"

#include <string>

namespace qml {

/// A loaded component. It stays loaded until the process ends: libraries below
/// it may have threads, and handlers for the end, of their own.
class Component {
public:
  enum class Symbols {
    /// Nothing else can use the component's symbols, nor those of the libraries
    /// that it brings along.
    Local,
    /// The libraries below may load plugins that use their symbols.
    Global
  };

  /// Where the component `name` ("libQMLAkida") lies: what the environment's
  /// `variable` names; beside the plugin that this library is part of; else
  /// <folder of the executable>/../lib/<name>.so.
  static std::string findPath(const std::string &name, const char *variable);

  static Result<Component> load(const std::string &path,
                                Symbols symbols = Symbols::Local);

  /// A function by its C name; null if the component has none.
  template <typename F>
  F *find(const char *function) const {
    return reinterpret_cast<F *>(findAddress(function));
  }

private:
  explicit Component(void *library) : library(library) {}
  void *findAddress(const char *function) const;

  void *library;
};

} // namespace qml

#endif // QML_SUPPORT_COMPONENT_H
