//===- ChannelsAttr.h - Vectors of channels as attributes -------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between the attributes of the dialect and the formulas of Quantizers.h.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TRANSFORMS_CHANNELSATTR_H
#define QML_LIB_TRANSFORMS_CHANNELSATTR_H

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Quantization/Quantizers.h"

namespace qml {

inline Channels<float> readFloatChannels(mlir::ElementsAttr elements) {
  return {readFloats(elements), isScalar(elements)};
}

inline Channels<int32_t> readIntChannels(mlir::ElementsAttr elements) {
  std::vector<int64_t> values = readIntegers(elements);
  return {std::vector<int32_t>(values.begin(), values.end()),
          isScalar(elements)};
}

inline mlir::ElementsAttr makeFloatAttr(mlir::MLIRContext *context,
                                        const llvm::Twine &name,
                                        const Channels<float> &channels) {
  return makeFloatVector(context, name.str(), channels.values,
                         channels.isScalar);
}

inline mlir::ElementsAttr makeIntAttr(mlir::MLIRContext *context,
                                      const llvm::Twine &name,
                                      const Channels<int32_t> &channels) {
  return makeIntVector(context, name.str(), channels.values, channels.isScalar);
}

} // namespace qml

#endif // QML_LIB_TRANSFORMS_CHANNELSATTR_H
