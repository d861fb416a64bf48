module @separable {
  func.func @main(%arg0: tensor<?x6x6x2xf32> {qml.name = "image"}) -> tensor<?x3x3x2xf32> {
    %0 = qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 8 per_axis {range_max = dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf32>, range_min = dense<-1.000000e+00> : tensor<2xf32>} : tensor<?x6x6x2xf32> -> tensor<?x6x6x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[7, 5]> : tensor<2xi32>>>
    %1 = qml.separable_conv_2d "first"(%0) depthwise_kernel = dense_resource<first_depthwise_kernel> : tensor<3x3x2x1xi8> pointwise_kernel = dense<[[[[127, -32, 127], [32, 127, 64]]]]> : tensor<1x1x2x3xi8> bias = dense<[101, -101, 76]> : tensor<3xi8> strides = [2, 2] padding = same {bias_shift = dense<[13, 13, 14]> : tensor<3xi32>, buffer_bitwidth = 32 : i64, dw_kernel_scales = dense<0.00393700786> : tensor<f32>, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>, input_shift = dense<[0, 2]> : tensor<2xi32>, pw_kernel_scales = dense<[0.00393700786, 0.00787401571, 0.00787401571]> : tensor<3xf32>, pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x6x6x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[7, 5]> : tensor<2xi32>>> -> tensor<?x3x3x3xi64, #qml.fixed<value_bits = 31, frac_bits = 7, scale = dense<[1.55000307E-5, 3.10000614E-5, 3.10000614E-5]> : tensor<3xf32>>>
    %2 = qml.output_quantizer(%1) bitwidth = 8 per_axis {range_max = dense<[0.498046875, 1.9921875, 0.99609375]> : tensor<3xf32>, rescaling_rate = dense<[0.99609375, 0.6640625, 0.6640625]> : tensor<3xf32>, scales = dense<[130, 173, 173]> : tensor<3xi32>, scales_frac_bits = dense<23> : tensor<3xi32>, shift = dense<[-23, -24, -23]> : tensor<3xi32>} : tensor<?x3x3x3xi64, #qml.fixed<value_bits = 31, frac_bits = 7, scale = dense<[1.55000307E-5, 3.10000614E-5, 3.10000614E-5]> : tensor<3xf32>>> -> tensor<?x3x3x3xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[7, 6, 7]> : tensor<3xi32>>>
    %3 = qml.separable_conv_2d "second"(%2) depthwise_kernel = dense<[[[[5], [7], [7]], [[5], [7], [7]]], [[[5], [7], [7]], [[5], [7], [7]]]]> : tensor<2x2x3x1xi8> pointwise_kernel = dense<511> : tensor<1x1x3x2xi16> dilations = [2, 1] padding = same {buffer_bitwidth = 24 : i64, dw_kernel_scales = dense<0.0537815168> : tensor<f32>, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>, input_shift = dense<[0, 1, 0]> : tensor<3xi32>, pw_kernel_scales = dense<0.00146771036> : tensor<f32>, pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 10, per_tensor>} : tensor<?x3x3x3xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[7, 6, 7]> : tensor<3xi32>>> -> tensor<?x3x3x2xi32, #qml.fixed<value_bits = 23, frac_bits = 7, scale = dense<7.89356927E-5> : tensor<f32>>>
    %4 = qml.dequantizer "dequantizer"(%3) : tensor<?x3x3x2xi32, #qml.fixed<value_bits = 23, frac_bits = 7, scale = dense<7.89356927E-5> : tensor<f32>>> -> tensor<?x3x3x2xf32>
    return %4 : tensor<?x3x3x2xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      first_depthwise_kernel: "0x010000007F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F7F"
    }
  }
#-}

