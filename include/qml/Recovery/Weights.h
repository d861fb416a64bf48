//===- Weights.h - Weights chosen by moments --------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chooses integers for the weights of one layer so that what it gives is as
// near as possible to what the float layer gives, on the inputs that the
// integer network has there. The error of weights w' in place of w is
// (w - w')^T H (w - w'), with H the covariance of the inputs: weights that
// multiply the same things may err in opposite directions.
//
//===----------------------------------------------------------------------===//

#ifndef QML_RECOVERY_WEIGHTS_H
#define QML_RECOVERY_WEIGHTS_H

#include "qml/Recovery/Moments.h"
#include "qml/Support/Result.h"

#include <functional>
#include <vector>

namespace qml {

struct WeightSteps {
  /// Weights that fit the float layer's results best, before they are rounded:
  /// (H + r I)^-1 (A + r w), with A the covariance of inputs and results, and r
  /// `ridge` times the mean of H's diagonal.
  bool refit = true;
  /// 0 takes the one of several with which what is fitted to half of the
  /// samples is nearest to the other half.
  double ridge = 0;
  /// Scales and integers by the error above: coordinate descent from those to
  /// the nearest integer on. Else scales by the largest weight.
  bool round = true;
  /// How often coordinate descent goes through the inputs of a channel.
  int sweeps = 8;
};

/// One layer.
struct WeightProblem {
  const Moments *moments = nullptr;
  /// Of two halves of the samples, for the choice of the ridge; may be null.
  const Moments *halves[2] = {nullptr, nullptr};
  /// What one code of an input stands for: one for each input of a block, block
  /// by block.
  std::vector<double> units;
  /// The float weights, (blocks, inputs, outputs).
  std::vector<double> weights;
  int valueBits = 7;
  /// Whether integers have the same largest magnitude on both sides.
  bool isSymmetric = false;
  /// One scale for all channels.
  bool hasOneScale = false;
  /// Corrects scales to those that the hardware can have; never smaller.
  std::function<void(std::vector<float> &)> adjustScales;
};

struct ChosenWeights {
  /// By channel, or one.
  std::vector<float> scales;
  /// (blocks, inputs, outputs); a scale times these are the weights.
  std::vector<int32_t> integers;
  /// The error, as mean squares over all channels: of the weights to the
  /// nearest integer by the largest weight's scale, and of these.
  double errorBefore = 0;
  double errorAfter = 0;
};

/// Fails if there is no memory for it.
Result<ChosenWeights> chooseWeights(const WeightProblem &problem,
                                    const WeightSteps &steps, int threads);

/// What the bias has to be for the mean of each channel to be the float
/// layer's: mean of the targets, whose sums over the same cells are
/// `outputSums`, less that of the products. `weights` are (blocks, inputs,
/// outputs).
std::vector<double> meanBias(const Moments &moments,
                             const std::vector<double> &outputSums,
                             const std::vector<double> &units,
                             const std::vector<double> &weights);

} // namespace qml

#endif // QML_RECOVERY_WEIGHTS_H
