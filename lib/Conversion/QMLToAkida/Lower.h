//===- Lower.h - Hardware layers made of groups -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_LOWER_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_LOWER_H

#include "Groups.h"
#include "Meaning.h"

#include "mlir/IR/Builders.h"

#include <string>
#include <vector>

namespace qml {
namespace conversion {

/// Makes attributes of one layer.
class AttributeMaker {
public:
  AttributeMaker(mlir::MLIRContext *context, llvm::StringRef name)
      : builder(context), name(name.str()) {}

  mlir::StringAttr string(llvm::StringRef text) {
    return builder.getStringAttr(text);
  }
  mlir::IntegerAttr integer(int64_t value) {
    return builder.getI32IntegerAttr(value);
  }
  mlir::BoolAttr flag(bool value) { return builder.getBoolAttr(value); }
  /// An array for the variable `key`; `values` is one value for all of `count`,
  /// or one each.
  mlir::ElementsAttr integers(llvm::StringRef key, ElementType type,
                              int64_t count, llvm::ArrayRef<int64_t> values);
  mlir::ElementsAttr floats(llvm::StringRef key, int64_t count,
                            llvm::ArrayRef<float> values);
  /// The same array under another shape.
  mlir::ElementsAttr reshaped(llvm::StringRef key, mlir::ElementsAttr elements,
                              llvm::ArrayRef<int64_t> shape);

private:
  mlir::Builder builder;
  std::string name;
};

/// Makes layers of the model, one after the other.
class LayerMaker {
public:
  explicit LayerMaker(mlir::MLIRContext *context) : builder(context) {}

  /// The result of a layer whose type follows from its operands and properties;
  /// null after an error was reported.
  template <typename OpT>
  mlir::Value make(mlir::Location location, mlir::ValueRange operands,
                   typename OpT::Properties properties) {
    mlir::MLIRContext *context = builder.getContext();
    OpT::populateDefaultProperties(
        mlir::OperationName(OpT::getOperationName(), context), properties);
    llvm::SmallVector<mlir::Type> types;
    if (mlir::failed(OpT::inferReturnTypes(
            context, location, operands, mlir::DictionaryAttr(),
            mlir::OpaqueProperties(&properties), {}, types))) {
      failed = true;
      return {};
    }
    ++numLayers;
    last = OpT::create(builder, location, mlir::TypeRange(types), operands,
                       properties);
    return last->getResult(0);
  }

  mlir::OpBuilder builder;
  akida::LayerOpInterface last;
  unsigned numLayers = 0;
  bool failed = false;
};

/// Bits of the buffer of products of a group, with the sign: its
/// `post_op_buffer_bits`.
int64_t getPostBits(const HardwareGroup &group);

/// Kind of pool of a convolution.
akida::PoolType getPoolType(const HardwareGroup &group);

/// What convolutions of both versions say of their windows alike.
template <typename PropertiesT>
void setPaddingAndPoolType(HardwareGroup &group, PropertiesT &properties) {
  mlir::MLIRContext *context = group.main->getContext();
  properties.padding =
      akida::PaddingAttr::get(context, *findHardwarePadding(group));
  properties.pool_type = akida::PoolTypeAttr::get(context, getPoolType(group));
}

/// What becomes of sums in 1.0, one value for each output channel.
struct Steps {
  std::vector<int64_t> threshold;
  std::vector<float> step;
};
Steps getSteps(HardwareGroup &group, int64_t outputs);

/// The layer of a group of 1.0 that is no quantizer; its result, null after an
/// error.
mlir::Value lowerV1Group(HardwareGroup &group, LayerMaker &maker,
                         mlir::Value input);

/// Folds the dequantizer's scales into the last layer of 1.0.
void foldDequantizer(DequantizerOp dequantizer, mlir::Operation *last);

/// Cuts steps and thresholds of 1.0's layers at what the hardware holds, and
/// divides the weights of the next layer by as much as a step lost.
void limitSteps(akida::ModelOp model);

/// v / 2^frac_bits * scale of what a dequantizer reads, one each or one.
std::vector<float> getDequantizerScales(DequantizerOp dequantizer);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_LOWER_H
