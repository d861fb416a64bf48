// RUN: qml-opt %s --qml-make-kernels-odd | FileCheck %s

// Stride 1 pads after the image: zeros come before.
// CHECK-LABEL: func @stride_1(
func.func @stride_1(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]], [[[0.000000e+00]], [[1.000000e+00]], [[2.000000e+00]]], [[[0.000000e+00]], [[3.000000e+00]], [[4.000000e+00]]]]> : tensor<3x3x1x1xf32>
  // CHECK-SAME: padding = same : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %0 = qml.depthwise_conv_2d "dw" (%x)
      kernel = dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
      padding = same : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  return %0 : tensor<?x4x4x1xf32>
}

// 4 rows at stride 2 need none with 2 x 2, one after with 3 x 3; 5 columns
// need one after with 2 x 2, one on each side with 3 x 3.
// CHECK-LABEL: func @stride_2(
func.func @stride_2(%x: tensor<?x4x5x1xf32>) -> tensor<?x2x3x1xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00]], [[1.000000e+00]], [[2.000000e+00]]], [[[0.000000e+00]], [[3.000000e+00]], [[4.000000e+00]]], [[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]]]> : tensor<3x3x1x1xf32>
  // CHECK-SAME: strides = [2, 2] padding = same : tensor<?x4x5x1xf32> -> tensor<?x2x3x1xf32>
  %0 = qml.depthwise_conv_2d "dw" (%x)
      kernel = dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x4x5x1xf32> -> tensor<?x2x3x1xf32>
  return %0 : tensor<?x2x3x1xf32>
}

// The sizes that grow, in the first convolution of 1 or 3 channels and others.
// CHECK-LABEL: func @sizes(
func.func @sizes(%x: tensor<?x8x8x3xui8>) -> tensor<?x4x4x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // CHECK: qml.conv_2d "first"{{.*}} : tensor<7x7x3x2xf32> strides = [2, 2]
  %1 = qml.conv_2d "first" (%0) kernel = dense<1.0> : tensor<6x6x3x2xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x3xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.conv_2d "four"{{.*}} : tensor<5x5x2x2xf32>
  %2 = qml.conv_2d "four" (%1) kernel = dense<1.0> : tensor<4x4x2x2xf32>
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.conv_2d "six"{{.*}} : tensor<7x7x2x2xf32>
  %3 = qml.conv_2d "six" (%2) kernel = dense<1.0> : tensor<6x6x2x2xf32>
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %3 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @first_of_four(
func.func @first_of_four(%x: tensor<?x8x8x3xf32>) -> tensor<?x8x8x1xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"{{.*}} : tensor<4x4x3x1xf32> padding
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<4x4x3x1xf32>
      padding = same : tensor<?x8x8x3xf32> -> tensor<?x8x8x1xf32>
  return %0 : tensor<?x8x8x1xf32>
}

// Odd, not square, of stride 2 and 4, dilated, without padding, or with padding
// that stands for something.
// CHECK-LABEL: func @left_alone(
func.func @left_alone(%x: tensor<?x8x8x2xf32>) -> tensor<?x3x3x2xf32> {
  // CHECK: qml.conv_2d "odd"{{.*}} : tensor<3x3x2x2xf32>
  %0 = qml.conv_2d "odd" (%x) kernel = dense<1.0> : tensor<3x3x2x2xf32>
      padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  // CHECK: qml.conv_2d "rectangle"{{.*}} : tensor<2x4x2x2xf32>
  %1 = qml.conv_2d "rectangle" (%0) kernel = dense<1.0> : tensor<2x4x2x2xf32>
      padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  // CHECK: qml.conv_2d "stride"{{.*}} : tensor<4x4x2x2xf32>
  %2 = qml.conv_2d "stride" (%1) kernel = dense<1.0> : tensor<4x4x2x2xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.conv_2d "dilated"{{.*}} : tensor<2x2x2x2xf32>
  %3 = qml.conv_2d "dilated" (%2) kernel = dense<1.0> : tensor<2x2x2x2xf32>
      dilations = [2, 2] padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.conv_2d "value"{{.*}} : tensor<2x2x2x2xf32>
  %4 = qml.conv_2d "value" (%3) kernel = dense<1.0> : tensor<2x2x2x2xf32>
      padding = same padding_value = [1.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.conv_2d "valid"{{.*}} : tensor<2x2x2x2xf32>
  %5 = qml.conv_2d "valid" (%4) kernel = dense<1.0> : tensor<2x2x2x2xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x3x3x2xf32>
  return %5 : tensor<?x3x3x2xf32>
}

// Transposed convolutions cut off the same cells before the image with stride 2,
// whatever the image: zeros come after.
// CHECK-LABEL: func @transposed(
func.func @transposed(%x: tensor<?x4x5x1xf32>) -> tensor<?x16x20x1xf32> {
  // CHECK-NEXT: qml.conv_2d_transpose "twice"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00]], [[2.000000e+00]], [[0.000000e+00]]], [[[3.000000e+00]], [[4.000000e+00]], [[0.000000e+00]]], [[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]]]> : tensor<3x3x1x1xf32>
  // CHECK-SAME: strides = [2, 2] padding = same : tensor<?x4x5x1xf32> -> tensor<?x8x10x1xf32>
  %0 = qml.conv_2d_transpose "twice" (%x)
      kernel = dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x4x5x1xf32> -> tensor<?x8x10x1xf32>
  // CHECK-NEXT: qml.conv_2d_transpose "once"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]], [[[0.000000e+00]], [[1.000000e+00]], [[2.000000e+00]]], [[[0.000000e+00]], [[3.000000e+00]], [[4.000000e+00]]]]> : tensor<3x3x1x1xf32>
  %1 = qml.conv_2d_transpose "once" (%0)
      kernel = dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
      padding = same : tensor<?x8x10x1xf32> -> tensor<?x8x10x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d_transpose "dw"{{.*}} : tensor<3x3x1x1xf32>
  %2 = qml.depthwise_conv_2d_transpose "dw" (%1)
      kernel = dense<1.0> : tensor<2x2x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x10x1xf32> -> tensor<?x16x20x1xf32>
  // CHECK-NEXT: qml.conv_2d_transpose "four"{{.*}} : tensor<4x4x1x1xf32>
  %3 = qml.conv_2d_transpose "four" (%2)
      kernel = dense<1.0> : tensor<4x4x1x1xf32>
      padding = valid : tensor<?x16x20x1xf32> -> tensor<?x19x23x1xf32>
  // CHECK-NEXT: qml.conv_2d "back"
  %4 = qml.conv_2d "back" (%3) kernel = dense<1.0> : tensor<4x4x1x1xf32>
      padding = valid : tensor<?x19x23x1xf32> -> tensor<?x16x20x1xf32>
  return %4 : tensor<?x16x20x1xf32>
}

// The reference goes by the first stride; where the second one is another, that
// may shift the image.
// CHECK-LABEL: func @strides(
func.func @strides(%x: tensor<?x8x7x1xf32>, %y: tensor<?x8x8x1xf32>)
    -> (tensor<?x8x4x1xf32>, tensor<?x8x4x1xf32>, tensor<?x4x7x1xf32>, tensor<?x4x8x1xf32>) {
  // CHECK-NEXT: qml.conv_2d "wide"{{.*}} : tensor<7x7x1x1xf32>
  %0 = qml.conv_2d "wide" (%x) kernel = dense<1.0> : tensor<6x6x1x1xf32>
      strides = [1, 2] padding = same : tensor<?x8x7x1xf32> -> tensor<?x8x4x1xf32>
  // CHECK-NEXT: qml.conv_2d "wide_even"{{.*}} : tensor<6x6x1x1xf32>
  %1 = qml.conv_2d "wide_even" (%y) kernel = dense<1.0> : tensor<6x6x1x1xf32>
      strides = [1, 2] padding = same : tensor<?x8x8x1xf32> -> tensor<?x8x4x1xf32>
  // CHECK-NEXT: qml.conv_2d "high"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00]], [[1.000000e+00]], [[2.000000e+00]]], [[[0.000000e+00]], [[3.000000e+00]], [[4.000000e+00]]], [[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]]]> : tensor<3x3x1x1xf32>
  %2 = qml.conv_2d "high" (%x)
      kernel = dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
      strides = [2, 1] padding = same : tensor<?x8x7x1xf32> -> tensor<?x4x7x1xf32>
  // CHECK-NEXT: qml.conv_2d "high_even"{{.*}} : tensor<2x2x1x1xf32>
  %3 = qml.conv_2d "high_even" (%y) kernel = dense<1.0> : tensor<2x2x1x1xf32>
      strides = [2, 1] padding = same : tensor<?x8x8x1xf32> -> tensor<?x4x8x1xf32>
  return %0, %1, %2, %3 : tensor<?x8x4x1xf32>, tensor<?x8x4x1xf32>, tensor<?x4x7x1xf32>, tensor<?x4x8x1xf32>
}

// CHECK-LABEL: func @transposed_strides(
func.func @transposed_strides(%x: tensor<?x6x7x1xf32>) -> (tensor<?x12x7x1xf32>, tensor<?x6x14x1xf32>) {
  // CHECK-NEXT: qml.conv_2d_transpose "high"{{.*}} : tensor<3x3x1x1xf32>
  %0 = qml.conv_2d_transpose "high" (%x) kernel = dense<1.0> : tensor<2x2x1x1xf32>
      strides = [2, 1] padding = same : tensor<?x6x7x1xf32> -> tensor<?x12x7x1xf32>
  // CHECK-NEXT: qml.conv_2d_transpose "wide"{{.*}} : tensor<2x2x1x1xf32>
  %1 = qml.conv_2d_transpose "wide" (%x) kernel = dense<1.0> : tensor<2x2x1x1xf32>
      strides = [1, 2] padding = same : tensor<?x6x7x1xf32> -> tensor<?x6x14x1xf32>
  return %0, %1 : tensor<?x12x7x1xf32>, tensor<?x6x14x1xf32>
}
