//===- Passes.td - Calibration as a pass -------------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_CALIBRATION_PASSES_TD
#define QML_CALIBRATION_PASSES_TD

include "mlir/Pass/PassBase.td"

def Calibrate : Pass<"qml-calibrate", "::mlir::ModuleOp"> {
  let summary = "Observe the ranges of quantizers over batches of samples";
  let description = [{
    Runs the float network over samples, and notes for each output quantizer the
    largest magnitude of what it gets, and for each input quantizer the smallest
    and the largest value: per channel, or for all of them. Across batches the
    range moves: r += (batch's - r) * (1 - momentum), in `f32`; the first batch
    sets it.

    There are ceil(num-samples / batch-size) batches in the order of the file,
    and again for each epoch; the last one may be smaller. A `batch-size` of 0
    takes ceil(samples / num-samples) at once (the reference's rule). Ranges are
    the same to the bit for any number of threads, and of processes: those that
    `mpirun -n N qml-opt` starts share the samples, and the first one prints the
    module.

    With another `calibrator` the samples run once more, for histograms of 2,048
    bins, from which the ranges of output quantizers follow: `max`, the largest
    magnitude of all samples; `percentile`, what so many percent of the magnitudes
    do not exceed; `mse`, the least mean square of what the codes are off by.

    `device=cuda` runs the network on all GPUs that the process may use, each
    with a share of the samples; `auto` does if there is one, else it takes the
    CPU and says so. Ranges of different devices differ in their last bits; on
    the same devices they are the same in each run.

    Without `samples`, random integers are taken, the same for each seed: over
    the full range of the input's type (`random-rule=dtype`), for float inputs
    of `input-dtype`; or of uint8 for 1 or 3 channels and of int8 for others
    (`random-rule=channels`, which the reference's documentation describes).
  }];
  let constructor = "::qml::createCalibratePass()";
  let dependentDialects = ["::qml::QMLDialect"];
  let options = [
    Option<"samples", "samples", "std::string", "\"\"",
      "Samples: .npy, or .npz with :key if it holds several arrays; for several "
      "inputs .npz with an array for each, by its name">,
    Option<"numSamples", "num-samples", "int64_t", "1024",
      "Number of samples to use, or to make; networks with a memory use all">,
    Option<"batchSize", "batch-size", "int64_t", "100",
      "Samples between two updates of the ranges">,
    Option<"epochs", "epochs", "int64_t", "2",
      "How often the samples are used">,
    Option<"momentum", "momentum", "double", "0.9",
      "Share of a range that stays when a batch comes">,
    Option<"calibrator", "calibrator", "std::string", "\"moving-max\"",
      "How ranges follow from the values: moving-max, max, percentile or mse">,
    Option<"percentile", "percentile", "double", "99.99",
      "Percent of the values that calibrator=percentile does not cut">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of random samples">,
    Option<"randomRule", "random-rule", "std::string", "\"dtype\"",
      "Rule of random samples: dtype or channels">,
    Option<"inputDtype", "input-dtype", "std::string", "\"uint8\"",
      "Type of random samples for float inputs: uint8, int8 or int16">,
    Option<"threads", "threads", "int", "0",
      "Most threads to use; 0 for one per core">,
    Option<"device", "device", "std::string", "\"auto\"",
      "Where to run the network: auto, cpu or cuda">,
    Option<"tf32", "tf32", "bool", "false",
      "On a GPU, round the operands of products to 10 bits">
  ];
  let statistics = [
    Statistic<"numRanges", "ranges", "Quantizers that got a range">
  ];
}

#endif // QML_CALIBRATION_PASSES_TD
