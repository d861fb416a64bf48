// RUN: qml-opt %s --verify-diagnostics --split-input-file

//===----------------------------------------------------------------------===//
// All layers
//===----------------------------------------------------------------------===//

// a1
func.func @a1(%x: tensor<?x2x2x4xi8>) {
  // expected-error @+1 {{layer '': (A1) layers have names}}
  %0 = akida.input_data "" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  return
}

// -----

// a4: operands are images.
func.func @a4_rank(%x: tensor<?x4xi8>) {
  // expected-error @+1 {{layer 'a': operand of type tensor<?x4xi8>: Akida 2.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.input_data "a" (%x) : (tensor<?x4xi8>) -> tensor<?x4xi8>
  return
}

// -----

// a4
func.func @a4_unknown(%x: tensor<?x?x2x4xi8>) {
  // expected-error @+1 {{layer 'a': operand of type tensor<?x?x2x4xi8>: Akida 2.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.input_data "a" (%x) : (tensor<?x?x2x4xi8>) -> tensor<?x?x2x4xi8>
  return
}

// -----

// a4
func.func @a4_none(%x: tensor<?x0x2x4xi8>) {
  // expected-error @+1 {{layer 'a': operand of type tensor<?x0x2x4xi8>: Akida 2.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.input_data "a" (%x) : (tensor<?x0x2x4xi8>) -> tensor<?x0x2x4xi8>
  return
}

// -----

// a4
func.func @a4_huge(%x: tensor<?x2x2x268435457xi8>) {
  // expected-error @+1 {{layer 'a': operand of type tensor<?x2x2x268435457xi8>: Akida 2.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.input_data "a" (%x) : (tensor<?x2x2x268435457xi8>) -> tensor<?x2x2x268435457xi8>
  return
}

// -----

// a4: extents that make sense one by one.
func.func @a4_product(%x: tensor<?x1048576x1048576x2xi8>) {
  // expected-error @+1 {{layer 'a': operand of type tensor<?x1048576x1048576x2xi8>: Akida 2.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.input_data "a" (%x) : (tensor<?x1048576x1048576x2xi8>) -> tensor<?x1048576x1048576x2xi8>
  return
}

// -----

// a4: of both operands.
func.func @a4_second(%x: tensor<?x2x2x4xi8>, %y: tensor<?x16xi8>) {
  // expected-error @+1 {{layer 'a': operand of type tensor<?x16xi8>: Akida 2.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.add "a" (%x, %y) : (tensor<?x2x2x4xi8>, tensor<?x16xi8>) -> tensor<?x2x2x4xi8>
  return
}

// -----

// a4
func.func @a4_result_shape(%x: tensor<?x2x2x4xi8>) {
  // expected-error @+1 {{layer 'a': (A4) its result is of type 'tensor<?x4x1x4xi8>', needed is 'tensor<?x2x2x4xi8>'}}
  %0 = akida.input_data "a" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x4x1x4xi8>
  return
}

// -----

// a4: the batch is that of the operand.
func.func @a4_result_batch(%x: tensor<?x2x2x4xi8>) {
  // expected-error @+1 {{layer 'a': (A4) its result is of type 'tensor<1x2x2x4xi8>', needed is 'tensor<?x2x2x4xi8>'}}
  %0 = akida.input_data "a" (%x) : (tensor<?x2x2x4xi8>) -> tensor<1x2x2x4xi8>
  return
}

// -----

// Types that no layer takes.
func.func @operand_type(%x: tensor<?x2x2x4xi64>) {
  // expected-error @+1 {{'akida.input_data' op operand #0 must be ranked tensor of 8-bit unsigned integer or 8-bit signless integer or 16-bit signless integer or 32-bit signless integer values, but got 'tensor<?x2x2x4xi64>'}}
  %0 = akida.input_data "a" (%x) : (tensor<?x2x2x4xi64>) -> tensor<?x2x2x4xi64>
  return
}

// -----

//===----------------------------------------------------------------------===//
// input_data
//===----------------------------------------------------------------------===//

// input_data_a2
func.func @input_data_a2(%x: tensor<?x2x2x4xi16>) {
  // expected-error @+1 {{layer 'a': inputs of 16 bits: Akida 2.0 networks run on 1 to 8; use int8 or uint8 inputs}}
  %0 = akida.input_data "a" (%x) input_bits = 16
      : (tensor<?x2x2x4xi16>) -> tensor<?x2x2x4xi16>
  %1 = akida.conv2d "conv" (%0) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x2x2x4xi16>) -> tensor<?x2x2x2xi8>
  return
}

// -----

// input_data_a2
func.func @input_data_a2_none(%x: tensor<?x2x2x4xui8>) {
  // expected-error @+1 {{layer 'a': inputs of 0 bits: Akida 2.0 networks run on 1 to 8; use int8 or uint8 inputs}}
  %0 = akida.input_data "a" (%x) input_bits = 0
      : (tensor<?x2x2x4xui8>) -> tensor<?x2x2x4xui8>
  return
}

// -----

// input_data_a2
akida.model @input_data_a2_v1 version = v1 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>):
  // expected-error @+1 {{layer 'a': inputs of 5 bits: Akida 1.0 networks run on 1 to 4}}
  %0 = akida.input_data "a" (%x) input_bits = 5
      : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  akida.return %0 : tensor<?x2x2x4xi8>
}

// -----

// input_data_a2: from 5 bits on, integers have a sign.
func.func @input_data_a2_unsigned(%x: tensor<?x2x2x4xui8>) {
  // expected-error @+1 {{layer 'a': inputs of 8 bits are of type 'i8', found 'ui8'}}
  %0 = akida.input_data "a" (%x) input_bits = 8
      : (tensor<?x2x2x4xui8>) -> tensor<?x2x2x4xui8>
  return
}

// -----

// input_data_a2
func.func @input_data_a2_signed(%x: tensor<?x2x2x4xi8>) {
  // expected-error @+1 {{layer 'a': inputs of 4 bits are of type 'ui8', found 'i8'}}
  %0 = akida.input_data "a" (%x) input_bits = 4
      : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  return
}

// -----

// Parameters are i32.
func.func @input_data_parameter(%x: tensor<?x2x2x4xi8>) {
  // expected-error @+1 {{'akida.input_data' op attribute 'input_bits' failed to satisfy constraint: 32-bit signless integer attribute}}
  %0 = "akida.input_data" (%x) {layer_name = "a", input_bits = 8 : i64}
      : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// quantizer
//===----------------------------------------------------------------------===//

// quantizer_a2
func.func @quantizer_a2(%x: tensor<?x2x2x2xf32>) {
  // expected-error @+1 {{layer 'q': output bits 16: Akida 2.0 quantizers take 4 or 8; use an input type of 8 bits}}
  %0 = akida.quantizer "q" (%x) output_bits = 16
      : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xui8>
  return
}

// -----

// quantizer_a3
func.func @quantizer_a3_scales(%x: tensor<?x2x2x2xf32>) {
  // expected-error @+1 {{layer 'q': (A3) the variable 'scales' is of type 'tensor<1xf32>', needed is 'tensor<2xf32>'}}
  %0 = akida.quantizer "q" (%x) {scales = dense<1.0> : tensor<1xf32>}
      : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xui8>
  return
}

// -----

// quantizer_a3
func.func @quantizer_a3_zero_points(%x: tensor<?x2x2x2xf32>) {
  // expected-error @+1 {{layer 'q': (A3) the variable 'zero_points' is of type 'tensor<2xi8>', needed is 'tensor<2xui8>'}}
  %0 = akida.quantizer "q" (%x) {zero_points = dense<1> : tensor<2xi8>}
      : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xui8>
  return
}

// -----

// quantizer_a4
func.func @quantizer_a4_unsigned(%x: tensor<?x2x2x2xf32>) {
  // expected-error @+1 {{layer 'q': (A4) its result is of type 'tensor<?x2x2x2xi8>', needed is 'tensor<?x2x2x2xui8>'}}
  %0 = akida.quantizer "q" (%x) : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xi8>
  return
}

// -----

// quantizer_a4
func.func @quantizer_a4_signed(%x: tensor<?x2x2x2xf32>) {
  // expected-error @+1 {{layer 'q': (A4) its result is of type 'tensor<?x2x2x2xui8>', needed is 'tensor<?x2x2x2xi8>'}}
  %0 = akida.quantizer "q" (%x) output_bits = 4 output_signed = true
      : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xui8>
  return
}

// -----

// Quantizers take floats.
func.func @quantizer_operand(%x: tensor<?x2x2x2xi8>) {
  // expected-error @+1 {{'akida.quantizer' op operand #0 must be ranked tensor of 32-bit float values, but got 'tensor<?x2x2x2xi8>'}}
  %0 = akida.quantizer "q" (%x) : (tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xui8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// dequantizer
//===----------------------------------------------------------------------===//

// dequantizer_a3
func.func @dequantizer_a3(%x: tensor<?x1x1x2xi32>) {
  // expected-error @+1 {{layer 'd': (A3) the variable 'scales' is of type 'tensor<2xi8>', needed is 'tensor<2xf32>'}}
  %0 = akida.dequantizer "d" (%x) {scales = dense<1> : tensor<2xi8>}
      : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
  return
}

// -----

// dequantizer_a4
func.func @dequantizer_a4(%x: tensor<?x1x1x2xi32>) {
  // expected-error @+1 {{layer 'd': (A4) its result is of type 'tensor<?x1x1x3xf32>', needed is 'tensor<?x1x1x2xf32>'}}
  %0 = akida.dequantizer "d" (%x) : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x3xf32>
  return
}

// -----

// Dequantizers make floats.
func.func @dequantizer_result(%x: tensor<?x1x1x2xi32>) {
  // expected-error @+1 {{'akida.dequantizer' op result #0 must be ranked tensor of 32-bit float values, but got 'tensor<?x1x1x2xi32>'}}
  %0 = akida.dequantizer "d" (%x) : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xi32>
  return
}
