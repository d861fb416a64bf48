// RUN: qml-opt %s --qml-fold-zero-points -verify-diagnostics -split-input-file

func.func @no_range(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  // expected-error @+1 {{the quantizer 'input_quantizer' has no range; calibrate the network first}}
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.dense "dense" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// -----

func.func @no_layer(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{the zero point of 'input_quantizer' can't be folded: no convolution or dense layer alone follows; use a signed input type}}
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

func.func @two_layers(%x: tensor<?x2xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  // expected-error @+1 {{the zero point of 'input_quantizer' can't be folded}}
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x1xf32> : tensor<?x2xf32> -> tensor<?x1xf32>
  %2 = qml.dense "b" (%0) kernel = dense<1.0> : tensor<2x1xf32> : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1, %2 : tensor<?x1xf32>, tensor<?x1xf32>
}
