// Images of one channel that are quantized per axis: their one binary point is
// that of all channels of what is computed from them.

// RUN: qml-opt %s --mlir-print-local-scope --qml-to-integer --split-input-file | FileCheck %s

// CHECK-LABEL: func @input(
// CHECK: qml.conv_2d {{.*}}-> tensor<{{.*}} frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>
func.func @input(%x: tensor<?x2x2x1xf32>) -> tensor<?x2x2x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_axis
      {range_min = dense<0.0> : tensor<1xf32>, range_max = dense<2.0> : tensor<1xf32>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x2xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1) : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %2 : tensor<?x2x2x2xf32>
}

// -----

// CHECK-LABEL: func @flattened(
// CHECK: qml.flatten {{.*}}-> tensor<{{.*}} frac_bits = dense<6> : tensor<1xi32>>
func.func @flattened(%x: tensor<?x2x2x1xf32>) -> tensor<?x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_axis
      {range_min = dense<0.0> : tensor<1xf32>, range_max = dense<2.0> : tensor<1xf32>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %1 = qml.flatten "flatten" (%0) : tensor<?x2x2x1xf32> -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// The scale of a single depthwise channel is one for all: what follows is per
// tensor, and aligns nothing; that of a convolution is one per channel.
// CHECK-LABEL: func @depthwise
// CHECK: qml.depthwise_conv_2d "dw"
// CHECK-SAME: scale = dense<{{[^:]*}}> : tensor<f32>>>{{$}}
// CHECK: qml.global_average_pool_2d "gap"
// CHECK-NOT: input_shift
// CHECK: qml.conv_2d "conv"
// CHECK-SAME: scale = dense<{{[^:]*}}> : tensor<1xf32>>>{{$}}
func.func @depthwise(%x: tensor<?x2x2x1xf32>) -> (tensor<?x1xf32>, tensor<?x2x2x1xf32>) {
  %q = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_axis
      {range_max = dense<1.0> : tensor<1xf32>, range_min = dense<-1.0> : tensor<1xf32>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %0 = qml.depthwise_conv_2d "dw" (%q) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
      {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %1 = qml.global_average_pool_2d "gap" (%0) {buffer_bitwidth = 32 : i64}
      : tensor<?x2x2x1xf32> -> tensor<?x1xf32>
  %2 = qml.conv_2d "conv" (%q) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
      {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %3 = qml.dequantizer "d0" (%1) : tensor<?x1xf32> -> tensor<?x1xf32>
  %4 = qml.dequantizer "d1" (%2) : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  return %3, %4 : tensor<?x1xf32>, tensor<?x2x2x1xf32>
}
