// RUN: qml-opt %s --qml-fold-rescaling | FileCheck %s

// CHECK-LABEL: func @integer(
func.func @integer(%x: tensor<?x2xui8>) -> tensor<?x1xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.25> : tensor<1xf32>>> {
  // CHECK-NEXT: qml.dense "a"(%arg0) {{.*}} kernel_scales = dense<2.500000e-01> : tensor<1xf32>} : tensor<?x2xui8> -> tensor<?x1xi32
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x2xui8> -> tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  %1 = qml.dense "a" (%0) kernel = dense<1> : tensor<2x1xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<0.5> : tensor<1xf32>}
      : tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> -> tensor<?x1xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.25> : tensor<1xf32>>>
  return %1 : tensor<?x1xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<0.25> : tensor<1xf32>>>
}

// CHECK-LABEL: func @float(
func.func @float(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
  // CHECK-NEXT: qml.rescaling
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  %1 = qml.dense "a" (%0) kernel = dense<1.0> : tensor<2x1xf32>
      : tensor<?x2xf32> -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// A dequantizer needs to know the scale.
// CHECK-LABEL: func @other_layer(
func.func @other_layer(%x: tensor<?x2xui8>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.rescaling
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x2xui8> -> tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  %1 = qml.dequantizer "dequantizer" (%0) : tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}

// So does who gets the network's result.
// CHECK-LABEL: func @result(
func.func @result(%x: tensor<?x2xui8>) -> tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>> {
  // CHECK-NEXT: qml.rescaling
  %0 = qml.rescaling "rescale" (%x) scale = [0.5]
      : tensor<?x2xui8> -> tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
  return %0 : tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<0.5> : tensor<f32>>>
}
