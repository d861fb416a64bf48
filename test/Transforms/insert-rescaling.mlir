// RUN: qml-opt %s --split-input-file --verify-diagnostics \
// RUN:   --qml-insert-rescaling="scale=0.5 offset=-1" | FileCheck %s
// RUN: qml-opt %s --split-input-file --verify-diagnostics \
// RUN:   --qml-insert-rescaling="scale=0.5,2,4" | FileCheck %s --check-prefix=CHANNELS

// Each input, of whatever type; memory is none.
// CHECK-LABEL: func @inputs(
// CHECK-SAME: %[[A:.*]]: tensor<?x4x4x3xf32>, %[[B:.*]]: tensor<?x4x4x3xui8>)
// CHECK-DAG: %[[RA:.*]] = qml.rescaling "rescaling"(%[[A]]) scale = [5.000000e-01] offset = [-1.000000e+00]
// CHECK-DAG: %[[RB:.*]] = qml.rescaling "rescaling_1"(%[[B]]) scale = [5.000000e-01] offset = [-1.000000e+00]
// CHECK: qml.relu "relu"(%[[RA]])
// CHECK: qml.rescaling "own"(%[[RB]])
// CHECK: qml.add "add"(%{{.*}}, %[[RA]])
// CHANNELS-LABEL: func @inputs(
// CHANNELS: qml.rescaling "rescaling"(%{{.*}}) scale = [5.000000e-01, 2.000000e+00, 4.000000e+00] : tensor<?x4x4x3xf32>
func.func @inputs(%a: tensor<?x4x4x3xf32>, %b: tensor<?x4x4x3xui8>) -> (tensor<?x4x4x3xf32>, tensor<?x4x4x3xf32>) {
  %0 = qml.relu "relu" (%a) : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %1 = qml.rescaling "own" (%b) scale = [2.0] : tensor<?x4x4x3xui8> -> tensor<?x4x4x3xf32>
  %2 = qml.add "add" (%0, %a) : tensor<?x4x4x3xf32>, tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  return %1, %2 : tensor<?x4x4x3xf32>, tensor<?x4x4x3xf32>
}

// -----

// CHECK-LABEL: func @memory(
// CHECK: qml.rescaling "rescaling"(%arg0)
// CHECK-NOT: qml.rescaling
// CHECK: return
func.func @memory(%x: tensor<?x3xf32>, %m: tensor<1x4x3xf32> {qml.state = "t"}) -> (tensor<?x3xf32>, tensor<1x4x3xf32>) {
  %0 = qml.relu "relu" (%x) : tensor<?x3xf32> -> tensor<?x3xf32>
  return %0, %m : tensor<?x3xf32>, tensor<1x4x3xf32>
}

// -----

// expected-error @+1 {{the network has quantizers; rescale its inputs before it is quantized}}
func.func @quantized(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor : tensor<?x3xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
