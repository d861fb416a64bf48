//===- Config.cpp - Fuzzes the reader of configurations -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Config.h"

#include "Fuzz.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<std::string> problems;
  Config config = parseConfig(textOf(data, size), problems);
  for (const LayerConfig &layer : config.layers)
    require(config.find(layer.layer) == &layer);
  for (const std::string &problem : problems)
    check(Status(Error{problem}));
  return 0;
}
