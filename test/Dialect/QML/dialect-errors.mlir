// RUN: qml-opt %s -verify-diagnostics -split-input-file

// expected-error @+1 {{'qml.arithmetic' is an attribute of modules, "quantizeml" or "akida"; found "float"}}
module attributes {qml.arithmetic = "float"} {}

// -----

// expected-error @+1 {{'qml.arithmetic' is an attribute of modules, "quantizeml" or "akida"; found 1 : i64}}
module attributes {qml.arithmetic = 1} {}

// -----

// expected-error @+1 {{'qml.arithmetic' is an attribute of modules, "quantizeml" or "akida"; found "akida"}}
func.func private @function() attributes {qml.arithmetic = "akida"}

// -----

// expected-error @+1 {{'qml.frac_bits_limit' is an attribute of modules, "value-bits" or "widest-channel"; found "none"}}
module attributes {qml.frac_bits_limit = "none"} {}

// -----

// expected-error @+1 {{'qml.recovery' is an attribute of modules, "bias" or "full"; found "none"}}
module attributes {qml.recovery = "none"} {}

// -----

// expected-error @+1 {{unknown attribute 'qml.device'; the dialect has 'qml.arithmetic', 'qml.target', 'qml.frac_bits_limit' and 'qml.recovery' on modules, 'qml.layout' on arguments and 'qml.name' and 'qml.state' on arguments and results}}
module attributes {qml.device = "cuda"} {}

// -----

// expected-error @+1 {{unknown attribute 'qml.shape' of argument 0; the dialect has 'qml.name', 'qml.layout' and 'qml.state'}}
func.func private @argument(tensor<?x8xf32> {qml.shape = 1})

// -----

// expected-error @+1 {{'qml.name' of argument 1 must be a string; found 1 : i64}}
func.func private @name(tensor<?x8xf32>, tensor<?x8xf32> {qml.name = 1})

// -----

// expected-error @+1 {{'qml.state' of argument 0 must be a string; found unit}}
func.func private @argument_state(tensor<?x8xf32> {qml.state})

// -----

// expected-error @+1 {{'qml.state' of result 1 must be a string; found 1 : i64}}
func.func private @result_state() -> (tensor<?x8xf32>, tensor<?x8xf32> {qml.state = 1})

// -----

// Names are of arguments alone.
// expected-error @+1 {{unknown attribute 'qml.layout' of result 0; the dialect has 'qml.name' and 'qml.state'}}
func.func private @result_layout() -> (tensor<?x8xf32> {qml.layout = "x"})

// -----

// expected-error @+1 {{unknown attribute 'qml.state'; the dialect has 'qml.arithmetic', 'qml.target', 'qml.frac_bits_limit' and 'qml.recovery' on modules, 'qml.layout' on arguments and 'qml.name' and 'qml.state' on arguments and results}}
module attributes {qml.state = "h"} {}

// -----

func.func @operation(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{custom op 'qml.gelu' is unknown}}
  %0 = qml.gelu "a" (%x) : tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

func.func @missing(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'qml.relu' op requires attribute 'layer_name'}}
  %0 = "qml.relu"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// expected-error @+1 {{'qml.target' is an attribute of modules, "akida-2.0" or "akida-1.0"; found "akida-3.0"}}
module attributes {qml.target = "akida-3.0"} {
}

// -----

// expected-error @+1 {{'qml.layout' of argument 0 must be "channels_first" or "frames"; found "nhwc"}}
func.func private @layout(tensor<?x4x4x3xf32> {qml.layout = "nhwc"})
