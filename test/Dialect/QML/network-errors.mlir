// What is wrong about a network as a whole: its inputs' names.
// RUN: qml-opt %s --qml-insert-quantizers=input-dtype=int8 -verify-diagnostics

// expected-error @+1 {{two inputs of the network are called 'x'; names must be unique}}
func.func @inputs(%a: tensor<?x2xf32> {qml.name = "x"}, %b: tensor<?x2xf32> {qml.name = "x"}) -> tensor<?x2xf32> {
  %0 = qml.add "add" (%a, %b) : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
