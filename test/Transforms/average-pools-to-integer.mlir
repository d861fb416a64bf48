// RUN: qml-opt %s --qml-insert-quantizers=input-dtype=int8 --mlir-print-local-scope | FileCheck %s --check-prefix=QUANTIZERS
// RUN: qml-opt %s --qml-insert-quantizers=input-dtype=int8 \
// RUN:   --qml-calibrate="num-samples=4 epochs=1" --qml-to-integer --mlir-print-local-scope 2>/dev/null | FileCheck %s
// By the chip's rules, whose quantizers read buffers with a sign, too.
// RUN: qml quantize %s --input-dtype=int8 --num-samples=4 --arithmetic=akida -o %t.mlir
// RUN: FileCheck %s --check-prefix=CHIP < %t.mlir
// CHIP: #[[$SUMS:[a-z0-9]+]] = #qml.fixed<value_bits = 31, frac_bits = {{.*}}, scale = dense<0.02777
// CHIP: qml.average_pool_2d "border"
// CHIP-SAME: #[[$SUMS]]>
// CHIP-NEXT: qml.output_quantizer(%border)

// A mean over windows of 9, 6 and 4 cells is a sum of 36ths. It takes integers
// in fixed point, and has a quantizer of its own.
// QUANTIZERS-LABEL: func @border(
// QUANTIZERS: qml.conv_2d "conv"
// QUANTIZERS-NEXT: qml.output_quantizer
// QUANTIZERS-NEXT: qml.average_pool_2d "border"
// QUANTIZERS-NEXT: qml.output_quantizer
// QUANTIZERS-NEXT: qml.dense "dense"
// CHECK-LABEL: func @border(
// CHECK: qml.average_pool_2d "border"
// CHECK-SAME: #qml.fixed<value_bits = 31, frac_bits = {{.*}}, scale = dense<0.02777
func.func @border(%x: tensor<?x4x4x1xf32>) -> tensor<?x4x4x2xf32> {
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x1x1xf32> padding = valid
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %1 = qml.average_pool_2d "border" (%0) pool_size = [3, 3] strides = [1, 1] padding = same
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xf32>
  %2 = qml.dense "dense" (%1) kernel = dense<1.0> : tensor<1x2xf32>
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  return %2 : tensor<?x4x4x2xf32>
}
