// Integer networks as models of Akida 2.0.

// RUN: qml-opt %s --split-input-file --convert-qml-to-akida=float-tail=true 2> %t.err | FileCheck %s --implicit-check-not=qml
// RUN: FileCheck %s --check-prefix=WARNING < %t.err

// The model has the module's name, its input the network's. A float input is
// quantized; the convolution of bytes after it is an input convolution. Kernels
// stay as they are. Biases and maxima are without their shifts. `dw` has products of 30 value bits and a
// sign; `pw` is valid, which makes no difference for one cell. The dequantizer's
// scales are those of the binary points, too: 0.1148 * 2^5.
// CHECK-LABEL: module @image {
// CHECK-NEXT: akida.model @image version = v2 input = "image" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x4x4x1xf32>):
// CHECK-NEXT: %[[V0:.*]] = akida.sequence "SW/input_quantizer-dequantizer" backend = "Software" -> (tensor<?x1x1x2xf32>) {
// CHECK-NEXT: %[[V1:.*]] = akida.quantizer "input_quantizer"(%[[X0]]) {scales = dense<6.400000e+01> : tensor<1xf32>, zero_points = dense<64> : tensor<1xui8>} : (tensor<?x4x4x1xf32>) -> tensor<?x4x4x1xui8>
// CHECK-NEXT: %[[V2:.*]] = akida.input_conv2d "conv"(%[[V1]]) filters = 2 kernel_size = 3 pool_type = max pool_size = 2 pool_stride = 1 activation = relu buffer_bits = 28 weights_bits = 4 {bias = dense<[-98, -120]> : tensor<2xi8>, bias_shift = dense<[4, 6]> : tensor<2xui8>, max_value = dense<192> : tensor<2xui8>, max_value_shift = dense<1> : tensor<2xui8>, output_scales = dense<[255, 170]> : tensor<2xui8>, output_shift = dense<-9> : tensor<2xi8>, padding_value = dense<56> : tensor<1xui8>, weights = dense_resource<conv_kernel> : tensor<3x3x1x2xi8>} : (tensor<?x4x4x1xui8>) -> tensor<?x4x4x2xi8>
// CHECK-NEXT: %[[V3:.*]] = akida.depthwise_conv2d "dw"(%[[V2]]) kernel_size = 3 kernel_stride = 2 post_op_buffer_bits = 31 weights_bits = 4 {output_scales = dense<[164, 246]> : tensor<2xui8>, output_shift = dense<[-12, -11]> : tensor<2xi8>, weights = dense_resource<dw_kernel_1> : tensor<3x3x2x1xi8>} : (tensor<?x4x4x2xi8>) -> tensor<?x2x2x2xi8>
// CHECK-NEXT: %[[V4:.*]] = akida.conv2d "pw"(%[[V3]]) filters = 2 kernel_size = 1 pool_type = average activation = relu output_bits = 4 weights_bits = 4 {input_shift = dense<[1, 0]> : tensor<2xui8>, output_scales = dense<193> : tensor<2xui8>, output_shift = dense<-17> : tensor<2xi8>, weights = dense<{{\[\[\[\[}}7, -7], [3, 1{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x2x2x2xi8>) -> tensor<?x1x1x2xui8>
// CHECK-NEXT: %[[V5:.*]] = akida.dense1d "logits"(%[[V4]]) units = 2 output_bits = 20 buffer_bits = 20 {bias = dense<[1, -9]> : tensor<2xi8>, bias_shift = dense<[0, 2]> : tensor<2xui8>, weights = dense<{{\[\[}}127, -36], [-127, 127{{\]\]}}> : tensor<2x2xi8>} : (tensor<?x1x1x2xui8>) -> tensor<?x1x1x2xi32>
// CHECK-NEXT: %[[V6:.*]] = akida.dequantizer "dequantizer"(%[[V5]]) {scales = dense<[3.67454076, 1.83727038]> : tensor<2xf32>} : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
// CHECK-NEXT: akida.yield %[[V6]] : tensor<?x1x1x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V0]] : tensor<?x1x1x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK: conv_kernel: "0x0100000001F9020103020403050406050706FF07FEFF"
// CHECK: dw_kernel_1: "0x0100000001FF02FE03FD04FC05FB06FA070700010002"
module @image {
  func.func @main(%arg0: tensor<?x4x4x1xf32> {qml.name = "image"}) -> tensor<?x2xf32> {
    %0 = qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 8 unsigned per_axis
        {zero_points = dense<64> : tensor<1xi32>} : tensor<?x4x4x1xf32> -> tensor<?x4x4x1xi16, #qml.fixed<value_bits = 8, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<f32>>>
    %1 = qml.conv_2d "conv"(%0) kernel = dense_resource<conv_kernel> : tensor<3x3x1x2xi8>
        bias = dense<[-98, -120]> : tensor<2xi8> padding = same padding_value = [1.000000e+00]
        {bias_shift = dense<[4, 6]> : tensor<2xi32>, buffer_bitwidth = 28 : i64,
        kernel_scales = dense<1.000000e+00> : tensor<2xf32>, padding_shift = dense<3>
        : tensor<1xi32>, quantized_padding = dense<7> : tensor<1xi8>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>} : tensor<?x4x4x1xi16, #qml.fixed<value_bits = 8, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<f32>>>
        -> tensor<?x4x4x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>>>
    %2 = qml.max_pool_2d "pool"(%1) pool_size = [2, 2] strides = [1, 1] padding = same : tensor<?x4x4x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>>>
        -> tensor<?x4x4x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>>>
    %3 = qml.relu "relu"(%2) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<1> : tensor<2xi32>,
        quantized_max_value = dense<192> : tensor<2xi16>} : tensor<?x4x4x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>>>
        -> tensor<?x4x4x2xi64, #qml.fixed<value_bits = 32, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>>>
    %4 = qml.output_quantizer(%3) bitwidth = 8 per_axis
        {scales = dense<[255, 170]> : tensor<2xi32>, scales_frac_bits = dense<8> : tensor<2xi32>,
        shift = dense<-9> : tensor<2xi32>} : tensor<?x4x4x2xi64, #qml.fixed<value_bits = 32, frac_bits = dense<6> : tensor<1xi32>, scale = dense<1.000000e+00> : tensor<2xf32>>> -> tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<5> : tensor<2xi32>>>
    %5 = qml.depthwise_conv_2d "dw"(%4) kernel = dense_resource<dw_kernel_1> : tensor<3x3x2x1xi8>
        strides = [2, 2] padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<[1.00392163, 1.5058825]> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -2>} : tensor<?x4x4x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<5> : tensor<2xi32>>>
        -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<5> : tensor<2xi32>, scale = dense<[1.00392163, 1.5058825]> : tensor<2xf32>>>
    %6 = qml.output_quantizer(%5) bitwidth = 8 per_axis {buffer_bitwidth = 30 : i64,
        scales = dense<[164, 246]> : tensor<2xi32>, scales_frac_bits = dense<8> : tensor<2xi32>,
        shift = dense<[-12, -11]> : tensor<2xi32>} : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = dense<5> : tensor<2xi32>, scale = dense<[1.00392163, 1.5058825]> : tensor<2xf32>>> -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>>
    %7 = qml.conv_2d "pw"(%6) kernel = dense<[[[[7, -7], [3, 1]]]]> : tensor<1x1x2x2xi8>
        padding = valid {buffer_bitwidth = 28 : i64,
        input_shift = dense<[1, 0]> : tensor<2xi32>, kernel_scales = dense<1.5686276>
        : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[1, 2]> : tensor<2xi32>>>
        -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 2, scale = dense<1.5686276> : tensor<2xf32>>>
    %8 = qml.relu "relu_1"(%7) {buffer_bitwidth = 32 : i64} : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 2, scale = dense<1.5686276> : tensor<2xf32>>>
        -> tensor<?x2x2x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<1.5686276> : tensor<2xf32>>>
    %9 = qml.global_average_pool_2d "gap"(%8) {buffer_bitwidth = 32 : i64,
        input_shift = dense<0> : tensor<i32>} : tensor<?x2x2x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<1.5686276> : tensor<2xf32>>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.392156899> : tensor<2xf32>>>
    %10 = qml.output_quantizer(%9) bitwidth = 4 unsigned per_tensor
        {scales = dense<193> : tensor<2xi32>,
        scales_frac_bits = dense<10> : tensor<2xi32>,
        shift = dense<-17> : tensor<2xi32>} : tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 2, scale = dense<0.392156899> : tensor<2xf32>>> -> tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = -5>>
    %11 = qml.dropout "dropout"(%10) rate = 5.000000e-01 : tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = -5>> -> tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = -5>>
    %12 = qml.dense "logits"(%11) kernel = dense<[[127, -36], [-127, 127]]> : tensor<2x2xi8>
        bias = dense<[1, -9]> : tensor<2xi8>
        {bias_quantizer = #qml.aligned_quantizer<bitwidth = 5, signed = true>,
        bias_shift = dense<[0, 2]> : tensor<2xi32>, buffer_bitwidth = 20 : i64,
        kernel_scales = dense<[0.114829399, 5.741470e-02]> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = -5>>
        -> tensor<?x2xi32, #qml.fixed<value_bits = 19, frac_bits = -5, scale = dense<[0.114829399, 5.741470e-02]> : tensor<2xf32>>>
    %13 = qml.dequantizer "dequantizer"(%12) : tensor<?x2xi32, #qml.fixed<value_bits = 19, frac_bits = -5, scale = dense<[0.114829399, 5.741470e-02]> : tensor<2xf32>>> -> tensor<?x2xf32>
    return %13 : tensor<?x2xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      conv_kernel: "0x0100000001F9020103020403050406050706FF07FEFF",
      dw_kernel_1: "0x0100000001FF02FE03FD04FC05FB06FA070700010002"
    }
  }
#-}

// -----

// Bytes need no quantizer. Rescalings, dropouts and reshapes of what is a vector
// anyway vanish; what follows the dequantizer is left out.
// WARNING: warning: layers after the first dequantizer are left out: softmax (Softmax), late (Dense)
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v2 input = "input" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x5x4x3xui8>):
// CHECK-NEXT: %[[V0:.*]] = akida.sequence "SW/conv-dequantizer" backend = "Software" -> (tensor<?x1x1x3xf32>) {
// CHECK-NEXT: %[[V1:.*]] = akida.input_conv2d "conv"(%[[X0]]) filters = 1 kernel_size = 3 kernel_stride = 2 padding = valid activation = relu buffer_bits = 28 {output_scales = dense<132> : tensor<1xui8>, output_shift = dense<-18> : tensor<1xi8>, weights = dense_resource<conv_kernel> : tensor<3x3x3x1xi8>} : (tensor<?x5x4x3xui8>) -> tensor<?x2x1x1xi8>
// CHECK-NEXT: %[[V2:.*]] = akida.dense1d "fc"(%[[V1]]) units = 3 activation = relu weights_bits = 4 {max_value = dense<1> : tensor<3xui8>, max_value_shift = dense<0> : tensor<3xui8>, output_scales = dense<[143, 179, 251]> : tensor<3xui8>, output_shift = dense<-1> : tensor<3xi8>, weights = dense<{{\[\[}}2, 3, 3], [7, 7, 7{{\]\]}}> : tensor<2x3xi8>} : (tensor<?x2x1x1xi8>) -> tensor<?x1x1x3xi8>
// CHECK-NEXT: %[[V3:.*]] = akida.dequantizer "dequantizer"(%[[V2]]) {scales = dense<6.250000e-02> : tensor<3xf32>} : (tensor<?x1x1x3xi8>) -> tensor<?x1x1x3xf32>
// CHECK-NEXT: akida.yield %[[V3]] : tensor<?x1x1x3xf32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V0]] : tensor<?x1x1x3xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
// CHECK: conv_kernel: "0x010000007F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F"
module {
  func.func @main(%arg0: tensor<?x5x4x3xui8>) -> tensor<?x3xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [5.000000e-01] : tensor<?x5x4x3xui8>
        -> tensor<?x5x4x3xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
    %1 = qml.conv_2d "conv"(%0) kernel = dense_resource<conv_kernel> : tensor<3x3x3x1xi8>
        strides = [2, 2] padding = valid {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<0.00787401571> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x5x4x3xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
        -> tensor<?x2x1x1xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.00393700786> : tensor<f32>>>
    %2 = qml.relu "relu"(%1) {buffer_bitwidth = 32 : i64} : tensor<?x2x1x1xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.00393700786> : tensor<f32>>>
        -> tensor<?x2x1x1xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<0.00393700786> : tensor<f32>>>
    %3 = qml.output_quantizer(%2) bitwidth = 8 per_tensor
        {scales = dense<132> : tensor<i32>,
        scales_frac_bits = dense<16> : tensor<i32>,
        shift = dense<-18> : tensor<i32>} : tensor<?x2x1x1xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<0.00393700786> : tensor<f32>>> -> tensor<?x2x1x1xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
    %4 = qml.reshape "reshape"(%3) : tensor<?x2x1x1xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
        -> tensor<?x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
    %5 = qml.flatten "flatten"(%4) : tensor<?x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
    %6 = qml.dense "fc"(%5) kernel = dense<[[2, 3, 3], [7, 7, 7]]> : tensor<2x3xi8>
        {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<[1.12044823, 1.40056026, 1.96078444]> : tensor<3xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 4, axis = -1>} : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
        -> tensor<?x3xi32, #qml.fixed<value_bits = 27, frac_bits = -2, scale = dense<[1.12044823, 1.40056026, 1.96078444]> : tensor<3xf32>>>
    %7 = qml.relu "relu_1"(%6) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64,
        max_value_shift = dense<0> : tensor<3xi32>,
        quantized_max_value = dense<1> : tensor<3xi16>} : tensor<?x3xi32, #qml.fixed<value_bits = 27, frac_bits = -2, scale = dense<[1.12044823, 1.40056026, 1.96078444]> : tensor<3xf32>>> -> tensor<?x3xi64, #qml.fixed<value_bits = 32, frac_bits = -2, scale = dense<[1.12044823, 1.40056026, 1.96078444]> : tensor<3xf32>>>
    %8 = qml.output_quantizer(%7) bitwidth = 8 per_tensor
        {scales = dense<[143, 179, 251]> : tensor<3xi32>,
        scales_frac_bits = dense<7> : tensor<3xi32>,
        shift = dense<-1> : tensor<3xi32>} : tensor<?x3xi64, #qml.fixed<value_bits = 32, frac_bits = -2, scale = dense<[1.12044823, 1.40056026, 1.96078444]> : tensor<3xf32>>> -> tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 4>>
    %9 = qml.dequantizer "dequantizer"(%8) : tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 4>> -> tensor<?x3xf32>
    %10 = qml.softmax "softmax"(%9) : tensor<?x3xf32> -> tensor<?x3xf32>
    %11 = qml.dense "late"(%10) kernel = dense<1.000000e+00> : tensor<3x3xf32> : tensor<?x3xf32>
        -> tensor<?x3xf32>
    return %11 : tensor<?x3xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      conv_kernel: "0x010000007F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F"
    }
  }
#-}

// -----

// Other inputs have an input layer, which stands before the sequence, and which
// all readers share. Inputs of sums are aligned by shifts; without a quantizer a sum
// has its buffer's bits.
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v2 input = "input" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x2x2x2xi8>):
// CHECK-NEXT: %[[V0:.*]] = akida.input_data "input"(%[[X0]]) : (tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi8>
// CHECK-NEXT: %[[V1:.*]] = akida.sequence "SW/a-dequantizer" backend = "Software" -> (tensor<?x2x2x2xf32>) {
// CHECK-NEXT: %[[V2:.*]] = akida.conv2d "a"(%[[V0]]) filters = 2 kernel_size = 1 {output_scales = dense<[194, 226]> : tensor<2xui8>, output_shift = dense<[-14, -16]> : tensor<2xi8>, weights = dense<{{\[\[\[\[}}42, 36], [127, 127{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi8>
// CHECK-NEXT: %[[V3:.*]] = akida.conv2d "b"(%[[V0]]) filters = 2 kernel_size = 1 {output_scales = dense<[194, 226]> : tensor<2xui8>, output_shift = dense<[-16, -15]> : tensor<2xi8>, weights = dense<{{\[\[\[\[}}42, 36], [127, 127{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi8>
// CHECK-NEXT: %[[V4:.*]] = akida.add "add"(%[[V2]], %[[V3]]) output_bits = 7 buffer_bits = 30 {a_shift = dense<[0, 1]> : tensor<2xui8>, b_shift = dense<[2, 0]> : tensor<2xui8>, output_shift = dense<[-1, -2]> : tensor<2xi8>} : (tensor<?x2x2x2xi8>, tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi8>
// CHECK-NEXT: %[[V5:.*]] = akida.add "add_1"(%[[V4]], %[[V2]]) output_bits = 32 {a_shift = dense<1> : tensor<2xui8>, b_shift = dense<0> : tensor<2xui8>} : (tensor<?x2x2x2xi8>, tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi32>
// CHECK-NEXT: %[[V6:.*]] = akida.dequantizer "dequantizer"(%[[V5]]) {scales = dense<[1.000000e+00, 8.000000e+00]> : tensor<2xf32>} : (tensor<?x2x2x2xi32>) -> tensor<?x2x2x2xf32>
// CHECK-NEXT: akida.yield %[[V6]] : tensor<?x2x2x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V1]] : tensor<?x2x2x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
module {
  func.func @main(%arg0: tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [5.000000e-01] : tensor<?x2x2x2xi8>
        -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
    %1 = qml.conv_2d "a"(%0) kernel = dense<[[[[42, 36], [127, 127]]]]> : tensor<1x1x2x2xi8>
        padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<[0.0236220472, 0.05511811]> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
        -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>>
    %2 = qml.output_quantizer(%1) bitwidth = 8 per_axis
        {scales = dense<[194, 226]> : tensor<2xi32>,
        scales_frac_bits = dense<[14, 13]> : tensor<2xi32>,
        shift = dense<[-14, -16]> : tensor<2xi32>} : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>> -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, -3]> : tensor<2xi32>>>
    %3 = qml.conv_2d "b"(%0) kernel = dense<[[[[42, 36], [127, 127]]]]> : tensor<1x1x2x2xi8>
        padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<[0.0236220472, 0.05511811]> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
        -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>>
    %4 = qml.output_quantizer(%3) bitwidth = 8 per_tensor
        {scales = dense<[194, 226]> : tensor<2xi32>,
        scales_frac_bits = dense<[14, 13]> : tensor<2xi32>,
        shift = dense<[-16, -15]> : tensor<2xi32>} : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>> -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>>
    %5 = qml.add "add"(%2, %4) {a_shift = dense<[0, 1]> : tensor<2xi32>,
        b_shift = dense<[2, 0]> : tensor<2xi32>, buffer_bitwidth = 30 : i64} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, -3]> : tensor<2xi32>>>,
        tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = -2>> -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 29, frac_bits = dense<[0, -2]> : tensor<2xi32>>>
    %6 = qml.output_quantizer(%5) bitwidth = 7 per_axis
        {shift = dense<[-1, -2]> : tensor<2xi32>} : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 29, frac_bits = dense<[0, -2]> : tensor<2xi32>>> -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 6, frac_bits = dense<[-1, -4]> : tensor<2xi32>>>
    %7 = qml.add "add_1"(%6, %2) {a_shift = dense<1> : tensor<2xi32>,
        b_shift = dense<0> : tensor<2xi32>, buffer_bitwidth = 32 : i64} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 6, frac_bits = dense<[-1, -4]> : tensor<2xi32>>>,
        tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[0, -3]> : tensor<2xi32>>> -> tensor<?x2x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = dense<[0, -3]> : tensor<2xi32>>>
    %8 = qml.dequantizer "dequantizer"(%7) : tensor<?x2x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = dense<[0, -3]> : tensor<2xi32>>> -> tensor<?x2x2x2xf32>
    return %8 : tensor<?x2x2x2xf32>
  }
}

// -----

// Vectors are images of one cell. After a quantizer there is an input layer that
// is no convolution's. Results of up to 4 bits are unsigned. Under the rules of
// Akida products have the buffer's bits.
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v2 input = "features" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x1x1x4xf32>):
// CHECK-NEXT: %[[V0:.*]] = akida.sequence "SW/input_quantizer-dequantizer" backend = "Software" -> (tensor<?x1x1x2xf32>) {
// CHECK-NEXT: %[[V1:.*]] = akida.quantizer "input_quantizer"(%[[X0]]) output_signed = true {scales = dense<1.280000e+02> : tensor<4xf32>} : (tensor<?x1x1x4xf32>) -> tensor<?x1x1x4xi8>
// CHECK-NEXT: %[[V2:.*]] = akida.input_data "InputData_2"(%[[V1]]) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
// CHECK-NEXT: %[[V3:.*]] = akida.dense1d "a"(%[[V2]]) units = 2 output_bits = 4 buffer_bits = 26 {output_scales = dense<242> : tensor<2xui8>, output_shift = dense<-21> : tensor<2xi8>, weights = dense<127> : tensor<4x2xi8>} : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xui8>
// CHECK-NEXT: %[[V4:.*]] = akida.dense1d "b"(%[[V3]]) units = 2 output_bits = 16 post_op_buffer_bits = 30 {output_scales = dense<138> : tensor<2xui8>, output_shift = dense<-19> : tensor<2xi8>, weights = dense<127> : tensor<2x2xi8>} : (tensor<?x1x1x2xui8>) -> tensor<?x1x1x2xi16>
// CHECK-NEXT: %[[V5:.*]] = akida.dequantizer "dequantizer"(%[[V4]]) {scales = dense<1.600000e+01> : tensor<2xf32>} : (tensor<?x1x1x2xi16>) -> tensor<?x1x1x2xf32>
// CHECK-NEXT: akida.yield %[[V5]] : tensor<?x1x1x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V0]] : tensor<?x1x1x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
module attributes {qml.arithmetic = "akida"} {
  func.func @main(%arg0: tensor<?x4xf32> {qml.name = "features"}) -> tensor<?x2xf32> {
    %0 = qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 8 per_tensor : tensor<?x4xf32> -> tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
    %1 = qml.dense "a"(%0) kernel = dense<127> : tensor<4x2xi8> {buffer_bitwidth = 26 : i64,
        kernel_scales = dense<0.00787401571> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = 7>>
        -> tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 7, scale = dense<0.00787401571> : tensor<f32>>>
    %2 = qml.output_quantizer(%1) bitwidth = 4 unsigned per_tensor
        {scales = dense<242> : tensor<i32>,
        scales_frac_bits = dense<15> : tensor<i32>,
        shift = dense<-21> : tensor<i32>} : tensor<?x2xi64, #qml.fixed<value_bits = 31, frac_bits = 7, scale = dense<0.00787401571> : tensor<f32>>> -> tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = 1>>
    %3 = qml.dense "b"(%2) kernel = dense<127> : tensor<2x2xi8> {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<8.398950e-03> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8, #qml.fixed<value_bits = 4, frac_bits = 1>>
        -> tensor<?x2xi32, #qml.fixed<value_bits = 29, frac_bits = 1, scale = dense<8.398950e-03> : tensor<f32>>>
    %4 = qml.output_quantizer(%3) bitwidth = 16 per_tensor {buffer_bitwidth = 30 : i64,
        scales = dense<138> : tensor<i32>,
        scales_frac_bits = dense<14> : tensor<i32>,
        shift = dense<-19> : tensor<i32>} : tensor<?x2xi32, #qml.fixed<value_bits = 29, frac_bits = 1, scale = dense<8.398950e-03> : tensor<f32>>> -> tensor<?x2xi16, #qml.fixed<value_bits = 15, frac_bits = -4>>
    %5 = qml.dequantizer "dequantizer"(%4) : tensor<?x2xi16, #qml.fixed<value_bits = 15, frac_bits = -4>> -> tensor<?x2xf32>
    return %5 : tensor<?x2xf32>
  }
}

// -----

// What is shifted to the right by more than the buffer has bits is nothing, or
// minus one; the hardware shifts by up to 31. ReLU without a quantizer has the
// sums' bits.
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v2 input = "input" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x1x1x2xi8>):
// CHECK-NEXT: %[[V0:.*]] = akida.input_data "input"(%[[X0]]) : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi8>
// CHECK-NEXT: %[[V1:.*]] = akida.sequence "SW/a-dequantizer" backend = "Software" -> (tensor<?x1x1x2xf32>) {
// CHECK-NEXT: %[[V2:.*]] = akida.dense1d "a"(%[[V0]]) units = 2 buffer_bits = 24 {output_scales = dense<200> : tensor<2xui8>, output_shift = dense<-23> : tensor<2xi8>, weights = dense<{{\[\[}}1, 2], [3, 4{{\]\]}}> : tensor<2x2xi8>} : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi8>
// CHECK-NEXT: %[[V3:.*]] = akida.dense1d "b"(%[[V2]]) units = 2 activation = relu output_bits = 28 {weights = dense<{{\[\[}}1, 2], [3, 4{{\]\]}}> : tensor<2x2xi8>} : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi32>
// CHECK-NEXT: %[[V4:.*]] = akida.dequantizer "dequantizer"(%[[V3]]) {scales = dense<1.000000e+00> : tensor<2xf32>} : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
// CHECK-NEXT: akida.yield %[[V4]] : tensor<?x1x1x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V1]] : tensor<?x1x1x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
module {
  func.func @main(%arg0: tensor<?x2xi8>) -> tensor<?x2xf32> {
    %0 = qml.dense "a"(%arg0) kernel = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>
        {buffer_bitwidth = 24 : i64, kernel_scales = dense<1.000000e+00> : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8>
        -> tensor<?x2xi32, #qml.fixed<value_bits = 23, frac_bits = 0>>
    %1 = qml.output_quantizer(%0) bitwidth = 8 per_tensor
        {scales = dense<200> : tensor<i32>,
        scales_frac_bits = dense<50> : tensor<i32>,
        shift = dense<[-23, -40]> : tensor<2xi32>} : tensor<?x2xi32, #qml.fixed<value_bits = 23, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
    %2 = qml.dense "b"(%1) kernel = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>
        {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.000000e+00>
        : tensor<f32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
        -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
    %3 = qml.relu "relu"(%2) {buffer_bitwidth = 32 : i64} : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>
    %4 = qml.dequantizer "dequantizer"(%3) : tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>> -> tensor<?x2xf32>
    return %4 : tensor<?x2xf32>
  }
}

// -----

// Layers that nobody reads are no part of the model. Names are unique: the input layer
// takes another one than the network's input, which a layer has.
// CHECK-LABEL: module {
// CHECK-NEXT: akida.model @model version = v2 input = "a" {
// CHECK-NEXT: ^bb0(%[[X0:.*]]: tensor<?x2x2x2xi8>):
// CHECK-NEXT: %[[V0:.*]] = akida.input_data "a_1"(%[[X0]]) : (tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi8>
// CHECK-NEXT: %[[V1:.*]] = akida.sequence "SW/a-dequantizer" backend = "Software" -> (tensor<?x2x2x2xf32>) {
// CHECK-NEXT: %[[V2:.*]] = akida.conv2d "a"(%[[V0]]) filters = 2 kernel_size = 1 output_bits = 28 {weights = dense<{{\[\[\[\[}}42, 36], [127, 127{{\]\]\]\]}}> : tensor<1x1x2x2xi8>} : (tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi32>
// CHECK-NEXT: %[[V3:.*]] = akida.dequantizer "dequantizer"(%[[V2]]) {scales = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>} : (tensor<?x2x2x2xi32>) -> tensor<?x2x2x2xf32>
// CHECK-NEXT: akida.yield %[[V3]] : tensor<?x2x2x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: akida.return %[[V1]] : tensor<?x2x2x2xf32>
// CHECK-NEXT: }
// CHECK-NEXT: }
module {
  func.func @main(%arg0: tensor<?x2x2x2xi8> {qml.name = "a"}) -> tensor<?x2x2x2xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [5.000000e-01] : tensor<?x2x2x2xi8>
        -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
    %1 = qml.conv_2d "a"(%0) kernel = dense<[[[[42, 36], [127, 127]]]]> : tensor<1x1x2x2xi8>
        padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<[0.0236220472, 0.05511811]> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
        -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>>
    %2 = qml.dequantizer "dequantizer"(%1) : tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>> -> tensor<?x2x2x2xf32>
    %3 = qml.conv_2d "unused"(%0) kernel = dense<[[[[42, 36], [127, 127]]]]> : tensor<1x1x2x2xi8>
        padding = same {buffer_bitwidth = 28 : i64,
        kernel_scales = dense<[0.0236220472, 0.05511811]> : tensor<2xf32>,
        weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x2x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
        -> tensor<?x2x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[0.0118110236, 0.027559055]> : tensor<2xf32>>>
    return %2 : tensor<?x2x2x2xf32>
  }
}
