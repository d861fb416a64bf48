// RUN: qml-opt %s --qml-align-rescaling | FileCheck %s

// b += kernel * 1; a padded cell was 0, which is -1 for inputs without offset.
// CHECK-LABEL: func @offset(
func.func @offset(%x: tensor<?x4x4x1xui8>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [5.000000e-01] : tensor
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[2.000000e+00, 4.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[2.500000e+00, 4.500000e+00]>
  // CHECK-SAME: padding = same padding_value = [-1.000000e+00]
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] offset = [1.0]
      : tensor<?x4x4x1xui8> -> tensor<?x4x4x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<[[[[2.0, 4.0]]]]> : tensor<1x1x1x2xf32>
      bias = dense<0.5> : tensor<2xf32> padding = same
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// b = 2 * 1 + 4 * 3; kernel [2 * 0.5, 4 * 2]; padding [-1 / 0.5, -3 / 2].
// CHECK-LABEL: func @per_channel(
func.func @per_channel(%x: tensor<?x4x4x2xui8>) -> tensor<?x4x4x1xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [1.000000e+00] : tensor
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00], [8.000000e+00]]]]>
  // CHECK-SAME: bias = dense<1.400000e+01> : tensor<1xf32>
  // CHECK-SAME: padding = same padding_value = [-2.000000e+00, -1.500000e+00]
  %0 = qml.rescaling "rescale" (%x) scale = [0.5, 2.0] offset = [1.0, 3.0]
      : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// Without padding, nothing is said about it.
// CHECK-LABEL: func @valid(
func.func @valid(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [2.000000e+00] : tensor
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME: bias = dense<1.400000e+01> : tensor<1xf32> padding = valid :
  %0 = qml.rescaling "rescale" (%x) scale = [2.0] offset = [1.0, 3.0]
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// CHECK-LABEL: func @dense(
func.func @dense(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [1.000000e+00] : tensor
  // CHECK-NEXT: qml.dense "dense"
  // CHECK-SAME{LITERAL}: kernel = dense<[[2.000000e+00, 4.000000e+00], [1.200000e+01, 1.600000e+01]]>
  // CHECK-SAME: bias = dense<[2.000000e+00, 3.000000e+00]>
  %0 = qml.rescaling "rescale" (%x) scale = [2.0, 4.0] offset = [0.5]
      : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.dense "dense" (%0) kernel = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// CHECK-LABEL: func @simple(
func.func @simple(%x: tensor<?x2xi8>) -> tensor<?x1xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [2.000000e+00] : tensor
  // CHECK-NEXT: qml.dense "dense"({{.*}}) kernel = dense<1.000000e+00> : tensor<2x1xf32> : tensor
  %0 = qml.rescaling "rescale" (%x) scale = [2.0] : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.dense "dense" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// CHECK-LABEL: func @two_users(
func.func @two_users(%x: tensor<?x2xi8>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [2.000000e+00] offset = [1.000000e+00]
  %0 = qml.rescaling "rescale" (%x) scale = [2.0] offset = [1.0]
      : tensor<?x2xi8> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.dense "a"({{.*}}) kernel = dense<1.000000e+00> : tensor<2x1xf32> :
  %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  %2 = qml.dense "b" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1, %2 : tensor<?x1xf32>, tensor<?x1xf32>
}

// CHECK-LABEL: func @other_layer(
func.func @other_layer(%x: tensor<?x4x4x2xi8>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [2.000000e+00, 3.000000e+00]
  // CHECK-NEXT: qml.depthwise_conv_2d {{.*}} padding = same :
  %0 = qml.rescaling "rescale" (%x) scale = [2.0, 3.0]
      : tensor<?x4x4x2xi8> -> tensor<?x4x4x2xf32>
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32>
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @grouped(
func.func @grouped(%x: tensor<?x1x1x2xi8>) -> tensor<?x1x1x4xf32> {
  // CHECK-NEXT: qml.rescaling "rescale"(%arg0) scale = [2.000000e+00] offset = [1.000000e+00]
  %0 = qml.rescaling "rescale" (%x) scale = [2.0] offset = [1.0]
      : tensor<?x1x1x2xi8> -> tensor<?x1x1x2xf32>
  // CHECK-NEXT: qml.conv_2d {{.*}} : tensor<1x1x1x4xf32> groups = 2 padding = same :
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x4xf32>
      groups = 2 padding = same : tensor<?x1x1x2xf32> -> tensor<?x1x1x4xf32>
  return %1 : tensor<?x1x1x4xf32>
}

// The first rescaling alone.
// CHECK-LABEL: func @second(
func.func @second(%x: tensor<?x2xi8>) -> tensor<?x1xf32> {
  // CHECK-NEXT: qml.rescaling "a"(%arg0) scale = [2.000000e+00] : tensor
  // CHECK-NEXT: qml.rescaling "b"({{.*}}) scale = [1.000000e+00] offset = [1.000000e+00]
  // CHECK-NEXT: qml.dense "dense"({{.*}}) kernel = dense<1.000000e+00> : tensor<2x1xf32> :
  %0 = qml.rescaling "a" (%x) scale = [2.0] : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.rescaling "b" (%0) scale = [1.0] offset = [1.0]
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.dense "dense" (%1) kernel = dense<1.0> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %2 : tensor<?x1xf32>
}

// Nothing is left of a channel whose scale is 0: its padding is 0.
// CHECK-LABEL: func @nothing_left(
func.func @nothing_left(%x: tensor<?x4x4x2xi8>) -> tensor<?x4x4x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [2.0, 0.0] offset = [1.0, 1.0]
      : tensor<?x4x4x2xi8> -> tensor<?x4x4x2xf32>
  // CHECK: qml.conv_2d {{.*}}padding_value = [-5.000000e-01, 0.000000e+00]
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x2x1xf32>
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}
