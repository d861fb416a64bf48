// RUN: qml-opt %s --qml-split-concatenations | FileCheck %s

// The last one has the name; the others are called after their second input.
// CHECK-LABEL: func @four(
func.func @four(%x: tensor<?x1xf32> {qml.name = "x"}) -> tensor<?x7xf32> {
  // CHECK: %[[A:.*]] = qml.relu "a"
  %a = qml.relu "a" (%x) : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK: %[[B:.*]] = qml.concatenate "b"
  %b = qml.concatenate "b" (%x, %a) : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: %[[FIRST:.*]] = qml.concatenate "c_a"(%[[B]], %[[A]]) : tensor<?x2xf32>, tensor<?x1xf32> -> tensor<?x3xf32>
  // CHECK-NEXT: %[[SECOND:.*]] = qml.concatenate "c_x"(%[[FIRST]], %arg0) : tensor<?x3xf32>, tensor<?x1xf32> -> tensor<?x4xf32>
  // CHECK-NEXT: %[[THIRD:.*]] = qml.concatenate "c_x_1"(%[[SECOND]], %arg0) : tensor<?x4xf32>, tensor<?x1xf32> -> tensor<?x5xf32>
  // CHECK-NEXT: %[[LAST:.*]] = qml.concatenate "c"(%[[THIRD]], %[[B]]) : tensor<?x5xf32>, tensor<?x2xf32> -> tensor<?x7xf32>
  // CHECK-NEXT: return %[[LAST]]
  %c = qml.concatenate "c" (%b, %a, %x, %x, %b)
      : tensor<?x2xf32>, tensor<?x1xf32>, tensor<?x1xf32>, tensor<?x1xf32>, tensor<?x2xf32> -> tensor<?x7xf32>
  return %c : tensor<?x7xf32>
}

// Two, one, and integers stay.
// CHECK-LABEL: func @kept(
func.func @kept(%x: tensor<?x1xf32>, %y: tensor<?x1xi8>) -> (tensor<?x2xf32>, tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) {
  // CHECK-NEXT: qml.concatenate "one"
  // CHECK-NEXT: qml.concatenate "two"
  // CHECK-NEXT: qml.concatenate "integers"(%{{.*}}, %{{.*}}, %{{.*}})
  // CHECK-NEXT: return
  %one = qml.concatenate "one" (%x) : tensor<?x1xf32> -> tensor<?x1xf32>
  %two = qml.concatenate "two" (%x, %one) : tensor<?x1xf32>, tensor<?x1xf32> -> tensor<?x2xf32>
  %integers = qml.concatenate "integers" (%y, %y, %y)
      : tensor<?x1xi8>, tensor<?x1xi8>, tensor<?x1xi8> -> tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %two, %integers : tensor<?x2xf32>, tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}
