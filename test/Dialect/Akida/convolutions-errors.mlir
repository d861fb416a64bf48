// RUN: qml-opt %s --verify-diagnostics --split-input-file

//===----------------------------------------------------------------------===//
// conv2d
//===----------------------------------------------------------------------===//

// conv2d_a2
func.func @conv2d_a2_weights_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': weights of 5 bits (weights_bits): Akida 2.0 layers take 4 or 8}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 weights_bits = 5
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_output_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': output bits 33: Akida 2.0 layers take 1 to 32}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 output_bits = 33
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_no_output_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': output bits 0: Akida 2.0 layers take 1 to 32}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 output_bits = 0
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_buffer_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': buffers of 33 bits (buffer_bits): Akida 2.0 layers have 1 to 32}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 buffer_bits = 33
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_post_op_buffer_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': buffers of -1 bits (post_op_buffer_bits): Akida 2.0 layers have 1 to 32}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 post_op_buffer_bits = -1
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_filters(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': channels 0 (filters): Akida 2.0 layers have 1 to 268435456}}
  %0 = akida.conv2d "conv" (%x) filters = 0 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x0xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x1xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_many_filters(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': channels 268435457 (filters): Akida 2.0 layers have 1 to 268435456}}
  %0 = akida.conv2d "conv" (%x) filters = 268435457 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_kernel_size(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': kernel 4 (kernel_size): Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 4
      {weights = dense<1> : tensor<4x4x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_huge_kernel_size(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': kernel 67 (kernel_size): Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 67
      {weights = dense<1> : tensor<67x67x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_stride(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': stride 3 (kernel_stride): Akida 2.0 convolutions take 1 or 2}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 3 kernel_stride = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x3x3x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_no_stride(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': stride 0 (kernel_stride): Akida 2.0 convolutions take 1 or 2}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 kernel_stride = 0
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_stride_with_kernel(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': stride 2 with kernel 5: Akida 2.0 convolutions take stride 2 with kernels of 1 or 3}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 5 kernel_stride = 2
      {weights = dense<1> : tensor<5x5x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_upper_stride(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': padding same_upper with stride 1: Akida 2.0 convolutions take it with stride 2 and no maximum pooling}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 padding = same_upper
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a2
func.func @conv2d_a2_upper_pool(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': padding same_upper with stride 2 and maximum pooling: Akida 2.0 convolutions take it with stride 2 and no maximum pooling}}
  %0 = akida.conv2d "conv" (%x)
      filters = 2 kernel_size = 1 kernel_stride = 2 padding = same_upper pool_type = max
      pool_size = 2
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x2x2x2xi8>
  return
}

// -----

// conv2d_a4
func.func @conv2d_a4_too_small(%x: tensor<?x6x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': result of an image of 6x8: Akida 2.0 layers make images with at least one cell}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 7 padding = valid
      {weights = dense<1> : tensor<7x7x4x2xi8>}
      : (tensor<?x6x8x4xi8>) -> tensor<?x1x2x2xi8>
  return
}

// -----

// conv2d_a4
func.func @conv2d_a4_unsigned(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x8x8x2xi8>', needed is 'tensor<?x8x8x2xui8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 output_bits = 4
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// conv2d_a4
func.func @conv2d_a4_signed(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x8x8x2xui8>', needed is 'tensor<?x8x8x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 output_bits = 5
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// conv2d_a4
func.func @conv2d_a4_wide(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x8x8x2xi16>', needed is 'tensor<?x8x8x2xi32>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 output_bits = 9
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi16>
  return
}

// -----

// conv2d_a4
func.func @conv2d_a4_sixteen(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x8x8x2xi32>', needed is 'tensor<?x8x8x2xi16>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 output_bits = 16
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32>
  return
}

// -----

// conv2d_a4
func.func @conv2d_a4_shape(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x8x8x2xi8>', needed is 'tensor<?x6x6x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 3 padding = valid
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// Everything that is wrong with a layer is reported.
func.func @conv2d_all(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+5 {{layer 'conv': weights of 2 bits (weights_bits): Akida 2.0 layers take 4 or 8}}
  // expected-error @+4 {{layer 'conv': kernel 2 (kernel_size): Akida 2.0 convolutions take 1, 3, 5 or 7}}
  // expected-error @+3 {{layer 'conv': stride 4 (kernel_stride): Akida 2.0 convolutions take 1 or 2}}
  // expected-error @+2 {{layer 'conv': output bits 40: Akida 2.0 layers take 1 to 32}}
  // expected-error @+1 {{layer 'conv': pool 2x2: Akida 2.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %0 = akida.conv2d "conv" (%x)
      filters = 2 kernel_size = 2 kernel_stride = 4 pool_size = 2 output_bits = 40
      weights_bits = 2
      {weights = dense<1> : tensor<2x2x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x2x2x2xi8>
  return
}

// -----

// Layers have weights.
func.func @conv2d_weights(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{'akida.conv2d' op requires attribute 'weights'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// depthwise_conv2d
//===----------------------------------------------------------------------===//

// depthwise_conv2d_a2
func.func @depthwise_conv2d_a2_weights_bits(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': weights of 2 bits (weights_bits): Akida 2.0 layers take 4 or 8}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 3 weights_bits = 2
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// depthwise_conv2d_a2
func.func @depthwise_conv2d_a2_kernel_size(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': kernel 9 (kernel_size): Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 9
      {weights = dense<1> : tensor<9x9x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// depthwise_conv2d_a2
func.func @depthwise_conv2d_a2_stride(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': stride 3 (kernel_stride): Akida 2.0 convolutions take 1 or 2}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 3 kernel_stride = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x3x3x4xi8>
  return
}

// -----

// depthwise_conv2d_a2
func.func @depthwise_conv2d_a2_stride_with_kernel(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': stride 2 with kernel 1: Akida 2.0 depthwise convolutions take stride 2 with kernels of 3}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 1 kernel_stride = 2
      {weights = dense<1> : tensor<1x1x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xi8>
  return
}

// -----

// depthwise_conv2d_a2
func.func @depthwise_conv2d_a2_upper(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': padding same_upper with stride 1: Akida 2.0 convolutions take it with stride 2 and no maximum pooling}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 3 padding = same_upper
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// depthwise_conv2d_a3
func.func @depthwise_conv2d_a3(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': (A3) the variable 'weights' is of type 'tensor<3x3x4x4xi8>', needed is 'tensor<3x3x4x1xi8>'}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

// depthwise_conv2d_a4
func.func @depthwise_conv2d_a4(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': (A4) its result is of type 'tensor<?x8x8x1xi8>', needed is 'tensor<?x8x8x4xi8>'}}
  %0 = akida.depthwise_conv2d "dw" (%x) kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x1xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// input_conv2d
//===----------------------------------------------------------------------===//

// input_conv2d_a2
func.func @input_conv2d_a2_channels(%x: tensor<?x8x8x2xui8>) {
  // expected-error @+1 {{layer 'conv': channels 2: Akida 2.0 input convolutions take 1 or 3; take int8 inputs: any number of channels in 2.0, integers of 0 to 15 in 1.0}}
  %0 = akida.input_conv2d "conv" (%x) filters = 2 kernel_size = 3
      {weights = dense<1> : tensor<3x3x2x2xi8>}
      : (tensor<?x8x8x2xui8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// input_conv2d_a2
func.func @input_conv2d_a2_stride(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'conv': stride 7 (kernel_stride): Akida 2.0 input convolutions take 1 to 6}}
  %0 = akida.input_conv2d "conv" (%x) filters = 2 kernel_size = 3 kernel_stride = 7
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x2x2x2xi8>
  return
}

// -----

// input_conv2d_a2
func.func @input_conv2d_a2_kernel_size(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'conv': kernel 2 (kernel_size): Akida 2.0 input convolutions take 1, 3, 4, 5 or 7}}
  %0 = akida.input_conv2d "conv" (%x) filters = 2 kernel_size = 2
      {weights = dense<1> : tensor<2x2x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// input_conv2d_a2
func.func @input_conv2d_a2_pool_type(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'conv': pooling average: Akida 2.0 input convolutions take maximum pooling or none}}
  %0 = akida.input_conv2d "conv" (%x) filters = 2 kernel_size = 3 pool_type = average
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x1x1x2xi8>
  return
}

// -----

// input_conv2d_a2
func.func @input_conv2d_a2_upper(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'conv': padding same_upper with stride 3: Akida 2.0 convolutions take it with stride 2 and no maximum pooling}}
  %0 = akida.input_conv2d "conv" (%x)
      filters = 2 kernel_size = 3 kernel_stride = 3 padding = same_upper
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x3x3x2xi8>
  return
}

// -----

// input_conv2d_a4
func.func @input_conv2d_a4(%x: tensor<?x8x5x1xui8>) {
  // expected-error @+1 {{layer 'conv': result of an image of 8x5: Akida 2.0 layers make images with at least one cell}}
  %0 = akida.input_conv2d "conv" (%x) filters = 2 kernel_size = 7 padding = valid
      {weights = dense<1> : tensor<7x7x1x2xi8>}
      : (tensor<?x8x5x1xui8>) -> tensor<?x2x1x2xi8>
  return
}

// -----

// input_conv2d_a2: quantizers before it make bytes.
akida.model @input_conv2d_a2_quantizer version = v2 input = "x" {
^bb0(%x: tensor<?x8x8x1xf32>):
  %0 = akida.quantizer "q" (%x) output_bits = 4
      : (tensor<?x8x8x1xf32>) -> tensor<?x8x8x1xui8>
  // expected-error @+1 {{layer 'conv': its quantizer makes unsigned integers of 4 bits; input convolutions take unsigned ones of 8}}
  %1 = akida.input_conv2d "conv" (%0) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>
  akida.return %1 : tensor<?x8x8x2xi8>
}

// -----

// Input convolutions take bytes.
func.func @input_conv2d_operand(%x: tensor<?x8x8x1xi8>) {
  // expected-error @+1 {{'akida.input_conv2d' op operand #0 must be ranked tensor of 8-bit unsigned integer values, but got 'tensor<?x8x8x1xi8>'}}
  %0 = akida.input_conv2d "conv" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x1x2xi8>}
      : (tensor<?x8x8x1xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// conv2d_transpose
//===----------------------------------------------------------------------===//

// conv2d_transpose_a2
func.func @conv2d_transpose_a2(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'up': kernel 5 (kernel_size): Akida 2.0 transposed convolutions take 3 or 4}}
  %0 = akida.conv2d_transpose "up" (%x) filters = 2 kernel_size = 5
      {weights = dense<1> : tensor<5x5x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x2xi8>
  return
}

// -----

// conv2d_transpose_a4
func.func @conv2d_transpose_a4(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'up': (A4) its result is of type 'tensor<?x17x17x2xi8>', needed is 'tensor<?x16x16x2xi8>'}}
  %0 = akida.conv2d_transpose "up" (%x) filters = 2 kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x17x17x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// depthwise_conv2d_transpose
//===----------------------------------------------------------------------===//

// depthwise_conv2d_transpose_a2
func.func @depthwise_conv2d_transpose_a2(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'up': kernel 1 (kernel_size): Akida 2.0 transposed convolutions take 3 or 4}}
  %0 = akida.depthwise_conv2d_transpose "up" (%x) kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi8>
  return
}

// -----

// depthwise_conv2d_transpose_a3
func.func @depthwise_conv2d_transpose_a3(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'up': (A3) the variable 'weights' is of type 'tensor<3x3x4x4xi8>', needed is 'tensor<3x3x4x1xi8>'}}
  %0 = akida.depthwise_conv2d_transpose "up" (%x) kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi8>
  return
}
