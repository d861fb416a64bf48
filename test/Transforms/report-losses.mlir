// RUN: qml-opt %s --split-input-file --qml-report-losses --verify-diagnostics
// RUN: not qml-opt %s --split-input-file --qml-report-losses=strict=true 2>&1 | FileCheck %s --check-prefix=STRICT

// A bias that its accumulator of 7 value bits can't hold.
// STRICT: error: layer 'dense': the bias of 1 of 2 channels is clipped
func.func @bias(%x: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<1.0> : tensor<f32>>> {
  // expected-warning@+1 {{layer 'dense': the bias of 1 of 2 channels is clipped: it is up to 3.1 times what the 7 value bits of the accumulator hold}}
  %0 = qml.dense "dense" (%x) kernel = dense<1> : tensor<2x2xi8> bias = dense<[100, 2]> : tensor<2xi8>
      {bias_shift = dense<2> : tensor<i32>, buffer_bitwidth = 8 : i64, kernel_scales = dense<1.0> : tensor<f32>}
      : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<1.0> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<1.0> : tensor<f32>>>
}

// -----

// Nothing to say of networks in float.
func.func @float(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.relu "relu" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
