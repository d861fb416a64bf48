// RUN: qml-opt %s -verify-diagnostics -split-input-file

// activation_c1
func.func @activation_c1(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.activation' op has the function relu, which is an operation of its own: qml.relu}}
  %0 = qml.activation "a" (%x) function = relu : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// activation_c2
func.func @activation_c2(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.activation' op has an alpha; leaky_relu and elu have one, not tanh}}
  %0 = qml.activation "a" (%x) function = tanh alpha = 0.5 : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// activation_c2
func.func @activation_c2_infinite(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.activation' op has an alpha of inf; it must be finite}}
  %0 = qml.activation "a" (%x) function = elu alpha = 0x7F800000 : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// activation_c3
func.func @activation_c3(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{'qml.activation' op has a result of shape ?x3; its operands give ?x2}}
  %0 = qml.activation "a" (%x) function = tanh : tensor<?x2xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// activation_c4
func.func @activation_c4_scale(%x: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op looks up integers with a scale, of type 'tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>'; an output quantizer must go between}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64, table = dense<[1, 2, 3, 4]> : tensor<4xi8>, table_scale = 0.5 : f32}
      : tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c4
func.func @activation_c4_channels(%x: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = dense<[0, 1]> : tensor<2xi32>>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op looks up integers with a binary point per channel, of type 'tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = dense<[0, 1]> : tensor<2xi32>>>'; a table is for one}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64, table = dense<[1, 2, 3, 4]> : tensor<4xi8>, table_scale = 0.5 : f32}
      : tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = dense<[0, 1]> : tensor<2xi32>>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c5
func.func @activation_c5_none(%x: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op computes integers without 'table', 'table_scale' and 'lut_bitwidth'}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64}
      : tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c5
func.func @activation_c5_codes(%x: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op has a table of type 'tensor<5xi8>'; its input has 4 codes}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64, table = dense<1> : tensor<5xi8>, table_scale = 0.5 : f32}
      : tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c5
func.func @activation_c5_wide(%x: tensor<?x2xi32, #qml.fixed<value_bits = 16, frac_bits = 0>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op looks up integers of 16 value bits; tables are for at most 15}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64, table = dense<[1, 2, 3, 4]> : tensor<4xi8>, table_scale = 0.5 : f32}
      : tensor<?x2xi32, #qml.fixed<value_bits = 16, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c5
func.func @activation_c5_bits(%x: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op has an entry of 8 in its table; 'lut_bitwidth' is 4}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64, table = dense<[1, 2, 3, 8]> : tensor<4xi8>, table_scale = 0.5 : f32}
      : tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c5
func.func @activation_c5_scale(%x: tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>) -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // expected-error @+1 {{'qml.activation' op has a table with a scale of 0; scales are positive and finite}}
  %0 = qml.activation "a" (%x) function = tanh
      {lut_bitwidth = 4 : i64, table = dense<[1, 2, 3, 4]> : tensor<4xi8>, table_scale = 0.0 : f32}
      : tensor<?x2xi8, #qml.fixed<value_bits = 1, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}

// -----

// activation_c5
func.func @activation_c5_float(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.activation' op computes floats, and has a table for integers}}
  %0 = qml.activation "a" (%x) function = tanh {table_scale = 1.0 : f32} : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
