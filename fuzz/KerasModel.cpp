//===- KerasModel.cpp - Fuzzes the reader of Keras models -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Keras/KerasModel.h"

#include "Fuzz.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<KerasModel> model =
      parseKerasModel(viewOf(data, size), "fuzzed.keras");
  if (!model)
    return 0;
  for (const KerasLayer &layer : model->layers)
    for (const KerasWeight &weight : layer.weights)
      touch(weight.array);
  return 0;
}
