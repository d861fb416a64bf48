//===- QMLShapeOps.td - Layers that move elements ----------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLSHAPEOPS_TD
#define QML_DIALECT_QML_IR_QMLSHAPEOPS_TD

include "qml/Dialect/QML/IR/QMLOpBase.td"

def QML_FlattenOp
    : QML_LayerOp<"flatten", "Flatten",
                  [QML_NeedsFixedPoint, QML_ReshapesOnly]> {
  let summary = "all axes but the batch in one";
  let description = [{
    (batch, a, b, c) becomes (batch, a * b * c), in row-major order. Integers
    with a binary point per channel are first shifted left by `input_shift`,
    saturating at their own value bits, as the reference does.

    Constraints:

    - (C1) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x2x3x4xf32>) -> tensor<?x24xf32> {
      %0 = qml.flatten "flatten" (%x) : tensor<?x2x3x4xf32> -> tensor<?x24xf32>
      return %0 : tensor<?x24xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    OptionalAttr<QML_IntegerElements>:$input_shift
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` attr-dict `:` type($input) `->` type($result)
  }];
  let hasFolder = 1;
}

def QML_ReshapeOp : QML_LayerOp<"reshape", "Reshape", [QML_ReshapesOnly]> {
  let summary = "the same elements under another shape";
  let description = [{
    The batch stays; the other axes become those of the result, in row-major
    order.

    Constraints:

    - (C1) operand and result have the same number of elements per sample.
    - (C2) integers with a binary point or a scale per channel keep their last
      axis.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x24xf32>) -> tensor<?x2x3x4xf32> {
      %0 = qml.reshape "reshape" (%x) : tensor<?x24xf32> -> tensor<?x2x3x4xf32>
      return %0 : tensor<?x2x3x4xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` attr-dict `:` type($input) `->` type($result)
  }];
  let hasFolder = 1;
}

def QML_PermuteOp : QML_LayerOp<"permute", "Permute"> {
  let summary = "axes in another order";
  let description = [{
    Axis `i` of the result is axis `axes[i]` of the input; axis 0, the batch,
    stays. Integers keep their meaning.

    Constraints:

    - (C1) `axes` are those of the input, each once, the batch first; at most 7.
    - (C2) integers with a binary point or a scale per channel keep their last
      axis.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x4x8x2xf32>) -> tensor<?x2x4x8xf32> {
      %0 = qml.permute "permute" (%x) axes = [0, 3, 1, 2]
          : tensor<?x4x8x2xf32> -> tensor<?x2x4x8xf32>
      return %0 : tensor<?x2x4x8xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    DenseI64ArrayAttr:$axes
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `axes` `=` $axes
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasFolder = 1;
}

def QML_ExtractTokenOp
    : QML_LayerOp<"extract_token", "ExtractToken", [QML_NeedsFixedPoint]> {
  let summary = "one index of an axis";
  let description = [{
    The elements whose index along `axis` is `token`; the axis is left out.
    Integers keep their meaning.

    Constraints:

    - (C1) `axis` is one of the input's, not the batch, and one that stays is
      left; the input has at most 7.
    - (C2) `token` is an index of that axis.
    - (C3) integers with a binary point or a scale per channel keep their last
      axis.
    - (C4) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x3x2xf32>) -> tensor<?x8x3xf32> {
      %0 = qml.extract_token "real" (%x) token = 0 axis = 3
          : tensor<?x8x3x2xf32> -> tensor<?x8x3xf32>
      return %0 : tensor<?x8x3xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    I64Attr:$token,
    I64Attr:$axis
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `token` `=` $token `axis` `=` $axis
    attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_ZeroPadding2DOp
    : QML_LayerOp<"zero_padding_2d", "ZeroPadding2D", [QML_ScalesWithInput]> {
  let summary = "zeros around an image";
  let description = [{
    Adds rows and columns of zeros. `qml-absorb-zero-padding` makes it the
    padding of the layer after it where that is the same. Integers keep their
    meaning.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) `pads` are 0 to 2^20: top, bottom, left, right.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x9x9x2xf32> {
      %0 = qml.zero_padding_2d "pad" (%x) pads = [0, 1, 0, 1]
          : tensor<?x8x8x2xf32> -> tensor<?x9x9x2xf32>
      return %0 : tensor<?x9x9x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$pads
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `pads` `=` $pads
    attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_EdgePadding2DOp
    : QML_LayerOp<"edge_padding_2d", "EdgePadding2D",
                  [QML_CopiesElements, QML_ScalesWithInput]> {
  let summary = "copies of the border around an image";
  let description = [{
    Adds rows and columns that repeat the nearest one of the image: what a
    bilinear UpSampling2D sees beyond the border. Integers keep their meaning.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) `pads` are 0 to 2^20: top, bottom, left, right.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x10x10x2xf32> {
      %0 = qml.edge_padding_2d "pad" (%x) pads = [1, 1, 1, 1]
          : tensor<?x8x8x2xf32> -> tensor<?x10x10x2xf32>
      return %0 : tensor<?x10x10x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$pads
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `pads` `=` $pads
    attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_Cropping2DOp
    : QML_LayerOp<"cropping_2d", "Cropping2D",
                  [QML_CopiesElements, QML_ScalesWithInput]> {
  let summary = "an image without some rows and columns";
  let description = [{
    Leaves out rows and columns of the border. Integers keep their meaning.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) `crops` are not negative: top, bottom, left, right; a row and a
      column are left.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x8x8x2xf32>) -> tensor<?x7x5x2xf32> {
      %0 = qml.cropping_2d "crop" (%x) crops = [0, 1, 1, 2]
          : tensor<?x8x8x2xf32> -> tensor<?x7x5x2xf32>
      return %0 : tensor<?x7x5x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<4>]>:$crops
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `crops` `=` $crops
    attr-dict `:` type($input) `->` type($result)
  }];
}

def QML_UpSampling2DOp
    : QML_LayerOp<"up_sampling_2d", "UpSampling2D",
                  [QML_CopiesElements, QML_ScalesWithInput]> {
  let summary = "an image with repeated rows and columns";
  let description = [{
    Each row and each column as often as `size` says: nearest neighbours.
    Integers keep their meaning.

    Constraints:

    - (C1) the input has rank 4.
    - (C2) `size` is 1 to 2^20.
    - (C3) the result has the inferred shape.

    Example:

    ```mlir
    func.func @example(%x: tensor<?x4x4x2xf32>) -> tensor<?x8x8x2xf32> {
      %0 = qml.up_sampling_2d "up" (%x) size = [2, 2]
          : tensor<?x4x4x2xf32> -> tensor<?x8x8x2xf32>
      return %0 : tensor<?x8x8x2xf32>
    }
    ```
  }];
  let arguments = (ins
    StrAttr:$layer_name,
    OptionalAttr<StrAttr>:$source_class,
    QML_Tensor:$input,
    QML_Pair:$size
  );
  let results = (outs QML_Tensor:$result);
  let assemblyFormat = [{
    $layer_name `(` $input `)` `size` `=` $size
    attr-dict `:` type($input) `->` type($result)
  }];
}

#endif // QML_DIALECT_QML_IR_QMLSHAPEOPS_TD
