// RUN: qml-opt %s --qml-split-strided-depthwise | FileCheck %s

// CHECK-LABEL: func @five(
func.func @five(%x: tensor<?x8x7x1xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.depthwise_conv_2d "dw"(%arg0) kernel = dense<{{.*}}> : tensor<5x5x1x1xf32> bias = dense<2.000000e+00> : tensor<1xf32> padding = same : tensor<?x8x7x1xf32> -> tensor<?x8x7x1xf32>
  // CHECK-NEXT: %[[PICK:.*]] = qml.depthwise_conv_2d "dw_identity_dw_conv"(%[[CONV]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]], [[[0.000000e+00]], [[1.000000e+00]], [[0.000000e+00]]], [[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]]]> : tensor<3x3x1x1xf32>
  // CHECK-SAME: strides = [2, 2] padding = same : tensor<?x8x7x1xf32> -> tensor<?x4x4x1xf32>
  // CHECK-NEXT: return %[[PICK]]
  %0 = qml.depthwise_conv_2d "dw" (%x) kernel = dense<1.0> : tensor<5x5x1x1xf32>
      bias = dense<2.0> : tensor<1xf32> strides = [2, 2] padding = same
      : tensor<?x8x7x1xf32> -> tensor<?x4x4x1xf32>
  return %0 : tensor<?x4x4x1xf32>
}

// CHECK-LABEL: func @seven(
func.func @seven(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "dw"{{.*}} tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "dw_identity_dw_conv"{{.*}} : tensor<3x3x2x1xf32> strides = [2, 2] padding = same
  %0 = qml.depthwise_conv_2d "dw" (%x) kernel = dense<1.0> : tensor<7x7x2x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @left_alone(
func.func @left_alone(%x: tensor<?x9x9x1xf32>) -> tensor<?x1x1x1xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "stride_1"
  %0 = qml.depthwise_conv_2d "stride_1" (%x) kernel = dense<1.0> : tensor<5x5x1x1xf32>
      padding = same : tensor<?x9x9x1xf32> -> tensor<?x9x9x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "small"{{.*}} strides = [2, 2]
  %1 = qml.depthwise_conv_2d "small" (%0) kernel = dense<1.0> : tensor<3x3x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x9x9x1xf32> -> tensor<?x5x5x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "rectangle"{{.*}} strides = [2, 2]
  %2 = qml.depthwise_conv_2d "rectangle" (%1) kernel = dense<1.0> : tensor<3x5x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x5x5x1xf32> -> tensor<?x3x3x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "strides"{{.*}} strides = [1, 2]
  %3 = qml.depthwise_conv_2d "strides" (%2) kernel = dense<1.0> : tensor<5x5x1x1xf32>
      strides = [1, 2] padding = same : tensor<?x3x3x1xf32> -> tensor<?x3x2x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "activated"{{.*}} strides = [2, 2] {{.*}} activation = relu
  %4 = qml.depthwise_conv_2d "activated" (%3) kernel = dense<1.0> : tensor<5x5x1x1xf32>
      strides = [2, 2] padding = same activation = relu
      : tensor<?x3x2x1xf32> -> tensor<?x2x1x1xf32>
  // CHECK-NEXT: qml.zero_padding_2d
  %5 = qml.zero_padding_2d "pad" (%4) pads = [2, 2, 2, 2]
      : tensor<?x2x1x1xf32> -> tensor<?x6x5x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "valid"{{.*}} strides = [2, 2] padding = valid
  // CHECK-NEXT: return
  %6 = qml.depthwise_conv_2d "valid" (%5) kernel = dense<1.0> : tensor<5x5x1x1xf32>
      strides = [2, 2] padding = valid : tensor<?x6x5x1xf32> -> tensor<?x1x1x1xf32>
  return %6 : tensor<?x1x1x1xf32>
}

// The reference goes by the height of the kernel; where the windows of stride 2
// don't begin where those of stride 1 do, that would shift the image.
// CHECK-LABEL: func @rectangles(
func.func @rectangles(%x: tensor<?x8x8x1xf32>, %y: tensor<?x8x7x1xf32>)
    -> (tensor<?x4x4x1xf32>, tensor<?x4x4x1xf32>, tensor<?x4x4x1xf32>, tensor<?x4x4x1xf32>) {
  // CHECK-NEXT: qml.depthwise_conv_2d "odd"{{.*}} -> tensor<?x8x8x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "odd_identity_dw_conv"
  %0 = qml.depthwise_conv_2d "odd" (%x) kernel = dense<1.0> : tensor<5x3x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x1xf32> -> tensor<?x4x4x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "even"{{.*}} -> tensor<?x4x4x1xf32>
  %1 = qml.depthwise_conv_2d "even" (%x) kernel = dense<1.0> : tensor<5x4x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x1xf32> -> tensor<?x4x4x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "narrow"{{.*}} -> tensor<?x4x4x1xf32>
  %2 = qml.depthwise_conv_2d "narrow" (%x) kernel = dense<1.0> : tensor<7x1x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x1xf32> -> tensor<?x4x4x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "even_of_odd"{{.*}} -> tensor<?x8x7x1xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "even_of_odd_identity_dw_conv"
  %3 = qml.depthwise_conv_2d "even_of_odd" (%y) kernel = dense<1.0> : tensor<5x4x1x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x7x1xf32> -> tensor<?x4x4x1xf32>
  return %0, %1, %2, %3 : tensor<?x4x4x1xf32>, tensor<?x4x4x1xf32>, tensor<?x4x4x1xf32>, tensor<?x4x4x1xf32>
}
