// REQUIRES: statistics
// RUN: qml-opt %s --qml-insert-rescaling="scale=2" --mlir-pass-statistics \
// RUN:   --mlir-pass-statistics-display=pipeline -o /dev/null 2>&1 | FileCheck %s

// CHECK: InsertRescaling
// CHECK-NEXT: (S) 2 inserted
func.func @main(%a: tensor<?x3xf32>, %b: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = qml.add "add" (%a, %b) : tensor<?x3xf32>, tensor<?x3xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
