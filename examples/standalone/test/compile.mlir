// RUN: edge-opt %s --edge-compile | FileCheck %s

// CHECK-LABEL: func.func @network
// CHECK-NEXT: edge.pool_relu "relu"(%{{.*}}) pool_size = [2, 2] strides = [2, 2] padding = <valid> max_value = 6.000000e+00 : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
// CHECK-NEXT: return
func.func @network(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  %0 = qml.relu "relu" (%x) max_value = 6.0
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  %1 = qml.max_pool_2d "pool" (%0) pool_size = [2, 2] strides = [2, 2]
      padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}
