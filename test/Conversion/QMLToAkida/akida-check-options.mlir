// Options of the check, and that it changes nothing.

// RUN: qml-opt %s > %t.mlir
// RUN: qml-opt %s --akida-check | diff %t.mlir -
// RUN: qml-opt %s --akida-check=version=1 2> %t.err | diff %t.mlir -
// RUN: FileCheck %s --check-prefix=WARNING --implicit-check-not=error: < %t.err
// WARNING: warning: layer 'logits_activ' of class Softmax and what follows run in float

// The quantizer that is made for floats is told, too.
// RUN: not qml-opt %s --akida-check=input-dtype=int16 2>&1 | FileCheck %s --check-prefix=WIDE --implicit-check-not=error:
// WIDE: error: {{.*}}layer 'input_quantizer': output bits 16: Akida 2.0 quantizers take 4 or 8; use an input type of 8 bits

// RUN: not qml-opt %s --akida-check=input-dtype=float16 2>&1 | FileCheck %s --check-prefix=DTYPE --implicit-check-not=error:
// DTYPE: error: input-dtype is 'float16'; allowed are uint8, int8 and int16
// RUN: not qml-opt %s --akida-check=version=3 2>&1 | FileCheck %s --check-prefix=VERSION --implicit-check-not=error:
// RUN: not qml-opt %s --convert-qml-to-akida=version=3 2>&1 | FileCheck %s --check-prefix=VERSION --implicit-check-not=error:
// VERSION: error: there is no Akida 3; versions are 1 and 2
// RUN: not qml-opt %s --akida-check=version=two 2>&1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: 'two' value invalid for integer argument!

func.func @main(%x: tensor<?x8x8x3xf32>) -> tensor<?x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x8x8x3xf32> -> tensor<?x8x8x3xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x3x4xf32> strides = [2, 2] padding = same
      : tensor<?x8x8x3xf32> -> tensor<?x4x4x4xf32>
  %2 = qml.batch_norm "norm" (%1) gamma = dense<1.0> : tensor<4xf32> beta = dense<0.0> : tensor<4xf32>
      mean = dense<0.5> : tensor<4xf32> variance = dense<2.0> : tensor<4xf32> epsilon = 1.0e-3
      : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %3 = qml.relu "relu" (%2) max_value = 6.0 : tensor<?x4x4x4xf32> -> tensor<?x4x4x4xf32>
  %4 = qml.max_pool_2d "pool" (%3) pool_size = [2, 2] strides = [2, 2] padding = same : tensor<?x4x4x4xf32> -> tensor<?x2x2x4xf32>
  %5 = qml.flatten "flatten" (%4) : tensor<?x2x2x4xf32> -> tensor<?x16xf32>
  %6 = qml.dense "logits" (%5) kernel = dense<1.0> : tensor<16x2xf32> activation = softmax : tensor<?x16xf32> -> tensor<?x2xf32>
  return %6 : tensor<?x2xf32>
}
