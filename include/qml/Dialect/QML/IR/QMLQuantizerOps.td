//===- QMLQuantizerOps.td - Quantizers ---------------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLQUANTIZEROPS_TD
#define QML_DIALECT_QML_IR_QMLQUANTIZEROPS_TD

include "qml/Dialect/QML/IR/QMLOpBase.td"

def QML_InputQuantizerOp
    : QML_LayerOp<"input_quantizer", "InputQuantizer"> {
  let summary = "float inputs to integers";
  let description = [{
    Before calibration the identity on floats that marks where inputs become
    integers; calibration notes the smallest and the largest input, per channel
    or for all of them.

    Integer, with R = max(|range_min|, |range_max|) if signed, else range_max -
    range_min, and frac_bits = min(n - ceil(log2(R)), n) for n value bits:
    `q = clamp(rne(x * 2^frac_bits))`; an unsigned quantizer adds
    `zero_points = rne(-range_min * 2^frac_bits)` and clamps again. Value bits
    are `bitwidth`, less one if signed; negative integers of an unsigned
    quantizer are not clipped.

    Constraints:

    - (C1) the operand is `f32`; the result is `f32`, or an integer; both have
      one shape.
    - (C2) 2 <= `bitwidth` <= 16 if signed, 1 <= `bitwidth` <= 16 otherwise.
    - (C3) `per_axis` needs rank 3 or more.
    - (C4) `range_min` and `range_max` come together, finite, with one value, or
      one per channel if `per_axis`; range_min <= range_max, and range_min <= 0
      in an unsigned integer quantizer.
    - (C5) `zero_points` belong to unsigned integer quantizers.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
      %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned
          per_axis : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
      return %0 : tensor<?x8x8x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_FloatTensor:$input,
    QML_Bitwidth:$bitwidth,
    UnitAttr:$is_unsigned,
    QML_GranularityAttr:$granularity,
    OptionalAttr<QML_FloatElements>:$range_min,
    OptionalAttr<QML_FloatElements>:$range_max,
    OptionalAttr<QML_IntegerElements>:$zero_points
  );
  let builders = [
    OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::Value":$input,
                   "int64_t":$bitwidth, "bool":$isUnsigned,
                   "::qml::Granularity":$granularity)>
  ];
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `bitwidth` `=` $bitwidth
    (`unsigned` $is_unsigned^)? `` $granularity attr-dict
    `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = layerDeclaration # [{
    /// Bits without the sign.
    int getValueBits() { return getBitwidth() - (getIsUnsigned() ? 0 : 1); }
  }];
}

def QML_OutputQuantizerOp : QML_Op<"output_quantizer"> {
  let summary = "wide accumulators to narrow integers";
  let description = [{
    Belongs to the layer before it, its owner. Before calibration the identity
    on floats; calibration notes the largest magnitude as `range_max`, per
    channel or for all of them; equalization replaces it by the largest value
    that the bits can hold, and notes the ratio as `rescaling_rate`.

    Integer, for inputs `v` with a scale: `p = clamp(v * scales)` within
    `buffer_bitwidth` value bits, then `clamp(rhu(p * 2^shift))`. `scales` are
    integers of `scale_bits` bits with `scales_frac_bits` fractional bits, for
    input scale times rescaling rate. Inputs without a scale are shifted alone.
    Value bits are `bitwidth`, less one if signed.

    Constraints:

    - (C1) operand and result are both `f32`, or both integers; both have one
      shape.
    - (C2) 2 <= `bitwidth` if signed, 1 <= `bitwidth` otherwise.
    - (C3) the operand is the result of a layer that may own a quantizer.
    - (C4) `per_axis` needs rank 3 or more.
    - (C5) `range_max` and `rescaling_rate` have one value, or one per channel
      if `per_axis`; ranges are finite and not negative, rates finite and
      positive.
    - (C6) an integer quantizer has a `shift`, and its result no scale; `scales`
      and `scales_frac_bits` come together.
    - (C7) `calibrator` is moving-max, max, percentile or mse: how calibration
      finds its range; as for others without.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.relu "relu" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
      %1 = qml.output_quantizer (%0) bitwidth = 4 unsigned per_tensor
          {range_max = dense<2.5> : tensor<f32>}
          : tensor<?x8xf32> -> tensor<?x8xf32>
      return %1 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins
    QML_Tensor:$input,
    QML_Bitwidth:$bitwidth,
    UnitAttr:$is_unsigned,
    QML_GranularityAttr:$granularity,
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<16>]>,
                      "8">:$scale_bits,
    DefaultValuedAttr<QML_Bitwidth, "32">:$buffer_bitwidth,
    OptionalAttr<StrAttr>:$calibrator,
    OptionalAttr<QML_FloatElements>:$range_max,
    OptionalAttr<QML_FloatElements>:$rescaling_rate,
    OptionalAttr<QML_IntegerElements>:$scales,
    OptionalAttr<QML_IntegerElements>:$scales_frac_bits,
    OptionalAttr<QML_IntegerElements>:$shift
  );
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "int64_t":$bitwidth,
                   "bool":$isUnsigned, "::qml::Granularity":$granularity)>
  ];
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    `(` $input `)` `bitwidth` `=` $bitwidth (`unsigned` $is_unsigned^)? `` $granularity
    attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = loweringDeclaration # [{
    /// Bits without the sign.
    int getValueBits() { return getBitwidth() - (getIsUnsigned() ? 0 : 1); }
    /// The layer whose result this quantizes.
    LayerOpInterface getOwner();
    void getAsmResultNames(::mlir::OpAsmSetValueNameFn setName);
  }];
}

def QML_DequantizerOp
    : QML_LayerOp<"dequantizer", "Dequantizer", [QML_ScalesWithInput]> {
  let summary = "integers to float";
  let description = [{
    Before the integer stage the identity on floats that marks where integers
    end. Integer operands become `v / 2^frac_bits * scale`, each step in `f32`.

    Constraints:

    - (C1) the result is `f32` and has the operand's shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = qml.dequantizer "dequantizer" (%x)
          : tensor<?x8xf32> -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_InputTensor:$input);
  let builders = [
    OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::Value":$input)>
  ];
  let results = (outs QML_FloatTensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` attr-dict `:` type($input) `->` type($result)
  }];
}

#endif // QML_DIALECT_QML_IR_QMLQUANTIZEROPS_TD
