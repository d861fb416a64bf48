// RUN: qml-opt %s -verify-diagnostics -split-input-file

//===----------------------------------------------------------------------===//
// weight_quantizer
//===----------------------------------------------------------------------===//

// weight_quantizer_c1
// expected-error @+1 {{bitwidth is 1; signed quantizers take 2 to 32}}
#a = #qml.weight_quantizer<bitwidth = 1, per_tensor>

// -----

// weight_quantizer_c1
// expected-error @+1 {{bitwidth is 33; signed quantizers take 2 to 32}}
#a = #qml.weight_quantizer<bitwidth = 33, axis = 0>

// -----

// weight_quantizer_c1
// expected-error @+1 {{bitwidth is 0; unsigned quantizers take 1 to 31}}
#a = #qml.weight_quantizer<bitwidth = 0, signed = false, per_tensor>

// -----

// weight_quantizer_c1
// expected-error @+1 {{bitwidth is 32; unsigned quantizers take 1 to 31}}
#a = #qml.weight_quantizer<bitwidth = 32, signed = false, per_tensor>

// -----

// weight_quantizer_c1
// expected-error @+1 {{bitwidth is -8; signed quantizers take 2 to 32}}
#a = #qml.weight_quantizer<bitwidth = -8, per_tensor>

// -----

// expected-error @+1 {{integer value too large}}
#a = #qml.weight_quantizer<bitwidth = 99999999999999999999, per_tensor>

// -----

// expected-error @+1 {{expected 'axis'}}
#a = #qml.weight_quantizer<bitwidth = 8, whole>

// -----

// Signed is the default and not spelled out.
// expected-error @+1 {{expected 'false'}}
#a = #qml.weight_quantizer<bitwidth = 8, signed = true, per_tensor>

// -----

// expected-error @+1 {{expected ','}}
#a = #qml.weight_quantizer<bitwidth = 8>

// -----

// expected-error @+1 {{expected '>'}}
#a = #qml.weight_quantizer<bitwidth = 8, per_tensor, axis = 1>

// -----

//===----------------------------------------------------------------------===//
// aligned_quantizer
//===----------------------------------------------------------------------===//

// aligned_quantizer_c1
// expected-error @+1 {{bitwidth is 33; signed quantizers take 2 to 32}}
#a = #qml.aligned_quantizer<bitwidth = 33, signed = true>

// -----

// aligned_quantizer_c1
// expected-error @+1 {{bitwidth is 32; unsigned quantizers take 1 to 31}}
#a = #qml.aligned_quantizer<bitwidth = 32, signed = false>

// -----

// expected-error @+1 {{expected ','}}
#a = #qml.aligned_quantizer<bitwidth = 8>

// -----

//===----------------------------------------------------------------------===//
// fixed
//===----------------------------------------------------------------------===//

// fixed_c1
// expected-error @+1 {{value_bits is 0; tensors have 1 to 32}}
#a = #qml.fixed<value_bits = 0, frac_bits = 0>

// -----

// fixed_c1
// expected-error @+1 {{value_bits is 33; tensors have 1 to 32}}
#a = #qml.fixed<value_bits = 33, frac_bits = 0>

// -----

// fixed_c2
// expected-error @+1 {{frac_bits is of type 'tensor<2xi64>'; it must be an i32, or a vector of i32}}
#a = #qml.fixed<value_bits = 8, frac_bits = dense<0> : tensor<2xi64>>

// -----

// fixed_c2
// expected-error @+1 {{frac_bits is of type 'tensor<2x2xi32>'; it must be an i32, or a vector of i32}}
#a = #qml.fixed<value_bits = 8, frac_bits = dense<0> : tensor<2x2xi32>>

// -----

// fixed_c2
// expected-error @+1 {{frac_bits is of type 'vector<2xi32>'; it must be an i32, or a vector of i32}}
#a = #qml.fixed<value_bits = 8, frac_bits = dense<0> : vector<2xi32>>

// -----

// fixed_c2
// expected-error @+1 {{frac_bits is of type 'tensor<2xi32>'; it must be an i32, or a vector of i32}}
#a = #qml.fixed<value_bits = 8, frac_bits = sparse<0, 1> : tensor<2xi32>>

// -----

// expected-error @+1 {{integer value too large}}
#a = #qml.fixed<value_bits = 8, frac_bits = 4294967296>

// -----

// fixed_c3
// expected-error @+1 {{scale is of type 'tensor<f64>'; it must be an f32, or a vector of f32}}
#a = #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f64>>

// -----

// fixed_c3
// expected-error @+1 {{scale is of type 'tensor<1x1xf32>'; it must be an f32, or a vector of f32}}
#a = #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<1x1xf32>>

// -----

// expected-error @+1 {{invalid kind of attribute specified}}
#a = #qml.fixed<value_bits = 8, frac_bits = 0, scale = 0.5 : f32>

// -----

// expected-error @+1 {{expected 'scale'}}
#a = #qml.fixed<value_bits = 8, frac_bits = 0, offset = 1>

// -----

// expected-error @+1 {{expected 'frac_bits'}}
#a = #qml.fixed<value_bits = 8, scale = dense<0.5> : tensor<f32>>

// -----

// The rest is about the tensors that have it.

// fixed_c5
// expected-error @+1 {{a tensor of 'i16' can't have #qml.fixed<value_bits = 16, frac_bits = 0>: 16 value bits and a sign are stored as 'i32'}}
func.func private @fixed_c5_narrow(tensor<?x8xi16, #qml.fixed<value_bits = 16, frac_bits = 0>>)

// -----

// fixed_c5
// expected-error @+1 {{a tensor of 'i32' can't have #qml.fixed<value_bits = 7, frac_bits = 0>: 7 value bits and a sign are stored as 'i8'}}
func.func private @fixed_c5_wide(tensor<?x8xi32, #qml.fixed<value_bits = 7, frac_bits = 0>>)

// -----

// fixed_c5: beyond 30 value bits and a sign
// expected-error @+1 {{a tensor of 'i32' can't have #qml.fixed<value_bits = 31, frac_bits = 0>: 31 value bits and a sign are stored as 'i64'}}
func.func private @fixed_c5_sums(tensor<?x8xi32, #qml.fixed<value_bits = 31, frac_bits = 0>>)

// -----

// fixed_c5
// expected-error @+1 {{a tensor of 'ui8' can't have #qml.fixed<value_bits = 7, frac_bits = 0>: 7 value bits and a sign are stored as 'i8'}}
func.func private @fixed_c5_unsigned(tensor<?x8xui8, #qml.fixed<value_bits = 7, frac_bits = 0>>)

// -----

// fixed_c5
// expected-error @+1 {{a tensor of 'f32' can't have #qml.fixed<value_bits = 7, frac_bits = 0>: 7 value bits and a sign are stored as 'i8'}}
func.func private @fixed_c5_float(tensor<?x8xf32, #qml.fixed<value_bits = 7, frac_bits = 0>>)

// -----

// fixed_c6
// expected-error @+1 {{frac_bits is of type 'tensor<2xi32>'; one value is allowed, or one for each of 8 channels}}
func.func private @fixed_c6_frac_bits(tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = dense<0> : tensor<2xi32>>>)

// -----

// fixed_c6
// expected-error @+1 {{scale is of type 'tensor<9xf32>'; one value is allowed, or one for each of 8 channels}}
func.func private @fixed_c6_scale(tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 0, scale = dense<1.0> : tensor<9xf32>>>)

// -----

// fixed_c6
// expected-error @+1 {{#qml.fixed<value_bits = 7, frac_bits = 0> needs a tensor whose last axis, the channels, is known}}
func.func private @fixed_c6_dynamic(tensor<8x?xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>)

// -----

// fixed_c6
// expected-error @+1 {{#qml.fixed<value_bits = 7, frac_bits = 0> needs a tensor whose last axis, the channels, is known}}
func.func private @fixed_c6_scalar(tensor<i8, #qml.fixed<value_bits = 7, frac_bits = 0>>)

// -----

//===----------------------------------------------------------------------===//
// padding
//===----------------------------------------------------------------------===//

// padding_c1
// expected-error @+1 {{padding has 2 numbers; pads are top, bottom, left and right, and 'same' and 'valid' have none}}
#a = #qml.padding<1, 1>

// -----

// padding_c1
// expected-error @+1 {{padding has 5 numbers; pads are top, bottom, left and right}}
#a = #qml.padding<1, 1, 1, 1, 1>

// -----

// padding_c1
// expected-error @+1 {{padding has a number of -1; pads are 0 to 1048576}}
#a = #qml.padding<0, 0, -1, 0>

// -----

// padding_c1
// expected-error @+1 {{padding has a number of 1048577; pads are 0 to 1048576}}
#a = #qml.padding<0, 0, 0, 1048577>

// -----

// expected-error @+1 {{integer value too large}}
#a = #qml.padding<99999999999999999999, 0, 0, 0>

// -----

// expected-error @+1 {{padding is 'full'; allowed are same, valid, or four numbers}}
#a = #qml.padding<full>

// -----

// The numbers alone say so.
// expected-error @+1 {{padding is 'explicit'; allowed are same, valid, or four numbers}}
#a = #qml.padding<explicit>

// -----

// expected-error @+1 {{expected '>'}}
#a = #qml.padding<same, 1>

// -----

// padding_c1: as operations have it
func.func @negative_pads(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      // expected-error @+1 {{padding has a number of -1; pads are 0 to 1048576}}
      pads = [0, 0, -1, 0] : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// padding_c1: as operations have it
func.func @three_pads(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      // expected-error @+1 {{padding has 3 numbers; pads are top, bottom, left and right}}
      pads = [0, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

func.func @padding_name(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      // expected-error @+1 {{custom op 'qml.depthwise_conv_2d' padding is 'full'; allowed are same, valid, or pads = [top, bottom, left, right]}}
      padding = full : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Enumerations, and what there is none of
//===----------------------------------------------------------------------===//

func.func @activation(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      // expected-error @+2 {{expected ::qml::Activation to be one of: relu, softmax, gelu, gelu_tanh, swish, hard_silu, leaky_relu,}}
      // expected-error @+1 {{failed to parse QML_ActivationAttr parameter 'value'}}
      activation = rely : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// expected-error @+1 {{unknown attribute `scale` in dialect `qml`}}
#a = #qml.scale<1.0>

// -----

// expected-error @+1 {{dialect 'qml' provides no type parsing hook}}
func.func private @type(!qml.tensor)
