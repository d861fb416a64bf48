// RUN: qml-opt %s --verify-diagnostics --split-input-file --qml-lower --convert-qml-to-akida=version=1

// What Akida 1.0 can't do, in networks that are calibrated.

//===----------------------------------------------------------------------===//
// Layers with kernels
//===----------------------------------------------------------------------===//

// The first convolution has weights of 4 or 8 bits.
func.func @main(%x: tensor<?x8x8x1xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x1xui8> -> tensor<?x8x8x1xf32>
  // expected-error @+1 {{layer 'conv': weights of 2 bits: Akida 1.0 input convolutions take 4 or 8}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Others of 1, 2 or 4.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': weights of 8 bits: Akida 1.0 layers take 1, 2 or 4}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
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

// Dense layers, too.
func.func @main(%x: tensor<?x8xi8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8xi8> -> tensor<?x8xf32>
  // expected-error @+1 {{layer 'fc': weights of 3 bits: Akida 1.0 layers take 1, 2 or 4}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<8x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 3, axis = -1>}
      : tensor<?x8xf32> -> tensor<?x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

// Both kernels of a separable convolution have the same.
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
  // expected-error @+1 {{layer 'sep': weights of 4 and 2 bits: Akida 1.0 separable convolutions take the same bits for both kernels}}
  %4 = qml.separable_conv_2d "sep" (%3) depthwise_kernel = dense<1.0> : tensor<3x3x4x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.relu "relu_1" (%4) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.output_quantizer (%5) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %7 = qml.dequantizer "dequantizer" (%6)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %7 : tensor<?x8x8x4xf32>
}

// -----

// Kernels and weights of separable convolutions.
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
  // expected-error @+2 {{layer 'sep': weights of 8 bits: Akida 1.0 layers take 1, 2 or 4}}
  // expected-error @+1 {{layer 'sep': kernel 9x2: Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %4 = qml.separable_conv_2d "sep" (%3) depthwise_kernel = dense<1.0> : tensor<9x2x4x1xf32>
      pointwise_kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %5 = qml.relu "relu_1" (%4) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %6 = qml.output_quantizer (%5) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %7 = qml.dequantizer "dequantizer" (%6)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %7 : tensor<?x8x8x4xf32>
}

// -----

// Extents of kernels.
func.func @main(%x: tensor<?x8x8x1xui8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x1xui8> -> tensor<?x8x8x1xf32>
  // expected-error @+1 {{layer 'conv': kernel 2x3: Akida 1.0 convolutions take 1, 3, 5 or 7}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<2x3x1x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// No cell is left out, but by the first convolution.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x3x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': stride 3x2 of a kernel of 3x1: Akida 1.0 convolutions take strides of 1 up to the extents of the kernel}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x1x4x4xf32> strides = [3, 2] padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x3x4x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x3x4x4xf32> -> tensor<?x3x4x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x3x4x4xf32> -> tensor<?x3x4x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x3x4x4xf32> -> tensor<?x3x4x4xf32>
  return %4 : tensor<?x3x4x4xf32>
}

// -----

// Dilations.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': dilation 2x2: Akida 1.0 convolutions take 1}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> dilations = [2, 2] padding = same
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

// Padding values: below bytes.
func.func @main(%x: tensor<?x8x8x1xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x1xf32>
  // expected-error @+1 {{layer 'conv': padding value -64: Akida 1.0 input convolutions take 0 to 255; scale inputs so that zero lies within them}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x1x4xf32> padding = same padding_value = [-1.0]
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// One for all channels.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_axis
      {range_min = dense<[-1.0, -2.0, -1.0]> : tensor<3xf32>, range_max = dense<3.0> : tensor<3xf32>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  // expected-error @+2 {{layer 'conv': padding values per channel 64 and others: Akida 1.0 input convolutions take one padding value for all channels; quantize the input per tensor}}
  // expected-error @+1 {{layer 'conv': binary points of the input's channels 1 bits apart: Akida 1.0 input convolutions take one binary point for all channels; quantize the input per tensor, with --per-tensor-activations}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x3x4xf32> padding = same padding_value = [0.0]
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Others pad with zeros.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'conv': padding value 2: Akida 1.0 convolutions after the first pad with 0}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same padding_value = [1.0]
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

// Binary points of channels.
func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x8x8x4xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_axis
      {range_min = dense<0.0> : tensor<3xf32>, range_max = dense<[1.0, 1.0, 4.0]> : tensor<3xf32>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  // expected-error @+1 {{layer 'conv': binary points of the input's channels 2 bits apart: Akida 1.0 input convolutions take one binary point for all channels; quantize the input per tensor, with --per-tensor-activations}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x3x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x3xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Dense layers of images that are no vectors.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'fc': input of rank 4: Akida 1.0 dense layers take flattened inputs; put a Flatten layer before it or, where it is a product of the channels of each cell, a 1x1 convolution in its place}}
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<4x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1)
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %2 : tensor<?x8x8x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

// Strides of pools.
func.func @main(%x: tensor<?x8x8x1xui8>) -> tensor<?x3x3x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x1xui8> -> tensor<?x8x8x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'pool': pool stride 3x3 of a pool of 2x3: Akida 1.0 convolutions take strides of 1 up to the extent of the pool}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 3] strides = [3, 3] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x3x3x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x3x3x4xf32> -> tensor<?x3x3x4xf32>
  return %5 : tensor<?x3x3x4xf32>
}

// -----

// Their padding.
func.func @main(%x: tensor<?x9x9x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x9x9x4xi8> -> tensor<?x9x9x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x9x9x4xf32> -> tensor<?x9x9x4xf32>
  // expected-error @+1 {{layer 'pool': pool pads [0, 0, 0, 0] (top, bottom, left, right) after a convolution with [1, 1, 1, 1] (top, bottom, left, right): Akida 1.0 convolutions take pools whose pads are those of the convolution's padding}}
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x9x9x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %5 : tensor<?x4x4x4xf32>
}

// -----

// Averages are over 256 cells at most.
func.func @main(%x: tensor<?x16x17x4xi8>) -> tensor<?x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x16x17x4xi8> -> tensor<?x16x17x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x16x17x4xf32> -> tensor<?x16x17x4xf32>
  // expected-error @+1 {{layer 'gap': average over 16x17 cells: Akida 1.0 layers average over 1 to 256}}
  %2 = qml.global_average_pool_2d "gap" (%1) {buffer_bitwidth = 32 : i64}
      : tensor<?x16x17x4xf32> -> tensor<?x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4xf32> -> tensor<?x4xf32>
  return %5 : tensor<?x4xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

// Activations of 1, 2 or 4 bits.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': activations of 3 bits: Akida 1.0 layers give 1, 2 or 4; use activation-bits of 1, 2 or 4}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 3 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// With a maximum.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': maximum of ReLU without one: Akida 1.0 layers take ReLU with a maximum, as ReLU6}}
  %2 = qml.relu "relu" (%1) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Per tensor.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': results per axis of class ReLU: Akida 1.0 layers take results quantized per tensor; use --per-tensor-activations}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_axis {range_max = dense<6.0> : tensor<4xf32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// A last ReLU's quantizer may have a sign, which the hardware's results lack.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-warning @+1 {{layer 'dequantizer': the last layer of Akida 1.0 gives its activation's integers; the scale is left out}}
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// Of ReLU alone.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': quantized result of Conv2D: Akida 1.0 layers give quantized results of ReLU alone}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 4 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.conv_2d "b" (%2) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %4 : tensor<?x8x8x4xf32>
}

// -----

// With a quantizer.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'relu': quantized result of a ReLU that has no quantizer: Akida 1.0 layers give quantized results of ReLU alone}}
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %3 : tensor<?x8x8x4xf32>
}

// -----

// Sums are of the last layer.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'a': quantized result of a layer without ReLU: Akida 1.0 layers give quantized results of ReLU alone}}
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.conv_2d "b" (%1) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %3 = qml.dequantizer "dequantizer" (%2)
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  return %3 : tensor<?x8x8x4xf32>
}

// -----

// Results of averages are of ReLU, too.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  // expected-error @+1 {{layer 'gap': quantized result of GlobalAveragePooling2D: Akida 1.0 layers give quantized results of ReLU alone}}
  %2 = qml.global_average_pool_2d "gap" (%1) {buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xf32> -> tensor<?x4xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x4xf32> -> tensor<?x4xf32>
  return %4 : tensor<?x4xf32>
}

// -----

// Thresholds hold biases of more than 8 bits.
func.func @main(%x: tensor<?x8xi8>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8xi8> -> tensor<?x8xf32>
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<8x2xf32> bias = dense<1000.0> : tensor<2xf32>
      {buffer_bitwidth = 28 : i64,
       bias_quantizer = #qml.aligned_quantizer<bitwidth = 16, signed = true>, weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8xf32> -> tensor<?x2xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-warning @+1 {{layer 'dequantizer': the last layer of Akida 1.0 gives its activation's integers; the scale is left out}}
  %4 = qml.dequantizer "dequantizer" (%3)
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}
