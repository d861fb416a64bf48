// RUN: qml-opt %s --qml-to-integer -verify-diagnostics

func.func @scale(%x: tensor<?x2xf32>) -> tensor<?x4xf32> {
  %q = qml.input_quantizer "q" (%x) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %a = qml.dense "a" (%q) kernel = dense<0.5> : tensor<2x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  // expected-error @+1 {{layer 'c': layers of class Concatenate take inputs in fixed point; the result of layer 'a' has a scale: give that layer an output quantizer}}
  %c = qml.concatenate "c" (%q, %a) : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  %d = qml.dequantizer "d" (%c) : tensor<?x4xf32> -> tensor<?x4xf32>
  return %d : tensor<?x4xf32>
}
