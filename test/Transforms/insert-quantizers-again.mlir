// Integers begin again after layers that run in float.

// RUN: qml-opt %s --split-input-file --qml-insert-quantizers 2> %t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=WARNING --implicit-check-not=warning < %t.err
// RUN: qml-opt %s --split-input-file \
// RUN:   --qml-insert-quantizers="output-bits=4 last-output-bits=16 per-tensor-activations=true" \
// RUN:   | FileCheck %s --check-prefix=OPTIONS
// RUN: qml-opt %s --split-input-file --qml-insert-quantizers=quantize-until=a 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNTIL --implicit-check-not=warning --implicit-check-not="qml.input_quantizer \"softmax"

// One quantizer for all that reads the float layer's result in integers; the
// results of the last layers are made real numbers.
// WARNING: warning: layer 'softmax' of class Softmax runs in float; integers begin again at 'b': it has exponentials, which have no integer form
// CHECK-LABEL: func @images(
// CHECK: %[[A:.*]] = qml.conv_2d "a"
// CHECK: %[[QA:.*]] = qml.output_quantizer(%[[A]])
// CHECK-NEXT: %[[FLOAT:.*]] = qml.dequantizer "a/dequantizer"(%[[QA]])
// CHECK-NEXT: %[[SOFTMAX:.*]] = qml.softmax "softmax"(%[[FLOAT]])
// CHECK-NEXT: %[[AGAIN:.*]] = qml.input_quantizer "softmax/quantizer"(%[[SOFTMAX]]) bitwidth = 8 per_axis
// CHECK-NEXT: %[[B:.*]] = qml.conv_2d "b"(%[[AGAIN]])
// CHECK-SAME: weight_quantizer
// CHECK-NOT: qml.input_quantizer
// CHECK: %[[C:.*]] = qml.conv_2d "c"(%[[AGAIN]])
// CHECK: %[[SUM:.*]] = qml.add "sum"
// CHECK-NEXT: %[[RESULT:.*]] = qml.dequantizer "sum/dequantizer"(%[[SUM]])
// CHECK-NEXT: return %[[RESULT]]
// OPTIONS-LABEL: func @images(
// OPTIONS: qml.input_quantizer "softmax/quantizer"({{.*}}) bitwidth = 4 per_tensor
// OPTIONS: %[[SUM:.*]] = qml.add "sum"
// OPTIONS-NEXT: qml.output_quantizer(%[[SUM]]) bitwidth = 16
// UNTIL-LABEL: func @images(
// UNTIL: qml.conv_2d "b"(%{{.*}}) kernel = dense<1.000000e+00> : tensor<1x1x4x4xf32> padding = same : tensor
func.func @images(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.conv_2d "a" (%x) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.softmax "softmax" (%0) : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.conv_2d "b" (%1) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "c" (%1) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.add "sum" (%2, %3)
      : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// A branch of integers meets one of floats: what has no kernels is quantized if
// it leads to one that has. A table needs one scale for all channels.
// WARNING: warning: layer 'softmax' of class Softmax runs in float; integers begin again at 'table': it has exponentials, which have no integer form
// CHECK-LABEL: func @branches(
// CHECK: %[[RELU:.*]] = qml.relu "relu"
// CHECK-NEXT: %[[Q:.*]] = qml.output_quantizer(%[[RELU]])
// CHECK-NEXT: %[[FLOAT:.*]] = qml.dequantizer "relu/dequantizer"(%[[Q]])
// CHECK-NEXT: %[[SOFTMAX:.*]] = qml.softmax "softmax"(%[[FLOAT]])
// CHECK-NEXT: %[[AGAIN:.*]] = qml.input_quantizer "softmax/quantizer"(%[[SOFTMAX]]) bitwidth = 8 per_tensor
// CHECK-NEXT: %[[TABLE:.*]] = qml.activation "table"(%[[AGAIN]])
// CHECK-NEXT: %[[QT:.*]] = qml.output_quantizer(%[[TABLE]])
// CHECK-NEXT: %[[SUM:.*]] = qml.add "sum"(%[[QT]], %[[Q]])
// CHECK: qml.conv_2d "b"
// CHECK: qml.dequantizer "b/dequantizer"
func.func @branches(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.conv_2d "a" (%x) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.softmax "softmax" (%1) : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.activation "table" (%2) function = sigmoid : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.add "sum" (%3, %1)
      : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.conv_2d "b" (%4) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %5 : tensor<?x8x8x4xf32>
}

// -----

// Nothing to gain: no layer after it has kernels. Each layer that can't run in
// integers is told.
// WARNING: warning: layer 'softmax' of class Softmax and what follows run in float: it has exponentials, which have no integer form
// WARNING: warning: layer 'again' of class Softmax and what follows run in float: it has exponentials, which have no integer form
// CHECK-LABEL: func @no_kernels(
// CHECK: qml.dequantizer "a/dequantizer"
// CHECK-NEXT: qml.softmax "softmax"
// CHECK-NEXT: qml.relu "relu"
// CHECK-NEXT: %[[LAST:.*]] = qml.softmax "again"
// CHECK-NEXT: return %[[LAST]]
func.func @no_kernels(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x4xf32> : tensor<?x4xf32> -> tensor<?x4xf32>
  %1 = qml.softmax "softmax" (%0) : tensor<?x4xf32> -> tensor<?x4xf32>
  %2 = qml.relu "relu" (%1) : tensor<?x4xf32> -> tensor<?x4xf32>
  %3 = qml.softmax "again" (%2) : tensor<?x4xf32> -> tensor<?x4xf32>
  return %3 : tensor<?x4xf32>
}
