func.func @main(%x: tensor<?x9x11x3xf32>) -> tensor<?x9x11x3xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<0.0> : tensor<f32>}
      : tensor<?x9x11x3xf32> -> tensor<?x9x11x3xf32>
  %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x9x11x3xf32> -> tensor<?x9x11x3xf32>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x9x11x3xf32> -> tensor<?x9x11x3xf32>
  %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x9x11x3xf32> -> tensor<?x9x11x3xf32>
  return %3 : tensor<?x9x11x3xf32>
}
