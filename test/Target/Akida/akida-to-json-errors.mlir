// Models that JSON can't say, and modules without one.

// RUN: split-file %s %t
// RUN: not qml-translate --akida-to-json %t/nan.mlir -o %t/nan.json 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: error: layer 'dequantizer': the variable 'scales' holds a value that is infinite or not a number, which JSON cannot say; write .fbz
// RUN: not qml-translate --akida-to-json %t/infinite.mlir -o %t/infinite.json 2>&1 | FileCheck %s --check-prefix=INFINITE
// INFINITE: error: layer 'quantizer': the variable 'scales' holds a value that is infinite or not a number, which JSON cannot say; write .fbz
// RUN: not qml-translate --akida-to-json %t/bytes.mlir -o %t/bytes.json 2>&1 | FileCheck %s --check-prefix=BYTES
// BYTES: error: layer 'caf{{.*}}': its name is no UTF-8, which JSON needs; give it another
// RUN: not ls %t/bytes.json
// RUN: not ls %t/nan.json
// RUN: not ls %t/infinite.json

// RUN: not qml-translate --akida-to-json %t/network.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not qml-translate --akida-to-fbz %t/network.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not qml-translate --akida-summary %t/network.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: there is no akida.model in this module; make one of an integer network with --convert-qml-to-akida

// RUN: not qml-translate --akida-to-json %t/two.mlir 2>&1 | FileCheck %s --check-prefix=TWO
// TWO: error: there is more than one akida.model in this module; files for the engine hold one

// Models are verified before they are written.
// RUN: not qml-translate --akida-to-json %t/broken.mlir 2>&1 | FileCheck %s --check-prefix=BROKEN
// RUN: not qml-translate --akida-summary %t/broken.mlir 2>&1 | FileCheck %s --check-prefix=BROKEN
// BROKEN: error: layer 'x': inputs of 8 bits are of type 'i8', found 'ui8'

//--- nan.mlir
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x2xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi8>
  %1 = akida.dequantizer "dequantizer" (%0) {scales = dense<[1.0, 0x7FC00000]> : tensor<2xf32>}
      : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xf32>
  akida.return %1 : tensor<?x1x1x2xf32>
}

//--- bytes.mlir
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x2xi8>):
  %0 = akida.input_data "caf\E9" (%x) : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi8>
  akida.return %0 : tensor<?x1x1x2xi8>
}

//--- infinite.mlir
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x2xf32>):
  %0 = akida.quantizer "quantizer" (%x) {scales = dense<0xFF800000> : tensor<2xf32>}
      : (tensor<?x1x1x2xf32>) -> tensor<?x1x1x2xui8>
  akida.return %0 : tensor<?x1x1x2xui8>
}

//--- two.mlir
akida.model @a version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x2xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi8>
  akida.return %0 : tensor<?x1x1x2xi8>
}
akida.model @b version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x2xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x2xi8>) -> tensor<?x1x1x2xi8>
  akida.return %0 : tensor<?x1x1x2xi8>
}

//--- network.mlir
module {}

//--- broken.mlir
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x2xui8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x2xui8>) -> tensor<?x1x1x2xui8>
  akida.return %0 : tensor<?x1x1x2xui8>
}
