// What folds: layers that compute nothing. What must not: all that rounds,
// saturates, converts or is named by configurations.

// RUN: qml-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @rescaling_one(
func.func @rescaling_one(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: return %arg0
  %0 = qml.rescaling "a" (%x) scale = [1.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.rescaling "b" (%0) scale = [1.0, 1.0] offset = [0.0, -0.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// CHECK-LABEL: func @rescaling_kept(
func.func @rescaling_kept(%x: tensor<?x2xui8>, %y: tensor<?x2xi8>)
    -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) {
  // It converts.
  // CHECK-NEXT: qml.rescaling "convert"
  %0 = qml.rescaling "convert" (%x) scale = [1.0] : tensor<?x2xui8> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.rescaling "scale"
  %1 = qml.rescaling "scale" (%0) scale = [1.0, 2.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.rescaling "offset"
  %2 = qml.rescaling "offset" (%0) scale = [1.0] offset = [0.5] : tensor<?x2xf32> -> tensor<?x2xf32>
  // The integers are those of the input, but stand for something else.
  // CHECK-NEXT: qml.rescaling "integer"
  %3 = qml.rescaling "integer" (%y) scale = [1.0]
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0, %1, %2, %3 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// CHECK-LABEL: func @rescaling_batch(
func.func @rescaling_batch(%x: tensor<?x2xf32>) -> tensor<4x2xf32> {
  // CHECK-NEXT: qml.rescaling
  %0 = qml.rescaling "a" (%x) scale = [1.0] : tensor<?x2xf32> -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// CHECK-LABEL: func @relu_twice(
func.func @relu_twice(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK-NEXT: %[[A:.*]] = qml.relu "a"(%arg0)
  // CHECK-NEXT: %[[MAX:.*]] = qml.relu "max"(%arg0) max_value = 6.0
  // CHECK-NEXT: return %[[A]], %[[MAX]], %[[MAX]]
  %0 = qml.relu "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.relu "b" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.relu "max" (%x) max_value = 6.0 : tensor<?x2xf32> -> tensor<?x2xf32>
  %3 = qml.relu "same" (%2) max_value = 6.0 : tensor<?x2xf32> -> tensor<?x2xf32>
  %4 = qml.relu "none" (%2) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1, %3, %4 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: func @relu_kept(
func.func @relu_kept(%x: tensor<?x2xf32>, %y: tensor<?x2xi32>)
    -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>) {
  // CHECK-NEXT: qml.relu "first"
  %0 = qml.relu "first" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  // A maximum where there was none, or a lower one.
  // CHECK-NEXT: qml.relu "clip"
  %1 = qml.relu "clip" (%0) max_value = 6.0 : tensor<?x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.relu "lower"
  %2 = qml.relu "lower" (%1) max_value = 4.0 : tensor<?x2xf32> -> tensor<?x2xf32>
  // Its quantizer would be lost.
  // CHECK-NEXT: qml.relu "annotated"
  %3 = qml.relu "annotated" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.relu "integer"
  %4 = qml.relu "integer" (%y) : tensor<?x2xi32> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // CHECK-NEXT: qml.relu "integers"
  %5 = qml.relu "integers" (%4) : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %1, %2, %3, %5 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// CHECK-LABEL: func @flatten_flat(
func.func @flatten_flat(%x: tensor<?x8xf32>, %y: tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) -> (tensor<?x8xf32>, tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) {
  // CHECK-NEXT: return %arg0, %arg1
  %0 = qml.flatten "float" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  %1 = qml.flatten "integer" (%y) : tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// CHECK-LABEL: func @flatten_kept(
func.func @flatten_kept(%x: tensor<?x2x4xf32>, %y: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 0]> : tensor<2xi32>>>, %z: tensor<?x8xi8>)
    -> (tensor<?x8xf32>, tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 1>>, tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) {
  // CHECK-NEXT: qml.flatten "image"
  %0 = qml.flatten "image" (%x) : tensor<?x2x4xf32> -> tensor<?x8xf32>
  // It shifts.
  // CHECK-NEXT: qml.flatten "shift"
  %1 = qml.flatten "shift" (%y) {input_shift = dense<[0, 1]> : tensor<2xi32>}
      : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 0]> : tensor<2xi32>>> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 1>>
  // The integers stay, but their type says what they stand for.
  // CHECK-NEXT: qml.flatten "type"
  %2 = qml.flatten "type" (%z) : tensor<?x8xi8> -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 1>>, tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// CHECK-LABEL: func @reshape_same(
func.func @reshape_same(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  // CHECK-NEXT: return %arg0
  %0 = qml.reshape "a" (%x) : tensor<?x2x4xf32> -> tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}

// CHECK-LABEL: func @reshape_kept(
func.func @reshape_kept(%x: tensor<?x2x4xf32>) -> tensor<?x4x2xf32> {
  // CHECK-NEXT: qml.reshape "a"
  %0 = qml.reshape "a" (%x) : tensor<?x2x4xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// Configurations and tables name it.
// CHECK-LABEL: func @dropout_kept(
func.func @dropout_kept(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.dropout "a"
  %0 = qml.dropout "a" (%x) rate = 0.0 : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// Nothing uses them, and they have no effects.
// CHECK-LABEL: func @unused(
func.func @unused(%x: tensor<?x4x4x2xf32>) {
  // CHECK-NEXT: return
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "b" (%0) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.dequantizer "c" (%2) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return
}

// CHECK-LABEL: func @concatenate_one(
func.func @concatenate_one(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: return %arg0
  %0 = qml.concatenate "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// CHECK-LABEL: func @concatenate_kept(
func.func @concatenate_kept(%x: tensor<?x2xf32>) -> (tensor<?x4xf32>, tensor<4x2xf32>) {
  // CHECK-NEXT: qml.concatenate "two"
  %0 = qml.concatenate "two" (%x, %x) : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  // The batch is known to the result alone.
  // CHECK-NEXT: qml.concatenate "batch"
  %1 = qml.concatenate "batch" (%x) : tensor<?x2xf32> -> tensor<4x2xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<4x2xf32>
}

// CHECK-LABEL: func @permute_nothing(
func.func @permute_nothing(%x: tensor<?x4x8x2xf32>) -> tensor<?x4x2x8xf32> {
  // CHECK-NEXT: %[[X:.*]] = qml.permute "moved"(%arg0)
  // CHECK-NEXT: return %[[X]]
  %0 = qml.permute "same" (%x) axes = [0, 1, 2, 3] : tensor<?x4x8x2xf32> -> tensor<?x4x8x2xf32>
  %1 = qml.permute "moved" (%0) axes = [0, 1, 3, 2] : tensor<?x4x8x2xf32> -> tensor<?x4x2x8xf32>
  return %1 : tensor<?x4x2x8xf32>
}
