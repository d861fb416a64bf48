// RUN: qml-opt %s -verify-diagnostics -split-input-file

// concatenate_c1
func.func @concatenate_c1() -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.concatenate' op has no inputs; it joins one or more}}
  %0 = "qml.concatenate"() <{layer_name = "a"}> : () -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// concatenate_c2
func.func @concatenate_c2_extent(%x: tensor<?x4x4x2xf32>, %y: tensor<?x4x5x2xf32>) -> tensor<?x4x4x4xf32> {
  // expected-error @+1 {{'qml.concatenate' op joins tensors of shapes ?x4x4x2 and ?x4x5x2; all axes but the last must be equal}}
  %0 = qml.concatenate "a" (%x, %y)
      : tensor<?x4x4x2xf32>, tensor<?x4x5x2xf32> -> tensor<?x4x4x4xf32>
  return %0 : tensor<?x4x4x4xf32>
}

// -----

// concatenate_c2
func.func @concatenate_c2_rank(%x: tensor<?x4x4x2xf32>, %y: tensor<?x2xf32>) -> tensor<?x4x4x4xf32> {
  // expected-error @+1 {{'qml.concatenate' op joins tensors of shapes ?x4x4x2 and ?x2; all axes but the last must be equal}}
  %0 = qml.concatenate "a" (%x, %x, %y)
      : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x2xf32> -> tensor<?x4x4x4xf32>
  return %0 : tensor<?x4x4x4xf32>
}

// -----

// concatenate_c2: batches, too, where they are known
func.func @concatenate_c2_batch(%x: tensor<2x8xf32>, %y: tensor<3x8xf32>) -> tensor<?x16xf32> {
  // expected-error @+1 {{'qml.concatenate' op joins tensors of shapes 2x8 and 3x8; all axes but the last must be equal}}
  %0 = qml.concatenate "a" (%x, %y) : tensor<2x8xf32>, tensor<3x8xf32> -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// -----

func.func @concatenate_result(%x: tensor<?x8xf32>, %y: tensor<4x3xf32>) -> tensor<4x12xf32> {
  // expected-error @+1 {{'qml.concatenate' op has a result of shape 4x12; its operands give 4x11}}
  %0 = qml.concatenate "a" (%x, %y) : tensor<?x8xf32>, tensor<4x3xf32> -> tensor<4x12xf32>
  return %0 : tensor<4x12xf32>
}

// -----

// concatenate_c3
func.func @concatenate_c3(%x: tensor<?x2xi8>, %y: tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>) -> tensor<?x4xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.concatenate' op joins integers with a scale, of type 'tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>'; an output quantizer must go between}}
  %0 = qml.concatenate "a" (%x, %y)
      : tensor<?x2xi8>, tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> -> tensor<?x4xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x4xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l1
func.func @concatenate_l1(%x: tensor<?x2xf32>, %y: tensor<?x2xi8>) -> tensor<?x4xf32> {
  // expected-error @+1 {{'qml.concatenate' op has an operand of 'tensor<?x2xi8>' and a result of 'tensor<?x4xf32>'; both must be f32, or both integers}}
  %0 = qml.concatenate "a" (%x, %y) : tensor<?x2xf32>, tensor<?x2xi8> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// all_l3: each channel keeps its binary point
func.func @concatenate_l3(%x: tensor<?x1xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, %y: tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = dense<[5, 6]> : tensor<2xi32>>>) -> tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 3>> {
  // expected-error @+1 {{'qml.concatenate' op has a result of #qml.fixed<value_bits = 7, frac_bits = 3>; its operands give #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5, 6]> : tensor<3xi32>>}}
  %0 = qml.concatenate "a" (%x, %y)
      : tensor<?x1xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = dense<[5, 6]> : tensor<2xi32>>> -> tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
  return %0 : tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
}

// -----

// concatenate_c4
func.func @concatenate_c4(%x: tensor<?x1xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, %y: tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = 3>>) -> tensor<?x3xi8, #qml.fixed<value_bits = 4, frac_bits = 3>> {
  // expected-error @+1 {{'qml.concatenate' op has a result of 4 value bits; its inputs give 7}}
  %0 = qml.concatenate "a" (%x, %y)
      : tensor<?x1xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = 3>> -> tensor<?x3xi8, #qml.fixed<value_bits = 4, frac_bits = 3>>
  return %0 : tensor<?x3xi8, #qml.fixed<value_bits = 4, frac_bits = 3>>
}
