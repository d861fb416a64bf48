// The dictionary form of a model of 2.0: quotes in names, layers of sequences, memories
// that are no layers, and variables that are left out.

// RUN: qml-translate --akida-to-json %s | sed -e 's/},/},\n/g' | FileCheck %s --match-full-lines

// CHECK{LITERAL}: {"Akida version":"2.19.3","IP version":"v2","layers":[{"name":"first \"ä\"","parameters":{"channels_first":0,"input_channels":2,"input_height":2,"input_width":1,"output_bits":4,"output_signed":0,"layer_type":"Quantizer"},
// CHECK-NEXT{LITERAL}: "variables":{"scales":{"shape":[2],"dtype":"float32","bitwidth":32,"data":[0.1,1e-30]},
// CHECK-NEXT{LITERAL}: "zero_points":{"shape":[2],"dtype":"uint8","bitwidth":8,"data":[0,255]}},
// CHECK-NEXT{LITERAL}: "inbounds":[],"input_shape":[1,2,2],"output_shape":[1,2,2]},
// CHECK-NEXT{LITERAL}: {"name":"input","parameters":{"input_bits":4,"input_channels":2,"input_height":2,"input_signed":0,"input_width":1,"layer_type":"InputData"},
// CHECK-NEXT{LITERAL}: "variables":{},
// CHECK-NEXT{LITERAL}: "inbounds":["first \"ä\""],"input_shape":[1,2,2],"output_shape":[1,2,2]},
// CHECK-NEXT{LITERAL}: {"name":"btc","parameters":{"activation":1,"buffer_bits":32,"fifo_size":2,"filters":1,"output_bits":8,"post_op_buffer_bits":32,"weights_bits":8,"layer_type":"BufferTempConv"},
// CHECK-NEXT{LITERAL}: "variables":{"weights":{"shape":[1,1,4,1],"dtype":"int8","bitwidth":8,"data":[[[[-1],[1],[-128],[2]]]]},
// CHECK-NEXT{LITERAL}: "bias":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "bias_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[31]},
// CHECK-NEXT{LITERAL}: "input_shift":{"shape":[2],"dtype":"uint8","bitwidth":8,"data":[0,0]},
// CHECK-NEXT{LITERAL}: "max_value":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[127]},
// CHECK-NEXT{LITERAL}: "max_value_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[31]},
// CHECK-NEXT{LITERAL}: "output_scales":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[1]},
// CHECK-NEXT{LITERAL}: "output_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]}},
// CHECK-NEXT{LITERAL}: "inbounds":["input"],"input_shape":[1,2,2],"output_shape":[1,2,1]},
// CHECK-NEXT{LITERAL}: {"name":"conv","parameters":{"activation":0,"buffer_bits":20,"filters":1,"kernel_size":1,"kernel_stride":1,"output_bits":8,"padding":0,"pool_size":-1,"pool_stride":-1,"pool_type":0,"post_op_buffer_bits":32,"weights_bits":8,"layer_type":"Conv2D"},
// CHECK-NEXT{LITERAL}: "variables":{"weights":{"shape":[1,1,2,1],"dtype":"int8","bitwidth":8,"data":[[[[-3],[-3]]]]},
// CHECK-NEXT{LITERAL}: "bias":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "bias_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "input_shift":{"shape":[2],"dtype":"uint8","bitwidth":8,"data":[0,0]},
// CHECK-NEXT{LITERAL}: "output_scales":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[1]},
// CHECK-NEXT{LITERAL}: "output_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[0]}},
// CHECK-NEXT{LITERAL}: "inbounds":["input"],"input_shape":[1,2,2],"output_shape":[1,2,1]},
// CHECK-NEXT{LITERAL}: {"name":"add","parameters":{"buffer_bits":32,"output_bits":8,"post_op_buffer_bits":32,"layer_type":"Add"},
// CHECK-NEXT{LITERAL}: "variables":{"a_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "b_shift":{"shape":[1],"dtype":"uint8","bitwidth":8,"data":[0]},
// CHECK-NEXT{LITERAL}: "output_shift":{"shape":[1],"dtype":"int8","bitwidth":8,"data":[-1]}},
// CHECK-NEXT{LITERAL}: "inbounds":["conv","btc"],"input_shape":[1,2,1],"output_shape":[1,2,1]},
// CHECK-NEXT{LITERAL}: {"name":"dequantizer","parameters":{"layer_type":"Dequantizer"},
// CHECK-NEXT{LITERAL}: "variables":{"scales":{"shape":[1],"dtype":"float32","bitwidth":32,"data":[1]}},
// CHECK-NEXT{LITERAL}: "inbounds":["add"],"input_shape":[1,2,1],"output_shape":[1,2,1]}],"learning":null,"input_shape":[1,2,2],"output_shape":[1,2,1]}
// CHECK-NOT: {{..*}}

module {
akida.model @m version = v2 input = "x" {
^bb0(%x: tensor<?x1x2x2xf32>, %m: tensor<1x2x2x2xui8>):
  %0 = akida.quantizer "first \22\C3\A4\22" (%x) output_bits = 4
      {scales = dense<[0.1, 1.0e-30]> : tensor<2xf32>, zero_points = dense<[0, 255]> : tensor<2xui8>}
      : (tensor<?x1x2x2xf32>) -> tensor<?x1x2x2xui8>
  %1 = akida.input_data "input" (%0) input_bits = 4
      : (tensor<?x1x2x2xui8>) -> tensor<?x1x2x2xui8>
  %2, %n = akida.sequence "SW/btc-add" backend = "Software"
      -> (tensor<?x1x2x1xi8>, tensor<1x2x2x2xui8>) {
    %3, %4 = akida.buffer_temp_conv "btc" (%1, %m) filters = 1 fifo_size = 2 activation = relu
        {weights = dense_resource<weights> : tensor<1x1x4x1xi8>,
        bias_shift = dense<31> : tensor<1xui8>}
        : (tensor<?x1x2x2xui8>, tensor<1x2x2x2xui8>) -> (tensor<?x1x2x1xi8>, tensor<1x2x2x2xui8>)
    %5 = akida.conv2d "conv" (%1) filters = 1 kernel_size = 1 padding = valid buffer_bits = 20
        {weights = dense<-3> : tensor<1x1x2x1xi8>}
        : (tensor<?x1x2x2xui8>) -> tensor<?x1x2x1xi8>
    %6 = akida.add "add" (%5, %3) {output_shift = dense<-1> : tensor<1xi8>}
        : (tensor<?x1x2x1xi8>, tensor<?x1x2x1xi8>) -> tensor<?x1x2x1xi8>
    akida.yield %6, %4 : tensor<?x1x2x1xi8>, tensor<1x2x2x2xui8>
  }
  %7 = akida.dequantizer "dequantizer" (%2) : (tensor<?x1x2x1xi8>) -> tensor<?x1x2x1xf32>
  akida.return %7, %n : tensor<?x1x2x1xf32>, tensor<1x2x2x2xui8>
}
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x01000000FF018002"
    }
  }
#-}
