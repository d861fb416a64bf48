// The types of the engine's variables in its dictionary form, and a table that is left
// out.

// RUN: qml-translate --akida-to-json %s | sed -e 's/},/},\n/g' | FileCheck %s --match-full-lines

// CHECK{LITERAL}: {"Akida version":"2.19.3","IP version":"v2","layers":[{"name":"x","parameters":{"input_bits":16,"input_channels":1,"input_height":1,"input_signed":1,"input_width":1,"layer_type":"InputData"},
// CHECK-NEXT{LITERAL}: "variables":{},
// CHECK-NEXT{LITERAL}: "inbounds":[],"input_shape":[1,1,1],"output_shape":[1,1,1]},
// CHECK-NEXT{LITERAL}: {"name":"rec","parameters":{"activation":2,"buffer_bits":28,"internal_state_bits":16,"output_bits":24,"output_channels":1,"post_op_buffer_bits":32,"stateful_channels":1,"subsample":1,"layer_type":"StatefulRecurrent"},
// CHECK-NEXT{LITERAL}: "variables":{"in_proj":{"shape":[1,1],"dtype":"int8","bitwidth":8,"data":[[0]]},
// CHECK-NEXT{LITERAL}: "input_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "new_state_scale":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[1]},
// CHECK-NEXT{LITERAL}: "new_state_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "A_real":{"shape":[1],"dtype":"int16","bitwidth":16,"data":[-32768]},
// CHECK-NEXT{LITERAL}: "A_imag":{"shape":[1],"dtype":"int16","bitwidth":16,"data":[0]},
// CHECK-NEXT{LITERAL}: "internal_state_outputs_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "out_proj":{"shape":[1,1],"dtype":"int8","bitwidth":8,"data":[[0]]},
// CHECK-NEXT{LITERAL}: "bias":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "bias_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "activation_scales":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[1]},
// CHECK-NEXT{LITERAL}: "activation_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT: "lut_values":{"shape":[2048],"dtype":"int32","bitwidth":32,"data":[-1024,-1023,{{.*}},-1,0,1,{{.*}},1022,1023]},
// CHECK-NEXT{LITERAL}: "output_scales":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[1]},
// CHECK-NEXT{LITERAL}: "output_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]}},
// CHECK-NEXT{LITERAL}: "inbounds":["x"],"input_shape":[1,1,1],"output_shape":[1,1,1]},
// CHECK-NEXT{LITERAL}: {"name":"post","parameters":{"buffer_bits":44,"layer_type":"PicoPostProcessing"},
// CHECK-NEXT{LITERAL}: "variables":{"input_scales":{"shape":[1],"dtype":"uint16","bitwidth":16,"data":[65535]},
// CHECK-NEXT{LITERAL}: "input_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "threshold":{"shape":[1],"dtype":"uint16","bitwidth":16,"data":[0]}},
// CHECK-NEXT{LITERAL}: "inbounds":["rec","x"],"input_shape":[1,1,1],"output_shape":[1,1,1]}],"learning":null,"input_shape":[1,1,1],"output_shape":[1,1,1]}
// CHECK-NOT: {{..*}}

// Types of all variables, and tables.
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x1xi16>, %m: tensor<2x1xi16>):
  %0 = akida.input_data "x" (%x) input_bits = 16 : (tensor<?x1x1x1xi16>) -> tensor<?x1x1x1xi16>
  %1, %n = akida.stateful_recurrent "rec" (%0, %m)
      stateful_channels = 1 output_channels = 1 activation = lut output_bits = 24
      {A_real = dense<-32768> : tensor<1xi16>}
      : (tensor<?x1x1x1xi16>, tensor<2x1xi16>) -> (tensor<?x1x1x1xi32>, tensor<2x1xi16>)
  %2 = akida.pico_post_processing "post" (%1, %0) {input_scales = dense<65535> : tensor<1xui16>}
      : (tensor<?x1x1x1xi32>, tensor<?x1x1x1xi16>) -> tensor<?x1x1x1xi8>
  akida.return %2, %n : tensor<?x1x1x1xi8>, tensor<2x1xi16>
}
