// RUN: qml-opt %s --verify-diagnostics --split-input-file --akida-check="version=2 input-dtype=int8"

// What Akida 2.0 could not run, of networks in any stage.

// Float inputs become int8.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  // expected-warning @+2 {{layer 'conv': stride 2 with pooling max; the mapper takes 1; the layer runs in software; give the pool a convolution of its own}}
  // expected-warning @+1 {{layer 'conv': next layer Dense1D with pooling max; the mapper takes Conv2D, DepthwiseConv2D, Conv2DTranspose, DepthwiseConv2DTranspose, BufferTempConv or DepthwiseBufferTempConv; the layer runs in software; put a convolution after the pool}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x3x4xf32> strides = [2, 2] padding = same
      : tensor<?x8x8x3xf32> -> tensor<?x4x4x4xf32>
  %2 = qml.batch_norm "norm" (%1) gamma = dense<1.0> : tensor<4xf32> beta = dense<0.0> : tensor<4xf32>
      mean = dense<0.5> : tensor<4xf32> variance = dense<2.0> : tensor<4xf32> epsilon = 1.0e-3
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %4 = qml.max_pool_2d "pool" (%3) pool_size = [2, 2] strides = [2, 2] padding = same : tensor<?x4x4x4xf32> -> tensor<?x2x2x4xf32>
  %5 = qml.flatten "flatten" (%4) : tensor<?x2x2x4xf32> -> tensor<?x16xf32>
  // expected-warning @+1 {{layer 'logits_activ' of class Softmax and what follows run in float: it has exponentials, which have no integer form}}
  %6 = qml.dense "logits" (%5) kernel = dense<1.0> : tensor<16x2xf32> activation = softmax : tensor<?x16xf32> -> tensor<?x2xf32>
  return %6 : tensor<?x2xf32>
}

// -----

// What is wrong with unsigned inputs alone is none.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'conv': kernel 9x9: Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<9x9x4x4xf32> strides = [2, 2] padding = same activation = relu
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  // expected-error @+1 {{layer 'inner': stride 4: Akida 2.0 convolutions take 1 or 2}}
  %1 = qml.conv_2d "inner" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> strides = [4, 4] padding = valid activation = relu
      : tensor<?x4x4x4xf32> -> tensor<?x1x1x4xf32>
  // expected-error @+1 {{layer 'pool': pool stride 2x2 of a pool of 1x1: Akida 2.0 convolutions take strides of 1 up to the extent of the pool}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [1, 1] strides = [2, 2] padding = same : tensor<?x1x1x4xf32> -> tensor<?x1x1x4xf32>
  %3 = qml.flatten "flatten" (%2) : tensor<?x1x1x4xf32> -> tensor<?x4xf32>
  %4 = qml.dense "logits" (%3) kernel = dense<1.0> : tensor<4x2xf32> : tensor<?x4xf32> -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}

// -----

// Networks with quantizers have their input type.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x8x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': weights of 6 bits: Akida 2.0 layers take 4 or 8}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 6, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': unsigned results of 6 bits: Akida 2.0 layers give unsigned results of 1 to 4; quantize with --arithmetic=akida, which keeps the sign bit free}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 6 unsigned per_tensor
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+2 {{layer 'next': weights of 2 bits: Akida 2.0 layers take 4 or 8}}
  // expected-error @+1 {{layer 'next': kernel 2x2: Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %4 = qml.conv_2d "next" (%3) kernel = dense<1.0> : tensor<2x2x4x2xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %5 : tensor<?x8x8x2xf32>
}
