//===- Npy.cpp - Fuzzes the reader of .npy files --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npy.h"
#include "Fuzz.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<NpyArray> array = NpyArray::parse(viewOf(data, size), "fuzzed.npy");
  if (check(array))
    touch(*array);
  return 0;
}
