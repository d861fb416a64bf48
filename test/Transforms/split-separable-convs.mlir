// RUN: qml-opt %s --qml-split-separable-convs | FileCheck %s
// RUN: qml-opt %s --qml-sanitize=split-separable-convs=true | FileCheck %s --check-prefix=PIPELINE
// RUN: qml-opt %s --qml-sanitize | FileCheck %s --check-prefix=ALONE

// The second one keeps name, bias and what follows; the first one has the window.
// CHECK-LABEL: func @main
// CHECK: %[[INNER:.*]] = qml.depthwise_conv_2d "sep_depthwise"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<3x3x2x1xf32> strides = [2, 2] padding = same
// CHECK-SAME: tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
// CHECK: qml.conv_2d "sep"(%[[INNER]]) kernel = dense<2.000000e+00> : tensor<1x1x2x4xf32> bias = dense<1.000000e+00> : tensor<4xf32>
// CHECK-SAME: activation = relu
// CHECK-SAME: source_class = "SeparableConv2D"
// CHECK-SAME: tensor<?x4x4x2xf32> -> tensor<?x4x4x4xf32>
// CHECK-NOT: separable

// PIPELINE: qml.depthwise_conv_2d "sep_depthwise"
// PIPELINE: qml.conv_2d "sep"
// PIPELINE: qml.relu

// ALONE: qml.separable_conv_2d "sep"
func.func @main(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x4xf32> {
  %0 = qml.separable_conv_2d "sep" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<2.0> : tensor<1x1x2x4xf32> bias = dense<1.0> : tensor<4xf32>
      strides = [2, 2] padding = same activation = relu
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x4xf32>
  return %0 : tensor<?x4x4x4xf32>
}
