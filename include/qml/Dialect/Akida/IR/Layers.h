//===- Layers.h - The engine's layers and their variables -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row for each type of layer of the engine (akida 2.19.3): which version it
// belongs to, its parameters, and the variables that it has. Verifiers, reports
// and exporters go through these rows instead of knowing operations.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_LAYERS_H
#define QML_DIALECT_AKIDA_IR_LAYERS_H

#include "mlir/IR/Operation.h"
#include "qml/Support/ElementType.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace qml {
namespace akida {

/// Values are the engine's (akida/layer_params.h).
enum class LayerKind : uint8_t {
  InputData = 1,
  InputConvolutional = 2,
  FullyConnected = 3,
  Convolutional = 4,
  SeparableConvolutional = 5,
  Add = 6,
  Concatenate = 12,
  Conv2D = 14,
  InputConv2D = 15,
  DepthwiseConv2D = 16,
  Conv2DTranspose = 17,
  Dequantizer = 19,
  DepthwiseConv2DTranspose = 20,
  BufferTempConv = 21,
  DepthwiseBufferTempConv = 22,
  Dense1D = 25,
  StatefulRecurrent = 26,
  Quantizer = 27,
  PicoPostProcessing = 28,
};

/// Versions as a set.
enum Versions : uint8_t { V1Only = 1, V2Only = 2, BothVersions = 3 };

/// Extents of a variable, for an input (H, W, C) and F output channels.
enum class Extents : uint8_t {
  Outputs,         ///< (F)
  Inputs,          ///< (C)
  InputElements,   ///< (H * W * C)
  Kernel,          ///< (k, k, C, F), or (kx, ky, C, F)
  ChannelKernel,   ///< (k, k, C, 1), or (kx, ky, C, 1)
  CellKernel,      ///< (1, 1, C, F)
  Matrix,          ///< (H * W * C, F)
  V1Matrix,        ///< (1, 1, H * W * C, F)
  Temporal,        ///< (1, 1, T * C, F)
  ChannelTemporal, ///< (1, 1, T, C)
  Table,           ///< (2048)
  States,          ///< (S)
  InputToStates,   ///< (C, S)
  StatesToOutput,  ///< (S, F)
};

/// With which parameters a layer has a variable.
enum class Presence : uint8_t { Always, WithReLU, WithLUT };

struct VariableInfo {
  llvm::StringLiteral name;
  ElementType type;
  Extents extents;
  /// Of all elements, where the variable is left out; tables of look-ups are
  /// -1024 to 1023 then.
  int32_t initial = 0;
  Presence presence = Presence::Always;
};

struct LayerInfo {
  LayerKind kind;
  Versions versions;
  /// The engine's name of the type, and the short one in its summaries.
  llvm::StringLiteral type;
  llvm::StringLiteral summaryType;
  /// Attributes that are parameters of the engine under the same names; extents
  /// of inputs are parameters, too, which types hold here.
  llvm::ArrayRef<llvm::StringLiteral> parameters;
  llvm::ArrayRef<VariableInfo> variables;
};

/// All rows, in the order of LayerKind.
llvm::ArrayRef<LayerInfo> getLayerInfos();

const LayerInfo &getLayerInfo(LayerKind kind);

/// Whether the layer is of a kind with the parameter.
bool hasParameter(mlir::Operation *layer, llvm::StringRef name);

/// An integer, boolean or enumeration that the layer has; its default where it
/// is left out.
int64_t getParameter(mlir::Operation *layer, llvm::StringRef name);

/// Whether the layer has the variable, given its parameters.
bool hasVariable(mlir::Operation *layer, const VariableInfo &variable);

/// The shape that the engine expects.
llvm::SmallVector<int64_t> getVariableShape(mlir::Operation *layer,
                                            const VariableInfo &variable);

/// Values of an integer variable, spelled out where it is left out.
std::vector<int64_t> readVariable(mlir::Operation *layer, llvm::StringRef name);

/// The same for floats.
std::vector<float> readFloatVariable(mlir::Operation *layer,
                                     llvm::StringRef name);

/// Height, width and channels of an operand.
struct Image {
  int64_t height, width, channels;
  int64_t elements() const { return height * width * channels; }
};
Image getImage(mlir::Value value);

/// Turns a kernel of `taps` cells of `bytes` bytes by half a turn: the engine
/// stores those of all but input convolutions so.
void turnTaps(const char *from, int64_t taps, int64_t bytes, char *to);

/// Calls `fn(element, row)` for the elements of an image in the order (H, W,
/// C): 1.0's dense layers hold their weights in rows of the order (C, W, H).
template <typename Fn>
void forEachV1Row(const Image &image, Fn fn) {
  int64_t element = 0;
  for (int64_t h = 0; h != image.height; ++h)
    for (int64_t w = 0; w != image.width; ++w)
      for (int64_t c = 0; c != image.channels; ++c)
        fn(element++, (c * image.width + w) * image.height + h);
}

/// Channels of the layer's result.
int64_t getNumOutputs(mlir::Operation *layer);

/// How many bits the integers of a value have, and whether one is a sign; of
/// what a layer computes, looked for through sequences.
struct IntegerFormat {
  int bits = 8;
  bool isSigned = true;
  /// Without the sign.
  int valueBits() const { return isSigned ? bits - 1 : bits; }
};
IntegerFormat getFormat(mlir::Value value);

/// The layer that computes a value, looked for through sequences; null for
/// arguments of models.
mlir::Operation *getLayerOf(mlir::Value value);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_LAYERS_H
