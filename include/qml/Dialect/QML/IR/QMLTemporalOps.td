//===- QMLTemporalOps.td - Layers with memory --------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Of layers with a queue the batch is time: each sample is the step after the
// one before it. A layer takes the memory that the step before left, and
// returns what it leaves for the next; networks carry both as a state. Layers
// of recurrent networks take whole sequences: each sample is one, which starts
// from nothing.

#ifndef QML_DIALECT_QML_IR_QMLTEMPORALOPS_TD
#define QML_DIALECT_QML_IR_QMLTEMPORALOPS_TD

include "qml/Dialect/QML/IR/QMLOpBase.td"

/// A layer with kernels, and with a memory of its last inputs.
class QML_TemporalConvOp<string mnemonic, string kindName>
    : QML_WeightedLayerOp<mnemonic, kindName, [
          QML_MemoryLayerOpInterface,
          AllTypesMatch<["memory", "new_memory"]>]> {
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_Tensor:$memory,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result, QML_Tensor:$new_memory);
  let assemblyFormat = [{
    $layer_name `(` $input `,` $memory `)` `kernel` `=` $kernel
    (`bias` `=` $bias^)? (`activation` `=` `` $activation^)?
    attr-dict `:` `(` type($input) `,` type($memory) `)` `->` type($result)
  }];
}

def QML_BufferTempConvOp
    : QML_TemporalConvOp<"buffer_temp_conv", "BufferTempConv"> {
  let summary = "convolution over the last inputs";
  let description = [{
    `memory` (1, height, width, T, in) holds the last T inputs, the oldest
    first. The new input takes its place at the end, and the oldest one is
    dropped: that is `new_memory`. `kernel` (T, in, out) is multiplied with
    each of its cells, all T inputs at once, and the bias is added. Samples are
    steps of one sequence, whose memory is zero at the start.

    Integers are shifted and saturated as in `qml.conv_2d`; the memory holds
    them as they came. The buffer may have 32 bits.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel` has inputs.
    - (C2) `kernel` has rank 3 and no extent of zero.
    - (C3) `memory` has one entry of the input's shape for each of the kernel's
      T, and its integers stand for what the input's do.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xf32>,
                       %memory: tensor<1x8x8x3x4xf32> {qml.state = "btc"})
        -> (tensor<?x8x8x2xf32>, tensor<1x8x8x3x4xf32> {qml.state = "btc"}) {
      %0, %1 = qml.buffer_temp_conv "btc" (%x, %memory)
          kernel = dense<0.5> : tensor<3x4x2xf32>
          bias = dense<[1.0, 2.0]> : tensor<2xf32>
          : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x2xf32>
      return %0, %1 : tensor<?x8x8x2xf32>, tensor<1x8x8x3x4xf32>
    }
    ```
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 2; }
    static int64_t getInputAxis() { return 1; }
  }];
}

def QML_DepthwiseBufferTempConvOp
    : QML_TemporalConvOp<"depthwise_buffer_temp_conv",
                         "DepthwiseBufferTempConv"> {
  let summary = "convolution over the last inputs, channel by channel";
  let description = [{
    Like `qml.buffer_temp_conv`, but channel c of the result is the sum of
    channel c of the T last inputs, multiplied with `kernel[:, c]`. Under the
    chip's rules the sum is saturated after each addition, from the oldest input
    on.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel`.
    - (C2) `kernel` has shape (T, channels) and no extent of zero.
    - (C3) `memory` has one entry of the input's shape for each of the kernel's
      T, and its integers stand for what the input's do.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xf32>,
                       %memory: tensor<1x8x8x3x4xf32> {qml.state = "dbtc"})
        -> (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32> {qml.state = "dbtc"}) {
      %0, %1 = qml.depthwise_buffer_temp_conv "dbtc" (%x, %memory)
          kernel = dense<0.5> : tensor<3x4xf32>
          : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x4xf32>
      return %0, %1 : tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>
    }
    ```
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 1; }
    static int64_t getInputAxis() { return 1; }
  }];
}

def QML_StatefulProjectionOp
    : QML_WeightedLayerOp<"stateful_projection", "StatefulProjection",
                          [QML_FoldsOffsets]> {
  let summary = "matrix product over the last axis of some steps";
  let description = [{
    Like `qml.dense`, of the steps `subsample - 1`, `2 * subsample - 1`, ... of
    a sequence (batch, steps, channels); the others are left out. It stands
    before and after a `qml.stateful_recurrent`.

    Constraints:

    - (C1) the input has rank 2 or more, and its last axis the extent of the
      kernel's first.
    - (C2) `kernel` has rank 2 and no extent of zero.
    - (C3) `subsample` is 1 or, of a sequence, a divisor of its steps.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x4xf32>) -> tensor<?x4x2xf32> {
      %0 = qml.stateful_projection "out" (%x) subsample = 2
          kernel = dense<0.5> : tensor<4x2xf32>
          bias = dense<[1.0, 2.0]> : tensor<2xf32>
          : tensor<?x8x4xf32> -> tensor<?x4x2xf32>
      return %0 : tensor<?x4x2xf32>
    }
    ```
  }];
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      DefaultValuedAttr<I64Attr, "1">:$subsample,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` (`subsample` `=` $subsample^)?
    `kernel` `=` $kernel (`bias` `=` $bias^)?
    (`activation` `=` `` $activation^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 1; }
    static int64_t getInputAxis() { return 0; }
    int getMaxBufferBitwidth() { return 28; }
  }];
}

def QML_StatefulRecurrentOp
    : QML_LayerOp<"stateful_recurrent", "StatefulRecurrent",
                  [QML_RescalesResult, QML_StaysInFixedPoint]> {
  let summary = "linear recurrence with complex states";
  let description = [{
    For each channel of a sequence (batch, steps, channels), a complex state
    that starts at zero and becomes, with each step, itself times
    `a_real + i * a_imag` plus the input. The result (batch, steps, channels, 2)
    holds all states, the real part first.

    Integers: an output quantizer follows, whose integers the states are. The
    layer has what it cuts the states to for the next step: `state_frac_bits` of
    `state_bits` value bits. `a_real` and `a_imag` share the binary point
    `a_frac_bits`, so that products have both together. The input is shifted
    left by `input_shift`, multiplied with `new_state_scale` and shifted by
    `new_state_shift` to that point. All sums and products are saturated to the
    buffer's bits.

    Constraints:

    - (C1) the input has rank 3; `a_real` and `a_imag` have one value for each
      of its channels, all of them float or integer as the result.
    - (C2) integer layers have `state_bits`, `state_frac_bits`, `a_frac_bits`,
      `new_state_shift` and `buffer_bitwidth`; `new_state_scale` exactly if the
      input has a scale.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x2xf32>) -> tensor<?x8x2x2xf32> {
      %0 = qml.stateful_recurrent "rec" (%x)
          real = dense<[0.5, 0.25]> : tensor<2xf32>
          imag = dense<[0.1, 0.2]> : tensor<2xf32>
          : tensor<?x8x2xf32> -> tensor<?x8x2x2xf32>
      return %0 : tensor<?x8x2x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    QML_WeightElements:$a_real,
    QML_WeightElements:$a_imag,
    OptionalAttr<QML_WeightQuantizerAttr>:$a_quantizer,
    OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
    OptionalAttr<QML_IntegerElements>:$input_shift,
    OptionalAttr<QML_IntegerElements>:$new_state_scale,
    OptionalAttr<QML_IntegerElements>:$new_state_shift,
    OptionalAttr<I64Attr>:$a_frac_bits,
    OptionalAttr<QML_Bitwidth>:$state_bits,
    OptionalAttr<I64Attr>:$state_frac_bits,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `real` `=` $a_real `imag` `=` $a_imag
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    ::qml::ConfigKeys getConfigurableKeys();
    static ::qml::OutputQuantizerRule getOutputQuantizerRule();
    int64_t getNumTrainableParameters();
  }];
}

def QML_PicoPostProcessingOp
    : QML_LayerOp<"pico_post_processing", "PicoPostProcessing"> {
  let summary = "whether predictions are far from the truth";
  let description = [{
    For a prediction and a truth (batch, steps, channels): 1 for the channels of
    which the mean of |prediction - truth| over the steps is `threshold` or
    more, else 0.

    Integers: the prediction is first multiplied with `scales` and shifted by
    `shift` to integers of 15 value bits without a binary point, as the truth's
    are; the mean is rounded down.

    Constraints:

    - (C1) both inputs have rank 3 and one shape.
    - (C2) the truth holds integers of the network's input, of 16 bits at most.
    - (C3) integer layers have `shift` and `buffer_bitwidth`; `scales` exactly
      if the prediction has a scale.
    - (C4) `threshold` is finite.
    - (C5) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x2xf32>, %y: tensor<?x8x2xi16>)
        -> tensor<?x2xf32> {
      %0 = qml.pico_post_processing "post" (%x, %y) threshold = 0.5
          : (tensor<?x8x2xf32>, tensor<?x8x2xi16>) -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    QML_InputTensor:$truth,
    F64Attr:$threshold,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<44>]>>
        :$buffer_bitwidth,
    OptionalAttr<QML_IntegerElements>:$scales,
    OptionalAttr<QML_IntegerElements>:$shift,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `,` $truth `)` `threshold` `=` $threshold
    attr-dict `:` `(` type($input) `,` type($truth) `)` `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    ::qml::ConfigKeys getConfigurableKeys();
    static int getMinBufferBitwidth() { return 44; }
    static int getMaxBufferBitwidth() { return 44; }
  }];
}

#endif // QML_DIALECT_QML_IR_QMLTEMPORALOPS_TD
