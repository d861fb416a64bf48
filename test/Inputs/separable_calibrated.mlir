module @separable {
  func.func @main(%arg0: tensor<?x6x6x2xf32> {qml.name = "image"}) -> tensor<?x3x3x2xf32> {
    %0 = qml.input_quantizer "input_quantizer"(%arg0) bitwidth = 8 per_axis {range_max = dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf32>, range_min = dense<-1.000000e+00> : tensor<2xf32>} : tensor<?x6x6x2xf32> -> tensor<?x6x6x2xf32>
    %1 = qml.separable_conv_2d "first"(%0) depthwise_kernel = dense<5.000000e-01> : tensor<3x3x2x1xf32> pointwise_kernel = dense<[[[[5.000000e-01, -2.500000e-01, 1.000000e+00], [1.250000e-01, 1.000000e+00, 5.000000e-01]]]]> : tensor<1x1x2x3xf32> bias = dense<[1.000000e-01, -2.000000e-01, 3.000000e-01]> : tensor<3xf32> strides = [2, 2] padding = same {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>, pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x6x6x2xf32> -> tensor<?x3x3x3xf32>
    %2 = qml.output_quantizer(%1) bitwidth = 8 per_axis {range_max = dense<[5.000000e-01, 3.000000e+00, 1.500000e+00]> : tensor<3xf32>} : tensor<?x3x3x3xf32> -> tensor<?x3x3x3xf32>
    %3 = qml.separable_conv_2d "second"(%2) depthwise_kernel = dense<2.500000e-01> : tensor<2x2x3x1xf32> pointwise_kernel = dense<7.500000e-01> : tensor<1x1x3x2xf32> dilations = [2, 1] padding = same {buffer_bitwidth = 24 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>, pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 10, per_tensor>} : tensor<?x3x3x3xf32> -> tensor<?x3x3x2xf32>
    %4 = qml.dequantizer "dequantizer"(%3) : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    return %4 : tensor<?x3x3x2xf32>
  }
}
