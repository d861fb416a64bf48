// Every operation with every attribute, through text, generic text and bytecode.

// Local scopes have no aliases, but no data of resources either: CI's option
// --verify-roundtrip, which the path keeps away, could not read what they print.
// RUN: qml-opt %s | %qml_build_root/bin/qml-opt --mlir-print-local-scope | FileCheck %s
// RUN: qml-opt %s --mlir-print-op-generic | %qml_build_root/bin/qml-opt --mlir-print-local-scope | FileCheck %s
// RUN: qml-opt %s --emit-bytecode | %qml_build_root/bin/qml-opt --mlir-print-local-scope | FileCheck %s
// RUN: qml-opt %s | qml-opt | FileCheck %s --check-prefix=DATA
// RUN: qml-opt %s --mlir-print-op-generic | qml-opt | FileCheck %s --check-prefix=DATA
// RUN: qml-opt %s --emit-bytecode | qml-opt | FileCheck %s --check-prefix=DATA

// CHECK: module @network attributes {qml.arithmetic = "akida"}
module @network attributes {qml.arithmetic = "akida"} {

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @transposed(
func.func @transposed(%x: tensor<?x8x6x2xf32>) -> tensor<?x17x17x3xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d_transpose "depthwise"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<3x3x2x1xf32> strides = [1, 3] padding = same : tensor<?x8x6x2xf32> -> tensor<?x8x18x2xf32>
  %0 = qml.depthwise_conv_2d_transpose "depthwise" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      strides = [1, 3] padding = same : tensor<?x8x6x2xf32> -> tensor<?x8x18x2xf32>
  // CHECK-NEXT: qml.conv_2d_transpose "dilated"
  // CHECK-SAME: dilations = [2, 1] padding = valid : tensor<?x8x18x2xf32> -> tensor<?x12x20x2xf32>
  %1 = qml.conv_2d_transpose "dilated" (%0) kernel = dense<0.5> : tensor<3x3x2x2xf32>
      dilations = [2, 1] padding = valid : tensor<?x8x18x2xf32> -> tensor<?x12x20x2xf32>
  // CHECK-NEXT: qml.conv_2d_transpose "extra"
  // CHECK-SAME: bias = dense<1.000000e+00> : tensor<2xf32> strides = [2, 1] padding = same output_padding = [1, 0] activation = relu : tensor<?x12x20x2xf32> -> tensor<?x24x20x2xf32>
  %2 = qml.conv_2d_transpose "extra" (%1) kernel = dense<0.5> : tensor<3x3x2x2xf32>
      bias = dense<1.0> : tensor<2xf32> strides = [2, 1] padding = same output_padding = [1, 0]
      activation = relu : tensor<?x12x20x2xf32> -> tensor<?x24x20x2xf32>
  // CHECK-NEXT: qml.conv_2d_transpose "cut"
  // CHECK-SAME: pads = [4, 5, 2, 3] {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>} : tensor<?x24x20x2xf32> -> tensor<?x17x17x3xf32>
  %3 = qml.conv_2d_transpose "cut" (%2) kernel = dense<0.5> : tensor<3x3x2x3xf32>
      pads = [4, 5, 2, 3] {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x24x20x2xf32> -> tensor<?x17x17x3xf32>
  return %3 : tensor<?x17x17x3xf32>
}

// CHECK-LABEL: func @recurrent(
func.func @recurrent(%x: tensor<?x8x3xf32>, %y: tensor<?x4x2xi16>) -> tensor<?x2xf32> {
  // CHECK-NEXT: %in = qml.stateful_projection "in"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<3x5xf32> : tensor<?x8x3xf32> -> tensor<?x8x5xf32>
  %0 = qml.stateful_projection "in" (%x) kernel = dense<0.5> : tensor<3x5xf32> : tensor<?x8x3xf32> -> tensor<?x8x5xf32>
  // CHECK-NEXT: qml.stateful_recurrent "rec"(%in) real = dense<2.500000e-01> : tensor<5xf32> imag = dense<5.000000e-01> : tensor<5xf32> {a_quantizer = #qml.weight_quantizer<bitwidth = 16, per_tensor>} : tensor<?x8x5xf32> -> tensor<?x8x5x2xf32>
  %1 = qml.stateful_recurrent "rec" (%0) real = dense<0.25> : tensor<5xf32> imag = dense<0.5> : tensor<5xf32>
      {a_quantizer = #qml.weight_quantizer<bitwidth = 16, per_tensor>} : tensor<?x8x5xf32> -> tensor<?x8x5x2xf32>
  // CHECK-NEXT: qml.extract_token "tok"(%rec) token = 0 axis = 3 : tensor<?x8x5x2xf32> -> tensor<?x8x5xf32>
  %2 = qml.extract_token "tok" (%1) token = 0 axis = 3 : tensor<?x8x5x2xf32> -> tensor<?x8x5xf32>
  // CHECK-NEXT: qml.stateful_projection "out"(%tok) subsample = 2 kernel = dense<5.000000e-01> : tensor<5x2xf32> bias = dense<1.000000e+00> : tensor<2xf32> activation = relu : tensor<?x8x5xf32> -> tensor<?x4x2xf32>
  %3 = qml.stateful_projection "out" (%2) subsample = 2 kernel = dense<0.5> : tensor<5x2xf32> bias = dense<1.0> : tensor<2xf32>
      activation = relu : tensor<?x8x5xf32> -> tensor<?x4x2xf32>
  // CHECK-NEXT: qml.pico_post_processing "post"(%out, %{{.*}}) threshold = 1.500000e+00 : (tensor<?x4x2xf32>, tensor<?x4x2xi16>) -> tensor<?x2xf32>
  %4 = qml.pico_post_processing "post" (%3, %y) threshold = 1.5 : (tensor<?x4x2xf32>, tensor<?x4x2xi16>) -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}

// CHECK-LABEL: func @recurrent_integer(
func.func @recurrent_integer(%x: tensor<?x8x5xi32, #qml.fixed<value_bits = 27, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>,
                             %p: tensor<?x8x5xi32, #qml.fixed<value_bits = 27, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>,
                             %y: tensor<?x8x5xi16>)
    -> (tensor<?x8x5xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>, tensor<?x5xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>) {
  // CHECK-NEXT: qml.stateful_recurrent "rec"
  // CHECK-SAME: real = dense<7> : tensor<5xi16> imag = dense<3> : tensor<5xi16> {a_frac_bits = 15 : i64, buffer_bitwidth = 32 : i64, new_state_scale = dense<200> : tensor<i32>, new_state_shift = dense<8> : tensor<i32>, state_bits = 15 : i64, state_frac_bits = 12 : i64}
  %0 = qml.stateful_recurrent "rec" (%x) real = dense<7> : tensor<5xi16> imag = dense<3> : tensor<5xi16>
      {a_frac_bits = 15 : i64, buffer_bitwidth = 32 : i64, new_state_scale = dense<200> : tensor<i32>, new_state_shift = dense<8> : tensor<i32>,
       state_bits = 15 : i64, state_frac_bits = 12 : i64}
      : tensor<?x8x5xi32, #qml.fixed<value_bits = 27, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>
      -> tensor<?x8x5x2xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>
  // CHECK-NEXT: qml.extract_token
  %1 = qml.extract_token "tok" (%0) token = 1 axis = 3
      : tensor<?x8x5x2xi64, #qml.fixed<value_bits = 31, frac_bits = 27>> -> tensor<?x8x5xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>
  // CHECK-NEXT: qml.pico_post_processing "post"
  // CHECK-SAME: threshold = 2.000000e+00 {buffer_bitwidth = 44 : i64, scales = dense<40000> : tensor<i32>, shift = dense<-20> : tensor<i32>}
  %2 = qml.pico_post_processing "post" (%p, %y) threshold = 2.0
      {buffer_bitwidth = 44 : i64, scales = dense<40000> : tensor<i32>, shift = dense<-20> : tensor<i32>}
      : (tensor<?x8x5xi32, #qml.fixed<value_bits = 27, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>, tensor<?x8x5xi16>)
      -> tensor<?x5xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>
  return %1, %2 : tensor<?x8x5xi64, #qml.fixed<value_bits = 31, frac_bits = 27>>, tensor<?x5xi8, #qml.fixed<value_bits = 1, frac_bits = 0>>
}

// CHECK-LABEL: func @temporal(
// CHECK-SAME: tensor<1x8x6x3x4xf32> {qml.state = "btc"}
func.func @temporal(%x: tensor<?x8x6x4xf32>, %m: tensor<1x8x6x3x4xf32> {qml.state = "btc"}, %n: tensor<1x8x6x2x5xf32> {qml.state = "dbtc"})
    -> (tensor<?x8x6x5xf32>, tensor<1x8x6x3x4xf32> {qml.state = "btc"}, tensor<1x8x6x2x5xf32> {qml.state = "dbtc"}) {
  // CHECK-NEXT: %btc:2 = qml.buffer_temp_conv "btc"(%{{.*}}, %{{.*}}) kernel = dense<5.000000e-01> : tensor<3x4x5xf32> : (tensor<?x8x6x4xf32>, tensor<1x8x6x3x4xf32>) -> tensor<?x8x6x5xf32>
  %0, %m0 = qml.buffer_temp_conv "btc" (%x, %m) kernel = dense<0.5> : tensor<3x4x5xf32>
      : (tensor<?x8x6x4xf32>, tensor<1x8x6x3x4xf32>) -> tensor<?x8x6x5xf32>
  // CHECK-NEXT: qml.depthwise_buffer_temp_conv "dbtc"
  // CHECK-SAME: kernel = dense<5.000000e-01> : tensor<2x5xf32> bias = dense<1.000000e+00> : tensor<5xf32> activation = relu {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>} : (tensor<?x8x6x5xf32>, tensor<1x8x6x2x5xf32>) -> tensor<?x8x6x5xf32>
  %1, %n0 = qml.depthwise_buffer_temp_conv "dbtc" (%0, %n) kernel = dense<0.5> : tensor<2x5xf32>
      bias = dense<1.0> : tensor<5xf32> activation = relu {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : (tensor<?x8x6x5xf32>, tensor<1x8x6x2x5xf32>) -> tensor<?x8x6x5xf32>
  return %1, %m0, %n0 : tensor<?x8x6x5xf32>, tensor<1x8x6x3x4xf32>, tensor<1x8x6x2x5xf32>
}

// CHECK-LABEL: func @temporal_integer(
func.func @temporal_integer(%x: tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>>,
                            %m: tensor<1x4x4x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>> {qml.state = "dbtc"})
    -> (tensor<?x4x4x2xi64, #qml.fixed<value_bits = 31, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>,
        tensor<1x4x4x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>> {qml.state = "dbtc"}) {
  // CHECK-NEXT: qml.depthwise_buffer_temp_conv "dbtc"
  // CHECK-SAME: kernel = dense<3> : tensor<3x2xi8> {buffer_bitwidth = 32 : i64, input_shift = dense<[0, 1]> : tensor<2xi32>, kernel_scales = dense<5.000000e-01> : tensor<f32>}
  %0, %m0 = qml.depthwise_buffer_temp_conv "dbtc" (%x, %m) kernel = dense<3> : tensor<3x2xi8>
      {buffer_bitwidth = 32 : i64, input_shift = dense<[0, 1]> : tensor<2xi32>, kernel_scales = dense<0.5> : tensor<f32>}
      : (tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>>,
         tensor<1x4x4x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>>)
      -> tensor<?x4x4x2xi64, #qml.fixed<value_bits = 31, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>
  return %0, %m0 : tensor<?x4x4x2xi64, #qml.fixed<value_bits = 31, frac_bits = 5, scale = dense<0.5> : tensor<f32>>>,
      tensor<1x4x4x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>>
}

// CHECK-LABEL: func @conv_2d(
// CHECK-SAME: qml.name = "image"
func.func @conv_2d(%x: tensor<?x8x8x4xf32> {qml.name = "image"}) -> tensor<?x8x8x2xf32> {
  // CHECK-NEXT: qml.conv_2d "plain"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<3x3x4x2xf32> padding = valid : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  %0 = qml.conv_2d "plain" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      padding = valid : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  // Attributes with their default value are not printed.
  // CHECK-NEXT: qml.conv_2d "defaults"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<3x3x4x2xf32> padding = same : tensor
  %1 = qml.conv_2d "defaults" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      strides = [1, 1] dilations = [1, 1] groups = 1 padding = same
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  // CHECK-NEXT: qml.conv_2d "strided"
  // CHECK-SAME: bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  // CHECK-SAME: strides = [2, 1] groups = 2 padding = same padding_value = [1.000000e-01, 2.000000e-01, 0.000000e+00, -1.000000e+00] activation = softmax
  // CHECK-SAME: {bias_quantizer = #qml.aligned_quantizer<bitwidth = 16, signed = true>, buffer_bitwidth = 24 : i64, config_keys = "weight_quantizer", weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
  %2 = qml.conv_2d "strided" (%x) kernel = dense<0.5> : tensor<3x3x2x2xf32>
      bias = dense<[1.0, 2.0]> : tensor<2xf32> strides = [2, 1] groups = 2
      padding = same padding_value = [0.1, 0.2, 0.0, -1.0] activation = softmax
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>,
       bias_quantizer = #qml.aligned_quantizer<bitwidth = 16, signed = true>,
       buffer_bitwidth = 24 : i64, config_keys = "weight_quantizer"}
      : tensor<?x8x8x4xf32> -> tensor<?x4x8x2xf32>
  // CHECK-NEXT: dilations = [2, 3] padding = same padding_value = [5.000000e-01] activation = relu :
  %3 = qml.conv_2d "dilated" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      dilations = [2, 3] padding = same padding_value = [0.5] activation = relu
      : tensor<?x8x8x4xf32> -> tensor<?x8x8x2xf32>
  // CHECK-NEXT: qml.conv_2d "padded"
  // CHECK-SAME: strides = [2, 1] pads = [1, 2, 0, 3] padding_value = [5.000000e-01] : tensor<?x8x8x4xf32> -> tensor<?x5x9x2xf32>
  %4 = qml.conv_2d "padded" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      strides = [2, 1] pads = [1, 2, 0, 3] padding_value = [0.5]
      : tensor<?x8x8x4xf32> -> tensor<?x5x9x2xf32>
  // Zeros are kept, as they were written.
  // CHECK-NEXT: pads = [0, 0, 0, 0] : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  %5 = qml.conv_2d "unpadded" (%x) kernel = dense<0.5> : tensor<3x3x4x2xf32>
      pads = [0, 0, 0, 0] : tensor<?x8x8x4xf32> -> tensor<?x6x6x2xf32>
  return %1 : tensor<?x8x8x2xf32>
}

// CHECK-LABEL: func @conv_2d_integer(
func.func @conv_2d_integer(%x: tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>>, %image: tensor<?x4x4x2xui8>) -> tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 5, scale = dense<[0.5, 0.25]> : tensor<2xf32>>> {
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-SAME: kernel = dense<-7> : tensor<1x1x2x2xi8> bias = dense<[12, 2500]> : tensor<2xi32> padding = same
  // CHECK-SAME: {bias_shift = dense<3> : tensor<i32>, buffer_bitwidth = 32 : i64, input_shift = dense<[0, 1]> : tensor<2xi32>, kernel_scales = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>, padding_shift = dense<[2, 3]> : tensor<2xi32>, quantized_padding = dense<[-1, 0]> : tensor<2xi8>}
  // CHECK-SAME: : tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>> -> tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 5, scale = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>>>
  %0 = qml.conv_2d "conv" (%x) kernel = dense<-7> : tensor<1x1x2x2xi8>
      bias = dense<[12, 2500]> : tensor<2xi32> padding = same
      {kernel_scales = dense<[0.5, 0.25]> : tensor<2xf32>,
       bias_shift = dense<3> : tensor<i32>, input_shift = dense<[0, 1]> : tensor<2xi32>,
       quantized_padding = dense<[-1, 0]> : tensor<2xi8>,
       padding_shift = dense<[2, 3]> : tensor<2xi32>, buffer_bitwidth = 32 : i64}
      : tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[5, 4]> : tensor<2xi32>>> -> tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 5, scale = dense<[0.5, 0.25]> : tensor<2xf32>>>
  // The input of a network may be unsigned, and a sum of 32 value bits and a
  // sign needs 64.
  // CHECK-NEXT: kernel_scales = dense<5.000000e-01> : tensor<f32>
  // CHECK-SAME: : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
  %1 = qml.conv_2d "first" (%image) kernel = dense<1> : tensor<1x1x2x2xi16> padding = same
      {kernel_scales = dense<0.5> : tensor<f32>, buffer_bitwidth = 32 : i64}
      : tensor<?x4x4x2xui8> -> tensor<?x4x4x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 5, scale = dense<[0.5, 0.25]> : tensor<2xf32>>>
}

// CHECK-LABEL: func @depthwise_conv_2d(
func.func @depthwise_conv_2d(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.depthwise_conv_2d "plain"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<3x3x2x1xf32> padding = valid : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  %0 = qml.depthwise_conv_2d "plain" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      padding = valid : tensor<?x8x8x2xf32> -> tensor<?x6x6x2xf32>
  // CHECK-NEXT: bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> strides = [2, 2] padding = same activation = relu {weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
  %1 = qml.depthwise_conv_2d "strided" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      bias = dense<[1.0, 2.0]> : tensor<2xf32> strides = [2, 2] padding = same
      activation = relu {weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>}
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: dilations = [2, 2] padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.depthwise_conv_2d "dilated" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      dilations = [2, 2] padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: pads = [1, 1, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x8x6x2xf32>
  %3 = qml.depthwise_conv_2d "padded" (%x) kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pads = [1, 1, 0, 0] : tensor<?x8x8x2xf32> -> tensor<?x8x6x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @depthwise_conv_2d_integer(
func.func @depthwise_conv_2d_integer(%x: tensor<2x8x8x2xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 4]> : tensor<2xi32>>>) -> tensor<2x6x6x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<[3, 4]> : tensor<2xi32>>> {
  // CHECK-NEXT: qml.depthwise_conv_2d "dw"
  // CHECK-SAME: : tensor<2x8x8x2xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 4]> : tensor<2xi32>>> -> tensor<2x6x6x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<[3, 4]> : tensor<2xi32>>>
  %0 = qml.depthwise_conv_2d "dw" (%x) kernel = dense<3> : tensor<3x3x2x1xi8> padding = valid
      {kernel_scales = dense<1.0> : tensor<2xf32>, buffer_bitwidth = 28 : i64}
      : tensor<2x8x8x2xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 4]> : tensor<2xi32>>> -> tensor<2x6x6x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<[3, 4]> : tensor<2xi32>>>
  return %0 : tensor<2x6x6x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<[3, 4]> : tensor<2xi32>>>
}

// CHECK-LABEL: func @separable_conv_2d(
func.func @separable_conv_2d(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x3xf32> {
  // CHECK-NEXT: qml.separable_conv_2d "plain"(%{{.*}}) depthwise_kernel = dense<5.000000e-01> : tensor<3x3x2x1xf32> pointwise_kernel = dense<2.500000e-01> : tensor<1x1x2x3xf32> padding = valid : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  %0 = qml.separable_conv_2d "plain" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x6x6x3xf32>
  // CHECK-NEXT: bias = dense<1.000000e+00> : tensor<3xf32> strides = [2, 2] padding = same activation = relu {dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>, pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
  %1 = qml.separable_conv_2d "strided" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> bias = dense<1.0> : tensor<3xf32>
      strides = [2, 2] padding = same activation = relu
      {dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>}
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x3xf32>
  // CHECK-NEXT: dilations = [2, 1] padding = valid : tensor<?x8x8x2xf32> -> tensor<?x4x6x3xf32>
  %2 = qml.separable_conv_2d "dilated" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> dilations = [2, 1] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x6x3xf32>
  // CHECK-NEXT: pads = [0, 1, 1, 0] : tensor<?x8x8x2xf32> -> tensor<?x7x7x3xf32>
  %3 = qml.separable_conv_2d "padded" (%x) depthwise_kernel = dense<0.5> : tensor<3x3x2x1xf32>
      pointwise_kernel = dense<0.25> : tensor<1x1x2x3xf32> pads = [0, 1, 1, 0]
      : tensor<?x8x8x2xf32> -> tensor<?x7x7x3xf32>
  return %1 : tensor<?x4x4x3xf32>
}

// CHECK-LABEL: func @separable_conv_2d_integer(
func.func @separable_conv_2d_integer(%x: tensor<2x8x8x2xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 0]> : tensor<2xi32>>>) -> tensor<2x8x8x3xi64, #qml.fixed<value_bits = 31, frac_bits = 3, scale = dense<0.5> : tensor<3xf32>>> {
  // CHECK-NEXT: qml.separable_conv_2d "sep"
  // CHECK-SAME: : tensor<2x8x8x2xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 0]> : tensor<2xi32>>> -> tensor<2x8x8x3xi64, #qml.fixed<value_bits = 31, frac_bits = 3, scale = dense<5.000000e-01> : tensor<3xf32>>>
  %0 = qml.separable_conv_2d "sep" (%x) depthwise_kernel = dense<3> : tensor<3x3x2x1xi8>
      pointwise_kernel = dense<5> : tensor<1x1x2x3xi8> bias = dense<7> : tensor<3xi8> padding = same
      {dw_kernel_scales = dense<0.5> : tensor<f32>, pw_kernel_scales = dense<1.0> : tensor<3xf32>,
       bias_shift = dense<0> : tensor<3xi32>, input_shift = dense<[0, 3]> : tensor<2xi32>, buffer_bitwidth = 32 : i64}
      : tensor<2x8x8x2xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 0]> : tensor<2xi32>>> -> tensor<2x8x8x3xi64, #qml.fixed<value_bits = 31, frac_bits = 3, scale = dense<0.5> : tensor<3xf32>>>
  return %0 : tensor<2x8x8x3xi64, #qml.fixed<value_bits = 31, frac_bits = 3, scale = dense<0.5> : tensor<3xf32>>>
}

// CHECK-LABEL: func @dense(
func.func @dense(%x: tensor<?x5x4xf32>) -> tensor<?x5x2xf32> {
  // CHECK-NEXT: qml.dense "plain"(%{{.*}}) kernel = dense<5.000000e-01> : tensor<4x2xf32> : tensor<?x5x4xf32> -> tensor<?x5x2xf32>
  %0 = qml.dense "plain" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      : tensor<?x5x4xf32> -> tensor<?x5x2xf32>
  // CHECK-NEXT: kernel = dense_resource<weights> : tensor<4x2xf32> bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> activation = relu {weight_quantizer = #qml.weight_quantizer<bitwidth = 2, signed = false, per_tensor>} :
  %1 = qml.dense "biased" (%x) kernel = dense_resource<weights> : tensor<4x2xf32>
      bias = dense<[1.0, 2.0]> : tensor<2xf32> activation = relu
      {weight_quantizer = #qml.weight_quantizer<bitwidth = 2, signed = false, per_tensor>}
      : tensor<?x5x4xf32> -> tensor<?x5x2xf32>
  return %1 : tensor<?x5x2xf32>
}

// CHECK-LABEL: func @dense_integer(
func.func @dense_integer(%x: tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 2, 1, 0]> : tensor<4xi32>>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>> {
  // CHECK-NEXT: qml.dense "logits"
  // CHECK-SAME: input_shift = dense<[0, 1, 2, 3]> : tensor<4xi8>
  // CHECK-SAME: -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  %0 = qml.dense "logits" (%x) kernel = dense<3> : tensor<4x2xi8>
      {kernel_scales = dense<1.0> : tensor<2xf32>, buffer_bitwidth = 32 : i64,
       input_shift = dense<[0, 1, 2, 3]> : tensor<4xi8>}
      : tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 2, 1, 0]> : tensor<4xi32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 30, frac_bits = 3>>
}

//===----------------------------------------------------------------------===//
// Layers without weights
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @rescaling(
func.func @rescaling(%x: tensor<?x4x4x3xui8>, %y: tensor<?x4x4x3xf32>, %z: tensor<?x4x4x3xi16>) -> tensor<?x4x4x3xf32> {
  // Doubles survive to the last bit.
  // CHECK-NEXT: qml.rescaling "one"(%{{.*}}) scale = [0.0039215686274509803] : tensor<?x4x4x3xui8> -> tensor<?x4x4x3xf32>
  %0 = qml.rescaling "one" (%x) scale = [0.00392156862745098]
      : tensor<?x4x4x3xui8> -> tensor<?x4x4x3xf32>
  // CHECK-NEXT: qml.rescaling "each"(%{{.*}}) scale = [1.000000e+00, 2.000000e+00, 5.000000e-01] offset = [0.000000e+00, -1.000000e+00, 1.000000e+00] : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %1 = qml.rescaling "each" (%y) scale = [1.0, 2.0, 0.5] offset = [0.0, -1.0, 1.0]
      : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  // CHECK-NEXT: qml.rescaling "integer"(%{{.*}}) scale = [5.000000e-01] : tensor<?x4x4x3xi16> -> tensor<?x4x4x3xi16, #qml.fixed<value_bits = 15, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
  %2 = qml.rescaling "integer" (%z) scale = [0.5]
      : tensor<?x4x4x3xi16> -> tensor<?x4x4x3xi16, #qml.fixed<value_bits = 15, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %1 : tensor<?x4x4x3xf32>
}

// CHECK-LABEL: func @batch_norm(
func.func @batch_norm(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.batch_norm "bn"(%{{.*}}) gamma = dense<1.000000e+00> : tensor<2xf32> beta = dense<0.000000e+00> : tensor<2xf32> mean = dense<[1.000000e+00, -1.000000e+00]> : tensor<2xf32> variance = dense<2.000000e+00> : tensor<2xf32> epsilon = 1.000000e-03 : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %0 = qml.batch_norm "bn" (%x) gamma = dense<1.0> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<[1.0, -1.0]> : tensor<2xf32>
      variance = dense<2.0> : tensor<2xf32> epsilon = 1.0e-3
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.batch_norm "bare"
  // CHECK-SAME: {has_beta = false, has_gamma = false}
  %1 = qml.batch_norm "bare" (%x) gamma = dense<1.0> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.5> : tensor<2xf32>
      variance = dense<2.0> : tensor<2xf32> epsilon = 0.0
      {has_gamma = false, has_beta = false}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %0 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @relu(
func.func @relu(%x: tensor<?x8xf32>, %y: tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.relu "plain"(%{{.*}}) : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.relu "plain" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.relu "clipped"(%{{.*}}) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64, config_keys = "buffer_bitwidth", max_value_quantizer = #qml.aligned_quantizer<bitwidth = 8, signed = false>} :
  %1 = qml.relu "clipped" (%x) max_value = 6.0
      {max_value_quantizer = #qml.aligned_quantizer<bitwidth = 8, signed = false>,
       buffer_bitwidth = 32 : i64, config_keys = "buffer_bitwidth"}
      : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.relu "integer"(%{{.*}}) max_value = 6.000000e+00
  // CHECK-SAME: max_value_shift = dense<4> : tensor<i32>, quantized_max_value = dense<6> : tensor<i16>} : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 4>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>
  %2 = qml.relu "integer" (%y) max_value = 6.0
      {quantized_max_value = dense<6> : tensor<i16>, max_value_shift = dense<4> : tensor<i32>}
      : tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 4>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 4>>
  return %1 : tensor<?x8xf32>
}

// CHECK-LABEL: func @softmax(
func.func @softmax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.softmax "softmax"(%{{.*}}) : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.softmax "softmax" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @log_softmax(
func.func @log_softmax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.log_softmax "log"(%{{.*}}) : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.log_softmax "log" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @zero_padding_2d(
func.func @zero_padding_2d(%x: tensor<?x8x8x2xf32>) -> tensor<?x9x11x2xf32> {
  // CHECK-NEXT: qml.zero_padding_2d "pad"(%{{.*}}) pads = [0, 1, 1, 2] : tensor<?x8x8x2xf32> -> tensor<?x9x11x2xf32>
  %0 = qml.zero_padding_2d "pad" (%x) pads = [0, 1, 1, 2]
      : tensor<?x8x8x2xf32> -> tensor<?x9x11x2xf32>
  return %0 : tensor<?x9x11x2xf32>
}

// CHECK-LABEL: func @edge_padding_2d(
func.func @edge_padding_2d(%x: tensor<?x8x8x2xf32>) -> tensor<?x9x11x2xf32> {
  // CHECK-NEXT: qml.edge_padding_2d "pad"(%{{.*}}) pads = [0, 1, 1, 2] : tensor<?x8x8x2xf32> -> tensor<?x9x11x2xf32>
  %0 = qml.edge_padding_2d "pad" (%x) pads = [0, 1, 1, 2]
      : tensor<?x8x8x2xf32> -> tensor<?x9x11x2xf32>
  return %0 : tensor<?x9x11x2xf32>
}

// CHECK-LABEL: func @cropping_2d(
func.func @cropping_2d(%x: tensor<?x8x8x2xf32>) -> tensor<?x7x5x2xf32> {
  // CHECK-NEXT: qml.cropping_2d "crop"(%{{.*}}) crops = [0, 1, 1, 2] : tensor<?x8x8x2xf32> -> tensor<?x7x5x2xf32>
  %0 = qml.cropping_2d "crop" (%x) crops = [0, 1, 1, 2]
      : tensor<?x8x8x2xf32> -> tensor<?x7x5x2xf32>
  return %0 : tensor<?x7x5x2xf32>
}

// Channels keep what they mean.
// CHECK-LABEL: func @up_sampling_2d(
func.func @up_sampling_2d(%x: tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>>) -> tensor<?x8x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>> {
  // CHECK-NEXT: qml.up_sampling_2d "up"(%{{.*}}) size = [2, 3] : tensor<?x4x4x2xi8, #{{.*}}> -> tensor<?x8x12x2xi8, #{{.*}}>
  %0 = qml.up_sampling_2d "up" (%x) size = [2, 3]
      : tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>> -> tensor<?x8x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>>
  return %0 : tensor<?x8x12x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>>
}

// CHECK-LABEL: func @permute(
func.func @permute(%x: tensor<?x4x8x2xf32>, %y: tensor<?x4x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>>) -> tensor<?x2x4x8xf32> {
  // CHECK-NEXT: qml.permute "permute"(%{{.*}}) axes = [0, 3, 1, 2] : tensor<?x4x8x2xf32> -> tensor<?x2x4x8xf32>
  %0 = qml.permute "permute" (%x) axes = [0, 3, 1, 2]
      : tensor<?x4x8x2xf32> -> tensor<?x2x4x8xf32>
  // CHECK-NEXT: qml.permute "image"(%{{.*}}) axes = [0, 2, 1, 3]
  %1 = qml.permute "image" (%y) axes = [0, 2, 1, 3]
      : tensor<?x4x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>> -> tensor<?x8x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 5]> : tensor<2xi32>>>
  return %0 : tensor<?x2x4x8xf32>
}

// CHECK-LABEL: func @max_pool_2d(
func.func @max_pool_2d(%x: tensor<?x8x8x2xf32>, %y: tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.max_pool_2d "valid"(%{{.*}}) pool_size = [3, 2] strides = [2, 1] padding = valid : tensor<?x8x8x2xf32> -> tensor<?x3x7x2xf32>
  %0 = qml.max_pool_2d "valid" (%x) pool_size = [3, 2] strides = [2, 1]
      padding = valid : tensor<?x8x8x2xf32> -> tensor<?x3x7x2xf32>
  // CHECK-NEXT: qml.max_pool_2d "same"(%{{.*}}) pool_size = [3, 3] strides = [2, 2] padding = same : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "same" (%x) pool_size = [3, 3] strides = [2, 2]
      padding = same : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.max_pool_2d "integer"(%{{.*}}) pool_size = [2, 2] strides = [2, 2] padding = valid : tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>> -> tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
  %2 = qml.max_pool_2d "integer" (%y) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>> -> tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
  // CHECK-NEXT: qml.max_pool_2d "padded"(%{{.*}}) pool_size = [3, 2] strides = [2, 2] pads = [2, 0, 1, 1] : tensor<?x8x8x2xf32> -> tensor<?x4x5x2xf32>
  %3 = qml.max_pool_2d "padded" (%x) pool_size = [3, 2] strides = [2, 2]
      pads = [2, 0, 1, 1] : tensor<?x8x8x2xf32> -> tensor<?x4x5x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @average_pool_2d(
func.func @average_pool_2d(%x: tensor<?x8x8x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.average_pool_2d "valid"(%{{.*}}) pool_size = [3, 2] strides = [2, 1] padding = valid : tensor<?x8x8x2xf32> -> tensor<?x3x7x2xf32>
  %0 = qml.average_pool_2d "valid" (%x) pool_size = [3, 2] strides = [2, 1]
      padding = valid : tensor<?x8x8x2xf32> -> tensor<?x3x7x2xf32>
  // CHECK-NEXT: qml.average_pool_2d "same"(%{{.*}}) pool_size = [3, 3] strides = [2, 2] padding = same {source_class = "AveragePooling1D"} : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.average_pool_2d "same" (%x) pool_size = [3, 3] strides = [2, 2]
      padding = same {source_class = "AveragePooling1D"}
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @global_average_pool_2d(
func.func @global_average_pool_2d(%x: tensor<?x8x8x2xf32>, %y: tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 1]> : tensor<2xi32>>>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.global_average_pool_2d "gap"(%{{.*}}) : tensor<?x8x8x2xf32> -> tensor<?x2xf32>
  %0 = qml.global_average_pool_2d "gap" (%x) : tensor<?x8x8x2xf32> -> tensor<?x2xf32>
  // CHECK-NEXT: qml.global_average_pool_2d "keep"(%{{.*}}) keep_dims {buffer_bitwidth = 16 : i64, config_keys = "buffer_bitwidth"} : tensor<?x8x8x2xf32> -> tensor<?x1x1x2xf32>
  %1 = qml.global_average_pool_2d "keep" (%x) keep_dims
      {buffer_bitwidth = 16 : i64, config_keys = "buffer_bitwidth"}
      : tensor<?x8x8x2xf32> -> tensor<?x1x1x2xf32>
  // CHECK-NEXT: qml.global_average_pool_2d "integer"
  // CHECK-SAME: input_shift = dense<[0, 2]> : tensor<2xi32>} : tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 1]> : tensor<2xi32>>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 3, scale = dense<1.562500e-02> : tensor<f32>>>
  %2 = qml.global_average_pool_2d "integer" (%y)
      {buffer_bitwidth = 32 : i64, input_shift = dense<[0, 2]> : tensor<2xi32>}
      : tensor<?x8x8x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 1]> : tensor<2xi32>>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 3, scale = dense<0.015625> : tensor<f32>>>
  return %0 : tensor<?x2xf32>
}

// CHECK-LABEL: func @add(
func.func @add(%x: tensor<?x8xf32>, %y: tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 6>>, %z: tensor<?x8xi16, #qml.fixed<value_bits = 15, frac_bits = 4>>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.add "float"(%[[X:.*]], %[[X]]) : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.add "float" (%x, %x) : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.add "integer"(%{{.*}}, %{{.*}}) {a_shift = dense<0> : tensor<i32>, b_shift = dense<2> : tensor<i32>, buffer_bitwidth = 32 : i64, config_keys = "buffer_bitwidth"} : tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 6>>, tensor<?x8xi16, #qml.fixed<value_bits = 15, frac_bits = 4>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 6>>
  %1 = qml.add "integer" (%y, %z)
      {a_shift = dense<0> : tensor<i32>, b_shift = dense<2> : tensor<i32>,
       buffer_bitwidth = 32 : i64, config_keys = "buffer_bitwidth"}
      : tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 6>>, tensor<?x8xi16, #qml.fixed<value_bits = 15, frac_bits = 4>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 6>>
  // CHECK-NEXT: qml.add "mean"(%[[X]], %[[X]]) average {buffer_bitwidth = 32 : i64} : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  %2 = qml.add "mean" (%x, %x) average {buffer_bitwidth = 32 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.add "integer_mean"
  // CHECK-SAME: average
  // CHECK-SAME: frac_bits = 7>>
  %3 = qml.add "integer_mean" (%y, %z) average
      {a_shift = dense<0> : tensor<i32>, b_shift = dense<2> : tensor<i32>}
      : tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 6>>, tensor<?x8xi16, #qml.fixed<value_bits = 15, frac_bits = 4>> -> tensor<?x8xi32, #qml.fixed<value_bits = 30, frac_bits = 7>>
  return %0 : tensor<?x8xf32>
}

// CHECK-LABEL: func @concatenate(
func.func @concatenate(%x: tensor<?x4x4x2xf32>, %y: tensor<?x4x4x1xf32>, %a: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 1]> : tensor<2xi32>>>, %b: tensor<?x1xi16, #qml.fixed<value_bits = 15, frac_bits = 4>>) -> tensor<?x4x4x5xf32> {
  // CHECK-NEXT: qml.concatenate "float"(%{{.*}}, %{{.*}}, %{{.*}}) : tensor<?x4x4x2xf32>, tensor<?x4x4x1xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x5xf32>
  %0 = qml.concatenate "float" (%x, %y, %x)
      : tensor<?x4x4x2xf32>, tensor<?x4x4x1xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x5xf32>
  // CHECK-NEXT: qml.concatenate "integer"(%{{.*}}, %{{.*}}) {source_class = "concat"} : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 1]> : tensor<2xi32>>>, tensor<?x1xi16, #qml.fixed<value_bits = 15, frac_bits = 4>> -> tensor<?x3xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 1, 4]> : tensor<3xi32>>>
  %1 = qml.concatenate "integer" (%a, %b) {source_class = "concat"}
      : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 1]> : tensor<2xi32>>>, tensor<?x1xi16, #qml.fixed<value_bits = 15, frac_bits = 4>> -> tensor<?x3xi16, #qml.fixed<value_bits = 15, frac_bits = dense<[3, 1, 4]> : tensor<3xi32>>>
  return %0 : tensor<?x4x4x5xf32>
}

// CHECK-LABEL: func @flatten(
func.func @flatten(%x: tensor<?x2x3x4xf32>, %y: tensor<?x2x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 2, 1, 0]> : tensor<4xi32>>>) -> tensor<?x24xf32> {
  // CHECK-NEXT: qml.flatten "float"(%{{.*}}) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
  %0 = qml.flatten "float" (%x) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
  // CHECK-NEXT: qml.flatten "integer"(%{{.*}}) {input_shift = dense<[0, 1, 2, 3]> : tensor<4xi32>} : tensor<?x2x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 2, 1, 0]> : tensor<4xi32>>> -> tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
  %1 = qml.flatten "integer" (%y)
      {input_shift = dense<[0, 1, 2, 3]> : tensor<4xi32>}
      : tensor<?x2x3x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 2, 1, 0]> : tensor<4xi32>>> -> tensor<?x24xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
  return %0 : tensor<?x24xf32>
}

// CHECK-LABEL: func @reshape(
func.func @reshape(%x: tensor<?x24xf32>, %y: tensor<?x24x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1, 2, 3]> : tensor<4xi32>>>) -> tensor<?x2x3x4xf32> {
  // CHECK-NEXT: qml.reshape "float"(%{{.*}}) : tensor<?x24xf32> -> tensor<?x2x3x4xf32>
  %0 = qml.reshape "float" (%x) : tensor<?x24xf32> -> tensor<?x2x3x4xf32>
  // CHECK-NEXT: qml.reshape "integer"(%{{.*}}) : tensor<?x24x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1, 2, 3]> : tensor<4xi32>>> -> tensor<?x4x6x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1, 2, 3]> : tensor<4xi32>>>
  %1 = qml.reshape "integer" (%y)
      : tensor<?x24x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1, 2, 3]> : tensor<4xi32>>> -> tensor<?x4x6x4xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, 1, 2, 3]> : tensor<4xi32>>>
  return %0 : tensor<?x2x3x4xf32>
}

// CHECK-LABEL: func @dropout(
func.func @dropout(%x: tensor<?x8xf32>, %y: tensor<?x8xi8>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.dropout "float"(%{{.*}}) rate = 2.000000e-01 : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.dropout "float" (%x) rate = 0.2 : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.dropout "integer"(%{{.*}}) rate = 0.000000e+00 : tensor<?x8xi8> -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  %1 = qml.dropout "integer" (%y) rate = 0.0
      : tensor<?x8xi8> -> tensor<?x8xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %0 : tensor<?x8xf32>
}

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @input_quantizer(
func.func @input_quantizer(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: qml.input_quantizer "annotated"(%{{.*}}) bitwidth = 8 per_tensor : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %0 = qml.input_quantizer "annotated" (%x) bitwidth = 8 per_tensor
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.input_quantizer "calibrated"(%{{.*}}) bitwidth = 8 unsigned per_axis {range_max = dense<[5.000000e-01, 2.000000e+00]> : tensor<2xf32>, range_min = dense<[-1.000000e+00, 0.000000e+00]> : tensor<2xf32>} :
  %1 = qml.input_quantizer "calibrated" (%x) bitwidth = 8 unsigned per_axis
      {range_min = dense<[-1.0, 0.0]> : tensor<2xf32>, range_max = dense<[0.5, 2.0]> : tensor<2xf32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.input_quantizer "integer"
  // CHECK-SAME: zero_points = dense<[128, 0]> : tensor<2xi32>
  // CHECK-SAME: : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = dense<[7, 6]> : tensor<2xi32>>>
  %2 = qml.input_quantizer "integer" (%x) bitwidth = 8 unsigned per_axis
      {range_min = dense<[-1.0, 0.0]> : tensor<2xf32>, range_max = dense<[0.5, 2.0]> : tensor<2xf32>,
       zero_points = dense<[128, 0]> : tensor<2xi32>}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xi16, #qml.fixed<value_bits = 8, frac_bits = dense<[7, 6]> : tensor<2xi32>>>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @output_quantizer(
func.func @output_quantizer(%x: tensor<?x4x4x2xf32>, %y: tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4, scale = dense<0.5> : tensor<f32>>>) -> tensor<?x4x4x2xf32> {
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.output_quantizer(%{{.*}}) bitwidth = 4 unsigned per_tensor : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.output_quantizer (%0) bitwidth = 4 unsigned per_tensor
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // Defaults vanish here as well.
  // CHECK-NEXT: qml.output_quantizer(%{{.*}}) bitwidth = 8 per_axis {range_max = dense<[5.000000e-01, 2.000000e+00]> : tensor<2xf32>, rescaling_rate = dense<[1.000000e+00, 5.000000e-01]> : tensor<2xf32>} :
  %2 = qml.output_quantizer (%0) bitwidth = 8 per_axis
      {range_max = dense<[0.5, 2.0]> : tensor<2xf32>,
       rescaling_rate = dense<[1.0, 0.5]> : tensor<2xf32>,
       scale_bits = 8 : i64, buffer_bitwidth = 32 : i64}
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.relu "integer" (%y)
      : tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4, scale = dense<0.5> : tensor<f32>>> -> tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4, scale = dense<0.5> : tensor<f32>>>
  // CHECK: qml.output_quantizer(%{{.*}}) bitwidth = 8 per_tensor {buffer_bitwidth = 31 : i64, range_max = dense<2.500000e+00> : tensor<f32>, scale_bits = 16 : i64, scales = dense<129> : tensor<i32>, scales_frac_bits = dense<8> : tensor<i32>, shift = dense<[-3, -4]> : tensor<2xi32>} : tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4, scale = dense<5.000000e-01> : tensor<f32>>> -> tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor
      {range_max = dense<2.5> : tensor<f32>, scale_bits = 16 : i64, buffer_bitwidth = 31 : i64,
       scales = dense<129> : tensor<i32>, scales_frac_bits = dense<8> : tensor<i32>,
       shift = dense<[-3, -4]> : tensor<2xi32>}
      : tensor<?x4x4x2xi32, #qml.fixed<value_bits = 30, frac_bits = 4, scale = dense<0.5> : tensor<f32>>> -> tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = 3>>
  return %1 : tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @dequantizer(
func.func @dequantizer(%x: tensor<?x8xf32>, %y: tensor<?x8xi32>, %z: tensor<?x8xui8>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.dequantizer "float"(%{{.*}}) : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.dequantizer "float" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.dequantizer "integer"(%{{.*}}) : tensor<?x8xi32> -> tensor<?x8xf32>
  %1 = qml.dequantizer "integer" (%y) : tensor<?x8xi32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.dequantizer "input"(%{{.*}}) : tensor<?x8xui8> -> tensor<?x8xf32>
  %2 = qml.dequantizer "input" (%z) : tensor<?x8xui8> -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

}

// DATA: weights: "0x040000000000803F00000040000040400000803F00000040000040400000803F00000040"
{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040000040400000803F00000040000040400000803F00000040"
    }
  }
#-}

// CHECK-LABEL: func @activation(
func.func @activation(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: qml.activation "swish"(%{{.*}}) function = swish : tensor<?x8xf32> -> tensor<?x8xf32>
  %0 = qml.activation "swish" (%x) function = swish : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.activation "leaky"(%{{.*}}) function = leaky_relu alpha = 1.250000e-01 {lut_bitwidth = 14 : i64, source_class = "LeakyReLU"} : tensor
  %1 = qml.activation "leaky" (%0) function = leaky_relu alpha = 0.125
      {lut_bitwidth = 14 : i64, source_class = "LeakyReLU"} : tensor<?x8xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: qml.dense {{.*}} activation = hard_sigmoid_6
  %2 = qml.dense "dense" (%1) kernel = dense<0.5> : tensor<8x8xf32> activation = hard_sigmoid_6
      : tensor<?x8xf32> -> tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}

// CHECK-LABEL: func @activation_integer(
func.func @activation_integer(%x: tensor<?x8xi8, #qml.fixed<value_bits = 1, frac_bits = 1>>) -> tensor<?x8xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.25> : tensor<f32>>> {
  // CHECK-NEXT: qml.activation "a"(%{{.*}}) function = sigmoid {lut_bitwidth = 4 : i64, table = dense<[1, 2, 4, 7]> : tensor<4xi8>, table_scale = 2.500000e-01 : f32} : tensor<?x8xi8, #qml.fixed<value_bits = 1, frac_bits = 1>> -> tensor<?x8xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<2.500000e-01> : tensor<f32>>>
  %0 = qml.activation "a" (%x) function = sigmoid
      {lut_bitwidth = 4 : i64, table = dense<[1, 2, 4, 7]> : tensor<4xi8>, table_scale = 0.25 : f32}
      : tensor<?x8xi8, #qml.fixed<value_bits = 1, frac_bits = 1>> -> tensor<?x8xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.25> : tensor<f32>>>
  return %0 : tensor<?x8xi8, #qml.fixed<value_bits = 3, frac_bits = 0, scale = dense<0.25> : tensor<f32>>>
}

// CHECK-LABEL: func @multiply(
func.func @multiply(%x: tensor<?x4x4x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x4x4x8xf32> {
  // CHECK-NEXT: qml.multiply "square"(%{{.*}}, %{{.*}}) : tensor<?x4x4x8xf32>, tensor<?x4x4x8xf32> -> tensor<?x4x4x8xf32>
  %0 = qml.multiply "square" (%x, %x)
      : tensor<?x4x4x8xf32>, tensor<?x4x4x8xf32> -> tensor<?x4x4x8xf32>
  // CHECK-NEXT: qml.multiply "vector"(%{{.*}}, %{{.*}}) {buffer_bitwidth = 32 : i64} : tensor<?x8xf32>, tensor<?x4x4x8xf32> -> tensor<?x4x4x8xf32>
  %1 = qml.multiply "vector" (%y, %0) {buffer_bitwidth = 32 : i64}
      : tensor<?x8xf32>, tensor<?x4x4x8xf32> -> tensor<?x4x4x8xf32>
  return %1 : tensor<?x4x4x8xf32>
}

// CHECK-LABEL: func @multiply_integer(
func.func @multiply_integer(%x: tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 4]> : tensor<2xi32>>>, %y: tensor<?x1x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>) -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 23, frac_bits = dense<[10, 11]> : tensor<2xi32>>> {
  // CHECK-NEXT: qml.multiply "a"
  %0 = qml.multiply "a" (%x, %y) {buffer_bitwidth = 24 : i64}
      : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[3, 4]> : tensor<2xi32>>>, tensor<?x1x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = 7>> -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 23, frac_bits = dense<[10, 11]> : tensor<2xi32>>>
  return %0 : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 23, frac_bits = dense<[10, 11]> : tensor<2xi32>>>
}
