// RUN: qml-opt %s -verify-diagnostics -split-input-file

//===----------------------------------------------------------------------===//
// What all layers with weights share
//===----------------------------------------------------------------------===//

// all_l1
func.func @l1_integer_input(%x: tensor<?x4xi8>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has an operand of 'tensor<?x4xi8>' and a result of 'tensor<?x2xf32>'; both must be f32, or both integers}}
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      : tensor<?x4xi8> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// all_l1
func.func @l1_float_input(%x: tensor<?x4xf32>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has an operand of 'tensor<?x4xf32>' and a result of 'tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>'; both must be f32, or both integers}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x4xf32> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// weighted_w1
func.func @w1_kernel(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a kernel of 'i8'; integer layers have integer kernels, float layers float ones}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// weighted_w1
func.func @w1_float_kernel(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has a kernel of 'f32'; integer layers have integer kernels, float layers float ones}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x2xf32>
      {buffer_bitwidth = 32 : i64}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// weighted_w1
func.func @w1_bias(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a bias of 'i32' and a kernel of 'f32'}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x2xf32> bias = dense<1> : tensor<2xi32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// weighted_w1
func.func @w1_float_bias(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has a bias of 'f32' and a kernel of 'i8'}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8> bias = dense<1.0> : tensor<2xf32>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// weighted_w1
func.func @w1_buffer_bitwidth(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op computes integers without 'buffer_bitwidth'}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// weighted_w2
func.func @w2_without_scales(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has an integer kernel without 'kernel_scales'}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {buffer_bitwidth = 32 : i64}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// weighted_w2
func.func @w2_with_scales(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a float kernel with 'kernel_scales'}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x2xf32>
      {kernel_scales = dense<1.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// weighted_w2
func.func @w2_number_of_scales(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has 'kernel_scales' of type 'tensor<3xf32>'; one value is allowed, or one for each of 2 channels}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {kernel_scales = dense<1.0> : tensor<3xf32>, buffer_bitwidth = 32 : i64}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// weighted_w3
func.func @w3(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a bias of type 'tensor<4xf32>'; one value is needed for each of 2 output channels}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x2xf32> bias = dense<1.0> : tensor<4xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// weighted_w3
func.func @w3_rank(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a bias of type 'tensor<f32>'; one value is needed for each of 2 output channels}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x2xf32> bias = dense<1.0> : tensor<f32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// weighted_w4
func.func @w4_dense(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op quantizes weights along axis 0; allowed are the output channel's, -1 or 1, or none}}
  %0 = qml.dense "a" (%x) kernel = dense<1.0> : tensor<4x2xf32>
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = 0>}
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// weighted_w4
func.func @w4_depthwise(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op quantizes weights along axis -1; allowed are the output channel's, -2 or 2, or none}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32> padding = valid
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// all_l4
func.func @l4_input_shift(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has 'input_shift' of type 'tensor<2xi32>'; one value is allowed, or one for each of 4 channels}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       input_shift = dense<0> : tensor<2xi32>}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// Shifts are those that the input's binary points give.
#two = #qml.fixed<value_bits = 7, frac_bits = dense<[3, 0]> : tensor<2xi32>>
func.func @input_shift_wrong(%x: tensor<?x2xi8, #two>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // expected-error @+1 {{'qml.dense' op shifts channel 1 of its input by 2 ('input_shift'); the binary points of its channels need 3}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<2x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64, input_shift = dense<[0, 2]> : tensor<2xi8>}
      : tensor<?x2xi8, #two> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

// -----

// Without one nothing is shifted.
#two = #qml.fixed<value_bits = 7, frac_bits = dense<[3, 0]> : tensor<2xi32>>
func.func @input_shift_missing(%x: tensor<?x2xi8, #two>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // expected-error @+1 {{'qml.dense' op shifts channel 1 of its input by 0 ('input_shift'); the binary points of its channels need 3}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<2x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x2xi8, #two> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

// -----

// all_l4
func.func @l4_bias_shift(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has 'bias_shift' of type 'tensor<1x2xi32>'; one value is allowed, or one for each of 2 channels}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       bias_shift = dense<0> : tensor<1x2xi32>}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @l4_input_shift_negative(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has a shift of -1 in 'input_shift'; shifts are 0 to 40}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8> bias = dense<1> : tensor<2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       input_shift = dense<-1> : tensor<i32>}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @l4_input_shift_range(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has a shift of 41 in 'input_shift'; shifts are 0 to 40}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8> bias = dense<1> : tensor<2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       input_shift = dense<41> : tensor<i32>}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @l4_bias_shift_range(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has a shift of 41 in 'bias_shift'; shifts are 0 to 40}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8> bias = dense<1> : tensor<2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       bias_shift = dense<41> : tensor<i32>}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l3: kernel scales make the result's
func.func @l3_scale(%x: tensor<?x4xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op has a result of #qml.fixed<value_bits = 30, frac_bits = 0>; its operands give #qml.fixed<value_bits = 31, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<4x2xi8>
      {kernel_scales = dense<0.5> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x4xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l3: sums over channels need one binary point, the farthest
func.func @l3_aligned(%x: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 4]> : tensor<2xi32>>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = dense<[3, 4]> : tensor<2xi32>>> {
  // expected-error @+1 {{'qml.dense' op has a result of #qml.fixed<value_bits = 30, frac_bits = dense<[3, 4]> : tensor<2xi32>>; its operands give #qml.fixed<value_bits = 31, frac_bits = 4, scale = dense<1.000000e+00> : tensor<f32>>}}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<2x2xi8>
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64, input_shift = dense<[1, 0]> : tensor<2xi32>}
      : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 4]> : tensor<2xi32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = dense<[3, 4]> : tensor<2xi32>>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = dense<[3, 4]> : tensor<2xi32>>>
}

// -----

//===----------------------------------------------------------------------===//
// conv_2d
//===----------------------------------------------------------------------===//

// conv_2d_c1
func.func @conv_2d_c1_rank(%x: tensor<?x8x8xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op takes images (batch, height, width, channels); found shape ?x8x8}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x8x2xf32> padding = valid
      : tensor<?x8x8xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c1
func.func @conv_2d_c1_channels(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a kernel for 3 channels in 1 group(s); the input has 4 channels}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x3x2xf32> padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c1
func.func @conv_2d_c1_groups(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a kernel for 4 channels in 2 group(s); the input has 4 channels}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> groups = 2 padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c1
func.func @conv_2d_c1_uneven_groups(%x: tensor<?x8x8x5xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a kernel for 2 channels in 2 group(s); the input has 5 channels}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x2xf32> groups = 2 padding = valid
      : tensor<?x8x8x5xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c2
func.func @conv_2d_c2_rank(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a kernel of type 'tensor<3x3x4xf32>'; it must be (height, width, in, out), none of them zero}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4xf32> padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c2
func.func @conv_2d_c2_empty(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a kernel of type 'tensor<0x3x4x2xf32>'; it must be (height, width, in, out), none of them zero}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<> : tensor<0x3x4x2xf32> padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c2
func.func @conv_2d_c2_groups(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has 3 output channels in 2 groups; they must divide evenly}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32> groups = 2 padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

func.func @conv_2d_no_groups(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{attribute 'groups' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x3xf32> groups = 0 padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// conv_2d_c3
func.func @conv_2d_c3_stride(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has strides of 0x1; they must be 1 to 1048576}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> strides = [0, 1] padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c3
func.func @conv_2d_c3_dilation(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has dilations of 1x-1; they must be 1 to 1048576}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> dilations = [1, -1] padding = valid
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c3
func.func @conv_2d_c3_huge(%x: tensor<?x8x8x4xf32>) -> tensor<?x1x1x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has strides of 9223372036854775807x1; they must be 1 to 1048576}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      strides = [9223372036854775807, 1] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x1x1x2xf32>
  return %0 : tensor<?x1x1x2xf32>
}

// -----

// conv_2d_c3
func.func @conv_2d_c3_both(%x: tensor<?x8x8x4xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has strides of 2x1 and dilations of 1x2; only one of them may be above 1}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      strides = [2, 1] dilations = [1, 2] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

func.func @conv_2d_three_strides(%x: tensor<?x8x8x4xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{attribute 'strides' failed to satisfy constraint: i64 dense array attribute with exactly 2 elements}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> strides = [1, 1, 1] padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// conv_2d_c4
func.func @conv_2d_c4_valid(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a padding value, and padding = valid; it needs padding = same, or pads}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      padding = valid padding_value = [1.0]
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c4
func.func @conv_2d_c4_count(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has 2 padding values; one is allowed, or one for each of 4 channels}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      padding = same padding_value = [1.0, 2.0]
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// conv_2d_c4
func.func @conv_2d_c4_infinite(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has the value inf in 'padding_value'; it must be finite}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      padding = same padding_value = [0x7FF0000000000000]
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// conv_2d_c4
func.func @conv_2d_c4_quantized(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.conv_2d' op has 'quantized_padding' of type 'tensor<2xi32>'; one value is allowed, or one for each of 4 channels}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<1> : tensor<3x3x4x2xi8> padding = same
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       quantized_padding = dense<1> : tensor<2xi32>}
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// conv_2d_c4
func.func @conv_2d_c4_shift(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.conv_2d' op has 'padding_shift' of type 'tensor<2xi32>'; one value is allowed, or one for each of 4 channels}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<1> : tensor<3x3x4x2xi8> padding = same
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       quantized_padding = dense<0> : tensor<i8>, padding_shift = dense<1> : tensor<2xi32>}
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// all_l4
func.func @conv_2d_l4_shift(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.conv_2d' op has a shift of 41 in 'padding_shift'; shifts are 0 to 40}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<1> : tensor<3x3x4x2xi8> padding = same
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64,
       quantized_padding = dense<0> : tensor<i8>, padding_shift = dense<[0, 40, 41, 0]> : tensor<4xi32>}
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

// conv_2d_c5
func.func @conv_2d_c5_pads(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a result of shape ?x8x8x2; its operands give ?x9x8x2}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> pads = [1, 2, 2, 0]
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}

// -----

// conv_2d_c5
func.func @conv_2d_c5_shape(%x: tensor<?x8x8x4xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a result of shape ?x6x6x2; its operands give ?x8x8x2}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// conv_2d_c5
func.func @conv_2d_c5_batch(%x: tensor<2x8x8x4xf32>) -> tensor<3x6x6x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op has a result of shape 3x6x6x2; its operands give 2x6x6x2}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> padding = valid
      : tensor<2x8x8x4xf32> -> tensor<3x6x6x2xf32>
  return %0 : tensor<3x6x6x2xf32>
}

// -----

// conv_2d_c5
func.func @conv_2d_c5_too_small(%x: tensor<?x4x8x4xf32>) -> tensor<?x1x4x2xf32> {
  // expected-error @+1 {{'qml.conv_2d' op window of 3x3 (dilated 2x2) doesn't fit into an image of 4x8 without padding}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32> dilations = [2, 2] padding = valid
      : tensor<?x4x8x4xf32> -> tensor<?x1x4x2xf32>
  return %0 : tensor<?x1x4x2xf32>
}

// -----

// conv_2d_c6
func.func @conv_2d_c6(%x: tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>> {
  // expected-error @+1 {{'qml.conv_2d' op has 2 groups; integer convolutions have one}}
  %0 = qml.conv_2d "a" (%x) kernel = dense<1> : tensor<3x3x2x2xi8> groups = 2 padding = same
      {kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x4xi8> -> tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
  return %0 : tensor<?x8x8x2xi32, #qml.fixed<value_bits = 30, frac_bits = 0>>
}

// -----

//===----------------------------------------------------------------------===//
// depthwise_conv_2d
//===----------------------------------------------------------------------===//

// depthwise_conv_2d_c1
func.func @depthwise_conv_2d_c1_channels(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op has a kernel for 3 channels; the input has 2 channels}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x3x1xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// depthwise_conv_2d_c1
func.func @depthwise_conv_2d_c1_rank(%x: tensor<?x8xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op takes images (batch, height, width, channels); found shape ?x8}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x8x1xf32> padding = valid
      : tensor<?x8xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// depthwise_conv_2d_c2
func.func @depthwise_conv_2d_c2_last(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x4xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op has a kernel with a last axis of 2; one result per channel is supported}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x2xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x4xf32>
  return %0 : tensor<?x6x6x4xf32>
}

// -----

// depthwise_conv_2d_c2
func.func @depthwise_conv_2d_c2_rank(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op has a kernel of type 'tensor<3x3x2xf32>'; it must be (height, width, channels, 1), none of them zero}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// depthwise_conv_2d_c3
func.func @depthwise_conv_2d_c3_stride(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op has strides of 1x-2; they must be 1 to 1048576}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32> strides = [1, -2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  return %0 : tensor<?x6x6x2xf32>
}

// -----

// depthwise_conv_2d_c3
func.func @depthwise_conv_2d_c3_both(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op has strides of 2x2 and dilations of 2x2; only one of them may be above 1}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      strides = [2, 2] dilations = [2, 2] padding = same
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// -----

// depthwise_conv_2d_c4
func.func @depthwise_conv_2d_c4_shape(%x: tensor<?x8x8x2xf32>) -> tensor<?x5x6x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op has a result of shape ?x5x6x2; its operands give ?x6x6x2}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x5x6x2xf32>
  return %0 : tensor<?x5x6x2xf32>
}

// -----

// depthwise_conv_2d_c4
func.func @depthwise_conv_2d_c4_too_small(%x: tensor<?x8x2x2xf32>) -> tensor<?x6x1x2xf32> {
  // expected-error @+1 {{'qml.depthwise_conv_2d' op window of 3x3 (dilated 1x1) doesn't fit into an image of 8x2 without padding}}
  %0 = qml.depthwise_conv_2d "a" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32> padding = valid
      : tensor<?x8x2x2xf32> -> tensor<?x6x1x2xf32>
  return %0 : tensor<?x6x1x2xf32>
}

// -----

//===----------------------------------------------------------------------===//
// separable_conv_2d
//===----------------------------------------------------------------------===//

// weighted_w1
func.func @weighted_w1_separable(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a kernel of 'i8'; integer layers have integer kernels, float layers float ones}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<1> : tensor<1x1x2x3xi8> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// weighted_w2
func.func @weighted_w2_separable(%x: tensor<?x8x8x2xi8>) -> tensor<?x6x6x3xi64, #qml.fixed<value_bits = 31, frac_bits = 0>> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has an integer kernel without 'pw_kernel_scales'}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<1> : tensor<3x3x2x1xi8>
      pointwise_kernel = dense<2> : tensor<1x1x2x3xi8> padding = valid
      {dw_kernel_scales = dense<1.0> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x2xi8> -> tensor<?x6x6x3xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
  return %0 : tensor<?x6x6x3xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
}

// -----

// weighted_w4
func.func @weighted_w4_separable(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op quantizes weights along axis -2; allowed are the output channel's, -1 or 3, or none}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      {pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -2>}
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c1
func.func @separable_conv_2d_c1_rank(%x: tensor<?x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op takes images (batch, height, width, channels); found shape ?x2}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      : tensor<?x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c1
func.func @separable_conv_2d_c1_channels(%x: tensor<?x8x8x3xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has kernels for 2 channels; the input has 3 channels}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      : tensor<?x8x8x3xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c2
func.func @separable_conv_2d_c2_depthwise(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a kernel of type 'tensor<3x3x2xf32>'; it must be (height, width, channels, 1), none of them zero}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c2
func.func @separable_conv_2d_c2_multiplier(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a depthwise kernel with a last axis of 2; one result per channel is supported}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x2xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c2
func.func @separable_conv_2d_c2_pointwise(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a kernel of type 'tensor<2x3xf32>'; it must be (1, 1, channels, out), none of them zero}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<2x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c2
func.func @separable_conv_2d_c2_large(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a pointwise kernel of shape 1x2x2x3 after 2 channels; it must be 1x1x2xout}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x2x2x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c2
func.func @separable_conv_2d_c2_inner(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a pointwise kernel of shape 1x1x4x3 after 2 channels; it must be 1x1x2xout}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x4x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c3
func.func @separable_conv_2d_c3_stride(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has strides of 0x1; they must be 1 to 1048576}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> strides = [0, 1] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c3
func.func @separable_conv_2d_c3_both(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has strides of 2x1 and dilations of 1x2; only one of them may be above 1}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> strides = [2, 1] dilations = [1, 2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c4
func.func @separable_conv_2d_c4_quantizer(%x: tensor<?x8x8x2xf32>) -> tensor<?x6x6x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has an axis of -2 in 'dw_weight_quantizer'; these weights have one scale for all}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      {dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -2>}
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  return %0 : tensor<?x6x6x3xf32>
}

// -----

// separable_conv_2d_c4
func.func @separable_conv_2d_c4_scales(%x: tensor<?x8x8x2xi8>) -> tensor<?x6x6x3xi64, #qml.fixed<value_bits = 31, frac_bits = 0>> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has 'dw_kernel_scales' of type 'tensor<2xf32>'; one value is allowed, or one for each of 1 channels}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<1> : tensor<3x3x2x1xi8>
      pointwise_kernel = dense<2> : tensor<1x1x2x3xi8> padding = valid
      {dw_kernel_scales = dense<1.0> : tensor<2xf32>, pw_kernel_scales = dense<1.0> : tensor<f32>,
       buffer_bitwidth = 32 : i64}
      : tensor<?x8x8x2xi8> -> tensor<?x6x6x3xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
  return %0 : tensor<?x6x6x3xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
}

// -----

// separable_conv_2d_c5
func.func @separable_conv_2d_c5(%x: tensor<?x8x8x2xf32>) -> tensor<?x8x8x3xf32> {
  // expected-error @+1 {{'qml.separable_conv_2d' op has a result of shape ?x8x8x3; its operands give ?x6x6x3}}
  %0 = qml.separable_conv_2d "a" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x3xf32>
  return %0 : tensor<?x8x8x3xf32>
}
