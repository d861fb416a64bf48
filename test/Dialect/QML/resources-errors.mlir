// Arrays that can't be read as their types say.

// RUN: qml-opt %s -verify-diagnostics -split-input-file

// all_l4
func.func @missing(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op uses the resource 'absent' of type 'tensor<2x2xf32>', which is not in the file; it may have been written with its weights left out}}
  %0 = qml.dense "a" (%x) kernel = dense_resource<absent> : tensor<2x2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// all_l4
func.func @too_short(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op uses the resource 'short' of type 'tensor<2x2xf32>', which needs 16 bytes and has 15}}
  %0 = qml.dense "a" (%x) kernel = dense_resource<short> : tensor<2x2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

{-# dialect_resources: { builtin: { short: "0x040000000000803F000000400000803F000000" } } #-}

// -----

// all_l4
func.func @too_long(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op uses the resource 'long' of type 'tensor<2xf32>', which needs 8 bytes and has 12}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<2x2xf32> bias = dense_resource<long> : tensor<2xf32>
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

{-# dialect_resources: { builtin: { long: "0x040000000000803F0000004000000040" } } #-}

// -----

// all_l4
func.func @empty(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op uses the resource 'empty' of type 'tensor<2xf32>', which needs 8 bytes and has 0}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<2x2xf32> bias = dense_resource<empty> : tensor<2xf32>
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

{-# dialect_resources: { builtin: { empty: "0x04000000" } } #-}

// -----

// A number of bytes that wraps around to zero.
// all_l4
func.func @wraps(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has an array of type 'tensor<4611686018427387904x4xf32>'; arrays have at most 1099511627776 elements}}
  %0 = qml.dense "a" (%x) kernel = dense_resource<empty> : tensor<4611686018427387904x4xf32>
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

{-# dialect_resources: { builtin: { empty: "0x04000000" } } #-}

// -----

// A few characters that would take a terabyte.
// all_l4
func.func @repeated(%x: tensor<?x2xf32>) -> tensor<?x268435456xf32> {
  // expected-error @+1 {{'qml.dense' op has a literal of type 'tensor<2x268435456xf32>'; those that repeat one value stand for at most 1073741824 bytes}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<2x268435456xf32>
      : tensor<?x2xf32> -> tensor<?x268435456xf32>
  return %0 : tensor<?x268435456xf32>
}

// -----

// In an attribute that is not in the syntax of the operation by itself.
// all_l4
func.func @range(%x: tensor<?x4x2xf32>) -> tensor<?x4x2xf32> {
  %0 = qml.relu "r" (%x) : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  // expected-error @+1 {{'qml.output_quantizer' op uses the resource 'absent' of type 'tensor<2xf32>', which is not in the file}}
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_axis {range_max = dense_resource<absent> : tensor<2xf32>}
      : tensor<?x4x2xf32> -> tensor<?x4x2xf32>
  return %1 : tensor<?x4x2xf32>
}

// -----

// fixed_c4
func.func @fixed_frac_bits(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<absent> : tensor<2xi32>>> {
  // expected-error @+1 {{'qml.dropout' op uses the resource 'absent' of type 'tensor<2xi32>', which is not in the file}}
  %0 = qml.dropout "a" (%x) rate = 0.5
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<absent> : tensor<2xi32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<absent> : tensor<2xi32>>>
}

// -----

// fixed_c4
func.func @fixed_scale(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense_resource<short> : tensor<2xf32>>> {
  // expected-error @+1 {{'qml.dropout' op uses the resource 'short' of type 'tensor<2xf32>', which needs 8 bytes and has 4}}
  %0 = qml.dropout "a" (%x) rate = 0.5
      : tensor<?x2xi8> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense_resource<short> : tensor<2xf32>>>
  return %0 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense_resource<short> : tensor<2xf32>>>
}

{-# dialect_resources: { builtin: { short: "0x040000000000803F" } } #-}
