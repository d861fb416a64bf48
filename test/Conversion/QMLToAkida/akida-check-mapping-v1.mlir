// What the mapper of Akida 1.0 leaves to software.

// RUN: qml-opt %s --akida-check-mapping --verify-diagnostics --split-input-file

// All of this maps: nothing is said.
akida.model @model version = v1 input = "image" {
^bb0(%x: tensor<?x15x12x3xui8>):
  %0 = akida.input_convolutional "in" (%x) filters = 4 kernel_width = 5 kernel_height = 5 stride_x = 3 stride_y = 2
      {weights = dense<1> : tensor<5x5x3x4xi8>}
      : (tensor<?x15x12x3xui8>) -> tensor<?x5x6x4xui8>
  %1 = akida.convolutional "a" (%0) filters = 4 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 2 pooling_height = 2
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x5x6x4xui8>) -> tensor<?x3x3x4xui8>
  %2 = akida.separable_convolutional "b" (%1) filters = 4 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>, weights_pw = dense<1> : tensor<1x1x4x4xi8>}
      : (tensor<?x3x3x4xui8>) -> tensor<?x3x3x4xui8>
  %3 = akida.convolutional "gap" (%2) filters = 4 kernel_width = 3 kernel_height = 3 pool_type = average
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x3x3x4xui8>) -> tensor<?x1x1x4xui8>
  akida.return %3 : tensor<?x1x1x4xui8>
}

// -----

// Kernels and strides.
akida.model @model version = v1 input = "image" {
^bb0(%x: tensor<?x16x16x3xui8>):
  // expected-warning @+2 {{layer 'in': kernel 1; the mapper takes 3, 5 or 7; the layer runs in software; put the kernel into a larger one, with zeros around it}}
  // expected-warning @+1 {{layer 'in': stride 4; the mapper takes 1, 2 or 3; the layer runs in software}}
  %0 = akida.input_convolutional "in" (%x) filters = 4 kernel_width = 1 kernel_height = 1 stride_x = 4 stride_y = 4
      {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x16x16x3xui8>) -> tensor<?x4x4x4xui8>
  // expected-warning @+1 {{layer 'sep': kernel 1; the mapper takes 3, 5 or 7; the layer runs in software; put the kernel into a larger one, with zeros around it}}
  %1 = akida.separable_convolutional "sep" (%0) filters = 4 kernel_width = 1 kernel_height = 1
      {weights = dense<1> : tensor<1x1x4x1xi8>, weights_pw = dense<1> : tensor<1x1x4x4xi8>}
      : (tensor<?x4x4x4xui8>) -> tensor<?x4x4x4xui8>
  // expected-warning @+2 {{layer 'uneven': extents of the kernel that differ by 2; the mapper takes 0; the layer runs in software; put the kernel into a larger one, with zeros around it}}
  // expected-warning @+1 {{layer 'uneven': strides that differ by 1; the mapper takes 0; the layer runs in software}}
  %2 = akida.convolutional "uneven" (%1) filters = 4 kernel_width = 3 kernel_height = 5 stride_x = 2
      {weights = dense<1> : tensor<3x5x4x4xi8>}
      : (tensor<?x4x4x4xui8>) -> tensor<?x2x4x4xui8>
  // expected-warning @+1 {{layer 'steps': stride 2 with kernel 5; the mapper takes 1; the layer runs in software}}
  %3 = akida.convolutional "steps" (%2) filters = 4 kernel_width = 5 kernel_height = 5 stride_x = 2 stride_y = 2
      {weights = dense<1> : tensor<5x5x4x4xi8>}
      : (tensor<?x2x4x4xui8>) -> tensor<?x1x2x4xui8>
  akida.return %3 : tensor<?x1x2x4xui8>
}

// -----

// Paddings and pools.
akida.model @model version = v1 input = "image" {
^bb0(%x: tensor<?x16x16x3xui8>):
  // expected-warning @+1 {{layer 'in': pool 3 with pooling max; the mapper takes 1 or 2; the layer runs in software}}
  %0 = akida.input_convolutional "in" (%x) filters = 4 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 3 pooling_height = 3
      {weights = dense<1> : tensor<3x3x3x4xi8>}
      : (tensor<?x16x16x3xui8>) -> tensor<?x6x6x4xui8>
  // expected-warning @+1 {{layer 'valid': padding valid; the mapper takes same; the layer runs in software; use padding same}}
  %1 = akida.convolutional "valid" (%0) filters = 4 kernel_width = 3 kernel_height = 3 padding = valid
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x6x6x4xui8>) -> tensor<?x4x4x4xui8>
  // expected-warning @+1 {{layer 'oblong': extents of the pool that differ by 1 with pooling max; the mapper takes 0; the layer runs in software}}
  %2 = akida.convolutional "oblong" (%1) filters = 4 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 2 pooling_height = 1
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x4x4x4xui8>) -> tensor<?x2x4x4xui8>
  // expected-warning @+2 {{layer 'small': 2 cells along an axis before the pool with pooling max and pool 3; the mapper takes 3 or more; the layer runs in software}}
  // expected-warning @+1 {{layer 'small': next layer none with pooling max; the mapper takes Convolutional or SeparableConvolutional; the layer runs in software; put a convolution after the pool}}
  %3 = akida.convolutional "small" (%2) filters = 4 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 3 pooling_height = 3
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x2x4x4xui8>) -> tensor<?x1x2x4xui8>
  akida.return %3 : tensor<?x1x2x4xui8>
}

// -----

// What averages are over.
akida.model @model version = v1 input = "image" {
^bb0(%x: tensor<?x33x2x4xui8>):
  %0 = akida.input_data "input" (%x) input_bits = 4
      : (tensor<?x33x2x4xui8>) -> tensor<?x33x2x4xui8>
  // expected-warning @+2 {{layer 'gap': average over a height of 33; the mapper takes up to 32; the layer runs in software; make the image smaller before it}}
  // expected-warning @+1 {{layer 'gap': average over a width of 2; the mapper takes 3 or more; the layer runs in software; turn or enlarge the image}}
  %1 = akida.convolutional "gap" (%0) filters = 4 kernel_width = 3 kernel_height = 3 pool_type = average
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x33x2x4xui8>) -> tensor<?x1x1x4xui8>
  akida.return %1 : tensor<?x1x1x4xui8>
}

// -----

// Bits, sizes and values.
akida.model @model version = v1 input = "image" {
^bb0(%x: tensor<?x4x4x150xui8>):
  %0 = akida.input_data "input" (%x) input_bits = 4
      : (tensor<?x4x4x150xui8>) -> tensor<?x4x4x150xui8>
  // expected-warning @+1 {{layer 'seven': 150 channels with kernel 7 and weights of 4 bits; the mapper takes 1 to 149; the layer runs in software}}
  %1 = akida.convolutional "seven" (%0) filters = 4 kernel_width = 7 kernel_height = 7
      {weights = dense<1> : tensor<7x7x150x4xi8>}
      : (tensor<?x4x4x150xui8>) -> tensor<?x4x4x4xui8>
  // expected-warning @+3 {{layer 'sep': weights of 1 bit; the mapper takes 2 or 4; the layer runs in software}}
  // expected-warning @+2 {{layer 'sep': largest weight 0; the mapper takes 1 or more; the layer runs in software}}
  // expected-warning @+1 {{layer 'sep': threshold 524288 with activation relu; the mapper takes -524288 to 524287; the layer runs in software}}
  %2 = akida.separable_convolutional "sep" (%1) filters = 4 kernel_width = 3 kernel_height = 3 weights_bits = 1
      {weights = dense<0> : tensor<3x3x4x1xi8>, weights_pw = dense<1> : tensor<1x1x4x4xi8>, threshold = dense<524288> : tensor<4xi32>}
      : (tensor<?x4x4x4xui8>) -> tensor<?x4x4x4xui8>
  // expected-warning @+1 {{layer 'last': activation step 65536; the mapper takes up to 65535; the layer runs in software}}
  %3 = akida.convolutional "last" (%2) filters = 4 kernel_width = 3 kernel_height = 3 activation = false
      {weights = dense<1> : tensor<3x3x4x4xi8>, act_step = dense<65536.0> : tensor<4xf32>}
      : (tensor<?x4x4x4xui8>) -> tensor<?x4x4x4xi32>
  akida.return %3 : tensor<?x4x4x4xi32>
}

// -----

// First layers.
akida.model @model version = v1 input = "image" {
^bb0(%x: tensor<?x4x300x3xui8>):
  // expected-warning @+4 {{layer 'in': activation none; the mapper takes relu; the layer runs in software; put a ReLU after the convolution}}
  // expected-warning @+3 {{layer 'in': height 4; the mapper takes 5 or more; the layer runs in software}}
  // expected-warning @+2 {{layer 'in': width 300; the mapper takes 5 to 256; the layer runs in software; turn or cut the images}}
  // expected-warning @+1 {{layer 'in': 193 filters with kernel 3 and 3 channels; the mapper takes 1 to 192; the layer runs in software}}
  %0 = akida.input_convolutional "in" (%x) filters = 193 kernel_width = 3 kernel_height = 3 activation = false
      {weights = dense<1> : tensor<3x3x3x193xi8>}
      : (tensor<?x4x300x3xui8>) -> tensor<?x4x300x193xi32>
  akida.return %0 : tensor<?x4x300x193xi32>
}
