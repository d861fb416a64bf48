//===- QMLOpBase.td - What qml operations share ------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLOPBASE_TD
#define QML_DIALECT_QML_IR_QMLOPBASE_TD

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
// Operations
//===----------------------------------------------------------------------===//

class QML_Op<string mnemonic, list<Trait> traits = []>
    : Op<QML_Dialect, mnemonic, !listconcat([Pure], traits)> {
  let hasVerifier = 1;
}

/// A layer. Answers QML_LayerOpInterface; `sourceClass` is Keras's class.
class QML_LayerOp<string mnemonic, string sourceClass, bit ownsOutputQuantizer,
                  bit needsFixedPoint, list<Trait> traits = []>
    : QML_Op<mnemonic, !listconcat([QML_LayerOpInterface], traits)> {
  code layerDeclaration = [{
    static ::llvm::StringRef getSourceClass() { return "}] # sourceClass # [{"; }
    static bool mayOwnOutputQuantizer() { return }]
        # !if(ownsOutputQuantizer, "true", "false") # [{; }
    static bool needsFixedPointInputs() { return }]
        # !if(needsFixedPoint, "true", "false") # [{; }
  }];
  let extraClassDeclaration = layerDeclaration;
}

/// A layer with a kernel whose output channels are along `outputAxis`.
class QML_WeightedLayerOp<string mnemonic, string sourceClass, int outputAxis,
                          int inputAxis, bit explicitAxis,
                          list<Trait> traits = []>
    : QML_LayerOp<mnemonic, sourceClass, 1, 1,
          !listconcat([QML_WeightedLayerOpInterface], traits)> {
  code weightedDeclaration = [{
    static int64_t getOutputAxis() { return }] # outputAxis # [{; }
    static int64_t getInputAxis() { return }] # inputAxis # [{; }
    static bool hasExplicitWeightAxis() { return }]
        # !if(explicitAxis, "true", "false") # [{; }
    int64_t getNumTrainableParameters();
    std::string whyNotQuantizable();
  }];
  let extraClassDeclaration = layerDeclaration # weightedDeclaration;
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
  OptionalAttr<StrAttr>:$config_keys,
  OptionalAttr<QML_FixedAttr>:$fixed
);

#endif // QML_DIALECT_QML_IR_QMLOPBASE_TD
