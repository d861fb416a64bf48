// Integer networks as models of Akida 1.0.

// RUN: qml-opt %s --split-input-file --convert-qml-to-akida=version=1 2> %t.err | FileCheck %s --implicit-check-not=qml
// RUN: FileCheck %s --check-prefix=WARNING < %t.err

// A step is 2^-shift / scale: 2^14 / 141 for the first layer, whose thresholds are
// the negative biases and half a step; of 2 bits it is a quarter of 2^11 / 176.
// Kernels and matrices stay as they are; the last layer's step is the inverse of
// the dequantizer's scale, which vanishes.
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v1 input = "image" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x6x5x1xui8>):
// CHECK-NEXT: %[[V0:.*]] = akida.sequence "SW/conv-logits" backend = "Software" -> (tensor<?x1x1x2xi32>) {
// CHECK-NEXT: %[[V1:.*]] = akida.input_convolutional "conv"(%[[X0]]) filters = 2 kernel_width = 3 kernel_height = 3 padding = valid pool_type = max pooling_width = 2 pooling_height = 1 pooling_stride_x = 2 pooling_stride_y = 1 weights_bits = 8 {act_step = dense<116.198578> : tensor<2xf32>, threshold = dense<[-88, 28986]> : tensor<2xi32>, weights = dense_resource<conv_kernel> : tensor<3x3x1x2xi8>} : (tensor<?x6x5x1xui8>) -> tensor<?x2x3x2xui8>
// CHECK-NEXT: %[[V2:.*]] = akida.convolutional "inner"(%[[V1]]) filters = 1 kernel_width = 1 kernel_height = 3 act_bits = 2 {act_step = dense<2.909091> : tensor<1xf32>, threshold = dense<6> : tensor<1xi32>, weights = dense<{{\[\[\[\[}}2], [-2{{\]\]}}, {{\[\[}}5], [-5{{\]\]}}, {{\[\[}}7], [-7{{\]\]\]\]}}> : tensor<1x3x2x1xi8>} : (tensor<?x2x3x2xui8>) -> tensor<?x2x3x1xui8>
// CHECK-NEXT: %[[V3:.*]] = akida.fully_connected "logits"(%[[V2]]) units = 2 activation = false act_bits = 1 {act_step = dense<5.000000e-01> : tensor<2xf32>, threshold = dense<[-2, 32]> : tensor<2xi32>, weights = dense<{{\[\[\[\[}}1, -1], [2, -2], [3, -3], [4, -4], [5, -5], [7, -7{{\]\]\]\]}}> : tensor<1x1x6x2xi8>} : (tensor<?x2x3x1xui8>) -> tensor<?x1x1x2xi32>
// CHECK-NEXT: akida.yield %[[V3]] : tensor<?x1x1x2xi32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V0]] : tensor<?x1x1x2xi32>
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK: conv_kernel: "0x0100000012812412362449365B496D5B7F6DEE7FDCEE"
module {
  func.func @main(%arg0: tensor<?x6x5x1xui8> {qml.name = "image"}) -> tensor<?x2xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [6.250000e-02] : tensor<?x6x5x1xui8>
        -> tensor<?x6x5x1xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<6.250000e-02> : tensor<f32>>>
    %1 = qml.conv_2d "conv"(%0) kernel = dense_resource<conv_kernel> : tensor<3x3x1x2xi8>
        bias = dense<[73, -113]> : tensor<2xi8> padding = valid
        {bias_shift = dense<[1, 8]> : tensor<2xi32>, buffer_bitwidth = 28 : i64,
        kernel_scales = dense<0.05511811> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x6x5x1xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<6.250000e-02> : tensor<f32>>>
        -> tensor<?x4x3x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.00344488188> : tensor<2xf32>>>
    %2 = qml.max_pool_2d "pool"(%1) pool_size = [2, 1] strides = [2, 1] padding = valid : tensor<?x4x3x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.00344488188> : tensor<2xf32>>>
        -> tensor<?x2x3x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.00344488188> : tensor<2xf32>>>
    %3 = qml.relu "relu"(%2) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<3> : tensor<2xi32>,
        quantized_max_value = dense<218> : tensor<2xi16>} : tensor<?x2x3x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.00344488188> : tensor<2xf32>>>
        -> tensor<?x2x3x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<0.00344488188> : tensor<2xf32>>>
    %4 = qml.output_quantizer(%3) bitwidth = 4 unsigned per_tensor
        {scales = dense<141> : tensor<2xi32>,
        scales_frac_bits = dense<16> : tensor<2xi32>,
        shift = dense<-14> : tensor<2xi32>} : tensor<?x2x3x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<0.00344488188> : tensor<2xf32>>> -> tensor<?x2x3x2xi8, #qml.fixed<value_bits = 4, frac_bits = 2>>
    %5 = qml.conv_2d "inner"(%4) kernel = dense<[[[[2], [-2]], [[5], [-5]], [[7], [-7]]]]>
        : tensor<1x3x2x1xi8> padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<0.685714364> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x2x3x2xi8, #qml.fixed<value_bits = 4, frac_bits = 2>>
        -> tensor<?x2x3x1xi32, #qml.fixed<value_bits = 27, frac_bits = 2, scale = dense<0.685714364> : tensor<f32>>>
    %6 = qml.relu "relu_1"(%5) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<0> : tensor<i32>,
        quantized_max_value = dense<35> : tensor<i16>} : tensor<?x2x3x1xi32, #qml.fixed<value_bits = 27, frac_bits = 2, scale = dense<0.685714364> : tensor<f32>>> -> tensor<?x2x3x1xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.685714364> : tensor<f32>>>
    %7 = qml.output_quantizer(%6) bitwidth = 2 unsigned per_tensor
        {scales = dense<176> : tensor<i32>,
        scales_frac_bits = dense<9> : tensor<i32>,
        shift = dense<-11> : tensor<i32>} : tensor<?x2x3x1xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.685714364> : tensor<f32>>> -> tensor<?x2x3x1xi8, #qml.fixed<value_bits = 2, frac_bits = 0>>
    %8 = qml.flatten "flatten"(%7) : tensor<?x2x3x1xi8, #qml.fixed<value_bits = 2, frac_bits = 0>> -> tensor<?x6xi8, #qml.fixed<value_bits = 2, frac_bits = 0>>
    %9 = qml.dense "logits"(%8)
        kernel = dense<[[1, -1], [2, -2], [3, -3], [4, -4], [5, -5], [7, -7]]> : tensor<6x2xi8>
        bias = dense<[2, -32]> : tensor<2xi8> {bias_shift = dense<0> : tensor<2xi32>,
        buffer_bitwidth = 20 : i64,
        kernel_scales = dense<2.000000e+00> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>} : tensor<?x6xi8, #qml.fixed<value_bits = 2, frac_bits = 0>>
        -> tensor<?x2xi32, #qml.fixed<value_bits = 19, frac_bits = 0, scale = dense<2.000000e+00> : tensor<2xf32>>>
    %10 = qml.dequantizer "dequantizer"(%9) : tensor<?x2xi32, #qml.fixed<value_bits = 19, frac_bits = 0, scale = dense<2.000000e+00> : tensor<2xf32>>> -> tensor<?x2xf32>
    return %10 : tensor<?x2xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      conv_kernel: "0x0100000012812412362449365B496D5B7F6DEE7FDCEE"
    }
  }
#-}

// -----

// WARNING: warning: layer 'dequantizer': the last layer of Akida 1.0 gives its activation's integers; the scale is left out
// Inputs of layers but images are unsigned integers of 4 bits. Sums over 9 cells
// hold 9 biases.
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v1 input = "input" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x3x3x2xui8>):
// CHECK-NEXT: %[[V0:.*]] = akida.input_data "input"(%[[X0]]) input_bits = 4 : (tensor<?x3x3x2xui8>) -> tensor<?x3x3x2xui8>
// CHECK-NEXT: %[[V1:.*]] = akida.sequence "SW/first-sep" backend = "Software" -> (tensor<?x1x1x2xui8>) {
// CHECK-NEXT: %[[V2:.*]] = akida.convolutional "first"(%[[V0]]) filters = 2 kernel_width = 1 kernel_height = 1 weights_bits = 2 {act_step = dense<0.114285715> : tensor<2xf32>, threshold = dense<0> : tensor<2xi32>, weights = dense<{{\[\[\[\[}}0, 0], [0, 1{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x3x3x2xui8>) -> tensor<?x3x3x2xui8>
// CHECK-NEXT: %[[V3:.*]] = akida.separable_convolutional "sep"(%[[V2]]) filters = 2 kernel_width = 3 kernel_height = 3 pool_type = average {act_step = dense<11.2527475> : tensor<2xf32>, threshold = dense<[-12, -39]> : tensor<2xi32>, weights = dense_resource<sep_depthwise_kernel> : tensor<3x3x2x1xi8>, weights_pw = dense<{{\[\[\[\[}}7, -7{{\]}}, {{\[}}3, 1{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x3x3x2xui8>) -> tensor<?x1x1x2xui8>
// CHECK-NEXT: akida.yield %[[V3]] : tensor<?x1x1x2xui8>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V1]] : tensor<?x1x1x2xui8>
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK: sep_depthwise_kernel: "0x0100000001FF02FE03FD04FC05FB06FA070700010002"
module {
  func.func @main(%arg0: tensor<?x3x3x2xi8>) -> tensor<?x2xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [5.000000e-01] : tensor<?x3x3x2xi8>
        -> tensor<?x3x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
    %1 = qml.conv_2d "first"(%0) kernel = dense<[[[[0, 0], [0, 1]]]]> : tensor<1x1x2x2xi8>
        padding = valid {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<7.000000e+00> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 2, per_tensor>} : tensor<?x3x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
        -> tensor<?x3x3x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<3.500000e+00> : tensor<f32>>>
    %2 = qml.relu "relu"(%1) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<0> : tensor<i32>,
        quantized_max_value = dense<2> : tensor<i16>} : tensor<?x3x3x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<3.500000e+00> : tensor<f32>>> -> tensor<?x3x3x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<3.500000e+00> : tensor<f32>>>
    %3 = qml.output_quantizer(%2) bitwidth = 4 unsigned per_tensor
        {scales = dense<140> : tensor<i32>,
        scales_frac_bits = dense<6> : tensor<i32>,
        shift = dense<-4> : tensor<i32>} : tensor<?x3x3x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<3.500000e+00> : tensor<f32>>> -> tensor<?x3x3x2xi8, #qml.fixed<value_bits = 4, frac_bits = 2>>
    %4 = qml.separable_conv_2d "sep"(%3)
        depthwise_kernel = dense_resource<sep_depthwise_kernel> : tensor<3x3x2x1xi8>
        pointwise_kernel = dense<[[[[7, -7], [3, 1]]]]> : tensor<1x1x2x2xi8>
        bias = dense<[2, 5]> : tensor<2xi8> padding = same {bias_shift = dense<0> : tensor<2xi32>,
        buffer_bitwidth = 32 : i64, dw_kernel_scales = dense<1.600000e+00> : tensor<f32>,
        dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>,
        pw_kernel_scales = dense<1.000000e+00> : tensor<f32>,
        pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x3x3x2xi8, #qml.fixed<value_bits = 4, frac_bits = 2>>
        -> tensor<?x3x3x2xi64, #qml.fixed<value_bits = 31, frac_bits = 2, scale = dense<1.600000e+00> : tensor<f32>>>
    %5 = qml.global_average_pool_2d "gap"(%4) {buffer_bitwidth = 32 : i64} : tensor<?x3x3x2xi64, #qml.fixed<value_bits = 31, frac_bits = 2, scale = dense<1.600000e+00> : tensor<f32>>>
        -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.177777782> : tensor<f32>>>
    %6 = qml.relu "relu_1"(%5) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<0> : tensor<i32>,
        quantized_max_value = dense<135> : tensor<i16>} : tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.177777782> : tensor<f32>>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.177777782> : tensor<f32>>>
    %7 = qml.output_quantizer(%6) bitwidth = 4 unsigned per_tensor
        {scales = dense<182> : tensor<i32>,
        scales_frac_bits = dense<10> : tensor<i32>,
        shift = dense<-11> : tensor<i32>} : tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.177777782> : tensor<f32>>> -> tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = 1>>
    %8 = qml.dequantizer "dequantizer"(%7) : tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = 1>> -> tensor<?x2xf32>
    return %8 : tensor<?x2xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      sep_depthwise_kernel: "0x0100000001FF02FE03FD04FC05FB06FA070700010002"
    }
  }
#-}

// -----

// A step above 65535 is cut there, with its half in the threshold, and what reads
// the channel divided by as much: by 4, rounded down. Thresholds end at 2^19 - 1.
// WARNING: warning: layer 'a': steps of its activation above 65535, the most that the hardware holds, are cut there, and the next layer's weights divided by as much, up to 4.0 times: channels of small weights lose bits; calibrate with samples of the network's usual range
// WARNING: warning: layer 'a': thresholds above 524287, the most that the hardware holds, are cut there
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v1 input = "input" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x1x2x2xui8>):
// CHECK-NEXT: %[[V0:.*]] = akida.input_data "input"(%[[X0]]) input_bits = 4 : (tensor<?x1x2x2xui8>) -> tensor<?x1x2x2xui8>
// CHECK-NEXT: %[[V1:.*]] = akida.sequence "SW/a-b" backend = "Software" -> (tensor<?x1x1x2xi32>) {
// CHECK-NEXT: %[[V2:.*]] = akida.convolutional "a"(%[[V0]]) filters = 2 kernel_width = 1 kernel_height = 1 {act_step = dense<[1.024000e+03, 6.553500e+04]> : tensor<2xf32>, threshold = dense<[524287, 32763]> : tensor<2xi32>, weights = dense<{{\[\[\[\[}}1, 2], [3, 4{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x1x2x2xui8>) -> tensor<?x1x2x2xui8>
// CHECK-NEXT: %[[V3:.*]] = akida.fully_connected "b"(%[[V2]]) units = 2 activation = false act_bits = 1 {act_step = dense<4.000000e+00> : tensor<2xf32>, threshold = dense<0> : tensor<2xi32>, weights = dense<{{\[\[\[\[}}7, -7], [1, -2], [1, 2], [0, -1{{\]\]\]\]}}> : tensor<1x1x4x2xi8>} : (tensor<?x1x2x2xui8>) -> tensor<?x1x1x2xi32>
// CHECK-NEXT: akida.yield %[[V3]] : tensor<?x1x1x2xi32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V1]] : tensor<?x1x1x2xi32>
// CHECK-NEXT: }
// CHECK-NEXT: }
module {
  func.func @main(%arg0: tensor<?x1x2x2xi8>) -> tensor<?x2xf32> {
    %0 = qml.conv_2d "a"(%arg0) kernel = dense<[[[[1, 2], [3, 4]]]]> : tensor<1x1x2x2xi8>
        bias = dense<[-600000, 5]> : tensor<2xi32> padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<1.000000e+00>
        : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x1x2x2xi8>
        -> tensor<?x1x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
    %1 = qml.relu "relu"(%0) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<0> : tensor<i32>,
        quantized_max_value = dense<6> : tensor<i16>} : tensor<?x1x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x1x2x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>
    %2 = qml.output_quantizer(%1) bitwidth = 4 unsigned per_tensor
        {shift = dense<[-10, -18]> : tensor<2xi32>} : tensor<?x1x2x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>> -> tensor<?x1x2x2xi8, #qml.fixed<value_bits = 4, frac_bits = 0>>
    %3 = qml.flatten "flatten"(%2) : tensor<?x1x2x2xi8, #qml.fixed<value_bits = 4, frac_bits = 0>> -> tensor<?x4xi8, #qml.fixed<value_bits = 4, frac_bits = 0>>
    %4 = qml.dense "b"(%3) kernel = dense<[[7, -7], [7, -7], [1, 2], [4, -4]]> : tensor<4x2xi8>
        {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<2.500000e-01> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x4xi8, #qml.fixed<value_bits = 4, frac_bits = 0>>
        -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<2.500000e-01> : tensor<f32>>>
    %5 = qml.dequantizer "dequantizer"(%4) : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<2.500000e-01> : tensor<f32>>> -> tensor<?x2xf32>
    return %5 : tensor<?x2xf32>
  }
}
