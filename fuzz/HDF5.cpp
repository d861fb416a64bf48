//===- HDF5.cpp - Fuzzes the reader of HDF5 files -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "qml/Support/HDF5Reader.h"

using namespace qml;
using namespace qml::fuzz;

/// Groups may contain themselves.
static void walk(const HDF5Object &object, int depth, int &budget) {
  for (const char *name : {"vlen", "fixed", "vlens", "fixeds", "model_config",
                           "layer_names", "weight_names"})
    if (object.hasAttribute(name))
      check(object.strings(name));
  if (object.isDataset()) {
    Result<Array> array = object.read();
    if (check(array))
      touch(*array);
  }
  if (depth == 0)
    return;
  for (const std::string &name : object.names()) {
    if (--budget < 0)
      return;
    Result<HDF5Object> member = object.open(name);
    if (check(member))
      walk(*member, depth - 1, budget);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<HDF5Object> root = HDF5Object::parse(viewOf(data, size), "fuzzed.h5");
  int budget = 60;
  if (check(root))
    walk(*root, 6, budget);
  return 0;
}
