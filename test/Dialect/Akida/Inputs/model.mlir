module {
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x2x2xf32>, %m: tensor<1x2x2x2xui8>):
  %0 = akida.quantizer "first \22\C3\A4\22" (%x) output_bits = 4
      {scales = dense<[0.1, 1.0e-30]> : tensor<2xf32>, zero_points = dense<[0, 255]> : tensor<2xui8>}
      : (tensor<?x1x2x2xf32>) -> tensor<?x1x2x2xui8>
  %1 = akida.input_data "input" (%0) input_bits = 4
      : (tensor<?x1x2x2xui8>) -> tensor<?x1x2x2xui8>
  %2, %n = akida.sequence "SW/btc-add" backend = "Software"
      -> (tensor<?x1x2x1xi8>, tensor<1x2x2x2xui8>) {
    %3, %4 = akida.buffer_temp_conv "btc" (%1, %m) filters = 1 fifo_size = 2 activation = relu
        {weights = dense_resource<weights> : tensor<1x1x4x1xi8>,
        bias_shift = dense<31> : tensor<1xui8>}
        : (tensor<?x1x2x2xui8>, tensor<1x2x2x2xui8>) -> (tensor<?x1x2x1xi8>, tensor<1x2x2x2xui8>)
    %5 = akida.conv2d "conv" (%1) filters = 1 kernel_size = 1 padding = valid buffer_bits = 20
        {weights = dense<-3> : tensor<1x1x2x1xi8>}
        : (tensor<?x1x2x2xui8>) -> tensor<?x1x2x1xi8>
    %6 = akida.add "add" (%5, %3) {output_shift = dense<-1> : tensor<1xi8>}
        : (tensor<?x1x2x1xi8>, tensor<?x1x2x1xi8>) -> tensor<?x1x2x1xi8>
    akida.yield %6, %4 : tensor<?x1x2x1xi8>, tensor<1x2x2x2xui8>
  }
  %7 = akida.dequantizer "dequantizer" (%2) : (tensor<?x1x2x1xi8>) -> tensor<?x1x2x1xf32>
  akida.return %7, %n : tensor<?x1x2x1xf32>, tensor<1x2x2x2xui8>
}
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x01000000FF018002"
    }
  }
#-}
