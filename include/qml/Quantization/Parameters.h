//===- Parameters.h - Parameters of quantization ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_QUANTIZATION_PARAMETERS_H
#define QML_QUANTIZATION_PARAMETERS_H

#include "qml/Support/ElementType.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qml {

/// What applies to all layers that no configuration names. Names and defaults
/// are the reference's.
struct QuantizationParameters {
  /// Weights of the first layer that has any, and of all others.
  int inputWeightBits = 8;
  int weightBits = 8;
  /// Results of ReLU, and of all other layers.
  int activationBits = 8;
  int outputBits = 8;
  /// Accumulators and products.
  int bufferBits = 32;
  bool perTensorActivations = false;
  /// Type that float inputs are quantized to: U8, I8 or I16.
  ElementType inputType = ElementType::U8;
  /// Adds a quantizer to the last layer.
  std::optional<int> lastOutputBits;

  /// What is out of range, one sentence each.
  std::vector<std::string> check() const;
};

/// The ways in which ranges follow from values, see
/// qml/Calibration/Calibrators.h.
bool isCalibrator(std::string_view name);
/// "moving-max, max, percentile and mse".
extern const char *const calibratorNames;

/// The input type that "uint8", "int8" or "int16" names.
std::optional<ElementType> parseInputType(const std::string &name);

} // namespace qml

#endif // QML_QUANTIZATION_PARAMETERS_H
