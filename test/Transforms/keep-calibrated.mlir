// RUN: qml-opt %s --qml-keep-calibrated | FileCheck %s
// RUN: qml-opt %s --qml-keep-calibrated --qml-keep-calibrated | FileCheck %s

// The calibrated network stays as it is when the other becomes integer.
// RUN: qml-opt %s --qml-keep-calibrated --qml-equalize --qml-to-integer | FileCheck %s --check-prefix=INTEGER

// CHECK:      module @model {
// CHECK-NEXT:   func.func @main(
// CHECK:          qml.output_quantizer{{.*}}{range_max = dense<3.000000e+00>
// CHECK:        module @calibrated {
// CHECK-NEXT:     func.func @main(
// CHECK-NEXT:       qml.rescaling
// CHECK-NEXT:       qml.dense "a"
// CHECK-NEXT:       qml.output_quantizer{{.*}}{range_max = dense<3.000000e+00>
// CHECK-NEXT:       qml.dense "b"
// CHECK-NOT:    module

// INTEGER:      module @model {
// INTEGER-NEXT:   func.func @main(
// INTEGER:          qml.output_quantizer{{.*}} rescaling_rate
// INTEGER:          qml.dense "b"{{.*}} -> tensor<?x1xi32
// INTEGER:        module @calibrated {
// INTEGER-NEXT:     func.func @main(
// INTEGER-NOT:        rescaling_rate
// INTEGER:            qml.dense "b"{{.*}} kernel = dense<1.000000e+00>
module @model {
  func.func @main(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
    %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
    %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x2xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
        : tensor<?x2xf32> -> tensor<?x2xf32>
    %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<3.0> : tensor<f32>}
        : tensor<?x2xf32> -> tensor<?x2xf32>
    %3 = qml.dense "b" (%2) kernel = dense<1.0> : tensor<2x1xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
        : tensor<?x2xf32> -> tensor<?x1xf32>
    %4 = qml.dequantizer "dequantizer" (%3) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %4 : tensor<?x1xf32>
  }
}
