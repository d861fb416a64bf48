//===- Report.h - What people and scripts read of a network -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_REPORT_REPORT_H
#define QML_TARGET_REPORT_REPORT_H

#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Support/Result.h"

#include "llvm/Support/raw_ostream.h"

namespace qml {

/// Parameters as the reference counts them: kernels and biases are trainable;
/// an output quantizer adds two for each channel or tensor (its range and its
/// rescaling rate), an input quantizer two (minimum and maximum).
struct ParameterCount {
  int64_t trainable = 0;
  int64_t nonTrainable = 0;
};
ParameterCount countParameters(LayerOpInterface layer);

/// What is to be said of a layer, or of an input of the network.
struct LayerSummary {
  std::string name, type;
  /// Without the batch.
  llvm::SmallVector<int64_t> shape;
  ParameterCount parameters;
  /// Names of the layers before.
  std::vector<std::string> inputs;
  bool isInput = false;
  /// Whether it runs in integers.
  bool isQuantized = false;
  /// Of each kernel; none of float layers.
  std::vector<int> weightBits;
  /// Of the result's quantizer; 0 for none.
  int resultBits = 0;
  /// Of kernels and biases, with as many bits as they have.
  int64_t weightBytes = 0;
  /// What its integers are known to lose, in words; empty for nothing.
  std::string loss;
};

/// Inputs first, then layers in the order of Keras.
std::vector<LayerSummary> summarize(mlir::func::FuncOp network);

/// The table of layers: name and type, output shape, parameters, bits and bytes
/// of weights and bits of results if there are quantizers, and what each is
/// connected to if the network is no chain; then the totals, and what integers
/// are known to lose.
void printSummary(mlir::func::FuncOp network, llvm::raw_ostream &os);

/// Writes the variables of an integer network to an .npz file, as arrays named
/// `<kind>/<layer>`: range_max, rescaling_rate, range_min, frac_bits, weights,
/// weight_scales, bias, bias_shift, max_value, max_value_shift, padding,
/// padding_shift, output_scales, output_scales_frac_bits, output_shift,
/// input_shift, a_shift, b_shift, zero_points.
Status writeVariables(mlir::func::FuncOp network, const std::string &path);

/// Registers --qml-to-config and --qml-summary.
void registerReportTranslations();

} // namespace qml

#endif // QML_TARGET_REPORT_REPORT_H
