//===- AkidaInterfaces.td - Interfaces of hardware layers --*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDAINTERFACES_TD
#define QML_DIALECT_AKIDA_IR_AKIDAINTERFACES_TD

include "mlir/IR/OpBase.td"

def Akida_LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::qml::akida";
  let description = [{
    A hardware layer: an operation with a name that the engine has a type for.
    Result 0 is what it computes; a layer with memory has its memory as operand
    and result 1. Whatever the verifier, the exporters, the summary and the
    conversion to a program have to know of a layer is answered here, in the
    file of its family in `lib/Dialect/Akida/IR/Layers`.
  }];
  let methods = [
    InterfaceMethod<"Name, unique in the model.",
      "::llvm::StringRef", "getLayerName">,
    StaticInterfaceMethod<"The engine's type of layer.",
      "::qml::akida::LayerKind", "getKind", (ins), "",
      [{ return ConcreteOp::kind; }]>,
    StaticInterfaceMethod<
      "Names, version, variables and limits of the type of layer.",
      "const ::qml::akida::LayerInfo &", "getInfo">,
    InterfaceMethod<"Channels of the result.", "int64_t", "getNumOutputs",
      (ins), "", [{ return getImage($_op->getOperand(0)).channels; }]>,
    InterfaceMethod<
      "Bits and sign of the result; none if they are those of operand 0.",
      "std::optional<::qml::akida::IntegerFormat>", "getResultFormat">,
    InterfaceMethod<
      "Reports what the hardware can't do about the parameters together; the "
      "limits of each alone are checked before.",
      "void", "checkParameters", (ins "::qml::akida::LayerChecker &":$checker)>,
    InterfaceMethod<
      "Reports what the hardware can't do about what the layer reads. "
      "Parameters are within their limits.",
      "void", "checkInputs", (ins "::qml::akida::LayerChecker &":$checker)>,
    InterfaceMethod<
      "Adds the operations that the layer's formula is made of; returns the "
      "tensor of result 0.",
      "int", "flatten", (ins "::qml::akida::LayerFlattener &":$flattener)>,
    InterfaceMethod<
      "What a model predicts that ends with the layer, whose result is "
      "`tensor`: layers of 1.0 without an activation rescale their sums.",
      "int", "flattenPrediction",
      (ins "::qml::akida::LayerFlattener &":$flattener, "int":$tensor)>,
  ];
}

#endif // QML_DIALECT_AKIDA_IR_AKIDAINTERFACES_TD
