//===- Edge.td - A dialect and a pass of another compiler --*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The hardware of this example has one block that rectifies and pools.
//
//===----------------------------------------------------------------------===//

#ifndef EDGE_TD
#define EDGE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Pass/PassBase.td"
include "qml/Dialect/QML/IR/QMLOpBase.td"

def Edge_Dialect : Dialect {
  let name = "edge";
  let cppNamespace = "::edge";
  let summary = "Blocks of an accelerator";
  let dependentDialects = ["::qml::QMLDialect"];
}

// A layer for qml's passes, reports and executors; layer_name gives two of the
// interfaces' methods, as it does for qml's own operations, Edge.cpp the others.
def Edge_PoolReLUOp
    : Op<Edge_Dialect, "pool_relu", [Pure, QML_LowerableOpInterface,
                             QML_LayerOpInterface]> {
  let summary = "Maximum over windows, and then at least 0";
  let arguments = (ins
    StrAttr:$layer_name,
    QML_Tensor:$input,
    QML_Pair:$pool_size,
    QML_Pair:$strides,
    QML_PaddingAttr:$padding,
    OptionalAttr<F32Attr>:$max_value
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `pool_size` `=` $pool_size
    `strides` `=` $strides `padding` `=` $padding
    (`max_value` `=` $max_value^)? attr-dict `:` type($input) `->` type($result)
  }];
  let extraClassDeclaration = [{
    static ::llvm::StringRef getKindName() { return "PoolReLU"; }
    ::mlir::StringAttr getSourceClassAttr() { return {}; }
    ::mlir::FailureOr<::llvm::SmallVector<int64_t>> inferResultShape(
        ::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError);
    std::string whyNotQuantizable();
    ::mlir::FailureOr<::qml::Meaning> inferMeaning();
    int toInteger(::qml::IntegerLowering &lowering);
    void flatten(::qml::NetworkFlattener &flattener);
  }];
}

def FusePools : Pass<"edge-fuse-pools", "::mlir::func::FuncOp"> {
  let summary = "Make blocks of pools and ReLUs";
  let description = [{
    `qml.relu -> qml.max_pool_2d` is first turned around, by qml's patterns.
    Then `qml.max_pool_2d -> qml.relu` becomes one `edge.pool_relu`, if nothing
    else uses the pool.
  }];
  let dependentDialects = ["::edge::EdgeDialect"];
}

#endif // EDGE_TD
