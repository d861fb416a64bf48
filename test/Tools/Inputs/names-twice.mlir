// Two layers of one name.

module {
  func.func @main(%arg0: tensor<?x1xf32>) -> tensor<?x1xf32> {
    %0 = qml.relu "a"(%arg0) : tensor<?x1xf32> -> tensor<?x1xf32>
    %1 = qml.relu "a"(%0) : tensor<?x1xf32> -> tensor<?x1xf32>
    return %1 : tensor<?x1xf32>
  }
}
