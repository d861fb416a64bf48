// A recurrence between two projections is one layer of the hardware, whose
// states are another argument of the model.

// RUN: qml-opt %s --split-input-file --verify-diagnostics --qml-to-integer \
// RUN:   --convert-qml-to-akida | FileCheck %s

// CHECK-LABEL: akida.model @recurrent
// CHECK: ^bb0(%[[X:.*]]: tensor<?x1x4x3xi16>, %[[M:.*]]: tensor<2x2xi16>):
// CHECK: %[[I:.*]] = akida.input_data "input"(%[[X]]) input_bits = 16
// CHECK: %[[R:.*]], %[[M1:.*]] = akida.stateful_recurrent "out"(%[[I]], %[[M]]) stateful_channels = 2 output_channels = 3 output_bits = 28
// CHECK-SAME: A_imag = dense<16384> : tensor<2xi16>
// CHECK-SAME: A_real = dense<16384> : tensor<2xi16>
// CHECK-SAME: internal_state_outputs_shift = dense<-15> : tensor<2xi8>
// CHECK: %[[P:.*]] = akida.pico_post_processing "post"(%[[R]], %[[I]])
// The hardware's threshold has to be exceeded.
// CHECK-SAME: threshold = dense<39> : tensor<3xui16>
// CHECK-NOT: dequantizer
// CHECK: akida.yield %[[P]], %[[M1]]
module @recurrent {
  func.func @main(%x: tensor<?x4x3xi16>) -> tensor<?x3xf32> {
    %0 = qml.stateful_projection "in" (%x) kernel = dense<0.5> : tensor<3x2xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x4x3xi16> -> tensor<?x4x2xf32>
    %1 = qml.stateful_recurrent "rec" (%0) real = dense<0.5> : tensor<2xf32> imag = dense<0.5> : tensor<2xf32>
        {a_quantizer = #qml.weight_quantizer<bitwidth = 16, per_tensor>, buffer_bitwidth = 32 : i64} : tensor<?x4x2xf32> -> tensor<?x4x2x2xf32>
    %q = qml.output_quantizer (%1) bitwidth = 16 per_tensor {range_max = dense<100.0> : tensor<f32>} : tensor<?x4x2x2xf32> -> tensor<?x4x2x2xf32>
    %2 = qml.extract_token "real" (%q) token = 0 axis = 3 : tensor<?x4x2x2xf32> -> tensor<?x4x2xf32>
    %3 = qml.stateful_projection "out" (%2) kernel = dense<0.5> : tensor<2x3xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x4x2xf32> -> tensor<?x4x3xf32>
    %4 = qml.pico_post_processing "post" (%3, %x) threshold = 40.0 {buffer_bitwidth = 44 : i64} : (tensor<?x4x3xf32>, tensor<?x4x3xi16>) -> tensor<?x3xf32>
    %5 = qml.dequantizer "end" (%4) : tensor<?x3xf32> -> tensor<?x3xf32>
    return %5 : tensor<?x3xf32>
  }
}

// -----

// Imaginary parts are for the recurrence alone.
module @imaginary {
  func.func @main(%x: tensor<?x4x3xi16>) -> tensor<?x4x3xf32> {
    // expected-error @+1 {{layer 'in': Akida 2.0 has no layer for a StatefulProjection by itself; it takes a StatefulProjection, a StatefulRecurrent, an ExtractToken of its real parts}}
    %0 = qml.stateful_projection "in" (%x) kernel = dense<0.5> : tensor<3x2xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x4x3xi16> -> tensor<?x4x2xf32>
    // expected-error @+1 {{layer 'rec': Akida 2.0 has no layer for a StatefulRecurrent by itself}}
    %1 = qml.stateful_recurrent "rec" (%0) real = dense<0.5> : tensor<2xf32> imag = dense<0.5> : tensor<2xf32>
        {a_quantizer = #qml.weight_quantizer<bitwidth = 16, per_tensor>, buffer_bitwidth = 32 : i64} : tensor<?x4x2xf32> -> tensor<?x4x2x2xf32>
    %q = qml.output_quantizer (%1) bitwidth = 16 per_tensor {range_max = dense<100.0> : tensor<f32>} : tensor<?x4x2x2xf32> -> tensor<?x4x2x2xf32>
    // expected-error @+1 {{layer 'imag': Akida 2.0 has no layer for an ExtractToken by itself}}
    %2 = qml.extract_token "imag" (%q) token = 1 axis = 3 : tensor<?x4x2x2xf32> -> tensor<?x4x2xf32>
    // expected-error @+1 {{layer 'out': Akida 2.0 has no layer for a StatefulProjection by itself}}
    %3 = qml.stateful_projection "out" (%2) kernel = dense<0.5> : tensor<2x3xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x4x2xf32> -> tensor<?x4x3xf32>
    %5 = qml.dequantizer "end" (%3) : tensor<?x4x3xf32> -> tensor<?x4x3xf32>
    return %5 : tensor<?x4x3xf32>
  }
}
