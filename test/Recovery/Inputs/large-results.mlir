// Sums of the second channel leave float32 before the ReLU cuts them off.
func.func @main(%x: tensor<?x9x11x3xf32>) -> tensor<?x9x11x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<0.0> : tensor<f32>}
      : tensor<?x9x11x3xf32> -> tensor<?x9x11x3xf32>
  %1 = qml.dense "sums" (%0) kernel = dense<[[1.0, 3.0e38], [1.0, 3.0e38], [1.0, 3.0e38]]> : tensor<3x2xf32>
      {buffer_bitwidth = 32 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x9x11x3xf32> -> tensor<?x9x11x2xf32>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x9x11x2xf32> -> tensor<?x9x11x2xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 8 per_tensor
      {range_max = dense<6.0> : tensor<f32>}
      : tensor<?x9x11x2xf32> -> tensor<?x9x11x2xf32>
  %4 = qml.dequantizer "dequantizer" (%3) : tensor<?x9x11x2xf32> -> tensor<?x9x11x2xf32>
  return %4 : tensor<?x9x11x2xf32>
}
