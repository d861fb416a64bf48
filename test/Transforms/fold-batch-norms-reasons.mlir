// Why a norm stays, and with it the rest in float.

// RUN: qml-opt %s --split-input-file --qml-sanitize --qml-insert-quantizers=input-dtype=int8 2>&1 >/dev/null | FileCheck %s

// CHECK: warning: layer 'gamma' of class BatchNormalization and what follows run in float: it has statistics that were not folded into the layer before: 1 of 2 channels have a gamma of zero; give them a small one, as 1e-6
func.func @main(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x2x2xf32>
      padding = same : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.batch_norm "gamma" (%0) gamma = dense<[0.0, 1.0]> : tensor<2xf32>
      beta = dense<0.0> : tensor<2xf32> mean = dense<0.0> : tensor<2xf32>
      variance = dense<1.0> : tensor<2xf32> epsilon = 1.0e-3
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}
