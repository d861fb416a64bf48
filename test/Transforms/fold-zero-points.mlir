// RUN: qml-opt %s --qml-fold-zero-points | FileCheck %s

// z = -1 * 0.5: b = kernel * z, and what is padded becomes 0 - z.
// CHECK-LABEL: func @one(
func.func @one(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK: qml.input_quantizer {{.*}} {range_max = dense<3.000000e+00> : tensor<f32>, range_min = dense<-1.000000e+00> : tensor<f32>}
  // CHECK: qml.rescaling "rescale"{{.*}} scale = [5.000000e-01]
  // CHECK: qml.conv_2d
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[2.000000e+00, 4.000000e+00]]]]>
  // CHECK-SAME: bias = dense<[0.000000e+00, -1.000000e+00]> : tensor<2xf32> padding = same padding_value = [5.000000e-01]
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %1 = qml.rescaling "rescale" (%0) scale = [0.5] : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<[[[[2.0, 4.0]]]]> : tensor<1x1x1x2xf32>
      bias = dense<1.0> : tensor<2xf32> padding = same padding_value = [0.0]
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  return %2 : tensor<?x4x4x2xf32>
}

// One per channel; a range above zero is extended to it.
// CHECK-LABEL: func @channels(
func.func @channels(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK: qml.input_quantizer {{.*}}range_min = dense<[-1.000000e+00, 0.000000e+00]> : tensor<2xf32>
  // CHECK: qml.conv_2d {{.*}} bias = dense<-2.000000e+00> : tensor<1xf32> padding = same padding_value = [1.500000e+00, 5.000000e-01]
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_axis
      {range_min = dense<[-1.0, 0.5]> : tensor<2xf32>, range_max = dense<3.0> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
      padding = same padding_value = [0.5] : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// CHECK-LABEL: func @dense(
func.func @dense(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  // CHECK: qml.dense {{.*}} bias = dense<-1.200000e+01> : tensor<1xf32>
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<-2.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.dense "dense" (%0) kernel = dense<[[2.0], [4.0]]> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// Without zero points any layer may follow.
// CHECK-LABEL: func @zero(
func.func @zero(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.input_quantizer {{.*}}range_min = dense<0.000000e+00> : tensor<f32>
  // CHECK-NEXT: qml.relu
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// CHECK-LABEL: func @signed(
func.func @signed(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.input_quantizer {{.*}}range_min = dense<-1.000000e+00> : tensor<f32>
  // CHECK-NEXT: qml.relu
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
