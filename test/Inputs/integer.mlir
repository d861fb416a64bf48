module @small {
  func.func @main(%arg0: tensor<?x6x6x2xui8> {qml.name = "image"}) -> tensor<?x3xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [3.900000e-03] {fixed = #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<3.900000e-03> : tensor<f32>>} : tensor<?x6x6x2xui8> -> tensor<?x6x6x2xi16>
    %1 = qml.conv_2d "conv"(%0) kernel = dense_resource<conv_kernel> : tensor<1x1x2x2xi8> bias = dense<[6528, -6528]> : tensor<2xi32> strides = [2, 2] padding = same {bias_shift = dense<6> : tensor<2xi32>, buffer_bitwidth = 28 : i64, fixed = #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<[1.53543297E-5, 3.07086593E-5]> : tensor<2xf32>>, kernel_scales = dense<[0.00393700786, 0.00787401571]> : tensor<2xf32>, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x6x6x2xi16> -> tensor<?x3x3x2xi32>
    %2 = qml.relu "relu"(%1) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64, fixed = #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<[1.53543297E-5, 3.07086593E-5]> : tensor<2xf32>>, max_value_shift = dense<[11, 10]> : tensor<2xi32>, quantized_max_value = dense<[391168, 195584]> : tensor<2xi64>} : tensor<?x3x3x2xi32> -> tensor<?x3x3x2xi64>
    %3 = qml.output_quantizer(%2) bitwidth = 8 per_axis {fixed = #qml.fixed<value_bits = 7, frac_bits = dense<7> : tensor<2xi32>>, range_max = dense<[0.687437474, 7.194250e-01]> : tensor<2xf32>, rescaling_rate = dense<1.000000e+00> : tensor<2xf32>, scales = dense<129> : tensor<2xi32>, scales_frac_bits = dense<[23, 22]> : tensor<2xi32>, shift = dense<[-16, -15]> : tensor<2xi32>} : tensor<?x3x3x2xi64> -> tensor<?x3x3x2xi8>
    %4 = qml.depthwise_conv_2d "dw"(%3) kernel = dense_resource<dw_kernel> : tensor<3x3x2x1xi8> padding = same {buffer_bitwidth = 28 : i64, fixed = #qml.fixed<value_bits = 27, frac_bits = dense<7> : tensor<2xi32>, scale = dense<0.00393700786> : tensor<2xf32>>, kernel_scales = dense<0.00393700786> : tensor<2xf32>, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>} : tensor<?x3x3x2xi8> -> tensor<?x3x3x2xi32>
    %5 = qml.output_quantizer(%4) bitwidth = 8 per_axis {fixed = #qml.fixed<value_bits = 7, frac_bits = dense<[5, 6]> : tensor<2xi32>>, range_max = dense<[2.22498751, 1.71549988]> : tensor<2xf32>, rescaling_rate = dense<1.000000e+00> : tensor<2xf32>, scales = dense<129> : tensor<2xi32>, scales_frac_bits = dense<15> : tensor<2xi32>, shift = dense<[-17, -16]> : tensor<2xi32>} : tensor<?x3x3x2xi32> -> tensor<?x3x3x2xi8>
    %6 = qml.add "add"(%3, %5) {a_shift = dense<0> : tensor<2xi32>, b_shift = dense<[2, 1]> : tensor<2xi32>, buffer_bitwidth = 32 : i64, fixed = #qml.fixed<value_bits = 31, frac_bits = dense<7> : tensor<2xi32>>} : tensor<?x3x3x2xi8>, tensor<?x3x3x2xi8> -> tensor<?x3x3x2xi64>
    %7 = qml.output_quantizer(%6) bitwidth = 8 per_axis {fixed = #qml.fixed<value_bits = 7, frac_bits = dense<5> : tensor<2xi32>>, range_max = dense<[2.70718741, 2.14729977]> : tensor<2xf32>, rescaling_rate = dense<1.000000e+00> : tensor<2xf32>, shift = dense<-2> : tensor<2xi32>} : tensor<?x3x3x2xi64> -> tensor<?x3x3x2xi8>
    %8 = qml.conv_2d "next"(%7) kernel = dense_resource<next_kernel> : tensor<1x1x2x2xi8> padding = valid {buffer_bitwidth = 28 : i64, fixed = #qml.fixed<value_bits = 27, frac_bits = 5, scale = dense<0.00590551179> : tensor<2xf32>>, input_shift = dense<0> : tensor<2xi32>, kernel_scales = dense<0.00590551179> : tensor<2xf32>, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x3x3x2xi8> -> tensor<?x3x3x2xi32>
    %9 = qml.max_pool_2d "pool"(%8) pool_size = [2, 2] strides = [1, 1] padding = same {fixed = #qml.fixed<value_bits = 27, frac_bits = 5, scale = dense<0.00590551179> : tensor<2xf32>>} : tensor<?x3x3x2xi32> -> tensor<?x3x3x2xi32>
    %10 = qml.relu "relu_1"(%9) {buffer_bitwidth = 32 : i64, fixed = #qml.fixed<value_bits = 32, frac_bits = 5, scale = dense<0.00590551179> : tensor<2xf32>>} : tensor<?x3x3x2xi32> -> tensor<?x3x3x2xi64>
    %11 = qml.output_quantizer(%10) bitwidth = 8 per_axis {fixed = #qml.fixed<value_bits = 7, frac_bits = dense<6> : tensor<2xi32>>, range_max = dense<1.9921875> : tensor<2xf32>, rescaling_rate = dense<0.614144146> : tensor<2xf32>, scales = dense<238> : tensor<2xi32>, scales_frac_bits = dense<16> : tensor<2xi32>, shift = dense<-15> : tensor<2xi32>} : tensor<?x3x3x2xi64> -> tensor<?x3x3x2xi8>
    %12 = qml.flatten "flatten"(%11) {fixed = #qml.fixed<value_bits = 7, frac_bits = 6>, input_shift = dense<0> : tensor<2xi32>} : tensor<?x3x3x2xi8> -> tensor<?x18xi8>
    %13 = qml.dense "logits"(%12) kernel = dense_resource<logits_kernel_1> : tensor<18x3xi8> bias = dense<[19968, 39936, 59904]> : tensor<3xi32> {bias_shift = dense<[8, 9, 9]> : tensor<3xi32>, buffer_bitwidth = 28 : i64, fixed = #qml.fixed<value_bits = 27, frac_bits = 6, scale = dense<0.00320527982> : tensor<3xf32>>, kernel_scales = dense<0.00320527982> : tensor<3xf32>, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x18xi8> -> tensor<?x3xi32>
    %14 = qml.dequantizer "dequantizer"(%13) : tensor<?x3xi32> -> tensor<?x3xf32>
    return %14 : tensor<?x3xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      conv_kernel: "0x010000007FE0207F",
      dw_kernel: "0x010000007F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F",
      next_kernel: "0x010000007F7F7F7F",
      logits_kernel_1: "0x010000007F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F"
    }
  }
#-}

