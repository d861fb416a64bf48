// RUN: qml-opt %s --verify-diagnostics --split-input-file

//===----------------------------------------------------------------------===//
// dense1d
//===----------------------------------------------------------------------===//

// dense1d_a2
func.func @dense1d_a2_units(%x: tensor<?x2x3x4xi8>) {
  // expected-error @+1 {{layer 'fc': channels -1 (units): Akida 2.0 layers have 1 to 268435456}}
  %0 = akida.dense1d "fc" (%x) units = -1 {weights = dense<1> : tensor<24x1xi8>}
      : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x1xi8>
  return
}

// -----

// dense1d_a2
func.func @dense1d_a2_weights_bits(%x: tensor<?x2x3x4xi8>) {
  // expected-error @+1 {{layer 'fc': weights of 1 bit (weights_bits): Akida 2.0 layers take 4 or 8}}
  %0 = akida.dense1d "fc" (%x) units = 1 weights_bits = 1
      {weights = dense<1> : tensor<24x1xi8>}
      : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x1xi8>
  return
}

// -----

// dense1d_a3: rows are all values of the image.
func.func @dense1d_a3(%x: tensor<?x2x3x4xi8>) {
  // expected-error @+1 {{layer 'fc': (A3) the variable 'weights' is of type 'tensor<4x2xi8>', needed is 'tensor<24x2xi8>'}}
  %0 = akida.dense1d "fc" (%x) units = 2 {weights = dense<1> : tensor<4x2xi8>}
      : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x2xi8>
  return
}

// -----

// dense1d_a4
func.func @dense1d_a4(%x: tensor<?x2x3x4xi8>) {
  // expected-error @+1 {{layer 'fc': (A4) its result is of type 'tensor<?x2x3x2xi8>', needed is 'tensor<?x1x1x2xi8>'}}
  %0 = akida.dense1d "fc" (%x) units = 2 {weights = dense<1> : tensor<24x2xi8>}
      : (tensor<?x2x3x4xi8>) -> tensor<?x2x3x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// add
//===----------------------------------------------------------------------===//

// add_a2
func.func @add_a2_output_bits(%a: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'add': output bits 0: Akida 2.0 layers take 1 to 32}}
  %0 = akida.add "add" (%a, %a) output_bits = 0
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// add_a2
func.func @add_a2_buffer_bits(%a: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'add': buffers of 0 bits (buffer_bits): Akida 2.0 layers have 1 to 32}}
  %0 = akida.add "add" (%a, %a) buffer_bits = 0
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// add_a2: of both inputs.
func.func @add_a2_input_bits(%a: tensor<?x8x8x4xi16>, %b: tensor<?x8x8x4xi32>) {
  // expected-error @+2 {{layer 'add': input of 16 bits: Akida 2.0 additions take 1 to 8}}
  // expected-error @+1 {{layer 'add': input of 32 bits: Akida 2.0 additions take 1 to 8}}
  %0 = akida.add "add" (%a, %b)
      : (tensor<?x8x8x4xi16>, tensor<?x8x8x4xi32>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// add_a2: what counts are the bits that a layer says, not its type.
func.func @add_a2_layer_bits(%x: tensor<?x8x8x4xi8>) {
  %0 = akida.conv2d "conv" (%x) filters = 4 kernel_size = 1 output_bits = 12
      {weights = dense<1> : tensor<1x1x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi32>
  // expected-error @+1 {{layer 'add': input of 12 bits: Akida 2.0 additions take 1 to 8}}
  %1 = akida.add "add" (%0, %x)
      : (tensor<?x8x8x4xi32>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// add_a2: sums of unsigned inputs have a sign, too.
func.func @add_a2_unsigned(%a: tensor<?x8x8x4xui8>) {
  // expected-error @+1 {{layer 'add': sum of two unsigned inputs in 32 bits: Akida 2.0 additions take 1 to 31}}
  %0 = akida.add "add" (%a, %a) output_bits = 32
      : (tensor<?x8x8x4xui8>, tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xi32>
  return
}

// -----

// add_a2
func.func @add_a2_extents(%a: tensor<?x8x8x4xi8>, %b: tensor<?x8x8x1xi8>) {
  // expected-error @+1 {{layer 'add': inputs 8x8x4 and 8x8x1: Akida 2.0 additions take two images of the same extents}}
  %0 = akida.add "add" (%a, %b)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x1xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// add_a3
func.func @add_a3(%a: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'add': (A3) the variable 'b_shift' is of type 'tensor<1xui8>', needed is 'tensor<4xui8>'}}
  %0 = akida.add "add" (%a, %a) {b_shift = dense<1> : tensor<1xui8>}
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// add_a4
func.func @add_a4(%a: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'add': (A4) its result is of type 'tensor<?x8x8x4xi16>', needed is 'tensor<?x8x8x4xi32>'}}
  %0 = akida.add "add" (%a, %a) output_bits = 16
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// concatenate
//===----------------------------------------------------------------------===//

// concatenate_a2
func.func @concatenate_a2_extents(%a: tensor<?x8x8x4xi8>, %b: tensor<?x8x4x4xi8>) {
  // expected-error @+1 {{layer 'concat': inputs 8x8 of signed integers of 8 bits and 8x4 of signed integers of 8 bits: Akida 2.0 concatenations take images of the same height, width, bits and sign}}
  %0 = akida.concatenate "concat" (%a, %b)
      : (tensor<?x8x8x4xi8>, tensor<?x8x4x4xi8>) -> tensor<?x8x8x8xi8>
  return
}

// -----

// concatenate_a2
func.func @concatenate_a2_sign(%a: tensor<?x8x8x4xi8>, %b: tensor<?x8x8x4xui8>) {
  // expected-error @+1 {{layer 'concat': inputs 8x8 of signed integers of 8 bits and 8x8 of unsigned integers of 8 bits: Akida 2.0 concatenations take images of the same height, width, bits and sign}}
  %0 = akida.concatenate "concat" (%a, %b)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xui8>) -> tensor<?x8x8x8xi8>
  return
}

// -----

// concatenate_a2
func.func @concatenate_a2_bits(%x: tensor<?x8x8x4xi8>) {
  %0 = akida.input_data "x" (%x) input_bits = 8
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.conv2d "conv" (%0) filters = 4 kernel_size = 1 output_bits = 5
      {weights = dense<1> : tensor<1x1x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-error @+1 {{layer 'concat': inputs 8x8 of signed integers of 8 bits and 8x8 of signed integers of 5 bits: Akida 2.0 concatenations take images of the same height, width, bits and sign}}
  %2 = akida.concatenate "concat" (%0, %1)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x8xi8>
  return
}

// -----

// concatenate_a4
func.func @concatenate_a4(%a: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'concat': (A4) its result is of type 'tensor<?x8x8x4xi8>', needed is 'tensor<?x8x8x8xi8>'}}
  %0 = akida.concatenate "concat" (%a, %a)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}
