//===- Component.cpp - Libraries that are loaded when needed --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Component.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

namespace qml {

/// `path` without its last `parts` parts.
static std::string parentOf(std::string path, int parts) {
  for (int i = 0; i < parts; ++i) {
    size_t slash = path.rfind('/');
    path.erase(slash == std::string::npos ? 0 : slash);
  }
  return path;
}

std::string Component::findPath(const std::string &name, const char *variable) {
  if (const char *path = std::getenv(variable); path && *path)
    return path;
  // A plugin has its components beside it.
  static const char here = 0;
  Dl_info library;
  if (::dladdr(&here, &library) && library.dli_fname &&
      std::strstr(library.dli_fname, ".so")) {
    char resolved[PATH_MAX];
    if (::realpath(library.dli_fname, resolved))
      if (std::string path = parentOf(resolved, 1) + "/" + name + ".so";
          ::access(path.c_str(), F_OK) == 0)
        return path;
  }
  // With all links resolved, so that a link to a tool finds what lies beside
  // the tool.
  char buffer[PATH_MAX];
  ssize_t length = ::readlink("/proc/self/exe", buffer, sizeof buffer);
  std::string executable(buffer, length > 0 ? size_t(length) : 0);
  return parentOf(executable, 2) + "/lib/" + name + ".so";
}

Result<Component> Component::load(const std::string &path, Symbols symbols) {
  if (::access(path.c_str(), F_OK) != 0)
    return errno == ENOENT || errno == ENOTDIR
               ? Error{"there is no " + path}
               : Error{"can't read " + path + ": " + std::strerror(errno)};
  void *library = ::dlopen(
      path.c_str(),
      RTLD_NOW | (symbols == Symbols::Global ? RTLD_GLOBAL : RTLD_LOCAL));
  if (!library)
    return Error{"can't load " + path + ": " + ::dlerror()};
  return Component(library);
}

void *Component::findAddress(const char *function) const {
  return ::dlsym(library, function);
}

} // namespace qml
