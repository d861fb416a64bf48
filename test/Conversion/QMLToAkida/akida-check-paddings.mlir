// The hardware's paddings go by the cells around an image, not by their names.

// RUN: qml-opt %s --akida-check --verify-diagnostics --split-input-file


// A kernel of one cell has no pads: it has the padding of its pool.
func.func @main(%x: tensor<?x9x9x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x9x9x4xi8> -> tensor<?x9x9x4xf32>
  // expected-warning @+2 {{layer 'conv': padding valid; the mapper takes same or same_upper; the layer runs in software; use padding same}}
  // expected-warning @+1 {{layer 'conv': next layer none with pooling max; the mapper takes Conv2D, DepthwiseConv2D, Conv2DTranspose, DepthwiseConv2DTranspose, BufferTempConv or DepthwiseBufferTempConv; the layer runs in software; put a convolution after the pool}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x4x4xf32> padding = valid
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x9x9x4xf32> -> tensor<?x9x9x4xf32>
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


// Valid and same pools that see the same cells are the same.
func.func @main(%x: tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x4xf32>
  // expected-warning @+1 {{layer 'conv': next layer none with pooling max; the mapper takes Conv2D, DepthwiseConv2D, Conv2DTranspose, DepthwiseConv2DTranspose, BufferTempConv or DepthwiseBufferTempConv; the layer runs in software; put a convolution after the pool}}
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x4x4xf32> padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x4xf32>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %5 = qml.dequantizer "dequantizer" (%4)
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  return %5 : tensor<?x4x4x4xf32>
}
