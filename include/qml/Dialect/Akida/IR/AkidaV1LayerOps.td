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

defvar Akida_v1Windows = (ins
  I32Attr:$filters,
  I32Attr:$kernel_width,
  I32Attr:$kernel_height,
  Akida_Parameter<1>:$stride_x,
  Akida_Parameter<1>:$stride_y,
  DefaultValuedAttr<Akida_PaddingAttr,
                    "::qml::akida::Padding::Same">:$padding,
  DefaultValuedAttr<Akida_PoolTypeAttr,
                    "::qml::akida::PoolType::NoPooling">:$pool_type,
  Akida_Parameter<-1>:$pooling_width,
  Akida_Parameter<-1>:$pooling_height,
  Akida_Parameter<-1>:$pooling_stride_x,
  Akida_Parameter<-1>:$pooling_stride_y);

defvar Akida_v1Activation = (ins
  Akida_Flag<1>:$activation,
  Akida_Parameter<4>:$act_bits,
  Akida_Parameter<4>:$weights_bits,
  Akida_Variable:$weights,
  OptionalAttr<Akida_Variable>:$threshold,
  OptionalAttr<Akida_Variable>:$act_step);

def Akida_InputConvolutionalOp
    : Akida_Layer<"input_convolutional", "InputConvolutional"> {
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
      %0 = akida.input_convolutional "conv" (%x) {filters = 2 : i32,
          kernel_height = 3 : i32, kernel_width = 3 : i32,
          weights = dense<1> : tensor<3x3x1x2xi8>}
          : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
      return %0 : tensor<?x8x8x2xui8>
    }
    ```
  }];
  let arguments = !con((ins StrAttr:$layer_name,
                            RankedTensorOf<[UI8]>:$input),
                       Akida_v1Windows,
                       (ins Akida_Parameter<0>:$padding_value),
                       Akida_v1Activation);
}

def Akida_ConvolutionalOp : Akida_Layer<"convolutional", "Convolutional"> {
  let summary = "convolution";
  let description = [{
    `weights` (kx, ky, C, F) are turned by half a turn: the first one meets the
    last cell of a window. Cells around the image hold zeros.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xui8>)
        -> tensor<?x8x8x2xui8> {
      %0 = akida.input_data "input" (%x) {input_bits = 4 : i32}
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
      %1 = akida.convolutional "conv" (%0) {filters = 2 : i32,
          kernel_height = 3 : i32, kernel_width = 3 : i32,
          weights = dense<1> : tensor<3x3x4x2xi8>}
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
      return %1 : tensor<?x8x8x2xui8>
    }
    ```
  }];
  let arguments = !con((ins StrAttr:$layer_name, Akida_Integers:$input),
                       Akida_v1Windows, Akida_v1Activation);
}

def Akida_SeparableConvolutionalOp
    : Akida_Layer<"separable_convolutional", "SeparableConvolutional"> {
  let summary = "convolution of each channel, then of each cell";
  let description = [{
    `weights` (kx, ky, C, 1), turned by half a turn, convolve each channel, and
    `weights_pw` (1, 1, C, F) each cell; nothing is saturated between.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xui8>)
        -> tensor<?x8x8x2xui8> {
      %0 = akida.input_data "input" (%x) {input_bits = 4 : i32}
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
      %1 = akida.separable_convolutional "sep" (%0) {filters = 2 : i32,
          kernel_height = 3 : i32, kernel_width = 3 : i32,
          weights = dense<1> : tensor<3x3x4x1xi8>,
          weights_pw = dense<1> : tensor<1x1x4x2xi8>}
          : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
      return %1 : tensor<?x8x8x2xui8>
    }
    ```
  }];
  let arguments = !con((ins StrAttr:$layer_name, Akida_Integers:$input),
                       Akida_v1Windows, Akida_v1Activation,
                       (ins Akida_Variable:$weights_pw));
}

def Akida_FullyConnectedOp
    : Akida_Layer<"fully_connected", "FullyConnected"> {
  let summary = "matrix product over all of an image";
  let description = [{
    Sums over N = C * W * H values, saturated to 20 bits: `weights` are (1, 1,
    N, units), and input (h, w, c) meets row (c * W + w) * H + h.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x1x1x4xui8>)
        -> tensor<?x1x1x2xi32> {
      %0 = akida.input_data "input" (%x) {input_bits = 4 : i32}
          : (tensor<?x1x1x4xui8>) -> tensor<?x1x1x4xui8>
      %1 = akida.fully_connected "logits" (%0) {activation = false,
          units = 2 : i32, weights = dense<1> : tensor<1x1x4x2xi8>}
          : (tensor<?x1x1x4xui8>) -> tensor<?x1x1x2xi32>
      return %1 : tensor<?x1x1x2xi32>
    }
    ```
  }];
  let arguments = !con((ins StrAttr:$layer_name, Akida_Integers:$input,
                            I32Attr:$units),
                       Akida_v1Activation);
}

#endif // QML_DIALECT_AKIDA_IR_AKIDAV1LAYEROPS_TD
