// RUN: qml-opt %s --verify-diagnostics --split-input-file --qml-lower --convert-qml-to-akida

// What Akida 2.0 can't do, in networks that are calibrated.

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

// Unsigned inputs are images.
func.func @main(%x: tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xui8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); its image has 4 channels; take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// With ReLU.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); put a ReLU after the convolution, or take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// And no average.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); a global average pool follows its ReLU: put a convolution before the pool, or take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.global_average_pool_2d "gap" (%2) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4xf32> -> tensor<?x4xf32>
  return %5 : tensor<?x4xf32>
}

// -----

// Vectors are none.
func.func @main(%x: tensor<?x8xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8xui8> -> tensor<?x8xf32>
  // expected-error @+1 {{layer 'fc': first layer of unsigned 8-bit inputs of class Dense: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); this is no convolution; take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<8x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8xf32> -> tensor<?x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

// After a quantizer, too.
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<0.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x8xf32> -> tensor<?x8xf32>
  // expected-error @+1 {{layer 'fc': first layer of unsigned 8-bit inputs of class Dense: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); this is no convolution; take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<8x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8xf32> -> tensor<?x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

// All readers of an input are reported.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'a': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); put a ReLU after the convolution, or take int8 inputs (--input-dtype=int8 for float ones)}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'b': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); put a ReLU after the convolution, or take int8 inputs (--input-dtype=int8 for float ones)}}
  %3 = qml.conv_2d "b" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.add "add" (%2, %4) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.dequantizer "dequantizer" (%5)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %6 : tensor<?x8x8x4xf32>
}

// -----

// Inputs of 16 bits.
func.func @main(%x: tensor<?x8x8x4xi16>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi16> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': inputs of 16 bits: Akida 2.0 networks run on 1 to 8; use int8 or uint8 inputs}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Quantized inputs of 16 bits.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  // expected-error @+1 {{layer 'input_quantizer': output bits 16: Akida 2.0 quantizers take 4 or 8; use an input type of 8 bits}}
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 16 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Neither vectors nor images.
// expected-error @+1 {{input of rank 3: Akida 2.0 networks take vectors (rank 2) and images (rank 4); give sequences as images (1, steps, channels), with 2D layers, and images without channels as (height, width, 1)}}
func.func @main(%x: tensor<?x8x4xi8>) -> tensor<?x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x4xi8> -> tensor<?x8x4xf32>
  // expected-error @+1 {{layer 'fc': input of rank 3: Akida 2.0 dense layers take flattened inputs; put a Flatten layer before it or, where it is a product of the channels of each cell, a 1x1 convolution in its place}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<4x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x4xf32> -> tensor<?x8x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x2xf32> -> tensor<?x8x2xf32>
  return %2 : tensor<?x8x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Layers that the hardware has no layer for
//===----------------------------------------------------------------------===//

// Separable convolutions.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'sep': Akida 2.0 has no layer for a SeparableConv2D; make two layers of it (qml quantize --split-separable-convs; --target=akida-2.0 does)}}
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<1.0> : tensor<3x3x4x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Pools.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': Akida 2.0 has no layer for a MaxPooling2D by itself; it takes maximum pools between a convolution and its ReLU, without a quantizer between}}
  %3 = qml.max_pool_2d "pool" (%2) pool_size = [2, 2] strides = [2, 2] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %4 : tensor<?x4x4x4xf32>
}

// -----

// A pool without ReLU after.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': Akida 2.0 has no layer for a MaxPooling2D by itself; it takes maximum pools between a convolution and its ReLU, without a quantizer between}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %3 : tensor<?x4x4x4xf32>
}

// -----

// ReLU after something else.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': Akida 2.0 has no layer for a ReLU by itself; it takes ReLU after a convolution (and its pool) or a dense layer, without a quantizer between; put a 1x1 convolution before it}}
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %5 : tensor<?x8x8x4xf32>
}

// -----

// Averages after a quantizer.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'gap': Akida 2.0 has no layer for a GlobalAveragePooling2D by itself; it takes global averages after a convolution and its ReLU, without a maximum pool or a quantizer between}}
  %4 = qml.global_average_pool_2d "gap" (%3) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x4xf32>
  %5 = qml.output_quantizer (%4) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %6 = qml.dequantizer "dequantizer" (%5)
      : tensor<?x4xf32> -> tensor<?x4xf32>
  return %6 : tensor<?x4xf32>
}

// -----

// And after a depthwise convolution.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<3x3x4x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'gap': Akida 2.0 has no layer for a GlobalAveragePooling2D by itself; it takes global averages after a convolution and its ReLU, without a maximum pool or a quantizer between}}
  %3 = qml.global_average_pool_2d "gap" (%2) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4xf32> -> tensor<?x4xf32>
  return %5 : tensor<?x4xf32>
}

// -----

// Flattening that no dense layer follows.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x256xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'flatten': Akida 2.0 has no layer for a Flatten but before a dense layer}}
  %3 = qml.flatten "flatten" (%2)
      : tensor<?x8x8x4xf32> -> tensor<?x256xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x256xf32> -> tensor<?x256xf32>
  return %4 : tensor<?x256xf32>
}

// -----

// A pool between branches.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': Akida 2.0 has no layer for a MaxPooling2D by itself; it takes maximum pools between a convolution and its ReLU, without a quantizer between}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [1, 1] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu_1': Akida 2.0 has no layer for a ReLU by itself; it takes ReLU after a convolution (and its pool) or a dense layer, without a quantizer between; put a 1x1 convolution before it}}
  %5 = qml.relu "relu_1" (%1) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.output_quantizer (%5) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %7 = qml.add "add" (%4, %6) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %8 = qml.dequantizer "dequantizer" (%7)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %8 : tensor<?x8x8x4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

// A network has one result.
// expected-error @+1 {{results that leave the integers 2: Akida 2.0 networks have one result; end it with one dequantizer}}
func.func @main(%x: tensor<?x8x8x4xi8>) -> (tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>) {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "b" (%2) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2, %3 : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>
}

// -----

// And one layer at least.
// expected-error @+1 {{the network has no layer for the hardware: there is no convolution, dense layer or addition in integers}}
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.dequantizer "dequantizer" (%0)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %1 : tensor<?x8x8x4xf32>
}

// -----

// Integers end at one place.
// expected-error @+1 {{results that leave the integers 2: Akida 2.0 networks have one result; end it with one dequantizer}}
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer_1" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "b" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer_2" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'add': it comes after layers that run in float; 1 layer would be left out: add (Add); end the network before, change what can't be quantized (qml quantize --strict names it), or allow it with --float-tail}}
  %5 = qml.add "add" (%2, %4)
      : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %5 : tensor<?x8x8x4xf32>
}

// -----

// Images stay as they are before a convolution: rows,
func.func @main(%x: tensor<?x2x1x4xi8>) -> tensor<?x1x2x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x2x1x4xi8> -> tensor<?x2x1x4xf32>
  // expected-error @+1 {{layer 'reshape': Akida 2.0 has no layer for a Reshape but before a dense layer}}
  %1 = qml.reshape "reshape" (%0)
      : tensor<?x2x1x4xf32> -> tensor<?x1x2x4xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x1x2x4xf32> -> tensor<?x1x2x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x1x2x4xf32> -> tensor<?x1x2x4xf32>
  return %3 : tensor<?x1x2x4xf32>
}

// -----

// and channels.
func.func @main(%x: tensor<?x4x1x1xi8>) -> tensor<?x1x1x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x4x1x1xi8> -> tensor<?x4x1x1xf32>
  // expected-error @+1 {{layer 'reshape': Akida 2.0 has no layer for a Reshape but before a dense layer}}
  %1 = qml.reshape "reshape" (%0)
      : tensor<?x4x1x1xf32> -> tensor<?x1x1x4xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x1x1x4xf32> -> tensor<?x1x1x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x1x1x4xf32> -> tensor<?x1x1x4xf32>
  return %3 : tensor<?x1x1x4xf32>
}

// -----

// Everything in one run: of one layer,
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x1x6x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+5 {{layer 'a': weights of 5 bits: Akida 2.0 layers take 4 or 8}}
  // expected-error @+4 {{layer 'a': kernel 2x3: Akida 2.0 convolutions take square kernels}}
  // expected-error @+3 {{layer 'a': kernel 2x3: Akida 2.0 input convolutions take 1, 3, 4, 5 or 7}}
  // expected-error @+2 {{layer 'a': strides 7x1: Akida 2.0 convolutions take the same stride for both axes}}
  // expected-error @+1 {{layer 'a': stride 7: Akida 2.0 input convolutions take 1 to 6}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<2x3x3x4xf32> strides = [7, 1] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 5, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x2x8x4xf32>
  // expected-error @+2 {{layer 'pool': pool 2x3 with strides 3x1: Akida 2.0 convolutions take square pools with the same stride for both axes}}
  // expected-error @+1 {{layer 'pool': pool pads [0, 0, 0, 0] (top, bottom, left, right) after a convolution with [0, 1, 1, 1] (top, bottom, left, right): Akida 2.0 convolutions take pools whose pads are those of the convolution's padding}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 3] strides = [3, 1] padding = valid
      : tensor<?x2x8x4xf32> -> tensor<?x1x6x4xf32>
  // expected-error @+1 {{layer 'relu': unsigned results of 6 bits: Akida 2.0 layers give unsigned results of 1 to 4; quantize with --arithmetic=akida, which keeps the sign bit free}}
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x1x6x4xf32> -> tensor<?x1x6x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 6 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x1x6x4xf32> -> tensor<?x1x6x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x1x6x4xf32> -> tensor<?x1x6x4xf32>
  return %5 : tensor<?x1x6x4xf32>
}

// -----

// of all layers,
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x2x2x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+4 {{layer 'a': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); put a ReLU after the convolution, or take int8 inputs (--input-dtype=int8 for float ones)}}
  // expected-error @+3 {{layer 'a': weights of 5 bits: Akida 2.0 layers take 4 or 8}}
  // expected-error @+2 {{layer 'a': kernel 9x9: Akida 2.0 convolutions take 1, 3, 5 or 7}}
  // expected-error @+1 {{layer 'a': results of 16 bits: Akida 2.0 layers give the next layer 1 to 8; quantize the result to 8 bits or fewer}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<9x9x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 5, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 16 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+2 {{layer 'b': stride 4: Akida 2.0 convolutions take 1 or 2}}
  // expected-error @+1 {{layer 'b': output scales of 9 bits (scales): Akida 2.0 layers take 1 to 8; use scales of 8 bits (last-output-bits below 16)}}
  %3 = qml.conv_2d "b" (%2) kernel = dense<1.0> : tensor<3x3x4x4xf32> strides = [4, 4] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x2x2x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>, scale_bits = 9 : i64}
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  // expected-error @+1 {{layer 'dw': weights of 3 bits: Akida 2.0 layers take 4 or 8}}
  %5 = qml.depthwise_conv_2d "dw" (%4) kernel = dense<1.0> : tensor<3x3x4x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 3, axis = -2>}
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  // expected-error @+1 {{layer 'relu': unsigned results of 7 bits: Akida 2.0 layers give unsigned results of 1 to 4; quantize with --arithmetic=akida, which keeps the sign bit free}}
  %6 = qml.relu "relu" (%5) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  %7 = qml.output_quantizer (%6) bitwidth = 7 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  %8 = qml.dequantizer "dequantizer" (%7)
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  return %8 : tensor<?x2x2x4xf32>
}

// -----

// and of those that the hardware has no layer for.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+2 {{layer 'a': first layer of unsigned 8-bit inputs of class Conv2D: Akida 2.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with an activation (InputConv2D); put a ReLU after the convolution, or take int8 inputs (--input-dtype=int8 for float ones)}}
  // expected-error @+1 {{layer 'a': kernel 9x9: Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<9x9x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'sep': Akida 2.0 has no layer for a SeparableConv2D; make two layers of it (qml quantize --split-separable-convs; --target=akida-2.0 does)}}
  %3 = qml.separable_conv_2d "sep" (%2) depthwise_kernel = dense<1.0> : tensor<3x3x4x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.relu "relu" (%3) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.output_quantizer (%4) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.max_pool_2d "pool" (%5) pool_size = [2, 2] strides = [2, 2] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  // expected-error @+1 {{layer 'b': weights of 3 bits: Akida 2.0 layers take 4 or 8}}
  %7 = qml.conv_2d "b" (%6) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 3, axis = -1>}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %8 = qml.dequantizer "dequantizer" (%7)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %8 : tensor<?x4x4x4xf32>
}
