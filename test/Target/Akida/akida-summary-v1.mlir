// The tables of the engine for 1.0: separable convolutions have two kernels.

// RUN: qml-translate --akida-summary %s | sed -e 's/$/|/' | FileCheck %s --match-full-lines --strict-whitespace
// RUN: qml-translate --akida-summary %s > %t.1
// RUN: qml summary %s | diff %t.1 -

//CHECK:                Model Summary                 |
//CHECK-NEXT:______________________________________________|
//CHECK-NEXT:Input shape  Output shape  Sequences  Layers|
//CHECK-NEXT:==============================================|
//CHECK-NEXT:[6, 4, 1]    [1, 1, 2]     1          4     |
//CHECK-NEXT:______________________________________________|
//CHECK-NEXT:|
//CHECK-NEXT:____________________________________________|
//CHECK-NEXT:Layer (type)    Output shape  Kernel shape|
//CHECK-NEXT:|
//CHECK-NEXT:============= SW/c-f (Software) ============|
//CHECK-NEXT:|
//CHECK-NEXT:c (InputConv.)  [6, 4, 2]     (3, 1, 1, 2)|
//CHECK-NEXT:____________________________________________|
//CHECK-NEXT:s (Sep.Conv.)   [6, 4, 3]     (3, 3, 2, 1)|
//CHECK-NEXT:____________________________________________|
//CHECK-NEXT:                              (1, 1, 2, 3)|
//CHECK-NEXT:____________________________________________|
//CHECK-NEXT:d (Conv.)       [1, 1, 3]     (1, 1, 3, 3)|
//CHECK-NEXT:____________________________________________|
//CHECK-NEXT:f (Fully.)      [1, 1, 2]     (1, 1, 3, 2)|
//CHECK-NEXT:____________________________________________|
//CHECK-NOT:{{..*}}

akida.model @m version = v1 input = "image" {
^bb0(%x: tensor<?x6x4x1xui8>):
  %0 = akida.sequence "SW/c-f" backend = "Software" -> (tensor<?x1x1x2xi32>) {
    %1 = akida.input_convolutional "c" (%x) filters = 2 kernel_width = 3 kernel_height = 1
        {weights = dense<1> : tensor<3x1x1x2xi8>}
        : (tensor<?x6x4x1xui8>) -> tensor<?x6x4x2xui8>
    %2 = akida.separable_convolutional "s" (%1) filters = 3 kernel_width = 3 kernel_height = 3
        {weights = dense<1> : tensor<3x3x2x1xi8>,
        weights_pw = dense<1> : tensor<1x1x2x3xi8>}
        : (tensor<?x6x4x2xui8>) -> tensor<?x6x4x3xui8>
    %3 = akida.convolutional "d" (%2)
        filters = 3 kernel_width = 1 kernel_height = 1 pool_type = average
        {weights = dense<1> : tensor<1x1x3x3xi8>}
        : (tensor<?x6x4x3xui8>) -> tensor<?x1x1x3xui8>
    %4 = akida.fully_connected "f" (%3) units = 2 activation = false
        {weights = dense<1> : tensor<1x1x3x2xi8>}
        : (tensor<?x1x1x3xui8>) -> tensor<?x1x1x2xi32>
    akida.yield %4 : tensor<?x1x1x2xi32>
  }
  akida.return %0 : tensor<?x1x1x2xi32>
}
