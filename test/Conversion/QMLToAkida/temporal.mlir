// Layers with memory: each is another argument of the model, without a batch.

// RUN: qml-opt %s --split-input-file --verify-diagnostics --qml-to-integer \
// RUN:   --convert-qml-to-akida | FileCheck %s

// CHECK-LABEL: akida.model @queues
// CHECK:      ^bb0(%{{.*}}: tensor<?x2x3x2xf32>, %[[M:.*]]: tensor<2x3x3x2xi8>, %[[N:.*]]: tensor<2x3x2x4xi8>):
// CHECK:      akida.sequence "SW/q-e" backend = "Software" -> (tensor<?x2x3x4xf32>, tensor<2x3x3x2xi8>, tensor<2x3x2x4xi8>)
// CHECK:      %[[A:.*]], %[[M1:.*]] = akida.buffer_temp_conv "a"(%{{.*}}, %[[M]]) filters = 4 fifo_size = 3 activation = relu
// CHECK-SAME: input_shift = dense<0> : tensor<2xui8>
// CHECK-SAME: weights = dense<{{.*}}> : tensor<1x1x6x4xi8>
// CHECK:      %[[B:.*]], %[[N1:.*]] = akida.depthwise_buffer_temp_conv "b"(%[[A]], %[[N]]) fifo_size = 2
// CHECK-SAME: weights = dense<{{.*}}> : tensor<1x1x2x4xi8>
// CHECK:      akida.yield %{{.*}}, %[[M1]], %[[N1]]
module @queues {
  func.func @main(%image: tensor<?x2x3x2xf32>, %m: tensor<1x2x3x3x2xf32> {qml.state = "a"}, %n: tensor<1x2x3x2x4xf32> {qml.state = "b"})
      -> (tensor<?x2x3x4xf32>, tensor<1x2x3x3x2xf32> {qml.state = "a"}, tensor<1x2x3x2x4xf32> {qml.state = "b"}) {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %a, %m1 = qml.buffer_temp_conv "a" (%x, %m) kernel = dense<0.5> : tensor<3x2x4xf32>
        {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : (tensor<?x2x3x2xf32>, tensor<1x2x3x3x2xf32>) -> tensor<?x2x3x4xf32>
    %r = qml.relu "r" (%a) {buffer_bitwidth = 32 : i64} : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
    %qa = qml.output_quantizer (%r) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
    %b, %n1 = qml.depthwise_buffer_temp_conv "b" (%qa, %n) kernel = dense<0.5> : tensor<2x4xf32>
        {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : (tensor<?x2x3x4xf32>, tensor<1x2x3x2x4xf32>) -> tensor<?x2x3x4xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
    return %e, %m1, %n1 : tensor<?x2x3x4xf32>, tensor<1x2x3x3x2xf32>, tensor<1x2x3x2x4xf32>
  }
}

// -----

// Queues of the hardware have limits.
module @long {
  func.func @main(%image: tensor<?x2x3x2xf32>, %m: tensor<1x2x3x11x2xf32> {qml.state = "a"})
      -> (tensor<?x2x3x4xf32>, tensor<1x2x3x11x2xf32> {qml.state = "a"}) {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    // expected-error @+1 {{layer 'a': queue of 11 inputs: Akida 2.0 queues hold 2 to 10}}
    %a, %m1 = qml.buffer_temp_conv "a" (%x, %m) kernel = dense<0.5> : tensor<11x2x4xf32>
        {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : (tensor<?x2x3x2xf32>, tensor<1x2x3x11x2xf32>) -> tensor<?x2x3x4xf32>
    %e = qml.dequantizer "e" (%a) : tensor<?x2x3x4xf32> -> tensor<?x2x3x4xf32>
    return %e, %m1 : tensor<?x2x3x4xf32>, tensor<1x2x3x11x2xf32>
  }
}
