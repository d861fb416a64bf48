// RUN: qml-opt %s --qml-convert-grouped-convs | FileCheck %s

// All attributes but the groups stay; the axes of the kernel swap.
// CHECK-LABEL: func @per_channel(
func.func @per_channel(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "conv"(%arg0)
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00], [2.000000e+00]], [[3.000000e+00], [4.000000e+00]]]]> : tensor<1x2x2x1xf32>
  // CHECK-SAME: bias = dense<[5.000000e+00, 6.000000e+00]> : tensor<2xf32>
  // CHECK-SAME: strides = [2, 2] padding = same activation = relu
  // CHECK-SAME: : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %0 = qml.conv_2d "conv" (%x)
      kernel = dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : tensor<1x2x1x2xf32>
      bias = dense<[5.0, 6.0]> : tensor<2xf32> strides = [2, 2] groups = 2
      padding = same activation = relu
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %0 : tensor<?x2x2x2xf32>
}

// CHECK-LABEL: func @dilated(
func.func @dilated(%x: tensor<?x5x5x2xf32>) -> tensor<?x3x3x2xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d {{.*}} dilations = [2, 2] padding = valid
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<2x2x1x2xf32>
      dilations = [2, 2] groups = 2 padding = valid
      : tensor<?x5x5x2xf32> -> tensor<?x3x3x2xf32>
  return %0 : tensor<?x3x3x2xf32>
}

// A kernel of all channels, with zeros where a group doesn't look.
// CHECK-LABEL: func @other_groups(
func.func @other_groups(%x: tensor<?x4x4x4xf32>) -> tensor<?x4x4x4xf32> {
  // CHECK-NEXT: qml.conv_2d "two"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00], [5.000000e+00, 6.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 3.000000e+00, 4.000000e+00], [0.000000e+00, 0.000000e+00, 7.000000e+00, 8.000000e+00]]]]> : tensor<1x1x4x4xf32>
  // CHECK-SAME: bias = dense<{{\[}}1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]>
  // CHECK-NOT: groups
  // CHECK-SAME: padding = same activation = relu
  %0 = qml.conv_2d "two" (%x)
      kernel = dense<[[[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]]>
        : tensor<1x1x2x4xf32>
      bias = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
      groups = 2 padding = same activation = relu
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  // CHECK-NEXT: qml.conv_2d "one"
  %1 = qml.conv_2d "one" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32>
      padding = same : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %1 : tensor<?x4x4x4xf32>
}

// Several results for each channel: no depthwise convolution of ours.
// CHECK-LABEL: func @multiplied(
func.func @multiplied(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x4xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 3.000000e+00, 4.000000e+00]]]]> : tensor<1x1x2x4xf32>
  // CHECK-NOT: groups
  %0 = qml.conv_2d "conv" (%x)
      kernel = dense<[[[[1.0, 2.0, 3.0, 4.0]]]]> : tensor<1x1x1x4xf32>
      groups = 2 padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x4xf32>
  return %0 : tensor<?x4x4x4xf32>
}

// A kernel of more than 2^28 values would not fit in memory everywhere.
// CHECK-LABEL: func @huge(
func.func @huge(%x: tensor<?x1x1x16384xf32>) -> tensor<?x1x1x32768xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"{{.*}} groups = 16384
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x1x32768xf32>
      groups = 16384 padding = same
      : tensor<?x1x1x16384xf32> -> tensor<?x1x1x32768xf32>
  return %0 : tensor<?x1x1x32768xf32>
}
