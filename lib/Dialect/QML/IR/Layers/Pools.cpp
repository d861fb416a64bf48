//===- Pools.cpp - Pools --------------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"

using namespace mlir;
using namespace qml;

template <typename PoolOp>
static FailureOr<SmallVector<int64_t>> inferPoolShape(PoolOp pool,
                                                      EmitError error) {
  return inferWindowShape(getShape(pool.getInput()), pool.getPoolSize(),
                          pool.getStrides(), {1, 1}, pool.getPadding(),
                          getNumChannels(pool.getInput()), error);
}

/// Maxima and means over windows have the same constraints.
template <typename PoolOp>
static LogicalResult verifyPool(PoolOp pool) {
  // max_pool_2d_c1, average_pool_2d_c1
  if (failed(verifyTensors(pool)) || failed(verifyImage(pool)))
    return failure();
  // max_pool_2d_c2, average_pool_2d_c2
  if (failed(verifyPositive(pool, "pool_size", pool.getPoolSize())) ||
      failed(verifyPositive(pool, "strides", pool.getStrides())))
    return failure();
  // max_pool_2d_c4, average_pool_2d_c4
  if (!arePadsBelowWindow(pool.getPadding(), pool.getPoolSize()))
    return pool.emitOpError()
           << "has pads of " << toString(pool.getPadding().getPads())
           << " and a window of " << toString(pool.getPoolSize())
           << "; pads are less than the window";
  // max_pool_2d_c3, average_pool_2d_c3. What a mean divides by depends on the
  // window.
  return failure(failed(verifyResultShape(pool)) || failed(verifyStage(pool)));
}

//===----------------------------------------------------------------------===//
// MaxPool2DOp
//===----------------------------------------------------------------------===//

std::string MaxPool2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> MaxPool2DOp::inferResultShape(EmitError error) {
  return inferPoolShape(*this, error);
}

LogicalResult MaxPool2DOp::verify() { return verifyPool(*this); }

FailureOr<Meaning> MaxPool2DOp::inferMeaning() {
  return *getMeaning(getInput());
}

int MaxPool2DOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void MaxPool2DOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this,
                MaxPool2D{makeWindow(getInput(), getPoolSize(), getStrides(),
                                     {1, 1}, getPadding())});
}

//===----------------------------------------------------------------------===//
// AveragePool2DOp
//===----------------------------------------------------------------------===//

/// Calls `function` with the axis, the image's extent there, and the taps of
/// each window that lie in the image.
template <typename Function>
static bool allSpans(AveragePool2DOp pool, Function function) {
  ArrayRef<int64_t> in = getShape(pool.getInput());
  ArrayRef<int64_t> out = getShape(pool.getResult());
  for (int axis = 0; axis != 2; ++axis) {
    int64_t size = pool.getPoolSize()[axis], stride = pool.getStrides()[axis];
    Pads pads = inferPads(axis, in[axis + 1], size, stride, /*dilation=*/1,
                          pool.getPadding());
    // Windows that reach over a side are the first and the last ones.
    for (int64_t position : {int64_t(0), out[axis + 1] - 1}) {
      TapSpan taps = tapsInside(position * stride - pads.before,
                                /*dilation=*/1, size, in[axis + 1]);
      if (!function(axis, taps.last - taps.first))
        return false;
    }
  }
  return true;
}

bool AveragePool2DOp::hasEqualWindows() {
  return allSpans(*this, [&](int axis, int64_t cells) {
    return cells == getPoolSize()[axis];
  });
}

bool AveragePool2DOp::isGlobal() {
  ArrayRef<int64_t> in = getShape(getInput()), out = getShape(getResult());
  return out[1] == 1 && out[2] == 1 &&
         allSpans(*this, [&](int axis, int64_t cells) {
           return cells == in[axis + 1];
         });
}

std::string AveragePool2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
AveragePool2DOp::inferResultShape(EmitError error) {
  return inferPoolShape(*this, error);
}

LogicalResult AveragePool2DOp::verify() { return verifyPool(*this); }

static AveragePool2D makePool(AveragePool2DOp pool) {
  return {makeWindow(pool.getInput(), pool.getPoolSize(), pool.getStrides(),
                     {1, 1}, pool.getPadding())};
}

int64_t AveragePool2DOp::getDenominator() {
  auto shapeOf = [](Value value) {
    ArrayRef<int64_t> shape = getShape(value).drop_front();
    return Shape(shape.begin(), shape.end());
  };
  return chooseDenominator(makePool(*this), shapeOf(getInput()),
                           shapeOf(getResult()));
}

/// Value bits of the sums: those of a buffer with a sign, as output quantizers
/// read it by the chip's rules, too.
static int getBufferValueBits(AveragePool2DOp pool) {
  return static_cast<int>(pool.getBufferBitwidth().value_or(32)) - 1;
}

FailureOr<Meaning> AveragePool2DOp::inferMeaning() {
  Meaning sum = getMeaning(getInput())
                    ->scaledBy(Channels<float>::scalar(static_cast<float>(
                        1.0 / static_cast<double>(getDenominator()))));
  sum.valueBits = getBufferValueBits(*this);
  return sum;
}

int AveragePool2DOp::toInteger(IntegerLowering &lowering) {
  int bits = getBufferValueBits(*this);
  Meaning sums = lowering.expectFixedPoint(*this, getInput());
  sums.valueBits += llvm::Log2_64_Ceil(getDenominator());
  lowering.checkPromotion(*this, sums, bits);
  return bits;
}

void AveragePool2DOp::flatten(NetworkFlattener &flattener) {
  AveragePool2D pool = makePool(*this);
  if (!isFloatTensor(getResult())) {
    pool.denominator = getDenominator();
    pool.bufferBits = getBufferValueBits(*this);
  }
  flattener.add(*this, std::move(pool));
}

//===----------------------------------------------------------------------===//
// GlobalAveragePool2DOp
//===----------------------------------------------------------------------===//

std::string GlobalAveragePool2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
GlobalAveragePool2DOp::inferResultShape(EmitError) {
  return inferGlobalPoolShape(getShape(getInput()), getKeepDims());
}

LogicalResult GlobalAveragePool2DOp::verify() {
  // global_average_pool_2d_c1
  if (failed(verifyTensors(*this)) || failed(verifyImage(*this)) ||
      failed(verifyStage(*this)) || failed(verifyInputShift(*this)))
    return failure();
  // global_average_pool_2d_c2
  return verifyResultShape(*this);
}

FailureOr<Meaning> GlobalAveragePool2DOp::inferMeaning() {
  ArrayRef<int64_t> image = getShape(getInput());
  // The mean divides by a constant, which the reference's graph makes a
  // multiplication.
  float divisor =
      static_cast<float>(1.0 / static_cast<double>(image[1] * image[2]));
  Meaning sum = getMeaning(getInput())
                    ->aligned()
                    .scaledBy(Channels<float>::scalar(divisor));
  sum.valueBits = getBufferBitwidth().value_or(32);
  return sum;
}

int GlobalAveragePool2DOp::toInteger(IntegerLowering &lowering) {
  int bits = lowering.isAkida() ? getGroupProductBits(*this)
                                : getBufferBitwidth().value_or(32);
  lowering.align(*this, *getMeaning(getInput()), bits);
  return bits;
}

void GlobalAveragePool2DOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, GlobalAveragePool2D{flattener.makeAccumulator(*this)});
}
