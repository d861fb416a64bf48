//===- Passes.td - Conversions from qml to other dialects --*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_CONVERSION_PASSES_TD
#define QML_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertQMLToAkida : Pass<"convert-qml-to-akida", "::mlir::ModuleOp"> {
  let summary = "Make hardware layers of an integer network";
  let description = [{
    Replaces the network of a module by an `akida.model` for `version` 1 or 2.
    Layers that the hardware computes as one become one layer, named after its
    convolution, dense layer or addition:

    - 2.0: convolution, perhaps with a maximum pool and ReLU after it, or with
      ReLU and a global average; depthwise convolution with a maximum pool and
      ReLU; dense layer with ReLU, and the flattening before it; addition.
    - 1.0: convolution or separable convolution with a maximum pool and ReLU, or
      a global average and ReLU; dense layer with ReLU.

    The first convolution of images of bytes (1 or 3 channels, with ReLU) is an
    input convolution; other networks begin with `akida.input_data`. Input
    quantizers become `akida.quantizer`; dequantizers `akida.dequantizer`, or
    part of the last layer of 1.0. Rescalings, dropouts and reshapes that keep
    all but extents of 1 vanish: their scales are in the layers after them. What
    follows the first dequantizer is left out, with a warning: a softmax, and
    what moves data alone. Other layers there are an error, unless `float-tail`.

    Everything that the hardware can't do is reported at its layer, all of it in
    one run, and the module left as it was.
  }];
  let options = [
    Option<"version", "version", "int", "2",
           "Version of the hardware: 1 or 2">,
    Option<"floatTail", "float-tail", "bool", "false",
           "Leave out any layer after the first dequantizer">
  ];
  let statistics = [
    Statistic<"numLayers", "layers", "Hardware layers made">
  ];
  let dependentDialects = ["::qml::akida::AkidaDialect", "::qml::QMLDialect"];
}

def AkidaCheck : Pass<"akida-check", "::mlir::ModuleOp"> {
  let summary = "Report what the hardware can't do";
  let description = [{
    Reports everything that `--convert-qml-to-akida` would refuse, in any stage
    of a network, and changes nothing. A float network as imported is checked as
    `qml quantize --target` would quantize it: with separable convolutions split
    for 2.0, with 4 bits per tensor for 1.0, and float inputs as `input-dtype`;
    without it as uint8, or as int8 if the hardware can then do more.

    What the hardware can do is then held against what its mapper takes, as
    `--akida-check-mapping` does; before calibration without the limits on
    values, which aren't known. Of a model that was converted, this is all.
  }];
  let options = [
    Option<"version", "version", "int", "2",
           "Version of the hardware: 1 or 2">,
    Option<"inputDtype", "input-dtype", "std::string", "\"\"",
           "Type that float inputs are quantized to: uint8, int8 or int16; "
           "chosen without">,
    Option<"hardwareOnly", "hardware-only", "bool", "false",
           "Layers that would run in software are an error">,
    Option<"floatTail", "float-tail", "bool", "false",
           "Leave out any layer after the first dequantizer">
  ];
  let dependentDialects = ["::qml::akida::AkidaDialect", "::qml::QMLDialect"];
}

def AkidaCheckMapping : Pass<"akida-check-mapping", "::mlir::ModuleOp"> {
  let summary = "Report which hardware layers run in software";
  let description = [{
    Holds the `akida.model` of a module against what the engine's mapper brings
    onto a chip. Everything that it would leave to software is a warning at its
    layer, or an error; the model stays as it is. Modules without a model have
    nothing to report.

    A limit counts if no virtual device of the version takes the layer. Whether
    a device has room for the layers together is not checked, nor layers that
    one kind of device alone has.
  }];
  let options = [
    Option<"hardwareOnly", "hardware-only", "bool", "false",
           "Layers that would run in software are an error">
  ];
  let statistics = [
    Statistic<"numProblems", "problems", "Limits of the mapper that are broken">
  ];
  let dependentDialects = ["::qml::akida::AkidaDialect"];
}

#endif // QML_CONVERSION_PASSES_TD
