// RUN: qml-opt %s --qml-convert-first-layers | FileCheck %s
// RUN: qml-opt %s --qml-convert-first-layers=input-dtype=int8 | FileCheck %s --check-prefix=SIGNED

// CHECK-LABEL: func @depthwise(
// SIGNED-LABEL: func @depthwise(
func.func @depthwise(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"(%arg0)
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00, 0.000000e+00], [0.000000e+00, 2.000000e+00]], [[3.000000e+00, 0.000000e+00], [0.000000e+00, 4.000000e+00]]]]> : tensor<1x2x2x2xf32>
  // CHECK-SAME: bias = dense<[5.000000e+00, 6.000000e+00]> : tensor<2xf32> strides = [2, 2] padding = same activation = relu {source_class = "DepthwiseConv2D"}
  // SIGNED-NEXT: qml.depthwise_conv_2d
  %0 = qml.depthwise_conv_2d "conv" (%x) kernel = dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
      bias = dense<[5.0, 6.0]> : tensor<2xf32> strides = [2, 2] padding = same activation = relu
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %0 : tensor<?x2x2x2xf32>
}

// CHECK-LABEL: func @separable(
// SIGNED-LABEL: func @separable(
func.func @separable(%x: tensor<?x4x2xf32>) -> tensor<?x1x4x1xf32> {
  // CHECK-NEXT: %[[IMAGE:.*]] = qml.reshape
  // CHECK-NEXT: %[[INNER:.*]] = qml.conv_2d "conv_depthwise"(%[[IMAGE]]) kernel = {{.*}}tensor<1x3x2x2xf32> padding = same :
  // CHECK-NEXT: qml.conv_2d "conv"(%[[INNER]]) kernel = dense<1.000000e+00> : tensor<1x1x2x1xf32> bias = dense<1.000000e+00> : tensor<1xf32> padding = valid activation = relu {source_class = "SeparableConv2D"}
  // SIGNED: qml.separable_conv_2d
  %0 = qml.reshape "image" (%x) : tensor<?x4x2xf32> -> tensor<?x1x4x2xf32>
  %1 = qml.separable_conv_2d "conv" (%0) depthwise_kernel = dense<1.0> : tensor<1x3x2x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x2x1xf32> bias = dense<1.0> : tensor<1xf32>
      padding = same activation = relu : tensor<?x1x4x2xf32> -> tensor<?x1x4x1xf32>
  return %1 : tensor<?x1x4x1xf32>
}

// It doesn't take the scale either.
// SIGNED-LABEL: func @scaled(
func.func @scaled(%x: tensor<?x4x4x2xi8>) -> tensor<?x4x4x2xf32> {
  // SIGNED: qml.conv_2d "conv"
  %0 = qml.rescaling "scale" (%x) scale = [2.0] : tensor<?x4x4x2xi8> -> tensor<?x4x4x2xf32>
  %1 = qml.depthwise_conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// Kernels of many channels would be huge.
// CHECK-LABEL: func @wide(
func.func @wide(%x: tensor<?x4x4x65xf32>) -> tensor<?x4x4x65xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "conv"
  %0 = qml.depthwise_conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x65x1xf32> padding = valid
      : tensor<?x4x4x65xf32> -> tensor<?x4x4x65xf32>
  return %0 : tensor<?x4x4x65xf32>
}

// Something else reads the input, or several layers do.
// CHECK-LABEL: func @pool(
// SIGNED-LABEL: func @pool(
func.func @pool(%x: tensor<?x4x4x2xf32> {qml.name = "image"}) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "image_identity_conv"(%arg0)
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00]]]]>
  // CHECK-NEXT: qml.max_pool_2d "pool"(%[[CONV]])
  // SIGNED-NEXT: qml.max_pool_2d
  %0 = qml.max_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %0 : tensor<?x2x2x2xf32>
}

// CHECK-LABEL: func @two_users(
func.func @two_users(%x: tensor<?x3x1xf32>, %y: tensor<?x2xf32>) -> (tensor<?x3x1xf32>, tensor<?x3x1xf32>, tensor<?x2xf32>) {
  // CHECK-NEXT: %[[DENSE:.*]] = qml.dense "input_1_identity_conv"(%arg1)
  // CHECK-NEXT: %[[IMAGE:.*]] = qml.reshape "input_identity_conv_image"(%arg0)
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "input_identity_conv"(%[[IMAGE]])
  // CHECK-NEXT: %[[SHAPE:.*]] = qml.reshape "input_identity_conv_shape"(%[[CONV]])
  // CHECK-NEXT: qml.dense "a"(%[[SHAPE]])
  // CHECK-NEXT: qml.dense "b"(%[[SHAPE]])
  // CHECK-NEXT: qml.relu "c"(%[[DENSE]])
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<1x1xf32> : tensor<?x3x1xf32> -> tensor<?x3x1xf32>
  %1 = qml.dense "b" (%x) kernel = dense<2.0> : tensor<1x1xf32> : tensor<?x3x1xf32> -> tensor<?x3x1xf32>
  %2 = qml.relu "c" (%y) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0, %1, %2 : tensor<?x3x1xf32>, tensor<?x3x1xf32>, tensor<?x2xf32>
}

// A reshape takes a zero point, and a scale.
// CHECK-LABEL: func @flattened(
// SIGNED-LABEL: func @flattened(
func.func @flattened(%x: tensor<?x2x2x2xf32>) -> tensor<?x1xf32> {
  // CHECK-NEXT: qml.reshape "flatten"(%arg0) {source_class = "Flatten"}
  // CHECK-NEXT: qml.dense
  // SIGNED-NEXT: qml.flatten
  %0 = qml.flatten "flatten" (%x) : tensor<?x2x2x2xf32> -> tensor<?x8xf32>
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<8x1xf32> : tensor<?x8xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// A zero point goes through an edge.
// CHECK-LABEL: func @edge(
// CHECK-NEXT: qml.edge_padding_2d
// CHECK-NEXT: qml.conv_2d "conv"
// CHECK-NEXT: return
func.func @edge(%x: tensor<?x4x4x3xf32>) -> tensor<?x4x4x1xf32> {
  %0 = qml.edge_padding_2d "edge" (%x) pads = [1, 1, 1, 1] : tensor<?x4x4x3xf32> -> tensor<?x6x6x3xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x3x1xf32> padding = valid
      : tensor<?x6x6x3xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}
