//===- QMLAttributes.td - Attributes of the qml dialect ----*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLATTRIBUTES_TD
#define QML_DIALECT_QML_IR_QMLATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "qml/Dialect/QML/IR/QMLDialect.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

def QML_Padding : I32EnumAttr<"Padding",
    "which cells around an image a window may cover", [
      I32EnumAttrCase<"Valid", 0, "valid">,
      I32EnumAttrCase<"Same", 1, "same">]> {
  let cppNamespace = "::qml";
  let genSpecializedAttr = 0;
}
def QML_PaddingAttr : EnumAttr<QML_Dialect, QML_Padding, "padding">;

def QML_Activation : I32EnumAttr<"Activation",
    "function that a layer applies to its result", [
      I32EnumAttrCase<"ReLU", 0, "relu">,
      I32EnumAttrCase<"Softmax", 1, "softmax">]> {
  let cppNamespace = "::qml";
  let genSpecializedAttr = 0;
}
def QML_ActivationAttr : EnumAttr<QML_Dialect, QML_Activation, "activation">;

def QML_Granularity : I32EnumAttr<"Granularity",
    "whether channels share a range", [
      I32EnumAttrCase<"PerTensor", 0, "per_tensor">,
      I32EnumAttrCase<"PerAxis", 1, "per_axis">]> {
  let cppNamespace = "::qml";
  let genSpecializedAttr = 0;
}
def QML_GranularityAttr
    : EnumAttr<QML_Dialect, QML_Granularity, "granularity">;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class QML_Attr<string name, string attrMnemonic> : AttrDef<QML_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def QML_WeightQuantizerAttr : QML_Attr<"WeightQuantizer", "weight_quantizer"> {
  let summary = "how weights are quantized";
  let description = [{
    Weights become integers of `bitwidth` bits, symmetric around zero, with a
    float scale for each slice along `axis`, or one for all of them (no `axis`,
    printed as `per_tensor`). A negative axis counts from the last.

    ```mlir
    #qml.weight_quantizer<bitwidth = 4, axis = -1>
    #qml.weight_quantizer<bitwidth = 8, signed = false, per_tensor>
    ```

    Constraints:

    - (C1) 2 <= `bitwidth` <= 32 if signed, 1 <= `bitwidth` <= 31 otherwise.
  }];
  let parameters = (ins
    "unsigned":$bitwidth,
    DefaultValuedParameter<"bool", "true">:$isSigned,
    OptionalParameter<"std::optional<int64_t>">:$axis
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bits without the sign.
    int getValueBits() const { return getBitwidth() - (getIsSigned() ? 1 : 0); }
  }];
}

def QML_AlignedQuantizerAttr
    : QML_Attr<"AlignedQuantizer", "aligned_quantizer"> {
  let summary = "how biases, maxima and padding values are quantized";
  let description = [{
    Values become integers of `bitwidth` bits that share the scale of the
    accumulator they meet, and are shifted left to its binary point.

    ```mlir
    #qml.aligned_quantizer<bitwidth = 8, signed = true>
    ```

    Constraints:

    - (C1) 2 <= `bitwidth` <= 32 if signed, 1 <= `bitwidth` <= 31 otherwise.
  }];
  let parameters = (ins "unsigned":$bitwidth, "bool":$isSigned);
  let assemblyFormat = [{
    `<` `bitwidth` `=` $bitwidth `,` `signed` `=` $isSigned `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bits without the sign.
    int getValueBits() const { return getBitwidth() - (getIsSigned() ? 1 : 0); }
  }];
}

def QML_FixedAttr : QML_Attr<"Fixed", "fixed"> {
  let summary = "what the integers of a tensor stand for";
  let description = [{
    An integer `v` in channel `c` of the last axis stands for
    `v / 2^frac_bits[c] * scale[c]`, and fits into `value_bits` bits and a sign.
    `frac_bits` and `scale` are a single value, or a vector of one per channel
    (`i32` and `f32`; long ones are resources). Without `scale` it is 1, and
    the tensor is in fixed point alone: layers that add or join tensors need
    that.

    ```mlir
    #qml.fixed<value_bits = 7, frac_bits = 5>
    #qml.fixed<value_bits = 27, frac_bits = 0,
               scale = dense<[0.5, 0.25]> : tensor<2xf32>>
    ```

    Constraints:

    - (C1) 1 <= `value_bits` <= 32.
    - (C2) `frac_bits` has element type `i32` and rank 0 or 1.
    - (C3) `scale` has element type `f32` and rank 0 or 1.
    - (C4) resources hold as many bytes as their types say; operations check
      that of their attributes, since text holds the data behind its first use.
  }];
  let parameters = (ins
    "unsigned":$valueBits,
    "::mlir::ElementsAttr":$fracBits,
    OptionalParameter<"::mlir::ElementsAttr">:$scale
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // QML_DIALECT_QML_IR_QMLATTRIBUTES_TD
