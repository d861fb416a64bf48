//===- AkidaOpBase.td - What hardware layers share ---------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDAOPBASE_TD
#define QML_DIALECT_AKIDA_IR_AKIDAOPBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "qml/Dialect/Akida/IR/AkidaAttributes.td"
include "qml/Dialect/Akida/IR/AkidaInterfaces.td"

def Akida_Integers : RankedTensorOf<[UI8, I8, I16, I32]>;
def Akida_Values : RankedTensorOf<[F32, UI8, I8, I16, I32]>;

def Akida_Variable : ElementsAttrBase<
    CPred<"::llvm::isa<::mlir::ElementsAttr>($_self) && "
          "::qml::isElementsOfNumbers("
          "::llvm::cast<::mlir::ElementsAttr>($_self))">,
    "array of f32, or of i8 to i64, signed or not"> {
  let storageType = "::mlir::ElementsAttr";
  let returnType = "::mlir::ElementsAttr";
  let convertFromStorage = "$_self";
}

class Akida_Parameter<int value>
    : DefaultValuedAttr<I32Attr, !cast<string>(value)>;
class Akida_Flag<bit value>
    : DefaultValuedAttr<BoolAttr, !if(value, "true", "false")>;

class Akida_Op<string mnemonic, list<Trait> traits = []>
    : Op<Akida_Dialect, mnemonic, traits>;

/// A layer of the engine's type `engineType`.
class Akida_Layer<string mnemonic, string engineType, list<Trait> traits = []>
    : Akida_Op<mnemonic, !listconcat([Pure, Akida_LayerOpInterface], traits)> {
  let results = (outs Akida_Integers:$result);
  let assemblyFormat = [{
    $layer_name `(` operands `)` attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    static ::qml::akida::LayerKind getKind() {
      return ::qml::akida::LayerKind::}] # engineType # [{;
    }
  }];
}

defvar Akida_activationParameters = (ins
  DefaultValuedAttr<Akida_ActivationAttr,
                    "::qml::akida::Activation::NoActivation">:$activation,
  Akida_Parameter<8>:$output_bits);

defvar Akida_poolParameters = (ins
  DefaultValuedAttr<Akida_PaddingAttr,
                    "::qml::akida::Padding::Same">:$padding,
  DefaultValuedAttr<Akida_PoolTypeAttr,
                    "::qml::akida::PoolType::NoPooling">:$pool_type,
  Akida_Parameter<-1>:$pool_size,
  Akida_Parameter<-1>:$pool_stride);

/// Of layers that multiply with weights; not the weights.
defvar Akida_biasVariables = (ins
  OptionalAttr<Akida_Variable>:$bias,
  OptionalAttr<Akida_Variable>:$bias_shift);
defvar Akida_reluVariables = (ins
  OptionalAttr<Akida_Variable>:$max_value,
  OptionalAttr<Akida_Variable>:$max_value_shift);
defvar Akida_lutVariables = (ins
  OptionalAttr<Akida_Variable>:$activation_scales,
  OptionalAttr<Akida_Variable>:$activation_shift,
  OptionalAttr<Akida_Variable>:$lut_values);
defvar Akida_outputVariables = (ins
  OptionalAttr<Akida_Variable>:$output_scales,
  OptionalAttr<Akida_Variable>:$output_shift);

#endif // QML_DIALECT_AKIDA_IR_AKIDAOPBASE_TD
