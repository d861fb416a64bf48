// Akida 1.0 has no tables.

// RUN: qml-opt %s --verify-diagnostics --akida-check="version=1"

func.func @main(%x: tensor<?x8x8x1xf32>) -> tensor<?x8x8x2xf32> {
  // expected-error @+3 {{layer 'conv': first layer of unsigned 8-bit inputs of class Conv2D}}
  // expected-error @+2 {{layer 'conv': quantized result of Conv2D: Akida 1.0 layers give quantized results of ReLU alone}}
  // expected-error @+1 {{layer 'conv_activ': Akida 1.0 has no layer for an Activation; its only activation is ReLU: use ReLU6}}
  %0 = qml.conv_2d "conv" (%x) kernel = dense<0.5> : tensor<3x3x1x2xf32> padding = same activation = swish
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x2xf32>
  return %0 : tensor<?x8x8x2xf32>
}
