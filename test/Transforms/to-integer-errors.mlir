// RUN: qml-opt %s --qml-to-integer -verify-diagnostics -split-input-file

func.func @integer(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @-1 {{the network is integer already}}
  %0 = qml.rescaling "rescale" (%x) scale = [1.0]
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// expected-error @+1 {{input 'input_1' is of type 'tensor<?x2xi64>'; integer inputs have up to 32 bits}}
func.func @inputs(%x: tensor<?x2xf32>, %y: tensor<?x2xi64>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%y) scale = [1.0] : tensor<?x2xi64> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @float_input(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'relu': its input is float; run --qml-insert-quantizers}}
  %0 = qml.relu "relu" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

func.func @scale(%x: tensor<?x2xui8>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'rescale': its scale is -0.5; integer scales are positive}}
  %0 = qml.rescaling "rescale" (%x) scale = [-0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// Nothing that follows from it is reported.
func.func @scale_zero(%x: tensor<?x2xui8>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'rescale': its scale is 0; integer scales are positive}}
  %0 = qml.rescaling "rescale" (%x) scale = [0.0] : tensor<?x2xui8> -> tensor<?x2xf32>
  %1 = qml.dense "dense" (%0) kernel = dense<0.5> : tensor<2x2xf32> bias = dense<1.0> : tensor<2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

func.func @float_layer(%x: tensor<?x2xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'softmax': it can't run in integers, and no dequantizer is before it}}
  %1 = qml.softmax "softmax" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

func.func @ranges(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'input_quantizer': it has no range; calibrate the network first}}
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'relu': its quantizer has no range; calibrate the network first}}
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

func.func @weights(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'a': its weights have no quantizer; run --qml-insert-quantizers}}
  %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      {buffer_bitwidth = 28 : i64} : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// -----

func.func @bias(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'a': its bias can't be quantized: values are so much larger than the accumulator's unit that aligning them takes a shift of 94 bits; the accumulator has 27}}
  %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x1xf32> bias = dense<1.0e30> : tensor<1xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// -----

func.func @maximum(%x: tensor<?x2xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'relu': its maximum can't be quantized: values are so much larger}}
  %1 = qml.relu "relu" (%0) max_value = 1.0e30 {buffer_bitwidth = 32 : i64}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

func.func @padding(%x: tensor<?x2x2x1xui8>) -> tensor<?x2x2x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x2x1xui8> -> tensor<?x2x2x1xf32>
  // expected-error @+1 {{layer 'conv': its padding value can't be quantized: values are so much larger}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x1xf32> padding = same padding_value = [1.0e30]
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
  return %1 : tensor<?x2x2x1xf32>
}

// -----

func.func @buffer(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'a': its input has 8 value bits, its buffer 7; use a larger buffer bitwidth, or fewer bits before it}}
  %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      {buffer_bitwidth = 8 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// -----

func.func @binary_points(%x: tensor<?x2x2x2xf32>) -> tensor<?x2x2x1xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_axis
      {range_min = dense<0.0> : tensor<2xf32>, range_max = dense<[1.0, 1048576.0]> : tensor<2xf32>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'conv': the binary points of its input's channels are 20 bits apart; its buffer has 15 value bits; quantize the input per tensor}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = same
      {buffer_bitwidth = 16 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x1xf32>
  return %1 : tensor<?x2x2x1xf32>
}

// -----

func.func @scale_per_channel(%x: tensor<?x2x2x2xi8>) -> tensor<?x2x2x1xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x2x2xi8> -> tensor<?x2x2x2xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'b': its input has a scale per channel; an output quantizer must go between}}
  %2 = qml.conv_2d "b" (%1) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x1xf32>
  // expected-error @+1 {{layer 'c': its input has a scale per channel; an output quantizer must go between}}
  %3 = qml.dense "c" (%1) kernel = dense<1.0> : tensor<2x1xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x1xf32>
  // expected-error @+1 {{layer 'reshape': it changes the last axis of a tensor that is quantized per axis; quantize the layer before it per tensor}}
  %4 = qml.reshape "reshape" (%1) : tensor<?x2x2x2xf32> -> tensor<?x2x1x4xf32>
  return %3 : tensor<?x2x2x1xf32>
}

// -----

func.func @fixed_point(%x: tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x2x2xi8> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'dw': layers of class DepthwiseConv2D take inputs in fixed point; the result of layer 'rescale' has a scale: give that layer an output quantizer, or put a Conv2D layer between}}
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -2>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'add': layers of class Add take inputs in fixed point; the result of layer 'dw' has a scale}}
  %2 = qml.add "add" (%1, %1) {buffer_bitwidth = 32 : i64}
      : tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %2 : tensor<?x2x2x2xf32>
}

// -----

func.func @separable_with_scale(%x: tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x2x2xi8> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'sep': layers of class SeparableConv2D take inputs in fixed point; the result of layer 'rescale' has a scale}}
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<1.0> : tensor<1x1x2x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 2, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// -----

func.func @separable_without_quantizer(%x: tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'sep': its weights have no quantizer; run --qml-insert-quantizers}}
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<1.0> : tensor<1x1x2x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      {buffer_bitwidth = 32 : i64, pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %1 : tensor<?x2x2x2xf32>
}

// -----

func.func @fixed_point_vector(%x: tensor<?x2x1xi8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x1xi8> -> tensor<?x2x1xf32>
  // expected-error @+1 {{layer 'flatten': layers of class Flatten take inputs in fixed point; the result of layer 'rescale' has a scale}}
  %1 = qml.flatten "flatten" (%0) : tensor<?x2x1xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

func.func @sum(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<0.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<1048576.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'add': the binary points of its inputs are 20 bits apart; its buffer has 15 value bits}}
  %3 = qml.add "add" (%0, %2) {buffer_bitwidth = 16 : i64}
      : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

func.func @pointless(%x: tensor<?x2xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) {buffer_bitwidth = 8 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'relu': quantizing 8 value bits to 8 is pointless; use fewer output bits}}
  %2 = qml.output_quantizer (%1) bitwidth = 8 unsigned per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

func.func @left_shift(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [65536.0] : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'relu': the output needs a left shift of 15 bits, which saturates all of its 7 value bits}}
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

func.func @product(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [1.0e30] : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.rescaling "again" (%0) scale = [1.0e30] : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.relu "relu" (%1) {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'relu': a scale of inf can't be quantized; scales are positive numbers}}
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

func.func @product_buffer(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [1.0] : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'relu': its input has 32 value bits, its buffer 24; use a larger buffer bitwidth, or fewer bits before it}}
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, buffer_bitwidth = 24 : i64}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
