// RUN: qml-opt %s --qml-remove-reshapes | FileCheck %s

// CHECK-LABEL: func @row(
func.func @row(%x: tensor<?x2x3x4xf32>) -> tensor<?x4x6xf32> {
  // CHECK-NEXT: %[[LAST:.*]] = qml.reshape "c"(%arg0) : tensor<?x2x3x4xf32> -> tensor<?x4x6xf32>
  // CHECK-NEXT: return %[[LAST]]
  %0 = qml.flatten "a" (%x) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
  %1 = qml.reshape "b" (%0) : tensor<?x24xf32> -> tensor<?x6x4xf32>
  %2 = qml.reshape "c" (%1) : tensor<?x6x4xf32> -> tensor<?x4x6xf32>
  return %2 : tensor<?x4x6xf32>
}

// CHECK-LABEL: func @flatten_last(
func.func @flatten_last(%x: tensor<?x24xf32>) -> tensor<?x24xf32> {
  // CHECK-NEXT: qml.flatten "b"(%arg0) : tensor<?x24xf32> -> tensor<?x24xf32>
  %0 = qml.reshape "a" (%x) : tensor<?x24xf32> -> tensor<?x6x4xf32>
  %1 = qml.flatten "b" (%0) : tensor<?x6x4xf32> -> tensor<?x24xf32>
  return %1 : tensor<?x24xf32>
}

// CHECK-LABEL: func @kept(
func.func @kept(%x: tensor<?x2x3x4xf32>) -> (tensor<?x24xf32>, tensor<?x6x4xf32>) {
  // CHECK-NEXT: %[[A:.*]] = qml.flatten "a"
  %0 = qml.flatten "a" (%x) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
  // CHECK-NEXT: qml.reshape "b"(%[[A]])
  %1 = qml.reshape "b" (%0) : tensor<?x24xf32> -> tensor<?x6x4xf32>
  return %0, %1 : tensor<?x24xf32>, tensor<?x6x4xf32>
}

// CHECK-LABEL: func @apart(
func.func @apart(%x: tensor<?x2x3x4xf32>) -> tensor<?x6x4xf32> {
  // CHECK-NEXT: qml.flatten
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.reshape
  %0 = qml.flatten "a" (%x) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x24xf32> -> tensor<?x24xf32>
  %2 = qml.reshape "b" (%1) : tensor<?x24xf32> -> tensor<?x6x4xf32>
  return %2 : tensor<?x6x4xf32>
}

// Integers are shifted by the first.
// CHECK-LABEL: func @integers(
func.func @integers(%x: tensor<?x1x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>>)
    -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 2>> {
  // CHECK-NEXT: qml.flatten "a"
  // CHECK-NEXT: qml.flatten "b"
  %0 = qml.flatten "a" (%x) {input_shift = dense<[1, 0]> : tensor<2xi32>}
      : tensor<?x1x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>>
      -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 2>>
  %1 = qml.flatten "b" (%0) : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 2>>
      -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 2>>
  return %1 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 2>>
}
