// RUN: qml-opt %s --qml-convert-average-pools | FileCheck %s

// CHECK-LABEL: func @whole(
func.func @whole(%x: tensor<?x4x6x2xf32>) -> tensor<?x1x1x2xf32> {
  // CHECK-NEXT: qml.global_average_pool_2d "pool"(%arg0) keep_dims {source_class = "AveragePooling2D"} : tensor<?x4x6x2xf32> -> tensor<?x1x1x2xf32>
  %0 = qml.average_pool_2d "pool" (%x) pool_size = [4, 6] strides = [1, 1] padding = valid
      : tensor<?x4x6x2xf32> -> tensor<?x1x1x2xf32>
  return %0 : tensor<?x1x1x2xf32>
}

// The window is larger than the image: only cells of the image count.
// CHECK-LABEL: func @larger(
func.func @larger(%x: tensor<?x3x3x2xf32>) -> tensor<?x1x1x2xf32> {
  // CHECK-NEXT: qml.global_average_pool_2d "pool"(%arg0) keep_dims
  %0 = qml.average_pool_2d "pool" (%x) pool_size = [5, 4] strides = [5, 4] padding = same
      : tensor<?x3x3x2xf32> -> tensor<?x1x1x2xf32>
  return %0 : tensor<?x1x1x2xf32>
}

// Padding that adds no cell is none.
// CHECK-LABEL: func @windows(
func.func @windows(%x: tensor<?x4x8x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "pool"(%arg0) kernel = dense<1.250000e-01> : tensor<2x4x2x1xf32> strides = [2, 4] padding = valid {source_class = "AveragePooling2D"}
  %0 = qml.average_pool_2d "pool" (%x) pool_size = [2, 4] strides = [2, 4] padding = same
      : tensor<?x4x8x2xf32> -> tensor<?x2x2x2xf32>
  return %0 : tensor<?x2x2x2xf32>
}

// One window that leaves cells out is no mean of the image.
// CHECK-LABEL: func @part(
func.func @part(%x: tensor<?x3x3x1xf32>) -> tensor<?x1x1x1xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "pool"(%arg0) kernel = dense<2.500000e-01> : tensor<2x2x1x1xf32> strides = [2, 2] padding = valid
  %0 = qml.average_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x3x3x1xf32> -> tensor<?x1x1x1xf32>
  return %0 : tensor<?x1x1x1xf32>
}

// Windows of 9, 6 and 4 cells.
// CHECK-LABEL: func @border(
func.func @border(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x1xf32> {
  // CHECK: qml.average_pool_2d "border"
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x1x1xf32> padding = valid
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %1 = qml.average_pool_2d "border" (%0) pool_size = [3, 3] strides = [1, 1] padding = same
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// CHECK-LABEL: func @integers(
func.func @integers(%x: tensor<?x4x4x1xi8>)
    -> tensor<?x2x2x1xi64, #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<0.25> : tensor<f32>>> {
  // CHECK-NEXT: qml.average_pool_2d "pool"
  %0 = qml.average_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x1xi8> -> tensor<?x2x2x1xi64, #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<0.25> : tensor<f32>>>
  return %0 : tensor<?x2x2x1xi64, #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<0.25> : tensor<f32>>>
}
