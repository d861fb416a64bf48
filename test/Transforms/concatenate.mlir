// What the passes of quantization do with a concatenation: its inputs get
// quantizers, per axis where they are images, it has none of its own, and the
// result keeps the binary point of each channel.

// RUN: qml-opt %s --qml-insert-quantizers=input-dtype=int8 \
// RUN:   | FileCheck %s

// CHECK-LABEL: func @images(
// CHECK: %[[A:.*]] = qml.conv_2d "a"
// CHECK: %[[A_Q:.*]] = qml.output_quantizer(%[[A]]) bitwidth = 8 per_axis
// CHECK: %[[B:.*]] = qml.conv_2d "b"
// CHECK: %[[B_Q:.*]] = qml.output_quantizer(%[[B]]) bitwidth = 8 per_axis
// CHECK-NEXT: %[[C:.*]] = qml.concatenate "c"(%[[A_Q]], %[[B_Q]])
// CHECK-NOT: output_quantizer
// CHECK: qml.conv_2d "d"(%[[C]])
func.func @images(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %b = qml.conv_2d "b" (%x) kernel = dense<0.5> : tensor<1x1x2x1xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  %c = qml.concatenate "c" (%a, %b)
      : tensor<?x4x4x2xf32>, tensor<?x4x4x1xf32> -> tensor<?x4x4x3xf32>
  %d = qml.conv_2d "d" (%c) kernel = dense<0.5> : tensor<1x1x3x1xf32>
      padding = valid : tensor<?x4x4x3xf32> -> tensor<?x4x4x1xf32>
  return %d : tensor<?x4x4x1xf32>
}
