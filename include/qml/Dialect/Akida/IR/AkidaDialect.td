//===- AkidaDialect.td - The akida dialect -----------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_AKIDADIALECT_TD
#define QML_DIALECT_AKIDA_IR_AKIDADIALECT_TD

include "mlir/IR/DialectBase.td"

def Akida_Dialect : Dialect {
  let name = "akida";
  let cppNamespace = "::qml::akida";
  let summary = "Layers of BrainChip's Akida, versions 1.0 and 2.0";
  let description = [{
    One operation per hardware layer. Attributes are the parameters and
    variables of BrainChip's engine (akida 2.19.3), under its names: parameters
    are integers and enumerations, variables are arrays of the engine's shapes
    and types. A variable that is left out has its initial value there, zeros
    unless the operation says otherwise. Kernels and matrices are as Keras has
    them; exporters bring them into the engine's order.

    An `akida.model` holds the layers of a model: first its input layers, then
    sequences of layers that run as one (`akida.sequence`). Tensors are NHWC
    with the batch first; vectors are images of one cell. Where layers have
    memory, the batch is time, and the memory an operand and a result of the
    layer: the model takes it as argument and returns it after its result.

    Arithmetic is on exact integers. In the descriptions

    - `S(v, b)` clamps to b bits with a sign, `U(v, b)` to b bits without;
    - `sh(v, n)` is v * 2^n, for negative n rounded half up: floor(v / 2^-n +
      1/2);
    - `bb` is `buffer_bits`, `pb` `post_op_buffer_bits`, `ob` `output_bits`;
    - results of layers of 2.0 are unsigned up to 4 bits and signed from 5 on,
      whatever made them: `O(v)` is U(v, ob) for ob <= 4, else S(v, ob). Their
      tensors are `ui8` up to 4 bits, `i8` up to 8, `i16` for 16, else `i32`.

    All of 2.0's layers that multiply with weights end alike. Their sums of
    products are exact, but for the convolutions' (all but dense, recurrent and
    depthwise temporal ones), which wrap around to 32 bits before they are
    saturated. For an accumulator `a` of bb bits:

    ```
    a = S(a + S(bias << bias_shift, pb), pb)
    a = the largest of each window                      pool_type = max
    a = min(max(a, 0), S(max_value << max_value_shift, pb))  activation = relu
    a = lut_values[S(sh(S(a * activation_scales, pb), activation_shift), 11)
                   + 1024]                              activation = lut
    a = the sum over the image, S(., pb) after each cell in the order of rows
                                                        pool_type = average
    result = O(sh(S(a * output_scales, pb), output_shift))
    ```

    Formulas and limits were found by experiment with the engine's documented
    interface; `qml limits` prints the limits, each with its source.

    Constraints of all layers:

    - (A1) layers have names, unique in the model.
    - (A2) parameters are within the limits of the layer and of the model's
      version; `docs/AkidaLimits.md` lists them.
    - (A3) variables have the engine's shapes and types, weights fit into
      `weights_bits`, and only those are given that the layer has with its
      parameters.
    - (A4) the result has the inferred shape and element type.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Part of initialize() that needs the definitions of the attributes.
    void registerAttributes();
  }];
}

#endif // QML_DIALECT_AKIDA_IR_AKIDADIALECT_TD
