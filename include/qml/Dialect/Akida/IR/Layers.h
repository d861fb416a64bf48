//===- Layers.h - The engine's layers and their variables -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What verifiers, reports and exporters know of each type of layer of the
// engine (akida 2.19.3): its names, its version and its variables. Each layer
// says it itself (LayerOpInterface::getInfo); parameters are the attributes of
// its definition that are no variables.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_LAYERS_H
#define QML_DIALECT_AKIDA_IR_LAYERS_H

#include "mlir/IR/Operation.h"
#include "qml/Support/ElementType.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <utility>
#include <vector>

namespace qml {
namespace akida {

class LayerChecker;
class LayerFlattener;
struct Limit;

/// The engine's number of a type of layer (akida/layer_params.h). An operation
/// has its own as the constant `kind`.
enum class LayerKind : uint8_t {};

/// Versions as a set.
enum Versions : uint8_t { V1Only = 1, V2Only = 2, BothVersions = 3 };

/// Sets of layers that limits are common to.
struct LayerClass {
  enum : uint32_t {
    /// 2.0: sums of products with weights.
    Weighted = 1 << 0,
    /// 2.0: sums that are scaled by `output_scales`.
    Scaled = 1 << 1,
    /// 2.0: results of `output_bits`.
    Rescaled = 1 << 2,
    /// 2.0: convolutions with windows, transposed ones left out.
    Window = 1 << 3,
    Transposed = 1 << 4,
    /// Convolutions of images of bytes, of both versions.
    ImageInput = 1 << 5,
    /// Convolutions of other layers' results, of both versions.
    InnerWindow = 1 << 6,
    /// All of 1.0's own layers.
    V1Layer = 1 << 7,
    V1Window = 1 << 8,
    /// Those of 1.0 that read other layers' results.
    V1Inner = 1 << 9,
    /// 2.0: what a network on unsigned inputs of 8 bits can't begin with.
    NoFirstLayer = 1 << 10,
    /// Layers that read images over time.
    OverTime = 1 << 11,
    /// Layers that read all of an image.
    Matrix = 1 << 12,
  };
};
using LayerClasses = uint32_t;
constexpr LayerClasses allLayers = ~LayerClasses(0);

/// With which parameters a layer has a variable.
enum class Presence : uint8_t { Always, WithReLU, WithLUT };

/// How the engine stores a variable; the dialect has all of them as Keras does.
enum class EngineLayout : uint8_t {
  Same,
  /// A kernel, rotated by 180 degrees: the first tap last.
  Rotated,
  /// Rows of a matrix in the order of channels, columns and rows of the image.
  ChannelsFirst,
};

struct VariableInfo {
  llvm::StringLiteral name;
  ElementType type;
  /// The shape that the engine expects, for the layer's input and parameters.
  llvm::SmallVector<int64_t> (*getShape)(mlir::Operation *layer);
  /// Of all elements, where the variable is left out.
  int32_t initial = 0;
  Presence presence = Presence::Always;
  EngineLayout layout = EngineLayout::Same;
  /// The row of the layer's lines in the engine's summary that shows the
  /// variable's shape; 0 for none.
  int8_t summaryRow = 0;
  /// Values are initial, initial + 1, ...: tables of look-ups.
  bool countsUp = false;
};

/// Names and values, as the engine has them: integers, of enumerations too.
using EngineParameters = llvm::SmallVector<std::pair<llvm::StringRef, int64_t>>;

struct LayerInfo {
  LayerKind kind;
  Versions versions;
  /// The engine's name of the type, and the short one in its summaries.
  llvm::StringLiteral type;
  llvm::StringLiteral summaryType;
  LayerClasses classes;
  llvm::ArrayRef<VariableInfo> variables;
  /// Limits that no other family of layers has.
  llvm::ArrayRef<Limit> limits;
  /// Parameters of the engine that types say here: extents of inputs.
  EngineParameters (*getTypeParameters)(mlir::Operation *layer) = nullptr;
};

/// All types of layers, in the order of their kinds.
llvm::ArrayRef<const LayerInfo *> getLayerInfos();

const LayerInfo &getLayerInfo(LayerKind kind);

/// The parameters that are attributes of the layer, spelled out.
EngineParameters getParameters(mlir::Operation *layer);

/// One of them; none if the layer has none of that name.
std::optional<int64_t> findParameter(mlir::Operation *layer,
                                     llvm::StringRef name);

/// Whether the layer has the variable, given its parameters.
bool hasVariable(mlir::Operation *layer, const VariableInfo &variable);

/// Values of an integer variable, spelled out where it is left out.
std::vector<int64_t> readVariable(mlir::Operation *layer,
                                  const VariableInfo &variable);

/// The same for floats.
std::vector<float> readFloatVariable(mlir::Operation *layer,
                                     const VariableInfo &variable);

/// Height, width and channels of an operand.
struct Image {
  int64_t height, width, channels;
  int64_t elements() const { return height * width * channels; }
};
Image getImage(mlir::Value value);

/// How many bits the integers of a value have, and whether one is a sign; of
/// what a layer computes, looked for through sequences.
struct IntegerFormat {
  int bits = 8;
  bool isSigned = true;
  /// Without the sign.
  int valueBits() const { return isSigned ? bits - 1 : bits; }
};
IntegerFormat getFormat(mlir::Value value);

/// Bits and sign of 2.0's results.
inline IntegerFormat formatOf(int outputBits) {
  return {outputBits, outputBits > 4};
}

/// The layer that computes a value, looked for through sequences; null for
/// arguments of models.
mlir::Operation *getLayerOf(mlir::Value value);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_LAYERS_H
