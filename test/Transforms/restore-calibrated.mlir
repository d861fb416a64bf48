// A calibrated form that was kept is the same when it comes back, also from
// large weights, which the integer network replaced; and it is there again.

// RUN: qml-opt %s --qml-keep-calibrated -o %t.kept.mlir
// RUN: qml-opt %s --qml-keep-calibrated --qml-equalize --qml-to-integer --qml-restore-calibrated -o %t.restored.mlir
// RUN: diff %t.kept.mlir %t.restored.mlir
// RUN: qml-opt %s --qml-keep-calibrated --qml-equalize --qml-to-integer -o %t.integer.mlir
// RUN: qml-opt %t.integer.mlir --qml-restore-calibrated --qml-equalize --qml-to-integer -o %t.again.mlir
// RUN: FileCheck %s < %t.again.mlir
// RUN: qml-opt %t.again.mlir --qml-restore-calibrated | FileCheck %s --check-prefix=RESTORED

// CHECK:      func.func @main(
// CHECK:      qml.dense "b"({{.*}}) kernel = dense_resource<{{.*}}> : tensor<20x1xi8>
// CHECK:      module @calibrated
// CHECK:      qml.dense "b"({{.*}}) kernel = dense_resource<{{.*}}> : tensor<20x1xf32>
// RESTORED:      func.func @main(
// RESTORED:      qml.dense "b"({{.*}}) kernel = dense_resource<{{.*}}> : tensor<20x1xf32>
// RESTORED:      module @calibrated
// RESTORED:      qml.dense "b"({{.*}}) kernel = dense_resource<{{.*}}> : tensor<20x1xf32>

// RUN: not qml-opt %s --qml-restore-calibrated 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: the network is quantized, and the file carries no calibrated form to quantize again; quantize the float network with --keep-float to have one

module {
  func.func @main(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
    %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
    %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x20xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
        : tensor<?x2xf32> -> tensor<?x20xf32>
    %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<3.0> : tensor<f32>}
        : tensor<?x20xf32> -> tensor<?x20xf32>
    %3 = qml.dense "b" (%2) kernel = dense_resource<weights> : tensor<20x1xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
        : tensor<?x20xf32> -> tensor<?x1xf32>
    %4 = qml.dequantizer "dequantizer" (%3) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %4 : tensor<?x1xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F"
    }
  }
#-}
