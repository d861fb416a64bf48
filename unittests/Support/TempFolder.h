//===- TempFolder.h - A folder for the files of a test ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_SUPPORT_TEMPFOLDER_H
#define QML_UNITTESTS_SUPPORT_TEMPFOLDER_H

#include <filesystem>
#include <stdlib.h>
#include <string>

namespace qml::testing {

/// A new folder, removed with all that is in it.
class TempFolder {
public:
  TempFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "qml-test-XXXXXX").string();
    folder = ::mkdtemp(name.data()) ? name : std::string();
  }
  TempFolder(const TempFolder &) = delete;
  TempFolder &operator=(const TempFolder &) = delete;
  ~TempFolder() {
    std::error_code ignored;
    if (!folder.empty())
      std::filesystem::remove_all(folder, ignored);
  }

  std::string path(const std::string &name) const {
    return folder + "/" + name;
  }
  size_t countFiles() const {
    size_t count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
      (void)entry;
      ++count;
    }
    return count;
  }

private:
  std::string folder;
};

} // namespace qml::testing

#endif // QML_UNITTESTS_SUPPORT_TEMPFOLDER_H
