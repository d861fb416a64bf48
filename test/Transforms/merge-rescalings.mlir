// RUN: qml-opt %s --qml-merge-rescalings | FileCheck %s

// 4 (2 x + 1) + (1, 2), with the name of the second.
// CHECK-LABEL: func @merged(
func.func @merged(%x: tensor<?x4x4x2xui8>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.rescaling "second"(%arg0) scale = [8.000000e+00] offset = [5.000000e+00, 6.000000e+00] : tensor<?x4x4x2xui8>
  // CHECK-NEXT: return
  %0 = qml.rescaling "first" (%x) scale = [2.0] offset = [1.0] : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xf32>
  %1 = qml.rescaling "second" (%0) scale = [4.0] offset = [1.0, 2.0] : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// Integers do these as they are.
// CHECK-LABEL: func @integers(
func.func @integers(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.rescaling "first"
  // CHECK-NEXT: qml.rescaling "second"
  %0 = qml.rescaling "first" (%x) scale = [2.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.rescaling "second" (%0) scale = [4.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// Something else reads the first one.
// CHECK-LABEL: func @two_users(
func.func @two_users(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  // CHECK-NEXT: qml.rescaling "first"
  // CHECK-NEXT: qml.rescaling "second"
  %0 = qml.rescaling "first" (%x) scale = [2.0] offset = [1.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.rescaling "second" (%0) scale = [4.0] : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
}

// After a reshape that keeps channels, not one that doesn't.
// CHECK-LABEL: func @reshaped(
func.func @reshaped(%x: tensor<?x6x2xf32>) -> (tensor<?x1x6x2xf32>, tensor<?x12xf32>) {
  // CHECK-NEXT: %[[IMAGE:.*]] = qml.reshape "image"(%arg0)
  // CHECK-NEXT: qml.rescaling "moved"(%[[IMAGE]]) scale = [1.000000e+00, 2.000000e+00] : tensor<?x1x6x2xf32>
  // CHECK-NEXT: qml.rescaling "stays"(%arg0)
  // CHECK-NEXT: qml.reshape "vector"
  %0 = qml.rescaling "moved" (%x) scale = [1.0, 2.0] : tensor<?x6x2xf32> -> tensor<?x6x2xf32>
  %1 = qml.reshape "image" (%0) : tensor<?x6x2xf32> -> tensor<?x1x6x2xf32>
  %2 = qml.rescaling "stays" (%x) scale = [1.0, 2.0] : tensor<?x6x2xf32> -> tensor<?x6x2xf32>
  %3 = qml.reshape "vector" (%2) : tensor<?x6x2xf32> -> tensor<?x12xf32>
  return %1, %3 : tensor<?x1x6x2xf32>, tensor<?x12xf32>
}
