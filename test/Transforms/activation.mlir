// What the passes of quantization do with functions that are looked up, and
// with products of two results.

// RUN: qml-opt %s --split-input-file --qml-insert-quantizers=input-dtype=int8 | FileCheck %s
// RUN: qml-opt %s --split-input-file --qml-insert-quantizers=input-dtype=int8 \
// RUN:   --qml-calibrate="num-samples=4 epochs=1" --qml-fold-zero-points --qml-equalize --qml-to-integer | FileCheck %s --check-prefix=INTEGER

// The layer before has 11 bits per tensor, the function as many as activations.
// CHECK-LABEL: func @looked_up(
// CHECK:      %[[A:.*]] = qml.conv_2d "a"
// CHECK:      %[[A_Q:.*]] = qml.output_quantizer(%[[A]]) bitwidth = 11 per_tensor
// CHECK-NEXT: %[[F:.*]] = qml.activation "f"(%[[A_Q]]) function = swish {lut_bitwidth = 14 : i64}
// CHECK-NEXT: %[[F_Q:.*]] = qml.output_quantizer(%[[F]]) bitwidth = 8 per_axis
// CHECK-NEXT: qml.conv_2d "b"(%[[F_Q]])
// INTEGER-LABEL: func @looked_up(
// INTEGER: qml.activation "f"({{.*}}) function = swish {lut_bitwidth = 14 : i64, table = {{.*}} : tensor<2048xi16>, table_scale = {{.*}} : f32} : tensor<?x4x4x2xi16, {{.*}}> -> tensor<?x4x4x2xi16, {{.*}}>
func.func @looked_up(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %f = qml.activation "f" (%a) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %b = qml.conv_2d "b" (%f) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %b : tensor<?x4x4x2xf32>
}

// -----

// A ReLU has its own bits, whatever follows it.
// CHECK-LABEL: func @after_relu(
// CHECK: %[[R:.*]] = qml.relu "r"
// CHECK: qml.output_quantizer(%[[R]]) bitwidth = 8 per_tensor
func.func @after_relu(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %r = qml.relu "r" (%a) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %f = qml.activation "f" (%r) function = tanh : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %b = qml.conv_2d "b" (%f) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %b : tensor<?x4x4x2xf32>
}

// -----

// Products take integers in fixed point of any binary points.
// CHECK-LABEL: func @product(
// CHECK:      %[[A_Q:.*]] = qml.output_quantizer(%{{.*}}) bitwidth = 8 per_axis
// CHECK:      %[[B_Q:.*]] = qml.output_quantizer(%{{.*}}) bitwidth = 8 per_tensor
// CHECK:      %[[P:.*]] = qml.multiply "p"(%[[A_Q]], %[[B_Q]]) {buffer_bitwidth = 32 : i64}
// CHECK-NEXT: qml.output_quantizer(%[[P]]) bitwidth = 8 per_axis
// INTEGER-LABEL: func @product(
// INTEGER: qml.multiply "p"({{.*}}) {{.*}} -> tensor<?x4x4x2xi64, {{.*}}>
// INTEGER-NEXT: qml.output_quantizer{{.*}} shift = dense<{{.*}}> : tensor<2xi32>}
func.func @product(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %b = qml.global_average_pool_2d "b" (%a) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  %p = qml.multiply "p" (%a, %b) : tensor<?x4x4x2xf32>, tensor<?x2xf32> -> tensor<?x4x4x2xf32>
  %c = qml.conv_2d "c" (%p) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %c : tensor<?x4x4x2xf32>
}
