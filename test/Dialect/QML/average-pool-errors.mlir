// What is wrong with average pools.

// RUN: qml-opt %s -verify-diagnostics -split-input-file

// average_pool_2d_c1
func.func @average_pool_2d_c1(%x: tensor<?x8x8xf32>) -> tensor<?x4x4xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8xf32> -> tensor<?x4x4xf32>
  return %0 : tensor<?x4x4xf32>
}

// -----

// average_pool_2d_c2
func.func @average_pool_2d_c2_size(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op has pool_size of 0x2; they must be 1 to 1048576}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [0, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// average_pool_2d_c2
func.func @average_pool_2d_c2_strides(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op has strides of 2x0; they must be 1 to 1048576}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [2, 2] strides = [2, 0] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// average_pool_2d_c3
func.func @average_pool_2d_c3_shape(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op has a result of shape ?x4x4x2; its operands give ?x3x3x2}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [3, 3] strides = [2, 2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// average_pool_2d_c3
func.func @average_pool_2d_c3_too_small(%x: tensor<?x2x8x2xf32>) -> tensor<?x1x3x2xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op window of 3x3 (dilated 1x1) doesn't fit into an image of 2x8 without padding}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [3, 3] strides = [2, 2] padding = valid
      : tensor<?x2x8x2xf32> -> tensor<?x1x3x2xf32>
  return %0 : tensor<?x1x3x2xf32>
}

// -----

// average_pool_2d_c4
func.func @average_pool_2d_c4_top(%x: tensor<?x8x8x2xf32>) -> tensor<?x5x3x2xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op has pads of 2x0x0x0 and a window of 2x3; pads are less than the window}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [2, 3] strides = [2, 2] pads = [2, 0, 0, 0]
      : tensor<?x8x8x2xf32> -> tensor<?x5x3x2xf32>
  return %0 : tensor<?x5x3x2xf32>
}

// -----

// average_pool_2d_c4
func.func @average_pool_2d_c4_right(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x5x2xf32> {
  // expected-error @+1 {{'qml.average_pool_2d' op has pads of 1x1x1x2 and a window of 3x2; pads are less than the window}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [3, 2] strides = [2, 2] pads = [1, 1, 1, 2]
      : tensor<?x8x8x2xf32> -> tensor<?x4x5x2xf32>
  return %0 : tensor<?x4x5x2xf32>
}

// -----

// What integers mean is looked at after that.
func.func @average_pool_2d_c1_integers(%x: tensor<?x8xi8>) -> tensor<?x4xi32> {
  // expected-error @+1 {{'qml.average_pool_2d' op takes images (batch, height, width, channels); found shape ?x8}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x8xi8> -> tensor<?x4xi32>
  return %0 : tensor<?x4xi32>
}

// -----

func.func @average_pool_2d_c2_integers(%x: tensor<?x8x8x2xi8>) -> tensor<?x4x4x2xi32> {
  // expected-error @+1 {{'qml.average_pool_2d' op has strides of 0x0}}
  %0 = qml.average_pool_2d "a" (%x) pool_size = [2, 2] strides = [0, 0] padding = same
      : tensor<?x8x8x2xi8> -> tensor<?x4x4x2xi32>
  return %0 : tensor<?x4x4x2xi32>
}
