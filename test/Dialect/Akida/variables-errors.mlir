// RUN: qml-opt %s --verify-diagnostics --split-input-file

// Shapes, types and values of variables.

//===----------------------------------------------------------------------===//
// Shapes and types
//===----------------------------------------------------------------------===//

// a3
func.func @weights_rank(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'weights' is of type 'tensor<4x2xi8>', needed is 'tensor<1x1x4x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @weights_shape(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'weights' is of type 'tensor<1x1x2x4xi8>', needed is 'tensor<1x1x4x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x2x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @weights_type(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'weights' is of type 'tensor<1x1x4x2xui8>', needed is 'tensor<1x1x4x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x2xui8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @weights_wide(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'weights' is of type 'tensor<1x1x4x2xi32>', needed is 'tensor<1x1x4x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x2xi32>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @bias_scalar(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'bias' is of type 'tensor<i8>', needed is 'tensor<2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = dense<1> : tensor<i8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @bias_inputs(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'bias' is of type 'tensor<4xi8>', needed is 'tensor<2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = dense<1> : tensor<4xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @bias_type(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'bias' is of type 'tensor<2xi32>', needed is 'tensor<2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = dense<1> : tensor<2xi32>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @input_shift_outputs(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'input_shift' is of type 'tensor<2xui8>', needed is 'tensor<4xui8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {input_shift = dense<1> : tensor<2xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @bias_shift_sign(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'bias_shift' is of type 'tensor<2xi8>', needed is 'tensor<2xui8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias_shift = dense<1> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @output_shift_sign(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'output_shift' is of type 'tensor<2xui8>', needed is 'tensor<2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {output_shift = dense<1> : tensor<2xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @output_scales_type(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'output_scales' is of type 'tensor<2xi8>', needed is 'tensor<2xui8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {output_scales = dense<1> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @lut_length(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) the variable 'lut_values' is of type 'tensor<1024xi32>', needed is 'tensor<2048xi32>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 activation = lut
      {lut_values = dense<1> : tensor<1024xi32>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3: all variables are checked.
func.func @every(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+2 {{layer 'conv': (A3) the variable 'bias' is of type 'tensor<3xi8>', needed is 'tensor<2xi8>'}}
  // expected-error @+1 {{layer 'conv': (A3) the variable 'bias_shift' is of type 'tensor<3xui8>', needed is 'tensor<2xui8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = dense<1> : tensor<3xi8>, bias_shift = dense<1> : tensor<3xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// Variables are arrays of numbers of the engine.
func.func @of_floats(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+2 {{custom op 'akida.conv2d' 'akida.conv2d' op attribute 'bias' failed to satisfy constraint: array of f32, or of i8 to i64, signed or not}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = dense<[1.0, 2.0]> : tensor<2xf64>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// Variables are arrays of numbers of the engine.
func.func @of_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+2 {{custom op 'akida.conv2d' 'akida.conv2d' op attribute 'bias' failed to satisfy constraint: array of f32, or of i8 to i64, signed or not}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = dense<1> : tensor<2xi4>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// Variables are arrays of numbers of the engine.
func.func @of_index(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+2 {{custom op 'akida.conv2d' 'akida.conv2d' op attribute 'bias' failed to satisfy constraint: array of f32, or of i8 to i64, signed or not}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias = array<i8: 1, 2>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Variables that a layer hasn't
//===----------------------------------------------------------------------===//

// a3
func.func @relu_of_none(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) has no variable 'max_value' with this activation; it belongs to activation = relu}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {max_value = dense<1> : tensor<2xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @relu_of_lut(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) has no variable 'max_value_shift' with this activation; it belongs to activation = relu}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 activation = lut
      {max_value_shift = dense<1> : tensor<2xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @lut_of_relu(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+3 {{layer 'conv': (A3) has no variable 'activation_scales' with this activation; it belongs to activation = lut}}
  // expected-error @+2 {{layer 'conv': (A3) has no variable 'activation_shift' with this activation; it belongs to activation = lut}}
  // expected-error @+1 {{layer 'conv': (A3) has no variable 'lut_values' with this activation; it belongs to activation = lut}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 activation = relu
      {lut_values = dense<1> : tensor<2048xi32>, activation_scales = dense<1> : tensor<2xui8>,
      activation_shift = dense<1> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @of_another_layer(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+2 {{layer 'conv': (A3) it has no parameter or variable 'in_proj'}}
  // expected-error @+1 {{layer 'conv': (A3) it has no parameter or variable 'units'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {units = 3 : i32, in_proj = dense<1> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @parameter(%x: tensor<?x1x1x2xi32>) {
  // expected-error @+1 {{layer 'd': (A3) it has no parameter or variable 'output_bits'}}
  %0 = akida.dequantizer "d" (%x) {output_bits = "many"}
      : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
  return
}

// -----

// a3
func.func @windows(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'x': (A3) it has no parameter or variable 'kernel_width'}}
  %0 = akida.input_data "x" (%x) {kernel_width = 1 : i32}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// a3: channels of a depthwise convolution are its input's.
func.func @filters(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': (A3) it has no parameter or variable 'filters'}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 1
      {filters = 7 : i32,
      weights = dense<1> : tensor<1x1x4x1xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x7xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

// a3
func.func @weights_4_above(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) a value of 'weights' is 8; weights of 4 bits are -8 to 7}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 weights_bits = 4
      {weights = dense<[[[[7, 7], [7, 7], [7, 8], [-8, 9]]]]> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @weights_4_below(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A3) a value of 'weights' is -9; weights of 4 bits are -8 to 7}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 weights_bits = 4
      {weights = dense<-9> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2: shifts to the left.
func.func @bias_shift(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': shift 32 (bias_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {bias_shift = dense<[31, 32]> : tensor<2xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2
func.func @input_shift(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': shift 255 (input_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {input_shift = dense<[0, 0, 255, 0]> : tensor<4xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2: shifts to both sides.
func.func @output_shift(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': shift 32 (output_shift): Akida 2.0 layers shift by -31 to 31}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {output_shift = dense<[-31, 32]> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2
func.func @output_shift_right(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': shift -32 (output_shift): Akida 2.0 layers shift by -31 to 31}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {output_shift = dense<-32> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2
func.func @max_value_shift(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': shift 32 (max_value_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 activation = relu
      {max_value_shift = dense<32> : tensor<2xui8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2
func.func @activation_shift(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': shift -100 (activation_shift): Akida 2.0 layers shift by -31 to 31}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 activation = lut
      {activation_shift = dense<-100> : tensor<2xi8>,
      weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// Resources
//===----------------------------------------------------------------------===//

// a3
func.func @no_resource(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': it uses the resource 'nowhere' of type 'tensor<1x1x4x2xi8>', which is not in the file; it may have been written with its weights left out}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense_resource<nowhere> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a3
func.func @short_resource(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': it uses the resource 'short' of type 'tensor<1x1x4x2xi8>', which needs 8 bytes and has 3}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense_resource<short> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x01000000010203"
    }
  }
#-}

// -----

// a3
func.func @huge(%x: tensor<?x1x1x268435456xi8>) {
  // expected-error @+1 {{layer 'fc': it has an array of type 'tensor<268435456x268435456xi8>'; arrays have at most 1099511627776 elements}}
  %0 = akida.dense1d "fc" (%x) units = 268435456
      {weights = dense<1> : tensor<268435456x268435456xi8>}
      : (tensor<?x1x1x268435456xi8>) -> tensor<?x1x1x268435456xi8>
  return
}

// -----

// a3: a few characters that would take all memory.
func.func @repeated(%x: tensor<?x1x1x65536xi8>) {
  // expected-error @+1 {{layer 'fc': it has a literal of type 'tensor<65536x65536xi8>'; those that repeat one value stand for at most 1073741824 bytes}}
  %0 = akida.dense1d "fc" (%x) units = 65536
      {weights = dense<1> : tensor<65536x65536xi8>}
      : (tensor<?x1x1x65536xi8>) -> tensor<?x1x1x65536xi8>
  return
}
