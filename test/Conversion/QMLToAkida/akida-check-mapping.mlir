// Windows, pools and bits that the mapper of Akida 2.0 leaves to software.

// RUN: qml-opt %s --akida-check-mapping --verify-diagnostics --split-input-file

// All of this maps: nothing is said.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x16x16x3xui8>):
  %0 = akida.input_conv2d "in" (%x) filters = 4 kernel_size = 5 kernel_stride = 2 activation = relu pool_type = max pool_size = 3 pool_stride = 2
      {weights = dense<1> : tensor<5x5x3x4xi8>}
      : (tensor<?x16x16x3xui8>) -> tensor<?x4x4x4xi8>
  %1 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x4x4x4xi8>) -> tensor<?x4x4x4xi8>
  %2 = akida.depthwise_conv2d "b" (%1) kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x4x4x4xi8>) -> tensor<?x4x4x4xi8>
  %3 = akida.add "add" (%1, %2)
      : (tensor<?x4x4x4xi8>, tensor<?x4x4x4xi8>) -> tensor<?x4x4x4xi8>
  %4 = akida.conv2d "c" (%3) filters = 4 kernel_size = 3 pool_type = average activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x4x4x4xi8>) -> tensor<?x1x1x4xi8>
  %5 = akida.dense1d "fc" (%4) units = 2 output_bits = 28
      {weights = dense<1> : tensor<4x2xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi32>
  akida.return %5 : tensor<?x1x1x2xi32>
}

// -----

// Kernels: each layer has its own.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x16x16x3xui8>):
  // expected-warning @+1 {{layer 'in': kernel 1; the mapper takes 3, 4, 5 or 7; the layer runs in software; put the kernel into a larger one, with zeros around it}}
  %0 = akida.input_conv2d "in" (%x) filters = 4 kernel_size = 1 activation = relu
      {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x16x16x3xui8>) -> tensor<?x16x16x4xi8>
  // expected-warning @+1 {{layer 'dw': kernel 1; the mapper takes 3, 5 or 7; the layer runs in software; put the kernel into a larger one, with zeros around it}}
  %1 = akida.depthwise_conv2d "dw" (%0) kernel_size = 1 activation = relu
      {weights = dense<1> : tensor<1x1x4x1xi8>}
      : (tensor<?x16x16x4xi8>) -> tensor<?x16x16x4xi8>
  %2 = akida.conv2d "one" (%1) filters = 4 kernel_size = 1 activation = relu
      {weights = dense<1> : tensor<1x1x4x4xi8>}
      : (tensor<?x16x16x4xi8>) -> tensor<?x16x16x4xi8>
  akida.return %2 : tensor<?x16x16x4xi8>
}

// -----

// Strides hang on kernels.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x16x16x3xui8>):
  // expected-warning @+1 {{layer 'in': stride 4 with kernel 3; the mapper takes 1, 2 or 3; the layer runs in software}}
  %0 = akida.input_conv2d "in" (%x) filters = 4 kernel_size = 3 kernel_stride = 4 activation = relu
      {weights = dense<1> : tensor<3x3x3x4xi8>}
      : (tensor<?x16x16x3xui8>) -> tensor<?x4x4x4xi8>
  %1 = akida.conv2d "next" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x4x4x4xi8>) -> tensor<?x4x4x4xi8>
  akida.return %1 : tensor<?x4x4x4xi8>
}

// -----

// Paddings after the first layer.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x16x16x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x16x16x4xi8>) -> tensor<?x16x16x4xi8>
  // expected-warning @+1 {{layer 'valid': padding valid; the mapper takes same or same_upper; the layer runs in software; use padding same}}
  %1 = akida.conv2d "valid" (%0) filters = 4 kernel_size = 3 padding = valid activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x16x16x4xi8>) -> tensor<?x14x14x4xi8>
  // expected-warning @+1 {{layer 'upper': weights of 4 bits with padding same_upper; the mapper takes 8; the layer runs in software; choose other bits for weights or results}}
  %2 = akida.conv2d "upper" (%1) filters = 4 kernel_size = 3 padding = same_upper kernel_stride = 2 weights_bits = 4 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x14x14x4xi8>) -> tensor<?x7x7x4xi8>
  akida.return %2 : tensor<?x7x7x4xi8>
}

// -----

// Pools, and what follows them.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x16x16x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x16x16x4xi8>) -> tensor<?x16x16x4xi8>
  // expected-warning @+1 {{layer 'three': pool 3 with pooling max; the mapper takes 1 or 2; the layer runs in software}}
  %1 = akida.conv2d "three" (%0) filters = 4 kernel_size = 3 pool_type = max pool_size = 3 pool_stride = 2 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x16x16x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'stride': stride 2 with pooling max; the mapper takes 1; the layer runs in software; give the pool a convolution of its own}}
  %2 = akida.conv2d "stride" (%1) filters = 4 kernel_size = 3 kernel_stride = 2 pool_type = max pool_size = 2 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x2x2x4xi8>
  // expected-warning @+2 {{layer 'lut': pooling max with activation lut; the mapper takes none or average; the layer runs in software; give the pool a convolution of its own}}
  // expected-warning @+1 {{layer 'lut': next layer Dense1D with pooling max; the mapper takes Conv2D, DepthwiseConv2D, Conv2DTranspose, DepthwiseConv2DTranspose, BufferTempConv or DepthwiseBufferTempConv; the layer runs in software; put a convolution after the pool}}
  %3 = akida.conv2d "lut" (%2) filters = 4 kernel_size = 3 pool_type = max pool_size = 1 activation = lut
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  %4 = akida.dense1d "fc" (%3) units = 2 output_bits = 28
      {weights = dense<1> : tensor<16x2xi8>}
      : (tensor<?x2x2x4xi8>) -> tensor<?x1x1x2xi32>
  akida.return %4 : tensor<?x1x1x2xi32>
}

// -----

// Averages.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x16x16x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x16x16x4xi8>) -> tensor<?x16x16x4xi8>
  // expected-warning @+1 {{layer 'gap': average over 256 cells; the mapper takes up to 144; the layer runs in software; make the image smaller before it}}
  %1 = akida.conv2d "gap" (%0) filters = 4 kernel_size = 3 pool_type = average activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x16x16x4xi8>) -> tensor<?x1x1x4xi8>
  %2 = akida.dense1d "fc" (%1) units = 2 output_bits = 28
      {weights = dense<1> : tensor<4x2xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi32>
  akida.return %2 : tensor<?x1x1x2xi32>
}

// -----

// Bits of inputs, weights and results, with one another.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xui8>):
  // expected-warning @+1 {{layer 'input': results of 3 bits; the mapper takes 4 or 8; the layer runs in software}}
  %0 = akida.input_data "input" (%x) input_bits = 3
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  %1 = akida.conv2d "wide" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'plain': results of 8 bits with activation none and weights of 4 bits and position inner; the mapper takes none; the layer runs in software; put a ReLU after it, or give it weights of 8 bits}}
  %2 = akida.conv2d "plain" (%1) filters = 4 kernel_size = 3 weights_bits = 4
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'dw': results of 8 bits with activation relu and weights of 4 bits; the mapper takes 4; the layer runs in software; choose other bits for weights or results}}
  %3 = akida.depthwise_conv2d "dw" (%2) kernel_size = 3 weights_bits = 4 activation = relu
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'up': results of 4 bits with activation relu; the mapper takes 8; the layer runs in software; choose other bits for weights or results}}
  %4 = akida.conv2d_transpose "up" (%3) filters = 4 kernel_size = 3 output_bits = 4 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xui8>
  // expected-warning @+2 {{layer 'fc': weights of 8 bits with inputs of 4 bits; the mapper takes 4; the layer runs in software; weights have no more bits than inputs}}
  // expected-warning @+1 {{layer 'fc': activation lut; the mapper takes none or relu; the layer runs in software}}
  %5 = akida.dense1d "fc" (%4) units = 2 activation = lut output_bits = 28
      {weights = dense<1> : tensor<1024x2xi8>}
      : (tensor<?x16x16x4xui8>) -> tensor<?x1x1x2xi32>
  akida.return %5 : tensor<?x1x1x2xi32>
}

// -----

// The same results are allowed at the end alone.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xui8>):
  %0 = akida.input_data "input" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-warning @+1 {{layer 'inner': results of 8 bits with activation none and weights of 4 bits and position inner; the mapper takes none; the layer runs in software; put a ReLU after it, or give it weights of 8 bits}}
  %1 = akida.conv2d "inner" (%0) filters = 4 kernel_size = 3 weights_bits = 4
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xi8>
  %2 = akida.conv2d "last" (%1) filters = 4 kernel_size = 3 weights_bits = 4 output_bits = 28
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi32>
  akida.return %2 : tensor<?x8x8x4xi32>
}
