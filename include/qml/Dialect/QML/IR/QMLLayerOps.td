//===- QMLLayerOps.td - Layers without a kernel ------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constraints that all of them share, (L1) to (L4), are in the dialect's
// description.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLLAYEROPS_TD
#define QML_DIALECT_QML_IR_QMLLAYEROPS_TD

include "qml/Dialect/QML/IR/QMLOpBase.td"

def QML_RescalingOp : QML_LayerOp<"rescaling", "Rescaling"> {
  let summary = "multiplication with a scale, addition of an offset";
  let description = [{
    Float: `x * scale + offset`, from `f32` or an integer input of the network.
    `scale` and `offset` have one value, or one per channel of the last axis;
    they are rounded to `f32` where they meet data.

    Integer: the integers are unchanged; `scale` becomes part of what they stand
    for.

    Constraints:

    - (C1) `scale` and `offset` have one value each, or one per channel, and are
      finite.
    - (C2) the result has the input's shape.
    - (C3) an integer result has a single scale and no offset.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x3xui8>) -> tensor<?x8x8x3xf32> {
      %0 = qml.rescaling "rescale" (%x) scale = [0.5] offset = [-1.0]
          : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
      return %0 : tensor<?x8x8x3xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_InputTensor:$input,
    DenseF64ArrayAttr:$scale,
    DefaultValuedAttr<DenseF64ArrayAttr, "{0.0}">:$offset
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `scale` `=` custom<Doubles>($scale)
    (`offset` `=` custom<Doubles>($offset)^)? attr-dict `:` type($input) `->` type($result)
  }];
  let hasFolder = 1;
}

def QML_BatchNormOp : QML_LayerOp<"batch_norm", "BatchNormalization"> {
  let summary = "normalization with fixed statistics";
  let description = [{
    `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, per channel of the
    last axis. Runs in float alone: `qml-fold-batch-norms` folds it into the
    layer before.

    Constraints:

    - (C1) `gamma`, `beta`, `mean` and `variance` have one value per channel.
    - (C2) `epsilon` is finite and not negative.
    - (C3) the result has the input's shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x1xf32>) -> tensor<?x8x8x1xf32> {
      %0 = qml.batch_norm "bn" (%x) gamma = dense<1.0> : tensor<1xf32>
          beta = dense<0.0> : tensor<1xf32> mean = dense<0.5> : tensor<1xf32>
          variance = dense<2.0> : tensor<1xf32> epsilon = 1.0e-3
          : tensor<?x8x8x1xf32> -> tensor<?x8x8x1xf32>
      return %0 : tensor<?x8x8x1xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_FloatTensor:$input,
    QML_FloatElements:$gamma,
    QML_FloatElements:$beta,
    QML_FloatElements:$mean,
    QML_FloatElements:$variance,
    F32Attr:$epsilon,
    DefaultValuedAttr<BoolAttr, "true">:$has_gamma,
    DefaultValuedAttr<BoolAttr, "true">:$has_beta
  );
  let results = (outs QML_FloatTensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `gamma` `=` $gamma `beta` `=` $beta
    `mean` `=` $mean `variance` `=` $variance `epsilon` `=` $epsilon
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    int64_t getNumTrainableParameters();
    int64_t getNumNonTrainableParameters();
  }];
}

def QML_ReLUOp
    : QML_LayerOp<"relu", "ReLU", [QML_RescalesResult, QML_ContinuesGroup]> {
  let summary = "rectified linear unit";
  let description = [{
    `max(x, 0)`, and at most `max_value` where there is one. Integers are
    promoted to `buffer_bitwidth` value bits; `quantized_max_value`, shifted
    left by `max_value_shift`, is the maximum at the input's scale and binary
    point, one or one per channel.

    Constraints:

    - (C1) `max_value` is positive and finite.
    - (C2) the result has the input's shape.
    - (C3) an integer layer with `max_value` has `quantized_max_value`.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.relu "relu" (%x) max_value = 6.0
          : tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    OptionalAttr<F32Attr>:$max_value,
    OptionalAttr<QML_AlignedQuantizerAttr>:$max_value_quantizer,
    OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
    OptionalAttr<QML_IntegerElements>:$quantized_max_value,
    OptionalAttr<QML_IntegerElements>:$max_value_shift,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` (`max_value` `=` $max_value^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasFolder = 1;
  let extraClassDeclaration = layerDeclaration # [{
    static ::qml::OutputQuantizerRule getOutputQuantizerRule() {
      return {::qml::ResultBits::Activation, /*isUnsignedBelow8Bits=*/true};
    }
    ::qml::ConfigKeys getConfigurableKeys() {
      return {"output_quantizer", "max_value_quantizer", "buffer_bitwidth"};
    }
  }];
}

def QML_ActivationOp
    : QML_LayerOp<"activation", "Activation",
                  [QML_RescalesResult, QML_NeedsFixedPoint, QML_LooksUp,
                   QML_ContinuesGroup]> {
  let summary = "a function of each value, looked up in a table";
  let description = [{
    Float: `function` of each value:

    - `gelu`: `x * (1 + erf(x / sqrt(2))) / 2`, `gelu_tanh`: its approximation
      by a hyperbolic tangent
    - `swish`: `x * sigmoid(x)`, `sigmoid`: `1 / (1 + exp(-x))`
    - `hard_silu`: `x * min(max(x + 3, 0), 6) / 6`, `hard_sigmoid_6`: the same
      without the factor `x`; `hard_sigmoid`: `0.2 * x + 0.5` within 0 and 1
    - `leaky_relu`: `x` above zero, else `alpha * x`, 0.2 by default
    - `elu`: `x` above zero, else `alpha * (exp(x) - 1)`, 1 by default; `selu`
    - `tanh`, `softplus`, `softsign`, `exponential`, and `mish`:
      `x * tanh(softplus(x))`

    Integer: `table` has the result for each code of the input, from the
    smallest on, in `lut_bitwidth` bits with the sign, and `table_scale` is what
    one stands for. Inputs are in fixed point, with one binary point.

    Constraints:

    - (C1) `function` is none of `relu`, `softmax` and `log_softmax`, which are
      operations.
    - (C2) `leaky_relu` and `elu` alone have an `alpha`, which is finite.
    - (C3) the result has the input's shape.
    - (C4) integer inputs have no scale, and one binary point.
    - (C5) an integer layer has `lut_bitwidth`, a `table` of as many entries as
      its input has codes, of at most 2^16, none of more bits, and a positive
      `table_scale`; a float one has neither `table` nor `table_scale`.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.activation "swish" (%x) function = swish
          : tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    QML_ActivationAttr:$function,
    OptionalAttr<F32Attr>:$alpha,
    OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<2>, IntMaxValue<16>]>>
        :$lut_bitwidth,
    OptionalAttr<QML_IntegerElements>:$table,
    OptionalAttr<F32Attr>:$table_scale,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `function` `=` `` $function (`alpha` `=` $alpha^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    static ::qml::OutputQuantizerRule getOutputQuantizerRule() {
      return {::qml::ResultBits::Activation};
    }
    ::qml::ConfigKeys getConfigurableKeys() {
      return {"output_quantizer", "lut_bitwidth"};
    }
    /// The function; none for one that is an operation of its own.
    std::optional<::qml::ScalarFunction> getScalarFunction();
    /// The alpha, or its default; 0 for functions that have none.
    float getAlphaOrDefault();
  }];
}

def QML_SoftmaxOp : QML_LayerOp<"softmax", "Softmax"> {
  let summary = "exponentials that sum to one";
  let description = [{
    `exp(x - max(x)) / sum(exp(x - max(x)))` over the last axis. Runs in float
    alone, after a dequantizer.

    Constraints:

    - (C1) the result has the input's shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.softmax "softmax" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_FloatTensor:$input);
  let results = (outs QML_FloatTensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_LogSoftmaxOp : QML_LayerOp<"log_softmax", "LogSoftmax"> {
  let summary = "logarithms of exponentials that sum to one";
  let description = [{
    `x - max(x) - log(sum(exp(x - max(x))))` over the last axis, the logarithm of
    a softmax. Runs in float alone, after a dequantizer.

    Constraints:

    - (C1) the result has the input's shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.log_softmax "log_softmax" (%x)
          : tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_FloatTensor:$input);
  let results = (outs QML_FloatTensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_MaxPool2DOp
    : QML_LayerOp<"max_pool_2d", "MaxPooling2D",
                  [QML_ScalesWithInput, QML_ContinuesGroup]> {
  let summary = "maximum over windows";
  let description = [{
    The largest value of each window, channel by channel. Padded cells, as many
    as for `qml.conv_2d`, take no part. Integers keep their meaning.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) `pool_size` and `strides` are 1 to 2^20.
    - (C3) the result has the inferred shape.
    - (C4) pads are less than the window, so that each window has a cell.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
      %0 = qml.max_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2]
          padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
      return %0 : tensor<?x4x4x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    QML_Pair:$pool_size,
    QML_Pair:$strides,
    QML_PaddingAttr:$padding
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `pool_size` `=` $pool_size
    `strides` `=` $strides custom<Padding>($padding)
    attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_AveragePool2DOp
    : QML_LayerOp<"average_pool_2d", "AveragePooling2D",
                  [QML_RescalesResult, QML_NeedsFixedPoint,
                   QML_ScalesWithInput]> {
  let summary = "mean over windows";
  let description = [{
    The mean of each window, channel by channel. Padded cells, as many as for
    `qml.conv_2d`, take no part and are not counted.

    Integer: the sum of the n cells of a window times `denominator / n`,
    rounded, saturated at `buffer_bitwidth` bits of which one is the sign; the
    division by the denominator is part of the result's scale. It is a common multiple of the
    numbers of cells, unless that is above 2^16; so the means are exact. The
    reference and the hardware have no such layer: where all windows have
    equally many cells, `qml-convert-average-pools` makes a depthwise
    convolution of it.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) `pool_size` and `strides` are 1 to 2^20.
    - (C3) the result has the inferred shape.
    - (C4) pads are less than the window, so that each window has a cell.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
      %0 = qml.average_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2]
          padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
      return %0 : tensor<?x4x4x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    QML_Pair:$pool_size,
    QML_Pair:$strides,
    QML_PaddingAttr:$padding,
    OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `pool_size` `=` $pool_size
    `strides` `=` $strides custom<Padding>($padding)
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    static ::qml::OutputQuantizerRule getOutputQuantizerRule() {
      return {::qml::ResultBits::AsInput};
    }
    ::qml::ConfigKeys getConfigurableKeys() {
      return {"output_quantizer", "buffer_bitwidth"};
    }
    /// What integer sums are divided by, in their scale.
    int64_t getDenominator();
    /// Whether all windows have equally many cells of the image.
    bool hasEqualWindows();
    /// Whether there is one window, with all cells of the image.
    bool isGlobal();
  }];
}

def QML_GlobalAveragePool2DOp
    : QML_LayerOp<"global_average_pool_2d", "GlobalAveragePooling2D",
                  [QML_RescalesResult, QML_ScalesWithInput,
                   QML_ContinuesGroup]> {
  let summary = "mean over height and width";
  let description = [{
    Float: the mean over height and width, channel by channel. Integer: the sum,
    saturated at `buffer_bitwidth` value bits; the division is part of the
    result's scale. Inputs with a binary point per channel are shifted as in
    `qml.conv_2d`, within the same bits.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) the result has the inferred shape: (batch, channels), or (batch, 1,
      1, channels) with `keep_dims`.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x2xf32> {
      %0 = qml.global_average_pool_2d "gap" (%x)
          : tensor<?x8x8x2xf32> -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    UnitAttr:$keep_dims,
    OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
    OptionalAttr<QML_IntegerElements>:$input_shift,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` (`keep_dims` $keep_dims^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    static ::qml::OutputQuantizerRule getOutputQuantizerRule() {
      return {::qml::ResultBits::AsInput};
    }
  }];
}

def QML_AddOp
    : QML_LayerOp<"add", "Add", [QML_RescalesResult, QML_NeedsFixedPoint,
                                 QML_StaysInFixedPoint]> {
  let summary = "sum of two tensors, or their mean";
  let description = [{
    Adds two tensors of one shape. Integers are shifted left to a common binary
    point, by `a_shift` and `b_shift`, each saturated at `buffer_bitwidth - 1`
    value bits, and so is their sum. With `average` the result is half of the
    sum: of integers, the sum with one fractional bit more.

    Constraints:

    - (C1) both operands and the result have the same shape.
    - (C2) integer operands have no scale.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.add "add" (%x, %x)
          : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$lhs,
    QML_Tensor:$rhs,
    UnitAttr:$average,
    OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
    OptionalAttr<QML_IntegerElements>:$a_shift,
    OptionalAttr<QML_IntegerElements>:$b_shift,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $lhs `,` $rhs `)` (`average` $average^)? attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
}

def QML_MultiplyOp
    : QML_LayerOp<"multiply", "Multiply", [QML_RescalesResult,
                                           QML_NeedsFixedPoint,
                                           QML_StaysInFixedPoint]> {
  let summary = "product of two tensors";
  let description = [{
    Multiplies two tensors of one shape, or one with a vector of its channels:
    of shape (batch, channels), or with axes of 1 between. Integers are
    saturated at `buffer_bitwidth - 1` value bits; the fractional bits of the
    result are those of both operands together, channel by channel.

    Constraints:

    - (C1) the operands have the same shape, or one has as many channels as the
      other and nothing else.
    - (C2) the result has the shape of the larger operand.
    - (C3) integer operands have no scale.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x4x4x8xf32>, %y: tensor<?x1x1x8xf32>)
        -> tensor<?x4x4x8xf32> {
      %0 = qml.multiply "excite" (%x, %y)
          : tensor<?x4x4x8xf32>, tensor<?x1x1x8xf32> -> tensor<?x4x4x8xf32>
      return %0 : tensor<?x4x4x8xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$lhs,
    QML_Tensor:$rhs,
    OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
    OptionalAttr<StrAttr>:$config_keys
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $lhs `,` $rhs `)` attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
}

def QML_ConcatenateOp
    : QML_LayerOp<"concatenate", "Concatenate", [QML_NeedsFixedPoint,
                                                 QML_StaysInFixedPoint]> {
  let summary = "tensors side by side, along the last axis";
  let description = [{
    The channels of the first input, then those of the next ones. Integers stay
    as they are, each channel with its binary point.

    Constraints:

    - (C1) there is at least one input.
    - (C2) inputs have one rank of 2 or more, and equal shapes but for the last
      axis.
    - (C3) integer inputs have no scale.
    - (C4) an integer result has as many value bits as the input that has most.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x4x4x8xf32>, %y: tensor<?x4x4x2xf32>)
        -> tensor<?x4x4x10xf32> {
      %0 = qml.concatenate "concatenate" (%x, %y)
          : tensor<?x4x4x8xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x10xf32>
      return %0 : tensor<?x4x4x10xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    Variadic<QML_Tensor>:$inputs
  );
  let results = (outs QML_Tensor:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $layer_name `(` $inputs `)` attr-dict
    `:` type($inputs) `->` type($result)
  }];
}

def QML_DropoutOp
    : QML_LayerOp<"dropout", "Dropout",
                  [QML_CopiesElements, QML_ScalesWithInput]> {
  let summary = "a layer that does nothing in inference";
  let description = [{
    The input itself. Kept, and not folded away, since it is a layer that
    configurations, tables and the reference's outputs name.

    Constraints:

    - (C1) the result has the input's type.
    - (C2) 0 <= `rate` < 1.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.dropout "dropout" (%x) rate = 0.2
          : tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    F32Attr:$rate
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `rate` `=` $rate
    attr-dict `:` type($input) `->` type($result)
  }];
}

#endif // QML_DIALECT_QML_IR_QMLLAYEROPS_TD
