//===- QMLWeightedOps.td - Layers with weights -------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constraints that all of them share, (L1) to (L4) and (W1) to (W4), are in the
// dialect's description.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLWEIGHTEDOPS_TD
#define QML_DIALECT_QML_IR_QMLWEIGHTEDOPS_TD

include "qml/Dialect/QML/IR/QMLOpBase.td"

def QML_Conv2DOp
    : QML_WeightedLayerOp<"conv_2d", "Conv2D", [QML_FoldsOffsets]> {
  let summary = "two-dimensional convolution";
  let description = [{
    Slides a kernel (height, width, in, out) over an image (batch, height,
    width, in), and adds the bias.

    Float: `result = sum(x * kernel) + bias`. `pads` says how many rows and
    columns are added around the image. With `padding = same` the result has
    ceil(n / stride) rows, and of the max((rows - 1) * stride + (k - 1) *
    dilation + 1 - n, 0) cells missing half, rounded down, go before. Padded
    cells hold zeros, or the real `padding_value` (one, or one per input
    channel), which stands for what a folded offset moved zero to.

    Integer: channel c of the input is shifted left by `input_shift[c]`,
    saturating at `buffer_bitwidth - 1` value bits, which also bound the sum,
    after the products and again after the bias. `bias` and `quantized_padding`
    hold integers of few bits; shifted left by `bias_shift` and `padding_shift`,
    and saturated as the sum is, they are at the accumulator's and the shifted
    input's binary point.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel` has inputs
      per group, times `groups`.
    - (C2) `kernel` has rank 4 and no extent of zero; its output channels are a
      multiple of `groups`.
    - (C3) `strides` and `dilations` are 1 to 2^20; not both are above 1.
    - (C4) `padding_value` has one value, or one per input channel, and does not
      go with `padding = valid`.
    - (C5) the result has the inferred shape.
    - (C6) integer convolutions have `groups = 1`.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x1xf32>) -> tensor<?x4x4x2xf32> {
      %0 = qml.conv_2d "conv" (%x) kernel = dense<0.5> : tensor<3x3x1x2xf32>
          bias = dense<[1.0, 2.0]> : tensor<2xf32> strides = [2, 2]
          padding = same : tensor<?x8x8x1xf32> -> tensor<?x4x4x2xf32>
      return %0 : tensor<?x4x4x2xf32>
    }
    ```
  }];
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$strides,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$dilations,
      DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$groups,
      QML_PaddingAttr:$padding,
      OptionalAttr<DenseF64ArrayAttr>:$padding_value,
      OptionalAttr<QML_IntegerElements>:$quantized_padding,
      OptionalAttr<QML_IntegerElements>:$padding_shift),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `kernel` `=` $kernel (`bias` `=` $bias^)?
    (`strides` `=` $strides^)? (`dilations` `=` $dilations^)?
    (`groups` `=` $groups^)? custom<Padding>($padding)
    (`padding_value` `=` custom<Doubles>($padding_value)^)?
    (`activation` `=` `` $activation^)? attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 3; }
    static int64_t getInputAxis() { return 2; }
    int getMaxBufferBitwidth() { return 28; }
  }];
}

def QML_DepthwiseConv2DOp
    : QML_WeightedLayerOp<"depthwise_conv_2d", "DepthwiseConv2D"> {
  let summary = "convolution of each channel with a kernel of its own";
  let description = [{
    Like `qml.conv_2d`, but channel c of the result is channel c of the input
    convolved with `kernel[:, :, c, 0]`. Inputs with a binary point per channel
    are not shifted: each channel of the result keeps its own.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel`.
    - (C2) `kernel` has shape (height, width, channels, 1) and no extent of
      zero.
    - (C3) `strides` and `dilations` are 1 to 2^20; not both are above 1.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
      %0 = qml.depthwise_conv_2d "dw" (%x)
          kernel = dense<0.5> : tensor<3x3x2x1xf32> padding = valid
          : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
      return %0 : tensor<?x6x6x2xf32>
    }
    ```
  }];
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$strides,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$dilations,
      QML_PaddingAttr:$padding),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `kernel` `=` $kernel (`bias` `=` $bias^)?
    (`strides` `=` $strides^)? (`dilations` `=` $dilations^)?
    custom<Padding>($padding) (`activation` `=` `` $activation^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 2; }
    static int64_t getInputAxis() { return 2; }
    int getMaxBufferBitwidth() { return 28; }
  }];
}

def QML_SeparableConv2DOp
    : QML_WeightedLayerOp<"separable_conv_2d", "SeparableConv2D"> {
  let summary = "depthwise convolution, and a pointwise one after it";
  let description = [{
    Convolves each channel with `depthwise_kernel[:, :, c, 0]`, as
    `qml.depthwise_conv_2d` does, multiplies the channels of each cell with
    `pointwise_kernel` (1, 1, channels, out), and adds the bias.

    Integers are shifted and saturated as in `qml.conv_2d`, and once more
    between the two products, at the same bits; nothing is rescaled there. So
    the depthwise kernel has one scale for all channels. The buffer may be wider
    than that of other convolutions: 32 bits.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `depthwise_kernel`.
    - (C2) `depthwise_kernel` has shape (height, width, channels, 1),
      `pointwise_kernel` (1, 1, channels, out), and no extent of zero.
    - (C3) `strides` and `dilations` are 1 to 2^20; not both are above 1.
    - (C4) `dw_weight_quantizer` has no axis, `dw_kernel_scales` one value.
    - (C5) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x4xf32> {
      %0 = qml.separable_conv_2d "separable" (%x)
          depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
          pointwise_kernel = dense<0.25> : tensor<1x1x2x4xf32>
          bias = dense<1.0> : tensor<4xf32> padding = valid
          : tensor<?x8x8x2xf32> -> tensor<?x6x6x4xf32>
      return %0 : tensor<?x6x6x4xf32>
    }
    ```
  }];
  let arguments = (ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_WeightElements:$depthwise_kernel,
      QML_WeightElements:$pointwise_kernel,
      OptionalAttr<QML_WeightElements>:$bias,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$strides,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$dilations,
      QML_PaddingAttr:$padding,
      OptionalAttr<QML_ActivationAttr>:$activation,
      OptionalAttr<QML_WeightQuantizerAttr>:$dw_weight_quantizer,
      OptionalAttr<QML_WeightQuantizerAttr>:$pw_weight_quantizer,
      OptionalAttr<QML_AlignedQuantizerAttr>:$bias_quantizer,
      OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
      OptionalAttr<QML_FloatElements>:$dw_kernel_scales,
      OptionalAttr<QML_FloatElements>:$pw_kernel_scales,
      OptionalAttr<QML_IntegerElements>:$bias_shift,
      OptionalAttr<QML_IntegerElements>:$input_shift,
      OptionalAttr<StrAttr>:$config_keys);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `depthwise_kernel` `=` $depthwise_kernel
    `pointwise_kernel` `=` $pointwise_kernel (`bias` `=` $bias^)?
    (`strides` `=` $strides^)? (`dilations` `=` $dilations^)?
    custom<Padding>($padding) (`activation` `=` `` $activation^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 3; }
    static int64_t getInputAxis() { return 2; }
    ::mlir::ElementsAttr getKernel() { return getPointwiseKernel(); }
    void setKernelAttr(::mlir::ElementsAttr kernel) {
      setPointwiseKernelAttr(kernel);
    }
    ::mlir::ElementsAttr getInputKernel() { return getDepthwiseKernel(); }
    void setInputKernelAttr(::mlir::ElementsAttr kernel) {
      setDepthwiseKernelAttr(kernel);
    }
  }];
}

def QML_Conv2DTransposeOp
    : QML_WeightedLayerOp<"conv_2d_transpose", "Conv2DTranspose"> {
  let summary = "transposed convolution";
  let description = [{
    Spreads an image: cell (i, j) of the input adds its products with `kernel`
    (height, width, in, out) to cells (i s + u d - crop, j s + v d - crop) of
    the result, for all taps (u, v), with strides s and dilations d; then the
    bias. Keras's kernels have their last two axes the other way round.

    A kernel covers K = (k - 1) d + 1 cells. Without `output_padding` n cells
    become n s + max(K - s, 0) with `padding = valid`, n s with `padding =
    same`, and (n - 1) s + K less its `pads` where these are given. With it they
    become (n - 1) s + K + output_padding, less 2 floor(K / 2) for `same`. What
    is cut off at the top and left is half of what a whole result has more, for
    `same`, and the first of the `pads`.

    Integers are shifted and saturated as in `qml.conv_2d`.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel` has inputs.
    - (C2) `kernel` has rank 4 and no extent of zero.
    - (C3) `strides` and `dilations` are 1 to 2^20; not both are above 1.
    - (C4) `output_padding` is at least 0 and below the stride.
    - (C5) the result has the inferred shape, which is not empty.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x16x16x3xf32> {
      %0 = qml.conv_2d_transpose "up" (%x)
          kernel = dense<0.5> : tensor<3x3x2x3xf32> strides = [2, 2]
          padding = same : tensor<?x8x8x2xf32> -> tensor<?x16x16x3xf32>
      return %0 : tensor<?x16x16x3xf32>
    }
    ```
  }];
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$strides,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$dilations,
      QML_PaddingAttr:$padding,
      OptionalAttr<QML_Pair>:$output_padding),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `kernel` `=` $kernel (`bias` `=` $bias^)?
    (`strides` `=` $strides^)? (`dilations` `=` $dilations^)?
    custom<Padding>($padding) (`output_padding` `=` $output_padding^)?
    (`activation` `=` `` $activation^)? attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 3; }
    static int64_t getInputAxis() { return 2; }
    int getMaxBufferBitwidth() { return 28; }
  }];
}

def QML_DepthwiseConv2DTransposeOp
    : QML_WeightedLayerOp<"depthwise_conv_2d_transpose", "DepthwiseConv2DTranspose"> {
  let summary = "transposed convolution of each channel";
  let description = [{
    Like `qml.conv_2d_transpose`, but channel c of the result is made of channel
    c of the input and `kernel[:, :, c, 0]`. Integer kernels have one scale for
    all channels, and inputs with a binary point per channel are shifted, as in
    the reference.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel`.
    - (C2) `kernel` has shape (height, width, channels, 1) and no extent of
      zero.
    - (C3) `strides` and `dilations` are 1 to 2^20; not both are above 1.
    - (C4) `output_padding` is at least 0 and below the stride.
    - (C5) the result has the inferred shape, which is not empty.
    - (C6) `weight_quantizer` has no axis, `kernel_scales` one value.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x16x16x2xf32> {
      %0 = qml.depthwise_conv_2d_transpose "up" (%x)
          kernel = dense<0.5> : tensor<3x3x2x1xf32> strides = [2, 2]
          padding = same : tensor<?x8x8x2xf32> -> tensor<?x16x16x2xf32>
      return %0 : tensor<?x16x16x2xf32>
    }
    ```
  }];
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$strides,
      DefaultValuedAttr<QML_Pair, "{1, 1}">:$dilations,
      QML_PaddingAttr:$padding,
      OptionalAttr<QML_Pair>:$output_padding),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `kernel` `=` $kernel (`bias` `=` $bias^)?
    (`strides` `=` $strides^)? (`dilations` `=` $dilations^)?
    custom<Padding>($padding) (`output_padding` `=` $output_padding^)?
    (`activation` `=` `` $activation^)? attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 2; }
    static int64_t getInputAxis() { return 2; }
    int getMaxBufferBitwidth() { return 28; }
  }];
}

def QML_DenseOp
    : QML_WeightedLayerOp<"dense", "Dense", [QML_FoldsOffsets]> {
  let summary = "matrix product over the last axis";
  let description = [{
    Multiplies the last axis of the input with a kernel (in, out), and adds the
    bias. Integers are shifted and saturated as in `qml.conv_2d`.

    Constraints:

    - (C1) the input has rank 2 or more, and its last axis the extent of the
      kernel's first.
    - (C2) `kernel` has rank 2 and no extent of zero.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
      %0 = qml.dense "logits" (%x) kernel = dense<0.5> : tensor<4x2xf32>
          bias = dense<[1.0, 2.0]> : tensor<2xf32>
          : tensor<?x4xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }
    ```
  }];
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `kernel` `=` $kernel (`bias` `=` $bias^)?
    (`activation` `=` `` $activation^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 1; }
    static int64_t getInputAxis() { return 0; }
    int getMaxBufferBitwidth() { return 28; }
  }];
}

#endif // QML_DIALECT_QML_IR_QMLWEIGHTEDOPS_TD
