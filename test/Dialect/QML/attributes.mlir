// Attributes in all their forms, by themselves and as aliases.

// RUN: qml-opt %s | qml-opt --mlir-print-local-scope | FileCheck %s
// RUN: qml-opt %s | FileCheck %s --check-prefix=ALIAS
// RUN: qml-opt %s --emit-bytecode | qml-opt --mlir-print-local-scope | FileCheck %s

#per_tensor = #qml.weight_quantizer<bitwidth = 8, per_tensor>
#vector = #qml.fixed<value_bits = 31, frac_bits = dense<[1, -1]> : tensor<2xi32>>

// CHECK: weight_quantizers = [
// CHECK-SAME: #qml.weight_quantizer<bitwidth = 8, per_tensor>
// CHECK-SAME: #qml.weight_quantizer<bitwidth = 2, axis = -1>
// CHECK-SAME: #qml.weight_quantizer<bitwidth = 32, axis = 3>
// CHECK-SAME: #qml.weight_quantizer<bitwidth = 1, signed = false, axis = 0>
// CHECK-SAME: #qml.weight_quantizer<bitwidth = 31, signed = false, per_tensor>
func.func private @weight_quantizers() attributes {weight_quantizers = [
  #per_tensor,
  #qml.weight_quantizer<bitwidth = 2, axis = -1>,
  #qml.weight_quantizer<bitwidth = 32, axis = 3>,
  #qml.weight_quantizer<bitwidth = 1, signed = false, axis = 0>,
  #qml.weight_quantizer<bitwidth = 31, signed = false, per_tensor>
]}

// CHECK: aligned_quantizers = [
// CHECK-SAME: #qml.aligned_quantizer<bitwidth = 2, signed = true>
// CHECK-SAME: #qml.aligned_quantizer<bitwidth = 32, signed = true>
// CHECK-SAME: #qml.aligned_quantizer<bitwidth = 1, signed = false>
// CHECK-SAME: #qml.aligned_quantizer<bitwidth = 31, signed = false>
func.func private @aligned_quantizers() attributes {aligned_quantizers = [
  #qml.aligned_quantizer<bitwidth = 2, signed = true>,
  #qml.aligned_quantizer<bitwidth = 32, signed = true>,
  #qml.aligned_quantizer<bitwidth = 1, signed = false>,
  #qml.aligned_quantizer<bitwidth = 31, signed = false>
]}

// One value is a number, with or without a type; a vector says its length. The
// data of resources is not looked at here: in text it comes last.
// CHECK: fixed = [
// CHECK-SAME: #qml.fixed<value_bits = 1, frac_bits = 0>
// CHECK-SAME: #qml.fixed<value_bits = 32, frac_bits = -5>
// CHECK-SAME: #qml.fixed<value_bits = 7, frac_bits = 3>
// CHECK-SAME: #qml.fixed<value_bits = 31, frac_bits = dense<[1, -1]> : tensor<2xi32>>
// CHECK-SAME: #qml.fixed<value_bits = 31, frac_bits = dense<2> : tensor<3xi32>, scale = dense<5.000000e-01> : tensor<f32>>
// CHECK-SAME: #qml.fixed<value_bits = 31, frac_bits = 2, scale = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>>
// CHECK-SAME: #qml.fixed<value_bits = 31, frac_bits = dense_resource<bits> : tensor<2xi32>, scale = dense_resource<scales> : tensor<2xf32>>
// CHECK-SAME: #qml.fixed<value_bits = 31, frac_bits = dense_resource<absent> : tensor<i32>>
func.func private @fixed() attributes {fixed = [
  #qml.fixed<value_bits = 1, frac_bits = 0>,
  #qml.fixed<value_bits = 32, frac_bits = -5>,
  #qml.fixed<value_bits = 7, frac_bits = dense<3> : tensor<i32>>,
  #vector,
  #qml.fixed<value_bits = 31, frac_bits = dense<2> : tensor<3xi32>, scale = dense<0.5> : tensor<f32>>,
  #qml.fixed<value_bits = 31, frac_bits = 2, scale = dense<[0.5, 0.25]> : tensor<2xf32>>,
  #qml.fixed<value_bits = 31, frac_bits = dense_resource<bits> : tensor<2xi32>,
             scale = dense_resource<scales> : tensor<2xf32>>,
  #qml.fixed<value_bits = 31, frac_bits = dense_resource<absent> : tensor<i32>>
]}

// As the encoding of tensors, printed once and named.
// ALIAS-DAG: #[[BITS:fixed[0-9]*]] = #qml.fixed<value_bits = 7, frac_bits = 5>
// ALIAS-DAG: #[[SCALED:fixed[0-9]*]] = #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>>
// ALIAS: func private @encodings(tensor<?x8xi8, #[[BITS]]>, tensor<?x2xi32, #[[SCALED]]>) -> tensor<?x8xi8, #[[BITS]]>
// CHECK: func private @encodings(
// CHECK-SAME: tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>,
// CHECK-SAME: tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>>>)
// CHECK-SAME: -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>
func.func private @encodings(
    tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>,
    tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.5, 0.25]> : tensor<2xf32>>>)
    -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>

// The element types that value bits and a sign need.
// CHECK: func private @storage(
// CHECK-SAME: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>,
// CHECK-SAME: tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0>>, tensor<?x2xi16, #qml.fixed<value_bits = 15, frac_bits = 0>>,
// CHECK-SAME: tensor<?x2xi32, #qml.fixed<value_bits = 16, frac_bits = 0>>, tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>,
// CHECK-SAME: tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>, tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>)
func.func private @storage(
    tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>,
    tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0>>, tensor<?x2xi16, #qml.fixed<value_bits = 15, frac_bits = 0>>,
    tensor<?x2xi32, #qml.fixed<value_bits = 16, frac_bits = 0>>, tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>,
    tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>, tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>)

// CHECK: paddings = [
// CHECK-SAME: #qml.padding<same>, #qml.padding<valid>,
// CHECK-SAME: #qml.padding<0, 0, 0, 0>, #qml.padding<1, 0, 2, 1048576>]
func.func private @paddings() attributes {paddings = [
  #qml.padding<same>, #qml.padding<valid>,
  #qml.padding<0, 0, 0, 0>, #qml.padding<1, 0, 2, 1048576>
]}

// CHECK: func private @state(tensor<?x4xf32> {qml.name = "x", qml.state = "h"}) -> (tensor<?x4xf32> {qml.state = "h"}, tensor<?x4xf32> {qml.name = "y"})
func.func private @state(tensor<?x4xf32> {qml.name = "x", qml.state = "h"}) -> (tensor<?x4xf32> {qml.state = "h"}, tensor<?x4xf32> {qml.name = "y"})

// CHECK: enumerations = [
// CHECK-SAME: #qml<activation relu>, #qml<activation softmax>, #qml<activation log_softmax>
// CHECK-SAME: #qml<granularity per_tensor>, #qml<granularity per_axis>
func.func private @enumerations() attributes {enumerations = [
  #qml<activation relu>, #qml<activation softmax>, #qml<activation log_softmax>,
  #qml<granularity per_tensor>, #qml<granularity per_axis>
]}

{-#
  dialect_resources: {
    builtin: {
      bits: "0x040000000100000002000000",
      scales: "0x040000000000803F00000040"
    }
  }
#-}
