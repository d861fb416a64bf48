//===- Dense1D.cpp - The matrix product of 2.0 ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerParts.h"

using namespace mlir;

namespace qml {
namespace akida {

static VariableShape matrixShape(mlir::Operation *layer) {
  auto dense = cast<Dense1DOp>(layer);
  return {getImage(dense.getInput()).elements(), dense.getUnits()};
}

const LayerInfo &Dense1DOp::getInfo() {
  static const std::vector<VariableInfo> variables =
      makeProductVariables(makeWeights(matrixShape),
                           {"input_shift", ElementType::U8, perInputElement});
  static const LayerInfo info = {
      kind,
      V2Only,
      engineType,
      engineType,
      LayerClass::Weighted | LayerClass::Scaled | LayerClass::Rescaled |
          LayerClass::NoFirstLayer | LayerClass::Matrix,
      variables,
      {}};
  return info;
}

LogicalResult Dense1DOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  return inferResult<Dense1DOp>(
      adaptor, {1, 1}, adaptor.getUnits(),
      getResultElementType(context, adaptor.getOutputBits()), location, types);
}

std::optional<IntegerFormat> Dense1DOp::getResultFormat() {
  return formatOf(getOutputBits());
}

void Dense1DOp::checkParameters(LayerChecker &) {}
void Dense1DOp::checkInputs(LayerChecker &) {}

int Dense1DOp::flatten(LayerFlattener &to) {
  int input = to.lookup(getInput());
  Dense dense;
  dense.kernel = to.makeConstant(getWeights());
  dense.bias = makeBias(to, *this, getPostOpBufferBits());
  dense.accumulator = makeAccumulator(*this, /*isConvolution=*/false);
  int bits = dense.accumulator.getBiasBits();
  int vector = to.add(AlignedReshape(), {input},
                      {1, 1, numElements(to.shapeOf(input))}, to.bitsOf(input));
  return finish(to, *this,
                to.add(std::move(dense), {vector}, {1, 1, getUnits()}, bits));
}

int Dense1DOp::flattenPrediction(LayerFlattener &, int tensor) {
  return tensor;
}

} // namespace akida
} // namespace qml
