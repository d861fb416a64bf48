// RUN: qml-opt %s --qml-lower | FileCheck %s --check-prefixes=CHECK,RESCALING --implicit-check-not=calibrated
// RUN: qml-opt %s --qml-lower=fold-rescaling=true | FileCheck %s --check-prefixes=CHECK,FOLDED
// RUN: qml-opt %s --qml-lower=keep-float=true | FileCheck %s --check-prefixes=CHECK,KEPT

// It is these passes.
// RUN: qml-opt %s --qml-lower="keep-float=true fold-rescaling=true" -o %t.pipeline.mlir
// RUN: qml-opt %s --qml-keep-calibrated --qml-fold-zero-points --qml-equalize --qml-to-integer --qml-fold-rescaling \
// RUN:   | diff %t.pipeline.mlir -

// The zero point -1 gives the bias -1 * 0.5 * (1 + 1), which is -128 / 2^6 * 0.5. Of
// 3 with 2 bits 1.5 is left: the next kernel becomes 2.
// CHECK-LABEL:    func.func @main(
// CHECK-NEXT:     qml.input_quantizer {{.*}} zero_points = dense<64> : tensor<i32>
// RESCALING-NEXT: qml.rescaling
// FOLDED-NEXT:    qml.dense "a"(%input_quantizer)
// KEPT-NEXT:      qml.rescaling
// CHECK:          bias = dense<-128> : tensor<2xi8>
// CHECK:          qml.output_quantizer{{.*}}range_max = dense<1.500000e+00> : tensor<f32>, rescaling_rate = dense<5.000000e-01> : tensor<f32>
// CHECK-NEXT:     qml.dense "b"{{.*}} kernel = dense<1> : tensor<2x1xi8>{{.*}} kernel_scales = dense<2.000000e+00>
// CHECK:          return
// KEPT:           module @calibrated
// KEPT-NEXT:      func.func @main(
// KEPT:           qml.dense "b"{{.*}} kernel = dense<1.000000e+00>
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 unsigned per_tensor
      {range_min = dense<-1.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.rescaling "rescale" (%0) scale = [0.5] : tensor<?x2xf32> -> tensor<?x2xf32>
  %2 = qml.dense "a" (%1) kernel = dense<1.0> : tensor<2x2xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %3 = qml.output_quantizer (%2) bitwidth = 2 per_tensor {range_max = dense<3.0> : tensor<f32>}
      : tensor<?x2xf32> -> tensor<?x2xf32>
  %4 = qml.dense "b" (%3) kernel = dense<1.0> : tensor<2x1xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x1xf32>
  %5 = qml.dequantizer "dequantizer" (%4) : tensor<?x1xf32> -> tensor<?x1xf32>
  return %5 : tensor<?x1xf32>
}
