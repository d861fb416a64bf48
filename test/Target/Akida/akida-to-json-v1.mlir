// The dictionary form of a model of 1.0.

// RUN: qml-translate --akida-to-json %s | sed -e 's/},/},\n/g' | FileCheck %s --match-full-lines

// CHECK{LITERAL}: {"Akida version":"2.19.3","IP version":"v1","layers":[{"name":"conv","parameters":{"act_bits":4,"activation":1,"filters":1,"input_channels":1,"input_height":2,"input_width":3,"kernel_height":1,"kernel_width":3,"padding":1,"padding_value":7,"pool_type":1,"pooling_height":2,"pooling_stride_x":-1,"pooling_stride_y":-1,"pooling_width":1,"stride_x":1,"stride_y":1,"weights_bits":4,"layer_type":"InputConvolutional"},
// CHECK-NEXT{LITERAL}: "variables":{"weights":{"shape":[3,1,1,1],"dtype":"int8","bitwidth":8,"data":[[[[1]]],[[[2]]],[[[-7]]]]},
// CHECK-NEXT{LITERAL}: "threshold":{"shape":[1],"dtype":"int32","bitwidth":32,"data":[-100000]},
// CHECK-NEXT{LITERAL}: "act_step":{"shape":[1],"dtype":"float32","bitwidth":32,"data":[0.0625]}},
// CHECK-NEXT{LITERAL}: "inbounds":[],"input_shape":[3,2,1],"output_shape":[3,1,1]},
// CHECK-NEXT{LITERAL}: {"name":"fc","parameters":{"act_bits":4,"activation":0,"units":2,"weights_bits":4,"layer_type":"FullyConnected"},
// CHECK-NEXT{LITERAL}: "variables":{"weights":{"shape":[1,1,3,2],"dtype":"int8","bitwidth":8,"data":[[[[1,2],[3,4],[5,6]]]]},
// CHECK-NEXT{LITERAL}: "threshold":{"shape":[2],"dtype":"int32","bitwidth":32,"data":[0,0]},
// CHECK-NEXT{LITERAL}: "act_step":{"shape":[2],"dtype":"float32","bitwidth":32,"data":[1,1]}},
// CHECK-NEXT{LITERAL}: "inbounds":["conv"],"input_shape":[3,1,1],"output_shape":[1,1,2]}],"learning":null,"input_shape":[3,2,1],"output_shape":[1,1,2]}
// CHECK-NOT: {{..*}}

akida.model @m version = v1 input = "image" {
^bb0(%x: tensor<?x3x2x1xui8>):
  %0 = akida.sequence "SW/conv-fc" backend = "Software" -> (tensor<?x1x1x2xi32>) {
    %1 = akida.input_convolutional "conv" (%x)
        filters = 1 kernel_width = 3 kernel_height = 1 pool_type = max pooling_width = 1
        pooling_height = 2 padding_value = 7
        {weights = dense<[[[[1]]], [[[2]]], [[[-7]]]]> : tensor<3x1x1x1xi8>,
        threshold = dense<-100000> : tensor<1xi32>, act_step = dense<0.0625> : tensor<1xf32>}
        : (tensor<?x3x2x1xui8>) -> tensor<?x3x1x1xui8>
    %2 = akida.fully_connected "fc" (%1) units = 2 activation = false
        {weights = dense<[[[[1, 2], [3, 4], [5, 6]]]]> : tensor<1x1x3x2xi8>}
        : (tensor<?x3x1x1xui8>) -> tensor<?x1x1x2xi32>
    akida.yield %2 : tensor<?x1x1x2xi32>
  }
  akida.return %0 : tensor<?x1x1x2xi32>
}
