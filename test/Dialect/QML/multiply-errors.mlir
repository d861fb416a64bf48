// RUN: qml-opt %s -verify-diagnostics -split-input-file

// multiply_c1
func.func @multiply_c1_channels(%x: tensor<?x4x4x2xf32>, %y: tensor<?x3xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.multiply' op has operands of shapes ?x4x4x2 and ?x3; they must be equal, or one a vector of the other's channels}}
  %0 = qml.multiply "a" (%x, %y) : tensor<?x4x4x2xf32>, tensor<?x3xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// multiply_c1
func.func @multiply_c1_rows(%x: tensor<?x4x4x2xf32>, %y: tensor<?x1x4x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.multiply' op has operands of shapes ?x4x4x2 and ?x1x4x2; they must be equal, or one a vector of the other's channels}}
  %0 = qml.multiply "a" (%x, %y) : tensor<?x4x4x2xf32>, tensor<?x1x4x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// multiply_c1
func.func @multiply_c1_batch(%x: tensor<2x4xf32>, %y: tensor<3x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{'qml.multiply' op has operands of shapes 2x4 and 3x4; they must be equal, or one a vector of the other's channels}}
  %0 = qml.multiply "a" (%x, %y) : tensor<2x4xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// multiply_c2
func.func @multiply_c2(%x: tensor<?x4x4x2xf32>, %y: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.multiply' op has a result of shape ?x2; its operands give ?x4x4x2}}
  %0 = qml.multiply "a" (%x, %y) : tensor<?x4x4x2xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// multiply_c3
func.func @multiply_c3(%x: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>, %y: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) -> tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>> {
  // expected-error @+1 {{'qml.multiply' op multiplies integers with a scale, of type 'tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>'; an output quantizer must go between}}
  %0 = qml.multiply "a" (%x, %y) : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>, tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> -> tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
  return %0 : tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
}
