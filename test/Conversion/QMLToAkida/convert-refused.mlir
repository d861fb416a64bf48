// RUN: qml-opt %s --verify-diagnostics --split-input-file --convert-qml-to-akida

// Integer networks that no calibration makes, and what is none.

// Float networks.
// expected-error @+1 {{the network is not in integers; quantize it first (qml quantize), or ask what the hardware couldn't do (qml convert --check, or the pass --akida-check)}}
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.dense "fc" (%x) kernel = dense<1.0> : tensor<2x2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// Calibrated ones are float networks.
// expected-error @+1 {{the network is not in integers; quantize it first (qml quantize), or ask what the hardware couldn't do (qml convert --check, or the pass --akida-check)}}
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<1.0> : tensor<f32>} : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<2x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Modules without a network.
// expected-error @+1 {{a network is one function of one block with qml layers; found 0 of them}}
module {}

// -----

// Shifts of inputs.
func.func @main(%x: tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[32, 0]> : tensor<2xi32>>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 32>> {
  // expected-error @+1 {{layer 'fc': shift 32 (input_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>,
       input_shift = dense<[0, 32]> : tensor<2xi32>} : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[32, 0]> : tensor<2xi32>>> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 32>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 32>>
}

// -----

// Shifts of biases.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': shift 40 (bias_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8> bias = dense<0> : tensor<2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>,
       bias_shift = dense<[40, 0]> : tensor<2xi32>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}

// -----

// Shifts of maxima.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>> {
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  // expected-error @+1 {{layer 'relu': shift 33 (max_value_shift): Akida 2.0 layers shift by 0 to 31}}
  %1 = qml.relu "relu" (%0) max_value = 6.0
      {buffer_bitwidth = 32 : i64, quantized_max_value = dense<0> : tensor<i16>, max_value_shift = dense<33> : tensor<i64>}
      : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>
  return %1 : tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 0>>
}

// -----

// Shifts of results to the left.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': shift 32 (shift): Akida 2.0 layers shift by -31 to 31}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_tensor
      {shift = dense<[3, 32]> : tensor<2xi32>}
      : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
  return %1 : tensor<?x2xi8, #qml.fixed<value_bits = 7, frac_bits = 0>>
}

// -----

// Shifts of sums.
func.func @main(%x: tensor<?x2x2x2xi8>) -> tensor<?x2x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>> {
  // expected-error @+2 {{layer 'add': shift 32 (a_shift): Akida 2.0 layers shift by 0 to 31}}
  // expected-error @+1 {{layer 'add': shift 33 (b_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = qml.add "add" (%x, %x)
      {a_shift = dense<32> : tensor<i32>, b_shift = dense<33> : tensor<i32>, buffer_bitwidth = 32 : i64}
      : tensor<?x2x2x2xi8>, tensor<?x2x2x2xi8> -> tensor<?x2x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
  return %0 : tensor<?x2x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = 0>>
}

// -----

// Shifts of flattened inputs.
func.func @main(%x: tensor<?x1x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[35, 0]> : tensor<2xi32>>>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 35>> {
  // expected-error @+1 {{layer 'flatten': shift 35 (input_shift): Akida 2.0 layers shift by 0 to 31}}
  %0 = qml.flatten "flatten" (%x)
      {input_shift = dense<[0, 35]> : tensor<2xi32>}
      : tensor<?x1x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[35, 0]> : tensor<2xi32>>> -> tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = 35>>
  %1 = qml.dense "fc" (%0) kernel = dense<1> : tensor<4x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = 35>> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 35>>
  return %1 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 35>>
}

// -----

// A convolution of one network that has no integers after.
// expected-error @+1 {{the network is not in integers; quantize it first (qml quantize), or ask what the hardware couldn't do (qml convert --check, or the pass --akida-check)}}
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.dequantizer "dequantizer" (%x) : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = qml.dense "fc" (%0) kernel = dense<1.0> : tensor<2x2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// Weights whose bits nobody says.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': it has no 'weight_quantizer', which says the bits of its weights; quantize the network}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}

// -----

// Weights of more bits than their quantizer says.
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  // expected-error @+1 {{layer 'fc': weights of 16 bits: Akida 2.0 layers take 4 or 8}}
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi16>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}

// -----

// A dequantizer of the input.
// expected-error @+1 {{results that leave the integers 2: Akida 2.0 networks have one result; end it with one dequantizer}}
func.func @main(%x: tensor<?x2xi8>) -> tensor<?x2xf32> {
  %0 = qml.dense "fc" (%x) kernel = dense<1> : tensor<2x2xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<f32>,
       weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>} : tensor<?x2xi8> -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  %1 = qml.dequantizer "dequantizer" (%x) : tensor<?x2xi8> -> tensor<?x2xf32>
  %2 = qml.dequantizer "dequantizer_1" (%0) : tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'add': it comes after layers that run in float; 1 layer would be left out: add (Add); end the network before, change what can't be quantized (qml quantize --strict names it), or allow it with --float-tail}}
  %3 = qml.add "add" (%1, %2) : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}

// -----

// Models that were converted before.
// expected-error @+1 {{the module holds a model for Akida already: it was converted}}
module {
  akida.model @model version = v2 input = "x" {
  ^bb0(%x: tensor<?x1x1x4xi8>):
    %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
    akida.return %0 : tensor<?x1x1x4xi8>
  }
}
