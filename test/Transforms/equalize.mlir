// RUN: qml-opt %s --qml-equalize | FileCheck %s

// With 2 bits, 3 becomes 3 / 2^(2 - 1) = 1.5, and 1 becomes 3 / 2^2 = 0.75: the
// rates are 0.5 and 0.75. A range of zero stays.
// CHECK-LABEL: func @channels(
func.func @channels(%x: tensor<?x4x4x3xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK: qml.output_quantizer{{.*}} {range_max = dense<[1.500000e+00, 7.500000e-01, 0.000000e+00]> : tensor<3xf32>, rescaling_rate = dense<[5.000000e-01, 7.500000e-01, 1.000000e+00]> : tensor<3xf32>}
  // CHECK: qml.conv_2d "conv"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[2.000000e+00], [4.000000e+00], [5.000000e+00]]]]>
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 1.0, 0.0]> : tensor<3xf32>}
      : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [1, 1] strides = [1, 1] padding = valid
      : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %3 = qml.dropout "dropout" (%2) rate = 0.5 : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %4 = qml.conv_2d "conv" (%3) kernel = dense<[[[[1.0], [3.0], [5.0]]]]> : tensor<1x1x3x1xf32>
      padding = same : tensor<?x4x4x3xf32> -> tensor<?x4x4x1xf32>
  return %4 : tensor<?x4x4x1xf32>
}

// What padded cells hold is an input, too: it gets the rates of the channels.
// CHECK-LABEL: func @padded(
func.func @padded(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK: qml.conv_2d "conv"
  // CHECK-SAME: padding = same padding_value = [1.000000e+00, 1.500000e+00]
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 1.0]> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<3x3x2x1xf32>
      padding = same padding_value = [2.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %2 : tensor<?x4x4x1xf32>
}

// Zeros stay one zero.
// CHECK-LABEL: func @padded_with_zeros(
func.func @padded_with_zeros(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK: qml.conv_2d "conv"
  // CHECK-SAME: padding = same padding_value = [0.000000e+00]
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 1.0]> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<3x3x2x1xf32>
      padding = same padding_value = [0.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %2 : tensor<?x4x4x1xf32>
}

// CHECK-LABEL: func @depthwise(
func.func @depthwise(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x3x2xf32> {
  // CHECK: qml.depthwise_conv_2d "dw"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[2.000000e+00], [4.000000e+00]], [[4.000000e+00], [8.000000e+00]]]]>
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 1.0]> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.depthwise_conv_2d "dw" (%1)
      kernel = dense<[[[[1.0], [3.0]], [[2.0], [6.0]]]]> : tensor<1x2x2x1xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x3x2xf32>
  return %2 : tensor<?x4x3x2xf32>
}

// The kernel that reads the channels is the depthwise one.
// CHECK-LABEL: func @separable(
func.func @separable(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x3x1xf32> {
  // CHECK: qml.separable_conv_2d "sep"
  // CHECK-SAME{LITERAL}: depthwise_kernel = dense<[[[[2.000000e+00], [4.000000e+00]], [[4.000000e+00], [8.000000e+00]]]]>
  // CHECK-SAME: pointwise_kernel = dense<3.000000e+00>
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 1.0]> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.separable_conv_2d "sep" (%1)
      depthwise_kernel = dense<[[[[1.0], [3.0]], [[2.0], [6.0]]]]> : tensor<1x2x2x1xf32>
      pointwise_kernel = dense<3.0> : tensor<1x1x2x1xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x3x1xf32>
  return %2 : tensor<?x4x3x1xf32>
}

// After a flattened image the channels take turns.
// CHECK-LABEL: func @flattened(
func.func @flattened(%x: tensor<?x2x1x2xf32>) -> tensor<?x1xf32> {
  // CHECK: qml.dense "dense"
  // CHECK-SAME{LITERAL}: kernel = dense<[[2.000000e+00], [4.000000e+00], [4.000000e+00], [8.000000e+00]]>
  %0 = qml.relu "relu" (%x) : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_axis
      {range_max = dense<[3.0, 1.0]> : tensor<2xf32>}
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %2 = qml.flatten "flatten" (%1) : tensor<?x2x1x2xf32> -> tensor<?x4xf32>
  %3 = qml.dense "dense" (%2) kernel = dense<[[1.0], [3.0], [2.0], [6.0]]> : tensor<4x1xf32>
      : tensor<?x4xf32> -> tensor<?x1xf32>
  return %3 : tensor<?x1xf32>
}

// Per tensor, any reshapes may lie between.
// CHECK-LABEL: func @per_tensor(
func.func @per_tensor(%x: tensor<?x4xf32>) -> tensor<?x2x1xf32> {
  // CHECK: qml.output_quantizer{{.*}} {range_max = dense<1.500000e+00> : tensor<f32>, rescaling_rate = dense<5.000000e-01> : tensor<f32>}
  // CHECK: qml.dense "dense"
  // CHECK-SAME{LITERAL}: kernel = dense<[[2.000000e+00], [6.000000e+00]]>
  %0 = qml.relu "relu" (%x) : tensor<?x4xf32> -> tensor<?x4xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 2 per_tensor {range_max = dense<3.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %2 = qml.reshape "a" (%1) : tensor<?x4xf32> -> tensor<?x4x1xf32>
  %3 = qml.reshape "b" (%2) : tensor<?x4x1xf32> -> tensor<?x2x2xf32>
  %4 = qml.dense "dense" (%3) kernel = dense<[[1.0], [3.0]]> : tensor<2x1xf32>
      : tensor<?x2x2xf32> -> tensor<?x2x1xf32>
  return %4 : tensor<?x2x1xf32>
}

// Left alone, with a rate of one: sums, quantizers with several users or other
// layers after them, and those whose channels a reshape mixes.
// CHECK-LABEL: func @left_alone(
func.func @left_alone(%x: tensor<?x2x1x2xf32>) -> (tensor<?x2x1x1xf32>, tensor<?x1x4x1xf32>, tensor<?x2x1x2xf32>) {
  // CHECK: qml.add
  // CHECK-NEXT: qml.output_quantizer{{.*}} {range_max = dense<3.000000e+00> : tensor<2xf32>, rescaling_rate = dense<1.000000e+00> : tensor<2xf32>}
  %0 = qml.relu "relu" (%x) : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %1 = qml.add "add" (%0, %0) : tensor<?x2x1x2xf32>, tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 2 per_axis {range_max = dense<3.0> : tensor<2xf32>}
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  // CHECK-NEXT: qml.conv_2d "one"{{.*}} dense<3.000000e+00>
  // CHECK-NEXT: qml.output_quantizer{{.*}} {range_max = dense<3.000000e+00> : tensor<2xf32>, rescaling_rate = dense<1.000000e+00> : tensor<2xf32>}
  %3 = qml.conv_2d "one" (%2) kernel = dense<3.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 2 per_axis {range_max = dense<3.0> : tensor<2xf32>}
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  // CHECK-NEXT: qml.conv_2d "two"{{.*}} dense<3.000000e+00>
  %5 = qml.conv_2d "two" (%4) kernel = dense<3.0> : tensor<1x1x2x1xf32> padding = same
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x1xf32>
  %6 = qml.relu "relu_1" (%4) : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  // CHECK: qml.relu "relu_1"
  // CHECK-NEXT: %[[LAST:.*]] = qml.output_quantizer{{.*}} rescaling_rate = dense<1.000000e+00> : tensor<2xf32>}
  %7 = qml.output_quantizer (%6) bitwidth = 2 per_axis {range_max = dense<3.0> : tensor<2xf32>}
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  // CHECK-NEXT: qml.reshape "mixed"(%[[LAST]])
  // CHECK-NEXT: qml.conv_2d "three"{{.*}} dense<3.000000e+00>
  %8 = qml.reshape "mixed" (%7) : tensor<?x2x1x2xf32> -> tensor<?x1x4x1xf32>
  %9 = qml.conv_2d "three" (%8) kernel = dense<3.0> : tensor<1x1x1x1xf32> padding = same
      : tensor<?x1x4x1xf32> -> tensor<?x1x4x1xf32>
  // CHECK: qml.relu "last"
  // CHECK-NEXT: qml.output_quantizer{{.*}} rescaling_rate = dense<1.000000e+00> : tensor<2xf32>}
  %10 = qml.relu "last" (%x) : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %11 = qml.output_quantizer (%10) bitwidth = 2 per_axis {range_max = dense<3.0> : tensor<2xf32>}
      : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  return %5, %9, %11 : tensor<?x2x1x1xf32>, tensor<?x1x4x1xf32>, tensor<?x2x1x2xf32>
}
