// RUN: qml-opt %s --split-input-file --verify-diagnostics

// extract_token_c1
func.func @extract_token_c1(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.extract_token' op takes a token along axis 3 of a shape of ?x8x3; the axis is not the batch, and the shape has 3 to 7 axes}}
  %0 = qml.extract_token "t" (%x) token = 0 axis = 3 : tensor<?x8x3xf32> -> tensor<?x8xf32>
  return
}

// -----

// extract_token_c1: the batch
func.func @extract_token_c1_batch(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.extract_token' op takes a token along axis 0 of a shape of ?x8x3; the axis is not the batch, and the shape has 3 to 7 axes}}
  %0 = qml.extract_token "t" (%x) token = 0 axis = 0 : tensor<?x8x3xf32> -> tensor<8x3xf32>
  return
}

// -----

// extract_token_c1: nothing would be left
func.func @extract_token_c1_rank(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'qml.extract_token' op takes a token along axis 1 of a shape of ?x8; the axis is not the batch, and the shape has 3 to 7 axes}}
  %0 = qml.extract_token "t" (%x) token = 0 axis = 1 : tensor<?x8xf32> -> tensor<?x1xf32>
  return
}

// -----

// extract_token_c2
func.func @extract_token_c2(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.extract_token' op takes token 8 of axis 1, which has 8; tokens are 0 to 7}}
  %0 = qml.extract_token "t" (%x) token = 8 axis = 1 : tensor<?x8x3xf32> -> tensor<?x3xf32>
  return
}

// -----

// extract_token_c3
func.func @extract_token_c3(%x: tensor<?x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>>) {
  // expected-error @+1 {{'qml.extract_token' op takes a token of the last axis of integers that have a binary point or a scale per channel}}
  %0 = qml.extract_token "t" (%x) token = 1 axis = 2 : tensor<?x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>> -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 4>>
  return
}

// -----

// extract_token_c4
func.func @extract_token_c4(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.extract_token' op has a result of shape ?x8; its operands give ?x3}}
  %0 = qml.extract_token "t" (%x) token = 1 axis = 1 : tensor<?x8x3xf32> -> tensor<?x8xf32>
  return
}

// -----

// stateful_projection_c1
func.func @stateful_projection_c1(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_projection' op has a kernel for 4 inputs; the input's last axis has 3}}
  %0 = qml.stateful_projection "p" (%x) kernel = dense<0.5> : tensor<4x5xf32> : tensor<?x8x3xf32> -> tensor<?x8x5xf32>
  return
}

// -----

// stateful_projection_c2
func.func @stateful_projection_c2(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_projection' op has a kernel of type 'tensor<1x3x5xf32>'; it must be (in, out), none of them zero}}
  %0 = qml.stateful_projection "p" (%x) kernel = dense<0.5> : tensor<1x3x5xf32> : tensor<?x8x3xf32> -> tensor<?x8x5xf32>
  return
}

// -----

// stateful_projection_c3
func.func @stateful_projection_c3(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_projection' op has a subsample of 3 for an input of shape ?x8x3; it must be 1, or divide the steps of a sequence (batch, steps, channels)}}
  %0 = qml.stateful_projection "p" (%x) subsample = 3 kernel = dense<0.5> : tensor<3x5xf32> : tensor<?x8x3xf32> -> tensor<?x2x5xf32>
  return
}

// -----

// stateful_projection_c3: a vector has no steps
func.func @stateful_projection_c3_vector(%x: tensor<?x3xf32>) {
  // expected-error @+1 {{'qml.stateful_projection' op has a subsample of 2 for an input of shape ?x3; it must be 1, or divide the steps of a sequence (batch, steps, channels)}}
  %0 = qml.stateful_projection "p" (%x) subsample = 2 kernel = dense<0.5> : tensor<3x5xf32> : tensor<?x3xf32> -> tensor<?x5xf32>
  return
}

// -----

// stateful_projection_c4
func.func @stateful_projection_c4(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_projection' op has a result of shape ?x8x5; its operands give ?x4x5}}
  %0 = qml.stateful_projection "p" (%x) subsample = 2 kernel = dense<0.5> : tensor<3x5xf32> : tensor<?x8x3xf32> -> tensor<?x8x5xf32>
  return
}

// -----

// stateful_recurrent_c1
func.func @stateful_recurrent_c1(%x: tensor<?x4x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op takes sequences (batch, steps, channels); found shape ?x4x8x3}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<0.5> : tensor<3xf32> imag = dense<0.5> : tensor<3xf32> : tensor<?x4x8x3xf32> -> tensor<?x4x8x3x2xf32>
  return
}

// -----

// stateful_recurrent_c1: one factor per channel
func.func @stateful_recurrent_c1_count(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op has 'a_imag' of type 'tensor<2xf32>'; one value is needed for each of 3 channels}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<0.5> : tensor<3xf32> imag = dense<0.5> : tensor<2xf32> : tensor<?x8x3xf32> -> tensor<?x8x3x2xf32>
  return
}

// -----

// stateful_recurrent_c1: factors of the stage
func.func @stateful_recurrent_c1_stage(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op has 'a_real' of 'i16'; integer layers have integers, float layers floats}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<5> : tensor<3xi16> imag = dense<0.5> : tensor<3xf32> : tensor<?x8x3xf32> -> tensor<?x8x3x2xf32>
  return
}

// -----

// stateful_recurrent_c2
func.func @stateful_recurrent_c2(%x: tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op computes integers without one of 'state_bits', 'state_frac_bits', 'a_frac_bits', 'new_state_shift' and 'buffer_bitwidth'}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<5> : tensor<3xi16> imag = dense<5> : tensor<3xi16> : tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>> -> tensor<?x8x3x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
  return
}

// -----

// stateful_recurrent_c2: what float32 and the hardware hold
func.func @stateful_recurrent_c2_frac_bits(%x: tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op has 9223372036854775807 as 'a_frac_bits'; allowed are -126 to 126}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<5> : tensor<3xi16> imag = dense<5> : tensor<3xi16> {a_frac_bits = 9223372036854775807 : i64, buffer_bitwidth = 32 : i64, new_state_scale = dense<200> : tensor<i32>, new_state_shift = dense<8> : tensor<i32>, state_bits = 15 : i64, state_frac_bits = 12 : i64} : tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>> -> tensor<?x8x3x2xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>
  return
}

// -----

func.func @stateful_recurrent_c2_shift(%x: tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op has a shift of 128 in 'new_state_shift'; those of scale-outs are -128 to 127}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<5> : tensor<3xi16> imag = dense<5> : tensor<3xi16> {a_frac_bits = 15 : i64, buffer_bitwidth = 32 : i64, new_state_scale = dense<200> : tensor<i32>, new_state_shift = dense<128> : tensor<i32>, state_bits = 15 : i64, state_frac_bits = 12 : i64} : tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>> -> tensor<?x8x3x2xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>
  return
}

// -----

// stateful_recurrent_c2: scales of scaled inputs
func.func @stateful_recurrent_c2_scale(%x: tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>>) {
  // expected-error @+1 {{and a 'new_state_scale'; inputs with a scale need one, others none}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<5> : tensor<3xi16> imag = dense<5> : tensor<3xi16> {a_frac_bits = 15 : i64, buffer_bitwidth = 32 : i64, new_state_scale = dense<200> : tensor<i32>, new_state_shift = dense<8> : tensor<i32>, state_bits = 15 : i64, state_frac_bits = 12 : i64} : tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>> -> tensor<?x8x3x2xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>
  return
}

// -----

// stateful_recurrent_c3
func.func @stateful_recurrent_c3(%x: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.stateful_recurrent' op has a result of shape ?x8x3; its operands give ?x8x3x2}}
  %0 = qml.stateful_recurrent "r" (%x) real = dense<0.5> : tensor<3xf32> imag = dense<0.5> : tensor<3xf32> : tensor<?x8x3xf32> -> tensor<?x8x3xf32>
  return
}

// -----

// pico_post_processing_c1
func.func @pico_post_processing_c1(%x: tensor<?x8x3xf32>, %y: tensor<?x8x4xi16>) {
  // expected-error @+1 {{'qml.pico_post_processing' op has a prediction of shape ?x8x3 and a truth of shape ?x8x4; they must be equal}}
  %0 = qml.pico_post_processing "p" (%x, %y) threshold = 1.0 : (tensor<?x8x3xf32>, tensor<?x8x4xi16>) -> tensor<?x3xf32>
  return
}

// -----

// pico_post_processing_c2
func.func @pico_post_processing_c2(%x: tensor<?x8x3xf32>, %y: tensor<?x8x3xf32>) {
  // expected-error @+1 {{'qml.pico_post_processing' op has a truth of type 'tensor<?x8x3xf32>'; it must be an input of the network, of integers of 8 or 16 bits}}
  %0 = qml.pico_post_processing "p" (%x, %y) threshold = 1.0 : (tensor<?x8x3xf32>, tensor<?x8x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

// pico_post_processing_c3
func.func @pico_post_processing_c3(%x: tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>>, %y: tensor<?x8x3xi16>) {
  // expected-error @+1 {{'qml.pico_post_processing' op computes integers without 'shift' or 'buffer_bitwidth'}}
  %0 = qml.pico_post_processing "p" (%x, %y) threshold = 1.0 : (tensor<?x8x3xi32, #qml.fixed<value_bits = 27, frac_bits = 5>>, tensor<?x8x3xi16>) -> tensor<?x3xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>
  return
}

// -----

// pico_post_processing_c4
func.func @pico_post_processing_c4(%x: tensor<?x8x3xf32>, %y: tensor<?x8x3xi16>) {
  // expected-error @+1 {{'qml.pico_post_processing' op has the value inf in 'threshold'; it must be finite}}
  %0 = qml.pico_post_processing "p" (%x, %y) threshold = 0x7FF0000000000000 : (tensor<?x8x3xf32>, tensor<?x8x3xi16>) -> tensor<?x3xf32>
  return
}

// -----

// pico_post_processing_c5
func.func @pico_post_processing_c5(%x: tensor<?x8x3xf32>, %y: tensor<?x8x3xi16>) {
  // expected-error @+1 {{'qml.pico_post_processing' op has a result of shape ?x8; its operands give ?x3}}
  %0 = qml.pico_post_processing "p" (%x, %y) threshold = 1.0 : (tensor<?x8x3xf32>, tensor<?x8x3xi16>) -> tensor<?x8xf32>
  return
}
