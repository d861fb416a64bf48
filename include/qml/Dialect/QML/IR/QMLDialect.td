//===- QMLDialect.td - The qml dialect ---------------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLDIALECT_TD
#define QML_DIALECT_QML_IR_QMLDIALECT_TD

include "mlir/IR/DialectBase.td"

def QML_Dialect : Dialect {
  let name = "qml";
  let cppNamespace = "::qml";
  let summary = "Neural networks on their way from float to integers";
  let description = [{
    One operation per layer of a network, valid in every stage of quantization:

    - **float**: tensors of `f32`, NHWC; weights are attributes, usually
      `dense_resource`s that share the memory of the file they came from.
    - **annotated**: float, with `qml.input_quantizer`, `qml.output_quantizer`
      and `qml.dequantizer` between the layers, and a `weight_quantizer` on each
      layer with weights.
    - **calibrated**: the quantizers know the ranges that were observed.
    - **integer**: tensors of `i8`, `i16`, `i32` or `i64`, whose types say what
      the integers stand for: `tensor<?x8xi8, #qml.fixed<...>>`.

    Stages differ by types and attributes, not by operations. The outermost axis
    of every tensor is the batch, usually dynamic. A network is a `func.func` of
    one block in a module with the network's name, from any number of inputs
    (named by the argument attribute `qml.name`) to any number of outputs;
    where arrays of samples have another layout, `qml.layout` says so:
    `"channels_first"`, or `"frames"` before the other axes, which are samples;
    layers carry their source names, which configurations, reports and
    diagnostics use, and their class in the source model where it is another
    than the operation's (`source_class`).

    A state is a value that one step leaves for the next: an argument and a
    result of one type, both with the attribute `qml.state` and the state's
    name. It is zero at the start of a sequence. The batch of a network with
    states is time: each sample is the step after the one before it. States have
    a batch of one.

    Integer arithmetic follows the rules that the module attribute
    `qml.arithmetic` names: `"quantizeml"` (the default) or `"akida"`. With the
    module attribute `qml.target`, `"akida-2.0"` or `"akida-1.0"`, choices that
    the chip leaves open are made for accuracy, not as the reference makes them.
    The module attribute `qml.frac_bits_limit` says how many fractional bits
    quantizers may have: `"value-bits"`, as many as value bits (the reference's
    limit, which cuts values below 1/128 at 8 bits; the default), or
    `"widest-channel"`, as many as values need (the default with a target, and
    what `--recover` sets). `qml.recovery` says what samples chose anew before
    the integers were made: `"bias"`, or `"full"`, weights and biases.

    Constraints of all operations:

    - (L1) operands and results are all `f32`, or all integers; descriptions say
      where they may differ.
    - (L2) tensors have a batch and at least one more axis, known but for the
      batch, of 1 to 2^28 elements, and no more than 2^40 in all.
    - (L3) an integer result has the encoding `#qml.fixed`, whose binary points
      and scales are those that follow from the operands and the operation's
      attributes.
    - (L4) resources hold as many bytes as their types say, aligned for an
      element; literals that repeat one value stand for at most 2^30 bytes.
      Shifts and scales are one value, or one per channel; shifts of stored
      values are 0 to 40.

    Constraints of layers with weights:

    - (W1) kernel and bias are integers where the layer is, which has a
      `buffer_bitwidth` then.
    - (W2) integer kernels come with `kernel_scales`, one or one per output
      channel. Float kernels may have them if they have a quantizer, which then
      takes these scales instead of those by the largest weights. A layer with
      two kernels has `dw_kernel_scales` and `pw_kernel_scales`.
    - (W3) `bias` has one value per output channel.
    - (W4) the axis of `weight_quantizer`, or of `pw_weight_quantizer`, is the
      output channel's, if there is any.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = [{
    /// Part of initialize() that needs the definitions of the attributes.
    void registerAttributes();

    /// Part of initialize() that makes attributes readable in bytecode.
    void registerBytecode();

    /// Part of initialize() that gives attributes short names in text.
    void registerAliases();
  }];
}

#endif // QML_DIALECT_QML_IR_QMLDIALECT_TD
