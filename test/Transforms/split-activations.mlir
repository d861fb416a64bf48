// RUN: qml-opt %s --qml-split-activations | FileCheck %s

// CHECK-LABEL: func @conv(
func.func @conv(%x: tensor<?x4x4x1xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "conv"(%arg0) kernel = dense<{{.*}}> : tensor<3x3x1x2xf32> bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> padding = valid : tensor<?x4x4x1xf32> -> tensor<?x2x2x2xf32>
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu "conv_activ"(%[[CONV]]) : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // CHECK-NEXT: return %[[RELU]]
  %0 = qml.conv_2d "conv" (%x) kernel = dense<0.5> : tensor<3x3x1x2xf32>
      bias = dense<[1.0, 2.0]> : tensor<2xf32> padding = valid activation = relu
      : tensor<?x4x4x1xf32> -> tensor<?x2x2x2xf32>
  return %0 : tensor<?x2x2x2xf32>
}

// CHECK-LABEL: func @depthwise(
func.func @depthwise(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.depthwise_conv_2d "dw"(%arg0) kernel = dense<{{.*}}> : tensor<3x3x2x1xf32> padding = valid : tensor
  // CHECK-NEXT: qml.relu "dw_activ"(%[[CONV]])
  %0 = qml.depthwise_conv_2d "dw" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      padding = valid activation = relu : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %0 : tensor<?x2x2x2xf32>
}

// CHECK-LABEL: func @separable(
func.func @separable(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x3xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.separable_conv_2d "sep"(%arg0) {{.*}} padding = valid : tensor
  // CHECK-NEXT: qml.relu "sep_activ"(%[[CONV]]) : tensor<?x2x2x3xf32> -> tensor<?x2x2x3xf32>
  %0 = qml.separable_conv_2d "sep" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.5> : tensor<1x1x2x3xf32>
      padding = valid activation = relu : tensor<?x4x4x2xf32> -> tensor<?x2x2x3xf32>
  return %0 : tensor<?x2x2x3xf32>
}

// CHECK-LABEL: func @softmax(
func.func @softmax(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: %[[DENSE:.*]] = qml.dense "logits"(%arg0) kernel = dense<{{.*}}> : tensor<4x2xf32> : tensor
  // CHECK-NEXT: %[[SOFTMAX:.*]] = qml.softmax "logits_activ"(%[[DENSE]]) : tensor<?x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: return %[[SOFTMAX]]
  %0 = qml.dense "logits" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      activation = softmax : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// CHECK-LABEL: func @log_softmax(
func.func @log_softmax(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK: %[[LOG:.*]] = qml.log_softmax "logits_activ"(%{{.*}}) : tensor<?x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: return %[[LOG]]
  %0 = qml.dense "logits" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      activation = log_softmax : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// All users read the new layer, whose name is not used yet.
// CHECK-LABEL: func @users(
func.func @users(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: %[[DENSE:.*]] = qml.dense "a"
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu "a_activ_1"(%[[DENSE]])
  // CHECK-NEXT: qml.dropout "a_activ"(%[[RELU]])
  // CHECK-NEXT: qml.add "add"({{.*}}, %[[RELU]])
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<4x4xf32> activation = relu
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %1 = qml.dropout "a_activ" (%0) rate = 0.5 : tensor<?x4xf32> -> tensor<?x4xf32>
  %2 = qml.add "add" (%1, %0) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// CHECK-LABEL: func @none(
func.func @none(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: %[[DENSE:.*]] = qml.dense "dense"
  // CHECK-NEXT: return %[[DENSE]]
  %0 = qml.dense "dense" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// CHECK-LABEL: func @swish(
func.func @swish(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: %[[DENSE:.*]] = qml.dense "dense"
  // CHECK-NEXT: qml.activation "dense_activ"(%[[DENSE]]) function = swish : tensor<?x2xf32> -> tensor<?x2xf32>
  %0 = qml.dense "dense" (%x) kernel = dense<0.5> : tensor<4x2xf32> activation = swish
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
