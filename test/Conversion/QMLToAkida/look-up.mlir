// Functions that the hardware looks up after a convolution, and what it has no
// layer for.

// RUN: qml-opt %s --split-input-file --verify-diagnostics --qml-to-integer \
// RUN:   --convert-qml-to-akida | FileCheck %s

// CHECK-LABEL: akida.model @looked_up
// CHECK: akida.conv2d "a"({{.*}} activation = lut {
// CHECK-SAME: activation_scales = dense<{{[^>]*}}> : tensor<2xui8>, activation_shift = dense<{{[^>]*}}> : tensor<2xi8>
// CHECK-SAME: lut_values = {{[^,]*}} : tensor<2048xi32>
// CHECK-SAME: output_scales = dense<{{[^>]*}}> : tensor<2xui8>, output_shift = dense<{{[^>]*}}> : tensor<2xi8>
// CHECK-NEXT: akida.conv2d "b"

// The pool goes before the table, in the hardware's layer.
// CHECK-LABEL: akida.model @pooled
// CHECK: akida.conv2d "a"({{.*}} pool_type = max pool_size = 2 {{.*}}activation = lut
// CHECK-NEXT: akida.conv2d "b"
// Codes of a channel of zeros are shifted out of the buffer, no further.
// CHECK-LABEL: akida.model @zero_channel
// CHECK: akida.conv2d "a"({{.*}} activation_shift = dense<[-13, -23]> : tensor<2xi8>
module @looked_up {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 11 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %f = qml.activation "f" (%qa) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qf = qml.output_quantizer (%f) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %b = qml.conv_2d "b" (%qf) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %e : tensor<?x4x4x2xf32>
  }
}

// -----

module @pooled {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x2x2x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 11 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %p = qml.max_pool_2d "p" (%qa) pool_size = [2, 2] strides = [2, 2] padding = valid : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
    %f = qml.activation "f" (%p) function = swish : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %qf = qml.output_quantizer (%f) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %b = qml.conv_2d "b" (%qf) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
    return %e : tensor<?x2x2x2xf32>
  }
}

// -----

module @bits {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    // expected-error @+1 {{layer 'a': codes of 10 bits before a table: Akida 2.0 layers look up codes of 11; quantize the layer before the activation to 11 bits}}
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 10 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %f = qml.activation "f" (%qa) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qf = qml.output_quantizer (%f) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %b = qml.conv_2d "b" (%qf) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %e : tensor<?x4x4x2xf32>
  }
}

// -----

module @buffers {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    // expected-error @+1 {{layer 'a': buffers before and after a table of 24 and 32 bits: Akida 2.0 layers have one buffer for all of their products; give both quantizers the same buffer_bitwidth}}
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 24 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 11 per_tensor {buffer_bitwidth = 24 : i64, range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %f = qml.activation "f" (%qa) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qf = qml.output_quantizer (%f) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %b = qml.conv_2d "b" (%qf) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %e : tensor<?x4x4x2xf32>
  }
}

// -----

module @stray {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %s = qml.add "s" (%qa, %qa) {buffer_bitwidth = 32 : i64} : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qs = qml.output_quantizer (%s) bitwidth = 11 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    // expected-error @+1 {{layer 'f': Akida 2.0 has no layer for an Activation by itself; it looks activations up after a convolution or depthwise convolution (and its pool), whose result nothing else uses; put a 1x1 convolution before it}}
    %f = qml.activation "f" (%qs) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qf = qml.output_quantizer (%f) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %b = qml.conv_2d "b" (%qf) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %e : tensor<?x4x4x2xf32>
  }
}

// -----

module @zero_channel {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %a = qml.conv_2d "a" (%x)
        kernel = dense<[[[[0.5, 0.0], [0.25, 1.0e-6]]]]> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 24 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 11 per_tensor {buffer_bitwidth = 24 : i64, range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %f = qml.activation "f" (%qa) function = swish : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qf = qml.output_quantizer (%f) bitwidth = 8 per_tensor {buffer_bitwidth = 24 : i64, range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %b = qml.conv_2d "b" (%qf) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %e : tensor<?x4x4x2xf32>
  }
}

// -----

module @product {
  func.func @main(%image: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %x = qml.input_quantizer "q" (%image) bitwidth = 8 per_tensor
        {range_max = dense<1.0> : tensor<f32>, range_min = dense<-1.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %a = qml.conv_2d "a" (%x) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qa = qml.output_quantizer (%a) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    // expected-error @+1 {{layer 'p': Akida 2.0 has no layer for a Multiply; it multiplies with weights alone}}
    %p = qml.multiply "p" (%qa, %qa) {buffer_bitwidth = 32 : i64} : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %qp = qml.output_quantizer (%p) bitwidth = 8 per_tensor {range_max = dense<2.0> : tensor<f32>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %b = qml.conv_2d "b" (%qp) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
        {buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>}
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %e = qml.dequantizer "e" (%b) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %e : tensor<?x4x4x2xf32>
  }
}
