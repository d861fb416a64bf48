// A stock mlir-opt reads our dialect and runs our passes.

// REQUIRES: plugins
// RUN: mlir-opt-22 --load-dialect-plugin=%qml_plugin \
// RUN:   --load-pass-plugin=%qml_plugin \
// RUN:   --pass-pipeline='builtin.module(func.func(qml-swap-relu-max-pool,canonicalize))' \
// RUN:   %s | FileCheck %s

// CHECK-LABEL: func.func @network
// CHECK-NEXT: %[[POOL:.*]] = qml.max_pool_2d "pool"
// CHECK-NEXT: %[[RELU:.*]] = qml.relu "relu"(%[[POOL]])
// CHECK-NEXT: return %[[RELU]]
func.func @network(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  %0 = qml.relu "relu" (%x) : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  %1 = qml.max_pool_2d "pool" (%0) pool_size = [2, 2] strides = [2, 2]
      padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}
