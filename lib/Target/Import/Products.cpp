//===- Products.cpp - Products with kernels that importers make -----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Products.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/ShapeInference.h"

using namespace mlir;

namespace qml {

FailureOr<Value>
makeProduct(LayerBuilder make, Value input, int64_t out,
            llvm::function_ref<float(int64_t in, int64_t out)> weight,
            const Twine &resource,
            llvm::function_ref<InFlightDiagnostic()> error) {
  int64_t in = getShape(input).back();
  constexpr int64_t maxWeights = int64_t(1) << 26;
  if (out > maxWeights / in) {
    error() << "it makes " << out << " of " << in
            << " channels, which would need too many weights";
    return failure();
  }
  std::vector<float> kernel(static_cast<size_t>(in * out));
  for (int64_t i = 0; i != in; ++i)
    for (int64_t o = 0; o != out; ++o)
      kernel[i * out + o] = weight(i, o);
  bool isImage = getShape(input).size() == 4;
  SmallVector<int64_t> shape = {in, out};
  if (isImage)
    shape.insert(shape.begin(), 2, 1);
  auto type = RankedTensorType::get(
      shape, Float32Type::get(input.getType().getContext()));
  ElementsAttr elements = makeResource(type, resource.str(), std::move(kernel));
  if (isImage)
    return make.makeConv2D(input, elements, {}, ConvOptions());
  return make.makeDense(input, elements, {});
}

} // namespace qml
