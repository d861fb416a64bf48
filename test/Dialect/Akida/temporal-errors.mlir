// RUN: qml-opt %s --verify-diagnostics --split-input-file

//===----------------------------------------------------------------------===//
// buffer_temp_conv
//===----------------------------------------------------------------------===//

// buffer_temp_conv_a2
func.func @buffer_temp_conv_a2_short(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x1x4xi8>) {
  // expected-error @+1 {{layer 'btc': queue of 1 input (fifo_size): Akida 2.0 queues hold 2 to 10}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 1
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x1x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x1x4xi8>)
  return
}

// -----

// buffer_temp_conv_a2
func.func @buffer_temp_conv_a2_long(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x11x4xi8>) {
  // expected-error @+1 {{layer 'btc': queue of 11 inputs (fifo_size): Akida 2.0 queues hold 2 to 10}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 11
      {weights = dense<1> : tensor<1x1x44x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x11x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x11x4xi8>)
  return
}

// -----

// buffer_temp_conv_a2
func.func @buffer_temp_conv_a2_input(%x: tensor<?x8x8x4xi16>, %m: tensor<8x8x3x4xi16>) {
  // expected-error @+1 {{layer 'btc': input of 16 bits: Akida 2.0 queues take 1 to 8}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi16>, tensor<8x8x3x4xi16>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi16>)
  return
}

// -----

// buffer_temp_conv_a2
func.func @buffer_temp_conv_a2_weights_bits(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xi8>) {
  // expected-error @+1 {{layer 'btc': weights of 3 bits (weights_bits): Akida 2.0 layers take 4 or 8}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3 weights_bits = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>)
  return
}

// -----

// buffer_temp_conv_a3
func.func @buffer_temp_conv_a3(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xi8>) {
  // expected-error @+1 {{layer 'btc': (A3) the variable 'weights' is of type 'tensor<1x1x4x2xi8>', needed is 'tensor<1x1x12x2xi8>'}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>)
  return
}

// -----

// buffer_temp_conv_a4
func.func @buffer_temp_conv_a4(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xi8>) {
  // expected-error @+1 {{layer 'btc': (A4) its result is of type 'tensor<?x8x8x4xi8>', needed is 'tensor<?x8x8x2xi8>'}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
  return
}

// -----

// buffer_temp_conv_a4: of the memory, too.
func.func @buffer_temp_conv_memory_length(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x2x4xi8>) {
  // expected-error @+1 {{layer 'btc': its memory is of type 'tensor<8x8x2x4xi8>', needed is 'tensor<8x8x3x4xi8>'}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x2x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x2x4xi8>)
  return
}

// -----

// buffer_temp_conv_a4
func.func @buffer_temp_conv_memory_type(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xui8>) {
  // expected-error @+1 {{layer 'btc': its memory is of type 'tensor<8x8x3x4xui8>', needed is 'tensor<8x8x3x4xi8>'}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xui8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xui8>)
  return
}

// -----

// buffer_temp_conv_a4
func.func @buffer_temp_conv_memory_unknown(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x?xi8>) {
  // expected-error @+1 {{layer 'btc': its memory is of type 'tensor<8x8x3x?xi8>', needed is 'tensor<8x8x3x4xi8>'}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x?xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x?xi8>)
  return
}

// -----

// buffer_temp_conv_a4: of what is returned.
func.func @buffer_temp_conv_new_memory(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xi8>) {
  // expected-error @+1 {{, needed is 'tensor<8x8x3x4xi8>'}}
  %0, %n = akida.buffer_temp_conv "btc" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi16>)
  return
}

// -----

//===----------------------------------------------------------------------===//
// depthwise_buffer_temp_conv
//===----------------------------------------------------------------------===//

// depthwise_buffer_temp_conv_a2
func.func @depthwise_buffer_temp_conv_a2(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x12x4xi8>) {
  // expected-error @+1 {{layer 'dbtc': queue of 12 inputs (fifo_size): Akida 2.0 queues hold 2 to 10}}
  %0, %n = akida.depthwise_buffer_temp_conv "dbtc" (%x, %m) fifo_size = 12
      {weights = dense<1> : tensor<1x1x12x4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x12x4xi8>)
      -> (tensor<?x8x8x4xi8>, tensor<8x8x12x4xi8>)
  return
}

// -----

// depthwise_buffer_temp_conv_a2
func.func @depthwise_buffer_temp_conv_a2_input(%x: tensor<?x8x8x4xi32>, %m: tensor<8x8x3x4xi32>) {
  // expected-error @+1 {{layer 'dbtc': input of 32 bits: Akida 2.0 queues take 1 to 8}}
  %0, %n = akida.depthwise_buffer_temp_conv "dbtc" (%x, %m) fifo_size = 3
      {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x8x8x4xi32>, tensor<8x8x3x4xi32>)
      -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi32>)
  return
}

// -----

// depthwise_buffer_temp_conv_a3
func.func @depthwise_buffer_temp_conv_a3(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xi8>) {
  // expected-error @+1 {{layer 'dbtc': (A3) the variable 'weights' is of type 'tensor<1x1x12x4xi8>', needed is 'tensor<1x1x3x4xi8>'}}
  %0, %n = akida.depthwise_buffer_temp_conv "dbtc" (%x, %m) fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
  return
}

// -----

// depthwise_buffer_temp_conv_a4
func.func @depthwise_buffer_temp_conv_a4(%x: tensor<?x8x8x4xi8>, %m: tensor<4x8x3x4xi8>) {
  // expected-error @+1 {{layer 'dbtc': its memory is of type 'tensor<4x8x3x4xi8>', needed is 'tensor<8x8x3x4xi8>'}}
  %0, %n = akida.depthwise_buffer_temp_conv "dbtc" (%x, %m) fifo_size = 3
      {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<4x8x3x4xi8>)
      -> (tensor<?x8x8x4xi8>, tensor<4x8x3x4xi8>)
  return
}

// -----

//===----------------------------------------------------------------------===//
// stateful_recurrent
//===----------------------------------------------------------------------===//

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_state_bits(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': states of 8 bits (internal_state_bits): Akida 2.0 recurrences have 9 to 32}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 internal_state_bits = 8
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_many_state_bits(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi32>) {
  // expected-error @+1 {{layer 'rec': states of 33 bits (internal_state_bits): Akida 2.0 recurrences have 9 to 32}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 internal_state_bits = 33
      : (tensor<?x1x8x3xi8>, tensor<2x5xi32>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi32>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_subsample(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': subsampling 3 of 8 steps: Akida 2.0 recurrences take one of at least 1 that divides the steps of time}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 subsample = 3
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x2x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_no_subsample(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': subsampling 0 of 8 steps: Akida 2.0 recurrences take one of at least 1 that divides the steps of time}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 subsample = 0
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_long_subsample(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': subsampling 16 of 8 steps: Akida 2.0 recurrences take one of at least 1 that divides the steps of time}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 subsample = 16
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x0x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_outputs(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': channels 0 (output_channels): Akida 2.0 layers have 1 to 268435456}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 0
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_states(%x: tensor<?x1x8x3xi8>, %m: tensor<2x0xi16>) {
  // expected-error @+1 {{layer 'rec': channels 0 (stateful_channels): Akida 2.0 layers have 1 to 268435456}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 0 output_channels = 4
      : (tensor<?x1x8x3xi8>, tensor<2x0xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x0xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_output_bits(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': output bits 33: Akida 2.0 layers take 1 to 32}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 output_bits = 33
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi32>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_buffer_bits(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': buffers of 0 bits (buffer_bits): Akida 2.0 layers have 1 to 32}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 buffer_bits = 0
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_shift(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': shift 40 (new_state_shift): Akida 2.0 layers shift by -31 to 31}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {new_state_shift = dense<[0, 0, 0, 0, 40]> : tensor<5xi8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a2
func.func @stateful_recurrent_a2_rows(%x: tensor<?x5x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': input of 5 rows: Akida 2.0 layers over time take images of one row (1, time, channels)}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      : (tensor<?x5x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_in_proj(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) the variable 'in_proj' is of type 'tensor<5x3xi8>', needed is 'tensor<3x5xi8>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {in_proj = dense<1> : tensor<5x3xi8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_A_real(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) the variable 'A_real' is of type 'tensor<5xi8>', needed is 'tensor<5xi16>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {A_real = dense<1> : tensor<5xi8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_A_imag(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) the variable 'A_imag' is of type 'tensor<2x5xi16>', needed is 'tensor<5xi16>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {A_imag = dense<1> : tensor<2x5xi16>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_out_proj(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) the variable 'out_proj' is of type 'tensor<5x5xi8>', needed is 'tensor<5x4xi8>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {out_proj = dense<1> : tensor<5x5xi8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_new_state_scale(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) the variable 'new_state_scale' is of type 'tensor<4xui8>', needed is 'tensor<5xui8>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {new_state_scale = dense<1> : tensor<4xui8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_internal_state_outputs_shift(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) the variable 'internal_state_outputs_shift' is of type 'tensor<5xui8>', needed is 'tensor<5xi8>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {internal_state_outputs_shift = dense<1> : tensor<5xui8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a3
func.func @stateful_recurrent_a3_presence(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A3) has no variable 'max_value' with this activation; it belongs to activation = relu}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      {max_value = dense<1> : tensor<4xui8>}
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a4
func.func @stateful_recurrent_a4_steps(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': (A4) its result is of type 'tensor<?x1x8x4xi8>', needed is 'tensor<?x1x4x4xi8>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 subsample = 2
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a4: more than 16 bits are stored in 32.
func.func @stateful_recurrent_a4_memory_type(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  // expected-error @+1 {{layer 'rec': its memory is of type 'tensor<2x5xi16>', needed is 'tensor<2x5xi32>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m)
      stateful_channels = 5 output_channels = 4 internal_state_bits = 17
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x4xi8>, tensor<2x5xi16>)
  return
}

// -----

// stateful_recurrent_a4
func.func @stateful_recurrent_a4_memory_shape(%x: tensor<?x1x8x3xi8>, %m: tensor<5x2xi16>) {
  // expected-error @+1 {{layer 'rec': its memory is of type 'tensor<5x2xi16>', needed is 'tensor<2x5xi16>'}}
  %0, %n = akida.stateful_recurrent "rec" (%x, %m) stateful_channels = 5 output_channels = 4
      : (tensor<?x1x8x3xi8>, tensor<5x2xi16>) -> (tensor<?x1x8x4xi8>, tensor<5x2xi16>)
  return
}

// -----

//===----------------------------------------------------------------------===//
// pico_post_processing
//===----------------------------------------------------------------------===//

// pico_post_processing_a2
func.func @pico_post_processing_a2_prediction(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 16
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi16>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': inputs signed integers of 16 bits of layer 'rec' and signed integers of 16 bits of layer 'x': Akida 2.0 post-processing takes a recurrence's result of more than 16 bits and the model's input of 16}}
  %2 = akida.pico_post_processing "post" (%1, %0)
      : (tensor<?x1x8x3xi16>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a2
func.func @pico_post_processing_a2_truth(%x: tensor<?x1x8x3xi8>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 8 : (tensor<?x1x8x3xi8>) -> tensor<?x1x8x3xi8>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi8>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': inputs signed integers of 24 bits of layer 'rec' and signed integers of 8 bits of layer 'x': Akida 2.0 post-processing takes a recurrence's result of more than 16 bits and the model's input of 16}}
  %2 = akida.pico_post_processing "post" (%1, %0)
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi8>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a2: the truth is the input.
func.func @pico_post_processing_a2_order(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': inputs signed integers of 24 bits of layer 'rec' and signed integers of 24 bits of layer 'rec': Akida 2.0 post-processing takes a recurrence's result of more than 16 bits and the model's input of 16}}
  %2 = akida.pico_post_processing "post" (%1, %1)
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi32>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a2
func.func @pico_post_processing_a2_buffer_bits(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': buffers of 45 bits (buffer_bits): Akida 2.0 post-processing has 1 to 44}}
  %2 = akida.pico_post_processing "post" (%1, %0) buffer_bits = 45
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a2
func.func @pico_post_processing_a2_shift(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': shift -32 (input_shift): Akida 2.0 layers shift by -31 to 31}}
  %2 = akida.pico_post_processing "post" (%1, %0) {input_shift = dense<[0, -32, 0]> : tensor<3xi8>}
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a3
func.func @pico_post_processing_a3_scales(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': (A3) the variable 'input_scales' is of type 'tensor<3xui8>', needed is 'tensor<3xui16>'}}
  %2 = akida.pico_post_processing "post" (%1, %0) {input_scales = dense<1> : tensor<3xui8>}
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a3
func.func @pico_post_processing_a3_threshold(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': (A3) the variable 'threshold' is of type 'tensor<8xui16>', needed is 'tensor<3xui16>'}}
  %2 = akida.pico_post_processing "post" (%1, %0) {threshold = dense<1> : tensor<8xui16>}
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a4
func.func @pico_post_processing_a4(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // expected-error @+1 {{layer 'post': (A4) its result is of type 'tensor<?x1x8x3xi8>', needed is 'tensor<?x1x1x3xi8>'}}
  %2 = akida.pico_post_processing "post" (%1, %0)
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi8>
  return
}

// -----

// pico_post_processing_a2: one row.
func.func @pico_post_processing_a2_rows(%p: tensor<?x2x8x3xi32>, %x: tensor<?x2x8x3xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16
      : (tensor<?x2x8x3xi16>) -> tensor<?x2x8x3xi16>
  // expected-error @+2 {{layer 'post': inputs signed integers of 32 bits of no layer and signed integers of 16 bits of layer 'x': Akida 2.0 post-processing takes a recurrence's result of more than 16 bits and the model's input of 16}}
  // expected-error @+1 {{layer 'post': input of 2 rows: Akida 2.0 layers over time take images of one row (1, time, channels)}}
  %1 = akida.pico_post_processing "post" (%p, %0)
      : (tensor<?x2x8x3xi32>, tensor<?x2x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}

// -----

// pico_post_processing_a2: predictions are a recurrence's.
func.func @pico_post_processing_a2_argument(%p: tensor<?x1x8x3xi32>, %x: tensor<?x1x8x3xi16>) {
  %0 = akida.input_data "x" (%x) input_bits = 16
      : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  // expected-error @+1 {{layer 'post': inputs signed integers of 32 bits of no layer and signed integers of 16 bits of layer 'x': Akida 2.0 post-processing takes a recurrence's result of more than 16 bits and the model's input of 16}}
  %1 = akida.pico_post_processing "post" (%p, %0)
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  return
}
