// RUN: qml-opt %s --qml-swap-relu-max-pool | FileCheck %s

// CHECK-LABEL: func @pair(
func.func @pair(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[POOL:.*]] = qml.max_pool_2d "pool"(%arg0) pool_size = [3, 3] strides = [2, 2] padding = same : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu "relu"(%[[POOL]]) max_value = 6.000000e+00 : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // CHECK-NEXT: return %[[RELU]]
  %0 = qml.relu "relu" (%x) max_value = 6.0 : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "pool" (%0) pool_size = [3, 3] strides = [2, 2] padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// A ReLU goes after all the pools that follow it.
// CHECK-LABEL: func @pools(
func.func @pools(%x: tensor<?x4x4x2xf32>) -> tensor<?x1x1x2xf32> {
  // CHECK-NEXT: qml.max_pool_2d "a"(%arg0)
  // CHECK-NEXT: qml.max_pool_2d "b"
  // CHECK-NEXT: qml.relu "relu"({{.*}}) : tensor<?x1x1x2xf32> -> tensor<?x1x1x2xf32>
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "a" (%0) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %2 = qml.max_pool_2d "b" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x2x2x2xf32> -> tensor<?x1x1x2xf32>
  return %2 : tensor<?x1x1x2xf32>
}

// CHECK-LABEL: func @two_users(
func.func @two_users(%x: tensor<?x4x4x2xf32>) -> (tensor<?x4x4x2xf32>, tensor<?x2x2x2xf32>) {
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu
  // CHECK-NEXT: qml.max_pool_2d "pool"(%[[RELU]])
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "pool" (%0) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %0, %1 : tensor<?x4x4x2xf32>, tensor<?x2x2x2xf32>
}

// The mean of rectified values is another one.
// CHECK-LABEL: func @average(
func.func @average(%x: tensor<?x4x4x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: %[[RELU:.*]] = qml.relu
  // CHECK-NEXT: qml.global_average_pool_2d "gap"(%[[RELU]])
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.global_average_pool_2d "gap" (%0) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// Other activations that never fall go after the pool, too.
// CHECK-LABEL: func @rising(
func.func @rising(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  // CHECK-NEXT: %[[POOL:.*]] = qml.max_pool_2d "pool"(%arg0)
  // CHECK-NEXT: qml.activation "leaky"(%[[POOL]]) function = leaky_relu : tensor<?x2x2x2xf32>
  %0 = qml.activation "leaky" (%x) function = leaky_relu : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "pool" (%0) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// Those that fall somewhere stay before it.
// CHECK-LABEL: func @falling(
func.func @falling(%x: tensor<?x4x4x2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32>) {
  // CHECK-NEXT: qml.activation "leaky"(%arg0)
  // CHECK-NEXT: qml.max_pool_2d "a"
  // CHECK-NEXT: qml.activation "swish"(%arg0)
  // CHECK-NEXT: qml.max_pool_2d "b"
  %0 = qml.activation "leaky" (%x) function = leaky_relu alpha = -0.5 : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "a" (%0) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %2 = qml.activation "swish" (%x) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.max_pool_2d "b" (%2) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  return %1, %3 : tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32>
}
