//===- AkidaAttributes.td - Attributes of the akida dialect *- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Values are those of the engine's enumerations.

#ifndef QML_DIALECT_AKIDA_IR_AKIDAATTRIBUTES_TD
#define QML_DIALECT_AKIDA_IR_AKIDAATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "qml/Dialect/Akida/IR/AkidaDialect.td"

class Akida_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::qml::akida";
  let genSpecializedAttr = 0;
}

def Akida_Version : Akida_Enum<"Version", "version of the hardware", [
    I32EnumAttrCase<"V1", 1, "v1">,
    I32EnumAttrCase<"V2", 2, "v2">]>;
def Akida_VersionAttr : EnumAttr<Akida_Dialect, Akida_Version, "version">;

def Akida_Padding : Akida_Enum<"Padding", "cells around an image", [
    I32EnumAttrCase<"Valid", 0, "valid">,
    I32EnumAttrCase<"Same", 1, "same">,
    I32EnumAttrCase<"SameUpper", 2, "same_upper">]>;
def Akida_PaddingAttr : EnumAttr<Akida_Dialect, Akida_Padding, "padding">;

def Akida_PoolType : Akida_Enum<"PoolType", "what becomes of a window", [
    I32EnumAttrCase<"NoPooling", 0, "none">,
    I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Average", 2, "average">]>;
def Akida_PoolTypeAttr : EnumAttr<Akida_Dialect, Akida_PoolType, "pool_type">;

def Akida_Activation : Akida_Enum<"Activation", "function of a result", [
    I32EnumAttrCase<"NoActivation", 0, "none">,
    I32EnumAttrCase<"ReLU", 1, "relu">,
    I32EnumAttrCase<"LUT", 2, "lut">]>;
def Akida_ActivationAttr
    : EnumAttr<Akida_Dialect, Akida_Activation, "activation">;

#endif // QML_DIALECT_AKIDA_IR_AKIDAATTRIBUTES_TD
