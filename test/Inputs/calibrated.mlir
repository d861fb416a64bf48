module @small {
  func.func @main(%arg0: tensor<?x6x6x2xui8> {qml.name = "image"}) -> tensor<?x3xf32> {
    %0 = qml.rescaling "rescale"(%arg0) scale = [3.900000e-03] : tensor<?x6x6x2xui8> -> tensor<?x6x6x2xf32>
    %1 = qml.conv_2d "conv"(%0) kernel = dense<[[[[5.000000e-01, -2.500000e-01], [1.250000e-01, 1.000000e+00]]]]> : tensor<1x1x2x2xf32> bias = dense<[1.000000e-01, -2.000000e-01]> : tensor<2xf32> strides = [2, 2] padding = same {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x6x6x2xf32> -> tensor<?x3x3x2xf32>
    %2 = qml.relu "relu"(%1) max_value = 6.000000e+00 {buffer_bitwidth = 32 : i64} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %3 = qml.output_quantizer(%2) bitwidth = 8 per_axis {range_max = dense<[0.687437474, 7.194250e-01]> : tensor<2xf32>} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %4 = qml.depthwise_conv_2d "dw"(%3) kernel = dense<5.000000e-01> : tensor<3x3x2x1xf32> padding = same {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -2>} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %5 = qml.output_quantizer(%4) bitwidth = 8 per_axis {range_max = dense<[2.22498751, 1.71549988]> : tensor<2xf32>} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %6 = qml.add "add"(%3, %5) {buffer_bitwidth = 32 : i64} : tensor<?x3x3x2xf32>, tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %7 = qml.output_quantizer(%6) bitwidth = 8 per_axis {range_max = dense<[2.70718741, 2.14729977]> : tensor<2xf32>} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %8 = qml.conv_2d "next"(%7) kernel = dense<7.500000e-01> : tensor<1x1x2x2xf32> padding = valid {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %9 = qml.max_pool_2d "pool"(%8) pool_size = [2, 2] strides = [1, 1] padding = same : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %10 = qml.relu "relu_1"(%9) {buffer_bitwidth = 32 : i64} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %11 = qml.output_quantizer(%10) bitwidth = 8 per_axis {range_max = dense<3.24384356> : tensor<2xf32>} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
    %12 = qml.flatten "flatten"(%11) : tensor<?x3x3x2xf32> -> tensor<?x18xf32>
    %13 = qml.dense "logits"(%12) kernel = dense<2.500000e-01> : tensor<18x3xf32> bias = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32> {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>} : tensor<?x18xf32> -> tensor<?x3xf32>
    %14 = qml.dequantizer "dequantizer"(%13) : tensor<?x3xf32> -> tensor<?x3xf32>
    return %14 : tensor<?x3xf32>
  }
}

