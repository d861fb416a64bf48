// Of integers each channel keeps its binary point; the value bits are the most.
// RUN: qml-opt %s --qml-to-integer --mlir-print-local-scope \
// RUN:   | FileCheck %s
// CHECK-LABEL: func @calibrated(
// CHECK: qml.concatenate "c"({{.*}}) : tensor<?x1x1x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[7, 5]> : tensor<2xi32>>>, tensor<?x1x1x1xi8, #qml.fixed<value_bits = 4, frac_bits = 1>> -> tensor<?x1x1x3xi8, #qml.fixed<value_bits = 7, frac_bits = dense<[7, 5, 1]> : tensor<3xi32>>>
func.func @calibrated(%x: tensor<?x1x1x1xf32>) -> tensor<?x1x1x3xf32> {
  %q = qml.input_quantizer "q" (%x) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x1x1x1xf32> -> tensor<?x1x1x1xf32>
  %a = qml.conv_2d "a" (%q) kernel = dense<0.5> : tensor<1x1x1x2xf32> padding = valid
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x1x1x1xf32> -> tensor<?x1x1x2xf32>
  %qa = qml.output_quantizer (%a) bitwidth = 8 per_axis {range_max = dense<[1.0, 4.0]> : tensor<2xf32>}
      : tensor<?x1x1x2xf32> -> tensor<?x1x1x2xf32>
  %b = qml.conv_2d "b" (%q) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = valid
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
      : tensor<?x1x1x1xf32> -> tensor<?x1x1x1xf32>
  %qb = qml.output_quantizer (%b) bitwidth = 4 unsigned per_tensor {range_max = dense<7.0> : tensor<f32>}
      : tensor<?x1x1x1xf32> -> tensor<?x1x1x1xf32>
  %c = qml.concatenate "c" (%qa, %qb)
      : tensor<?x1x1x2xf32>, tensor<?x1x1x1xf32> -> tensor<?x1x1x3xf32>
  %d = qml.dequantizer "d" (%c) : tensor<?x1x1x3xf32> -> tensor<?x1x1x3xf32>
  return %d : tensor<?x1x1x3xf32>
}
