//===- AkidaTemporalOps.td - Layers with memory ------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The batch is time: each sample is the step after the one before it.

#ifndef QML_DIALECT_AKIDA_IR_AKIDATEMPORALOPS_TD
#define QML_DIALECT_AKIDA_IR_AKIDATEMPORALOPS_TD

include "qml/Dialect/Akida/IR/AkidaOpBase.td"

/// A layer with memory, which it takes and returns.
class Akida_TemporalLayer<string mnemonic, string engineType, int engineNumber,
                          string outputs, dag inputs, dag parameters,
                          dag variables>
    : Akida_Layer<mnemonic, engineType, engineNumber, outputs, inputs,
                  parameters, variables> {
  let results = (outs Akida_Integers:$result, Akida_Integers:$new_memory);
}

def Akida_BufferTempConvOp : Akida_TemporalLayer<
    "buffer_temp_conv", "BufferTempConv", 21, "getFilters()",
    (ins Akida_Integers:$input, Akida_Integers:$memory),
    !con((ins Akida_I32Attr:$filters, Akida_I32Attr:$fifo_size),
         Akida_activationParameters,
         Akida_bufferParameters<32>.parameters),
    Akida_productVariables> {
  let summary = "convolution over the last inputs";
  let description = [{
    `memory` (H, W, T, C) holds the last T = `fifo_size` inputs, the oldest
    first; the new one takes the oldest one's place at the end. a =
    S(sum(S(memory << input_shift, bb) * weights), bb), then as in the dialect's
    description. `weights` are (1, 1, T * C, F).

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>, %memory: tensor<8x8x3x4xi8>)
        -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>) {
      %0, %1 = akida.buffer_temp_conv "btc" (%x, %memory)
          filters = 2 fifo_size = 3
          {weights = dense<1> : tensor<1x1x12x2xi8>}
          : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
          -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>)
      return %0, %1 : tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>
    }
    ```
  }];
}

def Akida_DepthwiseBufferTempConvOp : Akida_TemporalLayer<
    "depthwise_buffer_temp_conv", "DepthwiseBufferTempConv", 22,
    "getImage(getInput()).channels",
    (ins Akida_Integers:$input, Akida_Integers:$memory),
    !con((ins Akida_I32Attr:$fifo_size),
         Akida_activationParameters,
         Akida_bufferParameters<32>.parameters),
    Akida_productVariables> {
  let summary = "convolution over the last inputs, channel by channel";
  let description = [{
    As `akida.buffer_temp_conv`, with `weights` (1, 1, T, C), and the sum over T
    saturated to bb bits after each addition, from the oldest input on.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>, %memory: tensor<8x8x3x4xi8>)
        -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>) {
      %0, %1 = akida.depthwise_buffer_temp_conv "dbtc" (%x, %memory)
          fifo_size = 3
          {weights = dense<1> : tensor<1x1x3x4xi8>}
          : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
          -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      return %0, %1 : tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>
    }
    ```
  }];
}

def Akida_StatefulRecurrentOp : Akida_TemporalLayer<
    "stateful_recurrent", "StatefulRecurrent", 26, "getOutputChannels()",
    (ins Akida_Integers:$input, Akida_Integers:$memory),
    !con((ins Akida_I32Attr:$stateful_channels,
              Akida_I32Attr:$output_channels,
              Akida_Parameter<1>:$subsample),
         Akida_activationParameters,
         (ins Akida_Parameter<28>:$buffer_bits,
              Akida_Parameter<32>:$post_op_buffer_bits,
              Akida_Parameter<16>:$internal_state_bits)),
    !con((ins OptionalAttr<Akida_Variable>:$in_proj,
              OptionalAttr<Akida_Variable>:$input_shift,
              OptionalAttr<Akida_Variable>:$new_state_scale,
              OptionalAttr<Akida_Variable>:$new_state_shift,
              OptionalAttr<Akida_Variable>:$A_real,
              OptionalAttr<Akida_Variable>:$A_imag,
              OptionalAttr<Akida_Variable>:$internal_state_outputs_shift,
              OptionalAttr<Akida_Variable>:$out_proj),
         Akida_scaleOutVariables)> {
  let summary = "linear recurrence between two matrix products";
  let description = [{
    For an input (1, T, C), the steps of time t along the second axis, and the
    states `memory` (2, S), real parts before imaginary ones:

    ```
    p = S(S(x << input_shift, bb) * in_proj, bb)                       (T, S)
    n = S(sh(S(p * new_state_scale, pb), new_state_shift), pb), with U for
        the outer S if pb <= 4
    for each t:
      r = S(S(S(zr * A_real, pb) - S(zi * A_imag, pb), pb) + n[t], pb)
      i = S(S(zr * A_imag, pb) + S(zi * A_real, pb), pb)
      zr = S(sh(r, internal_state_outputs_shift), internal_state_bits)
      zi = S(sh(i, internal_state_outputs_shift), internal_state_bits)
    a = S(zr of steps subsample - 1, 2 * subsample - 1, ... * out_proj, bb)
    a = S(a + S(bias << bias_shift, bb), bb)
    ```

    then, the bias being in it, as in the dialect's description. Bits of states
    are `internal_state_bits`; `new_state_scale` is 1 if left out.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x1x8x3xi8>, %memory: tensor<2x5xi16>)
        -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>) {
      %0, %1 = akida.stateful_recurrent "rec" (%x, %memory)
          stateful_channels = 5 output_channels = 4
          {A_imag = dense<1> : tensor<5xi16>, A_real = dense<2> : tensor<5xi16>,
           in_proj = dense<1> : tensor<3x5xi8>,
           out_proj = dense<1> : tensor<5x4xi8>}
          : (tensor<?x1x8x3xi8>, tensor<2x5xi16>)
          -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
      return %0, %1 : tensor<?x1x8x4xi8>, tensor<2x5xi16>
    }
    ```
  }];
}

def Akida_PicoPostProcessingOp : Akida_Layer<
    "pico_post_processing", "PicoPostProcessing", 28,
    "getImage(getPrediction()).channels",
    (ins Akida_Integers:$prediction, Akida_Integers:$truth),
    (ins Akida_Parameter<44>:$buffer_bits),
    (ins OptionalAttr<Akida_Variable>:$input_scales,
         OptionalAttr<Akida_Variable>:$input_shift,
         OptionalAttr<Akida_Variable>:$threshold)> {
  let summary = "whether a prediction is far from the truth";
  let description = [{
    For a prediction p (1, T, C) of more than 16 bits and the model's own
    input y (1, T, C) of 16:

    ```
    q = S(sh(S(p * input_scales, bb), input_shift), 16)
    d = S(sum over t of |q - y|, bb)
    result = 1 if floor(d / T) > threshold else 0                   (1, 1, C)
    ```

    `input_scales` and `threshold` are `ui16`, zero if left out.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x1x8x3xi16>, %memory: tensor<2x5xi16>)
        -> tensor<?x1x1x3xi8> {
      %0 = akida.input_data "input" (%x) input_bits = 16
          : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
      %1, %2 = akida.stateful_recurrent "rec" (%0, %memory)
          stateful_channels = 5 output_channels = 3 output_bits = 32
          : (tensor<?x1x8x3xi16>, tensor<2x5xi16>)
          -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
      %3 = akida.pico_post_processing "post" (%1, %0)
          {input_scales = dense<1> : tensor<3xui16>}
          : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
      return %3 : tensor<?x1x1x3xi8>
    }
    ```
  }];
}

#endif // QML_DIALECT_AKIDA_IR_AKIDATEMPORALOPS_TD
