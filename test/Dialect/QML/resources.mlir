// Resources that match their types, in each place that may hold one: text,
// bytecode and back. In text their data comes after their first use; inside
// encodings they have to survive the binary form.

// RUN: qml-opt %s | qml-opt | FileCheck %s
// RUN: qml-opt %s --emit-bytecode | qml-opt | FileCheck %s
// What is elided can't be read again: no round trip here, by naming the path.
// RUN: %qml_build_root/bin/qml-opt %s --mlir-elide-resource-strings-if-larger=10 | FileCheck %s --check-prefix=ELIDED

// CHECK-DAG: #[[INTS:fixed[0-9]*]] = #qml.fixed<value_bits = 7, frac_bits = dense_resource<ints> : tensor<2xi32>>
// CHECK-DAG: #[[SUM:fixed[0-9]*]] = #qml.fixed<value_bits = 30, frac_bits = 2, scale = dense_resource<vector> : tensor<2xf32>>

// CHECK-LABEL: func @float(
func.func @float(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK: qml.dense "a"(%{{.*}}) kernel = dense_resource<kernel> : tensor<2x2xf32> bias = dense_resource<vector> : tensor<2xf32> :
  // ELIDED: kernel = dense_resource<kernel> : tensor<2x2xf32>
  %0 = qml.dense "a" (%x) kernel = dense_resource<kernel> : tensor<2x2xf32>
      bias = dense_resource<vector> : tensor<2xf32> : tensor<?x2xf32> -> tensor<?x2xf32>
  // CHECK: qml.batch_norm "b"(%{{.*}}) gamma = dense_resource<vector> : tensor<2xf32>
  %1 = qml.batch_norm "b" (%0) gamma = dense_resource<vector> : tensor<2xf32>
      beta = dense_resource<vector> : tensor<2xf32> mean = dense_resource<vector> : tensor<2xf32>
      variance = dense_resource<vector> : tensor<2xf32> epsilon = 1.0
      : tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// CHECK-LABEL: func @integer(
// CHECK-SAME: tensor<?x3x2xi8, #[[INTS]]>
func.func @integer(%x: tensor<?x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<ints> : tensor<2xi32>>>) -> tensor<?x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<ints> : tensor<2xi32>>> {
  // CHECK: qml.dense "a"
  // CHECK-SAME: kernel = dense_resource<bytes> : tensor<2x2xi8>
  // CHECK-SAME: input_shift = dense_resource<shifts> : tensor<2xi32>, kernel_scales = dense_resource<vector> : tensor<2xf32>
  // CHECK-SAME: : tensor<?x3x2xi8, #[[INTS]]> -> tensor<?x3x2xi32, #[[SUM]]>
  %0 = qml.dense "a" (%x) kernel = dense_resource<bytes> : tensor<2x2xi8>
      {kernel_scales = dense_resource<vector> : tensor<2xf32>, buffer_bitwidth = 32 : i64,
       input_shift = dense_resource<shifts> : tensor<2xi32>}
      : tensor<?x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<ints> : tensor<2xi32>>> -> tensor<?x3x2xi32, #qml.fixed<value_bits = 30, frac_bits = 2, scale = dense_resource<vector> : tensor<2xf32>>>
  // CHECK: range_max = dense_resource<vector> : tensor<2xf32>, shift = dense_resource<ints> : tensor<2xi32>
  // CHECK-SAME: -> tensor<?x3x2xi8, #[[INTS]]>
  %1 = qml.output_quantizer (%0) bitwidth = 8 per_axis
      {range_max = dense_resource<vector> : tensor<2xf32>, shift = dense_resource<ints> : tensor<2xi32>}
      : tensor<?x3x2xi32, #qml.fixed<value_bits = 30, frac_bits = 2, scale = dense_resource<vector> : tensor<2xf32>>> -> tensor<?x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<ints> : tensor<2xi32>>>
  return %1 : tensor<?x3x2xi8, #qml.fixed<value_bits = 7, frac_bits = dense_resource<ints> : tensor<2xi32>>>
}

// CHECK-DAG: bytes: "0x0100000001020304"
// CHECK-DAG: ints: "0x040000000100000002000000"
// CHECK-DAG: kernel: "0x040000000000803F000000400000803F00000040"
// CHECK-DAG: shifts: "0x040000000100000000000000"
// CHECK-DAG: vector: "0x040000000000803F00000040"
// ELIDED-NOT: 803F
{-#
  dialect_resources: {
    builtin: {
      bytes: "0x0100000001020304",
      ints: "0x040000000100000002000000",
      kernel: "0x040000000000803F000000400000803F00000040",
      shifts: "0x040000000100000000000000",
      vector: "0x040000000000803F00000040"
    }
  }
#-}
