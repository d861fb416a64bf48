//===- AkidaLayerOps.td - Layers of Akida 2.0 --------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDALAYEROPS_TD
#define QML_DIALECT_AKIDA_IR_AKIDALAYEROPS_TD

include "qml/Dialect/Akida/IR/AkidaOpBase.td"

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

def Akida_InputDataOp : Akida_Layer<
    "input_data", "InputData", 1, "getImage(getInput()).channels",
    (ins Akida_Integers:$input), (ins Akida_Parameter<8>:$input_bits), (ins)> {
  let summary = "inputs of a model, as they are";
  let description = [{
    Says the bits of inputs that no input convolution takes: unsigned up to 4,
    signed from 5 on. Part of both versions. The result is the operand.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xi8>)
        -> tensor<?x8x8x2xi8> {
      %0 = akida.input_data "input_1" (%x) input_bits = 8
          : (tensor<?x8x8x2xi8>) -> tensor<?x8x8x2xi8>
      return %0 : tensor<?x8x8x2xi8>
    }
    ```
  }];
}

def Akida_QuantizerOp : Akida_Layer<
    "quantizer", "Quantizer", 27, "getImage(getInput()).channels",
    (ins RankedTensorOf<[F32]>:$input),
    (ins Akida_Parameter<8>:$output_bits, Akida_Flag<0>:$output_signed),
    (ins OptionalAttr<Akida_Variable>:$scales,
         OptionalAttr<Akida_Variable>:$zero_points)> {
  let summary = "float inputs to integers";
  let description = [{
    r = x * scales in `f32`, rounded half away from zero, as `i32` (-2^31 if it
    doesn't fit or is not a number); result = S or U(r + zero_points, ob), by
    `output_signed`. `scales` (C) are floats, `zero_points` (C) `ui8`; both are
    zero if left out. (The engine's parameter `channels_first` is always 0:
    tensors here have their channels last.)

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>)
        -> tensor<?x8x8x2xi8> {
      %0 = akida.quantizer "quantizer" (%x) output_bits = 8 output_signed = true
          {scales = dense<32.0> : tensor<2xf32>}
          : (tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xi8>
      return %0 : tensor<?x8x8x2xi8>
    }
    ```
  }];
}

def Akida_DequantizerOp : Akida_Layer<
    "dequantizer", "Dequantizer", 19, "getImage(getInput()).channels",
    (ins Akida_Integers:$input), (ins),
    (ins OptionalAttr<Akida_Variable>:$scales)> {
  let summary = "integers to float";
  let description = [{
    result = x * scales, in `f32`; `scales` (C) are floats, 1 if left out.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x1x1x2xi32>)
        -> tensor<?x1x1x2xf32> {
      %0 = akida.dequantizer "dequantizer" (%x)
          {scales = dense<0.5> : tensor<2xf32>}
          : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
      return %0 : tensor<?x1x1x2xf32>
    }
    ```
  }];
  let results = (outs RankedTensorOf<[F32]>:$result);
}

//===----------------------------------------------------------------------===//
// Convolutions and dense layers
//===----------------------------------------------------------------------===//

def Akida_InputConv2DOp : Akida_Layer<
    "input_conv2d", "InputConv2D", 15, "getFilters()",
    (ins RankedTensorOf<[UI8]>:$input),
    !con((ins Akida_I32Attr:$filters, Akida_I32Attr:$kernel_size,
              Akida_Parameter<1>:$kernel_stride),
         Akida_poolParameters,
         Akida_activationParameters,
         Akida_bufferParameters<32>.parameters),
    !con((ins Akida_Variable:$weights,
              OptionalAttr<Akida_Variable>:$padding_value),
         Akida_scaleOutVariables)> {
  let summary = "first convolution, of an image of bytes";
  let description = [{
    a = S(conv(x) + S(bias << bias_shift, pb), bb), bounded once; then pooling,
    activation and output as in the dialect's description. `weights` (k, k, C,
    F) slide over the image as they are; cells around it hold `padding_value`
    (C).

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x1xui8>)
        -> tensor<?x4x4x2xi8> {
      %0 = akida.input_conv2d "conv" (%x)
          filters = 2 kernel_size = 3 kernel_stride = 2 activation = relu
          {weights = dense<1> : tensor<3x3x1x2xi8>}
          : (tensor<?x8x8x1xui8>) -> tensor<?x4x4x2xi8>
      return %0 : tensor<?x4x4x2xi8>
    }
    ```
  }];
}

def Akida_Conv2DOp : Akida_Layer<
    "conv2d", "Conv2D", 14, "getFilters()",
    (ins Akida_Integers:$input),
    !con((ins Akida_I32Attr:$filters, Akida_I32Attr:$kernel_size,
              Akida_Parameter<1>:$kernel_stride),
         Akida_poolParameters,
         Akida_activationParameters,
         Akida_bufferParameters<28>.parameters),
    Akida_productVariables> {
  let summary = "convolution";
  let description = [{
    a = S(conv(S(x << input_shift, bb)), bb), then as in the dialect's
    description. `weights` (k, k, C, F) slide over the image as they are; files
    for the engine have them rotated by 180 degrees. Cells around the image hold
    zeros.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>)
        -> tensor<?x8x8x2xi8> {
      %0 = akida.conv2d "conv" (%x)
          filters = 2 kernel_size = 1 activation = relu
          {weights = dense<1> : tensor<1x1x4x2xi8>}
          : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
      return %0 : tensor<?x8x8x2xi8>
    }
    ```
  }];
}

def Akida_DepthwiseConv2DOp : Akida_Layer<
    "depthwise_conv2d", "DepthwiseConv2D", 16, "getImage(getInput()).channels",
    (ins Akida_Integers:$input),
    !con((ins Akida_I32Attr:$kernel_size, Akida_Parameter<1>:$kernel_stride),
         Akida_poolParameters,
         Akida_activationParameters,
         Akida_bufferParameters<28>.parameters),
    Akida_productVariables> {
  let summary = "convolution of each channel with a kernel of its own";
  let description = [{
    As `akida.conv2d`, channel by channel: `weights` are (k, k, C, 1).

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>)
        -> tensor<?x8x8x4xi8> {
      %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 3
          {weights = dense<1> : tensor<3x3x4x1xi8>}
          : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
      return %0 : tensor<?x8x8x4xi8>
    }
    ```
  }];
}

def Akida_Conv2DTransposeOp : Akida_Layer<
    "conv2d_transpose", "Conv2DTranspose", 17, "getFilters()",
    (ins Akida_Integers:$input),
    !con((ins Akida_I32Attr:$filters, Akida_I32Attr:$kernel_size),
         Akida_activationParameters,
         Akida_bufferParameters<28>.parameters),
    Akida_productVariables> {
  let summary = "transposed convolution to twice the extents";
  let description = [{
    Cell (i, j) adds S(x << input_shift, bb) * weights[u, v] to cell (2 i + u,
    2 j + v) of an image whose first floor((k - 2) / 2) rows and columns are cut
    off, as is what exceeds twice the extents; the sums are saturated to bb
    bits, then as in the dialect's description. `weights` are (k, k, C, F).

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>)
        -> tensor<?x16x16x2xi8> {
      %0 = akida.conv2d_transpose "up" (%x) filters = 2 kernel_size = 3
          {weights = dense<1> : tensor<3x3x4x2xi8>}
          : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x2xi8>
      return %0 : tensor<?x16x16x2xi8>
    }
    ```
  }];
}

def Akida_DepthwiseConv2DTransposeOp : Akida_Layer<
    "depthwise_conv2d_transpose", "DepthwiseConv2DTranspose", 20,
    "getImage(getInput()).channels",
    (ins Akida_Integers:$input),
    !con((ins Akida_I32Attr:$kernel_size),
         Akida_activationParameters,
         Akida_bufferParameters<28>.parameters),
    Akida_productVariables> {
  let summary = "transposed convolution of each channel";
  let description = [{
    As `akida.conv2d_transpose`, channel by channel: `weights` are (k, k, C, 1).

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>)
        -> tensor<?x16x16x4xi8> {
      %0 = akida.depthwise_conv2d_transpose "up" (%x) kernel_size = 3
          {weights = dense<1> : tensor<3x3x4x1xi8>}
          : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi8>
      return %0 : tensor<?x16x16x4xi8>
    }
    ```
  }];
}

def Akida_Dense1DOp : Akida_Layer<
    "dense1d", "Dense1D", 25, "getUnits()",
    (ins Akida_Integers:$input),
    !con((ins Akida_I32Attr:$units),
         Akida_activationParameters,
         Akida_bufferParameters<28>.parameters),
    Akida_productVariables> {
  let summary = "matrix product over all of an image";
  let description = [{
    x in the order of rows, columns and channels is a vector of N = H * W * C
    values: a = S(S(x << input_shift, bb) * weights, bb), then as in the
    dialect's description. `weights` are (N, units), `input_shift` (N).

    Example:

    ```mlir
    func.func @example(%x: tensor<?x1x1x4xi8>)
        -> tensor<?x1x1x2xi32> {
      %0 = akida.dense1d "logits" (%x) units = 2 output_bits = 28
          {weights = dense<1> : tensor<4x2xi8>}
          : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi32>
      return %0 : tensor<?x1x1x2xi32>
    }
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Layers of two inputs
//===----------------------------------------------------------------------===//

def Akida_AddOp : Akida_Layer<
    "add", "Add", 6, "getImage(getA()).channels",
    (ins Akida_Integers:$a, Akida_Integers:$b),
    (ins Akida_Parameter<8>:$output_bits, Akida_Parameter<32>:$buffer_bits,
         Akida_Parameter<32>:$post_op_buffer_bits),
    (ins OptionalAttr<Akida_Variable>:$a_shift,
         OptionalAttr<Akida_Variable>:$b_shift,
         OptionalAttr<Akida_Variable>:$output_shift)> {
  let summary = "sum of two images";
  let description = [{
    s = S(S(a << a_shift, bb) + S(b << b_shift, bb), bb); result = S(sh(s,
    output_shift), ob), signed for all bits: `i8` up to 8, else `i32`.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>, %y: tensor<?x8x8x4xi8>)
        -> tensor<?x8x8x4xi8> {
      %0 = akida.add "add" (%x, %y)
          : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
      return %0 : tensor<?x8x8x4xi8>
    }
    ```
  }];
}

def Akida_ConcatenateOp : Akida_Layer<
    "concatenate", "Concatenate", 12,
    "getImage(getA()).channels + getImage(getB()).channels",
    (ins Akida_Integers:$a, Akida_Integers:$b), (ins), (ins)> {
  let summary = "channels of two images";
  let description = [{
    The channels of `a`, then those of `b`, unchanged.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xi8>, %y: tensor<?x8x8x2xi8>)
        -> tensor<?x8x8x6xi8> {
      %0 = akida.concatenate "concatenate" (%x, %y)
          : (tensor<?x8x8x4xi8>, tensor<?x8x8x2xi8>) -> tensor<?x8x8x6xi8>
      return %0 : tensor<?x8x8x6xi8>
    }
    ```
  }];
}

#endif // QML_DIALECT_AKIDA_IR_AKIDALAYEROPS_TD
