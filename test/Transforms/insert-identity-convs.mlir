// RUN: qml-opt %s --qml-insert-identity-convs | FileCheck %s

// CHECK-LABEL: func @add_relu_average(
func.func @add_relu_average(%x: tensor<?x4x4x2xf32>) -> tensor<?x2xf32> {
  %0 = qml.relu "a" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.max_pool_2d "b" (%x) pool_size = [1, 1] strides = [1, 1] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: %[[ADD:.*]] = qml.add "add"
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "add_identity_conv"(%[[ADD]])
  // CHECK-SAME{LITERAL}: kernel = dense<[[[[1.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00]]]]> : tensor<1x1x2x2xf32> padding = valid : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.relu "relu"(%[[CONV]])
  // CHECK-NEXT: qml.global_average_pool_2d
  // CHECK-NEXT: return
  %2 = qml.add "add" (%0, %1) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.relu "relu" (%2) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.global_average_pool_2d "gap" (%3) : tensor<?x4x4x2xf32> -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}

// CHECK-LABEL: func @after_add(
func.func @after_add(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %0 = qml.relu "a" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // A convolution reads this one.
  // CHECK: %[[FIRST:.*]] = qml.add "first"
  // CHECK-NEXT: qml.conv_2d "conv"(%[[FIRST]])
  %1 = qml.add "first" (%x, %0) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "conv" (%1) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: %[[ADD:.*]] = qml.add "second"
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "second_identity_conv"(%[[ADD]])
  // CHECK-NEXT: return %[[CONV]]
  %3 = qml.add "second" (%2, %1) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %3 : tensor<?x4x4x2xf32>
}

// Vectors, and more than 2,048 channels.
// CHECK-LABEL: func @not_after_add(
func.func @not_after_add(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.add
  // CHECK-NEXT: return
  %0 = qml.relu "relu" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  %1 = qml.add "add" (%0, %x) : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
// CHECK-LABEL: func @many_channels(
func.func @many_channels(%x: tensor<?x1x1x2049xf32>) -> tensor<?x1x1x2049xf32> {
  // CHECK-NEXT: qml.relu
  // CHECK-NEXT: qml.add
  // CHECK-NEXT: return
  %0 = qml.relu "relu" (%x) : tensor<?x1x1x2049xf32> -> tensor<?x1x1x2049xf32>
  %1 = qml.add "add" (%0, %x)
      : tensor<?x1x1x2049xf32>, tensor<?x1x1x2049xf32> -> tensor<?x1x1x2049xf32>
  return %1 : tensor<?x1x1x2049xf32>
}

// CHECK-LABEL: func @first_block(
func.func @first_block(%x: tensor<?x4x4x1xui8>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32>) {
  // CHECK: %[[POOL:.*]] = qml.max_pool_2d "pool"
  // CHECK-NEXT: %[[ID:.*]] = qml.conv_2d "pool_identity_conv"(%[[POOL]])
  // CHECK-NEXT: qml.conv_2d "a"(%[[ID]])
  // CHECK-NEXT: qml.conv_2d "b"(%[[ID]])
  // CHECK-NEXT: return
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] : tensor<?x4x4x1xui8> -> tensor<?x4x4x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x1x2xf32> padding = same
      : tensor<?x4x4x1xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.relu "relu" (%1) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.max_pool_2d "pool" (%2) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %4 = qml.conv_2d "a" (%3) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  %5 = qml.conv_2d "b" (%3) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x2x2x2xf32> -> tensor<?x2x2x2xf32>
  return %4, %5 : tensor<?x2x2x2xf32>, tensor<?x2x2x2xf32>
}

// Inputs of two channels may have two users.
// CHECK-LABEL: func @no_first_block(
func.func @no_first_block(%x: tensor<?x4x4x2xf32>) -> (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) {
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-NEXT: qml.conv_2d "a"
  // CHECK-NEXT: qml.conv_2d "b"
  // CHECK-NEXT: return
  %0 = qml.conv_2d "conv" (%x) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "b" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1, %2 : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>
}

// CHECK-LABEL: func @input_twice(
func.func @input_twice(%x: tensor<?x4x4x2xf32> {qml.name = "image"}) -> tensor<?x4x4x2xf32> {
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "image_identity_conv"(%arg0)
  // CHECK-NEXT: qml.add "add"(%[[CONV]], %arg0)
  // CHECK-NEXT: qml.conv_2d "conv"
  // CHECK-NEXT: return
  %0 = qml.add "add" (%x, %x) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1 : tensor<?x4x4x2xf32>
}

// The last two share one, and again, until there are two.
// CHECK-LABEL: func @four_users(
func.func @four_users(%x: tensor<?x4x4x2xf32>)
    -> (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) {
  // CHECK: %[[RELU:.*]] = qml.relu "relu"
  // CHECK-DAG: %[[THREE:.*]] = qml.conv_2d "relu_identity_conv_3"(%[[RELU]])
  // CHECK-DAG: %[[FOUR:.*]] = qml.conv_2d "relu_identity_conv_4"(%[[THREE]])
  // CHECK-DAG: qml.conv_2d "a"(%[[RELU]])
  // CHECK-DAG: qml.conv_2d "b"(%[[THREE]])
  // CHECK-DAG: qml.conv_2d "c"(%[[FOUR]])
  // CHECK-DAG: qml.conv_2d "d"(%[[FOUR]])
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "b" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %3 = qml.conv_2d "c" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %4 = qml.conv_2d "d" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1, %2, %3, %4
      : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>
}

// A layer that reads a result twice reads the convolution twice, as in the
// reference.
// CHECK-LABEL: func @twice_of_three(
func.func @twice_of_three(%x: tensor<?x4x4x2xf32>) -> (tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>) {
  // CHECK: %[[RELU:.*]] = qml.relu "relu"
  // CHECK-NEXT: %[[THREE:.*]] = qml.conv_2d "relu_identity_conv_3"(%[[RELU]])
  // CHECK-NEXT: %[[ADD:.*]] = qml.add "add"(%[[THREE]], %[[THREE]])
  // CHECK: qml.conv_2d "a"(%[[THREE]])
  %0 = qml.relu "relu" (%x) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %1 = qml.add "add" (%0, %0) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %2 = qml.conv_2d "a" (%0) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  return %1, %2 : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32>
}

// Concatenations as additions.
// CHECK-LABEL: func @concatenations(
func.func @concatenations(%x: tensor<?x4x4x2xf32> {qml.name = "x"}) -> tensor<?x64xf32> {
  // CHECK-NEXT: %[[X:.*]] = qml.conv_2d "x_identity_conv"(%[[INPUT:.*]]) kernel
  // CHECK-NEXT: %[[C:.*]] = qml.concatenate "same"(%[[X]], %[[INPUT]])
  // CHECK-NEXT: %[[CONV:.*]] = qml.conv_2d "same_identity_conv"(%[[C]])
  // CHECK-NEXT: qml.flatten "flatten"(%[[CONV]])
  %0 = qml.concatenate "same" (%x, %x) : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x4xf32>
  %1 = qml.flatten "flatten" (%0) : tensor<?x4x4x4xf32> -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// The users of a layer are in the order in which the reference makes them: that
// of the network before the convolution after "a_b", with which "a_b" would
// come before "c".
// CHECK-LABEL: func @users_before_insertion(
func.func @users_before_insertion(%x: tensor<?x4x4x2xf32>) -> tensor<?x10xf32> {
  // CHECK: %[[SPLIT:.*]] = qml.conv_2d "split"
  // CHECK-NEXT: %[[THREE:.*]] = qml.conv_2d "split_identity_conv_3"(%[[SPLIT]])
  // CHECK-NEXT: %[[FOUR:.*]] = qml.conv_2d "split_identity_conv_4"(%[[THREE]])
  %split = qml.conv_2d "split" (%x) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.conv_2d "a"(%[[SPLIT]])
  %a = qml.conv_2d "a" (%split) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.conv_2d "c"(%[[THREE]])
  %c = qml.conv_2d "c" (%split) kernel = dense<1.0> : tensor<1x1x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %c_relu = qml.relu "c_relu" (%c) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK: qml.max_pool_2d "pool"(%[[FOUR]])
  %pool = qml.max_pool_2d "pool" (%split) pool_size = [1, 1] strides = [1, 1] padding = valid
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  // CHECK-NEXT: qml.concatenate "a_b"(%{{.*}}, %[[FOUR]])
  %ab = qml.concatenate "a_b" (%a, %split)
      : tensor<?x4x4x2xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x4xf32>
  %abc = qml.concatenate "a_b_c" (%ab, %c_relu)
      : tensor<?x4x4x4xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x6xf32>
  %all = qml.concatenate "all" (%abc, %pool)
      : tensor<?x4x4x6xf32>, tensor<?x4x4x2xf32> -> tensor<?x4x4x8xf32>
  %y = qml.global_average_pool_2d "gap" (%all) : tensor<?x4x4x8xf32> -> tensor<?x8xf32>
  %z = qml.dense "dense" (%y) kernel = dense<1.0> : tensor<8x10xf32> : tensor<?x8xf32> -> tensor<?x10xf32>
  return %z : tensor<?x10xf32>
}
