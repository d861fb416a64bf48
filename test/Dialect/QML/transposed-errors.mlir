// RUN: qml-opt %s -verify-diagnostics -split-input-file

// conv_2d_transpose_c1
func.func @conv_2d_transpose_c1_rank(%x: tensor<?x2xf32>) -> tensor<?x8x8x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op takes images (batch, height, width, channels); found shape ?x2}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      padding = same : tensor<?x2xf32> -> tensor<?x8x8x3xf32>
  return %0 : tensor<?x8x8x3xf32>
}

// -----

// conv_2d_transpose_c1
func.func @conv_2d_transpose_c1_channels(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op has a kernel for 2 channels; the input has 4 channels}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      padding = same : tensor<?x8x8x4xf32> -> tensor<?x8x8x3xf32>
  return %0 : tensor<?x8x8x3xf32>
}

// -----

// conv_2d_transpose_c2
func.func @conv_2d_transpose_c2_rank(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op has a kernel of type 'tensor<3x2x3xf32>'; it must be (height, width, in, out), none of them zero}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x2x3xf32>
      padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x3xf32>
  return %0 : tensor<?x8x8x3xf32>
}

// -----

// conv_2d_transpose_c3
func.func @conv_2d_transpose_c3_strides(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op has strides of 0x1; they must be 1 to 1048576}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      strides = [0, 1] padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x3xf32>
  return %0 : tensor<?x8x8x3xf32>
}

// -----

// conv_2d_transpose_c3
func.func @conv_2d_transpose_c3_both(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op has strides of 2x1 and dilations of 1x2; only one of them may be above 1}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      strides = [2, 1] dilations = [1, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x3xf32>
  return %0 : tensor<?x8x8x3xf32>
}

// -----

// conv_2d_transpose_c4
func.func @conv_2d_transpose_c4(%x: tensor<?x8x8x2xf32>) -> tensor<?x16x16x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op has an output_padding of 2x0 with strides of 2x2; it must be at least 0 and below the stride}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      strides = [2, 2] padding = same output_padding = [2, 0] : tensor<?x8x8x2xf32> -> tensor<?x16x16x3xf32>
  return %0 : tensor<?x16x16x3xf32>
}

// -----

// conv_2d_transpose_c5
func.func @conv_2d_transpose_c5_shape(%x: tensor<?x8x8x2xf32>) -> tensor<?x17x17x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op has a result of shape ?x17x17x3; its operands give ?x16x16x3}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x17x17x3xf32>
  return %0 : tensor<?x17x17x3xf32>
}

// -----

// conv_2d_transpose_c5
func.func @conv_2d_transpose_c5_empty(%x: tensor<?x1x8x2xf32>) -> tensor<?x1x8x3xf32> {
  // expected-error @+1 {{'qml.conv_2d_transpose' op cuts off all of its result; smaller pads are needed}}
  %0 = qml.conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      pads = [2, 1, 0, 0] : tensor<?x1x8x2xf32> -> tensor<?x1x8x3xf32>
  return %0 : tensor<?x1x8x3xf32>
}

// -----

// depthwise_conv_2d_transpose_c1
func.func @depthwise_conv_2d_transpose_c1_rank(%x: tensor<?x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op takes images (batch, height, width, channels); found shape ?x2}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      padding = same : tensor<?x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c1
func.func @depthwise_conv_2d_transpose_c1_channels(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has a kernel for 2 channels; the input has 4 channels}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      padding = same : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %0 : tensor<?x8x8x4xf32>
}

// -----

// depthwise_conv_2d_transpose_c2
func.func @depthwise_conv_2d_transpose_c2_rank(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has a kernel of type 'tensor<3x2x3xf32>'; it must be (height, width, channels, 1), none of them zero}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x2x3xf32>
      padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c2
func.func @depthwise_conv_2d_transpose_c2_multiplier(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has a kernel with a last axis of 2; one result per channel is supported}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x2xf32>
      padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c3
func.func @depthwise_conv_2d_transpose_c3_strides(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has strides of 0x1; they must be 1 to 1048576}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      strides = [0, 1] padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c3
func.func @depthwise_conv_2d_transpose_c3_both(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has strides of 2x1 and dilations of 1x2; only one of them may be above 1}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      strides = [2, 1] dilations = [1, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c4
func.func @depthwise_conv_2d_transpose_c4(%x: tensor<?x8x8x2xf32>) -> tensor<?x16x16x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has an output_padding of 2x0 with strides of 2x2; it must be at least 0 and below the stride}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      strides = [2, 2] padding = same output_padding = [2, 0] : tensor<?x8x8x2xf32> -> tensor<?x16x16x2xf32>
  return %0 : tensor<?x16x16x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c5
func.func @depthwise_conv_2d_transpose_c5_shape(%x: tensor<?x8x8x2xf32>) -> tensor<?x17x17x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has a result of shape ?x17x17x2; its operands give ?x16x16x2}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      strides = [2, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x17x17x2xf32>
  return %0 : tensor<?x17x17x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c5
func.func @depthwise_conv_2d_transpose_c5_empty(%x: tensor<?x1x8x2xf32>) -> tensor<?x1x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op cuts off all of its result; smaller pads are needed}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pads = [2, 1, 0, 0] : tensor<?x1x8x2xf32> -> tensor<?x1x8x2xf32>
  return %0 : tensor<?x1x8x2xf32>
}

// -----

// depthwise_conv_2d_transpose_c6
func.func @depthwise_conv_2d_transpose_c6(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d_transpose' op has an axis of -2 in 'weight_quantizer'; these weights have one scale for all}}
  %0 = qml.depthwise_conv_2d_transpose "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      padding = same {weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>} : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}
