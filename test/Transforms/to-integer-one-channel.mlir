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
