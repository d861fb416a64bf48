// A blob whose first four bytes, its alignment, are zero.
module {
  func.func @main(%arg0: tensor<?x1xf32>) -> tensor<?x2xf32> {
    %0 = qml.dense "fc"(%arg0) kernel = dense_resource<w> : tensor<1x2xf32> : tensor<?x1xf32> -> tensor<?x2xf32>
    return %0 : tensor<?x2xf32>
  }
}
{-#
  dialect_resources: {
    builtin: {
      w: "0x000000000000803F00000040"
    }
  }
#-}
