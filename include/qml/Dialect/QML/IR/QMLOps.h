//===- QMLOps.h - Operations of the qml dialect -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLOPS_H
#define QML_DIALECT_QML_IR_QMLOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/Meaning.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "qml/Quantization/ScalarFunctions.h"

#include <optional>
#include <string>

namespace qml {
class IntegerLowering;
class NetworkFlattener;

/// Keys of a configuration.
using ConfigKeys = llvm::SmallVector<std::string, 6>;

/// Which of the parameters gives an output quantizer its bits.
enum class ResultBits {
  Output,     ///< output-bits
  Activation, ///< activation-bits
  /// activation-bits if the layer before has them, else output-bits
  AsInput,
};

struct OutputQuantizerRule {
  ResultBits bits = ResultBits::Output;
  /// Unsigned for less than 8 bits; configurations spell out the sign.
  bool isUnsignedBelow8Bits = false;
  /// Of layers whose integers are what their quantizer makes: they have one in
  /// any case, of one range for all channels and of so many bits; 0 for others.
  int ownBits = 0;
};

/// Bits of the quantizer before a layer that looks up, if no configuration says
/// others: what the hardware's tables are for.
constexpr int lookUpInputBits = 11;

/// One of the kernels of a layer with weights.
struct KernelInfo {
  /// Of the attribute that holds it.
  llvm::StringRef name;
  /// What stands before "weight_quantizer" and "kernel_scales" in the names of
  /// attributes, and before "weights" in those of reports.
  llvm::StringRef prefix;
  mlir::ElementsAttr kernel;
  /// The axis, from the front, that has a scale for each of its channels by
  /// default; none for kernels that have one scale for all.
  std::optional<int64_t> axis;
  /// Whether configurations spell out the axis, as the reference does for
  /// depthwise kernels.
  bool hasExplicitAxis;

  std::string getQuantizerName() const {
    return (prefix + "weight_quantizer").str();
  }
  std::string getScalesName() const { return (prefix + "kernel_scales").str(); }
};

/// Traits of layers; QMLOpBase.td says what they mean.
namespace OpTrait {
template <typename ConcreteType>
class RescalesResult
    : public mlir::OpTrait::TraitBase<ConcreteType, RescalesResult> {};
template <typename ConcreteType>
class NeedsFixedPoint
    : public mlir::OpTrait::TraitBase<ConcreteType, NeedsFixedPoint> {};
template <typename ConcreteType>
class StaysInFixedPoint
    : public mlir::OpTrait::TraitBase<ConcreteType, StaysInFixedPoint> {};
template <typename ConcreteType>
class FoldsOffsets
    : public mlir::OpTrait::TraitBase<ConcreteType, FoldsOffsets> {};
template <typename ConcreteType>
class ScalesWithInput
    : public mlir::OpTrait::TraitBase<ConcreteType, ScalesWithInput> {};
template <typename ConcreteType>
class CopiesElements
    : public mlir::OpTrait::TraitBase<ConcreteType, CopiesElements> {};
template <typename ConcreteType>
class ReshapesOnly
    : public mlir::OpTrait::TraitBase<ConcreteType, ReshapesOnly> {};
template <typename ConcreteType>
class LooksUp : public mlir::OpTrait::TraitBase<ConcreteType, LooksUp> {};
template <typename ConcreteType>
class ContinuesGroup
    : public mlir::OpTrait::TraitBase<ConcreteType, ContinuesGroup> {};
} // namespace OpTrait
} // namespace qml

#include "qml/Dialect/QML/IR/QMLInterfaces.h.inc"

#define GET_OP_CLASSES
#include "qml/Dialect/QML/IR/QMLOps.h.inc"

#endif // QML_DIALECT_QML_IR_QMLOPS_H
