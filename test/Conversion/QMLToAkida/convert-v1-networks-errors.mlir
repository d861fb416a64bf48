// RUN: qml-opt %s --verify-diagnostics --split-input-file --qml-lower --convert-qml-to-akida=version=1

// What Akida 1.0 can't do, in networks that are calibrated.

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

// Bytes are of images of 1 or 3 channels.
func.func @main(%x: tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xui8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 1.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with ReLU (InputConvolutional); its image has 4 channels; take int8 inputs of 0 to 15}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
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
  // expected-error @+1 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D: Akida 1.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with ReLU (InputConvolutional); put a ReLU after the convolution, or take int8 inputs of 0 to 15}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Vectors are none.
func.func @main(%x: tensor<?x8xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8xui8> -> tensor<?x8xf32>
  // expected-error @+1 {{layer 'fc': first layer of unsigned 8-bit inputs of class Dense: Akida 1.0 networks on unsigned inputs of 8 bits begin with a convolution of an image of 1 or 3 channels with ReLU (InputConvolutional); this is no convolution; take int8 inputs of 0 to 15}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<8x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8xf32> -> tensor<?x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

// Signed inputs.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': input of signed integers of 8 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Inputs of 16 bits.
func.func @main(%x: tensor<?x8x8x4xi16>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi16> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': inputs of 16 bits: Akida 1.0 networks run on 1 to 4}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Quantized inputs of 16 bits.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  // expected-error @+1 {{layer 'input_quantizer': output bits 16: Akida 1.0 quantizers take 4 or 8; use an input type of 8 bits}}
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 16 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': input of signed integers of 16 bits: Akida 1.0 layers take unsigned integers of up to 4 bits}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Neither vectors nor images.
// expected-error @+1 {{input of rank 3: Akida 1.0 networks take vectors (rank 2) and images (rank 4); give sequences as images (1, steps, channels), with 2D layers, and images without channels as (height, width, 1)}}
func.func @main(%x: tensor<?x8x4xi8>) -> tensor<?x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x4xi8> -> tensor<?x8x4xf32>
  // expected-error @+1 {{layer 'fc': input of rank 3: Akida 1.0 dense layers take flattened inputs; put a Flatten layer before it or, where it is a product of the channels of each cell, a 1x1 convolution in its place}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<4x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x4xf32> -> tensor<?x8x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x2xf32> -> tensor<?x8x2xf32>
  return %2 : tensor<?x8x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Layers that the hardware has no layer for
//===----------------------------------------------------------------------===//

// Depthwise convolutions.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'dw': Akida 1.0 has no layer for a DepthwiseConv2D; use Conv2D or SeparableConv2D}}
  %4 = qml.depthwise_conv_2d "dw" (%3) kernel = dense<1.0> : tensor<3x3x4x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -2>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %5 : tensor<?x8x8x4xf32>
}

// -----

// Additions.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.conv_2d "b" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.relu "relu_1" (%4) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.output_quantizer (%5) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'add': Akida 1.0 has no layer for an Add; networks for it are chains}}
  %7 = qml.add "add" (%3, %6) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %8 = qml.dequantizer "dequantizer" (%7)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %8 : tensor<?x8x8x4xf32>
}

// -----

// Pools.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': Akida 1.0 has no layer for a MaxPooling2D by itself; it takes maximum pools between a convolution and its ReLU, without a quantizer between}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %3 : tensor<?x4x4x4xf32>
}

// -----

// Averages after ReLU.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'gap': Akida 1.0 has no layer for a GlobalAveragePooling2D by itself; it takes global averages after a convolution (and before its ReLU), without a maximum pool or a quantizer between}}
  %4 = qml.global_average_pool_2d "gap" (%3) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x4xf32>
  %5 = qml.output_quantizer (%4) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %6 = qml.dequantizer "dequantizer" (%5)
      : tensor<?x4xf32> -> tensor<?x4xf32>
  return %6 : tensor<?x4xf32>
}

// -----

// ReLU.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': quantized result of Conv2D: Akida 1.0 layers give quantized results of ReLU alone}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 4 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': Akida 1.0 has no layer for a ReLU by itself; it takes ReLU after a convolution (and its pool) or a dense layer, without a quantizer between; put a 1x1 convolution before it}}
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %5 : tensor<?x8x8x4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

// Networks are chains.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': users 2: Akida 1.0 layers have one user and one input}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.conv_2d "b" (%3) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.conv_2d "c" (%3) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.dequantizer "dequantizer" (%5)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %6 : tensor<?x8x8x4xf32>
}

// -----

// With one result.
// expected-error @+1 {{results that leave the integers 2: Akida 1.0 networks have one result; end it with one dequantizer}}
func.func @main(%x: tensor<?x8x8x4xi8>) -> (tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>) {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': users 2: Akida 1.0 layers have one user and one input}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.conv_2d "b" (%3) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %3, %4 : tensor<?x8x8x4xf32>, tensor<?x8x8x4xf32>
}

// -----

// Everything in one run.
func.func @main(%x: tensor<?x8x8x1xui8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x1xui8> -> tensor<?x8x8x1xf32>
  // expected-error @+2 {{layer 'a': weights of 2 bits: Akida 1.0 input convolutions take 4 or 8}}
  // expected-error @+1 {{layer 'a': kernel 9x3: Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<9x3x1x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+2 {{layer 'pool': pool stride 3x1 of a pool of 2x2: Akida 1.0 convolutions take strides of 1 up to the extent of the pool}}
  // expected-error @+1 {{layer 'pool': pool pads [0, 0, 0, 0] (top, bottom, left, right) after a convolution with [4, 4, 1, 1] (top, bottom, left, right): Akida 1.0 convolutions take pools whose pads are those of the convolution's padding}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [3, 1] padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x3x7x4xf32>
  // expected-error @+3 {{layer 'relu': maximum of ReLU without one: Akida 1.0 layers take ReLU with a maximum, as ReLU6}}
  // expected-error @+2 {{layer 'relu': activations of 3 bits: Akida 1.0 layers give 1, 2 or 4; use activation-bits of 1, 2 or 4}}
  // expected-error @+1 {{layer 'relu': results per axis of class ReLU: Akida 1.0 layers take results quantized per tensor; use --per-tensor-activations}}
  %3 = qml.relu "relu" (%2) {buffer_bitwidth = 32 : i64}
      : tensor<?x3x7x4xf32> -> tensor<?x3x7x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 3 per_axis {range_max = dense<6.0> : tensor<4xf32>}
      : tensor<?x3x7x4xf32> -> tensor<?x3x7x4xf32>
  // expected-error @+3 {{layer 'b': weights of 8 bits: Akida 1.0 layers take 1, 2 or 4}}
  // expected-error @+2 {{layer 'b': stride 2x2 of a kernel of 1x1: Akida 1.0 convolutions take strides of 1 up to the extents of the kernel}}
  // expected-error @+1 {{layer 'b': quantized result of Conv2D: Akida 1.0 layers give quantized results of ReLU alone}}
  %5 = qml.conv_2d "b" (%4) kernel = dense<1.0> : tensor<1x1x4x4xf32> strides = [2, 2] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x3x7x4xf32> -> tensor<?x2x4x4xf32>
  %6 = qml.output_quantizer (%5) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x2x4x4xf32> -> tensor<?x2x4x4xf32>
  %7 = qml.flatten "flatten" (%6)
      : tensor<?x2x4x4xf32> -> tensor<?x32xf32>
  // expected-error @+1 {{layer 'fc': weights of 8 bits: Akida 1.0 layers take 1, 2 or 4}}
  %8 = qml.dense "fc" (%7) kernel = dense<1.0> : tensor<32x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x32xf32> -> tensor<?x2xf32>
  %9 = qml.dequantizer "dequantizer" (%8)
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %9 : tensor<?x2xf32>
}
