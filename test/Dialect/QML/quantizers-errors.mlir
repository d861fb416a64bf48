// RUN: qml-opt %s -verify-diagnostics -split-input-file

//===----------------------------------------------------------------------===//
// input_quantizer
//===----------------------------------------------------------------------===//

// input_quantizer_c1
func.func @input_quantizer_c1_fixed(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xi8> {
  // expected-error @+1 {{'qml.input_quantizer' op has an integer result of type 'tensor<?x4x2xi8>'; its type must say what the integers stand for, by the encoding #qml.fixed}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xi8>
  return %0 : tensor<?x4x2xi8>
}

// -----

// input_quantizer_c1
func.func @input_quantizer_c1_shape(%x: tensor<?x4x2xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has a result of shape ?x8; its operands give ?x4x2}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor : tensor<?x4x2xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// input_quantizer_c1
func.func @input_quantizer_c1_operand(%x: tensor<?x4x2xi8>) -> tensor<?x4x2xi8> {
  // expected-error @+1 {{'qml.input_quantizer' op operand #0 must be ranked tensor of 32-bit float values}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor : tensor<?x4x2xi8> -> tensor<?x4x2xi8>
  return %0 : tensor<?x4x2xi8>
}

// -----

// input_quantizer_c2
func.func @input_quantizer_c2_signed(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has a bitwidth of 1; signed quantizers take 2 to 16}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 1 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c2
func.func @input_quantizer_c2_unsigned(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has a bitwidth of 17; unsigned quantizers take 1 to 16}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 17 unsigned per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c3
func.func @input_quantizer_c3(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op quantizes a tensor of shape ?x8 per axis; that needs a rank of 3 or more}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_axis : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_alone(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has one of 'range_min' and 'range_max'; they come together}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_per_tensor(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has 'range_min' of type 'tensor<2xf32>'; per_tensor quantizers have one value for all of 2 channels}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor
      {range_min = dense<0.0> : tensor<2xf32>, range_max = dense<1.0> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_per_axis(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has 'range_max' of type 'tensor<f32>'; per_axis quantizers have one value for each of 2 channels}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_axis
      {range_min = dense<0.0> : tensor<2xf32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_infinite(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has the value inf in 'range_max'; it must be finite}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_axis
      {range_min = dense<0.0> : tensor<2xf32>, range_max = dense<[1.0, 0x7F800000]> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_order(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has a range of 2 to 1; the minimum must not be above the maximum}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_axis
      {range_min = dense<[0.0, 2.0]> : tensor<2xf32>, range_max = dense<1.0> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_order_repeated(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has a range of 2 to 1; the minimum must not be above the maximum}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_axis
      {range_min = dense<2.0> : tensor<2xf32>, range_max = dense<1.0> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// input_quantizer_c4
func.func @input_quantizer_c4_unsigned(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = 8>> {
  // expected-error @+1 {{'qml.input_quantizer' op has a range of 0.5 to 1; unsigned integer quantizers start at zero or below}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<0.5> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = 8>>
  return %0 : tensor<?x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = 8>>
}

// -----

// input_quantizer_c5
func.func @input_quantizer_c5_signed(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  // expected-error @+1 {{'qml.input_quantizer' op has zero points, which belong to unsigned integer quantizers}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 per_tensor
      {zero_points = dense<0> : tensor<i32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %0 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// input_quantizer_c5
func.func @input_quantizer_c5_float(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.input_quantizer' op has zero points, which belong to unsigned integer quantizers}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 unsigned per_tensor {zero_points = dense<0> : tensor<i32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// all_l4
func.func @input_quantizer_l4(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = 8>> {
  // expected-error @+1 {{'qml.input_quantizer' op has 'zero_points' of type 'tensor<3xi32>'; one value is allowed, or one for each of 2 channels}}
  %0 = qml.input_quantizer "a" (%x) bitwidth = 8 unsigned per_tensor
      {zero_points = dense<0> : tensor<3xi32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = 8>>
  return %0 : tensor<?x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = 8>>
}

// -----

//===----------------------------------------------------------------------===//
// output_quantizer
//===----------------------------------------------------------------------===//

// output_quantizer_c1
func.func @output_quantizer_c1_stage(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has an operand of 'tensor<?x4x2xf32>' and a result of 'tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>'; both must be f32, or both integers}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<i32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// output_quantizer_c1
func.func @output_quantizer_c1_shape(%x: tensor<?x4x2xf32>) -> tensor<?x8xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has a result of shape ?x8; its operands give ?x4x2}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor : tensor<?x4x2xf32> -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// -----

// output_quantizer_c2
func.func @output_quantizer_c2(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has a bitwidth of 1; signed quantizers take 2 to 32}}
  %1 = qml.output_quantizer (%0) bitwidth = 1 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

func.func @output_quantizer_too_wide(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{attribute 'bitwidth' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 32}}
  %1 = qml.output_quantizer (%0) bitwidth = 33 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c3
func.func @output_quantizer_c3_owner(%x: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
  %0 = qml.max_pool_2d "pool" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op follows layer 'pool' of class MaxPooling2D, which can't rescale its result}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// -----

// output_quantizer_c3
func.func @output_quantizer_c3_argument(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  // expected-error @+1 {{'qml.output_quantizer' op doesn't follow a layer, whose result it quantizes}}
  %0 = qml.output_quantizer (%x) bitwidth = 8 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %0 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c3
func.func @output_quantizer_c3_twice(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op doesn't follow a layer}}
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %2 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c4
func.func @output_quantizer_c4(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  // expected-error @+1 {{'qml.output_quantizer' op quantizes a tensor of shape ?x8 per axis; that needs a rank of 3 or more}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_axis : tensor<?x8xf32> -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// -----

// output_quantizer_c5
func.func @output_quantizer_c5_count(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has 'range_max' of type 'tensor<4xf32>'; per_axis quantizers have one value for each of 2 channels}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_axis {range_max = dense<1.0> : tensor<4xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c5
func.func @output_quantizer_c5_rate_count(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has 'rescaling_rate' of type 'tensor<2xf32>'; per_tensor quantizers have one value for all of 2 channels}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor {rescaling_rate = dense<1.0> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c5
func.func @output_quantizer_c5_negative(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has a range of -1; it must not be negative}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_axis {range_max = dense<[1.0, -1.0]> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c5
func.func @output_quantizer_c5_infinite(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has the value inf in 'range_max'; it must be finite}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_axis {range_max = dense<0x7F800000> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c5
func.func @output_quantizer_c5_rate(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has a rescaling rate of 0; it must be positive}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor {rescaling_rate = dense<0.0> : tensor<f32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c7
func.func @output_quantizer_c7(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has the calibrator 'entropy'; allowed are moving-max, max, percentile and mse}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor {calibrator = "entropy"}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c6
func.func @output_quantizer_c6_without_shift(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has a result of type 'tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>' without 'shift'; integer quantizers have one, float ones none}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// output_quantizer_c6
func.func @output_quantizer_c6_with_shift(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op has a result of type 'tensor<?x4x2xf32>' with 'shift'; integer quantizers have one, float ones none}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor {shift = dense<0> : tensor<i32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// output_quantizer_c6
func.func @output_quantizer_c6_scales(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has one of 'scales' and 'scales_frac_bits'; they come together}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<i32>, scales = dense<1> : tensor<i32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// output_quantizer_c6
func.func @output_quantizer_c6_fixed_scale(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7, scale = dense<0.5> : tensor<f32>>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has a result with a scale, of type 'tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7, scale = dense<5.000000e-01> : tensor<f32>>>'; what it makes is in fixed point alone}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<i32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7, scale = dense<0.5> : tensor<f32>>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7, scale = dense<0.5> : tensor<f32>>>
}

// -----

// all_l4
func.func @output_quantizer_l4_shift(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has 'shift' of type 'tensor<4xi32>'; one value is allowed, or one for each of 2 channels}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<4xi32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// all_l4
func.func @output_quantizer_l4_scales(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has 'scales' of type 'tensor<4xi32>'; one value is allowed, or one for each of 2 channels}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<i32>, scales = dense<1> : tensor<4xi32>, scales_frac_bits = dense<1> : tensor<i32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

func.func @output_quantizer_frac_bits(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has the value 2147483647 in 'scales_frac_bits'; it is -256 to 256}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<i32>, scales = dense<1> : tensor<i32>, scales_frac_bits = dense<2147483647> : tensor<i32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// all_l4
func.func @output_quantizer_l4_frac_bits(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has 'scales_frac_bits' of type 'tensor<4xi32>'; one value is allowed, or one for each of 2 channels}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<0> : tensor<i32>, scales = dense<1> : tensor<i32>, scales_frac_bits = dense<1> : tensor<4xi32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

func.func @output_quantizer_shift_range(%x: tensor<?x4x2xi32>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi32> -> tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  // expected-error @+1 {{'qml.output_quantizer' op has a shift of -129 in 'shift'; those of scale-outs are -128 to 127}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<-129> : tensor<i32>, scales = dense<1> : tensor<i32>, scales_frac_bits = dense<1> : tensor<i32>}
      : tensor<?x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %1 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

// fixed_c4
func.func @fixed_c4_frac_bits(%x: tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[127, -2147483648]> : tensor<2xi32>>>) -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> {
  // expected-error @+1 {{'qml.relu' op has integers with 127 fractional bits; allowed are -126 to 126}}
  %0 = qml.relu "r" (%x) : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[127, -2147483648]> : tensor<2xi32>>> -> tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
  return %0 : tensor<?x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
}

// -----

func.func @output_quantizer_scale_bits(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{attribute 'scale_bits' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 16}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor {scale_bits = 17 : i64}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// dequantizer
//===----------------------------------------------------------------------===//

// dequantizer_c1
func.func @dequantizer_c1_shape(%x: tensor<?x8xi8>) -> tensor<?x4xf32> {
  // expected-error @+1 {{'qml.dequantizer' op has a result of shape ?x4; its operands give ?x8}}
  %0 = qml.dequantizer "a" (%x) : tensor<?x8xi8> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// dequantizer_c1
func.func @dequantizer_c1_type(%x: tensor<?x8xi8>) -> tensor<?x8xi8> {
  // expected-error @+1 {{'qml.dequantizer' op result #0 must be ranked tensor of 32-bit float values}}
  %0 = qml.dequantizer "a" (%x) : tensor<?x8xi8> -> tensor<?x8xi8>
  return %0 : tensor<?x8xi8>
}
