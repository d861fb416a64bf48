// Reshapes that move channels: what they read has one range for all of them.

// RUN: qml-opt %s --qml-insert-quantizers | FileCheck %s

// CHECK-LABEL: func @inside(
func.func @inside(%x: tensor<?x2x3x4xf32>) -> tensor<?x24xf32> {
  // CHECK-NEXT: qml.input_quantizer "input_quantizer"(%arg0) {{.*}}per_axis
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-NEXT: qml.output_quantizer{{.*}}per_tensor
  // CHECK-NEXT: qml.max_pool_2d
  // CHECK-NEXT: qml.reshape "moves"
  // CHECK-NEXT: qml.conv_2d "next"
  // CHECK-NEXT: qml.output_quantizer{{.*}}per_axis
  // CHECK-NEXT: qml.reshape "keeps"
  // CHECK-NEXT: qml.dense "dense"
  // Nothing but a reshape follows: a sum with a scale per channel can't be it.
  // CHECK-NEXT: qml.output_quantizer{{.*}}per_tensor
  // CHECK-NEXT: qml.reshape "last"
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = valid
      : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
  %1 = qml.max_pool_2d "pool" (%0) pool_size = [1, 1] strides = [1, 1] padding = valid
      : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
  %2 = qml.reshape "moves" (%1) : tensor<?x2x3x4xf32> -> tensor<?x4x3x2xf32>
  %3 = qml.conv_2d "next" (%2) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x3x2xf32> -> tensor<?x4x3x2xf32>
  %4 = qml.reshape "keeps" (%3) : tensor<?x4x3x2xf32> -> tensor<?x12x2xf32>
  %5 = qml.dense "dense" (%4) kernel = dense<1.0> : tensor<2x2xf32> : tensor<?x12x2xf32> -> tensor<?x12x2xf32>
  %6 = qml.reshape "last" (%5) : tensor<?x12x2xf32> -> tensor<?x24xf32>
  return %6 : tensor<?x24xf32>
}

// CHECK-LABEL: func @input(
func.func @input(%x: tensor<?x2x3x4xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.input_quantizer "input_quantizer"(%arg0) {{.*}}per_tensor
  // CHECK-NEXT: qml.reshape
  // CHECK-NEXT: qml.dense
  %0 = qml.reshape "moves" (%x) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
  %1 = qml.dense "dense" (%0) kernel = dense<1.0> : tensor<24x2xf32> : tensor<?x24xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// What a single channel has is one range for all of them: nothing is moved, and
// the quantizer is the one that the reference inserts.
// CHECK-LABEL: func @single_channel(
func.func @single_channel(%x: tensor<?x2x3x4xf32>) -> tensor<?x2xf32> {
  // CHECK: qml.relu
  // CHECK-NEXT: qml.output_quantizer{{.*}}per_axis
  // CHECK-NEXT: qml.reshape
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x4x1xf32> padding = valid
      : tensor<?x2x3x4xf32> -> tensor<?x2x3x1xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x2x3x1xf32> -> tensor<?x2x3x1xf32>
  %2 = qml.reshape "spreads" (%1) : tensor<?x2x3x1xf32> -> tensor<?x6xf32>
  %3 = qml.dense "dense" (%2) kernel = dense<1.0> : tensor<6x2xf32> : tensor<?x6xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
