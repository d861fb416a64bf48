// What can't be looked up, or multiplied.

// RUN: qml-opt %s --split-input-file --verify-diagnostics --qml-to-integer

func.func @per_axis(%image: tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xf32> {
  %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_axis
      {range_max = dense<[1.0, 8.0]> : tensor<2xf32>, range_min = dense<-1.0> : tensor<2xf32>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  // expected-error @+1 {{layer 'f': it looks its input up in a table, which takes one binary point for all channels; quantize the input per tensor (--per-tensor-activations, or "axis": "per-tensor" in the configuration)}}
  %f = qml.activation "f" (%x) function = tanh : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  %e = qml.dequantizer "e" (%f) : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %e : tensor<?x2x2x2xf32>
}

// -----

func.func @overflow(%image: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
      {range_max = dense<128.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'f': its function gives inf for 89, which its input can come to; tables hold finite results}}
  %f = qml.activation "f" (%x) function = exponential : tensor<?x2xf32> -> tensor<?x2xf32>
  %e = qml.dequantizer "e" (%f) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %e : tensor<?x2xf32>
}

// -----

func.func @wide(%image: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %d = qml.dense "d" (%x) kernel = dense<0.5> : tensor<2x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %q = qml.output_quantizer (%d) bitwidth = 17 per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'f': it looks up an input of 16 value bits; tables are for at most 15: use fewer bits before it}}
  %f = qml.activation "f" (%q) function = tanh : tensor<?x2xf32> -> tensor<?x2xf32>
  %e = qml.dequantizer "e" (%f) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %e : tensor<?x2xf32>
}

// -----

func.func @scale(%image: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %d = qml.dense "d" (%x) kernel = dense<0.5> : tensor<2x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'p': layers of class Multiply take inputs in fixed point; the result of layer 'd' has a scale: give that layer an output quantizer, or put a Conv2D layer between}}
  %p = qml.multiply "p" (%d, %d) : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  %e = qml.dequantizer "e" (%p) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %e : tensor<?x2xf32>
}
