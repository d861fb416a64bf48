// RUN: qml-opt %s -verify-diagnostics -split-input-file

//===----------------------------------------------------------------------===//
// What all layers share
//===----------------------------------------------------------------------===//

// all_l1
func.func @l1_result(%x: tensor<?x8xf32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.relu' op has an operand of 'tensor<?x8xf32>' and a result of 'tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>'; both must be f32, or both integers}}
  %0 = qml.relu "a" (%x)
      : tensor<?x8xf32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l1
func.func @l1_mixed(%x: tensor<?x8xf32>, %y: tensor<?x8xi8>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.add' op has an operand of 'tensor<?x8xi8>' and a result of 'tensor<?x8xf32>'; both must be f32, or both integers}}
  %0 = qml.add "a" (%x, %y) : tensor<?x8xf32>, tensor<?x8xi8> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

func.func @element_type(%x: tensor<?x8xf64>) -> tensor<?x8xf64> {
  // expected-error @+1 {{'qml.relu' op operand #0 must be ranked tensor of 32-bit float or 8-bit signless integer}}
  %0 = qml.relu "a" (%x) : tensor<?x8xf64> -> tensor<?x8xf64>
  return %0 : tensor<?x8xf64>
}

// -----

func.func @unranked(%x: tensor<*xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{custom op 'qml.relu' invalid kind of type specified: expected builtin.tensor, but found 'tensor<*xf32>'}}
  %0 = qml.relu "a" (%x) : tensor<*xf32> -> tensor<?x8xf32>
  return %0 : tensor<*xf32>
}

// -----

// all_l2
func.func @l2_scalar(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape ; layers take a batch and at least one more axis, all of them known and not empty but the batch}}
  %0 = qml.relu "a" (%x) : tensor<f32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// all_l2
func.func @l2_batch_alone(%x: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape ?; layers take a batch and at least one more axis}}
  %0 = qml.relu "a" (%x) : tensor<?xf32> -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// all_l2
func.func @l2_dynamic(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape ?x?x8; layers take a batch}}
  %0 = qml.relu "a" (%x) : tensor<?x?x8xf32> -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// -----

// all_l2
func.func @l2_empty(%x: tensor<?x0xf32>) -> tensor<?x0xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape ?x0; layers take a batch}}
  %0 = qml.relu "a" (%x) : tensor<?x0xf32> -> tensor<?x0xf32>
  return %0 : tensor<?x0xf32>
}

// -----

// all_l2
func.func @l2_empty_batch(%x: tensor<0x8xf32>) -> tensor<0x8xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape 0x8; layers take a batch}}
  %0 = qml.relu "a" (%x) : tensor<0x8xf32> -> tensor<0x8xf32>
  return %0 : tensor<0x8xf32>
}

// -----

// all_l2
func.func @l2_result(%x: tensor<?x8xf32>) -> tensor<?x?xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape ?x?; layers take a batch}}
  %0 = qml.relu "a" (%x) : tensor<?x8xf32> -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// all_l2
func.func @l2_extent(%x: tensor<?x268435457xf32>) -> tensor<?x268435457xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor of shape ?x268435457; axes have at most 268435456 elements, tensors 1099511627776}}
  %0 = qml.relu "a" (%x) : tensor<?x268435457xf32> -> tensor<?x268435457xf32>
  return %0 : tensor<?x268435457xf32>
}

// -----

// all_l2
func.func @l2_elements(%x: tensor<?x268435456x4097xf32>) -> tensor<?x1099780063232xf32> {
  // expected-error @+1 {{'qml.flatten' op has a tensor of shape ?x268435456x4097; axes have at most 268435456 elements, tensors 1099511627776}}
  %0 = qml.flatten "a" (%x) : tensor<?x268435456x4097xf32> -> tensor<?x1099780063232xf32>
  return %0 : tensor<?x1099780063232xf32>
}

// -----

// all_l2: a product that wraps around to the other one
func.func @l2_overflow(%x: tensor<?x4294967296x4294967296x4xf32>) -> tensor<?x65536x281474976710656x4xf32> {
  // expected-error @+1 {{'qml.reshape' op has a tensor of shape ?x4294967296x4294967296x4; axes have at most 268435456 elements}}
  %0 = qml.reshape "a" (%x) : tensor<?x4294967296x4294967296x4xf32> -> tensor<?x65536x281474976710656x4xf32>
  return %0 : tensor<?x65536x281474976710656x4xf32>
}

// -----

// all_l3
func.func @l3_without_fixed(%x: tensor<?x8xi32>) -> tensor<?x8xi32> {
  // expected-error @+1 {{'qml.relu' op has an integer result of type 'tensor<?x8xi32>'; its type must say what the integers stand for, by the encoding #qml.fixed}}
  %0 = qml.relu "a" (%x) : tensor<?x8xi32> -> tensor<?x8xi32>
  return %0 : tensor<?x8xi32>
}

// -----

// all_l3
func.func @l3_other_encoding(%x: tensor<?x2xi32>) -> tensor<?x2xi32, "fixed"> {
  // expected-error @+1 {{'qml.relu' op has a tensor with the encoding "fixed"; integers have #qml.fixed, floats none}}
  %0 = qml.relu "a" (%x)
      : tensor<?x2xi32> -> tensor<?x2xi32, "fixed">
  return %0 : tensor<?x2xi32, "fixed">
}

// -----

// all_l3
func.func @l3_float_encoding(%x: tensor<?x8xf32, "fixed">) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.relu' op has a tensor with the encoding "fixed"; integers have #qml.fixed, floats none}}
  %0 = qml.relu "a" (%x) : tensor<?x8xf32, "fixed"> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// all_l3
func.func @l3_frac_bits(%x: tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4>> {
  // expected-error @+1 {{'qml.relu' op has a result of #qml.fixed<value_bits = 30, frac_bits = 4>; its operands give #qml.fixed<value_bits = 32, frac_bits = 3, scale = dense<1.000000e+00> : tensor<f32>>}}
  %0 = qml.relu "a" (%x)
      : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>
}

// -----

// all_l3: integers without an encoding stand for themselves
func.func @l3_frac_bits_of_input(%x: tensor<?x2xi32>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4>> {
  // expected-error @+1 {{'qml.relu' op has a result of #qml.fixed<value_bits = 30, frac_bits = 4>; its operands give #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<1.000000e+00> : tensor<f32>>}}
  %0 = qml.relu "a" (%x)
      : tensor<?x2xi32> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>
}

// -----

// all_l3
func.func @l3_frac_bits_of_channel(%x: tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = dense<[3, 4]> : tensor<2xi32>>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // expected-error @+1 {{'qml.relu' op has a result of #qml.fixed<value_bits = 30, frac_bits = 3>; its operands give #qml.fixed<value_bits = 32, frac_bits = dense<[3, 4]> : tensor<2xi32>, scale = dense<1.000000e+00> : tensor<f32>>}}
  %0 = qml.relu "a" (%x)
      : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = dense<[3, 4]> : tensor<2xi32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

// -----

// all_l3
func.func @l3_scale(%x: tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3, scale = dense<0.5> : tensor<f32>>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // expected-error @+1 {{'qml.relu' op has a result of #qml.fixed<value_bits = 30, frac_bits = 3>; its operands give #qml.fixed<value_bits = 32, frac_bits = 3, scale = dense<5.000000e-01> : tensor<f32>>}}
  %0 = qml.relu "a" (%x)
      : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3, scale = dense<0.5> : tensor<f32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

// -----

func.func @buffer_bitwidth(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.relu' op attribute 'buffer_bitwidth' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive whose maximum value is 32}}
  %0 = qml.relu "a" (%x) {buffer_bitwidth = 33 : i64} : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

//===----------------------------------------------------------------------===//
// rescaling
//===----------------------------------------------------------------------===//

// rescaling_c1
func.func @rescaling_c1_scale(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.rescaling' op has 2 values of scale; one is allowed, or one for each of 8 channels}}
  %0 = qml.rescaling "a" (%x) scale = [1.0, 2.0] : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// rescaling_c1
func.func @rescaling_c1_offset(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.rescaling' op has 0 values of offset; one is allowed, or one for each of 8 channels}}
  %0 = qml.rescaling "a" (%x) scale = [1.0] offset = [] : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// rescaling_c1
func.func @rescaling_c1_nan(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error-re @+1 {{'qml.rescaling' op has the value {{-?}}nan in 'scale'; it must be finite}}
  %0 = qml.rescaling "a" (%x) scale = [0x7FF8000000000000] : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// rescaling_c2
func.func @rescaling_c2(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{'qml.rescaling' op has a result of shape ?x4; its operands give ?x8}}
  %0 = qml.rescaling "a" (%x) scale = [1.0] : tensor<?x8xf32> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// rescaling_c3
func.func @rescaling_c3_scale(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{'qml.rescaling' op computes integers, but has a scale per channel; integer rescaling has one}}
  %0 = qml.rescaling "a" (%x) scale = [1.0, 2.0]
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// rescaling_c3
func.func @rescaling_c3_offset(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{'qml.rescaling' op computes integers, but has an offset; integer rescaling has none}}
  %0 = qml.rescaling "a" (%x) scale = [1.0] offset = [1.0]
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// all_l1: only the input of a network may be an integer before a float result
func.func @rescaling_l1(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.dropout "a" (%x) rate = 0.5
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  // expected-error @+1 {{'qml.rescaling' op has an operand of 'tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>' and a result of 'tensor<?x2xf32>'; both must be f32, or both integers}}
  %1 = qml.rescaling "b" (%0) scale = [1.0] : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// batch_norm
//===----------------------------------------------------------------------===//

// batch_norm_c1
func.func @batch_norm_c1(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.batch_norm' op has 'mean' of type 'tensor<3xf32>'; one value is needed for each of 2 channels}}
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.5> : tensor<3xf32> variance = dense<2.0> : tensor<2xf32> epsilon = 1.0e-3
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// batch_norm_c1
func.func @batch_norm_c1_rank(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.batch_norm' op has 'variance' of type 'tensor<f32>'; one value is needed for each of 2 channels}}
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.5> : tensor<2xf32> variance = dense<2.0> : tensor<f32> epsilon = 1.0e-3
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @batch_norm_type(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{attribute 'gamma' failed to satisfy constraint: array of f32}}
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<2xf64> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.5> : tensor<2xf32> variance = dense<2.0> : tensor<2xf32> epsilon = 1.0e-3
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// batch_norm_c2
func.func @batch_norm_c2_negative(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.batch_norm' op has an epsilon of -1; it must be finite and not negative}}
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.5> : tensor<2xf32> variance = dense<2.0> : tensor<2xf32> epsilon = -1.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// batch_norm_c2
func.func @batch_norm_c2_infinite(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.batch_norm' op has an epsilon of inf; it must be finite and not negative}}
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.5> : tensor<2xf32> variance = dense<2.0> : tensor<2xf32> epsilon = 0x7F800000
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// batch_norm_c3
func.func @batch_norm_c3(%x: tensor<?x4x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.batch_norm' op has a result of shape ?x2; its operands give ?x4x2}}
  %0 = qml.batch_norm "a" (%x) gamma = dense<1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.5> : tensor<2xf32> variance = dense<2.0> : tensor<2xf32> epsilon = 1.0e-3
      : tensor<?x4x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// relu, softmax, dropout
//===----------------------------------------------------------------------===//

// relu_c1
func.func @relu_c1_zero(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.relu' op has a maximum of 0; it must be positive and finite}}
  %0 = qml.relu "a" (%x) max_value = 0.0 : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// relu_c1
func.func @relu_c1_infinite(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.relu' op has a maximum of inf; it must be positive and finite}}
  %0 = qml.relu "a" (%x) max_value = 0x7F800000 : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// relu_c2
func.func @relu_c2(%x: tensor<?x8xf32>) -> tensor<?x7xf32> {
  // expected-error @+1 {{'qml.relu' op has a result of shape ?x7; its operands give ?x8}}
  %0 = qml.relu "a" (%x) : tensor<?x8xf32> -> tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}

// -----

// relu_c3
func.func @relu_c3(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.relu' op computes integers up to a maximum without 'quantized_max_value'}}
  %0 = qml.relu "a" (%x) max_value = 6.0
      : tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @relu_l4_maximum(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.relu' op has 'quantized_max_value' of type 'tensor<2xi32>'; one value is allowed, or one for each of 8 channels}}
  %0 = qml.relu "a" (%x) max_value = 6.0
      {quantized_max_value = dense<1> : tensor<2xi32>}
      : tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @relu_l4_shift(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.relu' op has 'max_value_shift' of type 'tensor<2xi32>'; one value is allowed, or one for each of 8 channels}}
  %0 = qml.relu "a" (%x) max_value = 6.0
      {quantized_max_value = dense<0> : tensor<i16>, max_value_shift = dense<1> : tensor<2xi32>}
      : tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @relu_l4_negative(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.relu' op has a shift of -1 in 'max_value_shift'; shifts are 0 to 40}}
  %0 = qml.relu "a" (%x) max_value = 6.0
      {quantized_max_value = dense<0> : tensor<i16>, max_value_shift = dense<-1> : tensor<i32>}
      : tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @relu_l4_range(%x: tensor<?x8xi32>) -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.relu' op has a shift of 41 in 'max_value_shift'; shifts are 0 to 40}}
  %0 = qml.relu "a" (%x) max_value = 6.0
      {quantized_max_value = dense<0> : tensor<i16>, max_value_shift = dense<41> : tensor<i32>}
      : tensor<?x8xi32> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// softmax_c1
func.func @softmax_c1(%x: tensor<?x8xf32>) -> tensor<?x7xf32> {
  // expected-error @+1 {{'qml.softmax' op has a result of shape ?x7; its operands give ?x8}}
  %0 = qml.softmax "a" (%x) : tensor<?x8xf32> -> tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}

// -----

// log_softmax_c1
func.func @log_softmax_c1(%x: tensor<?x8xf32>) -> tensor<?x7xf32> {
  // expected-error @+1 {{'qml.log_softmax' op has a result of shape ?x7; its operands give ?x8}}
  %0 = qml.log_softmax "a" (%x) : tensor<?x8xf32> -> tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}

// -----

// dropout_c1
func.func @dropout_c1(%x: tensor<?x8xf32>) -> tensor<?x7xf32> {
  // expected-error @+1 {{'qml.dropout' op has a result of shape ?x7; its operands give ?x8}}
  %0 = qml.dropout "a" (%x) rate = 0.5 : tensor<?x8xf32> -> tensor<?x7xf32>
  return %0 : tensor<?x7xf32>
}

// -----

// dropout_c2
func.func @dropout_c2_one(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.dropout' op has a rate of 1; it must be at least 0 and below 1}}
  %0 = qml.dropout "a" (%x) rate = 1.0 : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// dropout_c2
func.func @dropout_c2_negative(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.dropout' op has a rate of -0.5; it must be at least 0 and below 1}}
  %0 = qml.dropout "a" (%x) rate = -0.5 : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

//===----------------------------------------------------------------------===//
// zero_padding_2d, max_pool_2d, global_average_pool_2d
//===----------------------------------------------------------------------===//

// zero_padding_2d_c1
func.func @zero_padding_2d_c1(%x: tensor<?x8x8xf32>) -> tensor<?x8x8xf32> {
  // expected-error @+1 {{'qml.zero_padding_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.zero_padding_2d "a" (%x) pads = [0, 0, 0, 0] : tensor<?x8x8xf32> -> tensor<?x8x8xf32>
  return %0 : tensor<?x8x8xf32>
}

// -----

// zero_padding_2d_c2
func.func @zero_padding_2d_c2_negative(%x: tensor<?x8x8x2xf32>) -> tensor<?x7x8x2xf32> {
  // expected-error @+1 {{'qml.zero_padding_2d' op has pads of 0x-1x0x0; they must be 0 to 1048576}}
  %0 = qml.zero_padding_2d "a" (%x) pads = [0, -1, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x7x8x2xf32>
  return %0 : tensor<?x7x8x2xf32>
}

// -----

// zero_padding_2d_c2
func.func @zero_padding_2d_c2_huge(%x: tensor<?x8x8x2xf32>) -> tensor<?x7x8x2xf32> {
  // expected-error @+1 {{'qml.zero_padding_2d' op has pads of 9223372036854775807x0x0x0; they must be 0 to 1048576}}
  %0 = qml.zero_padding_2d "a" (%x) pads = [9223372036854775807, 0, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x7x8x2xf32>
  return %0 : tensor<?x7x8x2xf32>
}

// -----

// zero_padding_2d_c3
func.func @zero_padding_2d_c3(%x: tensor<?x8x8x2xf32>) -> tensor<?x10x8x2xf32> {
  // expected-error @+1 {{'qml.zero_padding_2d' op has a result of shape ?x10x8x2; its operands give ?x9x9x2}}
  %0 = qml.zero_padding_2d "a" (%x) pads = [0, 1, 0, 1] : tensor<?x8x8x2xf32> -> tensor<?x10x8x2xf32>
  return %0 : tensor<?x10x8x2xf32>
}

// -----

// max_pool_2d_c1
func.func @max_pool_2d_c1(%x: tensor<?x8x8xf32>) -> tensor<?x4x4xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8xf32> -> tensor<?x4x4xf32>
  return %0 : tensor<?x4x4xf32>
}

// -----

// max_pool_2d_c2
func.func @max_pool_2d_c2_size(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op has pool_size of 0x2; they must be 1 to 1048576}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [0, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// max_pool_2d_c2
func.func @max_pool_2d_c2_strides(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op has strides of 2x0; they must be 1 to 1048576}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [2, 2] strides = [2, 0] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// max_pool_2d_c3
func.func @max_pool_2d_c3_shape(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op has a result of shape ?x4x4x2; its operands give ?x3x3x2}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [3, 3] strides = [2, 2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// max_pool_2d_c3
func.func @max_pool_2d_c3_too_small(%x: tensor<?x2x8x2xf32>) -> tensor<?x1x3x2xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op window of 3x3 (dilated 1x1) doesn't fit into an image of 2x8 without padding}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [3, 3] strides = [2, 2] padding = valid
      : tensor<?x2x8x2xf32> -> tensor<?x1x3x2xf32>
  return %0 : tensor<?x1x3x2xf32>
}

// -----

// max_pool_2d_c4
func.func @max_pool_2d_c4_top(%x: tensor<?x8x8x2xf32>) -> tensor<?x5x3x2xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op has pads of 2x0x0x0 and a window of 2x3; pads are less than the window}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [2, 3] strides = [2, 2] pads = [2, 0, 0, 0]
      : tensor<?x8x8x2xf32> -> tensor<?x5x3x2xf32>
  return %0 : tensor<?x5x3x2xf32>
}

// -----

// max_pool_2d_c4
func.func @max_pool_2d_c4_right(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x5x2xf32> {
  // expected-error @+1 {{'qml.max_pool_2d' op has pads of 1x1x1x2 and a window of 3x2; pads are less than the window}}
  %0 = qml.max_pool_2d "a" (%x) pool_size = [3, 2] strides = [2, 2] pads = [1, 1, 1, 2]
      : tensor<?x8x8x2xf32> -> tensor<?x4x5x2xf32>
  return %0 : tensor<?x4x5x2xf32>
}

// -----

// global_average_pool_2d_c1
func.func @global_average_pool_2d_c1(%x: tensor<?x8x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.global_average_pool_2d' op takes images (batch, height, width, channels); found shape ?x8x2}}
  %0 = qml.global_average_pool_2d "a" (%x) : tensor<?x8x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// global_average_pool_2d_c2
func.func @global_average_pool_2d_c2(%x: tensor<?x8x8x2xf32>) -> tensor<?x1x1x2xf32> {
  // expected-error @+1 {{'qml.global_average_pool_2d' op has a result of shape ?x1x1x2; its operands give ?x2}}
  %0 = qml.global_average_pool_2d "a" (%x) : tensor<?x8x8x2xf32> -> tensor<?x1x1x2xf32>
  return %0 : tensor<?x1x1x2xf32>
}

// -----

// global_average_pool_2d_c2
func.func @global_average_pool_2d_c2_keep(%x: tensor<?x8x8x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.global_average_pool_2d' op has a result of shape ?x2; its operands give ?x1x1x2}}
  %0 = qml.global_average_pool_2d "a" (%x) keep_dims : tensor<?x8x8x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// all_l4
func.func @global_average_pool_2d_l4(%x: tensor<?x8x8x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.015625> : tensor<f32>>> {
  // expected-error @+1 {{'qml.global_average_pool_2d' op has 'input_shift' of type 'tensor<8xi32>'; one value is allowed, or one for each of 2 channels}}
  %0 = qml.global_average_pool_2d "a" (%x)
      {input_shift = dense<0> : tensor<8xi32>}
      : tensor<?x8x8x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.015625> : tensor<f32>>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.015625> : tensor<f32>>>
}

// -----

// all_l4
func.func @global_average_pool_2d_l4_range(%x: tensor<?x8x8x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.015625> : tensor<f32>>> {
  // expected-error @+1 {{'qml.global_average_pool_2d' op has a shift of 41 in 'input_shift'; shifts are 0 to 40}}
  %0 = qml.global_average_pool_2d "a" (%x)
      {input_shift = dense<[40, 41]> : tensor<2xi32>}
      : tensor<?x8x8x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.015625> : tensor<f32>>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<0.015625> : tensor<f32>>>
}

// -----

// all_l3: the mean divides
func.func @global_average_pool_2d_l3(%x: tensor<?x8x8x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.global_average_pool_2d' op has a result of #qml.fixed<value_bits = 30, frac_bits = 0>; its operands give #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<1.562500e-02> : tensor<f32>>}}
  %0 = qml.global_average_pool_2d "a" (%x)
      : tensor<?x8x8x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

//===----------------------------------------------------------------------===//
// flatten, reshape
//===----------------------------------------------------------------------===//

// flatten_c1
func.func @flatten_c1(%x: tensor<?x2x3x4xf32>) -> tensor<?x12xf32> {
  // expected-error @+1 {{'qml.flatten' op has a result of shape ?x12; its operands give ?x24}}
  %0 = qml.flatten "a" (%x) : tensor<?x2x3x4xf32> -> tensor<?x12xf32>
  return %0 : tensor<?x12xf32>
}

// -----

// all_l4
func.func @flatten_l4(%x: tensor<?x2x3x4xi8>) -> tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{'qml.flatten' op has 'input_shift' of type 'tensor<24xi32>'; one value is allowed, or one for each of 4 channels}}
  %0 = qml.flatten "a" (%x) {input_shift = dense<0> : tensor<24xi32>}
      : tensor<?x2x3x4xi8> -> tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// all_l4
func.func @flatten_l4_range(%x: tensor<?x2x3x4xi8>) -> tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{'qml.flatten' op has a shift of 41 in 'input_shift'; shifts are 0 to 40}}
  %0 = qml.flatten "a" (%x) {input_shift = dense<[0, 1, 2, 41]> : tensor<4xi32>}
      : tensor<?x2x3x4xi8> -> tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// reshape_c1
func.func @reshape_c1_elements(%x: tensor<?x24xf32>) -> tensor<?x5x5xf32> {
  // expected-error @+1 {{'qml.reshape' op makes a shape of ?x5x5 from one of ?x24; a sample must keep its number of elements}}
  %0 = qml.reshape "a" (%x) : tensor<?x24xf32> -> tensor<?x5x5xf32>
  return %0 : tensor<?x5x5xf32>
}

// -----

// reshape_c1
func.func @reshape_c1_batch(%x: tensor<2x24xf32>) -> tensor<3x24xf32> {
  // expected-error @+1 {{'qml.reshape' op makes a shape of 3x24 from one of 2x24; a sample must keep its number of elements}}
  %0 = qml.reshape "a" (%x) : tensor<2x24xf32> -> tensor<3x24xf32>
  return %0 : tensor<3x24xf32>
}

// -----

// reshape_c2
func.func @reshape_c2_frac_bits(%x: tensor<?x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1]> : tensor<2xi32>>>) -> tensor<?x2x12xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{'qml.reshape' op changes the last axis of integers that have a binary point or a scale per channel}}
  %0 = qml.reshape "a" (%x)
      : tensor<?x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1]> : tensor<2xi32>>> -> tensor<?x2x12xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x2x12xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// reshape_c2
func.func @reshape_c2_scale(%x: tensor<?x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<[1.0, 2.0]> : tensor<2xf32>>>) -> tensor<?x2x12xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{'qml.reshape' op changes the last axis of integers that have a binary point or a scale per channel}}
  %0 = qml.reshape "a" (%x)
      : tensor<?x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<[1.0, 2.0]> : tensor<2xf32>>> -> tensor<?x2x12xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x2x12xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

func.func @empty_name(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.relu' op has an empty name; names have one character or more}}
  %0 = qml.relu "" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// Four channels are none of the result's two.
func.func @other_channels(%x: tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2, 3, 4]> : tensor<4xi32>>>)
    -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>> {
  // expected-error @+1 {{'qml.dropout' op has a result of #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>; its operands give}}
  %0 = qml.dropout "a" (%x) rate = 0.5
      : tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2, 3, 4]> : tensor<4xi32>>>
      -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>>
}
