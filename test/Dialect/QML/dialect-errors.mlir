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

// expected-error @+1 {{unknown attribute 'qml.device'; the dialect has 'qml.arithmetic' on modules and 'qml.name' on arguments}}
module attributes {qml.device = "cuda"} {}

// -----

// expected-error @+1 {{unknown attribute 'qml.shape' of argument 0; the dialect has 'qml.name'}}
func.func private @argument(tensor<?x8xf32> {qml.shape = 1})

// -----

// expected-error @+1 {{'qml.name' of argument 1 must be a string; found 1 : i64}}
func.func private @name(tensor<?x8xf32>, tensor<?x8xf32> {qml.name = 1})

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
