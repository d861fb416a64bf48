// RUN: qml-opt %s --verify-diagnostics --split-input-file --akida-check="version=2"

// What Akida 2.0 could not run, of networks in any stage.

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

// Everything is reported at the layers as they were read. Float images of 4 channels are checked as int8.
// expected-remark @+1 {{inputs are quantized to int8: the chip takes bytes only into a convolution of an image of 1 or 3 channels that has an activation; give --input-dtype=uint8 to have bytes all the same}}
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

// Images of bytes are not.
func.func @main(%x: tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x8x8x4xui8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); its image has 4 channels; take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same activation = relu
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %1 : tensor<?x8x8x4xf32>
}

// -----

// Float separable convolutions are split, as --target does; those of networks with quantizers have no layer.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<3x3x3x4xf32> padding = same activation = relu
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<1.0> : tensor<3x3x4x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.depthwise_conv_2d "dw" (%1) kernel = dense<1.0> : tensor<3x3x4x1xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.add "add" (%0, %2) : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %3 : tensor<?x8x8x4xf32>
}

// -----

func.func @main(%arg0: tensor<?x8x8x3xf32>) -> tensor<?x8x8x4xf32> {
  %input_quantizer = qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 8 unsigned per_axis :
      tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  %conv = qml.conv_2d "conv"(%input_quantizer) kernel = dense<1.000000e+00> : tensor<3x3x3x4xf32> bias =
      dense<0.000000e+00> : tensor<4xf32> padding = same padding_value = [0.000000e+00] {buffer_bitwidth = 28 : i64,
      weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %conv_activ = qml.relu "conv_activ"(%conv) {buffer_bitwidth = 32 : i64} : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %conv_activ_out = qml.output_quantizer(%conv_activ) bitwidth = 8 per_axis : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'sep': Akida 2.0 has no layer for a SeparableConv2D; make two layers of it (qml quantize --split-separable-convs; --target=akida-2.0 does)}}
  %sep = qml.separable_conv_2d "sep"(%conv_activ_out) depthwise_kernel = dense<1.000000e+00> : tensor<3x3x4x1xf32>
      pointwise_kernel = dense<1.000000e+00> : tensor<1x1x4x4xf32> padding = same {buffer_bitwidth = 32 : i64,
      dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>, pw_weight_quantizer =
      #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %dequantizer = qml.dequantizer "dequantizer"(%sep) : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %dequantizer : tensor<?x8x8x4xf32>
}

// -----

// Layers that would run in float are obstacles, but for softmax at the end.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<3x3x3x4xf32> padding = same
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.relu "relu" (%0) max_value = 6.0 : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.flatten "flatten" (%1) : tensor<?x8x8x4xf32> -> tensor<?x256xf32>
  // expected-warning @+1 {{layer 'fc_activ' of class Softmax runs in float; integers begin again at 'late': it has exponentials, which have no integer form}}
  %3 = qml.dense "fc" (%2) kernel = dense<1.0> : tensor<256x2xf32> activation = softmax : tensor<?x256xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'late': it comes after layers that run in float; 1 layer would be left out: late (Dense); end the network before, change what can't be quantized (qml quantize --strict names it), or allow it with --float-tail}}
  %4 = qml.dense "late" (%3) kernel = dense<1.0> : tensor<2x2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}

// -----

// A log softmax at the end, too.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<3x3x3x4xf32> padding = same
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.relu "relu" (%0) max_value = 6.0 : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.flatten "flatten" (%1) : tensor<?x8x8x4xf32> -> tensor<?x256xf32>
  // expected-warning @+1 {{layer 'fc_activ' of class LogSoftmax and what follows run in float: it has logarithms of sums of exponentials, which have no integer form}}
  %3 = qml.dense "fc" (%2) kernel = dense<1.0> : tensor<256x2xf32> activation = log_softmax : tensor<?x256xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

// Networks with quantizers, not calibrated yet.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x8x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-warning @+1 {{layer 'conv': kernel 1; the mapper takes 3, 4, 5 or 7; the layer runs in software; put the kernel into a larger one, with zeros around it}}
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
  // expected-error @+2 {{layer 'fc': weights of 3 bits: Akida 2.0 layers take 4 or 8}}
  // expected-error @+1 {{layer 'fc': shift 40 (input_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, input_shift = dense<[0, 40]> : tensor<2xi32>,
       kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 3, per_tensor>} : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[40, 0]> : tensor<2xi32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 40>>
  %1 = qml.dequantizer "dequantizer" (%0) : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 40>> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Modules without a network.
// expected-error @+1 {{a network is one function of one block with qml layers; found 0 of them}}
module {}
