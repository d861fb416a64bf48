// RUN: qml-opt %s --split-input-file --verify-diagnostics

// buffer_temp_conv_c1
func.func @buffer_temp_conv_c1(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a kernel for 5 channels; the input has 4 channels}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x5x2xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

// buffer_temp_conv_c1
func.func @buffer_temp_conv_c1_rank(%x: tensor<?x8x4xf32>, %m: tensor<1x8x3x4xf32>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op takes images (batch, height, width, channels); found shape ?x8x4}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4x2xf32>
      : (tensor<?x8x4xf32>, tensor<1x8x3x4xf32>) -> tensor<?x8x2xf32>
  return
}

// -----

// buffer_temp_conv_c2
func.func @buffer_temp_conv_c2(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a kernel of type 'tensor<1x1x12x2xf32>'; it must be (T, in, out), none of them zero}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<1x1x12x2xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

// buffer_temp_conv_c3
func.func @buffer_temp_conv_c3(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x2x4xf32>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a memory of shape 1x8x8x2x4; its input and kernel give 1x8x8x3x4}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4x2xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x2x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

// buffer_temp_conv_c3: the batch of a memory is one
func.func @buffer_temp_conv_c3_batch(%x: tensor<?x8x8x4xf32>, %m: tensor<?x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a memory of shape ?x8x8x3x4; its input and kernel give 1x8x8x3x4}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4x2xf32>
      : (tensor<?x8x8x4xf32>, tensor<?x8x8x3x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

// buffer_temp_conv_c3: of integers, too
func.func @buffer_temp_conv_c3_meaning(%x: tensor<?x8x8x4xi8>, %m: tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = 1>>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a memory of #qml.fixed<value_bits = 7, frac_bits = 1> for inputs of 'tensor<?x8x8x4xi8>'; both must stand for the same}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<1> : tensor<3x4x2xi8>
      {buffer_bitwidth = 32 : i64, kernel_scales = dense<0.5> : tensor<f32>}
      : (tensor<?x8x8x4xi8>, tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = 1>>) -> tensor<?x8x8x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return
}

// -----

// buffer_temp_conv_c3: the memory holds all inputs
func.func @buffer_temp_conv_c3_bits(%x: tensor<?x8x8x4xi8>, %m: tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 6, frac_bits = 0>>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a memory of #qml.fixed<value_bits = 6, frac_bits = 0> for inputs of 'tensor<?x8x8x4xi8>'; both must stand for the same}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<1> : tensor<3x4x2xi8>
      {buffer_bitwidth = 32 : i64, kernel_scales = dense<0.5> : tensor<f32>}
      : (tensor<?x8x8x4xi8>, tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 6, frac_bits = 0>>) -> tensor<?x8x8x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return
}

// -----

// buffer_temp_conv_c3: integers without a meaning
func.func @buffer_temp_conv_c3_plain(%x: tensor<?x8x8x4xi8>, %m: tensor<1x8x8x3x4xi8>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has an integer memory of type 'tensor<1x8x8x3x4xi8>'; its type must say what the integers stand for, by the encoding #qml.fixed}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<1> : tensor<3x4x2xi8>
      {buffer_bitwidth = 32 : i64, kernel_scales = dense<0.5> : tensor<f32>}
      : (tensor<?x8x8x4xi8>, tensor<1x8x8x3x4xi8>) -> tensor<?x8x8x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return
}

// -----

// l1
func.func @buffer_temp_conv_l1(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has an operand of 'tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>' and a result of 'tensor<?x8x8x2xf32>'; both must be f32, or both integers}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4x2xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>) -> tensor<?x8x8x2xf32>
  return
}

// -----

// buffer_temp_conv_c4
func.func @buffer_temp_conv_c4(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.buffer_temp_conv' op has a result of shape ?x8x8x3; its operands give ?x8x8x2}}
  %0, %n = qml.buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4x2xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

// depthwise_buffer_temp_conv_c1
func.func @depthwise_buffer_temp_conv_c1(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.depthwise_buffer_temp_conv' op has a kernel for 5 channels; the input has 4 channels}}
  %0, %n = qml.depthwise_buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x5xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

// depthwise_buffer_temp_conv_c2
func.func @depthwise_buffer_temp_conv_c2(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.depthwise_buffer_temp_conv' op has a kernel of type 'tensor<3x4x1xf32>'; it must be (T, channels), none of them zero}}
  %0, %n = qml.depthwise_buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4x1xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

// depthwise_buffer_temp_conv_c3
func.func @depthwise_buffer_temp_conv_c3(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x7x3x4xf32>) {
  // expected-error @+1 {{'qml.depthwise_buffer_temp_conv' op has a memory of shape 1x8x7x3x4; its input and kernel give 1x8x8x3x4}}
  %0, %n = qml.depthwise_buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x7x3x4xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

// depthwise_buffer_temp_conv_c4
func.func @depthwise_buffer_temp_conv_c4(%x: tensor<?x8x8x4xf32>, %m: tensor<1x8x8x3x4xf32>) {
  // expected-error @+1 {{'qml.depthwise_buffer_temp_conv' op has a result of shape ?x8x8x5; its operands give ?x8x8x4}}
  %0, %n = qml.depthwise_buffer_temp_conv "layer" (%x, %m) kernel = dense<0.5> : tensor<3x4xf32>
      : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x5xf32>
  return
}
