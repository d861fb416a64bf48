// Recurrences have a quantizer of 16 bits in any case, and factors in fixed
// point; projections and tests of predictions are quantized around them.

// RUN: qml-opt %s --qml-insert-quantizers | FileCheck %s --check-prefix=QUANTIZERS
// RUN: echo '{"rec": {"a_quantizer": {"bitwidth": 12, "axis": null, "fp_quantizer": true}, "buffer_bitwidth": 30}}' > %t.json
// RUN: qml-opt %s --qml-insert-quantizers="config=%t.json" | FileCheck %s --check-prefix=CONFIG
// RUN: echo '{"rec": {"a_quantizer": {"bitwidth": 8, "axis": null, "fp_quantizer": true}}}' > %t.few.json
// RUN: qml-opt %s --qml-insert-quantizers="config=%t.few.json" | FileCheck %s --check-prefix=FEW
// RUN: echo '{"rec": {"a_quantizer": {"bitwidth": 12}}, "in": {"buffer_bitwidth": 50}}' > %t.scaled.json
// RUN: not qml-opt %s --qml-insert-quantizers="config=%t.scaled.json" 2>&1 | FileCheck %s --check-prefix=SCALED
// RUN: echo '{"in": {"buffer_bitwidth": 40}}' > %t.wide.json
// RUN: not qml-opt %s --qml-insert-quantizers="config=%t.wide.json" 2>&1 | FileCheck %s --check-prefix=WIDE

// QUANTIZERS: %[[IN:.*]] = qml.stateful_projection "in"
// QUANTIZERS-SAME: buffer_bitwidth = 28 : i64, weight_quantizer = #qml.weight_quantizer<bitwidth = 8, axis = -1>
// QUANTIZERS-NEXT: %[[REC:.*]] = qml.stateful_recurrent "rec"(%[[IN]])
// QUANTIZERS-SAME: a_quantizer = #qml.weight_quantizer<bitwidth = 16, per_tensor>, buffer_bitwidth = 32 : i64
// QUANTIZERS-NEXT: %[[STATES:.*]] = qml.output_quantizer(%[[REC]]) bitwidth = 16 per_tensor
// QUANTIZERS-NEXT: %[[REAL:.*]] = qml.extract_token "real"(%[[STATES]])
// QUANTIZERS-NEXT: %[[OUT:.*]] = qml.stateful_projection "out"(%[[REAL]])
// QUANTIZERS-NEXT: %[[POST:.*]] = qml.pico_post_processing "post"(%[[OUT]], %{{.*}}) threshold = {{.*}} {buffer_bitwidth = 44 : i64}
// QUANTIZERS-NEXT: qml.dequantizer "dequantizer"(%[[POST]])

// CONFIG: a_quantizer = #qml.weight_quantizer<bitwidth = 12, per_tensor>, buffer_bitwidth = 30 : i64
// CONFIG: qml.output_quantizer(%{{.*}}) bitwidth = 16 per_tensor

// A configuration that is dumped has the quantizer, as the reference's.
// FEW: qml.stateful_recurrent "rec"
// FEW-SAME: config_keys = "a_quantizer,a_quantizer.bitwidth,a_quantizer.axis,a_quantizer.fp_quantizer,output_quantizer,output_quantizer.bitwidth,output_quantizer.axis,buffer_bitwidth"

// SCALED-DAG: layer 'rec': a_quantizer must have "fp_quantizer": true, and a sign: factors of recurrences have no scale
// SCALED-DAG: layer 'in': buffer_bitwidth is 50; allowed are 2 to 44

// WIDE: the configuration gives layer 'in' a buffer_bitwidth of 40; allowed are 2 to 32
func.func @main(%x: tensor<?x4x3xi16>) -> tensor<?x3xf32> {
  %0 = qml.stateful_projection "in" (%x) kernel = dense<0.5> : tensor<3x2xf32> : tensor<?x4x3xi16> -> tensor<?x4x2xf32>
  %1 = qml.stateful_recurrent "rec" (%0) real = dense<0.25> : tensor<2xf32> imag = dense<0.5> : tensor<2xf32>
      : tensor<?x4x2xf32> -> tensor<?x4x2x2xf32>
  %2 = qml.extract_token "real" (%1) token = 0 axis = 3 : tensor<?x4x2x2xf32> -> tensor<?x4x2xf32>
  %3 = qml.stateful_projection "out" (%2) kernel = dense<0.5> : tensor<2x3xf32> : tensor<?x4x2xf32> -> tensor<?x4x3xf32>
  %4 = qml.pico_post_processing "post" (%3, %x) threshold = 40.0 : (tensor<?x4x3xf32>, tensor<?x4x3xi16>) -> tensor<?x3xf32>
  return %4 : tensor<?x3xf32>
}
