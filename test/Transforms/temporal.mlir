// Layers with memory: norms go into their weights, quantizers go around them,
// not around memories, which get the type of what they hold.

// RUN: qml-opt %s --qml-sanitize --qml-insert-quantizers=input-dtype=int8 | FileCheck %s --check-prefix=QUANTIZERS
// RUN: qml-opt %s --qml-sanitize --qml-convert-first-layers=input-dtype=uint8 | FileCheck %s --check-prefix=UNSIGNED
// RUN: qml-opt %s --qml-fold-batch-norms | FileCheck %s --check-prefix=NORM

// QUANTIZERS-LABEL: func.func @main(
// QUANTIZERS-SAME: %[[X:.*]]: tensor<?x2x2x2xf32>, %[[M:.*]]: tensor<1x2x2x3x2xf32> {qml.state = "btc"}, %[[N:.*]]: tensor<1x2x2x2x2xf32> {qml.state = "dbtc"})
// QUANTIZERS: %[[Q:.*]] = qml.input_quantizer "input_quantizer"(%[[X]])
// QUANTIZERS-NOT: input_quantizer
// QUANTIZERS: %[[A:.*]]:2 = qml.buffer_temp_conv "btc"(%[[Q]], %[[M]])
// QUANTIZERS-SAME: buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>
// QUANTIZERS: %[[QA:.*]] = qml.output_quantizer(%[[A]]#0)
// QUANTIZERS: %[[B:.*]]:2 = qml.depthwise_buffer_temp_conv "dbtc"(%[[QA]], %[[N]])
// QUANTIZERS: %[[D:.*]] = qml.dequantizer "dequantizer"(%[[B]]#0)
// QUANTIZERS-NEXT: return %[[D]], %[[A]]#1, %[[B]]#1

// A queue takes over no zero point: what it holds at first is zero.
// UNSIGNED: qml.conv_2d "input_identity_conv"
// UNSIGNED: qml.buffer_temp_conv "btc"

// NORM: kernel = dense<[{{\[}}2.000000e+00, 1.000000e+00], [1.000000e+00, 5.000000e-01]]> : tensor<2x2xf32> bias = dense<[1.000000e+00, 0.000000e+00]>
// NORM-NOT: batch_norm
module {
  func.func @main(%x: tensor<?x2x2x2xf32>, %m: tensor<1x2x2x3x2xf32> {qml.state = "btc"}, %n: tensor<1x2x2x2x2xf32> {qml.state = "dbtc"})
      -> (tensor<?x2x2x2xf32>, tensor<1x2x2x3x2xf32> {qml.state = "btc"}, tensor<1x2x2x2x2xf32> {qml.state = "dbtc"}) {
    %0, %m0 = qml.buffer_temp_conv "btc" (%x, %m) kernel = dense<0.5> : tensor<3x2x2xf32>
        : (tensor<?x2x2x2xf32>, tensor<1x2x2x3x2xf32>) -> tensor<?x2x2x2xf32>
    %1, %n0 = qml.depthwise_buffer_temp_conv "dbtc" (%0, %n) kernel = dense<[[1.0, 1.0], [0.5, 0.5]]> : tensor<2x2xf32>
        : (tensor<?x2x2x2xf32>, tensor<1x2x2x2x2xf32>) -> tensor<?x2x2x2xf32>
    %2 = qml.batch_norm "bn" (%1) gamma = dense<[2.0, 1.0]> : tensor<2xf32> beta = dense<[1.0, 0.0]> : tensor<2xf32>
        mean = dense<0.0> : tensor<2xf32> variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    return %2, %m0, %n0 : tensor<?x2x2x2xf32>, tensor<1x2x2x3x2xf32>, tensor<1x2x2x2x2xf32>
  }
}
