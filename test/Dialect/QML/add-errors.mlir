// RUN: qml-opt %s -verify-diagnostics -split-input-file

// add_c1
func.func @add_c1_operands(%x: tensor<?x8xf32>, %y: tensor<?x4xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.add' op has operands of shapes ?x8 and ?x4; they must be equal}}
  %0 = qml.add "a" (%x, %y) : tensor<?x8xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// add_c1
func.func @add_c1_result(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{'qml.add' op has a result of shape ?x4; its operands give ?x8}}
  %0 = qml.add "a" (%x, %x) : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// add_c1: batches, too, where they are known
func.func @add_c1_batch(%x: tensor<?x8xf32>, %y: tensor<2x8xf32>) -> tensor<3x8xf32> {
  // expected-error @+1 {{'qml.add' op has a result of shape 3x8; its operands give 2x8}}
  %0 = qml.add "a" (%x, %y) : tensor<?x8xf32>, tensor<2x8xf32> -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}

// -----

// add_c2
func.func @add_c2(%x: tensor<?x8xi32>, %y: tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.add' op adds integers with a scale, of type 'tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>'; an output quantizer must go between}}
  %0 = qml.add "a" (%x, %y)
      : tensor<?x8xi32>, tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l3: the farther binary point of both
func.func @add_l3(%x: tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, %y: tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // expected-error @+1 {{'qml.add' op has a result of #qml.fixed<value_bits = 30, frac_bits = 3>; its operands give #qml.fixed<value_bits = 31, frac_bits = 5>}}
  %0 = qml.add "a" (%x, %y) {a_shift = dense<2> : tensor<i32>}
      : tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 5>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

// -----

// all_l3: half of a sum has one fractional bit more
func.func @add_l3_average(%x: tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // expected-error @+1 {{'qml.add' op has a result of #qml.fixed<value_bits = 30, frac_bits = 3>; its operands give #qml.fixed<value_bits = 31, frac_bits = 4>}}
  %0 = qml.add "a" (%x, %x) average
      : tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>, tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

// -----

// all_l4
func.func @add_l4_a(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.add' op has 'a_shift' of type 'tensor<2xi32>'; one value is allowed, or one for each of 8 channels}}
  %0 = qml.add "a" (%x, %x) {a_shift = dense<0> : tensor<2xi32>}
      : tensor<?x8xi32>, tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @add_l4_a_range(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.add' op has a shift of -1 in 'a_shift'; shifts are 0 to 40}}
  %0 = qml.add "a" (%x, %x) {a_shift = dense<-1> : tensor<i32>}
      : tensor<?x8xi32>, tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @add_l4_b(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.add' op has 'b_shift' of type 'tensor<2xi32>'; one value is allowed, or one for each of 8 channels}}
  %0 = qml.add "a" (%x, %x) {b_shift = dense<0> : tensor<2xi32>}
      : tensor<?x8xi32>, tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @add_l4_b_range(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.add' op has a shift of 41 in 'b_shift'; shifts are 0 to 40}}
  %0 = qml.add "a" (%x, %x) {b_shift = dense<41> : tensor<i32>}
      : tensor<?x8xi32>, tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}
