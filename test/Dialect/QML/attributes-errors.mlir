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

//===----------------------------------------------------------------------===//
// Enumerations, and what there is none of
//===----------------------------------------------------------------------===//

func.func @padding(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      // expected-error @+2 {{expected ::qml::Padding to be one of: valid, same}}
      // expected-error @+1 {{failed to parse QML_PaddingAttr parameter 'value'}}
      padding = full : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// expected-error @+1 {{unknown attribute `scale` in dialect `qml`}}
#a = #qml.scale<1.0>

// -----

// expected-error @+1 {{dialect 'qml' provides no type parsing hook}}
func.func private @type(!qml.tensor)
