// What passes did, and what they left alone, as statistics. Not all builds of
// LLVM count.

// REQUIRES: statistics
// RUN: qml-opt %s --mlir-pass-statistics --mlir-pass-statistics-display=pipeline -o /dev/null \
// RUN:   --qml-split-activations --qml-convert-grouped-convs --qml-convert-average-pools --qml-remove-reshapes --qml-merge-rescalings --qml-fold-permutations --qml-align-rescaling \
// RUN:   --qml-swap-relu-max-pool --qml-swap-pool-batch-norm --qml-fold-batch-norms --qml-convert-scalings --qml-absorb-zero-padding --qml-split-concatenations \
// RUN:   --qml-make-kernels-odd --qml-split-strided-depthwise --qml-insert-identity-convs --qml-convert-first-layers \
// RUN:   --qml-insert-quantizers --qml-calibrate="num-samples=2 epochs=1" --qml-fold-zero-points --qml-equalize \
// RUN:   --qml-to-integer --qml-fold-rescaling 2>&1 | FileCheck %s

// CHECK:      SplitActivations
// CHECK-NEXT:   (S) 1 split
// CHECK:      ConvertGroupedConvs
// CHECK-DAG:    (S) 0 converted
// CHECK-DAG:    (S) 0 left
// CHECK:      ConvertAveragePools
// CHECK-DAG:    (S) 0 border
// CHECK-DAG:    (S) 0 depthwise
// CHECK-DAG:    (S) 0 global
// CHECK:      RemoveReshapes
// CHECK-DAG:    (S) 0 other-users
// CHECK-DAG:    (S) 1 removed
// CHECK:      MergeRescalings
// CHECK-DAG:    (S) 0 integers
// CHECK-DAG:    (S) 0 merged
// CHECK-DAG:    (S) 0 other-users
// CHECK:      FoldPermutations
// CHECK-DAG:    (S) 0 folded
// CHECK-DAG:    (S) 0 other
// CHECK:      AlignRescaling
// CHECK-DAG:    (S) 1 aligned
// CHECK-DAG:    (S) 0 other-layer
// CHECK:      SwapReLUMaxPool
// CHECK-DAG:    (S) 0 falls
// CHECK-DAG:    (S) 0 other-users
// CHECK-DAG:    (S) 1 swapped
// CHECK:      SwapPoolBatchNorm
// CHECK-DAG:    (S) 1 gamma-not-positive
// CHECK-DAG:    (S) 0 other-users
// CHECK-DAG:    (S) 0 swapped
// CHECK:      FoldBatchNorms
// CHECK-DAG:    (S) 1 folded
// CHECK-DAG:    (S) 0 gamma-zero
// CHECK-DAG:    (S) 1 other-layer
// CHECK:      ConvertScalings
// CHECK-DAG:    (S) 0 after
// CHECK-DAG:    (S) 0 before
// CHECK-DAG:    (S) 1 converted
// CHECK:      AbsorbZeroPadding
// CHECK-DAG:    (S) 1 absorbed
// CHECK-DAG:    (S) 0 other
// CHECK:      SplitConcatenations
// CHECK-NEXT:   (S) 0 split
// CHECK:      MakeKernelsOdd
// CHECK-DAG:    (S) 0 dilated
// CHECK-DAG:    (S) 1 grown
// CHECK-DAG:    (S) 0 padding
// CHECK-DAG:    (S) 0 shift
// CHECK-DAG:    (S) 0 size
// CHECK:      SplitStridedDepthwise
// CHECK-DAG:    (S) 0 activation
// CHECK-DAG:    (S) 0 shift
// CHECK-DAG:    (S) 1 split
// CHECK:      InsertIdentityConvs
// CHECK-DAG:    (S) 0 channels
// CHECK-DAG:    (S) 0 inserted
// CHECK:      ConvertFirstLayers
// CHECK-DAG:    (S) 0 channels
// CHECK-DAG:    (S) 0 converted
// CHECK:      InsertQuantizers
// CHECK-DAG:    (S) 0 float
// CHECK-DAG:    (S) {{[1-9]}} output-quantizers
// CHECK-DAG:    (S) {{[1-9]}} quantized
// CHECK:      Calibrate
// CHECK-NEXT:   (S) {{[1-9]}} ranges
// CHECK:      ToInteger
// CHECK-NEXT:   (S) {{[1-9]+}} layers
// CHECK:      FoldRescaling
// CHECK-DAG:    (S) 1 folded
// CHECK-DAG:    (S) 0 other-layer
// CHECK-DAG:    (S) 0 scaled
func.func @main(%x: tensor<?x8x8x1xui8>) -> tensor<?x1x1x2xf32> {
  %0 = qml.rescaling "rescale" (%x) scale = [0.5] offset = [-1.0] : tensor<?x8x8x1xui8> -> tensor<?x8x8x1xf32>
  %1 = qml.conv_2d "conv" (%0) kernel = dense<1.0> : tensor<2x2x1x2xf32> padding = same
      : tensor<?x8x8x1xf32> -> tensor<?x8x8x2xf32>
  %2 = qml.batch_norm "bn" (%1) gamma = dense<1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.0> : tensor<2xf32> variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  %3 = qml.relu "relu" (%2) : tensor<?x8x8x2xf32> -> tensor<?x8x8x2xf32>
  %4 = qml.max_pool_2d "pool" (%3) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x8x8x2xf32> -> tensor<?x4x4x2xf32>
  %5 = qml.zero_padding_2d "pad" (%4) pads = [1, 1, 1, 1] : tensor<?x4x4x2xf32> -> tensor<?x6x6x2xf32>
  %6 = qml.conv_2d "even" (%5) kernel = dense<1.0> : tensor<3x3x2x2xf32> padding = valid activation = relu
      : tensor<?x6x6x2xf32> -> tensor<?x4x4x2xf32>
  %7 = qml.conv_2d "next" (%6) kernel = dense<1.0> : tensor<2x2x2x2xf32> padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
  %8 = qml.depthwise_conv_2d "dw" (%7) kernel = dense<1.0> : tensor<5x5x2x1xf32> strides = [2, 2] padding = same
      : tensor<?x4x4x2xf32> -> tensor<?x2x2x2xf32>
  %9 = qml.reshape "a" (%8) : tensor<?x2x2x2xf32> -> tensor<?x4x1x2xf32>
  %10 = qml.reshape "b" (%9) : tensor<?x4x1x2xf32> -> tensor<?x2x2x2xf32>
  %11 = qml.max_pool_2d "last" (%10) pool_size = [2, 2] strides = [2, 2] padding = valid
      : tensor<?x2x2x2xf32> -> tensor<?x1x1x2xf32>
  %12 = qml.batch_norm "left" (%11) gamma = dense<-1.0> : tensor<2xf32> beta = dense<0.0> : tensor<2xf32>
      mean = dense<0.0> : tensor<2xf32> variance = dense<1.0> : tensor<2xf32> epsilon = 0.0
      : tensor<?x1x1x2xf32> -> tensor<?x1x1x2xf32>
  return %12 : tensor<?x1x1x2xf32>
}
