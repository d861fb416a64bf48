// RUN: qml-opt %s --qml-convert-scalings | FileCheck %s

// The kernel is 1, 2 times 2, 4, the bias 1 * 2 + 3, 1 * 4 + 5; a dropout may
// stand between.
// CHECK-LABEL: func @before(
func.func @before(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[2.000000e+00, 8.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[5.000000e+00, 9.000000e+00]>
  // CHECK-NEXT: qml.dropout
  // CHECK-NEXT: return
  %0 = qml.conv_2d "conv" (%x) kernel = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
      bias = dense<1.0> : tensor<2xf32> padding = valid : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.dropout "dropout" (%0) rate = 0.5 : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.rescaling "scale" (%1) scale = [2.0, 4.0] offset = [3.0, 5.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %2 : tensor<?x4x4x2xf32>
}

// A gamma of zero, with a convolution before it: its kernel is zero.
// CHECK-LABEL: func @gamma_zero(
func.func @gamma_zero(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[0.000000e+00, 1.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[7.000000e+00, 8.000000e+00]>
  // CHECK-NEXT: return
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x1x2xf32> padding = valid
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[0.0, 1.0]> : tensor<2xf32> beta = dense<[7.0, 8.0]> : tensor<2xf32>
      mean = dense<0.0> : tensor<2xf32> variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// Through a mean into the matrix after it.
// CHECK-LABEL: func @after(
func.func @after(%x: tensor<?x4x4x2xf32>) -> tensor<?x1xf32> {
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu
  // CHECK-NEXT: %[[MEAN:.*]] = qml.global_average_pool_2d "gap"(%[[RELU]])
  // CHECK-NEXT: qml.dense "fc"(%[[MEAN]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[2.000000e+00], [8.000000e+00]]>
  // CHECK-SAME: bias = dense<1.400000e+01> : tensor<1xf32>
  // CHECK-NEXT: return
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.rescaling "scale" (%0) scale = [2.0, 4.0] offset = [3.0, 5.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.global_average_pool_2d "gap" (%1) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  %3 = qml.dense "fc" (%2) kernel = dense<[[1.0], [2.0]]> : tensor<2x1xf32> bias = dense<1.0> : tensor<1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %3 : tensor<?x1xf32>
}

// Channels of a flattened image are side by side, over and over.
// CHECK-LABEL: func @flattened(
func.func @flattened(%x: tensor<?x2x1x2xf32>) -> tensor<?x1xf32> {
  // CHECK: qml.flatten
  // CHECK-NEXT: qml.dense "fc"
  // CHECK-SAME{LITERAL}: kernel = dense<[[2.000000e+00], [4.000000e+00], [2.000000e+00], [4.000000e+00]]>
  // CHECK-SAME: bias = dense<1.600000e+01>
  %0 = qml.relu "relu" (%x) : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %1 = qml.rescaling "scale" (%0) scale = [2.0, 4.0] offset = [3.0, 5.0] : tensor<?x2x1x2xf32> -> tensor<?x2x1x2xf32>
  %2 = qml.flatten "flatten" (%1) : tensor<?x2x1x2xf32> -> tensor<?x4xf32>
  %3 = qml.dense "fc" (%2) kernel = dense<1.0> : tensor<4x1xf32> : tensor<?x4xf32> -> tensor<?x1xf32>
  return %3 : tensor<?x1xf32>
}

// With padding only what adds nothing; a depthwise kernel has its own channel.
// CHECK-LABEL: func @padded(
func.func @padded(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu
  // CHECK-NEXT: %[[DW:.*]] = qml.depthwise_conv_2d "dw"(%[[RELU]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[-2.000000e+00], [4.000000e+00]]]]>
  // CHECK-SAME: padding = same
  // CHECK-NEXT: %[[ACTIV:.*]] = qml.relu "activ"(%[[DW]])
  // CHECK-NEXT: %[[OFFSET:.*]] = qml.depthwise_conv_2d "offset"(%[[ACTIV]]) kernel = dense<1.000000e+00> : tensor<1x1x2x1xf32> bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> padding = valid {source_class = "Rescaling"}
  // CHECK-NEXT: qml.conv_2d "conv"(%[[OFFSET]])
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.rescaling "scale" (%0) scale = [-2.0, 4.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.depthwise_conv_2d "dw" (%1) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.relu "activ" (%2) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.rescaling "offset" (%3) scale = [1.0] offset = [1.0, 2.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %5 = qml.conv_2d "conv" (%4) kernel = dense<1.0> : tensor<3x3x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %5 : tensor<?x4x4x2xf32>
}

// A norm after a sum, and a maximum between that doesn't keep its order.
// CHECK-LABEL: func @after_sum(
func.func @after_sum(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[ADD:.*]] = qml.add
  // CHECK-NEXT: %[[BN:.*]] = qml.depthwise_conv_2d "bn"(%[[ADD]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[-1.000000e+00], [2.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[8.000000e+00, 6.000000e+00]> : tensor<2xf32> padding = valid {source_class = "BatchNormalization"}
  // CHECK-NEXT: qml.max_pool_2d "pool"(%[[BN]])
  // CHECK-NEXT: qml.conv_2d "conv"
  %0 = qml.add "add" (%x, %x) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[-1.0, 2.0]> : tensor<2xf32> beta = dense<[7.0, 8.0]> : tensor<2xf32>
      mean = dense<1.0> : tensor<2xf32> variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %3 = qml.conv_2d "conv" (%2) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %3 : tensor<?x2x2x2xf32>
}

// The first layer takes zero points: all channels of it.
// CHECK-LABEL: func @first(
func.func @first(%x: tensor<?x4x4x2xui8>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: %[[FLOAT:.*]] = qml.rescaling "scale_float"(%arg0) scale = [1.000000e+00] : tensor<?x4x4x2xui8>
  // CHECK-NEXT: qml.conv_2d "scale"(%[[FLOAT]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[2.000000e+00, 0.000000e+00], [0.000000e+00, 3.000000e+00]]]]>
  // CHECK-SAME: bias = dense<1.000000e+00>
  // CHECK-NEXT: qml.relu
  %0 = qml.rescaling "scale" (%x) scale = [2.0, 3.0] offset = [1.0] : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// Of integers all channels, also many.
// CHECK-LABEL: func @many_integers(
func.func @many_integers(%x: tensor<?x1x1x65xi8>, %y: tensor<?x1x1x65xf32>) -> (tensor<?x1x1x65xf32>, tensor<?x1x1x65xf32>) {
  // CHECK: qml.conv_2d "scale"
  // CHECK: qml.depthwise_conv_2d "float_scale"
  %0 = qml.rescaling "scale" (%x) scale = [2.0] offset = [1.0] : tensor<?x1x1x65xi8> -> tensor<?x1x1x65xf32>
  %1 = qml.rescaling "float_scale" (%y) scale = [2.0] offset = [1.0] : tensor<?x1x1x65xf32> -> tensor<?x1x1x65xf32>
  return %0, %1 : tensor<?x1x1x65xf32>, tensor<?x1x1x65xf32>
}

// Of first layers those alone that become convolutions of all channels take a
// scale: a depthwise convolution that alone reads it.
// CHECK-LABEL: func @first_depthwise(
func.func @first_depthwise(%x: tensor<?x4x4x2xui8>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.rescaling "scale"
  %0 = qml.rescaling "scale" (%x) scale = [2.0] : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xf32>
  %1 = qml.depthwise_conv_2d "depthwise" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @two_first(
func.func @two_first(%x: tensor<?x4x4x2xui8>) -> (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) {
  // CHECK-NEXT: %[[FLOAT:.*]] = qml.rescaling "scale_float"(%arg0) scale = [1.000000e+00]
  // CHECK-NEXT: %[[SCALE:.*]] = qml.conv_2d "scale"(%[[FLOAT]])
  // CHECK-NEXT: qml.depthwise_conv_2d "depthwise"(%[[SCALE]])
  // CHECK-NEXT: qml.conv_2d "conv"(%[[SCALE]])
  %0 = qml.rescaling "scale" (%x) scale = [2.0] : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xf32>
  %1 = qml.depthwise_conv_2d "depthwise" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1, %2 : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @first_transposed(
func.func @first_transposed(%x: tensor<?x4x4x2xui8>) -> tensor<?x8x8x2xf32> {
  // CHECK-NEXT: %[[FLOAT:.*]] = qml.rescaling "scale_float"(%arg0) scale = [1.000000e+00]
  // CHECK-NEXT: %[[SCALE:.*]] = qml.conv_2d "scale"(%[[FLOAT]])
  // CHECK-NEXT: qml.conv_2d_transpose "up"(%[[SCALE]])
  %0 = qml.rescaling "scale" (%x) scale = [2.0] : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d_transpose "up" (%0) kernel = dense<1.0> : tensor<2x2x2x2xf32> strides = [2, 2]
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x8x8x2xf32>
  return %1 : tensor<?x8x8x2xf32>
}

// Scales that are far apart would take bits of the kernel after.
// CHECK-LABEL: func @uneven(
func.func @uneven(%x: tensor<?x1x1x2xf32>) -> tensor<?x1x1x1xf32> {
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.depthwise_conv_2d "scale"
  // CHECK-NEXT: qml.conv_2d "conv"{{.*}}kernel = dense<1.000000e+00>
  %0 = qml.relu "relu" (%x) : tensor<?x1x1x2xf32> -> tensor<?x1x1x2xf32>
  %1 = qml.rescaling "scale" (%0) scale = [1.0, 17.0] : tensor<?x1x1x2xf32> -> tensor<?x1x1x2xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = valid
      : tensor<?x1x1x2xf32> -> tensor<?x1x1x1xf32>
  return %2 : tensor<?x1x1x1xf32>
}

// Vectors and sequences are images meanwhile.
// CHECK-LABEL: func @shapes(
func.func @shapes(%x: tensor<?x2xf32>, %y: tensor<?x5x2xf32>) -> (tensor<?x2xf32>, tensor<?x5x2xf32>) {
  // CHECK-NEXT: %[[A:.*]] = qml.relu "a"
  // CHECK-NEXT: %[[IMAGE:.*]] = qml.reshape "negative_image"(%[[A]]) : tensor<?x2xf32> -> tensor<?x1x1x2xf32>
  // CHECK-NEXT: %[[CONV:.*]] = qml.depthwise_conv_2d "negative"(%[[IMAGE]]) kernel = dense<-1.000000e+00> : tensor<1x1x2x1xf32> padding = valid {source_class = "Rescaling"}
  // CHECK-NEXT: qml.reshape "negative_shape"(%[[CONV]]) : tensor<?x1x1x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.relu "b"
  // CHECK-NEXT: qml.reshape "steps_image"{{.*}} -> tensor<?x1x5x2xf32>
  // CHECK-NEXT: qml.depthwise_conv_2d "steps"
  // CHECK-NEXT: qml.reshape "steps_shape"{{.*}} -> tensor<?x5x2xf32>
  %0 = qml.relu "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.rescaling "negative" (%0) scale = [-1.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.relu "b" (%y) : tensor<?x5x2xf32> -> tensor<?x5x2xf32>
  %3 = qml.rescaling "steps" (%2) scale = [1.0, 2.0] : tensor<?x5x2xf32> -> tensor<?x5x2xf32>
  return %1, %3 : tensor<?x2xf32>, tensor<?x5x2xf32>
}

// Integers do these where they stand; not before a layer that takes no scale.
// CHECK-LABEL: func @integers(
func.func @integers(%x: tensor<?x4x4x2xf32>) -> (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) {
  // CHECK-NEXT: qml.rescaling "input"
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.rescaling "inner"
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-NEXT: qml.depthwise_conv_2d "between"
  // CHECK-NEXT: qml.add
  %0 = qml.rescaling "input" (%x) scale = [2.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.rescaling "inner" (%1) scale = [2.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.conv_2d "conv" (%2) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.rescaling "between" (%1) scale = [2.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %5 = qml.add "add" (%4, %1) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %2, %3, %5 : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>
}

// A rescaling that one reads which becomes a layer becomes one, too.
// CHECK-LABEL: func @before_negative(
func.func @before_negative(%x: tensor<?x4x4x2xf32>) -> (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) {
  // CHECK: qml.relu "first"
  // CHECK-NEXT: %[[SMALL:.*]] = qml.depthwise_conv_2d "small"
  // CHECK-NEXT: qml.relu "above"(%[[SMALL]])
  // CHECK-NEXT: qml.depthwise_conv_2d "negative"(%[[SMALL]])
  %0 = qml.relu "first" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.rescaling "small" (%0) scale = [0.05] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.relu "above" (%1) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.rescaling "negative" (%1) scale = [-1.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.relu "below" (%3) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %2, %4 : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>
}

// An input that is scaled, and read by a layer that takes no scale.
// CHECK-LABEL: func @scaled_input(
func.func @scaled_input(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: %[[SCALED:.*]] = qml.conv_2d "scaled"(%arg0)
  // CHECK-NEXT: qml.conv_2d "conv"(%[[SCALED]])
  // CHECK-NEXT: qml.add
  %0 = qml.rescaling "scaled" (%x) scale = [0.25] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.add "add" (%1, %0) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %2 : tensor<?x4x4x2xf32>
}

// A mean before a norm: one layer does both.
// CHECK-LABEL: func @mean_before_norm(
func.func @mean_before_norm(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.add
  // CHECK-NEXT: qml.depthwise_conv_2d "mean"{{.*}} kernel = dense<1.99900079> : tensor<1x1x2x1xf32>
  // CHECK-NEXT: qml.relu
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.add "sum" (%0, %0) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.rescaling "mean" (%1) scale = [0.5] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.batch_norm "norm" (%2) gamma = dense<4.0> : tensor<2xf32> beta = dense<1.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.001 : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.relu "last" (%3) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %4 : tensor<?x4x4x2xf32>
}
