// RUN: qml-opt %s --mlir-print-local-scope --qml-to-integer --split-input-file | FileCheck %s
// RUN: qml-opt %s --qml-to-integer --split-input-file | FileCheck %s --check-prefix=LARGE

// CHECK-LABEL: func @dense(%arg0: tensor<?x2xui8>) -> tensor<?x1xf32>
func.func @dense(%x: tensor<?x2xui8>) -> tensor<?x1xf32> {
  // The integers of a rescaling are its input's.
  // CHECK-NEXT: qml.rescaling {{.*}} : tensor<?x2xui8> -> tensor<?x2xi16, #qml.fixed<value_bits = 8, frac_bits = 0, scale = dense<5.000000e-01> : tensor<f32>>>
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>

  // With 2 bits the scale is the largest weight; the result's is 0.5 * 0.5,
  // and the bias 4 / 0.25.
  // CHECK-NEXT: qml.dense "a"
  // CHECK-SAME{LITERAL}: kernel = dense<[[1], [-1]]> : tensor<2x1xi8> bias = dense<16> : tensor<1xi8>
  // CHECK-SAME: bias_shift = dense<0> : tensor<1xi32>
  // CHECK-SAME: kernel_scales = dense<5.000000e-01> : tensor<1xf32>
  // CHECK-SAME: {{.*}} -> tensor<?x1xi32, #qml.fixed<value_bits = 27, frac_bits = 0, scale = dense<2.500000e-01> : tensor<1xf32>>>
  %1 = qml.dense "a" (%0) kernel = dense<[[0.5], [-0.5]]> : tensor<2x1xf32> bias = dense<4.0> : tensor<1xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x1xf32>

  // 6 / 0.25.
  // CHECK-NEXT: qml.relu {{.*}} max_value = 6.000000e+00
  // CHECK-SAME: max_value_shift = dense<0> : tensor<1xi32>, quantized_max_value = dense<24> : tensor<1xi16>
  // CHECK-SAME: -> tensor<?x1xi64, #qml.fixed<value_bits = 32, frac_bits = 0, scale = dense<2.500000e-01> : tensor<1xf32>>>
  %2 = qml.relu "relu" (%1) max_value = 6.0 {buffer_bitwidth = 32 : i64}
      : tensor<?x1xf32> -> tensor<?x1xf32>

  // 4 value bits hold 6 with 1 fractional bit. The scale 0.25 * 0.5 is 2^-3:
  // 256 with 8 + 3 fractional bits, of which 8 bits hold 255.
  // CHECK-NEXT: qml.output_quantizer
  // CHECK-SAME: scales = dense<255> : tensor<1xi32>, scales_frac_bits = dense<11> : tensor<1xi32>, shift = dense<-10> : tensor<1xi32>
  // CHECK-SAME: -> tensor<?x1xi8, #qml.fixed<value_bits = 4, frac_bits = 1>>
  %3 = qml.output_quantizer (%2) bitwidth = 4 unsigned per_tensor
      {range_max = dense<6.0> : tensor<f32>, rescaling_rate = dense<0.5> : tensor<f32>}
      : tensor<?x1xf32> -> tensor<?x1xf32>

  // A bias of 4 value bits: 64 is 16 * 2^2, of which 15 is left; 15 * 2^3 at a
  // binary point of 1.
  // CHECK-NEXT: qml.dense "b"
  // CHECK-SAME: kernel = dense<1> : tensor<1x1xi8> bias = dense<15> : tensor<1xi8>
  // CHECK-SAME: bias_shift = dense<3> : tensor<1xi32>
  // CHECK-SAME: kernel_scales = dense<1.000000e+00> : tensor<f32>
  // CHECK-SAME: -> tensor<?x1xi32, #qml.fixed<value_bits = 19, frac_bits = 1, scale = dense<1.000000e+00> : tensor<f32>>>
  %4 = qml.dense "b" (%3) kernel = dense<1.0> : tensor<1x1xf32> bias = dense<64.0> : tensor<1xf32>
      {buffer_bitwidth = 20 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, per_tensor>,
       bias_quantizer = #qml.aligned_quantizer<bitwidth = 5, signed = true>}
      : tensor<?x1xf32> -> tensor<?x1xf32>

  // What is float stays as it is.
  // CHECK-NEXT: qml.dequantizer {{.*}} : tensor<?x1xi32{{.*}}> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.softmax {{.*}} : tensor<?x1xf32> -> tensor<?x1xf32>
  // CHECK-NEXT: qml.dense "c"{{.*}} kernel = dense<1.000000e+00>
  %5 = qml.dequantizer "dequantizer" (%4) : tensor<?x1xf32> -> tensor<?x1xf32>
  %6 = qml.softmax "softmax" (%5) : tensor<?x1xf32> -> tensor<?x1xf32>
  %7 = qml.dense "c" (%6) kernel = dense<1.0> : tensor<1x1xf32> : tensor<?x1xf32> -> tensor<?x1xf32>
  return %7 : tensor<?x1xf32>
}

// -----

// CHECK-LABEL: func @image(
func.func @image(%x: tensor<?x2x2x2xf32>) -> (tensor<?x4xf32>, tensor<?x2xf32>) {
  // Ranges of 4 and 16 in 4 value bits; -1 is the zero point 1 * 2^2.
  // CHECK-NEXT: %[[INPUT:.*]] = qml.input_quantizer
  // CHECK-SAME: zero_points = dense<[4, 0]> : tensor<2xi32>
  // CHECK-SAME: -> tensor<?x2x2x2xi8, #qml.fixed<value_bits = 4, frac_bits = dense<[2, 0]> : tensor<2xi32>, scale = dense<1.000000e+00> : tensor<f32>>>
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 4 unsigned per_axis
      {range_min = dense<[-1.0, 0.0]> : tensor<2xf32>, range_max = dense<[3.0, 16.0]> : tensor<2xf32>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>

  // Channels are shifted to one binary point. Padding has the weights' bits:
  // the one value bit holds 0.5 of the padding value 1, which is 2 / 2^2.
  // CHECK-NEXT: qml.conv_2d "conv"(%[[INPUT]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1, -1], [-1, 1]]]]> : tensor<1x1x2x2xi8>
  // CHECK-SAME: input_shift = dense<[0, 2]> : tensor<2xi32>
  // CHECK-SAME: padding_shift = dense<1> : tensor<i32>, quantized_padding = dense<1> : tensor<i8>
  // CHECK-SAME: #qml.fixed<value_bits = 27, frac_bits = 2, scale = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>>>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<[[[[1.0, -2.0], [-1.0, 2.0]]]]> : tensor<1x1x2x2xf32>
      padding = same padding_value = [1.0]
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>

  // CHECK-NEXT: qml.max_pool_2d {{.*}} {{.*}} -> tensor<?x1x2x2xi32, #qml.fixed<value_bits = 27, frac_bits = 2, scale = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>>>
  %2 = qml.max_pool_2d "pool" (%1) pool_size = [2, 1] strides = [2, 1] padding = valid
      : tensor<?x2x2x2xf32> -> tensor<?x1x2x2xf32>
  %3 = qml.relu "relu" (%2) {buffer_bitwidth = 32 : i64}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>

  // CHECK: %[[RELU:.*]] = qml.output_quantizer
  // CHECK-SAME: scales = dense<255> : tensor<2xi32>, scales_frac_bits = dense<[8, 7]> : tensor<2xi32>, shift = dense<[-4, -6]> : tensor<2xi32>
  // CHECK-SAME: #qml.fixed<value_bits = 7, frac_bits = dense<[6, 3]> : tensor<2xi32>>>
  %4 = qml.output_quantizer (%3) bitwidth = 8 per_axis {range_max = dense<[2.0, 16.0]> : tensor<2xf32>}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>

  // Each channel keeps its binary point.
  // CHECK-NEXT: qml.depthwise_conv_2d "dw"(%[[RELU]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1], [-1]]]]> : tensor<1x1x2x1xi8>
  // CHECK-NOT: input_shift
  // CHECK-SAME: #qml.fixed<value_bits = 27, frac_bits = dense<[6, 3]> : tensor<2xi32>, scale = dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf32>>>
  %5 = qml.depthwise_conv_2d "dw" (%4) kernel = dense<[[[[1.0], [-4.0]]]]> : tensor<1x1x2x1xf32>
      padding = same
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -2>}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>
  // CHECK: %[[DW:.*]] = qml.output_quantizer
  // CHECK-SAME: scales_frac_bits = dense<[8, 6]> : tensor<2xi32>, shift = dense<[-7, -2]> : tensor<2xi32>
  // CHECK-SAME: #qml.fixed<value_bits = 7, frac_bits = 7>>
  %6 = qml.output_quantizer (%5) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>

  // CHECK-NEXT: qml.add "add"(%[[RELU]], %[[DW]]) {a_shift = dense<[1, 4]> : tensor<2xi32>, b_shift = dense<0> : tensor<2xi32>
  // CHECK-SAME: -> tensor<?x1x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = dense<7> : tensor<2xi32>>>
  %7 = qml.add "add" (%4, %6) {buffer_bitwidth = 32 : i64}
      : tensor<?x1x2x2xf32>, tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>
  // Without a scale there is a shift alone.
  // CHECK-NEXT: %[[ADD:.*]] = qml.output_quantizer{{.*}} {range_max = dense<[2.000000e+00, 1.600000e+01]> : tensor<2xf32>, shift = dense<[-1, -4]> : tensor<2xi32>}
  // CHECK-SAME: #qml.fixed<value_bits = 7, frac_bits = dense<[6, 3]> : tensor<2xi32>>>
  %8 = qml.output_quantizer (%7) bitwidth = 8 per_axis {range_max = dense<[2.0, 16.0]> : tensor<2xf32>}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>

  // CHECK-NEXT: qml.flatten "flatten"(%[[ADD]]) {input_shift = dense<[0, 3]> : tensor<2xi32>}
  // CHECK-SAME: #qml.fixed<value_bits = 7, frac_bits = 6>>
  // CHECK-NEXT: qml.dropout {{.*}} {{.*}} -> tensor<?x4xi8, #qml.fixed<value_bits = 7, frac_bits = 6>>
  %9 = qml.flatten "flatten" (%8) : tensor<?x1x2x2xf32> -> tensor<?x4xf32>
  %10 = qml.dropout "dropout" (%9) rate = 0.5 : tensor<?x4xf32> -> tensor<?x4xf32>

  // The mean of two is half their sum.
  // CHECK-NEXT: qml.global_average_pool_2d "gap"(%[[ADD]])
  // CHECK-SAME: input_shift = dense<[0, 3]> : tensor<2xi32>
  // CHECK-SAME: -> tensor<?x2xi64, #qml.fixed<value_bits = 32, frac_bits = 6, scale = dense<5.000000e-01> : tensor<f32>>>
  %11 = qml.global_average_pool_2d "gap" (%8) {buffer_bitwidth = 32 : i64}
      : tensor<?x1x2x2xf32> -> tensor<?x2xf32>
  %12 = qml.dequantizer "dequantizer" (%10) : tensor<?x4xf32> -> tensor<?x4xf32>
  %13 = qml.dequantizer "dequantizer_1" (%11) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %12, %13 : tensor<?x4xf32>, tensor<?x2xf32>
}

// -----

// Signed: the larger magnitude, no zero points and no scale. An integer result
// changes the function's type.
// CHECK-LABEL: func @signed(%arg0: tensor<?x4xf32>) -> tensor<?x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>
func.func @signed(%x: tensor<?x4xf32>) -> tensor<?x2x2xf32> {
  // CHECK-NEXT: qml.input_quantizer {{.*}} {
  // CHECK-NOT: zero_points
  // CHECK-SAME: #qml.fixed<value_bits = 7, frac_bits = 5>>
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_min = dense<-4.0> : tensor<f32>, range_max = dense<3.0> : tensor<f32>}
      : tensor<?x4xf32> -> tensor<?x4xf32>
  // CHECK: qml.reshape {{.*}} {{.*}} -> tensor<?x2x2xi8, #qml.fixed<value_bits = 7, frac_bits = 5>>
  %1 = qml.reshape "reshape" (%0) : tensor<?x4xf32> -> tensor<?x2x2xf32>
  return %1 : tensor<?x2x2xf32>
}

// -----

// Channels with a binary point each are aligned; one scale, 0.5, for all of the
// depthwise kernel, one per channel, 0.25 and 2, for the pointwise one. Their
// products are the result's, and the bias is 0.75 / 0.125 and 1.5 at a binary
// point of 6. 31 value bits are left of a buffer of 32.
// CHECK-LABEL: func @separable(
func.func @separable(%x: tensor<?x1x2x2xf32>) -> tensor<?x1x2x2xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_axis
      {range_min = dense<-1.0> : tensor<2xf32>, range_max = dense<[16.0, 2.0]> : tensor<2xf32>}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>
  // CHECK: qml.separable_conv_2d "sep"
  // CHECK-SAME{LITERAL}: depthwise_kernel = dense<[[[[1], [0]]]]> : tensor<1x1x2x1xi8>
  // CHECK-SAME{LITERAL}: pointwise_kernel = dense<[[[[1, -1], [1, 0]]]]> : tensor<1x1x2x2xi8>
  // CHECK-SAME: bias = dense<96> : tensor<2xi8>
  // CHECK-SAME: dw_kernel_scales = dense<5.000000e-01> : tensor<f32>
  // CHECK-SAME: input_shift = dense<[3, 0]> : tensor<2xi32>
  // CHECK-SAME: pw_kernel_scales = dense<[2.500000e-01, 2.000000e+00]> : tensor<2xf32>
  // CHECK-SAME: {{.*}} -> tensor<?x1x2x2xi64, #qml.fixed<value_bits = 31, frac_bits = 6, scale = dense<[1.250000e-01, 1.000000e+00]> : tensor<2xf32>>>
  %1 = qml.separable_conv_2d "sep" (%0) depthwise_kernel = dense<[[[[0.5], [0.125]]]]> : tensor<1x1x2x1xf32>
      pointwise_kernel = dense<[[[[0.25, -2.0], [0.25, 0.5]]]]> : tensor<1x1x2x2xf32>
      bias = dense<[0.75, 1.5]> : tensor<2xf32> padding = same
      {buffer_bitwidth = 32 : i64, dw_weight_quantizer = #qml.weight_quantizer<bitwidth = 2, per_tensor>,
       pw_weight_quantizer = #qml.weight_quantizer<bitwidth = 2, axis = -1>}
      : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>
  %2 = qml.dequantizer "dequantizer" (%1) : tensor<?x1x2x2xf32> -> tensor<?x1x2x2xf32>
  return %2 : tensor<?x1x2x2xf32>
}

// -----

// Weights of 10 bits take 16, and large ones are resources that come in place
// of the float ones.
// LARGE-LABEL: func @large(
// LARGE: kernel = dense_resource<a_kernel{{(_[0-9]+)?}}> : tensor<2x9xi16>
// LARGE: a_kernel: "0x02000000FF01FF01
// LARGE-NOT: a_kernel
func.func @large(%x: tensor<?x2xui8>) -> tensor<?x9xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x2xui8> -> tensor<?x2xf32>
  %1 = qml.dense "a" (%0) kernel = dense<0.5> : tensor<2x9xf32>
      {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 10, axis = -1>}
      : tensor<?x2xf32> -> tensor<?x9xf32>
  return %1 : tensor<?x9xf32>
}

// Half of a sum has its integers, and one fractional bit more.
// CHECK-LABEL: func @average(
func.func @average(%x: tensor<?x1x2x1xf32>) -> tensor<?x1x2x1xf32> {
  %0 = qml.input_quantizer "input_quantizer" (%x) bitwidth = 8 per_tensor
      {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
      : tensor<?x1x2x1xf32> -> tensor<?x1x2x1xf32>
  // CHECK: qml.add "mean"({{.*}}) average {a_shift = dense<0> : tensor<i32>, b_shift = dense<0> : tensor<i32>
  // CHECK-SAME: frac_bits = 7>>, tensor<{{.*}} -> tensor<?x1x2x1xi64, #qml.fixed<value_bits = 31, frac_bits = 8>>
  %1 = qml.add "mean" (%0, %0) average {buffer_bitwidth = 32 : i64}
      : tensor<?x1x2x1xf32>, tensor<?x1x2x1xf32> -> tensor<?x1x2x1xf32>
  // CHECK-NEXT: qml.output_quantizer
  // CHECK-SAME: shift = dense<-1> : tensor<i32>
  // CHECK-SAME: frac_bits = 7>>
  %2 = qml.output_quantizer (%1) bitwidth = 8 per_tensor {range_max = dense<1.0> : tensor<f32>}
      : tensor<?x1x2x1xf32> -> tensor<?x1x2x1xf32>
  %3 = qml.dequantizer "dequantizer" (%2) : tensor<?x1x2x1xf32> -> tensor<?x1x2x1xf32>
  return %3 : tensor<?x1x2x1xf32>
}
