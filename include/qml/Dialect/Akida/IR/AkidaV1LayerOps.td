//===- AkidaV1LayerOps.td - Layers of Akida 1.0 ------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Inputs and results of 1.0 are unsigned, of up to 4 bits. With n = act_bits, a
// layer's sums p end alike:
//
//   activation:  q = floor(16 * act_step)
//                result = U(ceil(16 * (p - threshold) / (q * 2^(4 - n))), n)
//   without:     result = p; the model's prediction is (p - threshold) /
//                act_step in f32
//
// `threshold` (F) is i32, `act_step` (F) f32, 1 if left out. With `pool_type =
// max` sums are saturated to 20 bits, then the largest of each window taken;
// with `average` they are added up, saturated to 20 bits each, and after each
// addition.

#ifndef QML_DIALECT_AKIDA_IR_AKIDAV1LAYEROPS_TD
#define QML_DIALECT_AKIDA_IR_AKIDAV1LAYEROPS_TD

include "qml/Dialect/Akida/IR/AkidaOpBase.td"

defvar Akida_v1WindowParameters = (ins
  Akida_I32Attr:$filters,
  Akida_I32Attr:$kernel_width,
  Akida_I32Attr:$kernel_height,
  Akida_Parameter<1>:$stride_x,
  Akida_Parameter<1>:$stride_y,
  Akida_Enumerated<Akida_PaddingAttr, "Padding::Same">:$padding,
  Akida_Enumerated<Akida_PoolTypeAttr, "PoolType::NoPooling">:$pool_type,
  Akida_Parameter<-1>:$pooling_width,
  Akida_Parameter<-1>:$pooling_height,
  Akida_Parameter<-1>:$pooling_stride_x,
  Akida_Parameter<-1>:$pooling_stride_y);

defvar Akida_v1Parameters = (ins
  Akida_Flag<1>:$activation,
  Akida_Parameter<4>:$act_bits,
  Akida_Parameter<4>:$weights_bits);

defvar Akida_v1StepVariables = (ins
  OptionalAttr<Akida_Variable>:$threshold,
  OptionalAttr<Akida_Variable>:$act_step);
defvar Akida_v1Variables = !con((ins Akida_Variable:$weights),
                                Akida_v1StepVariables);

def Akida_InputConvolutionalOp : Akida_Layer<
    "input_convolutional", "InputConvolutional", 2, "getFilters()",
    (ins RankedTensorOf<[UI8]>:$input),
    !con(Akida_v1WindowParameters, (ins Akida_Parameter<0>:$padding_value),
         Akida_v1Parameters),
    Akida_v1Variables> {
  let summary = "first convolution, of an image of bytes";
  let description = [{
    `weights` (kx, ky, C, F) slide over the image as they are; cells around it
    hold `padding_value`. Sums are not saturated before an average. The result
    is p - threshold over act_step, as described for all layers of 1.0 in
    `AkidaV1LayerOps.td`.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x1xui8>)
        -> tensor<?x8x8x2xui8> {
      %0 = akida.input_convolutional "conv" (%x)
          filters = 2 kernel_width = 3 kernel_height = 3
          {weights = dense<1> : tensor<3x3x1x2xi8>}
          : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
      return %0 : tensor<?x8x8x2xui8>
    }
    ```
  }];
}

def Akida_ConvolutionalOp : Akida_Layer<
    "convolutional", "Convolutional", 4, "getFilters()",
    (ins Akida_Integers:$input),
    !con(Akida_v1WindowParameters, Akida_v1Parameters), Akida_v1Variables> {
  let summary = "convolution";
  let description = [{
    `weights` (kx, ky, C, F) slide over the image as they are; files for the
    engine have them rotated by 180 degrees. Cells around the image hold zeros.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xui8>)
        -> tensor<?x8x8x2xui8> {
      %0 = akida.input_data "input" (%x) input_bits = 4
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
      %1 = akida.convolutional "conv" (%0)
          filters = 2 kernel_width = 3 kernel_height = 3
          {weights = dense<1> : tensor<3x3x4x2xi8>}
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
      return %1 : tensor<?x8x8x2xui8>
    }
    ```
  }];
}

def Akida_SeparableConvolutionalOp : Akida_Layer<
    "separable_convolutional", "SeparableConvolutional", 5, "getFilters()",
    (ins Akida_Integers:$input),
    !con(Akida_v1WindowParameters, Akida_v1Parameters),
    !con((ins Akida_Variable:$weights, Akida_Variable:$weights_pw),
         Akida_v1StepVariables)> {
  let summary = "convolution of each channel, then of each cell";
  let description = [{
    `weights` (kx, ky, C, 1) convolve each channel (files for the engine have
    them rotated by 180 degrees), and `weights_pw` (1, 1, C, F) each cell;
    nothing is saturated between.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xui8>)
        -> tensor<?x8x8x2xui8> {
      %0 = akida.input_data "input" (%x) input_bits = 4
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
      %1 = akida.separable_convolutional "sep" (%0)
          filters = 2 kernel_width = 3 kernel_height = 3
          {weights = dense<1> : tensor<3x3x4x1xi8>,
          weights_pw = dense<1> : tensor<1x1x4x2xi8>}
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
      return %1 : tensor<?x8x8x2xui8>
    }
    ```
  }];
}

def Akida_FullyConnectedOp : Akida_Layer<
    "fully_connected", "FullyConnected", 3, "getUnits()",
    (ins Akida_Integers:$input),
    !con((ins Akida_I32Attr:$units), Akida_v1Parameters), Akida_v1Variables> {
  let summary = "matrix product over all of an image";
  let description = [{
    Sums over N = H * W * C values in the order of rows, columns and channels,
    saturated to 20 bits: `weights` are (1, 1, N, units). In files for the
    engine the row of input (h, w, c) is (c * W + w) * H + h.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x1x1x4xui8>)
        -> tensor<?x1x1x2xi32> {
      %0 = akida.input_data "input" (%x) input_bits = 4
          : (tensor<?x1x1x4xui8>) -> tensor<?x1x1x4xui8>
      %1 = akida.fully_connected "logits" (%0) units = 2 activation = false
          {weights = dense<1> : tensor<1x1x4x2xi8>}
          : (tensor<?x1x1x4xui8>) -> tensor<?x1x1x2xi32>
      return %1 : tensor<?x1x1x2xi32>
    }
    ```
  }];
}

#endif // QML_DIALECT_AKIDA_IR_AKIDAV1LAYEROPS_TD
