//===- ONNXModel.cpp - Fuzzes the reader of ONNX models -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/ONNX/ONNXModel.h"

#include "Fuzz.h"

using namespace qml;
using namespace qml::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<ONNXModel> model = parseONNXModel(viewOf(data, size), "fuzzed.onnx");
  if (!model)
    return 0;
  for (const ONNXTensor &tensor : model->initializers)
    if (Result<Array> array = tensor.read())
      touch(*array);
  return 0;
}
