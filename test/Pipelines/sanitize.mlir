// RUN: qml-opt %s --qml-sanitize | FileCheck %s

// What is sanitized stays as it is.
// RUN: qml-opt %s --qml-sanitize -o %t.once.mlir
// RUN: qml-opt %t.once.mlir --qml-sanitize | diff %t.once.mlir -

// Convolutions of one channel become depthwise. The norm goes before the pool,
// and then into the convolution, whose kernel grows: it is 2 * 0.5, the bias
// (8 - 2) * 0.5.
// CHECK-LABEL: func @main(
// CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [5.000000e-01] : tensor
// CHECK-NEXT: qml.depthwise_conv_2d "conv"
// CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00]], [[0.000000e+00]], [[0.000000e+00]]], [[[0.000000e+00]], [[1.000000e+00]], [[1.000000e+00]]], [[[0.000000e+00]], [[1.000000e+00]], [[1.000000e+00]]]]>
// CHECK-SAME: bias = dense<3.000000e+00> : tensor<1xf32>
// CHECK-SAME: padding = same
// CHECK-NEXT: qml.max_pool_2d "pool"
// CHECK-NEXT: qml.relu "relu"
// CHECK-NEXT: qml.depthwise_conv_2d "grouped"(%{{.*}}) {{.*}} padding = same :
// CHECK-NEXT: qml.relu "grouped_activ"
// CHECK-NEXT: qml.reshape "b"
// CHECK-NEXT: return
func.func @main(%x: tensor<?x4x4x1xui8>) -> tensor<?x4x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x4x4x1xui8> -> tensor<?x4x4x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<2.0> : tensor<2x2x1x1xf32> bias = dense<8.0> : tensor<1xf32>
      padding = same : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x1xf32> -> tensor<?x2x2x1xf32>
  %3 = qml.batch_norm "bn" (%2) gamma = dense<1.0> : tensor<1xf32> beta = dense<0.0> : tensor<1xf32>
      mean = dense<2.0> : tensor<1xf32> variance = dense<4.0> : tensor<1xf32> epsilon = 0.0
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %4 = qml.relu "relu" (%3) : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  %5 = qml.zero_padding_2d "pad" (%4) pads = [1, 1, 1, 1] : tensor<?x2x2x1xf32> -> tensor<?x4x4x1xf32>
  %6 = qml.conv_2d "grouped" (%5) kernel = dense<1.0> : tensor<3x3x1x1xf32> groups = 1 padding = valid
      activation = relu : tensor<?x4x4x1xf32> -> tensor<?x2x2x1xf32>
  %7 = qml.flatten "a" (%6) : tensor<?x2x2x1xf32> -> tensor<?x4xf32>
  %8 = qml.reshape "b" (%7) : tensor<?x4xf32> -> tensor<?x4x1xf32>
  return %8 : tensor<?x4x1xf32>
}

// The first block has two users, a large depthwise convolution is split after
// its norm, and no convolution follows the sum.
// CHECK-LABEL: func @branches(
// CHECK-NEXT: qml.rescaling
// CHECK-NEXT: qml.conv_2d "conv"
// CHECK-NEXT: %[[FIRST:.*]] = qml.relu "relu"
// CHECK-NEXT: %[[BLOCK:.*]] = qml.conv_2d "relu_identity_conv"(%[[FIRST]])
// CHECK-NEXT: %[[DW:.*]] = qml.depthwise_conv_2d "dw"(%[[BLOCK]]) {{.*}} bias = dense<[2.000000e+00, 1.000000e+00]> {{.*}} -> tensor<?x4x4x2xf32>
// CHECK-NEXT: %[[PICK:.*]] = qml.depthwise_conv_2d "dw_identity_dw_conv"(%[[DW]]) {{.*}} -> tensor<?x2x2x2xf32>
// CHECK-NEXT: %[[ACTIV:.*]] = qml.relu "relu_1"(%[[PICK]])
// CHECK-NEXT: %[[POOL:.*]] = qml.max_pool_2d "pool"(%[[BLOCK]])
// CHECK-NEXT: %[[ADD:.*]] = qml.add "add"(%[[ACTIV]], %[[POOL]])
// CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "add_identity_conv"(%[[ADD]])
// CHECK-NEXT: return %[[CONV]]
func.func @branches(%x: tensor<?x4x4x1xui8>) -> tensor<?x2x2x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x4x4x1xui8> -> tensor<?x4x4x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x2xf32> padding = valid
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.relu "relu" (%1) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.depthwise_conv_2d "dw" (%2) kernel = dense<1.0> : tensor<5x5x2x1xf32> strides = [2, 2]
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %4 = qml.batch_norm "bn" (%3) gamma = dense<1.0> : tensor<2xf32> beta = dense<[2.0, 1.0]> : tensor<2xf32>
      mean = dense<0.0> : tensor<2xf32> variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  %5 = qml.relu "relu_1" (%4) : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  %6 = qml.max_pool_2d "pool" (%2) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %7 = qml.add "add" (%5, %6) : tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %7 : tensor<?x2x2x2xf32>
}
