// RUN: qml-opt %s --qml-swap-pool-batch-norm | FileCheck %s

// CHECK-LABEL: func @max(
func.func @max(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[NORM:.*]] = qml.batch_norm "bn"(%arg0) gamma = dense<[1.000000e+00, 5.000000e-01]> {{.*}} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: %[[POOL:.*]] = qml.max_pool_2d "pool"(%[[NORM]]) {{.*}} : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  // CHECK-NEXT: return %[[POOL]]
  %0 = qml.max_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[1.0, 0.5]> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// A mean takes any gamma.
// CHECK-LABEL: func @average(
func.func @average(%x: tensor<?x4x4x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: %[[NORM:.*]] = qml.batch_norm "bn"(%arg0) {{.*}} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.global_average_pool_2d "gap"(%[[NORM]]) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  %0 = qml.global_average_pool_2d "gap" (%x) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[-1.0, 0.0]> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// The largest value is the smallest after a negative gamma.
// CHECK-LABEL: func @gamma(
func.func @gamma(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: qml.max_pool_2d
  // CHECK-NEXT: qml.batch_norm
  %0 = qml.max_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<[1.0, -0.5]> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// CHECK-LABEL: func @two_users(
func.func @two_users(%x: tensor<?x4x4x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK-NEXT: qml.global_average_pool_2d
  // CHECK-NEXT: qml.batch_norm
  %0 = qml.global_average_pool_2d "gap" (%x) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  %1 = qml.batch_norm "bn" (%0) gamma = dense<1.0> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
}
