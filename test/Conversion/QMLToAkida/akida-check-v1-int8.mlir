// RUN: qml-opt %s --verify-diagnostics --split-input-file --akida-check="version=1 input-dtype=int8"

// What Akida 1.0 could not run, of networks in any stage.

// Float inputs become int8.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': input of signed integers of 8 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
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
  // expected-error @+3 {{layer 'conv': input of signed integers of 8 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  // expected-error @+2 {{layer 'conv': kernel 9x9: Akida 1.0 convolutions take 1, 3, 5 or 7}}
  // expected-error @+1 {{layer 'conv_activ': maximum of ReLU without one: Akida 1.0 layers take ReLU with a maximum, as ReLU6}}
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<9x9x4x4xf32> strides = [2, 2] padding = same activation = relu
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  // expected-error @+2 {{layer 'inner': stride 4x4 of a kernel of 3x3: Akida 1.0 convolutions take strides of 1 up to the extents of the kernel}}
  // expected-error @+1 {{layer 'inner_activ': maximum of ReLU without one: Akida 1.0 layers take ReLU with a maximum, as ReLU6}}
  %1 = qml.conv_2d "inner" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> strides = [4, 4] padding = valid activation = relu
      : tensor<?x4x4x4xf32> -> tensor<?x1x1x4xf32>
  // expected-error @+1 {{layer 'pool': pool stride 2x2 of a pool of 1x1: Akida 1.0 convolutions take strides of 1 up to the extent of the pool}}
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
  // expected-error @+1 {{layer 'conv': weights of 6 bits: Akida 1.0 input convolutions take 4 or 8}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 6, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': activations of 6 bits: Akida 1.0 layers give 1, 2 or 4; use activation-bits of 1, 2 or 4}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 6 unsigned per_tensor
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+2 {{layer 'next': weights of 8 bits: Akida 1.0 layers take 1, 2 or 4}}
  // expected-error @+1 {{layer 'next': kernel 2x2: Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %4 = qml.conv_2d "next" (%3) kernel = dense<1.0> : tensor<2x2x4x2xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %5 : tensor<?x8x8x2xf32>
}
