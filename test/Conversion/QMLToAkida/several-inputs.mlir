// RUN: qml-opt %s --akida-check --verify-diagnostics
// RUN: not qml-opt %s --akida-check=version=1 2>&1 | FileCheck %s
// CHECK: inputs 2: Akida 1.0 networks have one input; put the channels of its inputs side by side in one

// expected-error @+1 {{inputs 2: Akida 2.0 networks have one input; put the channels of its inputs side by side in one}}
func.func @main(%x: tensor<?x4x4x2xi8>, %y: tensor<?x4x4x2xi8>) -> tensor<?x4x4x2xf32> {
  %0 = qml.rescaling "rescale_x" (%x) scale = [0.5] : tensor<?x4x4x2xi8> -> tensor<?x4x4x2xf32>
  %1 = qml.rescaling "rescale_y" (%y) scale = [0.5] : tensor<?x4x4x2xi8> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "a" (%0) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.conv_2d "b" (%1) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.add "add" (%2, %3) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %5 = qml.conv_2d "c" (%4) kernel = dense<0.5> : tensor<1x1x2x2xf32> padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %5 : tensor<?x4x4x2xf32>
}
