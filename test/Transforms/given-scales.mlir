// RUN: qml-opt %s | FileCheck %s --check-prefix=FLOAT
// RUN: qml-opt %s --qml-equalize | FileCheck %s --check-prefix=EQUALIZED
// RUN: qml-opt %s --qml-lower | FileCheck %s --check-prefix=INTEGER

// Kernels take the scales that are given instead of those by the largest
// weights; equalization divides those of depthwise kernels with the weights.
// FLOAT-LABEL: func @main(
// FLOAT: qml.depthwise_conv_2d {{.*}} kernel_scales = dense<[2.500000e-01, 5.000000e-01]> : tensor<2xf32>
// EQUALIZED: qml.depthwise_conv_2d "dw"
// EQUALIZED-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00], [2.000000e+00]]]]>
// EQUALIZED-SAME: kernel_scales = dense<[5.000000e-01, 1.000000e+00]> : tensor<2xf32>
// EQUALIZED: qml.conv_2d {{.*}} kernel_scales = dense<5.000000e-01> : tensor<f32>
// INTEGER: qml.depthwise_conv_2d "dw"
// INTEGER-SAME: kernel = dense<2> : tensor<1x1x2x1xi8>
// INTEGER-SAME: kernel_scales = dense<[5.000000e-01, 1.000000e+00]> : tensor<2xf32>
// INTEGER: qml.conv_2d "conv"
// INTEGER-SAME{LITERAL}: kernel = dense<[[[[4], [7]]]]> : tensor<1x1x2x1xi8>
// INTEGER-SAME: kernel_scales = dense<5.000000e-01> : tensor<f32>
func.func @main(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  %i = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_max = dense<4.0> : tensor<f32>, range_min = dense<0.0> : tensor<f32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %0 = qml.relu "relu" (%i) {buffer_bitwidth = 32 : i64} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 3.0]> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.depthwise_conv_2d "dw" (%1) kernel = dense<[[[[0.5], [1.0]]]]> : tensor<1x1x2x1xf32>
      padding = valid {buffer_bitwidth = 28 : i64, kernel_scales = dense<[0.25, 0.5]> : tensor<2xf32>,
      weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -2>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 2 per_tensor
      {range_max = dense<1.5> : tensor<f32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.conv_2d "conv" (%3) kernel = dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
      padding = valid {buffer_bitwidth = 28 : i64, kernel_scales = dense<0.5> : tensor<f32>,
      weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  %5 = qml.dequantizer "dequantizer" (%4) : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  return %5 : tensor<?x4x4x1xf32>
}

// One scale is that of all channels.
// INTEGER-LABEL: func @one(
// INTEGER: qml.conv_2d "conv"
// INTEGER-SAME{LITERAL}: kernel = dense<[[[[2, 6]]]]> : tensor<1x1x1x2xi8>
// INTEGER-SAME: kernel_scales = dense<5.000000e-01> : tensor<2xf32>
func.func @one(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  %i = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_max = dense<4.0> : tensor<f32>, range_min = dense<0.0> : tensor<f32>}
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %0 = qml.conv_2d "conv" (%i) kernel = dense<[[[[1.0, 3.0]]]]> : tensor<1x1x1x2xf32>
      padding = valid {buffer_bitwidth = 28 : i64, kernel_scales = dense<0.5> : tensor<f32>,
      weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.dequantizer "dequantizer" (%0) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}
