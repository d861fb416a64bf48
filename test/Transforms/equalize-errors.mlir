// RUN: qml-opt %s --qml-equalize -verify-diagnostics -split-input-file

func.func @no_range(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.relu "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{the quantizer of layer 'a' has no range; calibrate the network first}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.relu "b" (%1) : tensor<?x2xf32> -> tensor<?x2xf32>
  // Both are reported.
  // expected-error @+1 {{the quantizer of layer 'b' has no range; calibrate the network first}}
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor : tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

func.func @twice(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.relu "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{the quantizer of layer 'a' is equalized already; a network is equalized once}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, rescaling_rate = dense<1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
