// RUN: qml-opt %s -verify-diagnostics -split-input-file

//===----------------------------------------------------------------------===//
// dense
//===----------------------------------------------------------------------===//

// dense_c1
func.func @dense_c1(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a kernel for 5 inputs; the input's last axis has 4}}
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<5x2xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// dense_c2
func.func @dense_c2_rank(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a kernel of type 'tensor<4xf32>'; it must be (in, out), none of them zero}}
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<4xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// dense_c2
func.func @dense_c2_empty(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a kernel of type 'tensor<4x0xf32>'; it must be (in, out), none of them zero}}
  %0 = qml.dense "a" (%x) kernel = dense<> : tensor<4x0xf32>
      : tensor<?x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// dense_c3
func.func @dense_c3(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{'qml.dense' op has a result of shape ?x3; its operands give ?x2}}
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      : tensor<?x4xf32> -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// dense_c3
func.func @dense_c3_rank(%x: tensor<?x5x4xf32>) -> tensor<?x2xf32> {
  // expected-error @+1 {{'qml.dense' op has a result of shape ?x2; its operands give ?x5x2}}
  %0 = qml.dense "a" (%x) kernel = dense<0.5> : tensor<4x2xf32>
      : tensor<?x5x4xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// Three scales of inputs and five of outputs don't go together.
func.func @dense_scales(%x: tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>>>)
    -> tensor<?x5xi32, #qml.fixed<value_bits = 27, frac_bits = 0>> {
  // expected-error @+1 {{'qml.dense' op }}
  %0 = qml.dense "a" (%x) kernel = dense<1> : tensor<3x5xi8>
      {buffer_bitwidth = 28 : i64, kernel_scales = dense<1.0> : tensor<5xf32>}
      : tensor<?x3xi8, #qml.fixed<value_bits = 7, frac_bits = 0, scale = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>>>
      -> tensor<?x5xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
  return %0 : tensor<?x5xi32, #qml.fixed<value_bits = 27, frac_bits = 0>>
}
