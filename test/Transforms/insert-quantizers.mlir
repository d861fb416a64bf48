// RUN: qml-opt %s --split-input-file --qml-insert-quantizers | FileCheck %s
// RUN: qml-opt %s --split-input-file --qml-insert-quantizers="input-weight-bits=6 weight-bits=4 activation-bits=5 output-bits=3 buffer-bits=24 per-tensor-activations=true input-dtype=int16 last-output-bits=9" \
// RUN:   | FileCheck %s --check-prefix=BITS

// A float input is quantized; the layer after it takes over its zero point, with
// a bias and padding that stands for zero. Images have a range per channel,
// vectors one; sums have a quantizer, since a convolution follows.
// CHECK-LABEL: func @main(
// CHECK-NEXT: qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 8 unsigned per_axis : tensor
// CHECK-NEXT: qml.rescaling "rescale"{{.*}} scale = [5.000000e-01] : tensor
// CHECK-NEXT: qml.conv_2d "conv"{{.*}} bias = dense<0.000000e+00> : tensor<2xf32> padding = same padding_value = [0.000000e+00] {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
// CHECK-NEXT: %[[CONV_RELU:.*]] = qml.relu "relu"{{.*}} max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64}
// CHECK-NEXT: %[[RELU:.*]] = qml.output_quantizer(%[[CONV_RELU]]) bitwidth = 8 per_axis : tensor<?x4x4x2xf32>
// CHECK-NEXT: %[[DW:.*]] = qml.depthwise_conv_2d "dw"(%[[RELU]]) {{.*}} padding = same {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
// CHECK-NEXT: %[[DWQ:.*]] = qml.output_quantizer(%[[DW]]) bitwidth = 8 per_axis :
// CHECK-NEXT: %[[ADD:.*]] = qml.add "add"(%[[RELU]], %[[DWQ]]) {buffer_bitwidth = 32 : i64}
// CHECK-NEXT: %[[ADDQ:.*]] = qml.output_quantizer(%[[ADD]]) bitwidth = 8 per_axis :
// CHECK-NEXT: qml.conv_2d "next"(%[[ADDQ]]) {{.*}} padding = valid {buffer_bitwidth = 28 : i64, weight_quantizer
// CHECK-NEXT: qml.relu "relu_1"
// CHECK-NEXT: %[[GAP:.*]] = qml.global_average_pool_2d "gap"{{.*}} {buffer_bitwidth = 32 : i64}
// CHECK-NEXT: qml.output_quantizer(%[[GAP]]) bitwidth = 8 per_tensor :
// CHECK-NEXT: qml.dropout
// CHECK-NEXT: %[[LOGITS:.*]] = qml.dense "logits"{{.*}} {buffer_bitwidth = 28 : i64, weight_quantizer
// CHECK-NEXT: %[[RESULT:.*]] = qml.dequantizer "dequantizer"(%[[LOGITS]])
// CHECK-NEXT: return %[[RESULT]]

// Results of ReLU are unsigned below 8 bits; a mean of them has their bits.
// BITS-LABEL: func @main(
// BITS-NEXT: qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 16 per_tensor : tensor
// BITS-NEXT: qml.rescaling
// BITS-NEXT: qml.conv_2d "conv"{{.*}} padding = same {buffer_bitwidth = 24 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 6, axis = -1>}
// BITS-NEXT: qml.relu "relu"{{.*}} {buffer_bitwidth = 24 : i64}
// BITS-NEXT: qml.output_quantizer{{.*}} bitwidth = 5 unsigned per_tensor {buffer_bitwidth = 24 : i64}
// BITS-NEXT: qml.depthwise_conv_2d "dw"{{.*}} weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -2>
// BITS-NEXT: qml.output_quantizer{{.*}} bitwidth = 3 per_tensor {buffer_bitwidth = 24 : i64}
// BITS-NEXT: qml.add
// BITS-NEXT: qml.output_quantizer{{.*}} bitwidth = 3 per_tensor {buffer_bitwidth = 24 : i64}
// BITS-NEXT: qml.conv_2d "next"
// BITS-NEXT: qml.relu "relu_1"
// BITS-NEXT: qml.global_average_pool_2d
// BITS-NEXT: qml.output_quantizer{{.*}} bitwidth = 5 per_tensor
// BITS-NEXT: qml.dropout
// BITS-NEXT: %[[LOGITS:.*]] = qml.dense "logits"
// BITS-SAME: config_keys = "{{.*}}output_quantizer.scale_bits{{.*}}"
// BITS-NEXT: qml.output_quantizer(%[[LOGITS]]) bitwidth = 9 per_tensor {buffer_bitwidth = 24 : i64}
// BITS-NEXT: qml.dequantizer
func.func @main(%x: tensor<?x4x4x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x2xf32> padding = same
      : tensor<?x4x4x3xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.depthwise_conv_2d "dw" (%2) kernel = dense<1.0> : tensor<3x3x2x1xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.add "add" (%2, %3) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %5 = qml.conv_2d "next" (%4) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %6 = qml.relu "relu_1" (%5) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %7 = qml.global_average_pool_2d "gap" (%6) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  %8 = qml.dropout "dropout" (%7) rate = 0.5 : tensor<?x2xf32> -> tensor<?x2xf32>
  %9 = qml.dense "logits" (%8) kernel = dense<1.0> : tensor<2x2xf32>
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %9 : tensor<?x2xf32>
}

// -----

// An integer input needs no quantizer; a float layer gets its dequantizer, and
// what follows stays in float.
// CHECK-LABEL: func @float_tail(
// CHECK-NEXT: qml.rescaling
// CHECK-NEXT: %[[LOGITS:.*]] = qml.dense "logits"
// CHECK-NEXT: %[[FLOAT:.*]] = qml.dequantizer "logits/dequantizer"(%[[LOGITS]])
// CHECK-NEXT: %[[SOFTMAX:.*]] = qml.softmax "softmax"(%[[FLOAT]])
// CHECK-NEXT: %[[LAST:.*]] = qml.relu "last"(%[[SOFTMAX]]) : tensor
// CHECK-NEXT: return %[[LAST]]
func.func @float_tail(%x: tensor<?x4xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x4xui8> -> tensor<?x4xf32>
  %1 = qml.dense "logits" (%0) kernel = dense<1.0> : tensor<4x2xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  %2 = qml.softmax "softmax" (%1) : tensor<?x2xf32> -> tensor<?x2xf32>
  %3 = qml.relu "last" (%2) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

// Two results, of which one is read by a layer, too.
// CHECK-LABEL: func @outputs(
// CHECK: %[[RELU:.*]] = qml.relu
// CHECK-NEXT: %[[Q:.*]] = qml.output_quantizer(%[[RELU]])
// CHECK-NEXT: %[[A:.*]] = qml.dequantizer "dequantizer"(%[[Q]])
// CHECK-NEXT: %[[DENSE:.*]] = qml.dense "b"(%[[Q]])
// CHECK-NEXT: %[[B:.*]] = qml.dequantizer "dequantizer_1"(%[[DENSE]])
// CHECK: return %[[A]], %[[B]]
func.func @outputs(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x2xf32>) {
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x4xf32>
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x4xf32> -> tensor<?x4xf32>
  %2 = qml.dense "b" (%1) kernel = dense<1.0> : tensor<4x2xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %1, %2 : tensor<?x4xf32>, tensor<?x2xf32>
}
