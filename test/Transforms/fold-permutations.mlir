// RUN: qml-opt %s --qml-fold-permutations | FileCheck %s
// RUN: qml-opt %s --qml-sanitize | FileCheck %s --check-prefix=SANE

// Result 0 of the reordering is channel 2: row 0 of the kernel after it
// becomes row 2.
// CHECK-LABEL: func @bgr(
// CHECK-NEXT: qml.conv_2d "conv"(%arg0) kernel = dense<{{\[\[\[\[}}2.000000e+00], [3.000000e+00], [1.000000e+00]]]]> : tensor<1x1x3x1xf32>
// CHECK-NEXT: return
func.func @bgr(%x: tensor<?x4x4x3xf32>) -> tensor<?x4x4x1xf32> {
  %0 = qml.conv_2d "swap" (%x) kernel = dense<[[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]]> : tensor<1x1x3x3xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
      padding = valid : tensor<?x4x4x3xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// Zeros around stay zeros; values of each channel go with it.
// CHECK-LABEL: func @padded(
// CHECK-NEXT: qml.conv_2d "conv"(%arg0) {{.*}} padding = same padding_value = [8.000000e+00, 7.000000e+00] activation
func.func @padded(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  %0 = qml.conv_2d "swap" (%x) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = same {source_class = "Gather"} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<3x3x2x1xf32>
      padding = same padding_value = [7.0, 8.0] activation = relu : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// Padding between is the convolution's own by then.
// SANE-LABEL: func @padding_between(
// SANE-NEXT: qml.conv_2d "conv"(%arg0) {{.*}} padding = same :
// SANE-NEXT: return
func.func @padding_between(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  %0 = qml.conv_2d "swap" (%x) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.zero_padding_2d "pad" (%0) pads = [1, 1, 1, 1] : tensor<?x4x4x2xf32> -> tensor<?x6x6x2xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<3x3x2x1xf32>
      padding = valid : tensor<?x6x6x2xf32> -> tensor<?x4x4x1xf32>
  return %2 : tensor<?x4x4x1xf32>
}

// Two in a row.
// CHECK-LABEL: func @twice(
// CHECK-NEXT: qml.conv_2d "conv"(%arg0) kernel = dense<{{\[\[\[\[}}3.000000e+00], [1.000000e+00], [2.000000e+00]]]]>
func.func @twice(%x: tensor<?x4x4x3xf32>) -> tensor<?x4x4x1xf32> {
  %0 = qml.conv_2d "swap" (%x) kernel = dense<[[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]]> : tensor<1x1x3x3xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %1 = qml.conv_2d "again" (%0) kernel = dense<[[[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]]> : tensor<1x1x3x3xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x3xf32> -> tensor<?x4x4x3xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
      padding = valid : tensor<?x4x4x3xf32> -> tensor<?x4x4x1xf32>
  return %2 : tensor<?x4x4x1xf32>
}

// What is not one and zero was trained, and has its own integers; the identity
// is there on purpose.
// CHECK-LABEL: func @others(
// CHECK-NEXT: qml.conv_2d "half"
// CHECK-NEXT: qml.conv_2d "both"
// CHECK-NEXT: qml.conv_2d "missing"
// CHECK-NEXT: qml.conv_2d "identity"
// CHECK-NEXT: qml.conv_2d "biased"
// CHECK-NEXT: qml.conv_2d "strided"
// CHECK-NEXT: qml.conv_2d "active"
// CHECK-NEXT: qml.conv_2d "last"
func.func @others(%x: tensor<?x3x3x2xf32>) -> tensor<?x3x3x2xf32> {
  %0 = qml.conv_2d "half" (%x) kernel = dense<[[[[0.0, 0.5], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %1 = qml.conv_2d "both" (%0) kernel = dense<[[[[0.0, 1.0], [1.0, 1.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %2 = qml.conv_2d "missing" (%1) kernel = dense<[[[[0.0, 1.0], [0.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %3 = qml.conv_2d "identity" (%2) kernel = dense<[[[[1.0, 0.0], [0.0, 1.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %4 = qml.conv_2d "biased" (%3) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      bias = dense<1.0> : tensor<2xf32> padding = valid {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %5 = qml.conv_2d "strided" (%4) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      strides = [2, 2] pads = [1, 1, 1, 1] {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %6 = qml.conv_2d "active" (%5) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid activation = relu {source_class = "Gather"} : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  %7 = qml.conv_2d "last" (%6) kernel = dense<1.0> : tensor<1x1x2x2xf32>
      padding = valid : tensor<?x3x3x2xf32> -> tensor<?x3x3x2xf32>
  return %7 : tensor<?x3x3x2xf32>
}

// What was a convolution in the source model is one for the reference, too.
// CHECK-LABEL: func @convolution(
// CHECK-NEXT: qml.conv_2d "own"
// CHECK-NEXT: qml.conv_2d "conv"
func.func @convolution(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x1xf32> {
  %0 = qml.conv_2d "own" (%x) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x1xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x1xf32>
  return %1 : tensor<?x4x4x1xf32>
}

// Another reader, and groups.
// CHECK-LABEL: func @readers(
// CHECK-NEXT: qml.conv_2d "swap"
// CHECK-NEXT: qml.conv_2d "conv"
// CHECK-NEXT: qml.add
// CHECK-NEXT: qml.conv_2d "swap_again"
// CHECK-NEXT: qml.conv_2d "grouped"
// CHECK-NEXT: qml.conv_2d "at_the_end"
// CHECK-NEXT: return
func.func @readers(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %0 = qml.conv_2d "swap" (%x) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32>
      padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.add "add" (%0, %1) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.conv_2d "swap_again" (%2) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.conv_2d "grouped" (%3) kernel = dense<2.0> : tensor<1x1x1x2xf32>
      groups = 2 padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %5 = qml.conv_2d "at_the_end" (%4) kernel = dense<[[[[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x1x2x2xf32>
      padding = valid {source_class = "Gather"} : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %5 : tensor<?x4x4x2xf32>
}
