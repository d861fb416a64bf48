//===- Moves.cpp - Layers that move elements ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verify.h"
#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Dialect/QML/IR/IntegerLowering.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/Sequence.h"

using namespace mlir;
using namespace qml;

/// The move of an image whose channels stay: rows and columns begin at `begin`
/// of the input, and each is there `repeat` times.
static Move moveImage(ArrayRef<int64_t> begin, ArrayRef<int64_t> repeat,
                      bool clampsToEdge = false) {
  Move move;
  for (int axis = 0; axis != 2; ++axis)
    move.axes.push_back({axis, begin[axis], repeat[axis]});
  move.axes.push_back({2, 0, 1});
  move.clampsToEdge = clampsToEdge;
  return move;
}

//===----------------------------------------------------------------------===//
// PermuteOp
//===----------------------------------------------------------------------===//

std::string PermuteOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> PermuteOp::inferResultShape(EmitError error) {
  ArrayRef<int64_t> input = getShape(getInput()), axes = getAxes();
  // permute_c1
  SmallVector<int64_t> sorted = llvm::to_vector(axes);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(input.size())) ||
      axes.front() != 0 || axes.size() > Move::maxRank + 1) {
    error() << "has the axes " << toString(axes) << " for a shape of "
            << toString(input)
            << "; they are its axes, each once, the batch first, and at most "
            << Move::maxRank + 1;
    return failure();
  }
  SmallVector<int64_t> shape;
  for (int64_t axis : axes)
    shape.push_back(input[axis]);
  return shape;
}

LogicalResult PermuteOp::verify() {
  // permute_c3
  if (failed(verifyTensors(*this)) || failed(verifyResultShape(*this)))
    return failure();
  // permute_c2
  if (std::optional<Meaning> input = getMeaning(getInput());
      input && input->isPerChannel() && movesChannels(*this))
    return emitOpError() << "moves the last axis of integers that have a "
                            "binary point or a scale per channel";
  return verifyStage(*this);
}

FailureOr<Meaning> PermuteOp::inferMeaning() { return *getMeaning(getInput()); }

int PermuteOp::toInteger(IntegerLowering &lowering) {
  lowering.expectKeptChannels(*this, "moves");
  return getMeaning(getInput())->valueBits;
}

void PermuteOp::flatten(NetworkFlattener &flattener) {
  Move move;
  for (int64_t axis : getAxes().drop_front())
    move.axes.push_back({static_cast<int>(axis) - 1, 0, 1});
  flattener.add(*this, std::move(move));
}

OpFoldResult PermuteOp::fold(FoldAdaptor) {
  if (llvm::is_sorted(getAxes()) && getInput().getType() == getType())
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// ExtractTokenOp
//===----------------------------------------------------------------------===//

std::string ExtractTokenOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
ExtractTokenOp::inferResultShape(EmitError error) {
  SmallVector<int64_t> shape = getOperandShape(*this);
  int64_t axis = getAxis(), rank = shape.size();
  // extract_token_c1
  if (axis < 1 || axis >= rank || rank < 3 || rank > Move::maxRank + 1) {
    error() << "takes a token along axis " << axis << " of a shape of "
            << toString(shape) << "; the axis is not the batch, and the shape "
            << "has 3 to " << Move::maxRank + 1 << " axes";
    return failure();
  }
  // extract_token_c2
  int64_t token = getToken();
  if (token >= 0 && token < shape[axis]) {
    shape.erase(shape.begin() + axis);
    return shape;
  }
  error() << "takes token " << token << " of axis " << axis << ", which has "
          << shape[axis] << "; tokens are 0 to " << shape[axis] - 1;
  return failure();
}

LogicalResult ExtractTokenOp::verify() {
  // extract_token_c4
  if (failed(verifyTensors(*this)) || failed(verifyResultShape(*this)))
    return failure();
  // extract_token_c3
  if (std::optional<Meaning> input = getMeaning(getInput());
      input && input->isPerChannel() && movesChannels(*this))
    return emitOpError() << "takes a token of the last axis of integers that "
                            "have a binary point or a scale per channel";
  return verifyStage(*this);
}

FailureOr<Meaning> ExtractTokenOp::inferMeaning() {
  return *getMeaning(getInput());
}

int ExtractTokenOp::toInteger(IntegerLowering &lowering) {
  lowering.expectKeptChannels(*this, "takes a token of");
  return lowering.expectFixedPoint(*this, getInput()).valueBits;
}

void ExtractTokenOp::flatten(NetworkFlattener &flattener) {
  Tensor cell = makeTensor(getResult());
  size_t at = getAxis() - 1;
  int64_t token = getToken();
  cell.shape.insert(cell.shape.begin() + at, 1);
  Move move;
  for (size_t axis = 0; axis != cell.shape.size(); ++axis)
    move.axes.push_back({int(axis), axis == at ? token : 0, 1});
  int moved =
      flattener.addInner(*this, std::move(move),
                         {flattener.getTensor(getInput())}, std::move(cell));
  flattener.add(*this, AlignedReshape(), {moved});
}

//===----------------------------------------------------------------------===//
// Paddings
//===----------------------------------------------------------------------===//

template <typename OpT>
static SmallVector<int64_t> inferPaddedShape(OpT op) {
  SmallVector<int64_t> shape = getOperandShape(op);
  ArrayRef<int64_t> pads = op.getPads();
  shape[1] += pads[0] + pads[1];
  shape[2] += pads[2] + pads[3];
  return shape;
}

template <typename OpT>
static LogicalResult verifyPadding(OpT op) {
  // zero_padding_2d_c1, edge_padding_2d_c1
  if (failed(verifyTensors(op)) || failed(verifyImage(op)))
    return failure();
  // zero_padding_2d_c2, edge_padding_2d_c2
  for (int64_t pad : op.getPads())
    if (pad < 0 || pad > maxWindow)
      return op.emitOpError() << "has pads of " << toString(op.getPads())
                              << "; they must be 0 to " << maxWindow;
  // zero_padding_2d_c3, edge_padding_2d_c3
  return failure(failed(verifyResultShape(op)) || failed(verifyStage(op)));
}

std::string ZeroPadding2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> ZeroPadding2DOp::inferResultShape(EmitError) {
  return inferPaddedShape(*this);
}

LogicalResult ZeroPadding2DOp::verify() { return verifyPadding(*this); }

FailureOr<Meaning> ZeroPadding2DOp::inferMeaning() {
  return *getMeaning(getInput());
}

int ZeroPadding2DOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void ZeroPadding2DOp::flatten(NetworkFlattener &flattener) {
  ArrayRef<int64_t> pads = getPads();
  flattener.add(*this, moveImage({-pads[0], -pads[2]}, {1, 1}));
}

std::string EdgePadding2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>> EdgePadding2DOp::inferResultShape(EmitError) {
  return inferPaddedShape(*this);
}

LogicalResult EdgePadding2DOp::verify() { return verifyPadding(*this); }

FailureOr<Meaning> EdgePadding2DOp::inferMeaning() {
  return *getMeaning(getInput());
}

int EdgePadding2DOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void EdgePadding2DOp::flatten(NetworkFlattener &flattener) {
  ArrayRef<int64_t> pads = getPads();
  flattener.add(*this, moveImage({-pads[0], -pads[2]}, {1, 1},
                                 /*clampsToEdge=*/true));
}

//===----------------------------------------------------------------------===//
// Cropping2DOp
//===----------------------------------------------------------------------===//

std::string Cropping2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
Cropping2DOp::inferResultShape(EmitError error) {
  SmallVector<int64_t> shape = getOperandShape(*this);
  ArrayRef<int64_t> crops = getCrops();
  // cropping_2d_c2
  for (int axis = 0; axis != 2; ++axis) {
    int64_t begin = crops[2 * axis], end = crops[2 * axis + 1];
    int64_t &extent = shape[axis + 1];
    if (begin < 0 || end < 0 || begin >= extent || end >= extent - begin) {
      error() << "has crops of " << toString(crops) << " for an image of "
              << extent << (axis == 0 ? " rows" : " columns")
              << "; they are not negative, and one is left";
      return failure();
    }
    extent -= begin + end;
  }
  return shape;
}

LogicalResult Cropping2DOp::verify() {
  // cropping_2d_c1
  if (failed(verifyTensors(*this)) || failed(verifyImage(*this)))
    return failure();
  // cropping_2d_c3
  return failure(failed(verifyResultShape(*this)) ||
                 failed(verifyStage(*this)));
}

FailureOr<Meaning> Cropping2DOp::inferMeaning() {
  return *getMeaning(getInput());
}

int Cropping2DOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void Cropping2DOp::flatten(NetworkFlattener &flattener) {
  ArrayRef<int64_t> crops = getCrops();
  flattener.add(*this, moveImage({crops[0], crops[2]}, {1, 1}));
}

//===----------------------------------------------------------------------===//
// UpSampling2DOp
//===----------------------------------------------------------------------===//

std::string UpSampling2DOp::whyNotQuantizable() { return {}; }

FailureOr<SmallVector<int64_t>>
UpSampling2DOp::inferResultShape(EmitError error) {
  SmallVector<int64_t> shape = getOperandShape(*this);
  // up_sampling_2d_c2
  for (int axis = 0; axis != 2; ++axis) {
    int64_t size = getSize()[axis];
    if (size < 1 || size > maxWindow) {
      error() << "has a size of " << toString(getSize()) << "; it must be 1 to "
              << maxWindow;
      return failure();
    }
    shape[axis + 1] *= size;
  }
  return shape;
}

LogicalResult UpSampling2DOp::verify() {
  // up_sampling_2d_c1
  if (failed(verifyTensors(*this)) || failed(verifyImage(*this)))
    return failure();
  // up_sampling_2d_c3
  return failure(failed(verifyResultShape(*this)) ||
                 failed(verifyStage(*this)));
}

FailureOr<Meaning> UpSampling2DOp::inferMeaning() {
  return *getMeaning(getInput());
}

int UpSampling2DOp::toInteger(IntegerLowering &) {
  return getMeaning(getInput())->valueBits;
}

void UpSampling2DOp::flatten(NetworkFlattener &flattener) {
  flattener.add(*this, moveImage({0, 0}, getSize()));
}
