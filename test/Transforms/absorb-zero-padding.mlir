// RUN: qml-opt %s --qml-absorb-zero-padding | FileCheck %s

// Of 8 cells, a window of 3 at every second lacks one, after the last.
// CHECK-LABEL: func @strided(
func.func @strided(%x: tensor<?x8x8x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"(%arg0) {{.*}} strides = [2, 2] padding = same : tensor<?x8x8x1xf32> -> tensor<?x4x4x2xf32>
  %0 = qml.zero_padding_2d "pad" (%x) pads = [0, 1, 0, 1]
      : tensor<?x8x8x1xf32> -> tensor<?x9x9x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x1x2xf32>
      strides = [2, 2] padding = valid : tensor<?x9x9x1xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @depthwise(
func.func @depthwise(%x: tensor<?x8x6x1xf32>) -> tensor<?x8x6x1xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "dw"(%arg0) {{.*}} padding = same : tensor<?x8x6x1xf32> -> tensor<?x8x6x1xf32>
  %0 = qml.zero_padding_2d "pad" (%x) pads = [2, 2, 1, 1]
      : tensor<?x8x6x1xf32> -> tensor<?x12x8x1xf32>
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<5x3x1x1xf32>
      padding = valid : tensor<?x12x8x1xf32> -> tensor<?x8x6x1xf32>
  return %1 : tensor<?x8x6x1xf32>
}

// It is the depthwise kernel that is padded.
// CHECK-LABEL: func @separable(
func.func @separable(%x: tensor<?x8x6x1xf32>) -> tensor<?x8x6x2xf32> {
  // CHECK-NEXT: qml.separable_conv_2d "sep"(%arg0) {{.*}} padding = same : tensor<?x8x6x1xf32> -> tensor<?x8x6x2xf32>
  %0 = qml.zero_padding_2d "pad" (%x) pads = [2, 2, 1, 1]
      : tensor<?x8x6x1xf32> -> tensor<?x12x8x1xf32>
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<1.0> : tensor<5x3x1x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x1x2xf32>
      padding = valid : tensor<?x12x8x1xf32> -> tensor<?x8x6x2xf32>
  return %1 : tensor<?x8x6x2xf32>
}

// As large, but on the other side: no name says that.
// CHECK-LABEL: func @other_side(
func.func @other_side(%x: tensor<?x8x8x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"(%arg0) {{.*}} pads = [1, 0, 1, 0] :
  %0 = qml.zero_padding_2d "pad" (%x) pads = [1, 0, 1, 0]
      : tensor<?x8x8x1xf32> -> tensor<?x9x9x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x1x2xf32>
      strides = [2, 2] padding = valid : tensor<?x9x9x1xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @one_axis(
func.func @one_axis(%x: tensor<?x8x8x1xf32>) -> tensor<?x8x6x2xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"(%arg0) {{.*}} pads = [1, 1, 0, 0] :
  %0 = qml.zero_padding_2d "pad" (%x) pads = [1, 1, 0, 0]
      : tensor<?x8x8x1xf32> -> tensor<?x10x8x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x1x2xf32>
      padding = valid : tensor<?x10x8x1xf32> -> tensor<?x8x6x2xf32>
  return %1 : tensor<?x8x6x2xf32>
}

// CHECK-LABEL: func @padded_twice(
func.func @padded_twice(%x: tensor<?x8x8x1xf32>) -> tensor<?x10x10x1xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"(%arg0) {{.*}} pads = [2, 2, 2, 2] :
  %0 = qml.zero_padding_2d "pad" (%x) pads = [1, 1, 1, 1]
      : tensor<?x8x8x1xf32> -> tensor<?x10x10x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x1x1xf32>
      padding = same : tensor<?x10x10x1xf32> -> tensor<?x10x10x1xf32>
  return %1 : tensor<?x10x10x1xf32>
}

// CHECK-LABEL: func @other_layers(
func.func @other_layers(%x: tensor<?x8x8x1xf32>) -> tensor<?x8x8x1xf32> {
  // CHECK-NEXT: qml.zero_padding_2d "shared"
  // CHECK-NEXT: qml.conv_2d {{.*}} padding = valid
  // CHECK-NEXT: qml.conv_2d {{.*}} padding = valid
  // CHECK-NEXT: qml.add
  // CHECK-NEXT: qml.zero_padding_2d "pool_pad"
  // CHECK-NEXT: qml.max_pool_2d
  %0 = qml.zero_padding_2d "shared" (%x) pads = [1, 1, 1, 1]
      : tensor<?x8x8x1xf32> -> tensor<?x10x10x1xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<3x3x1x1xf32>
      padding = valid : tensor<?x10x10x1xf32> -> tensor<?x8x8x1xf32>
  %2 = qml.conv_2d "b" (%0) kernel = dense<2.0> : tensor<3x3x1x1xf32>
      padding = valid : tensor<?x10x10x1xf32> -> tensor<?x8x8x1xf32>
  %3 = qml.add "add" (%1, %2) : tensor<?x8x8x1xf32>, tensor<?x8x8x1xf32> -> tensor<?x8x8x1xf32>
  %4 = qml.zero_padding_2d "pool_pad" (%3) pads = [1, 1, 1, 1]
      : tensor<?x8x8x1xf32> -> tensor<?x10x10x1xf32>
  %5 = qml.max_pool_2d "pool" (%4) pool_size = [3, 3] strides = [1, 1] padding = valid
      : tensor<?x10x10x1xf32> -> tensor<?x8x8x1xf32>
  return %5 : tensor<?x8x8x1xf32>
}

// Zeros around results of a ReLU don't change a maximum: what ResNet does.
// CHECK-LABEL: func @pool(
func.func @pool(%x: tensor<?x8x8x1xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.max_pool_2d "pool"(%relu) pool_size = [3, 3] strides = [2, 2] pads = [1, 1, 1, 1] :
  %0 = qml.relu "relu" (%x) : tensor<?x8x8x1xf32> -> tensor<?x8x8x1xf32>
  %1 = qml.zero_padding_2d "pad" (%0) pads = [1, 1, 1, 1]
      : tensor<?x8x8x1xf32> -> tensor<?x10x10x1xf32>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [3, 3] strides = [2, 2] padding = valid
      : tensor<?x10x10x1xf32> -> tensor<?x4x4x1xf32>
  return %2 : tensor<?x4x4x1xf32>
}

// A window of nothing but zeros has a maximum of zero, and without them none.
// CHECK-LABEL: func @window_of_zeros(
func.func @window_of_zeros(%x: tensor<?x8x8x1xf32>) -> tensor<?x6x6x1xf32> {
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.zero_padding_2d
  // CHECK-NEXT: qml.max_pool_2d {{.*}} padding = valid
  %0 = qml.relu "relu" (%x) : tensor<?x8x8x1xf32> -> tensor<?x8x8x1xf32>
  %1 = qml.zero_padding_2d "pad" (%0) pads = [2, 2, 2, 2]
      : tensor<?x8x8x1xf32> -> tensor<?x12x12x1xf32>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x12x12x1xf32> -> tensor<?x6x6x1xf32>
  return %2 : tensor<?x6x6x1xf32>
}
