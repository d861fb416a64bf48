//===- QMLOpBase.td - What qml operations share ------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLOPBASE_TD
#define QML_DIALECT_QML_IR_QMLOPBASE_TD

include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "qml/Dialect/QML/IR/QMLAttributes.td"
include "qml/Dialect/QML/IR/QMLInterfaces.td"

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

def QML_Tensor : RankedTensorOf<[F32, I8, I16, I32, I64]>;
def QML_InputTensor : RankedTensorOf<[F32, UI8, I8, UI16, I16, I32, I64]>;
def QML_FloatTensor : RankedTensorOf<[F32]>;
def QML_IntegerTensor : RankedTensorOf<[UI8, I8, UI16, I16, I32, I64]>;

class QML_ElementsOf<string type, string what> : ElementsAttrBase<
    CPred<"::llvm::isa<::mlir::ElementsAttr>($_self) && "
          "::qml::isElementsOf" # type #
          "(::llvm::cast<::mlir::ElementsAttr>($_self))">,
    what> {
  let storageType = "::mlir::ElementsAttr";
  let returnType = "::mlir::ElementsAttr";
  let convertFromStorage = "$_self";
}
def QML_FloatElements : QML_ElementsOf<"Float",
    "array of f32">;
def QML_IntegerElements : QML_ElementsOf<"Integer",
    "array of i8 to i64">;
def QML_WeightElements : QML_ElementsOf<"Weights",
    "array of f32 or i8 to i64">;

def QML_Pair : ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<2>]>;
def QML_Bitwidth : ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<32>]>;

//===----------------------------------------------------------------------===//
// Traits
//===----------------------------------------------------------------------===//

class QML_Trait<string name> : NativeOpTrait<name> {
  let cppNamespace = "::qml::OpTrait";
}

/// The integer layer can rescale its result: an output quantizer may follow.
def QML_RescalesResult : QML_Trait<"RescalesResult">;
/// Inputs must be in fixed point, so that quantizers go before.
def QML_NeedsFixedPoint : QML_Trait<"NeedsFixedPoint">;
/// The integer result has no scale: it is in fixed point like the inputs.
def QML_StaysInFixedPoint : QML_Trait<"StaysInFixedPoint">;
/// An offset of all of the input is the same as another bias and padding value.
def QML_FoldsOffsets : QML_Trait<"FoldsOffsets">;
/// A positive factor of the input is one of the result, channel by channel:
/// equalization looks through the layer.
def QML_ScalesWithInput : QML_Trait<"ScalesWithInput">;
/// Elements of the input, each in its channel: some may be left out, or stand
/// several times. What is done to channels may be done before or after.
def QML_CopiesElements : QML_Trait<"CopiesElements">;
/// The elements of the input in their order, under another shape.
def QML_ReshapesOnly : QML_Trait<"ReshapesOnly">;
/// The integer layer looks its input up in a table: channels share one binary
/// point, and the quantizer before has 11 bits by default.
def QML_LooksUp : QML_Trait<"LooksUp">;
/// The hardware computes it as part of the layer that makes its input.
def QML_ContinuesGroup : QML_Trait<"ContinuesGroup">;

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

class QML_Op<string mnemonic, list<Trait> traits = []>
    : Op<QML_Dialect, mnemonic,
         !listconcat([Pure, QML_LowerableOpInterface, OpAsmOpInterface],
                     traits)> {
  let hasVerifier = 1;
  /// Answers to QML_LowerableOpInterface, in the file of the operation's family
  /// below lib/Dialect/QML/IR/Layers. One that is missing doesn't link.
  code loweringDeclaration = [{
    ::mlir::FailureOr<::qml::Meaning> inferMeaning();
    int toInteger(::qml::IntegerLowering &lowering);
    void flatten(::qml::NetworkFlattener &flattener);
  }];
}

/// A layer. Answers QML_LayerOpInterface. `kindName` is what people call it.
class QML_LayerOp<string mnemonic, string kindName, list<Trait> traits = []>
    : QML_Op<mnemonic, !listconcat([QML_LayerOpInterface], traits)> {
  code layerDeclaration = loweringDeclaration # [{
    static ::llvm::StringRef getKindName() { return "}] # kindName # [{"; }
    void getAsmResultNames(::mlir::OpAsmSetValueNameFn setName) {
      setName(getResult(), getLayerName());
    }
    ::mlir::FailureOr<::llvm::SmallVector<int64_t>> inferResultShape(
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError);
    std::string whyNotQuantizable();
  }];
  let extraClassDeclaration = layerDeclaration;
}

/// A layer with kernels.
class QML_WeightedLayerOp<string mnemonic, string kindName,
                          list<Trait> traits = []>
    : QML_LayerOp<mnemonic, kindName,
          !listconcat([QML_WeightedLayerOpInterface, QML_RescalesResult,
                       QML_NeedsFixedPoint], traits)> {
  code weightedDeclaration = layerDeclaration # [{
    ::llvm::SmallVector<::qml::KernelInfo, 1> getKernels();
    ::qml::ConfigKeys getConfigurableKeys();
    int64_t getNumTrainableParameters();
  }];
  let extraClassDeclaration = weightedDeclaration;
  let extraClassDefinition = [{
    ::qml::ConfigKeys $cppClass::getConfigurableKeys() {
      return ::qml::getWeightedKeys(*this);
    }
    int64_t $cppClass::getNumTrainableParameters() {
      return ::qml::countWeights(*this);
    }
  }];
}

/// Attributes of every layer that has weights. Not `kernel` and `bias`.
defvar QML_weightedAttributes = (ins
  OptionalAttr<QML_ActivationAttr>:$activation,
  OptionalAttr<QML_WeightQuantizerAttr>:$weight_quantizer,
  OptionalAttr<QML_AlignedQuantizerAttr>:$bias_quantizer,
  OptionalAttr<QML_Bitwidth>:$buffer_bitwidth,
  OptionalAttr<QML_FloatElements>:$kernel_scales,
  OptionalAttr<QML_IntegerElements>:$bias_shift,
  OptionalAttr<QML_IntegerElements>:$input_shift,
  OptionalAttr<StrAttr>:$config_keys
);

#endif // QML_DIALECT_QML_IR_QMLOPBASE_TD
