//===- AkidaModelOps.td - Models and sequences -------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDAMODELOPS_TD
#define QML_DIALECT_AKIDA_IR_AKIDAMODELOPS_TD

include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "qml/Dialect/Akida/IR/AkidaOpBase.td"

def Akida_ModelOp : Akida_Op<"model", [
    IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "a model for the hardware";
  let description = [{
    Its block takes the input, and one argument for the memory of each layer
    that has some, zeros at first; `akida.return` returns the result and the new
    memories, in the same order. Layers of the other version are not allowed.

    Constraints:

    - (C1) the block takes an image and the memories, each for one layer;
      `akida.return` returns the last layer's result, and what the layers made
      of their memories.
    - (C2) names of layers are unique.
    - (C3) there are layers, and nothing else; the first one reads the input,
      which only input layers do: `input_data`, `quantizer`, `input_conv2d` and
      `input_convolutional`; further ones stand directly after a quantizer.
    - (C4) all layers belong to `version`.

    Example:

    ```mlir
    akida.model @network version = v2 input = "input_1" {
    ^bb0(%x: tensor<?x1x1x4xi8>):
      %0 = akida.input_data "input_1" (%x)
          : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
      %1 = akida.sequence "SW/fc-dequantizer" backend = "Software"
          -> (tensor<?x1x1x2xf32>) {
        %2 = akida.dense1d "fc" (%0) units = 2 output_bits = 28
            {weights = dense<1> : tensor<4x2xi8>}
            : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi32>
        %3 = akida.dequantizer "dequantizer" (%2)
            {scales = dense<0.5> : tensor<2xf32>}
            : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
        akida.yield %3 : tensor<?x1x1x2xf32>
      }
      akida.return %1 : tensor<?x1x1x2xf32>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    Akida_VersionAttr:$version,
    StrAttr:$input_name
  );
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `version` `=` `` $version `input` `=` $input_name
    attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The layers, in the order in which they run, those of sequences included.
    ::llvm::SmallVector<::qml::akida::LayerOpInterface> getLayers();
    /// What the model computes: the first operand of its terminator.
    ::mlir::Value getModelResult();
    ::mlir::BlockArgument getInput() { return getBody().getArgument(0); }
  }];
}

def Akida_SequenceOp : Akida_Op<"sequence", [SingleBlock, RecursiveMemoryEffects,
    ParentOneOf<["::qml::akida::ModelOp"]>]> {
  let summary = "layers that run as one";
  let description = [{
    What the engine runs on one backend, under the name that it gives it:
    `SW/<first>-<last>` for layers that run in software. A leading input layer
    stands before the sequence, unless there is a quantizer before it.

    Constraints:

    - (C1) `akida.yield` yields values of the result types.
    - (C2) it holds a layer.
  }];
  let arguments = (ins StrAttr:$sequence_name, StrAttr:$backend);
  let results = (outs Variadic<Akida_Values>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sequence_name `backend` `=` $backend attr-dict-with-keyword
    `->` `(` type($results) `)` $body
  }];
  let hasRegionVerifier = 1;
}

def Akida_YieldOp : Akida_Op<"yield", [Pure, Terminator, ReturnLike,
    HasParent<"::qml::akida::SequenceOp">]> {
  let summary = "the results of a sequence";
  let arguments = (ins Variadic<Akida_Values>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Akida_ReturnOp : Akida_Op<"return", [Pure, Terminator, ReturnLike,
    HasParent<"::qml::akida::ModelOp">]> {
  let summary = "the result of a model, and the memories of its layers";
  let arguments = (ins Variadic<Akida_Values>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif // QML_DIALECT_AKIDA_IR_AKIDAMODELOPS_TD
