//===- QMLTemporalOps.td - Layers with memory --------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The batch is time: each sample is the step after the one before it. A layer
// takes the memory that the step before left, and returns what it leaves for
// the next; networks carry both as a state.

#ifndef QML_DIALECT_QML_IR_QMLTEMPORALOPS_TD
#define QML_DIALECT_QML_IR_QMLTEMPORALOPS_TD

include "qml/Dialect/QML/IR/QMLOpBase.td"

/// A layer with kernels, and with a memory of its last inputs.
class QML_TemporalConvOp<string mnemonic, string kindName>
    : QML_WeightedLayerOp<mnemonic, kindName, [
          QML_MemoryLayerOpInterface,
          AllTypesMatch<["memory", "new_memory"]>]> {
  let arguments = !con((ins
      StrAttr:$layer_name,
      OptionalAttr<StrAttr>:$source_class,
      QML_InputTensor:$input,
      QML_Tensor:$memory,
      QML_WeightElements:$kernel,
      OptionalAttr<QML_WeightElements>:$bias),
    QML_weightedAttributes);
  let results = (outs QML_Tensor:$result, QML_Tensor:$new_memory);
  let assemblyFormat = [{
    $layer_name `(` $input `,` $memory `)` `kernel` `=` $kernel
    (`bias` `=` $bias^)? (`activation` `=` `` $activation^)?
    attr-dict `:` `(` type($input) `,` type($memory) `)` `->` type($result)
  }];
}

def QML_BufferTempConvOp
    : QML_TemporalConvOp<"buffer_temp_conv", "BufferTempConv"> {
  let summary = "convolution over the last inputs";
  let description = [{
    `memory` (1, height, width, T, in) holds the last T inputs, the oldest
    first. The new input takes its place at the end, and the oldest one is
    dropped: that is `new_memory`. `kernel` (T, in, out) is multiplied with
    each of its cells, all T inputs at once, and the bias is added. Samples are
    steps of one sequence, whose memory is zero at the start.

    Integers are shifted and saturated as in `qml.conv_2d`; the memory holds
    them as they came. The buffer may have 32 bits.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel` has inputs.
    - (C2) `kernel` has rank 3 and no extent of zero.
    - (C3) `memory` has one entry of the input's shape for each of the kernel's
      T, and its integers stand for what the input's do.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xf32>,
                       %memory: tensor<1x8x8x3x4xf32> {qml.state = "btc"})
        -> (tensor<?x8x8x2xf32>, tensor<1x8x8x3x4xf32> {qml.state = "btc"}) {
      %0, %1 = qml.buffer_temp_conv "btc" (%x, %memory)
          kernel = dense<0.5> : tensor<3x4x2xf32>
          bias = dense<[1.0, 2.0]> : tensor<2xf32>
          : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x2xf32>
      return %0, %1 : tensor<?x8x8x2xf32>, tensor<1x8x8x3x4xf32>
    }
    ```
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 2; }
    static int64_t getInputAxis() { return 1; }
  }];
}

def QML_DepthwiseBufferTempConvOp
    : QML_TemporalConvOp<"depthwise_buffer_temp_conv",
                         "DepthwiseBufferTempConv"> {
  let summary = "convolution over the last inputs, channel by channel";
  let description = [{
    Like `qml.buffer_temp_conv`, but channel c of the result is the sum of
    channel c of the T last inputs, multiplied with `kernel[:, c]`. Under the
    chip's rules the sum is saturated after each addition, from the oldest input
    on.

    Constraints:

    - (C1) the input has rank 4, and as many channels as `kernel`.
    - (C2) `kernel` has shape (T, channels) and no extent of zero.
    - (C3) `memory` has one entry of the input's shape for each of the kernel's
      T, and its integers stand for what the input's do.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x4xf32>,
                       %memory: tensor<1x8x8x3x4xf32> {qml.state = "dbtc"})
        -> (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32> {qml.state = "dbtc"}) {
      %0, %1 = qml.depthwise_buffer_temp_conv "dbtc" (%x, %memory)
          kernel = dense<0.5> : tensor<3x4xf32>
          : (tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>) -> tensor<?x8x8x4xf32>
      return %0, %1 : tensor<?x8x8x4xf32>, tensor<1x8x8x3x4xf32>
    }
    ```
  }];
  let extraClassDeclaration = weightedDeclaration # [{
    static int64_t getOutputAxis() { return 1; }
    static int64_t getInputAxis() { return 1; }
  }];
}

#endif // QML_DIALECT_QML_IR_QMLTEMPORALOPS_TD
