// Integers that the variables of the hardware can't hold are refused, whatever
// quantizers say; cut ones would be another network.

// RUN: qml-opt %s --verify-diagnostics --split-input-file --convert-qml-to-akida

// Biases that 8 bits can't hold.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': biases and maxima of 11 bits (bias): Akida 2.0 layers take 1 to 8}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8> bias = dense<[1000, 5]> : tensor<2xi32>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}

// -----

// Or only below zero.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': biases and maxima of 9 bits (bias): Akida 2.0 layers take 1 to 8}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8> bias = dense<[-128, -129]> : tensor<2xi32>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}

// -----

// Maxima that 8 bits can't hold.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>> {
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  // expected-error @+1 {{layer 'relu': biases and maxima of 9 bits (quantized_max_value): Akida 2.0 layers take 1 to 8}}
  %1 = qml.relu "relu" (%0) max_value = 6.0
      {buffer_bitwidth = 32 : i64, quantized_max_value = dense<256> : tensor<i16>, max_value_shift = dense<0> : tensor<i64>}
      : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>
  return %1 : tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>
}

// -----

// Scales that 8 bits can't hold.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': output scales of 9 bits (scales): Akida 2.0 layers take 1 to 8; use scales of 8 bits (last-output-bits below 16)}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {scales = dense<[255, 300]> : tensor<2xi32>,
       scales_frac_bits = dense<1> : tensor<i32>, shift = dense<-3> : tensor<i32>}
      : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %1 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}
