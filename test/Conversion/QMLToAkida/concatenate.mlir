// Concatenations for the hardware: two images at a time, of one number of bits
// and one sign.

// RUN: qml-opt %s --split-input-file --verify-diagnostics --qml-to-integer \
// RUN:   --convert-qml-to-akida | FileCheck %s

// The last of a chain has the layer's name.
// CHECK-LABEL: akida.model @three
// CHECK:      %[[A:.*]] = akida.conv2d "a"
// CHECK:      %[[B:.*]] = akida.conv2d "b"
// CHECK:      %[[FIRST:.*]] = akida.concatenate "c_1"(%[[A]], %[[B]])
// CHECK-SAME:   -> tensor<?x2x2x3xi8>
// CHECK-NEXT: %[[LAST:.*]] = akida.concatenate "c"(%[[FIRST]], %[[A]])
// CHECK-SAME:   -> tensor<?x2x2x5xi8>
// CHECK-NEXT: akida.conv2d "d"(%[[LAST]])
// The channels keep their binary points, which the next layer aligns.
// CHECK-SAME: input_shift = dense<[3, 3, 0, 3, 3]> : tensor<5xui8>
module @three {
  func.func @main(%image: tensor<?x2x2x2xf32>) -> tensor<?x2x2x1xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %b = qml.conv_2d "b" (%x) kernel = dense<0.5> : tensor<1x1x2x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x1xf32>
    %qb = qml.output_quantizer (%b) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    %c = qml.concatenate "c" (%qa, %qb, %qa)
        : tensor<?x2x2x2xf32>, tensor<?x2x2x1xf32>, tensor<?x2x2x2xf32> -> tensor<?x2x2x5xf32>
    %d = qml.conv_2d "d" (%c) kernel = dense<0.5> : tensor<1x1x5x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x5xf32> -> tensor<?x2x2x1xf32>
    %e = qml.dequantizer "e" (%d) : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    return %e : tensor<?x2x2x1xf32>
  }
}

// -----

// Bits that differ: of a chain, too, and before integers.
module @bits {
  func.func @main(%image: tensor<?x2x2x2xf32>) -> tensor<?x2x2x1xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %b = qml.conv_2d "b" (%x) kernel = dense<0.5> : tensor<1x1x2x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x1xf32>
    %r = qml.relu "r" (%b) {buffer_bitwidth = 32 : i64} : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    %qb = qml.output_quantizer (%r) bitwidth = 4 unsigned per_tensor {range_max = dense<1.0> : tensor<f32>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    %c = qml.concatenate "c" (%qa, %qa) : tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32> -> tensor<?x2x2x4xf32>
    // expected-error @+1 {{layer 'c_2': inputs of signed integers of 8 bits and unsigned integers of 4 bits: Akida 2.0 concatenations take images of the same height, width, bits and sign; give the layers before it the same output bits}}
    %c2 = qml.concatenate "c_2" (%c, %qb) : tensor<?x2x2x4xf32>, tensor<?x2x2x1xf32> -> tensor<?x2x2x5xf32>
    %d = qml.conv_2d "d" (%c2) kernel = dense<0.5> : tensor<1x1x5x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x5xf32> -> tensor<?x2x2x1xf32>
    %e = qml.dequantizer "e" (%d) : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    return %e : tensor<?x2x2x1xf32>
  }
}
