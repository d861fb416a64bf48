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
    Result 0 is what it computes; further operands and results are its memory.
  }];
  let methods = [
    InterfaceMethod<"Name, unique in the model.",
      "::llvm::StringRef", "getLayerName">,
    StaticInterfaceMethod<"The engine's type of layer.",
      "::qml::akida::LayerKind", "getKind">,
  ];
}

#endif // QML_DIALECT_AKIDA_IR_AKIDAINTERFACES_TD
