//===- Npz.cpp - Fuzzes the reader of .npz files --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npz.h"
#include "Fuzz.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<NpzFile> file = NpzFile::parse(viewOf(data, size), "fuzzed.npz");
  if (!check(file))
    return 0;
  for (const std::string &key : file->keys()) {
    Result<NpyArray> array = file->get(key);
    if (check(array))
      touch(*array);
  }
  return 0;
}
