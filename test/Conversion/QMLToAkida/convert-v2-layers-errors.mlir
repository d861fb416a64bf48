// RUN: qml-opt %s --verify-diagnostics --split-input-file --qml-lower --convert-qml-to-akida

// What Akida 2.0 can't do, in networks that are calibrated.

//===----------------------------------------------------------------------===//
// Layers with kernels
//===----------------------------------------------------------------------===//

// Weights.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': weights of 6 bits: Akida 2.0 layers take 4 or 8}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 6, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Both extents of a kernel are given.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': kernel 9x9: Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<9x9x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// A kernel that is no square is told once, if its extents are right.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': kernel 3x1: Akida 2.0 convolutions take square kernels}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Strides.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x3x3x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': stride 3: Akida 2.0 convolutions take 1 or 2}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> strides = [3, 3] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x3x3x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  return %2 : tensor<?x3x3x4xf32>
}

// -----

// Of both axes.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': strides 2x1: Akida 2.0 convolutions take the same stride for both axes}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> strides = [2, 1] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x4x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  return %2 : tensor<?x4x8x4xf32>
}

// -----

// Stride 2 goes with some kernels.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': stride 2 with kernel 5: Akida 2.0 convolutions take stride 2 with kernels of 1 or 3}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<5x5x4x4xf32> strides = [2, 2] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %2 : tensor<?x4x4x4xf32>
}

// -----

// And with one of depthwise convolutions.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'dw': stride 2 with kernel 5: Akida 2.0 depthwise convolutions take stride 2 with kernels of 3}}
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<5x5x4x1xf32> strides = [2, 2] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %2 : tensor<?x4x4x4xf32>
}

// -----

// The first convolution of an image has strides up to 6, not of 7.
func.func @main(%x: tensor<?x8x8x3xui8>) -> tensor<?x2x2x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x3xui8> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': stride 7: Akida 2.0 input convolutions take 1 to 6}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x3x4xf32> strides = [7, 7] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x2x2x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x2x2x4xf32> -> tensor<?x2x2x4xf32>
  return %4 : tensor<?x2x2x4xf32>
}

// -----

// Dilations.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': dilation 2x1: Akida 2.0 convolutions take 1}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> dilations = [2, 1] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Weights and kernels of depthwise convolutions.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+3 {{layer 'dw': weights of 2 bits: Akida 2.0 layers take 4 or 8}}
  // expected-error @+2 {{layer 'dw': kernel 2x4: Akida 2.0 convolutions take square kernels}}
  // expected-error @+1 {{layer 'dw': kernel 2x4: Akida 2.0 convolutions take 1, 3, 5 or 7}}
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<2x4x4x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -2>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// Only input convolutions pad with something else than zeros.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': padding value 2: Akida 2.0 convolutions after the first pad with 0}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same padding_value = [1.0]
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %2 : tensor<?x8x8x4xf32>
}

// -----

// And with bytes: what stands for zero is below them.
func.func @main(%x: tensor<?x8x8x1xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x1xf32>
  // expected-error @+1 {{layer 'conv': padding value -64: Akida 2.0 input convolutions take 0 to 255; scale inputs so that zero lies within them}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x1x4xf32> padding = same padding_value = [-1.0]
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Channels of different binary points.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_axis
      {range_min = dense<0.0> : tensor<3xf32>, range_max = dense<[1.0, 1.0, 4.0]> : tensor<3xf32>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': binary points of the input's channels 2 bits apart: Akida 2.0 input convolutions take one binary point for all channels; quantize the input per tensor, with --per-tensor-activations}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Biases of more than 8 bits.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+2 {{layer 'fc': input of rank 4: Akida 2.0 dense layers take flattened inputs; put a Flatten layer before it or, where it is a product of the channels of each cell, a 1x1 convolution in its place}}
  // expected-error @+1 {{layer 'fc': biases and maxima of 16 bits (bias): Akida 2.0 layers take 1 to 8}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<4x2xf32> bias = dense<1000.0> : tensor<2xf32>
      {buffer_bitwidth = 28 : i64,
       bias_quantizer = #qml.aligned_quantizer<bitwidth = 16, signed = true>, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %2 : tensor<?x8x8x2xf32>
}

// -----

// Maxima of more than 8 bits.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': biases and maxima of 9 bits (quantized_max_value): Akida 2.0 layers take 1 to 8}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64, max_value_quantizer = #qml.aligned_quantizer<bitwidth = 9, signed = false>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Dense layers of what is no vector.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'fc': input of rank 4: Akida 2.0 dense layers take flattened inputs; put a Flatten layer before it or, where it is a product of the channels of each cell, a 1x1 convolution in its place}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<4x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %2 : tensor<?x8x8x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

// Extents of pools are equal.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': pool 2x1 with strides 2x1: Akida 2.0 convolutions take square pools with the same stride for both axes}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 1] strides = [2, 1] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x8x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  return %5 : tensor<?x4x8x4xf32>
}

// -----

// And strides.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': pool 2x2 with strides 2x1: Akida 2.0 convolutions take square pools with the same stride for both axes}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 1] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x8x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4x8x4xf32> -> tensor<?x4x8x4xf32>
  return %5 : tensor<?x4x8x4xf32>
}

// -----

// No cell is left out.
func.func @main(%x: tensor<?x8x8x4xf32>) -> tensor<?x3x3x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %1 = qml.depthwise_conv_2d "dw" (%0) kernel = dense<1.0> : tensor<3x3x4x1xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': pool stride 3x3 of a pool of 2x2: Akida 2.0 convolutions take strides of 1 up to the extent of the pool}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [3, 3] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x3x3x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  return %5 : tensor<?x3x3x4xf32>
}

// -----

// A pool has the padding of its convolution.
func.func @main(%x: tensor<?x9x9x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x9x9x4xi8> -> tensor<?x9x9x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x9x9x4xf32> -> tensor<?x9x9x4xf32>
  // expected-error @+1 {{layer 'pool': pool pads [0, 0, 0, 0] (top, bottom, left, right) after a convolution with [1, 1, 1, 1] (top, bottom, left, right): Akida 2.0 convolutions take pools whose pads are those of the convolution's padding}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x9x9x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %5 : tensor<?x4x4x4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

// Results that the next layer takes.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': results of 16 bits: Akida 2.0 layers give the next layer 1 to 8; quantize the result to 8 bits or fewer}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 16 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "b" (%2) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Sums are too wide.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': results of 28}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.conv_2d "b" (%1) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %3 : tensor<?x8x8x4xf32>
}

// -----

// Unsigned results of 5 to 7 bits.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': unsigned results of 6 bits: Akida 2.0 layers give unsigned results of 1 to 4; quantize with --arithmetic=akida, which keeps the sign bit free}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 6 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.conv_2d "b" (%3) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %5 : tensor<?x8x8x4xf32>
}

// -----

// Scales of more than 8 bits.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': output scales of 16 bits (scales): Akida 2.0 layers take 1 to 8; use scales of 8 bits (last-output-bits below 16)}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>, scale_bits = 16 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "b" (%2) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Negative results of up to 4 bits are lost, which is no error.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-warning @+1 {{layer 'a': signed results of 4 bits: Akida 2.0 layers give negative results of 5 to 32; use more output bits; the negative ones become 0}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 4 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "b" (%2) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}
