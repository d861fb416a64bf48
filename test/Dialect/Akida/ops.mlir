// Every operation with every attribute, through text, generic text and bytecode.

// RUN: qml-opt %s | qml-opt | FileCheck %s
// RUN: qml-opt %s --mlir-print-op-generic | qml-opt | FileCheck %s
// RUN: qml-opt %s --emit-bytecode | qml-opt | FileCheck %s

// CHECK: module @network {
module @network {

//===----------------------------------------------------------------------===//
// Models and sequences
//===----------------------------------------------------------------------===//

// CHECK-LABEL: akida.model @vectors version = v2 input = "input_1" {
akida.model @vectors version = v2 input = "input_1" {
^bb0(%x: tensor<?x1x1x4xi8>):
  // CHECK: akida.input_data "input_1"(%{{.*}}) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>{{$}}
  %0 = akida.input_data "input_1" (%x)
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // CHECK-NEXT: akida.sequence "SW/fc-dequantizer" backend = "Software" -> (tensor<?x1x1x2xf32>) {{{$}}
  %1 = akida.sequence "SW/fc-dequantizer" backend = "Software"
      -> (tensor<?x1x1x2xf32>) {
    // CHECK-NEXT: akida.dense1d "fc"(%{{.*}}) units = 2 output_bits = 28 {weights = dense<1> : tensor<4x2xi8>} : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi32>{{$}}
    %2 = akida.dense1d "fc" (%0) units = 2 output_bits = 28
        {weights = dense<1> : tensor<4x2xi8>}
        : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi32>
    // CHECK-NEXT: akida.dequantizer "dequantizer"(%{{.*}}) {scales = dense<5.000000e-01> : tensor<2xf32>} : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>{{$}}
    %3 = akida.dequantizer "dequantizer" (%2) {scales = dense<0.5> : tensor<2xf32>}
        : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
    // CHECK-NEXT: akida.yield %{{.*}} : tensor<?x1x1x2xf32>{{$}}
    akida.yield %3 : tensor<?x1x1x2xf32>
    // CHECK-NEXT: }
  }
  // CHECK-NEXT: akida.return %{{.*}} : tensor<?x1x1x2xf32>{{$}}
  akida.return %1 : tensor<?x1x1x2xf32>
}

// Memory is an argument, and returned after the result; a model may be without
// sequences, and say more of itself.
// CHECK-LABEL: akida.model @memory version = v2 input = "x" attributes {note = "memory"} {
akida.model @memory version = v2 input = "x" attributes {note = "memory"} {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<2x2x3x4xi8>):
  // CHECK: akida.input_data "x"(%{{.*}}) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>{{$}}
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  // CHECK-NEXT: akida.depthwise_buffer_temp_conv "btc"(%{{.*}}, %{{.*}}) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>} : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>) -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>){{$}}
  %1, %n = akida.depthwise_buffer_temp_conv "btc" (%0, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  // CHECK-NEXT: akida.return %{{.*}}, %{{.*}} : tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>{{$}}
  akida.return %1, %n : tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>
}

// CHECK-LABEL: akida.model @first version = v1 input = "image" {
akida.model @first version = v1 input = "image" {
^bb0(%x: tensor<?x4x4x1xui8>):
  // CHECK: akida.sequence "HW" backend = "Hardware" attributes {note = "two"} -> (tensor<?x4x4x2xui8>, tensor<?x4x4x2xui8>) {{{$}}
  %0:2 = akida.sequence "HW" backend = "Hardware" attributes {note = "two"}
      -> (tensor<?x4x4x2xui8>, tensor<?x4x4x2xui8>) {
    // CHECK-NEXT: akida.input_convolutional "conv"(%{{.*}}) filters = 2 kernel_width = 3 kernel_height = 3 {weights = dense<1> : tensor<3x3x1x2xi8>} : (tensor<?x4x4x1xui8>) -> tensor<?x4x4x2xui8>{{$}}
    %1 = akida.input_convolutional "conv" (%x) filters = 2 kernel_width = 3 kernel_height = 3
        {weights = dense<1> : tensor<3x3x1x2xi8>}
        : (tensor<?x4x4x1xui8>) -> tensor<?x4x4x2xui8>
    // CHECK-NEXT: akida.yield %{{.*}}, %{{.*}} : tensor<?x4x4x2xui8>, tensor<?x4x4x2xui8>{{$}}
    akida.yield %1, %1 : tensor<?x4x4x2xui8>, tensor<?x4x4x2xui8>
    // CHECK-NEXT: }
  }
  // CHECK-NEXT: akida.return %{{.*}}#1 : tensor<?x4x4x2xui8>{{$}}
  akida.return %0#1 : tensor<?x4x4x2xui8>
}

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @inputs(
func.func @inputs(%x: tensor<?x8x8x2xi8>, %nibbles: tensor<?x8x8x2xui8>,
                  %floats: tensor<?x8x8x2xf32>, %sums: tensor<?x1x1x2xi32>) {
  // The number of bits that is the default is not printed.
  // CHECK-NEXT: akida.input_data "eight"(%{{.*}}) : (tensor<?x8x8x2xi8>) -> tensor<?x8x8x2xi8>{{$}}
  %0 = akida.input_data "eight" (%x) input_bits = 8
      : (tensor<?x8x8x2xi8>) -> tensor<?x8x8x2xi8>
  // CHECK-NEXT: akida.input_data "four"(%{{.*}}) input_bits = 4 : (tensor<?x8x8x2xui8>) -> tensor<?x8x8x2xui8>{{$}}
  %1 = akida.input_data "four" (%nibbles) input_bits = 4
      : (tensor<?x8x8x2xui8>) -> tensor<?x8x8x2xui8>
  // CHECK-NEXT: akida.quantizer "quantizer"(%{{.*}}) : (tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xui8>{{$}}
  %2 = akida.quantizer "quantizer" (%floats)
      : (tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xui8>
  // CHECK-NEXT: akida.quantizer "scaled"(%{{.*}}) output_bits = 4 output_signed = true {scales = dense<[3.200000e+01, 1.000000e-01]> : tensor<2xf32>, zero_points = dense<[0, 255]> : tensor<2xui8>} : (tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xi8>{{$}}
  %3 = akida.quantizer "scaled" (%floats) output_bits = 4 output_signed = true
      {scales = dense<[32.0, 0.1]> : tensor<2xf32>,
      zero_points = dense<[0, 255]> : tensor<2xui8>}
      : (tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xi8>
  // CHECK-NEXT: akida.dequantizer "plain"(%{{.*}}) : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>{{$}}
  %4 = akida.dequantizer "plain" (%sums)
      : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
  // CHECK-NEXT: akida.dequantizer "dequantizer"(%{{.*}}) {scales = dense<[5.000000e-01, 2.000000e+00]> : tensor<2xf32>} : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>{{$}}
  %5 = akida.dequantizer "dequantizer" (%sums) {scales = dense<[0.5, 2.0]> : tensor<2xf32>}
      : (tensor<?x1x1x2xi32>) -> tensor<?x1x1x2xf32>
  // CHECK-NEXT: return{{$}}
  return
}

//===----------------------------------------------------------------------===//
// Convolutions and dense layers of 2.0
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @input_conv2d(
func.func @input_conv2d(%x: tensor<?x8x8x1xui8>, %rgb: tensor<?x9x9x3xui8>) {
  // CHECK-NEXT: akida.input_conv2d "plain"(%{{.*}}) filters = 2 kernel_size = 3 {weights = dense<1> : tensor<3x3x1x2xi8>} : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>{{$}}
  %0 = akida.input_conv2d "plain" (%x) filters = 2 kernel_size = 3
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>
  // Attributes with their default value are not printed.
  // CHECK-NEXT: akida.input_conv2d "defaults"(%{{.*}}) filters = 2 kernel_size = 3 {weights = dense<1> : tensor<3x3x1x2xi8>} : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>{{$}}
  %1 = akida.input_conv2d "defaults" (%x)
      filters = 2 kernel_size = 3 kernel_stride = 1 padding = same pool_type = none
      pool_size = -1 pool_stride = -1 activation = none output_bits = 8 buffer_bits = 32
      post_op_buffer_bits = 32 weights_bits = 8
      {weights = dense<1> : tensor<3x3x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>
  // CHECK-NEXT: akida.input_conv2d "all"(%{{.*}}) filters = 2 kernel_size = 5 kernel_stride = 3 padding = valid pool_type = max pool_size = 2 pool_stride = 1 activation = relu output_bits = 4 buffer_bits = 24 post_op_buffer_bits = 28 weights_bits = 4 {bias = dense<[-128, 127]> : tensor<2xi8>, bias_shift = dense<[0, 31]> : tensor<2xui8>, max_value = dense<[6, 255]> : tensor<2xui8>, max_value_shift = dense<[1, 2]> : tensor<2xui8>, output_scales = dense<[3, 255]> : tensor<2xui8>, output_shift = dense<[-31, 31]> : tensor<2xi8>, padding_value = dense<[1, 2, 255]> : tensor<3xui8>, weights = dense<-8> : tensor<5x5x3x2xi8>} : (tensor<?x9x9x3xui8>) -> tensor<?x1x1x2xui8>{{$}}
  %2 = akida.input_conv2d "all" (%rgb)
      filters = 2 kernel_size = 5 kernel_stride = 3 padding = valid pool_type = max
      pool_size = 2 pool_stride = 1 activation = relu output_bits = 4 buffer_bits = 24
      post_op_buffer_bits = 28 weights_bits = 4
      {weights = dense<-8> : tensor<5x5x3x2xi8>, bias = dense<[-128, 127]> : tensor<2xi8>,
      bias_shift = dense<[0, 31]> : tensor<2xui8>,
      padding_value = dense<[1, 2, 255]> : tensor<3xui8>,
      max_value = dense<[6, 255]> : tensor<2xui8>, max_value_shift = dense<[1, 2]> : tensor<2xui8>,
      output_scales = dense<[3, 255]> : tensor<2xui8>, output_shift = dense<[-31, 31]> : tensor<2xi8>}
      : (tensor<?x9x9x3xui8>) -> tensor<?x1x1x2xui8>
  // CHECK-NEXT: akida.input_conv2d "upper"(%{{.*}}) filters = 1 kernel_size = 3 kernel_stride = 2 padding = same_upper {weights = dense<1> : tensor<3x3x1x1xi8>} : (tensor<?x8x8x1xui8>) -> tensor<?x4x4x1xi8>{{$}}
  %3 = akida.input_conv2d "upper" (%x)
      filters = 1 kernel_size = 3 kernel_stride = 2 padding = same_upper
      {weights = dense<1> : tensor<3x3x1x1xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x4x4x1xi8>
  // CHECK-NEXT: akida.input_conv2d "stem"(%{{.*}}) filters = 1 kernel_size = 4 kernel_stride = 4 padding = valid {weights = dense<1> : tensor<4x4x1x1xi8>} : (tensor<?x8x8x1xui8>) -> tensor<?x2x2x1xi8>{{$}}
  %4 = akida.input_conv2d "stem" (%x)
      filters = 1 kernel_size = 4 kernel_stride = 4 padding = valid
      {weights = dense<1> : tensor<4x4x1x1xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x2x2x1xi8>
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @conv2d(
func.func @conv2d(%x: tensor<?x8x8x4xi8>, %wide: tensor<?x8x8x4xi16>) {
  // CHECK-NEXT: akida.conv2d "plain"(%{{.*}}) filters = 2 kernel_size = 1 {weights = dense<1> : tensor<1x1x4x2xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>{{$}}
  %0 = akida.conv2d "plain" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  // CHECK-NEXT: akida.conv2d "defaults"(%{{.*}}) filters = 2 kernel_size = 1 {weights = dense<1> : tensor<1x1x4x2xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>{{$}}
  %1 = akida.conv2d "defaults" (%x)
      filters = 2 kernel_size = 1 kernel_stride = 1 padding = same pool_type = none
      pool_size = -1 pool_stride = -1 activation = none output_bits = 8 buffer_bits = 28
      post_op_buffer_bits = 32 weights_bits = 8
      {weights = dense<1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi8>
  // Results of 16 bits, and more.
  // CHECK-NEXT: akida.conv2d "all"(%{{.*}}) filters = 2 kernel_size = 3 kernel_stride = 2 padding = valid pool_type = average activation = lut output_bits = 16 buffer_bits = 20 post_op_buffer_bits = 24 weights_bits = 4 {activation_scales = dense<9> : tensor<2xui8>, activation_shift = dense<[-3, 4]> : tensor<2xi8>, bias = dense<[-1, 1]> : tensor<2xi8>, bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<[0, 1, 2, 3]> : tensor<4xui8>, lut_values = dense<5> : tensor<2048xi32>, output_scales = dense<2> : tensor<2xui8>, output_shift = dense<-2> : tensor<2xi8>, weights = dense<7> : tensor<3x3x4x2xi8>} : (tensor<?x8x8x4xi16>) -> tensor<?x1x1x2xi16>{{$}}
  %2 = akida.conv2d "all" (%wide)
      filters = 2 kernel_size = 3 kernel_stride = 2 padding = valid pool_type = average
      activation = lut output_bits = 16 buffer_bits = 20 post_op_buffer_bits = 24
      weights_bits = 4
      {weights = dense<7> : tensor<3x3x4x2xi8>, bias = dense<[-1, 1]> : tensor<2xi8>,
      bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<[0, 1, 2, 3]> : tensor<4xui8>,
      activation_scales = dense<9> : tensor<2xui8>, activation_shift = dense<[-3, 4]> : tensor<2xi8>,
      lut_values = dense<5> : tensor<2048xi32>,
      output_scales = dense<2> : tensor<2xui8>, output_shift = dense<-2> : tensor<2xi8>}
      : (tensor<?x8x8x4xi16>) -> tensor<?x1x1x2xi16>
  // CHECK-NEXT: akida.conv2d "sums"(%{{.*}}) filters = 2 kernel_size = 1 output_bits = 28 {weights = dense_resource<weights> : tensor<1x1x4x2xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32>{{$}}
  %3 = akida.conv2d "sums" (%x) filters = 2 kernel_size = 1 output_bits = 28
      {weights = dense_resource<weights> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x2xi32>
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @depthwise_conv2d(
func.func @depthwise_conv2d(%x: tensor<?x8x8x4xi8>) {
  // CHECK-NEXT: akida.depthwise_conv2d "plain"(%{{.*}}) kernel_size = 3 {weights = dense<1> : tensor<3x3x4x1xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>{{$}}
  %0 = akida.depthwise_conv2d "plain" (%x) kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // CHECK-NEXT: akida.depthwise_conv2d "all"(%{{.*}}) kernel_size = 3 kernel_stride = 2 padding = same_upper activation = relu output_bits = 5 buffer_bits = 27 post_op_buffer_bits = 31 weights_bits = 4 {bias = dense<1> : tensor<4xi8>, bias_shift = dense<2> : tensor<4xui8>, input_shift = dense<3> : tensor<4xui8>, max_value = dense<4> : tensor<4xui8>, max_value_shift = dense<5> : tensor<4xui8>, output_scales = dense<6> : tensor<4xui8>, output_shift = dense<7> : tensor<4xi8>, weights = dense<1> : tensor<3x3x4x1xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xi8>{{$}}
  %1 = akida.depthwise_conv2d "all" (%x)
      kernel_size = 3 kernel_stride = 2 padding = same_upper pool_type = none pool_size = -1
      pool_stride = -1 activation = relu output_bits = 5 buffer_bits = 27
      post_op_buffer_bits = 31 weights_bits = 4
      {weights = dense<1> : tensor<3x3x4x1xi8>, bias = dense<1> : tensor<4xi8>,
      bias_shift = dense<2> : tensor<4xui8>, input_shift = dense<3> : tensor<4xui8>,
      max_value = dense<4> : tensor<4xui8>, max_value_shift = dense<5> : tensor<4xui8>,
      output_scales = dense<6> : tensor<4xui8>, output_shift = dense<7> : tensor<4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x4x4x4xi8>
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @transposes(
func.func @transposes(%x: tensor<?x8x8x4xi8>) {
  // CHECK-NEXT: akida.conv2d_transpose "plain"(%{{.*}}) filters = 2 kernel_size = 3 {weights = dense<1> : tensor<3x3x4x2xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x2xi8>{{$}}
  %0 = akida.conv2d_transpose "plain" (%x) filters = 2 kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x2xi8>
  // CHECK-NEXT: akida.conv2d_transpose "all"(%{{.*}}) filters = 2 kernel_size = 4 activation = relu output_bits = 3 buffer_bits = 26 post_op_buffer_bits = 30 weights_bits = 4 {bias = dense<1> : tensor<2xi8>, bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<3> : tensor<4xui8>, max_value = dense<4> : tensor<2xui8>, max_value_shift = dense<5> : tensor<2xui8>, output_scales = dense<6> : tensor<2xui8>, output_shift = dense<7> : tensor<2xi8>, weights = dense<1> : tensor<4x4x4x2xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x2xui8>{{$}}
  %1 = akida.conv2d_transpose "all" (%x)
      filters = 2 kernel_size = 4 activation = relu output_bits = 3 buffer_bits = 26
      post_op_buffer_bits = 30 weights_bits = 4
      {weights = dense<1> : tensor<4x4x4x2xi8>, bias = dense<1> : tensor<2xi8>,
      bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<3> : tensor<4xui8>,
      max_value = dense<4> : tensor<2xui8>, max_value_shift = dense<5> : tensor<2xui8>,
      output_scales = dense<6> : tensor<2xui8>, output_shift = dense<7> : tensor<2xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x2xui8>
  // CHECK-NEXT: akida.depthwise_conv2d_transpose "plain_dw"(%{{.*}}) kernel_size = 3 {weights = dense<1> : tensor<3x3x4x1xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi8>{{$}}
  %2 = akida.depthwise_conv2d_transpose "plain_dw" (%x) kernel_size = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi8>
  // CHECK-NEXT: akida.depthwise_conv2d_transpose "all_dw"(%{{.*}}) kernel_size = 4 activation = lut output_bits = 9 buffer_bits = 26 post_op_buffer_bits = 30 weights_bits = 4 {activation_scales = dense<4> : tensor<4xui8>, activation_shift = dense<5> : tensor<4xi8>, bias = dense<1> : tensor<4xi8>, bias_shift = dense<2> : tensor<4xui8>, input_shift = dense<3> : tensor<4xui8>, lut_values = dense<6> : tensor<2048xi32>, output_scales = dense<7> : tensor<4xui8>, output_shift = dense<8> : tensor<4xi8>, weights = dense<1> : tensor<4x4x4x1xi8>} : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi32>{{$}}
  %3 = akida.depthwise_conv2d_transpose "all_dw" (%x)
      kernel_size = 4 activation = lut output_bits = 9 buffer_bits = 26 post_op_buffer_bits = 30
      weights_bits = 4
      {weights = dense<1> : tensor<4x4x4x1xi8>, bias = dense<1> : tensor<4xi8>,
      bias_shift = dense<2> : tensor<4xui8>, input_shift = dense<3> : tensor<4xui8>,
      activation_scales = dense<4> : tensor<4xui8>, activation_shift = dense<5> : tensor<4xi8>,
      lut_values = dense<6> : tensor<2048xi32>,
      output_scales = dense<7> : tensor<4xui8>, output_shift = dense<8> : tensor<4xi8>}
      : (tensor<?x8x8x4xi8>) -> tensor<?x16x16x4xi32>
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @dense1d(
func.func @dense1d(%x: tensor<?x2x3x4xi8>) {
  // CHECK-NEXT: akida.dense1d "plain"(%{{.*}}) units = 2 {weights = dense<1> : tensor<24x2xi8>} : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x2xi8>{{$}}
  %0 = akida.dense1d "plain" (%x) units = 2 {weights = dense<1> : tensor<24x2xi8>}
      : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x2xi8>
  // CHECK-NEXT: akida.dense1d "all"(%{{.*}}) units = 2 activation = relu output_bits = 4 buffer_bits = 24 post_op_buffer_bits = 31 weights_bits = 4 {bias = dense<1> : tensor<2xi8>, bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<3> : tensor<24xui8>, max_value = dense<4> : tensor<2xui8>, max_value_shift = dense<5> : tensor<2xui8>, output_scales = dense<6> : tensor<2xui8>, output_shift = dense<7> : tensor<2xi8>, weights = dense<1> : tensor<24x2xi8>} : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x2xui8>{{$}}
  %1 = akida.dense1d "all" (%x)
      units = 2 activation = relu output_bits = 4 buffer_bits = 24 post_op_buffer_bits = 31
      weights_bits = 4
      {weights = dense<1> : tensor<24x2xi8>, bias = dense<1> : tensor<2xi8>,
      bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<3> : tensor<24xui8>,
      max_value = dense<4> : tensor<2xui8>, max_value_shift = dense<5> : tensor<2xui8>,
      output_scales = dense<6> : tensor<2xui8>, output_shift = dense<7> : tensor<2xi8>}
      : (tensor<?x2x3x4xi8>) -> tensor<?x1x1x2xui8>
  // CHECK-NEXT: return{{$}}
  return
}

//===----------------------------------------------------------------------===//
// Layers of two inputs
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @two_inputs(
func.func @two_inputs(%a: tensor<?x8x8x4xi8>, %b: tensor<?x8x8x2xi8>) {
  // CHECK-NEXT: akida.add "plain"(%{{.*}}, %{{.*}}) : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>{{$}}
  %0 = akida.add "plain" (%a, %a)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // CHECK-NEXT: akida.add "all"(%{{.*}}, %{{.*}}) output_bits = 9 buffer_bits = 28 post_op_buffer_bits = 27 {a_shift = dense<[0, 1, 2, 31]> : tensor<4xui8>, b_shift = dense<4> : tensor<4xui8>, output_shift = dense<-5> : tensor<4xi8>} : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi32>{{$}}
  %1 = akida.add "all" (%a, %a) output_bits = 9 buffer_bits = 28 post_op_buffer_bits = 27
      {a_shift = dense<[0, 1, 2, 31]> : tensor<4xui8>,
      b_shift = dense<4> : tensor<4xui8>, output_shift = dense<-5> : tensor<4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi32>
  // Sums have a sign however few bits they have.
  // CHECK-NEXT: akida.add "signed"(%{{.*}}, %{{.*}}) output_bits = 4 : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>{{$}}
  %2 = akida.add "signed" (%a, %a) output_bits = 4
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  // CHECK-NEXT: akida.concatenate "concatenate"(%{{.*}}, %{{.*}}) : (tensor<?x8x8x4xi8>, tensor<?x8x8x2xi8>) -> tensor<?x8x8x6xi8>{{$}}
  %3 = akida.concatenate "concatenate" (%a, %b)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x2xi8>) -> tensor<?x8x8x6xi8>
  // CHECK-NEXT: return{{$}}
  return
}

//===----------------------------------------------------------------------===//
// Layers with memory
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @queues(
func.func @queues(%x: tensor<?x8x8x4xi8>, %m: tensor<8x8x3x4xi8>) {
  // CHECK-NEXT: akida.buffer_temp_conv "plain"(%{{.*}}, %{{.*}}) filters = 2 fifo_size = 3 {weights = dense<1> : tensor<1x1x12x2xi8>} : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>) -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>){{$}}
  %0, %m0 = akida.buffer_temp_conv "plain" (%x, %m) filters = 2 fifo_size = 3
      {weights = dense<1> : tensor<1x1x12x2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x2xi8>, tensor<8x8x3x4xi8>)
  // CHECK-NEXT: akida.buffer_temp_conv "all"(%{{.*}}, %{{.*}}) filters = 2 fifo_size = 3 activation = relu output_bits = 4 buffer_bits = 24 post_op_buffer_bits = 31 weights_bits = 4 {bias = dense<1> : tensor<2xi8>, bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<3> : tensor<4xui8>, max_value = dense<4> : tensor<2xui8>, max_value_shift = dense<5> : tensor<2xui8>, output_scales = dense<6> : tensor<2xui8>, output_shift = dense<7> : tensor<2xi8>, weights = dense<1> : tensor<1x1x12x2xi8>} : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>) -> (tensor<?x8x8x2xui8>, tensor<8x8x3x4xi8>){{$}}
  %1, %m1 = akida.buffer_temp_conv "all" (%x, %m0)
      filters = 2 fifo_size = 3 activation = relu output_bits = 4 buffer_bits = 24
      post_op_buffer_bits = 31 weights_bits = 4
      {weights = dense<1> : tensor<1x1x12x2xi8>, bias = dense<1> : tensor<2xi8>,
      bias_shift = dense<2> : tensor<2xui8>, input_shift = dense<3> : tensor<4xui8>,
      max_value = dense<4> : tensor<2xui8>, max_value_shift = dense<5> : tensor<2xui8>,
      output_scales = dense<6> : tensor<2xui8>, output_shift = dense<7> : tensor<2xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x2xui8>, tensor<8x8x3x4xi8>)
  // CHECK-NEXT: akida.depthwise_buffer_temp_conv "plain_dw"(%{{.*}}, %{{.*}}) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>} : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>) -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>){{$}}
  %2, %m2 = akida.depthwise_buffer_temp_conv "plain_dw" (%x, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
  // CHECK-NEXT: akida.depthwise_buffer_temp_conv "all_dw"(%{{.*}}, %{{.*}}) fifo_size = 3 activation = lut output_bits = 4 buffer_bits = 24 post_op_buffer_bits = 31 weights_bits = 4 {activation_scales = dense<4> : tensor<4xui8>, activation_shift = dense<5> : tensor<4xi8>, bias = dense<1> : tensor<4xi8>, bias_shift = dense<2> : tensor<4xui8>, input_shift = dense<3> : tensor<4xui8>, lut_values = dense<6> : tensor<2048xi32>, output_scales = dense<7> : tensor<4xui8>, output_shift = dense<8> : tensor<4xi8>, weights = dense<1> : tensor<1x1x3x4xi8>} : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>) -> (tensor<?x8x8x4xui8>, tensor<8x8x3x4xi8>){{$}}
  %3, %m3 = akida.depthwise_buffer_temp_conv "all_dw" (%x, %m2)
      fifo_size = 3 activation = lut output_bits = 4 buffer_bits = 24 post_op_buffer_bits = 31
      weights_bits = 4
      {weights = dense<1> : tensor<1x1x3x4xi8>, bias = dense<1> : tensor<4xi8>,
      bias_shift = dense<2> : tensor<4xui8>, input_shift = dense<3> : tensor<4xui8>,
      activation_scales = dense<4> : tensor<4xui8>, activation_shift = dense<5> : tensor<4xi8>,
      lut_values = dense<6> : tensor<2048xi32>,
      output_scales = dense<7> : tensor<4xui8>, output_shift = dense<8> : tensor<4xi8>}
      : (tensor<?x8x8x4xi8>, tensor<8x8x3x4xi8>)
      -> (tensor<?x8x8x4xui8>, tensor<8x8x3x4xi8>)
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @recurrence(
func.func @recurrence(%x: tensor<?x1x8x3xi16>, %m: tensor<2x5xi16>, %wide: tensor<2x5xi32>) {
  // CHECK-NEXT: akida.input_data "x"(%{{.*}}) input_bits = 16 : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>{{$}}
  %0 = akida.input_data "x" (%x) input_bits = 16
      : (tensor<?x1x8x3xi16>) -> tensor<?x1x8x3xi16>
  // CHECK-NEXT: akida.stateful_recurrent "plain"(%{{.*}}, %{{.*}}) stateful_channels = 5 output_channels = 3 output_bits = 24 : (tensor<?x1x8x3xi16>, tensor<2x5xi16>) -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>){{$}}
  %1, %m1 = akida.stateful_recurrent "plain" (%0, %m)
      stateful_channels = 5 output_channels = 3 output_bits = 24
      : (tensor<?x1x8x3xi16>, tensor<2x5xi16>)
      -> (tensor<?x1x8x3xi32>, tensor<2x5xi16>)
  // CHECK-NEXT: akida.stateful_recurrent "all"(%{{.*}}, %{{.*}}) stateful_channels = 5 output_channels = 2 subsample = 4 activation = relu output_bits = 4 buffer_bits = 27 post_op_buffer_bits = 31 internal_state_bits = 17 {A_imag = dense<-5> : tensor<5xi16>, A_real = dense<[1, 2, 3, 4, -32768]> : tensor<5xi16>, bias = dense<8> : tensor<2xi8>, bias_shift = dense<9> : tensor<2xui8>, in_proj = dense<1> : tensor<3x5xi8>, input_shift = dense<2> : tensor<3xui8>, internal_state_outputs_shift = dense<-6> : tensor<5xi8>, max_value = dense<10> : tensor<2xui8>, max_value_shift = dense<11> : tensor<2xui8>, new_state_scale = dense<3> : tensor<5xui8>, new_state_shift = dense<-4> : tensor<5xi8>, out_proj = dense<7> : tensor<5x2xi8>, output_scales = dense<12> : tensor<2xui8>, output_shift = dense<13> : tensor<2xi8>} : (tensor<?x1x8x3xi16>, tensor<2x5xi32>) -> (tensor<?x1x2x2xui8>, tensor<2x5xi32>){{$}}
  %2, %m2 = akida.stateful_recurrent "all" (%0, %wide)
      stateful_channels = 5 output_channels = 2 subsample = 4 activation = relu output_bits = 4
      buffer_bits = 27 post_op_buffer_bits = 31 internal_state_bits = 17
      {in_proj = dense<1> : tensor<3x5xi8>, input_shift = dense<2> : tensor<3xui8>,
       new_state_scale = dense<3> : tensor<5xui8>, new_state_shift = dense<-4> : tensor<5xi8>,
       A_real = dense<[1, 2, 3, 4, -32768]> : tensor<5xi16>, A_imag = dense<-5> : tensor<5xi16>,
       internal_state_outputs_shift = dense<-6> : tensor<5xi8>,
       out_proj = dense<7> : tensor<5x2xi8>, bias = dense<8> : tensor<2xi8>,
       bias_shift = dense<9> : tensor<2xui8>, max_value = dense<10> : tensor<2xui8>,
       max_value_shift = dense<11> : tensor<2xui8>, output_scales = dense<12> : tensor<2xui8>,
       output_shift = dense<13> : tensor<2xi8>}
      : (tensor<?x1x8x3xi16>, tensor<2x5xi32>)
      -> (tensor<?x1x2x2xui8>, tensor<2x5xi32>)
  // CHECK-NEXT: akida.pico_post_processing "plain_post"(%{{.*}}, %{{.*}}) : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>{{$}}
  %3 = akida.pico_post_processing "plain_post" (%1, %0)
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  // CHECK-NEXT: akida.pico_post_processing "all_post"(%{{.*}}, %{{.*}}) buffer_bits = 40 {input_scales = dense<[1, 2, 65535]> : tensor<3xui16>, input_shift = dense<-3> : tensor<3xi8>, threshold = dense<4> : tensor<3xui16>} : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>{{$}}
  %4 = akida.pico_post_processing "all_post" (%1, %0) buffer_bits = 40
      {input_scales = dense<[1, 2, 65535]> : tensor<3xui16>,
      input_shift = dense<-3> : tensor<3xi8>, threshold = dense<4> : tensor<3xui16>}
      : (tensor<?x1x8x3xi32>, tensor<?x1x8x3xi16>) -> tensor<?x1x1x3xi8>
  // CHECK-NEXT: return{{$}}
  return
}

//===----------------------------------------------------------------------===//
// Layers of 1.0
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @input_convolutional(
func.func @input_convolutional(%x: tensor<?x8x6x3xui8>) {
  // CHECK-NEXT: akida.input_convolutional "plain"(%{{.*}}) filters = 2 kernel_width = 3 kernel_height = 3 {weights = dense<1> : tensor<3x3x3x2xi8>} : (tensor<?x8x6x3xui8>) -> tensor<?x8x6x2xui8>{{$}}
  %0 = akida.input_convolutional "plain" (%x) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x3x2xi8>}
      : (tensor<?x8x6x3xui8>) -> tensor<?x8x6x2xui8>
  // CHECK-NEXT: akida.input_convolutional "defaults"(%{{.*}}) filters = 2 kernel_width = 3 kernel_height = 3 {weights = dense<1> : tensor<3x3x3x2xi8>} : (tensor<?x8x6x3xui8>) -> tensor<?x8x6x2xui8>{{$}}
  %1 = akida.input_convolutional "defaults" (%x)
      filters = 2 kernel_width = 3 kernel_height = 3 stride_x = 1 stride_y = 1 padding = same
      pool_type = none pooling_width = -1 pooling_height = -1 pooling_stride_x = -1
      pooling_stride_y = -1 padding_value = 0 activation = true act_bits = 4 weights_bits = 4
      {weights = dense<1> : tensor<3x3x3x2xi8>}
      : (tensor<?x8x6x3xui8>) -> tensor<?x8x6x2xui8>
  // CHECK-NEXT: akida.input_convolutional "all"(%{{.*}}) filters = 2 kernel_width = 5 kernel_height = 1 stride_x = 2 padding = valid pool_type = max pooling_width = 2 pooling_height = 3 pooling_stride_x = 1 pooling_stride_y = 3 padding_value = 255 activation = false act_bits = 2 weights_bits = 8 {act_step = dense<[6.250000e-02, 1.000000e+02]> : tensor<2xf32>, threshold = dense<[-1, 1000000]> : tensor<2xi32>, weights = dense<-128> : tensor<5x1x3x2xi8>} : (tensor<?x8x6x3xui8>) -> tensor<?x1x2x2xi32>{{$}}
  %2 = akida.input_convolutional "all" (%x)
      filters = 2 kernel_width = 5 kernel_height = 1 stride_x = 2 stride_y = 1 padding = valid
      pool_type = max pooling_width = 2 pooling_height = 3 pooling_stride_x = 1
      pooling_stride_y = 3 padding_value = 255 activation = false act_bits = 2 weights_bits = 8
      {weights = dense<-128> : tensor<5x1x3x2xi8>,
      threshold = dense<[-1, 1000000]> : tensor<2xi32>, act_step = dense<[0.0625, 100.0]> : tensor<2xf32>}
      : (tensor<?x8x6x3xui8>) -> tensor<?x1x2x2xi32>
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @convolutional(
func.func @convolutional(%x: tensor<?x8x8x4xui8>) {
  // CHECK-NEXT: akida.input_data "x"(%{{.*}}) input_bits = 4 : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>{{$}}
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x4xui8>
  // CHECK-NEXT: akida.convolutional "plain"(%{{.*}}) filters = 2 kernel_width = 3 kernel_height = 3 {weights = dense<1> : tensor<3x3x4x2xi8>} : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>{{$}}
  %1 = akida.convolutional "plain" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  // CHECK-NEXT: akida.convolutional "all"(%{{.*}}) filters = 2 kernel_width = 7 kernel_height = 3 stride_x = 2 stride_y = 3 padding = valid pool_type = average act_bits = 2 weights_bits = 1 {act_step = dense<2.500000e+00> : tensor<2xf32>, threshold = dense<3> : tensor<2xi32>, weights = dense<1> : tensor<7x3x4x2xi8>} : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xui8>{{$}}
  %2 = akida.convolutional "all" (%0)
      filters = 2 kernel_width = 7 kernel_height = 3 stride_x = 2 stride_y = 3 padding = valid
      pool_type = average act_bits = 2 weights_bits = 1
      {weights = dense<1> : tensor<7x3x4x2xi8>,
      threshold = dense<3> : tensor<2xi32>, act_step = dense<2.5> : tensor<2xf32>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xui8>
  // CHECK-NEXT: akida.separable_convolutional "plain_sep"(%{{.*}}) filters = 2 kernel_width = 3 kernel_height = 3 {weights = dense<1> : tensor<3x3x4x1xi8>, weights_pw = dense<-1> : tensor<1x1x4x2xi8>} : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>{{$}}
  %3 = akida.separable_convolutional "plain_sep" (%0) filters = 2 kernel_width = 3 kernel_height = 3
      {weights = dense<1> : tensor<3x3x4x1xi8>, weights_pw = dense<-1> : tensor<1x1x4x2xi8>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x8x8x2xui8>
  // CHECK-NEXT: akida.separable_convolutional "all_sep"(%{{.*}}) filters = 2 kernel_width = 3 kernel_height = 5 stride_x = 3 stride_y = 2 padding = valid pool_type = max pooling_width = 2 pooling_height = 2 pooling_stride_x = 2 pooling_stride_y = 1 activation = false act_bits = 1 weights_bits = 2 {act_step = dense<2.500000e+00> : tensor<2xf32>, threshold = dense<3> : tensor<2xi32>, weights = dense<1> : tensor<3x5x4x1xi8>, weights_pw = dense<-1> : tensor<1x1x4x2xi8>} : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xi32>{{$}}
  %4 = akida.separable_convolutional "all_sep" (%0)
      filters = 2 kernel_width = 3 kernel_height = 5 stride_x = 3 stride_y = 2 padding = valid
      pool_type = max pooling_width = 2 pooling_height = 2 pooling_stride_x = 2
      pooling_stride_y = 1 activation = false act_bits = 1 weights_bits = 2
      {weights = dense<1> : tensor<3x5x4x1xi8>,
      weights_pw = dense<-1> : tensor<1x1x4x2xi8>,
      threshold = dense<3> : tensor<2xi32>, act_step = dense<2.5> : tensor<2xf32>}
      : (tensor<?x8x8x4xui8>) -> tensor<?x1x1x2xi32>
  // CHECK-NEXT: return{{$}}
  return
}

// CHECK-LABEL: func.func @fully_connected(
func.func @fully_connected(%x: tensor<?x2x3x4xui8>) {
  // CHECK-NEXT: akida.input_data "x"(%{{.*}}) input_bits = 4 : (tensor<?x2x3x4xui8>) -> tensor<?x2x3x4xui8>{{$}}
  %0 = akida.input_data "x" (%x) input_bits = 4
      : (tensor<?x2x3x4xui8>) -> tensor<?x2x3x4xui8>
  // CHECK-NEXT: akida.fully_connected "plain"(%{{.*}}) units = 2 {weights = dense<1> : tensor<1x1x24x2xi8>} : (tensor<?x2x3x4xui8>) -> tensor<?x1x1x2xui8>{{$}}
  %1 = akida.fully_connected "plain" (%0) units = 2
      {weights = dense<1> : tensor<1x1x24x2xi8>}
      : (tensor<?x2x3x4xui8>) -> tensor<?x1x1x2xui8>
  // CHECK-NEXT: akida.fully_connected "all"(%{{.*}}) units = 2 activation = false act_bits = 2 weights_bits = 2 {act_step = dense<2.500000e+00> : tensor<2xf32>, threshold = dense<3> : tensor<2xi32>, weights = dense<1> : tensor<1x1x24x2xi8>} : (tensor<?x2x3x4xui8>) -> tensor<?x1x1x2xi32>{{$}}
  %2 = akida.fully_connected "all" (%0) units = 2 activation = false act_bits = 2 weights_bits = 2
      {weights = dense<1> : tensor<1x1x24x2xi8>,
      threshold = dense<3> : tensor<2xi32>, act_step = dense<2.5> : tensor<2xf32>}
      : (tensor<?x2x3x4xui8>) -> tensor<?x1x1x2xi32>
  // CHECK-NEXT: return{{$}}
  return
}

}

// CHECK: weights: "0x01000000FF01020304050680"

{-#
  dialect_resources: {
    builtin: {
      weights: "0x01000000FF01020304050680"
    }
  }
#-}
