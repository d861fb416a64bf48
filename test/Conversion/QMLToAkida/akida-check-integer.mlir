// Integer networks are checked as such without any quantizer or dequantizer, too:
// without a word on what float inputs would be quantized to.

// RUN: qml-opt %s --verify-diagnostics --akida-check
// RUN: qml-opt %s --verify-diagnostics --akida-check=version=1

func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 4, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}
