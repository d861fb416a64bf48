// RUN: qml-opt %s --verify-diagnostics --split-input-file

// Windows of pools.

//===----------------------------------------------------------------------===//
// 2.0
//===----------------------------------------------------------------------===//

// a2: without pooling pools have no extent.
func.func @without_pooling(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': pool 2x2: Akida 2.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 3 pool_size = 2
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  return
}

// -----

// a2: averages are over all of the image.
func.func @average(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': pool 8x8: Akida 2.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 3 pool_type = average pool_size = 8
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x1x1x2xi8>
  return
}

// -----

// a2
func.func @without_size(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': pool -1x-1: Akida 2.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 3 pool_type = max
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x2xi8>
  return
}

// -----

// a2
func.func @no_size(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': pool 0x0: Akida 2.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 3 pool_type = max pool_size = 0
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x2xi8>
  return
}

// -----

// a2
func.func @stride(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': pool stride 3x3 of a pool of 2x2: Akida 2.0 convolutions take strides of 1 up to the extent of the pool}}
  %0 = akida.conv2d "conv" (%x)
      filters = 2 kernel_size = 3 pool_type = max pool_size = 2 pool_stride = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x3x3x2xi8>
  return
}

// -----

// a2
func.func @no_stride(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': pool stride 0x0 of a pool of 2x2: Akida 2.0 convolutions take strides of 1 up to the extent of the pool}}
  %0 = akida.conv2d "conv" (%x)
      filters = 2 kernel_size = 3 pool_type = max pool_size = 2 pool_stride = 0
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x2xi8>
  return
}

// -----

// a2: a pool that is larger than what is left of the image.
func.func @too_small(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': result of an image of 8x8: Akida 2.0 layers make images with at least one cell}}
  %0 = akida.conv2d "conv" (%x)
      filters = 2 kernel_size = 3 padding = valid pool_type = max pool_size = 7
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x1x1x2xi8>
  return
}

// -----

// a4: extents after a pool.
func.func @valid(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x3x3x2xi8>', needed is 'tensor<?x2x2x2xi8>'}}
  %0 = akida.conv2d "conv" (%x)
      filters = 2 kernel_size = 3 padding = valid pool_type = max pool_size = 4 pool_stride = 2
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x3x3x2xi8>
  return
}

// -----

// a4
func.func @same(%x: tensor<?x9x8x4xi8>) {
  // expected-error @+1 {{layer 'dw': (A4) its result is of type 'tensor<?x2x2x4xi8>', needed is 'tensor<?x3x2x4xi8>'}}
  %0 = akida.depthwise_conv2d "dw" (%x)
      kernel_size = 3 kernel_stride = 2 pool_type = max pool_size = 2
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x9x8x4xi8>) -> tensor<?x2x2x4xi8>
  return
}

// -----

// a4
func.func @average_shape(%x: tensor<?x9x8x4xi8>) {
  // expected-error @+1 {{layer 'conv': (A4) its result is of type 'tensor<?x9x8x2xi8>', needed is 'tensor<?x1x1x2xi8>'}}
  %0 = akida.conv2d "conv" (%x) filters = 2 kernel_size = 1 pool_type = average
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x9x8x4xi8>) -> tensor<?x9x8x2xi8>
  return
}

// -----

//===----------------------------------------------------------------------===//
// 1.0
//===----------------------------------------------------------------------===//

// a2
func.func @v1_without_pooling(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'conv': pool 2x3: Akida 1.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %1 = akida.convolutional "conv" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 pooling_width = 2 pooling_height = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// a2
func.func @v1_one_extent(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'conv': pool 2x-1: Akida 1.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %1 = akida.convolutional "conv" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 2
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x4x4x2xui8>
  return
}

// -----

// a2
func.func @v1_average(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'conv': pool -1x8: Akida 1.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %1 = akida.convolutional "conv" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 pool_type = average pooling_height = 8
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xui8>
  return
}

// -----

// a2: strides are those of the other axis.
func.func @v1_stride(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'conv': pool stride 2x3 of a pool of 3x2: Akida 1.0 convolutions take strides of 1 up to the extent of the pool}}
  %1 = akida.convolutional "conv" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 3
      pooling_height = 2 pooling_stride_x = 2 pooling_stride_y = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x4x4x2xui8>
  return
}

// -----

// a2
func.func @v1_no_stride(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'conv': pool stride 0x2 of a pool of 2x2: Akida 1.0 convolutions take strides of 1 up to the extent of the pool}}
  %1 = akida.convolutional "conv" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 pool_type = max pooling_width = 2
      pooling_height = 2 pooling_stride_x = 0
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x4x4x2xui8>
  return
}

// -----

// a2
func.func @v1_input(%x: tensor<?x8x8x1xui8>) {
  // expected-error @+1 {{layer 'conv': pool 0x-1: Akida 1.0 convolutions take pools of an extent of 1 and more with maximum pooling, and of -1 without}}
  %1 = akida.input_convolutional "conv" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 pooling_width = 0
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  return
}

// -----

// a2
func.func @v1_too_small(%x: tensor<?x8x8x4xui8>) {
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // expected-error @+1 {{layer 'conv': result of an image of 8x8: Akida 1.0 layers make images with at least one cell}}
  %1 = akida.convolutional "conv" (%0)
      filters = 2 kernel_width = 3 kernel_height = 3 padding = valid pool_type = max
      pooling_width = 1 pooling_height = 7
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x6x1x2xui8>
  return
}
