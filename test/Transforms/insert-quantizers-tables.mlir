// RUN: qml-opt %s --qml-insert-quantizers=input-dtype=int8 | FileCheck %s

// A table is one for all channels, at the input, too.
// CHECK-LABEL: func @looked_up(
func.func @looked_up(%x: tensor<?x2x3x4xf32>) -> tensor<?x2x3x4xf32> {
  // CHECK-NEXT: qml.input_quantizer "input_quantizer"(%arg0) {{.*}}per_tensor
  // CHECK-NEXT: qml.activation
  %0 = qml.activation "swish" (%x) function = swish : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
  return %0 : tensor<?x2x3x4xf32>
}
