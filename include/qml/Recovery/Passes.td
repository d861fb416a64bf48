//===- Passes.td - Passes of the recovery ---------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_RECOVERY_PASSES_TD
#define QML_RECOVERY_PASSES_TD

include "mlir/Pass/PassBase.td"

class RecoveryPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = ["::qml::QMLDialect"];
  list<Option> sampleOptions = [
    Option<"samples", "samples", "std::string", "\"\"",
      "Samples: .npy, or .npz with :key if it holds several arrays; for several "
      "inputs .npz with an array for each, by its name">,
    Option<"numSamples", "num-samples", "int64_t", "1024",
      "Most samples to use, evenly from all">,
    Option<"threads", "threads", "int", "0",
      "Most threads to use; 0 for one per core">
  ];
  list<Statistic> layerStatistics = [
    Statistic<"numLayers", "layers", "Layers with weights that were visited">,
    Statistic<"numWeights", "new-weights", "Layers whose weights are new">
  ];
}

def CorrectBiases : RecoveryPass<"qml-correct-biases"> {
  let summary = "Make the means of integer layers those of float ones";
  let description = [{
    Visits the layers with weights of a calibrated network from the input on.
    Each gets the bias with which the mean of each output channel over all
    samples is that of the float network: b' = mean(z) - sum_k mean(x_k) w_k,
    where z is what the float layer gives, x are the integers that come from the
    layers before, by then corrected, and w is what the integers of the weights
    stand for. Layers whose sums are not known so (transposed and separable
    convolutions) run once more, and get the mean difference.

    Ranges, weights and bitwidths stay as they are.
  }];
  let options = sampleOptions;
  let statistics = layerStatistics;
}

def RefitWeights : RecoveryPass<"qml-refit-weights"> {
  let summary = "Fit weights to the float network on integer inputs";
  let description = [{
    Visits convolutions, depthwise convolutions and dense layers of a calibrated
    network from the input on. Each gets the weights w' = (H + r I)^-1 (A + r w)
    that come nearest to what the float layer gives: H is the covariance of the
    integer inputs, A that of inputs and float results, and r is `ridge` times
    the mean of H's diagonal. They are rounded to the nearest integers, with the
    scale by the largest weight, which `kernel_scales` holds.

    All sums are of integers, which add up in any order: the result is the same
    to the bit for any number of threads, and of processes: those that
    `mpirun -n N qml-opt` starts share the samples.
  }];
  let options = !listconcat(sampleOptions, [
    Option<"ridge", "ridge", "double", "0",
      "How much weights keep to the old ones; 0 for the best on samples to which "
      "they were not fitted">
  ]);
  let statistics = layerStatistics;
}

def RoundWeights : RecoveryPass<"qml-round-weights"> {
  let summary = "Choose scales and integers of weights by their inputs";
  let description = [{
    Visits convolutions, depthwise convolutions and dense layers of a calibrated
    network from the input on, and chooses scales and integers with the least
    (w - w')^T H (w - w'), H being the covariance of the integer inputs: for
    each output channel 24 scales are tried by the variances alone and 8 by all
    of H, integers follow by coordinate descent from the nearest ones on, then
    both in turn. `kernel_scales` holds the scales; the float weights become what
    the integers stand for.
  }];
  let options = sampleOptions;
  let statistics = layerStatistics;
}

def RecoverAccuracy : RecoveryPass<"qml-recover"> {
  let summary = "All steps that recover accuracy, layer by layer";
  let description = [{
    The steps of `--qml-refit-weights`, `--qml-round-weights` and
    `--qml-correct-biases` in one walk, so that each layer finds inputs on which
    all of them were done. With `level=bias` the biases alone.
  }];
  let options = !listconcat(sampleOptions, [
    Option<"level", "level", "std::string", "\"full\"",
      "Which steps: bias or full">,
    Option<"ridge", "ridge", "double", "0",
      "How much weights keep to the old ones; 0 for the best on samples to which "
      "they were not fitted">
  ]);
  let statistics = layerStatistics;
}

#endif // QML_RECOVERY_PASSES_TD
