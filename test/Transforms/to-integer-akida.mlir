// The chip's rules: what the module attribute changes in --qml-to-integer.
// RUN: qml-opt %s --mlir-print-local-scope --qml-to-integer --split-input-file | FileCheck %s

module attributes {qml.arithmetic = "akida"} {
  // A first layer of bytes keeps to its accumulator's 28 bits; others add biases
  // in the 32 bits of products.
  // CHECK-LABEL: func @bits
  func.func @bits(%x: tensor<?x2x2x1xui8>) -> tensor<?x2x2x1xf32> {
    // CHECK: qml.conv_2d "first"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 27
    %q = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x2x1xui8> -> tensor<?x2x2x1xf32>
    %0 = qml.conv_2d "first" (%q) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.relu "relu"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 27
    %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // Without a sign 6 bits would saturate at half their range: one is kept.
    // CHECK: qml.output_quantizer(%{{.*}}) bitwidth = 6 per_tensor
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 5, frac_bits = 2>
    %2 = qml.output_quantizer (%1) bitwidth = 6 unsigned per_tensor {range_max = dense<7.5> : tensor<f32>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.conv_2d "second"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 23
    %3 = qml.conv_2d "second" (%2) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
        {buffer_bitwidth = 24 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.output_quantizer(%{{.*}}) bitwidth = 8 per_tensor
    %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {buffer_bitwidth = 24 : i64, range_max = dense<7.5> : tensor<f32>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.conv_2d "third"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 31
    %5 = qml.conv_2d "third" (%4) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    %6 = qml.dequantizer "dequantizer" (%5) : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    return %6 : tensor<?x2x2x1xf32>
  }
}

// -----

module attributes {qml.arithmetic = "akida"} {
  // What the hardware has no need of does not end a group: the buffer of the
  // quantizer bounds what is before a dropout, too.
  // CHECK-LABEL: func @transparent
  func.func @transparent(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
    %0 = qml.input_quantizer "quantizer" (%x) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2xf32> -> tensor<?x2xf32>
    // CHECK: qml.dense "dense"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 23
    %1 = qml.dense "dense" (%0) kernel = dense<0.5> : tensor<2x1xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2xf32> -> tensor<?x1xf32>
    %2 = qml.dropout "dropout" (%1) rate = 0.5 : tensor<?x1xf32> -> tensor<?x1xf32>
    %3 = qml.relu "relu" (%2) {buffer_bitwidth = 32 : i64} : tensor<?x1xf32> -> tensor<?x1xf32>
    %4 = qml.output_quantizer (%3) bitwidth = 8 per_tensor {buffer_bitwidth = 24 : i64, range_max = dense<7.5> : tensor<f32>}
        : tensor<?x1xf32> -> tensor<?x1xf32>
    %5 = qml.dequantizer "dequantizer" (%4) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %5 : tensor<?x1xf32>
  }
}

// -----

module attributes {qml.arithmetic = "akida"} {
  // A pooled code of 4 bits has the scale of its signed quantizer and no sign,
  // so that it reaches 15; a shift beyond the accumulator's bits is cut.
  // CHECK-LABEL: func @pooled
  func.func @pooled(%x: tensor<?x2x2x1xi8>) -> tensor<?x1xf32> {
    %q = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2x2x1xi8> -> tensor<?x2x2x1xf32>
    %0 = qml.conv_2d "conv" (%q) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.global_average_pool_2d "gap"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 31
    %2 = qml.global_average_pool_2d "gap" (%1) {buffer_bitwidth = 32 : i64}
        : tensor<?x2x2x1xf32> -> tensor<?x1xf32>
    // CHECK: qml.output_quantizer(%{{.*}}) bitwidth = 4 unsigned per_tensor
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 4, frac_bits = 0>
    %3 = qml.output_quantizer (%2) bitwidth = 4 per_tensor {range_max = dense<7.5> : tensor<f32>}
        : tensor<?x1xf32> -> tensor<?x1xf32>
    %4 = qml.dense "dense" (%3) kernel = dense<0.0> : tensor<1x1xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x1xf32> -> tensor<?x1xf32>
    // CHECK: qml.output_quantizer(%{{.*}}) bitwidth = 8 per_tensor
    // CHECK-SAME: shift = dense<-27> : tensor<i32>
    %5 = qml.output_quantizer (%4) bitwidth = 8 per_tensor {range_max = dense<100000.0> : tensor<f32>}
        : tensor<?x1xf32> -> tensor<?x1xf32>
    %6 = qml.dequantizer "dequantizer" (%5) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %6 : tensor<?x1xf32>
  }
}

// -----

module attributes {qml.arithmetic = "akida"} {
  // Channels of different binary points are shifted in the accumulator of the
  // layer after, not in the bits of the input.
  // CHECK-LABEL: func @flatten
  func.func @flatten(%x: tensor<?x1x1x2xf32>) -> tensor<?x1xf32> {
    %0 = qml.input_quantizer "quantizer" (%x) bitwidth = 8 per_axis
        {range_max = dense<[1.0, 4.0]> : tensor<2xf32>, range_min = dense<[-1.0, -4.0]> : tensor<2xf32>}
        : tensor<?x1x1x2xf32> -> tensor<?x1x1x2xf32>
    // CHECK: qml.flatten "flatten"
    // CHECK-SAME: input_shift = dense<[0, 2]> : tensor<2xi32>
    // CHECK-SAME: -> tensor<?x2xi32, #qml.fixed<value_bits = 27, frac_bits = 7>>
    %1 = qml.flatten "flatten" (%0) : tensor<?x1x1x2xf32> -> tensor<?x2xf32>
    %2 = qml.dense "dense" (%1) kernel = dense<0.5> : tensor<2x1xf32>
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2xf32> -> tensor<?x1xf32>
    %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %3 : tensor<?x1xf32>
  }
}

// -----

module attributes {qml.arithmetic = "akida"} {
  // A ReLU has no buffer of its own: without a quantizer after it, it keeps the
  // bits of products.
  // CHECK-LABEL: func @relu_without_quantizer
  func.func @relu_without_quantizer(%x: tensor<?x2x2x1xf32>) -> tensor<?x1xf32> {
    %0 = qml.input_quantizer "quantizer" (%x) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    %1 = qml.conv_2d "conv" (%0) kernel = dense<0.5> : tensor<1x1x1x1xf32> padding = same
        {buffer_bitwidth = 24 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, per_tensor>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.relu "relu"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 31
    %2 = qml.relu "relu" (%1) max_value = 1.0 {buffer_bitwidth = 24 : i64,
        max_value_quantizer = #qml.aligned_quantizer<bitwidth = 8, signed = false>}
        : tensor<?x2x2x1xf32> -> tensor<?x2x2x1xf32>
    // CHECK: qml.global_average_pool_2d "average"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 31
    %3 = qml.global_average_pool_2d "average" (%2) {buffer_bitwidth = 24 : i64}
        : tensor<?x2x2x1xf32> -> tensor<?x1xf32>
    %4 = qml.dequantizer "dequantizer" (%3) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %4 : tensor<?x1xf32>
  }
}

// -----

module attributes {qml.arithmetic = "akida"} {
  // A ReLU after a quantizer is no part of a layer with sums; its buffer has a
  // sign, as all buffers have.
  // CHECK-LABEL: func @rectified
  func.func @rectified(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %0 = qml.input_quantizer "quantizer" (%x) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x2xf32> -> tensor<?x2xf32>
    // CHECK: qml.relu "relu"
    // CHECK-SAME: -> tensor<{{[^-]*}}#qml.fixed<value_bits = 31
    %1 = qml.relu "relu" (%0) {buffer_bitwidth = 32 : i64} : tensor<?x2xf32> -> tensor<?x2xf32>
    %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
        : tensor<?x2xf32> -> tensor<?x2xf32>
    %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x2xf32> -> tensor<?x2xf32>
    return %3 : tensor<?x2xf32>
  }
}
