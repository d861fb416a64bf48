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
include "mlir/Interfaces/InferTypeOpInterface.td"
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


/// Integers of parameters can be negative: -1 stands for "as the pool".
def Akida_I32Attr : TypedSignlessIntegerAttrBase<
    I32, "int32_t", "32-bit signless integer attribute">;
class Akida_Parameter<int value>
    : DefaultValuedAttr<Akida_I32Attr, !cast<string>(value)>;
class Akida_Flag<bit value>
    : DefaultValuedAttr<BoolAttr, !if(value, "true", "false")>;

class Akida_Enumerated<Attr attr, string value>
    : DefaultValuedAttr<attr, "::qml::akida::" # value>;

class Akida_Op<string mnemonic, list<Trait> traits = []>
    : Op<Akida_Dialect, mnemonic, traits>;

/// How a parameter is written. Enumerations print a blank of their own.
class Akida_Clause<string name, Attr attr> {
  defvar isEnum = !isa<Akida_Enumerated>(attr);
  string text = "`" # name # "` `=` " # !if(isEnum, "`` ", "") # "$" # name;
}

/// A layer of the engine: its type there by name and number, and the C++
/// expression for its number of output channels. Parameters are written as
/// `name = value`: first those that have no default, in this order, then others
/// in any order, where they aren't what they are by default. Variables stand
/// between braces.
class Akida_Layer<string mnemonic, string engineType, int engineNumber,
                  string outputs, dag inputs, dag parameters, dag variables,
                  list<Trait> traits = []>
    : Akida_Op<mnemonic, !listconcat([
        Pure, DeclareOpInterfaceMethods<Akida_LayerOpInterface>,
        InferTypeOpAdaptor], traits)> {
  let arguments = !con((ins StrAttr:$layer_name), inputs, parameters,
                       variables);
  let results = (outs Akida_Integers:$result);
  defvar names = !foreach(i, !range(!size(parameters)),
                          !getdagname(parameters, i));
  defvar required = !filter(name, names,
      !not(!isa<DefaultValuedAttr>(!getdagarg<Attr>(parameters, name))));
  defvar optional = !filter(name, names,
      !isa<DefaultValuedAttr>(!getdagarg<Attr>(parameters, name)));
  defvar requiredText = !foldl("", required, text, name,
      text # Akida_Clause<name, !getdagarg<Attr>(parameters, name)>.text # " ");
  defvar optionalText = !foldl("", optional, text, name,
      text # !if(!empty(text), "", " | ")
           # Akida_Clause<name, !getdagarg<Attr>(parameters, name)>.text);
  let assemblyFormat = "$layer_name `(` operands `)` " # requiredText
      # !if(!empty(optional), "", "oilist(" # optionalText # ") ")
      # "attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    static constexpr ::qml::akida::LayerKind kind =
        static_cast<::qml::akida::LayerKind>(}] # engineNumber # [{);
    static constexpr ::llvm::StringLiteral engineType = "}] # engineType
      # [{";
    static ::qml::akida::LayerKind getKind() { return kind; }
    int64_t getNumOutputs() { return }] # outputs # [{; }
  }];
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::verify() {
      return ::qml::akida::verifyLayer(*this);
    }
  }];
}

defvar Akida_activationParameters = (ins
  Akida_Enumerated<Akida_ActivationAttr,
                   "Activation::NoActivation">:$activation,
  Akida_Parameter<8>:$output_bits);

defvar Akida_poolParameters = (ins
  Akida_Enumerated<Akida_PaddingAttr, "Padding::Same">:$padding,
  Akida_Enumerated<Akida_PoolTypeAttr, "PoolType::NoPooling">:$pool_type,
  Akida_Parameter<-1>:$pool_size,
  Akida_Parameter<-1>:$pool_stride);

/// Of layers that multiply with weights.
class Akida_bufferParameters<int bufferBits> {
  dag parameters = (ins Akida_Parameter<bufferBits>:$buffer_bits,
                        Akida_Parameter<32>:$post_op_buffer_bits,
                        Akida_Parameter<8>:$weights_bits);
}

/// What follows the sums of products.
defvar Akida_scaleOutVariables = (ins
  OptionalAttr<Akida_Variable>:$bias,
  OptionalAttr<Akida_Variable>:$bias_shift,
  OptionalAttr<Akida_Variable>:$max_value,
  OptionalAttr<Akida_Variable>:$max_value_shift,
  OptionalAttr<Akida_Variable>:$activation_scales,
  OptionalAttr<Akida_Variable>:$activation_shift,
  OptionalAttr<Akida_Variable>:$lut_values,
  OptionalAttr<Akida_Variable>:$output_scales,
  OptionalAttr<Akida_Variable>:$output_shift);

/// Of layers that multiply with weights and shift their inputs.
defvar Akida_productVariables = !con(
  (ins Akida_Variable:$weights, OptionalAttr<Akida_Variable>:$input_shift),
  Akida_scaleOutVariables);

#endif // QML_DIALECT_AKIDA_IR_AKIDAOPBASE_TD
