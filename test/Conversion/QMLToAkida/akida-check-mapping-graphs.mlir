// Neighbours and users that the mapper of Akida 2.0 leaves to software.

// RUN: qml-opt %s --akida-check-mapping --verify-diagnostics --split-input-file

// A first layer with two users, and a sum without a convolution after it.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x3xui8>):
  // expected-warning @+1 {{layer 'in': 2 users; the mapper takes up to 1; the layer runs in software; put a convolution that is the identity between them}}
  %0 = akida.input_conv2d "in" (%x) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x3x4xi8>}
      : (tensor<?x8x8x3xui8>) -> tensor<?x8x8x4xi8>
  %1 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+2 {{layer 'add': convolutions that read it: 0; the mapper takes 1 or more; the layer runs in software; put a convolution that is the identity between them}}
  // expected-warning @+1 {{layer 'add': input from InputConv2D; the mapper takes Add, Concatenate, Conv2D, DepthwiseConv2D, Conv2DTranspose or DepthwiseConv2DTranspose; the layer runs in software; put a convolution that is the identity between them}}
  %2 = akida.add "add" (%0, %1)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %2 : tensor<?x8x8x4xi8>
}

// -----

// A sum that only another sum reads, which would crash the engine.
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
  // expected-warning @+1 {{layer 'first': convolutions that read it: 0; the mapper takes 1 or more; the layer runs in software; put a convolution that is the identity between them}}
  %3 = akida.add "first" (%1, %2)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.add "second" (%3, %2)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %5 = akida.conv2d "c" (%4) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %5 : tensor<?x8x8x4xi8>
}

// -----

// Inputs that two layers read.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xi8>):
  // expected-warning @+1 {{layer 'input': 2 users; the mapper takes up to 1; the layer runs in software; put a convolution that is the identity between them}}
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %2 = akida.conv2d "b" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %3 = akida.add "add" (%1, %2)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.conv2d "c" (%3) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %4 : tensor<?x8x8x4xi8>
}

// -----

// Two branches of one layer, and of the input.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'twice': different inputs: 1; the mapper takes 2; the layer runs in software; put a convolution that is the identity between them}}
  %2 = akida.add "twice" (%1, %1)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %3 = akida.conv2d "b" (%2) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %3 : tensor<?x8x8x4xi8>
}

// -----

// Dense layers end networks.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  %1 = akida.dense1d "fc" (%0) units = 4 activation = relu
      {weights = dense<1> : tensor<4x4xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-warning @+1 {{layer 'more': next layer Conv2D; the mapper takes none or Dense1D; the layer runs in software; make it a convolution with kernel 1 of an image of 1x1}}
  %2 = akida.dense1d "more" (%1) units = 4 activation = relu
      {weights = dense<1> : tensor<4x4xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  %3 = akida.conv2d "after" (%2) filters = 4 kernel_size = 1 activation = relu
      {weights = dense<1> : tensor<1x1x4x4xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  akida.return %3 : tensor<?x1x1x4xi8>
}

// -----

// A residual chain of one layer each.
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
  %3 = akida.add "sum1" (%1, %2)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'alone': branches of this layer alone between merges: 1; the mapper takes 0; the layer runs in software; put another convolution after it}}
  %4 = akida.conv2d "alone" (%3) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %5 = akida.add "sum2" (%3, %4)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %6 = akida.conv2d "end" (%5) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %6 : tensor<?x8x8x4xi8>
}

// -----

// Two layers each map.
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
  %3 = akida.add "sum1" (%1, %2)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.conv2d "one" (%3) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %5 = akida.conv2d "two" (%4) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %6 = akida.add "sum2" (%3, %5)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %7 = akida.conv2d "end" (%6) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %7 : tensor<?x8x8x4xi8>
}

// -----

// Three users.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // expected-warning @+1 {{layer 'a': 3 users; the mapper takes up to 2; the layer runs in software; put a convolution that is the identity between them}}
  %1 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %2 = akida.conv2d "b" (%1) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %3 = akida.conv2d "c" (%1) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.conv2d "d" (%1) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %5 = akida.concatenate "cat" (%2, %3)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x8xi8>
  %6 = akida.conv2d "e" (%5) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x8x4xi8>}
      : (tensor<?x8x8x8xi8>) -> tensor<?x8x8x4xi8>
  %7 = akida.add "sum" (%6, %4)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %8 = akida.conv2d "f" (%7) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %8 : tensor<?x8x8x4xi8>
}

// -----

// Layers over time, of a size and next to a sum.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x700xi8>, %m: tensor<8x8x2x700xi8>):
  %0 = akida.input_data "input" (%x)
      : (tensor<?x8x8x700xi8>) -> tensor<?x8x8x700xi8>
  // expected-warning @+2 {{layer 'queue': queue and input with 2100 values of a cell; the mapper takes 1 to 2048; the layer runs in software; use fewer channels or a shorter queue}}
  // expected-warning @+1 {{layer 'queue': model with 1 merge; the mapper takes 0; the layer runs in software; networks have queues or merges}}
  %1, %n = akida.buffer_temp_conv "queue" (%0, %m) filters = 4 fifo_size = 2
      {weights = dense<1> : tensor<1x1x1400x4xi8>}
      : (tensor<?x8x8x700xi8>, tensor<8x8x2x700xi8>)
      -> (tensor<?x8x8x4xi8>, tensor<8x8x2x700xi8>)
  %2 = akida.conv2d "a" (%1) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %3 = akida.conv2d "b" (%2) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.add "add" (%2, %3)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %5 = akida.conv2d "c" (%4) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %5, %n : tensor<?x8x8x4xi8>, tensor<8x8x2x700xi8>
}

// -----

// Floats that two layers read.
akida.model @model version = v2 input = "image" {
^bb0(%x: tensor<?x8x8x4xf32>):
  // expected-warning @+1 {{layer 'quantizer': 2 users; the mapper takes up to 1; the layer runs in software; put a convolution that is the identity between them}}
  %q = akida.quantizer "quantizer" (%x) output_signed = true {scales = dense<1.0> : tensor<4xf32>}
      : (tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xi8>
  %0 = akida.input_data "one" (%q) : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.input_data "two" (%q) : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %2 = akida.conv2d "a" (%0) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %3 = akida.conv2d "b" (%1) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %4 = akida.add "add" (%2, %3)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %5 = akida.conv2d "c" (%4) filters = 4 kernel_size = 3 activation = relu
      {weights = dense<1> : tensor<3x3x4x4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  akida.return %5 : tensor<?x8x8x4xi8>
}
