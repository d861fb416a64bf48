// Transposed convolutions for the hardware: those that double an image.

// RUN: qml-opt %s --split-input-file --verify-diagnostics --qml-to-integer \
// RUN:   --convert-qml-to-akida | FileCheck %s

// CHECK-LABEL: akida.model @doubled
// CHECK:      %[[A:.*]] = akida.conv2d "a"
// CHECK:      %[[B:.*]] = akida.conv2d_transpose "b"(%[[A]]) filters = 3 kernel_size = 3
// CHECK-SAME:   activation = relu
// CHECK-SAME:   -> tensor<?x4x6x3xi8>
// CHECK:      akida.depthwise_conv2d_transpose "c"(%[[B]]) kernel_size = 4
// CHECK-SAME:   -> tensor<?x8x12x3xi8>
module @doubled {
  func.func @main(%image: tensor<?x2x3x2xf32>) -> tensor<?x8x12x1xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %b = qml.conv_2d_transpose "b" (%qa) kernel = dense<0.5> : tensor<3x3x2x3xf32> strides = [2, 2] padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x3x2xf32> -> tensor<?x4x6x3xf32>
    %r = qml.relu "r" (%b) {buffer_bitwidth = 32 : i64} : tensor<?x4x6x3xf32> -> tensor<?x4x6x3xf32>
    %qb = qml.output_quantizer (%r) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x4x6x3xf32> -> tensor<?x4x6x3xf32>
    %c = qml.depthwise_conv_2d_transpose "c" (%qb) kernel = dense<0.5> : tensor<4x4x3x1xf32>
        strides = [2, 2] padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x4x6x3xf32> -> tensor<?x8x12x3xf32>
    %qc = qml.output_quantizer (%c) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x8x12x3xf32> -> tensor<?x8x12x3xf32>
    %d = qml.conv_2d "d" (%qc) kernel = dense<0.5> : tensor<1x1x3x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x8x12x3xf32> -> tensor<?x8x12x1xf32>
    %e = qml.dequantizer "e" (%d) : tensor<?x8x12x1xf32> -> tensor<?x8x12x1xf32>
    return %e : tensor<?x8x12x1xf32>
  }
}

// -----

module @stride {
  func.func @main(%image: tensor<?x2x3x2xf32>) -> tensor<?x12x18x1xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    // expected-error @+1 {{layer 'b': Akida 2.0 takes transposed convolutions with stride 2 and padding 'same', whose result has twice the extents; found stride 3x3, padding 'same' and a result of 6x9 cells of 2x3}}
    %b = qml.conv_2d_transpose "b" (%qa) kernel = dense<0.5> : tensor<3x3x2x3xf32> strides = [3, 3] padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x3x2xf32> -> tensor<?x6x9x3xf32>
    %r = qml.relu "r" (%b) {buffer_bitwidth = 32 : i64} : tensor<?x6x9x3xf32> -> tensor<?x6x9x3xf32>
    %qb = qml.output_quantizer (%r) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x6x9x3xf32> -> tensor<?x6x9x3xf32>
    %c = qml.depthwise_conv_2d_transpose "c" (%qb) kernel = dense<0.5> : tensor<4x4x3x1xf32>
        strides = [2, 2] padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x6x9x3xf32> -> tensor<?x12x18x3xf32>
    %qc = qml.output_quantizer (%c) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x12x18x3xf32> -> tensor<?x12x18x3xf32>
    %d = qml.conv_2d "d" (%qc) kernel = dense<0.5> : tensor<1x1x3x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x12x18x3xf32> -> tensor<?x12x18x1xf32>
    %e = qml.dequantizer "e" (%d) : tensor<?x12x18x1xf32> -> tensor<?x12x18x1xf32>
    return %e : tensor<?x12x18x1xf32>
  }
}

// -----

module @valid {
  func.func @main(%image: tensor<?x2x3x2xf32>) -> tensor<?x10x14x1xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x2x3x2xf32> -> tensor<?x2x3x2xf32>
    // expected-error @+1 {{layer 'b': Akida 2.0 takes transposed convolutions with stride 2 and padding 'same', whose result has twice the extents; found stride 2x2, other padding and a result of 5x7 cells of 2x3}}
    %b = qml.conv_2d_transpose "b" (%qa) kernel = dense<0.5> : tensor<3x3x2x3xf32> strides = [2, 2] padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x3x2xf32> -> tensor<?x5x7x3xf32>
    %r = qml.relu "r" (%b) {buffer_bitwidth = 32 : i64} : tensor<?x5x7x3xf32> -> tensor<?x5x7x3xf32>
    %qb = qml.output_quantizer (%r) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x5x7x3xf32> -> tensor<?x5x7x3xf32>
    %c = qml.depthwise_conv_2d_transpose "c" (%qb) kernel = dense<0.5> : tensor<4x4x3x1xf32>
        strides = [2, 2] padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x5x7x3xf32> -> tensor<?x10x14x3xf32>
    %qc = qml.output_quantizer (%c) bitwidth = 8 per_tensor {range_max = dense<8.0> : tensor<f32>}
        : tensor<?x10x14x3xf32> -> tensor<?x10x14x3xf32>
    %d = qml.conv_2d "d" (%qc) kernel = dense<0.5> : tensor<1x1x3x1xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x10x14x3xf32> -> tensor<?x10x14x1xf32>
    %e = qml.dequantizer "e" (%d) : tensor<?x10x14x1xf32> -> tensor<?x10x14x1xf32>
    return %e : tensor<?x10x14x1xf32>
  }
}
