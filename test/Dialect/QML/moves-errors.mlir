// RUN: qml-opt %s -verify-diagnostics -split-input-file

// edge_padding_2d_c1
func.func @edge_padding_2d_c1(%x: tensor<?x8x8xf32>) -> tensor<?x8x8xf32> {
  // expected-error @+1 {{'qml.edge_padding_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.edge_padding_2d "a" (%x) pads = [0, 0, 0, 0] : tensor<?x8x8xf32> -> tensor<?x8x8xf32>
  return %0 : tensor<?x8x8xf32>
}

// -----

// edge_padding_2d_c2
func.func @edge_padding_2d_c2(%x: tensor<?x8x8x2xf32>) -> tensor<?x7x8x2xf32> {
  // expected-error @+1 {{'qml.edge_padding_2d' op has pads of 0x-1x0x0; they must be 0 to 1048576}}
  %0 = qml.edge_padding_2d "a" (%x) pads = [0, -1, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x7x8x2xf32>
  return %0 : tensor<?x7x8x2xf32>
}

// -----

// edge_padding_2d_c3
func.func @edge_padding_2d_c3(%x: tensor<?x8x8x2xf32>) -> tensor<?x10x8x2xf32> {
  // expected-error @+1 {{'qml.edge_padding_2d' op has a result of shape ?x10x8x2; its operands give ?x9x9x2}}
  %0 = qml.edge_padding_2d "a" (%x) pads = [0, 1, 0, 1] : tensor<?x8x8x2xf32> -> tensor<?x10x8x2xf32>
  return %0 : tensor<?x10x8x2xf32>
}

// -----

// cropping_2d_c1
func.func @cropping_2d_c1(%x: tensor<?x8x8xf32>) -> tensor<?x8x8xf32> {
  // expected-error @+1 {{'qml.cropping_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.cropping_2d "a" (%x) crops = [0, 0, 0, 0] : tensor<?x8x8xf32> -> tensor<?x8x8xf32>
  return %0 : tensor<?x8x8xf32>
}

// -----

// cropping_2d_c2
func.func @cropping_2d_c2_negative(%x: tensor<?x8x8x2xf32>) -> tensor<?x9x8x2xf32> {
  // expected-error @+1 {{'qml.cropping_2d' op has crops of 0x-1x0x0 for an image of 8 rows; they are not negative, and one is left}}
  %0 = qml.cropping_2d "a" (%x) crops = [0, -1, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x9x8x2xf32>
  return %0 : tensor<?x9x8x2xf32>
}

// -----

// cropping_2d_c2
func.func @cropping_2d_c2_all(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x1x2xf32> {
  // expected-error @+1 {{'qml.cropping_2d' op has crops of 0x0x4x4 for an image of 8 columns; they are not negative, and one is left}}
  %0 = qml.cropping_2d "a" (%x) crops = [0, 0, 4, 4] : tensor<?x8x8x2xf32> -> tensor<?x8x1x2xf32>
  return %0 : tensor<?x8x1x2xf32>
}

// -----

// cropping_2d_c2
func.func @cropping_2d_c2_huge(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x1x2xf32> {
  // expected-error @+1 {{'qml.cropping_2d' op has crops of 0x9223372036854775807x0x0 for an image of 8 rows}}
  %0 = qml.cropping_2d "a" (%x) crops = [0, 9223372036854775807, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x8x1x2xf32>
  return %0 : tensor<?x8x1x2xf32>
}

// -----

// cropping_2d_c3
func.func @cropping_2d_c3(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.cropping_2d' op has a result of shape ?x8x8x2; its operands give ?x7x8x2}}
  %0 = qml.cropping_2d "a" (%x) crops = [0, 1, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// up_sampling_2d_c1
func.func @up_sampling_2d_c1(%x: tensor<?x8x8xf32>) -> tensor<?x8x8xf32> {
  // expected-error @+1 {{'qml.up_sampling_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.up_sampling_2d "a" (%x) size = [1, 1] : tensor<?x8x8xf32> -> tensor<?x8x8xf32>
  return %0 : tensor<?x8x8xf32>
}

// -----

// up_sampling_2d_c2
func.func @up_sampling_2d_c2(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.up_sampling_2d' op has a size of 0x1; it must be 1 to 1048576}}
  %0 = qml.up_sampling_2d "a" (%x) size = [0, 1] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// up_sampling_2d_c2
func.func @up_sampling_2d_c2_huge(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.up_sampling_2d' op has a size of 1x9223372036854775807; it must be 1 to 1048576}}
  %0 = qml.up_sampling_2d "a" (%x) size = [1, 9223372036854775807] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// up_sampling_2d_c3
func.func @up_sampling_2d_c3(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.up_sampling_2d' op has a result of shape ?x8x8x2; its operands give ?x16x8x2}}
  %0 = qml.up_sampling_2d "a" (%x) size = [2, 1] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// permute_c1
func.func @permute_c1_twice(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.permute' op has the axes 0x1x1x3 for a shape of ?x8x8x2; they are its axes, each once, the batch first, and at most 7}}
  %0 = qml.permute "a" (%x) axes = [0, 1, 1, 3] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// permute_c1
func.func @permute_c1_batch(%x: tensor<8x8x8x2xf32>) -> tensor<8x8x8x2xf32> {
  // expected-error @+1 {{'qml.permute' op has the axes 1x0x2x3 for a shape of 8x8x8x2}}
  %0 = qml.permute "a" (%x) axes = [1, 0, 2, 3] : tensor<8x8x8x2xf32> -> tensor<8x8x8x2xf32>
  return %0 : tensor<8x8x8x2xf32>
}

// -----

// permute_c1
func.func @permute_c1_none(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.permute' op has the axes  for a shape of ?x8x8x2}}
  %0 = qml.permute "a" (%x) axes = [] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// permute_c1
func.func @permute_c1_many(%x: tensor<?x1x1x1x1x1x1x2xf32>) -> tensor<?x1x1x1x1x1x1x2xf32> {
  // expected-error @+1 {{'qml.permute' op has the axes 0x1x2x3x4x5x6x7 for a shape of ?x1x1x1x1x1x1x2}}
  %0 = qml.permute "a" (%x) axes = [0, 1, 2, 3, 4, 5, 6, 7] : tensor<?x1x1x1x1x1x1x2xf32> -> tensor<?x1x1x1x1x1x1x2xf32>
  return %0 : tensor<?x1x1x1x1x1x1x2xf32>
}

// -----

// permute_c2
func.func @permute_c2(%x: tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>>) -> tensor<?x2x8x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>> {
  // expected-error @+1 {{'qml.permute' op moves the last axis of integers that have a binary point or a scale per channel}}
  %0 = qml.permute "a" (%x) axes = [0, 3, 1, 2] : tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>> -> tensor<?x2x8x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
  return %0 : tensor<?x2x8x8xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
}

// -----

// permute_c3
func.func @permute_c3(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.permute' op has a result of shape ?x8x8x2; its operands give ?x2x8x8}}
  %0 = qml.permute "a" (%x) axes = [0, 3, 1, 2] : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}
