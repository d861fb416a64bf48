// RUN: qml-opt %s --verify-diagnostics --split-input-file

//===----------------------------------------------------------------------===//
// model
//===----------------------------------------------------------------------===//

// model_c1
// expected-error @+1 {{'akida.model' op (C1) has 0 arguments and 0 results; a model takes its input and the memories of its layers, and returns its result and the memories}}
akida.model @model_c1_input version = v2 input = "x" {
^bb0:
  akida.return
}

// -----

// model_c1
// expected-error @+1 {{'akida.model' op (C1) has 1 arguments and 0 results; a model takes its input and the memories of its layers, and returns its result and the memories}}
akida.model @model_c1_result version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  akida.return
}

// -----

// model_c1
// expected-error @+1 {{'akida.model' op (C1) has 2 arguments and 1 results; a model takes its input and the memories of its layers, and returns its result and the memories}}
akida.model @model_c1_memory version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<2x2x3x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  %1, %n = akida.depthwise_buffer_temp_conv "btc" (%0, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  akida.return %1 : tensor<?x2x2x4xi8>
}

// -----

// model_c1
// expected-error @+1 {{'akida.model' op (C1) must return as memory 1 what layer 'btc' makes of it}}
akida.model @model_c1_type version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<2x2x3x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  %1, %n = akida.depthwise_buffer_temp_conv "btc" (%0, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  akida.return %1, %0 : tensor<?x2x2x4xi8>, tensor<?x2x2x4xi8>
}

// -----

// model_c1: the input is an image.
// expected-error @+1 {{'akida.model' op (C1) has an input of type 'tensor<?x4xi8>'; models take images (batch, height, width, channels)}}
akida.model @model_c1_image version = v2 input = "x" {
^bb0(%x: tensor<?x4xi8>):
  akida.return %x : tensor<?x4xi8>
}

// -----

// model_c1
// expected-error @+1 {{'akida.model' op (C1) has an input of type 'index'; models take images (batch, height, width, channels)}}
akida.model @model_c1_index version = v2 input = "x" {
^bb0(%x: index, %m: tensor<1x2x2x4xi8>):
  %0 = akida.conv2d "conv" (%m) filters = 4 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x4xi8>} : (tensor<1x2x2x4xi8>) -> tensor<1x2x2x4xi8>
  akida.return %0, %m : tensor<1x2x2x4xi8>, tensor<1x2x2x4xi8>
}

// -----

// model_c1: memories are of layers that have one.
// expected-error @+1 {{'akida.model' op (C1) has the memory 1, which not one layer with memory has for its own}}
akida.model @model_c1_no_memory version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<1x2x2x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  akida.return %0, %m : tensor<?x2x2x4xi8>, tensor<1x2x2x4xi8>
}

// -----

// model_c1: the old memory is not the new one.
// expected-error @+1 {{'akida.model' op (C1) has the memory 1, which not one layer with memory has for its own}}
akida.model @model_c1_old version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<2x2x3x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  %1, %n = akida.depthwise_buffer_temp_conv "btc" (%0, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  akida.return %1, %m : tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>
}

// -----

// model_c1: memories are in order.
// expected-error @+2 {{'akida.model' op (C1) must return as memory 1 what layer 'a' makes of it}}
// expected-error @+1 {{'akida.model' op (C1) must return as memory 2 what layer 'b' makes of it}}
akida.model @model_c1_order version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<2x2x3x4xi8>, %n: tensor<2x2x3x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  %1, %m1 = akida.depthwise_buffer_temp_conv "a" (%0, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  %2, %n1 = akida.depthwise_buffer_temp_conv "b" (%1, %n) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  akida.return %2, %n1, %m1 : tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>, tensor<2x2x3x4xi8>
}

// -----

// model_c1: a memory is of one layer.
// expected-error @+1 {{'akida.model' op (C1) has the memory 1, which not one layer with memory has for its own}}
akida.model @model_c1_shared version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>, %m: tensor<2x2x3x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  %1, %m1 = akida.depthwise_buffer_temp_conv "a" (%0, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  %2, %n1 = akida.depthwise_buffer_temp_conv "b" (%1, %m) fifo_size = 3 {weights = dense<1> : tensor<1x1x3x4xi8>}
      : (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
      -> (tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>)
  akida.return %2, %n1 : tensor<?x2x2x4xi8>, tensor<2x2x3x4xi8>
}

// -----

// model_c1: what is returned is the last layer's.
akida.model @model_c1_input_back version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  // expected-error @+1 {{layer 'x': (C1) it is the last layer, whose result the model returns; found that of no layer}}
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  akida.return %x : tensor<?x1x1x4xi8>
}

// -----

// model_c1
akida.model @model_c1_inner version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-error @+1 {{layer 'add': (C1) it is the last layer, whose result the model returns; found that of layer 'x'}}
  %1 = akida.add "add" (%0, %0)
      : (tensor<?x1x1x4xi8>, tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  akida.return %0 : tensor<?x1x1x4xi8>
}

// -----

// model_c2, of the layers of sequences, too.
akida.model @model_c2 version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  %1 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi8>) {
    %2 = akida.add "add" (%0, %0)
        : (tensor<?x1x1x4xi8>, tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
    akida.yield %2 : tensor<?x1x1x4xi8>
  }
  // expected-error @+1 {{layer 'add': (C2) another layer has its name; names are unique}}
  %3 = akida.add "add" (%1, %0)
      : (tensor<?x1x1x4xi8>, tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  akida.return %3 : tensor<?x1x1x4xi8>
}

// -----

// model_c3
// expected-error @+1 {{'akida.model' op (C3) has no layers}}
akida.model @model_c3_layers version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  akida.return %x : tensor<?x1x1x4xi8>
}

// -----

// model_c3
akida.model @model_c3_first version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  // expected-error @+1 {{layer 'fc': (C3) it reads the model's input; only input layers do}}
  %0 = akida.dense1d "fc" (%x) units = 2 {weights = dense<1> : tensor<4x2xi8>}
      : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x2xi8>
  akida.return %0 : tensor<?x1x1x2xi8>
}

// -----

// model_c3
akida.model @model_c3_inner version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-error @+1 {{layer 'y': (C3) it is an input layer; those read the model's input, or a quantizer}}
  %1 = akida.input_data "y" (%0) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  akida.return %1 : tensor<?x1x1x4xi8>
}

// -----

// model_c4: all of them are reported.
akida.model @model_c4 version = v1 input = "x" {
^bb0(%x: tensor<?x8x8x1xui8>):
  // expected-error @+1 {{layer 'first': (C4) it is a layer of Akida 2.0, in a model for Akida 1.0}}
  %0 = akida.input_conv2d "first" (%x) filters = 2 kernel_size = 1
      {weights = dense<1> : tensor<1x1x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xi8>
  // expected-error @+1 {{layer 'concat': (C4) it is a layer of Akida 2.0, in a model for Akida 1.0}}
  %1 = akida.concatenate "concat" (%0, %0)
      : (tensor<?x8x8x2xi8>, tensor<?x8x8x2xi8>) -> tensor<?x8x8x4xi8>
  akida.return %1 : tensor<?x8x8x4xi8>
}

// -----

// model_c4
akida.model @model_c4_v2 version = v2 input = "x" {
^bb0(%x: tensor<?x8x8x1xui8>):
  // expected-error @+1 {{layer 'first': (C4) it is a layer of Akida 1.0, in a model for Akida 2.0}}
  %0 = akida.input_convolutional "first" (%x) filters = 2 kernel_width = 1 kernel_height = 1
      {weights = dense<1> : tensor<1x1x1x2xi8>}
      : (tensor<?x8x8x1xui8>) -> tensor<?x8x8x2xui8>
  akida.return %0 : tensor<?x8x8x2xui8>
}

// -----

// Versions are v1 and v2.
// expected-error @+2 {{custom op 'akida.model' expected ::qml::akida::Version to be one of: v1, v2}}
// expected-error @+1 {{custom op 'akida.model' failed to parse Akida_VersionAttr parameter 'value' which is to be a `::qml::akida::Version`}}
akida.model @version version = v3 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  akida.return %x : tensor<?x1x1x4xi8>
}

// -----

// Models end with akida.return.
akida.model @terminator version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  // expected-error @+1 {{block with no terminator, has %0 = "akida.input_data"(%arg0) <{input_bits = 8 : i32, layer_name = "x"}> : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>}}
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
}

// -----

// Models are symbols of modules.
func.func @parent(%x: tensor<?x1x1x4xi8>) {
  // expected-error @+1 {{'akida.model' op symbol's parent must have the SymbolTable trait}}
  akida.model @inner version = v2 input = "x" {
  ^bb0(%y: tensor<?x1x1x4xi8>):
    %0 = akida.input_data "x" (%y) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
    akida.return %0 : tensor<?x1x1x4xi8>
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// sequence
//===----------------------------------------------------------------------===//

// sequence_c1
akida.model @sequence_c1_count version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-error @+1 {{'akida.sequence' op 's' (C1) must yield values of types 'tensor<?x1x1x4xi8>'; found}}
  %1 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi8>) {
    %2 = akida.add "add" (%0, %0)
        : (tensor<?x1x1x4xi8>, tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
    akida.yield
  }
  akida.return %1 : tensor<?x1x1x4xi8>
}

// -----

// sequence_c1
akida.model @sequence_c1_type version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-error @+1 {{'akida.sequence' op 's' (C1) must yield values of types 'tensor<?x1x1x4xi32>'; found 'tensor<?x1x1x4xi8>'}}
  %1 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi32>) {
    %2 = akida.add "add" (%0, %0)
        : (tensor<?x1x1x4xi8>, tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
    akida.yield %2 : tensor<?x1x1x4xi8>
  }
  akida.return %1 : tensor<?x1x1x4xi32>
}

// -----

// sequence_c2
akida.model @sequence_c2 version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-error @+1 {{'akida.sequence' op 's' (C2) holds no layer}}
  %1 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi8>) {
    akida.yield %0 : tensor<?x1x1x4xi8>
  }
  akida.return %1 : tensor<?x1x1x4xi8>
}

// -----

// Sequences stand in models.
func.func @sequence_parent(%x: tensor<?x1x1x4xi8>) {
  // expected-error @+1 {{'akida.sequence' op expects parent op 'akida.model'}}
  %0 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi8>) {
    %1 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
    akida.yield %1 : tensor<?x1x1x4xi8>
  }
  return
}

// -----

// And not in sequences.
akida.model @nested version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi8>) {
    // expected-error @+1 {{'akida.sequence' op expects parent op 'akida.model'}}
    %1 = akida.sequence "t" backend = "Software" -> (tensor<?x1x1x4xi8>) {
      %2 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
      akida.yield %2 : tensor<?x1x1x4xi8>
    }
    akida.yield %1 : tensor<?x1x1x4xi8>
  }
  akida.return %0 : tensor<?x1x1x4xi8>
}

// -----

// Terminators stand where they belong.
func.func @yield(%x: tensor<?x1x1x4xi8>) {
  // expected-error @+1 {{'akida.yield' op expects parent op 'akida.sequence'}}
  akida.yield %x : tensor<?x1x1x4xi8>
}

// -----

func.func @return(%x: tensor<?x1x1x4xi8>) {
  // expected-error @+1 {{'akida.return' op expects parent op 'akida.model'}}
  akida.return %x : tensor<?x1x1x4xi8>
}

// -----

//===----------------------------------------------------------------------===//
// What is damaged
//===----------------------------------------------------------------------===//

// No chain of readers ends in itself; a reader doesn't wait for dominance to be checked.
func.func @self(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'concat': (A4) its result is of type 'tensor<?x8x8x4xi8>', needed is 'tensor<?x8x8x8xi8>'}}
  %0 = akida.concatenate "concat" (%0, %0)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  return
}

// -----

func.func @each_other(%x: tensor<?x8x8x4xi8>) {
  // expected-error @+1 {{layer 'a': (A4) its result is of type 'tensor<?x8x8x4xi8>', needed is 'tensor<?x8x8x12xi8>'}}
  %0 = akida.concatenate "a" (%1, %x)
      : (tensor<?x8x8x8xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x4xi8>
  %1 = akida.concatenate "b" (%0, %0)
      : (tensor<?x8x8x4xi8>, tensor<?x8x8x4xi8>) -> tensor<?x8x8x8xi8>
  return
}

// -----

// A sequence that yields what it makes.
akida.model @yields_itself version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>):
  %1 = akida.sequence "s" backend = "Software" -> (tensor<?x2x2x4xi8>) {
    // expected-error @+2 {{layer 'conv': (C3) the first layer reads the model's input}}
    // expected-error @+1 {{layer 'conv': (C1) it is the last layer, whose result the model returns; found that of no layer}}
    %2 = akida.conv2d "conv" (%1) filters = 4 kernel_size = 1
        {weights = dense<1> : tensor<1x1x4x4xi8>} : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
    akida.yield %1 : tensor<?x2x2x4xi8>
  }
  akida.return %1 : tensor<?x2x2x4xi8>
}

// -----

// A later sequence that yields nothing.
akida.model @later version = v2 input = "x" {
^bb0(%x: tensor<?x2x2x4xi8>):
  %0 = akida.conv2d "conv" (%1) filters = 4 kernel_size = 1
      {weights = dense<1> : tensor<1x1x4x4xi8>} : (tensor<?x2x2x4xi8>) -> tensor<?x2x2x4xi8>
  // expected-error @+1 {{'akida.sequence' op 's' (C1) must yield values of types 'tensor<?x2x2x4xi8>'; found}}
  %1 = akida.sequence "s" backend = "Software" -> (tensor<?x2x2x4xi8>) {
    akida.yield
  }
  akida.return %0 : tensor<?x2x2x4xi8>
}

// -----

// Operations that are no layers.
akida.model @foreign version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.sequence "s" backend = "Software" -> (tensor<?x1x1x4xi8>) {
    // expected-error @+1 {{'builtin.unrealized_conversion_cast' is no layer of the hardware; models and sequences hold layers alone}}
    %1 = builtin.unrealized_conversion_cast %x : tensor<?x1x1x4xi8> to tensor<?x1x1x4xi8>
    akida.yield %1 : tensor<?x1x1x4xi8>
  }
  akida.return %0 : tensor<?x1x1x4xi8>
}

// -----

akida.model @foreign version = v2 input = "x" {
^bb0(%x: tensor<?x1x1x4xi8>):
  %0 = akida.input_data "x" (%x) : (tensor<?x1x1x4xi8>) -> tensor<?x1x1x4xi8>
  // expected-error @+1 {{'builtin.unrealized_conversion_cast' is no layer of the hardware; models and sequences hold layers alone}}
  %1 = builtin.unrealized_conversion_cast %0 : tensor<?x1x1x4xi8> to tensor<?x1x1x4xi8>
  akida.return %1 : tensor<?x1x1x4xi8>
}
