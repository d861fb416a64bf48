// Sizes and values that the mapper of Akida 2.0 leaves to software.

// RUN: qml-opt %s --akida-check-mapping --verify-diagnostics --split-input-file

// Images.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x4x400x3xui8>):
  // expected-warning @+3 {{layer 'in': height 4; the mapper takes 5 or more; the layer runs in software}}
  // expected-warning @+2 {{layer 'in': width 400; the mapper takes 5 to 384; the layer runs in software; turn or cut the images}}
  // expected-warning @+1 {{layer 'in': 600 filters; the mapper takes 1 to 512; the layer runs in software}}
  %0 = akida.input_conv2d "in" (%x) filters = 600 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x3x600xi8>}
      : (tensor<?x4x400x3xui8>) -> tensor<?x4x400x600xi8>
  // expected-warning @+2 {{layer 'small': average over 1600 cells; the mapper takes up to 144; the layer runs in software; make the image smaller before it}}
  // expected-warning @+1 {{layer 'small': buffer of 960000 bytes before an average; the mapper takes up to 65536; the layer runs in software; make the image smaller before it}}
  %1 = akida.conv2d "small" (%0) filters = 4 kernel_size = 3 pool_type = average activation = relu
      {weights = dense<1> : tensor<3x3x600x4xi8>}
      : (tensor<?x4x400x600xi8>) -> tensor<?x1x1x4xi8>
  %2 = akida.dense1d "fc" (%1) units = 1 output_bits = 28
      {weights = dense<1> : tensor<4x1xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x1xi32>
  akida.return %2 : tensor<?x1x1x1xi32>
}

// -----

// Channels, by kernels and bits.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x4x4x74xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x4x4x74xi8>) -> tensor<?x4x4x74xi8>
  // expected-warning @+1 {{layer 'seven': 74 channels with kernel 7 and weights of 8 bits; the mapper takes 1 to 73; the layer runs in software}}
  %1 = akida.conv2d "seven" (%0) filters = 4 kernel_size = 7 activation = relu
      {weights = dense<1> : tensor<7x7x74x4xi8>}
      : (tensor<?x4x4x74xi8>) -> tensor<?x4x4x4xi8>
  // expected-warning @+1 {{layer 'up': 2049 filters; the mapper takes 1 to 2048; the layer runs in software}}
  %2 = akida.conv2d_transpose "up" (%1) filters = 2049 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x2049xi8>}
      : (tensor<?x4x4x4xi8>) -> tensor<?x8x8x2049xi8>
  // expected-warning @+1 {{layer 'dw': 2049 channels; the mapper takes 1 to 2048; the layer runs in software}}
  %3 = akida.depthwise_conv2d "dw" (%2) kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x2049x1xi8>}
      : (tensor<?x8x8x2049xi8>) -> tensor<?x8x8x2049xi8>
  akida.return %3 : tensor<?x8x8x2049xi8>
}

// -----

// Rows of transposed convolutions.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x2x129x128xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x2x129x128xi8>) -> tensor<?x2x129x128xi8>
  // expected-warning @+2 {{layer 'up': width 129; the mapper takes 1 to 128; the layer runs in software; turn or cut the images}}
  // expected-warning @+1 {{layer 'up': rows of 16512 values; the mapper takes 1 to 16384; the layer runs in software}}
  %1 = akida.conv2d_transpose "up" (%0) filters = 1 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x128x1xi8>}
      : (tensor<?x2x129x128xi8>) -> tensor<?x4x258x1xi8>
  akida.return %1 : tensor<?x4x258x1xi8>
}

// -----

// Inputs of dense layers.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x33xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x33xi8>) -> tensor<?x8x8x33xi8>
  // expected-warning @+1 {{layer 'fc': 2112 inputs; the mapper takes 1 to 2048; the layer runs in software; make the image smaller before it, or use a convolution}}
  %1 = akida.dense1d "fc" (%0) units = 2 output_bits = 28
      {weights = dense<1> : tensor<2112x2xi8>}
      : (tensor<?x8x8x33xi8>) -> tensor<?x1x1x2xi32>
  akida.return %1 : tensor<?x1x1x2xi32>
}

// -----

// An average needs the whole image in one processor.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x12x12x456xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x12x12x456xi8>) -> tensor<?x12x12x456xi8>
  // expected-warning @+1 {{layer 'gap': buffer of 65664 bytes before an average; the mapper takes up to 65536; the layer runs in software; make the image smaller before it}}
  %1 = akida.conv2d "gap" (%0) filters = 1 kernel_size = 3 pool_type = average activation = relu
      {weights = dense<1> : tensor<3x3x456x1xi8>}
      : (tensor<?x12x12x456xi8>) -> tensor<?x1x1x1xi8>
  akida.return %1 : tensor<?x1x1x1xi8>
}

// -----

// Shifts and scales.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'conv': input shift 8; the mapper takes up to 7; the layer runs in software; quantize what it reads per tensor, with --per-tensor-activations}}
  %1 = akida.conv2d "conv" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>, input_shift = dense<[0, 8, 1, 2]> : tensor<4xui8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+2 {{layer 'fc': output scale 3 with activation none and results of 28 bits; the mapper takes 1; the layer runs in software; end the network without an output quantizer}}
  // expected-warning @+1 {{layer 'fc': output shift -2 with activation none and results of 28 bits; the mapper takes 0; the layer runs in software; end the network without an output quantizer}}
  %2 = akida.dense1d "fc" (%1) units = 2 output_bits = 28
      {weights = dense<1> : tensor<256x2xi8>, output_scales = dense<[1, 3]> : tensor<2xui8>, output_shift = dense<[0, -2]> : tensor<2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x1x1x2xi32>
  akida.return %2 : tensor<?x1x1x2xi32>
}

// -----

// Shifts of sums work together.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %2 = akida.conv2d "b" (%1) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+2 {{layer 'add': input shift 16; the mapper takes up to 15; the layer runs in software; quantize what it reads per tensor, with --per-tensor-activations}}
  // expected-warning @+1 {{layer 'add': larger input shift plus output shift 4; the mapper takes -4 to 3; the layer runs in software; quantize its result and inputs to ranges that are closer}}
  %3 = akida.add "add" (%1, %2)
      {a_shift = dense<[0, 4, 16, 9]> : tensor<4xui8>, output_shift = dense<[0, 0, -16, -9]> : tensor<4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.conv2d "c" (%3) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %4 : tensor<?x8x8x4xi8>
}

// -----

// Tables of 14 bits.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'lut': table entry 8192 with activation lut; the mapper takes -8192 to 8191; the layer runs in software}}
  %1 = akida.conv2d "lut" (%0) filters = 4 kernel_size = 3 activation = lut
      {weights = dense<1> : tensor<3x3x4x4xi8>, lut_values = dense<8192> : tensor<2048xi32>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %1 : tensor<?x8x8x4xi8>
}

// -----

// An input convolution of nothing.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x3xui8>):
  // expected-warning @+1 {{layer 'in': largest weight 0; the mapper takes 1 or more; the layer runs in software}}
  %0 = akida.input_conv2d "in" (%x) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<0> : tensor<3x3x3x4xi8>}
      : (tensor<?x8x8x3xui8>) -> tensor<?x8x8x4xi8>
  akida.return %0 : tensor<?x8x8x4xi8>
}
