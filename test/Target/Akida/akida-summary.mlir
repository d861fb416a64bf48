// The tables of the engine, space by space.

// RUN: qml-translate --akida-summary %s | sed -e 's/$/|/' | FileCheck %s --match-full-lines --strict-whitespace
// RUN: qml-translate --akida-summary %s > %t.1
// RUN: qml summary %s | diff %t.1 -

//CHECK:                Model Summary                 |
//CHECK-NEXT:______________________________________________|
//CHECK-NEXT:Input shape  Output shape  Sequences  Layers|
//CHECK-NEXT:==============================================|
//CHECK-NEXT:[8, 8, 4]    [1, 1, 10]    2          6     |
//CHECK-NEXT:______________________________________________|
//CHECK-NEXT:|
//CHECK-NEXT:_____________________________________________________________________|
//CHECK-NEXT:Layer (type)                           Output shape  Kernel shape  |
//CHECK-NEXT:|
//CHECK-NEXT:======================= SW/conv-fc (Software) =======================|
//CHECK-NEXT:|
//CHECK-NEXT:conv (Conv2D)                          [8, 8, 100]   (3, 3, 4, 100)|
//CHECK-NEXT:_____________________________________________________________________|
//CHECK-NEXT:depthwise (DepthwiseConv2D)            [4, 4, 100]   (3, 3, 100, 1)|
//CHECK-NEXT:_____________________________________________________________________|
//CHECK-NEXT:add (Add)                              [4, 4, 100]   N/A           |
//CHECK-NEXT:_____________________________________________________________________|
//CHECK-NEXT:a_very_long_name_of_a_layer (Dense1D)  [1, 1, 10]    (1600, 10)    |
//CHECK-NEXT:|
//CHECK-NEXT:===================== SW/dequantizer (Software) =====================|
//CHECK-NEXT:|
//CHECK-NEXT:dequantizer (Dequantizer)              [1, 1, 10]    N/A           |
//CHECK-NEXT:_____________________________________________________________________|
//CHECK-NOT:{{..*}}

akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x8x8x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.sequence "SW/conv-fc" backend = "Software" -> (tensor<?x1x1x10xi32>) {
    %2 = akida.conv2d "conv" (%0) filters = 100 kernel_size = 3
        {weights = dense<1> : tensor<3x3x4x100xi8>}
        : (tensor<?x8x8x4xi8>) -> tensor<?x8x8x100xi8>
    %3 = akida.depthwise_conv2d "depthwise" (%2) kernel_size = 3 kernel_stride = 2
        {weights = dense<1> : tensor<3x3x100x1xi8>}
        : (tensor<?x8x8x100xi8>) -> tensor<?x4x4x100xi8>
    %4 = akida.add "add" (%3, %3)
        : (tensor<?x4x4x100xi8>, tensor<?x4x4x100xi8>) -> tensor<?x4x4x100xi8>
    %5 = akida.dense1d "a_very_long_name_of_a_layer" (%4) units = 10 output_bits = 28
        {weights = dense<1> : tensor<1600x10xi8>}
        : (tensor<?x4x4x100xi8>) -> tensor<?x1x1x10xi32>
    akida.yield %5 : tensor<?x1x1x10xi32>
  }
  %6 = akida.sequence "SW/dequantizer" backend = "Software" -> (tensor<?x1x1x10xf32>) {
    %7 = akida.dequantizer "dequantizer" (%1)
        : (tensor<?x1x1x10xi32>) -> tensor<?x1x1x10xf32>
    akida.yield %7 : tensor<?x1x1x10xf32>
  }
  akida.return %6 : tensor<?x1x1x10xf32>
}
