// relu6(x + 3) / 6, as networks write it, and its product with x.

// RUN: qml-opt %s --qml-reconstruct-hard-silu | FileCheck %s

// CHECK-LABEL: func @sigmoid(
func.func @sigmoid(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: %[[RESULT:.*]] = qml.activation "last"(%arg0) function = hard_sigmoid_6 :
  // CHECK-NEXT: return %[[RESULT]]
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [3.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.rescaling "last" (%c) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// MobileNetV3 of Keras.
// CHECK-LABEL: func @sigmoid_first(
func.func @sigmoid_first(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: %[[SILU:.*]] = qml.activation "last"(%arg0) function = hard_silu :
  // CHECK-NEXT: return %[[SILU]]
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [3.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %d = qml.rescaling "sixth" (%c) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.multiply "last" (%x, %d) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// CHECK-LABEL: func @product_first(
func.func @product_first(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: %[[SILU:.*]] = qml.activation "last"(%arg0) function = hard_silu :
  // CHECK-NEXT: return %[[SILU]]
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [3.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %d = qml.multiply "product" (%c, %x) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.rescaling "last" (%d) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// CHECK-LABEL: func @swapped_product(
func.func @swapped_product(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: %[[SILU:.*]] = qml.activation "last"(%arg0) function = hard_silu :
  // CHECK-NEXT: return %[[SILU]]
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [3.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %d = qml.multiply "product" (%x, %c) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.rescaling "last" (%d) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// CHECK-LABEL: func @sixth_of_x(
func.func @sixth_of_x(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: %[[SILU:.*]] = qml.activation "last"(%arg0) function = hard_silu :
  // CHECK-NEXT: return %[[SILU]]
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [3.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %d = qml.rescaling "sixth" (%x) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.multiply "last" (%d, %c) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// Something else is as large, or as small.
// CHECK-LABEL: func @others(
func.func @others(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: qml.rescaling "add"
  // CHECK-NEXT: qml.relu "relu6"
  // CHECK-NEXT: qml.rescaling "sixth"
  // CHECK-NEXT: qml.multiply "last"
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [2.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %d = qml.rescaling "sixth" (%c) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.multiply "last" (%x, %d) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// Something else uses a part.
// CHECK-LABEL: func @used(
func.func @used(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK-NEXT: qml.rescaling "add"
  // CHECK-NEXT: qml.relu "relu6"
  // CHECK-NEXT: qml.rescaling "sixth"
  %s = qml.rescaling "add" (%x) scale = [1.0] offset = [3.0] : tensor<?x4xf32> -> tensor<?x4xf32>
  %c = qml.relu "relu6" (%s) max_value = 6.0 : tensor<?x4xf32> -> tensor<?x4xf32>
  %d = qml.rescaling "sixth" (%c) scale = [0.16666666666666666] : tensor<?x4xf32> -> tensor<?x4xf32>
  %r = qml.add "last" (%c, %d) : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}
