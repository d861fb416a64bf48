//===- Parameters.cpp - Parameters of quantization ------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Quantization/Parameters.h"

namespace qml {

const char *const calibratorNames = "moving-max, max, percentile and mse";

bool isCalibrator(std::string_view name) {
  return name == "moving-max" || name == "max" || name == "percentile" ||
         name == "mse";
}

std::vector<std::string> QuantizationParameters::check() const {
  std::vector<std::string> problems;
  auto bits = [&](const char *name, int value, int lower, int upper) {
    if (value < lower || value > upper)
      problems.push_back(std::string(name) + " is " + std::to_string(value) +
                         "; allowed are " + std::to_string(lower) + " to " +
                         std::to_string(upper));
  };
  bits("input-weight-bits", inputWeightBits, 2, 16);
  bits("weight-bits", weightBits, 2, 16);
  bits("activation-bits", activationBits, 1, 16);
  bits("output-bits", outputBits, 2, 16);
  bits("buffer-bits", bufferBits, 16, 32);
  if (lastOutputBits)
    bits("last-output-bits", *lastOutputBits, 2, 31);
  return problems;
}

std::optional<ElementType> parseInputType(const std::string &name) {
  for (ElementType type : {ElementType::U8, ElementType::I8, ElementType::I16})
    if (name == nameOf(type))
      return type;
  return std::nullopt;
}

} // namespace qml
