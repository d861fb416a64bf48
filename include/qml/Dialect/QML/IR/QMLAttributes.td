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
include "mlir/IR/TensorEncoding.td"
include "qml/Dialect/QML/IR/QMLDialect.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

def QML_Padding : I32EnumAttr<"Padding",
    "which cells around an image a window may cover", [
      I32EnumAttrCase<"Valid", 0, "valid">,
      I32EnumAttrCase<"Same", 1, "same">,
      I32EnumAttrCase<"Explicit", 2, "explicit">]> {
  let cppNamespace = "::qml";
  let genSpecializedAttr = 0;
}

def QML_Activation : I32EnumAttr<"Activation",
    "function that a layer applies to its result", [
      I32EnumAttrCase<"ReLU", 0, "relu">,
      I32EnumAttrCase<"Softmax", 1, "softmax">,
      I32EnumAttrCase<"Gelu", 2, "gelu">,
      I32EnumAttrCase<"GeluTanh", 3, "gelu_tanh">,
      I32EnumAttrCase<"Swish", 4, "swish">,
      I32EnumAttrCase<"HardSilu", 5, "hard_silu">,
      I32EnumAttrCase<"LeakyReLU", 6, "leaky_relu">,
      I32EnumAttrCase<"Sigmoid", 7, "sigmoid">,
      I32EnumAttrCase<"HardSigmoid", 8, "hard_sigmoid">,
      I32EnumAttrCase<"HardSigmoid6", 9, "hard_sigmoid_6">,
      I32EnumAttrCase<"Tanh", 10, "tanh">,
      I32EnumAttrCase<"ELU", 11, "elu">,
      I32EnumAttrCase<"SELU", 12, "selu">,
      I32EnumAttrCase<"Softplus", 13, "softplus">,
      I32EnumAttrCase<"Softsign", 14, "softsign">,
      I32EnumAttrCase<"Mish", 15, "mish">,
      I32EnumAttrCase<"Exponential", 16, "exponential">,
      I32EnumAttrCase<"LogSoftmax", 17, "log_softmax">]> {
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

class QML_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<QML_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def QML_PaddingAttr : QML_Attr<"Padding", "padding"> {
  let summary = "what is padded on each side of an image";
  let description = [{
    Four numbers of rows and columns, or a name for a special case: `valid` for
    none, `same` for TensorFlow's rule, by which the result has ceil(n / stride)
    cells. The names are kept, since the reference and the hardware treat `same`
    apart where it pads nothing.

    Operations print it as `padding = same`, `padding = valid` or `pads = [top,
    bottom, left, right]`; elsewhere:

    ```mlir
    #qml.padding<same>
    #qml.padding<1, 1, 1, 1>
    ```

    Constraints:

    - (C1) `explicit` padding has four numbers of 0 to 2^20, named ones none.
  }];
  let parameters = (ins
    "::qml::Padding":$mode,
    OptionalArrayRefParameter<"int64_t">:$pads
  );
  let builders = [
    AttrBuilder<(ins "::qml::Padding":$mode), [{
      return $_get($_ctxt, mode, ::llvm::ArrayRef<int64_t>());
    }]>,
    AttrBuilder<(ins "::llvm::ArrayRef<int64_t>":$pads), [{
      return $_get($_ctxt, ::qml::Padding::Explicit, pads);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
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

def QML_FixedAttr
    : QML_Attr<"Fixed", "fixed",
               [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "what the integers of a tensor stand for";
  let description = [{
    The encoding of the type of integer tensors. An integer `v` in channel `c`
    of the last axis stands for `v / 2^frac_bits[c] * scale[c]`, and fits into
    `value_bits` bits and a sign. `frac_bits` and `scale` are a single value, or
    a vector of one per channel (`i32` and `f32`; long ones are resources).
    Without `scale` it is 1, and the tensor is in fixed point alone: layers that
    add or join tensors need that. Integer tensors without an encoding, inputs
    of networks, stand for themselves.

    ```mlir
    func.func private @example(
        tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>,
        tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0,
                                   scale = dense<[0.5, 0.25]> : tensor<2xf32>>>)
    ```

    Constraints:

    - (C1) 1 <= `value_bits` <= 32.
    - (C2) `frac_bits` has element type `i32` and rank 0 or 1.
    - (C3) `scale` has element type `f32` and rank 0 or 1.
    - (C4) resources hold as many bytes as their types say, and scales are
      positive and finite; operations check that of their types, since text
      holds the data after its first use.
    - (C5) the tensor is of `i8` for up to 7 `value_bits`, of `i16` for up to
      15, `i32` for up to 30, `i64` for more.
    - (C6) vectors have as many values as the tensor's last axis, which is
      known, or one.
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
