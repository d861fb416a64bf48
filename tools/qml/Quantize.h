//===- Quantize.h - What quantize, analyze and search share -----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_QUANTIZE_H
#define QML_TOOLS_QML_QUANTIZE_H

#include "Recover.h"
#include "Usage.h"
#include "qml/Pipelines/Quantize.h"
#include "qml/Pipelines/Target.h"
#include "qml/Quantization/Config.h"

namespace qml {

/// The options as they were given.
void fillOptions(QuantizeOptions &options);

/// Whether parameters were given, which apply to float networks alone.
bool hasParameters();

/// Whether --arithmetic was given, or --target, which has one.
bool hasArithmetic();

/// Whether --quiet was given.
bool isQuiet();

/// Refuses option values that exclude each other, or that there are none of.
void checkOptions(Usage &usage);

/// Notes the rules of --arithmetic, --target and --recover in a module, in
/// place of those that it has.
void setRules(mlir::ModuleOp module, RecoveryLevel level);

/// Notes in a module what samples chose anew.
void noteRecovery(mlir::ModuleOp module, RecoveryLevel level);

/// What samples chose anew in a module that was quantized before.
RecoveryLevel findRecovery(mlir::ModuleOp module);

/// Whether --recover was given.
bool hasRecoveryLevel();

/// The target that a module is made for, if it is for one.
std::optional<Target> getChip(mlir::ModuleOp module);

/// --qml-sanitize, with the rewrites that a module's target needs, or options
/// ask for.
void buildSanitizePipeline(mlir::OpPassManager &pm, mlir::ModuleOp module);

/// Whether quantizers of a calibrated module may get one range for all channels
/// where ranges per channel would cut values.
bool choosesGranularity(mlir::ModuleOp module, RecoveryLevel level);

/// The parameters of quantizers: what was typed has priority over the module's
/// target.
InsertQuantizersOptions getQuantizerOptions(mlir::ModuleOp module,
                                            const QuantizeOptions &all);

/// Adds quantizers to a sanitized module. Notes in the options what its target
/// makes of float inputs, where that was not typed.
mlir::LogicalResult addQuantizersTo(mlir::ModuleOp module,
                                    QuantizeOptions &options);

/// The level of --recover, or the one that follows from the other options;
/// refuses what does not go together.
RecoveryLevel getRecoveryLevel(Usage &usage);

/// The calibrator that a level of recovery has by default.
void setCalibrator(QuantizeOptions &options, RecoveryLevel level);

/// Sanitizes a module, if it was not calibrated before, and inserts quantizers;
/// of one that is quantized already the calibrated form is taken. Changes the
/// options as addQuantizersTo does.
mlir::LogicalResult insertQuantizers(mlir::ModuleOp module,
                                     QuantizeOptions &options,
                                     bool &wasCalibrated);

/// Observes ranges, or takes them from a file; a network that was calibrated
/// before has its own unless samples are given. Fills in histograms, too, if
/// they are asked for.
mlir::LogicalResult findRanges(mlir::ModuleOp module,
                               const QuantizeOptions &options,
                               bool wasCalibrated, CalibrationReport &report,
                               Histograms *histograms,
                               RecoveryLevel level = RecoveryLevel::None,
                               FloatFacts *facts = nullptr);

/// Whether a configuration leaves bits of weights, or of results, to
/// parameters.
bool leavesWeightBits(mlir::func::FuncOp network, const Config &config);
bool leavesResultBits(mlir::func::FuncOp network, const Config &config);

/// Says of which inputs the samples are all the same.
void warnOfAlikeSamples(mlir::func::FuncOp network, const Program &program,
                        const SampleSet &samples, int64_t mostUsed);

/// Of integers against the float network, on some of the samples.
struct MeasuredNoise : Noise {
  MeasuredNoise(const Noise &noise, int64_t samples)
      : Noise(noise), samples(samples) {}
  int64_t samples;
};

/// Reports what samples show to be cut, where nothing was known without them,
/// and integers that are far from the float network, whatever the reason.
/// `measured` gets their noise, if it can be measured.
mlir::LogicalResult checkNoise(mlir::func::FuncOp calibrated,
                               mlir::func::FuncOp integer,
                               const QuantizeOptions &options,
                               std::optional<MeasuredNoise> &measured);

/// Says what the chip can't do: the network is still right, and may be split.
mlir::LogicalResult checkChip(mlir::ModuleOp module, const Target &chip,
                              bool strict);

} // namespace qml

#endif // QML_TOOLS_QML_QUANTIZE_H
