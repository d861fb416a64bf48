// RUN: qml-opt %s --verify-diagnostics --split-input-file

//===----------------------------------------------------------------------===//
// input_convolutional
//===----------------------------------------------------------------------===//

// input_convolutional_a2
func.func @input_convolutional_a2_weights_bits(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': weights of 2 bits (weights_bits): Akida 1.0 input convolutions take 4 or 8}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 weights_bits = 2
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_channels(%x: tensor<?x8x8x2xui8>) {
  // expected-error @+1 {{layer 'layer': channels 2: Akida 1.0 input convolutions take 1 or 3; take int8 inputs: any number of channels in 2.0, integers of 0 to 15 in 1.0}}
  %1 = akida.input_convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x2x2xi8>}
      : (tensor<?x8x8x2xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_kernel_width(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': kernel 4 (kernel_width): Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %1 = akida.input_convolutional "layer" (%x) filters = 2 kernel_width = 4 kernel_height = 3
      {weights = dense<1> : tensor<4x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_kernel_height(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': kernel 9 (kernel_height): Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %1 = akida.input_convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 9
      {weights = dense<1> : tensor<3x9x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_stride(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': stride 1x0 of a kernel of 3x3: Akida 1.0 input convolutions take strides of 1 and more}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 stride_y = 0
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_padding_value(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': padding value 256 (padding_value): Akida 1.0 input convolutions take 0 to 255; scale inputs so that zero lies within them}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 padding_value = 256
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_negative_padding_value(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': padding value -1 (padding_value): Akida 1.0 input convolutions take 0 to 255; scale inputs so that zero lies within them}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 padding_value = -1
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_padding(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': padding same_upper: Akida 1.0 convolutions take same or valid}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 padding = same_upper
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_act_bits(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': activations of 3 bits: Akida 1.0 layers give 1, 2 or 4; use activation-bits of 1, 2 or 4}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 act_bits = 3
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a2
func.func @input_convolutional_a2_filters(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': channels 0 (filters): Akida 1.0 layers have 1 to 268435456}}
  %1 = akida.input_convolutional "layer" (%x) filters = 0 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x1xui8>
  return
}

// -----

// input_convolutional_a3
func.func @input_convolutional_a3_weights(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': (A3) the variable 'weights' is of type 'tensor<3x3x1x1xi8>', needed is 'tensor<3x3x1x2xi8>'}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 weights_bits = 8
      {weights = dense<1> : tensor<3x3x1x1xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a3: weights of 4 bits are symmetric.
func.func @input_convolutional_a3_weights_values(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': (A3) a value of 'weights' is -8; weights of 4 bits are -7 to 7}}
  %1 = akida.input_convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<-8> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a3
func.func @input_convolutional_a3_variables(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+2 {{layer 'layer': (A3) the variable 'threshold' is of type 'tensor<2xi8>', needed is 'tensor<2xi32>'}}
  // expected-error @+1 {{layer 'layer': (A3) the variable 'act_step' is of type 'tensor<1xf32>', needed is 'tensor<2xf32>'}}
  %1 = akida.input_convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {threshold = dense<1> : tensor<2xi8>, act_step = dense<1.0> : tensor<1xf32>,
      weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a4
func.func @input_convolutional_a4_bits(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x8x8x2xi8>', needed is 'tensor<?x8x8x2xui8>'}}
  %1 = akida.input_convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// input_convolutional_a4: without an activation results are sums.
func.func @input_convolutional_a4_sums(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x8x8x2xui8>', needed is 'tensor<?x8x8x2xi32>'}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 activation = false
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a4
func.func @input_convolutional_a4_shape(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x8x8x2xui8>', needed is 'tensor<?x6x6x2xui8>'}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 padding = valid
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// input_convolutional_a4
func.func @input_convolutional_a4_small(%x: tensor<?x8x6x1xui8>) {
  // expected-error @+1 {{layer 'layer': result of an image of 8x6: Akida 1.0 layers make images with at least one cell}}
  %1 = akida.input_convolutional "layer" (%x)
      filters = 2 kernel_width = 3 kernel_height = 7 padding = valid
      {weights = dense<1> : tensor<3x7x1x2xi8>}
      : (tensor<?x8x6x1xui8>) -> tensor<?x6x1x2xui8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// convolutional
//===----------------------------------------------------------------------===//

// convolutional_a2
func.func @convolutional_a2_weights_bits(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': weights of 8 bits (weights_bits): Akida 1.0 layers take 1, 2 or 4}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 weights_bits = 8
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_kernel_size(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+2 {{layer 'layer': kernel 2 (kernel_width): Akida 1.0 convolutions take 1, 3, 5 or 7}}
  // expected-error @+1 {{layer 'layer': kernel 2 (kernel_height): Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 2 kernel_height = 2
      {weights = dense<1> : tensor<2x2x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2: no cell is left out.
func.func @convolutional_a2_strides(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': stride 2x4 of a kernel of 3x3: Akida 1.0 convolutions take strides of 1 up to the extents of the kernel}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 stride_x = 2 stride_y = 4
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x4x2x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_no_stride(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': stride 0x1 of a kernel of 3x3: Akida 1.0 convolutions take strides of 1 up to the extents of the kernel}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3 stride_x = 0
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_act_bits(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activations of 8 bits: Akida 1.0 layers give 1, 2 or 4; use activation-bits of 1, 2 or 4}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3 act_bits = 8
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_padding(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': padding same_upper: Akida 1.0 convolutions take same or valid}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 stride_x = 2 stride_y = 2
      padding = same_upper
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x4x4x2xui8>
  return
}

// -----

// convolutional_a2: inputs are unsigned, of up to 4 bits.
func.func @convolutional_a2_signed(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'layer': input of signed integers of 8 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  %0 = akida.convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_sums(%x: tensor<?x8x8x1xui8>) {
  %0 = akida.input_convolutional "first" (%x)
      filters = 4 kernel_width = 1 kernel_height = 1 activation = false
      {weights = dense<1> : tensor<1x1x1x4xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x4xi32>
  // expected-error @+1 {{layer 'layer': input of signed integers of 32 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi32>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2: an argument of bytes is no input of 4 bits.
func.func @convolutional_a2_bytes(%x: tensor<?x8x8x4xui8>) {
  // expected-error @+1 {{layer 'layer': input of unsigned integers of 8 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  %0 = akida.convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_step(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activation step 0.06: Akida 1.0 layers take steps of 1/16 and more, below 2^24 with an activation}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {act_step = dense<[1.0, 0.06]> : tensor<2xf32>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_negative_step(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activation step -1: Akida 1.0 layers take steps of 1/16 and more, below 2^24 with an activation}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {act_step = dense<-1.0> : tensor<2xf32>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_huge_step(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activation step 16777216: Akida 1.0 layers take steps of 1/16 and more, below 2^24 with an activation}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {act_step = dense<[1.0, 16777216.0]> : tensor<2xf32>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a2: without an activation a step may be huge, but not infinite.
func.func @convolutional_a2_infinite_step(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activation step inf: Akida 1.0 layers take steps of 1/16 and more, below 2^24 with an activation}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 activation = false
      {act_step = dense<[1.0e30, 0x7F800000]> : tensor<2xf32>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xi32>
  return
}

// -----

// convolutional_a2
func.func @convolutional_a2_no_step(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activation step nan: Akida 1.0 layers take steps of 1/16 and more, below 2^24 with an activation}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 activation = false
      {act_step = dense<[0x7FC00000, 1.0]> : tensor<2xf32>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xi32>
  return
}

// -----

// convolutional_a3
func.func @convolutional_a3_values(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) a value of 'weights' is -8; weights of 4 bits are -7 to 7}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<-8> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a3
func.func @convolutional_a3_two_bits(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) a value of 'weights' is -2; weights of 2 bits are -1 to 1}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 weights_bits = 2
      {weights = dense<-2> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a3: weights of 1 bit are 0 and 1.
func.func @convolutional_a3_one_bit(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) a value of 'weights' is -1; weights of 1 bit are 0 to 1}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 weights_bits = 1
      {weights = dense<-1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a3
func.func @convolutional_a3_threshold(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) the variable 'threshold' is of type 'tensor<2xf32>', needed is 'tensor<2xi32>'}}
  %1 = akida.convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {threshold = dense<1.0> : tensor<2xf32>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// convolutional_a4
func.func @convolutional_a4(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x4x3x2xui8>', needed is 'tensor<?x3x4x2xui8>'}}
  %1 = akida.convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 3
      pooling_height = 2 act_bits = 2
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x4x3x2xui8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// separable_convolutional
//===----------------------------------------------------------------------===//

// separable_convolutional_a2
func.func @separable_convolutional_a2_weights_bits(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': weights of 8 bits (weights_bits): Akida 1.0 layers take 1, 2 or 4}}
  %1 = akida.separable_convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 weights_bits = 8
      {weights_pw = dense<1> : tensor<1x1x4x2xi8>,
      weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// separable_convolutional_a2
func.func @separable_convolutional_a2_strides(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': stride 4x3 of a kernel of 3x3: Akida 1.0 convolutions take strides of 1 up to the extents of the kernel}}
  %1 = akida.separable_convolutional "layer" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 stride_x = 4 stride_y = 3
      {weights_pw = dense<1> : tensor<1x1x4x2xi8>,
      weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x2x3x2xui8>
  return
}

// -----

// separable_convolutional_a2
func.func @separable_convolutional_a2_kernel_size(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': kernel 11 (kernel_height): Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %1 = akida.separable_convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 11
      {weights_pw = dense<1> : tensor<1x1x4x2xi8>,
      weights = dense<1> : tensor<3x11x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// separable_convolutional_a3
func.func @separable_convolutional_a3_weights(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) the variable 'weights' is of type 'tensor<3x3x4x2xi8>', needed is 'tensor<3x3x4x1xi8>'}}
  %1 = akida.separable_convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights_pw = dense<1> : tensor<1x1x4x2xi8>,
      weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// separable_convolutional_a3
func.func @separable_convolutional_a3_weights_pw(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) the variable 'weights_pw' is of type 'tensor<1x1x2x4xi8>', needed is 'tensor<1x1x4x2xi8>'}}
  %1 = akida.separable_convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights_pw = dense<1> : tensor<1x1x2x4xi8>,
      weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// separable_convolutional_a3
func.func @separable_convolutional_a3_values_pw(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) a value of 'weights_pw' is 8; weights of 4 bits are -7 to 7}}
  %1 = akida.separable_convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights_pw = dense<8> : tensor<1x1x4x2xi8>,
      weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// separable_convolutional_a4
func.func @separable_convolutional_a4(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x8x8x4xui8>', needed is 'tensor<?x8x8x2xui8>'}}
  %1 = akida.separable_convolutional "layer" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights_pw = dense<1> : tensor<1x1x4x2xi8>,
      weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  return
}

// -----

// Both kernels are needed.
func.func @separable_convolutional_weights(%x: tensor<?x8x8x4xui8>) {
  // expected-error @+1 {{'akida.separable_convolutional' op requires attribute 'weights_pw'}}
  %0 = akida.separable_convolutional "layer" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// fully_connected
//===----------------------------------------------------------------------===//

// fully_connected_a2
func.func @fully_connected_a2_weights_bits(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': weights of 3 bits (weights_bits): Akida 1.0 layers take 1, 2 or 4}}
  %1 = akida.fully_connected "layer" (%0) units = 2 weights_bits = 3
      {weights = dense<1> : tensor<1x1x256x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xui8>
  return
}

// -----

// fully_connected_a2
func.func @fully_connected_a2_act_bits(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': activations of 5 bits: Akida 1.0 layers give 1, 2 or 4; use activation-bits of 1, 2 or 4}}
  %1 = akida.fully_connected "layer" (%0) units = 2 act_bits = 5
      {weights = dense<1> : tensor<1x1x256x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xi8>
  return
}

// -----

// fully_connected_a2
func.func @fully_connected_a2_units(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': channels 0 (units): Akida 1.0 layers have 1 to 268435456}}
  %1 = akida.fully_connected "layer" (%0) units = 0
      {weights = dense<1> : tensor<1x1x256x1xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x1xui8>
  return
}

// -----

// fully_connected_a2
func.func @fully_connected_a2_input(%x: tensor<?x1x1x4xi32>) {
  // expected-error @+1 {{layer 'layer': input of signed integers of 32 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  %0 = akida.fully_connected "layer" (%x) units = 2
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x1x1x4xi32>) -> tensor<?x1x1x2xui8>
  return
}

// -----

// fully_connected_a4
func.func @fully_connected_a4_operand(%x: tensor<?x4xui8>) {
  // expected-error @+1 {{layer 'layer': operand of type tensor<?x4xui8>: Akida 1.0 layers take images (batch, height, width, channels) of extents from 1 to 2^28 and 2^40 values}}
  %0 = akida.fully_connected "layer" (%x) units = 2
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x4xui8>) -> tensor<?x1x1x2xui8>
  return
}

// -----

// fully_connected_a3
func.func @fully_connected_a3(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A3) the variable 'weights' is of type 'tensor<256x2xi8>', needed is 'tensor<1x1x256x2xi8>'}}
  %1 = akida.fully_connected "layer" (%0) units = 2
      {weights = dense<1> : tensor<256x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xui8>
  return
}

// -----

// fully_connected_a4
func.func @fully_connected_a4(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x1x1x2xui8>', needed is 'tensor<?x1x1x2xi32>'}}
  %1 = akida.fully_connected "layer" (%0) units = 2 activation = false
      {weights = dense<1> : tensor<1x1x256x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xui8>
  return
}

// -----

// fully_connected_a4
func.func @fully_connected_a4_shape(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'layer': (A4) its result is of type 'tensor<?x8x8x2xui8>', needed is 'tensor<?x1x1x2xui8>'}}
  %1 = akida.fully_connected "layer" (%0) units = 2
      {weights = dense<1> : tensor<1x1x256x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}
