// RUN: qml-opt %s --verify-diagnostics --split-input-file --akida-check="version=1"

// What Akida 1.0 could not run, of networks in any stage.

// Float networks, as imported: nothing is wrong.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
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

// Everything is reported at the layers as they were read.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+3 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 1.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with ReLU (InputConvolutional); its image has 4 channels; take int8 inputs of 0 to 15}}
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

// Layers that the hardware has no layer for.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x8x8x4xf32> {
  // expected-error @+3 {{layer 'conv_activ': maximum of ReLU without one: Akida 1.0 layers take ReLU with a maximum, as ReLU6}}
  // expected-error @+2 {{layer 'conv_activ_identity_conv': users 2: Akida 1.0 layers have one user and one input}}
  // expected-error @+1 {{layer 'conv_activ_identity_conv': quantized result of Conv2D: Akida 1.0 layers give quantized results of ReLU alone}}
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<3x3x3x4xf32> padding = same activation = relu
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'sep': quantized result of SeparableConv2D: Akida 1.0 layers give quantized results of ReLU alone}}
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<1.0> : tensor<3x3x4x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'dw': Akida 1.0 has no layer for a DepthwiseConv2D; use Conv2D or SeparableConv2D}}
  %2 = qml.depthwise_conv_2d "dw" (%1) kernel = dense<1.0> : tensor<3x3x4x1xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'add': Akida 1.0 has no layer for an Add; networks for it are chains}}
  %3 = qml.add "add" (%0, %2) : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %3 : tensor<?x8x8x4xf32>
}

// -----

// Layers that would run in float are obstacles, but for softmax at the end.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<3x3x3x4xf32> padding = same
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.relu "relu" (%0) max_value = 6.0 : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.flatten "flatten" (%1) : tensor<?x8x8x4xf32> -> tensor<?x256xf32>
  // expected-warning @+2 {{layer 'fc_activ' of class Softmax runs in float; integers begin again at 'late': it has exponentials, which have no integer form}}
  // expected-error @+1 {{layer 'fc': quantized result of Dense: Akida 1.0 layers give quantized results of ReLU alone}}
  %3 = qml.dense "fc" (%2) kernel = dense<1.0> : tensor<256x2xf32> activation = softmax : tensor<?x256xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'late': it comes after layers that run in float; 1 layer would be left out: late (Dense); end the network before, change what can't be quantized (qml quantize --strict names it), or allow it with --float-tail}}
  %4 = qml.dense "late" (%3) kernel = dense<1.0> : tensor<2x2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}

// -----

// Networks with quantizers, not calibrated yet.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x8x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-warning @+1 {{layer 'conv': kernel 1; the mapper takes 3, 5 or 7; the layer runs in software; put the kernel into a larger one, with zeros around it}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.conv_2d "next" (%3) kernel = dense<1.0> : tensor<1x1x4x2xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %5 : tensor<?x8x8x2xf32>
}

// -----

// And what they break.
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

// -----

// Integer networks.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  %1 = qml.dequantizer "dequantizer" (%0) : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Their integers are checked, too.
func.func @main(%x: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[40, 0]> : tensor<2xi32>>>) -> tensor<?x2xf32> {
  // expected-error @+2 {{layer 'fc': weights of 3 bits: Akida 1.0 layers take 1, 2 or 4}}
  // expected-error @+1 {{layer 'fc': shift 40 (input_shift): Akida 1.0 layers shift by 0 to 31}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, input_shift = dense<[0, 40]> : tensor<2xi32>,
       kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 3, per_tensor>} : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[40, 0]> : tensor<2xi32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 40>>
  %1 = qml.dequantizer "dequantizer" (%0) : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 40>> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// The lowest integer of 4 bits is none of the chip's.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  // expected-error @+1 {{layer 'fc': a weight of -8 and 4 bits: Akida 1.0 layers take weights of n bits, up to 7, of at most 2^(n-1) - 1 in magnitude; quantize the float model with --target=akida-1.0}}
  %0 = qml.dense "fc" (%x) kernel = dense<[[1, -8], [7, -7]]> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  %1 = qml.dequantizer "dequantizer" (%0) : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Modules without a network.
// expected-error @+1 {{a network is one function of one block with qml layers; found 0 of them}}
module {}
