//===- Lower.h - Hardware layers made of blocks -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_CONVERSION_QMLTOAKIDA_LOWER_H
#define QML_LIB_CONVERSION_QMLTOAKIDA_LOWER_H

#include "Blocks.h"

#include "mlir/IR/Builders.h"

#include <string>
#include <vector>

namespace qml {
namespace conversion {

/// Parameters and variables of one layer while it is made.
class LayerAttributes {
public:
  LayerAttributes(mlir::Builder builder, llvm::StringRef name)
      : builder(builder), name(name.str()) {
    attributes.append("layer_name", builder.getStringAttr(name));
  }

  void setParameter(llvm::StringRef key, int64_t value) {
    attributes.set(key, builder.getI32IntegerAttr(value));
  }
  void set(llvm::StringRef key, mlir::Attribute value) {
    attributes.set(key, value);
  }
  /// `values` is one value for all of `count`, or one each.
  void setVariable(llvm::StringRef key, ElementType type, int64_t count,
                   llvm::ArrayRef<int64_t> values);
  void setFloats(llvm::StringRef key, int64_t count,
                 llvm::ArrayRef<float> values);

  mlir::NamedAttrList attributes;

private:
  mlir::Builder builder;
  std::string name;
};

/// Padding and kind of pool of a convolution, which both versions have.
void setPaddingAndPoolType(Block &block, LayerAttributes &attributes);

/// Values without the shift that aligned them; `shifts` may be null.
std::vector<int64_t> shiftBack(mlir::ElementsAttr values,
                               mlir::ElementsAttr shifts);

/// What becomes of sums in 1.0, one value for each output channel.
struct Steps {
  std::vector<int64_t> threshold;
  std::vector<float> step;
};
Steps getSteps(Block &block, int64_t outputs);

/// Parameters and variables of a block of 1.0.
void setV1Attributes(Block &block, LayerAttributes &attributes,
                     WeightReplacer &replacer);

/// Folds the dequantizer's scales into the last layer of 1.0.
void foldDequantizer(DequantizerOp dequantizer, mlir::Operation *last);

/// Cuts steps and thresholds of 1.0's layers at what the hardware holds, and
/// divides the weights of the next layer by as much as a step lost.
void limitSteps(akida::ModelOp model);

/// Integers of an attribute; `none` if it isn't there.
std::vector<int64_t> readOr(mlir::ElementsAttr elements, int64_t none);

/// The kernel turned by half a turn, as the hardware's convolutions want it;
/// the old one's memory is freed.
mlir::ElementsAttr turnKernel(mlir::ElementsAttr kernel, llvm::StringRef name,
                              WeightReplacer &replacer);

/// v / 2^frac_bits * scale of what a dequantizer reads, one each or one.
std::vector<float> getDequantizerScales(DequantizerOp dequantizer);

} // namespace conversion
} // namespace qml

#endif // QML_LIB_CONVERSION_QMLTOAKIDA_LOWER_H
