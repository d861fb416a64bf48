// RUN: qml-opt %s --qml-fold-batch-norms | FileCheck %s

// gain = [2 / sqrt(3 + 1), 6 / sqrt(8 + 1)] = [1, 2];
// bias = [1 + (0.5 - 0.5) * 1, 1 + (0.5 - 1.5) * 2].
// CHECK-LABEL: func @conv(
func.func @conv(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "conv"(%arg0)
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[3.000000e+00, 8.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[1.000000e+00, -1.000000e+00]>
  // CHECK-NEXT: return %[[CONV]]
  %0 = qml.conv_2d "conv" (%x) kernel = dense<[[[[3.0, 4.0]]]]> : tensor<1x1x1x2xf32>
      bias = dense<0.5> : tensor<2xf32> padding = same
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[2.0, 6.0]> : tensor<2xf32>
      beta = dense<1.0> : tensor<2xf32> mean = dense<[0.5, 1.5]> : tensor<2xf32>
      variance = dense<[3.0, 8.0]> : tensor<2xf32> epsilon = 1.0
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// bias = [1 - 0.5 * 1, 1 - 1.5 * 2].
// CHECK-LABEL: func @depthwise(
func.func @depthwise(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x3x2xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "dw"(%arg0)
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00], [4.000000e+00]], [[3.000000e+00], [8.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[5.000000e-01, -2.000000e+00]>
  // CHECK-NOT: qml.batch_norm
  %0 = qml.depthwise_conv_2d "dw" (%x)
      kernel = dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x3x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[2.0, 6.0]> : tensor<2xf32>
      beta = dense<1.0> : tensor<2xf32> mean = dense<[0.5, 1.5]> : tensor<2xf32>
      variance = dense<[3.0, 8.0]> : tensor<2xf32> epsilon = 1.0
      : tensor<?x4x3x2xf32> -> tensor<?x4x3x2xf32>
  return %1 : tensor<?x4x3x2xf32>
}

// The gain of the channels is that of the pointwise kernel.
// CHECK-LABEL: func @separable(
func.func @separable(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.separable_conv_2d "sep"(%arg0) depthwise_kernel = dense<2.000000e+00> : tensor<1x1x1x1xf32>
  // CHECK-SAME{LITERAL}: pointwise_kernel = dense<[[[[3.000000e+00, 8.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[5.000000e-01, -2.000000e+00]>
  // CHECK-NOT: qml.batch_norm
  %0 = qml.separable_conv_2d "sep" (%x) depthwise_kernel = dense<2.0> : tensor<1x1x1x1xf32>
      pointwise_kernel = dense<[[[[3.0, 4.0]]]]> : tensor<1x1x1x2xf32>
      padding = same : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[2.0, 6.0]> : tensor<2xf32>
      beta = dense<1.0> : tensor<2xf32> mean = dense<[0.5, 1.5]> : tensor<2xf32>
      variance = dense<[3.0, 8.0]> : tensor<2xf32> epsilon = 1.0
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// Two in a row; a negative gamma is as good as any.
// kernel [1, 2] -> [-2, 4] -> [-1, 2]; bias 0 -> [2, -4] -> [0.5, -2.5].
// CHECK-LABEL: func @dense(
func.func @dense(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.dense "dense"(%arg0)
  // CHECK-SAME{LITERAL}: kernel = dense<[[-1.000000e+00, 2.000000e+00]]>
  // CHECK-SAME: bias = dense<[5.000000e-01, -2.500000e+00]>
  // CHECK-NEXT: return
  %0 = qml.dense "dense" (%x) kernel = dense<[[1.0, 2.0]]> : tensor<1x2xf32>
      : tensor<?x1xf32> -> tensor<?x2xf32>
  %1 = qml.batch_norm "a" (%0) gamma = dense<[-2.0, 2.0]> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<[1.0, 2.0]> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.batch_norm "b" (%1) gamma = dense<1.0> : tensor<2xf32>
      beta = dense<-0.5> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<4.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// CHECK-LABEL: func @gamma_zero(
func.func @gamma_zero(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.dense
  // CHECK-NEXT: qml.batch_norm
  %0 = qml.dense "dense" (%x) kernel = dense<1.0> : tensor<1x2xf32>
      : tensor<?x1xf32> -> tensor<?x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[1.0, 0.0]> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// After its own activation, a ReLU, a layer with another user, or the input.
// CHECK-LABEL: func @left_alone(
func.func @left_alone(%x: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  // CHECK-NEXT: qml.batch_norm "a"
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<1xf32>
      beta = dense<0.0> : tensor<1xf32> mean = dense<0.0> : tensor<1xf32>
      variance = dense<1.0> : tensor<1xf32> epsilon = 0.0
      : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.dense "activated"
  %1 = qml.dense "activated" (%0) kernel = dense<1.0> : tensor<1x1xf32>
      activation = relu : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.batch_norm "b"
  %2 = qml.batch_norm "b" (%1) gamma = dense<1.0> : tensor<1xf32>
      beta = dense<0.0> : tensor<1xf32> mean = dense<0.0> : tensor<1xf32>
      variance = dense<1.0> : tensor<1xf32> epsilon = 0.0
      : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.relu
  %3 = qml.relu "relu" (%2) : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.batch_norm "c"
  %4 = qml.batch_norm "c" (%3) gamma = dense<1.0> : tensor<1xf32>
      beta = dense<0.0> : tensor<1xf32> mean = dense<0.0> : tensor<1xf32>
      variance = dense<1.0> : tensor<1xf32> epsilon = 0.0
      : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.dense "shared"
  %5 = qml.dense "shared" (%4) kernel = dense<1.0> : tensor<1x1xf32>
      : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.batch_norm "d"
  %6 = qml.batch_norm "d" (%5) gamma = dense<1.0> : tensor<1xf32>
      beta = dense<0.0> : tensor<1xf32> mean = dense<0.0> : tensor<1xf32>
      variance = dense<1.0> : tensor<1xf32> epsilon = 0.0
      : tensor<?x1xf32> -> tensor<?x1xf32>
  return %5, %6 : tensor<?x1xf32>, tensor<?x1xf32>
}
