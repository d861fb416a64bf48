//===- StepActivation.cpp - Activations of Akida 1.0 ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kind.h"

namespace qml {

template <>
struct Answers<StepActivation> : Unary {
  static constexpr const char *name = "an activation by steps";
  static constexpr Form form = Form::Integers;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const StepActivation &activation) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    if (activation.bits < 1 || activation.bits > 4)
      return failure(operation, std::to_string(activation.bits) +
                                    " activation bits, allowed are 1 to 4");
    for (int64_t step : activation.sixteenths)
      if (step < 1 || step >= int64_t(1) << 28)
        return failure(operation, "a step of " + std::to_string(step) +
                                      " sixteenths, allowed are 1 to 2^28 - 1");
    int64_t channels = numChannels(checker.output(operation));
    if (Status status = checkCount(operation, "steps", activation.sixteenths,
                                   channels, false);
        !status)
      return status;
    return checkCount(operation, "thresholds", activation.threshold, channels,
                      false);
  }

  /// Differences may wrap around.
  static IntegerRange valueRange(const RangeQuery &,
                                 const StepActivation &activation) {
    return {0, (int64_t(1) << activation.bits) - 1};
  }

  static void addTo(ProgramHash &hash, const StepActivation &activation) {
    hash.addForm(activation.bits);
    hash.addValues(activation.threshold, activation.sixteenths);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const StepActivation &activation) {
    of.eachElement([&](int64_t i, int64_t c) {
      of.y()[i] =
          activateByStep(of.x()[i], pick(activation.threshold, c),
                         pick(activation.sixteenths, c), activation.bits);
    });
  }
};

template const KindInfo &kindInfo<StepActivation>();

template <>
struct Answers<StepDequantizer> : Unary {
  static constexpr const char *name = "a dequantizer of steps";
  static constexpr Form form = Form::Dequantizer;
  static constexpr bool keepsModelIntegers = false;
  static constexpr None weights = {};
  static constexpr None makeProduct = {};
  static constexpr None reach = {};
  static constexpr None valueRange = {};
  static constexpr None evaluateFloats = {};

  static Status check(const Checker &checker, const Operation &operation,
                      const StepDequantizer &dequantizer) {
    if (Status status = checker.checkSameShape(operation); !status)
      return status;
    int64_t channels = numChannels(checker.output(operation));
    if (Status status =
            checkCount(operation, "steps", dequantizer.step, channels, false);
        !status)
      return status;
    return checkCount(operation, "thresholds", dequantizer.threshold, channels,
                      false);
  }

  static void addTo(ProgramHash &hash, const StepDequantizer &dequantizer) {
    hash.addValues(dequantizer.threshold, dequantizer.step);
  }

  static void evaluateIntegers(const IntegerOperands &of,
                               const StepDequantizer &dequantizer) {
    float *values = static_cast<float *>(of.out);
    of.eachElement([&](int64_t i, int64_t c) {
      values[i] = static_cast<float>(subtractModulo32(
                      of.x()[i], pick(dequantizer.threshold, c))) /
                  pick(dequantizer.step, c);
    });
  }
};

template const KindInfo &kindInfo<StepDequantizer>();

} // namespace qml
