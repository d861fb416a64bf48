//===- InsertIdentityConvs.cpp - Convolutions that change nothing ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"
#include "qml/Dialect/QML/IR/LayerBuilder.h"
#include "qml/Transforms/Passes.h"
#include "qml/Transforms/Patterns.h"

using namespace mlir;

namespace qml {
#define GEN_PASS_DEF_INSERTIDENTITYCONVS
#include "qml/Transforms/Passes.h.inc"
} // namespace qml

using namespace qml;

/// Layers with more channels get none: the kernel grows with their square.
constexpr int64_t maxChannels = 2048;

namespace {

class IdentityConvInserter {
public:
  explicit IdentityConvInserter(func::FuncOp network)
      : network(network), names(network), builder(network.getContext()) {}

  /// Returns how many were inserted; reports what can't be.
  FailureOr<unsigned> run() {
    listed = order = getLayersInOrder(network);
    step(&IdentityConvInserter::insertBetweenAddAndReLU);
    step(&IdentityConvInserter::insertAfterMerges);
    // The reference's rules about the input: it knows networks of one.
    if (getInputs(network).size() == 1) {
      step(&IdentityConvInserter::insertAfterFirstBlock);
      step(&IdentityConvInserter::insertBetweenInputAndMerge);
    }
    insertBeforeThirdUsers();
    if (hasFailed)
      return failure();
    return static_cast<unsigned>(inserted.size());
  }

  /// Tensors that got none since they have too many channels.
  unsigned getNumLarge() const { return large.size(); }

private:
  /// Whether a tensor is an image that may get an identity convolution.
  bool isSmallImage(Value value) {
    return getShape(value).size() == 4 && hasFewChannels(value);
  }
  bool hasFewChannels(Value value) {
    bool hasFew = getNumChannels(value) <= maxChannels;
    if (!hasFew)
      large.insert(value);
    return hasFew;
  }

  /// Does a step, and sets `order` and `listed` if it inserts something.
  void step(void (IdentityConvInserter::*insertSome)());

  void insertBetweenAddAndReLU();
  void insertAfterMerges();
  void insertAfterFirstBlock();
  void insertBetweenInputAndMerge();
  void insertBeforeThirdUsers();

  /// An identity convolution of `value`, placed right after it; null if there
  /// can't be one, which is reported.
  Conv2DOp insert(Value value, const Twine &name, Location loc);

  /// Layers that bring several tensors together.
  SmallVector<LayerOpInterface> getMerges() {
    SmallVector<LayerOpInterface> merges;
    for (auto layer : network.getOps<LayerOpInterface>())
      if (isa<AddOp, ConcatenateOp>(*layer))
        merges.push_back(layer);
    return merges;
  }

  /// The same for all users of a layer.
  void insertAfter(LayerOpInterface layer) {
    Value result = layer->getResult(0);
    Conv2DOp conv =
        insert(result, layer.getLayerName() + "_identity_conv", layer.getLoc());
    if (conv)
      result.replaceAllUsesExcept(conv.getResult(), conv);
  }

  func::FuncOp network;
  LayerNames names;
  OpBuilder builder;
  bool hasFailed = false;
  SmallVector<LayerOpInterface> inserted;
  llvm::SmallPtrSet<Value, 4> large;
  /// The layers in the order in which the reference made them last: users of a
  /// layer have this order.
  SmallVector<LayerOpInterface> order;
  /// Those of the network as it is, as the reference lists them.
  SmallVector<LayerOpInterface> listed;
};

} // namespace

Conv2DOp IdentityConvInserter::insert(Value value, const Twine &name,
                                      Location loc) {
  int64_t channels = getNumChannels(value);
  std::vector<float> identity(channels * channels, 0.0f);
  for (int64_t i = 0; i != channels; ++i)
    identity[i * channels + i] = 1.0f;
  std::string unique = names.make(name);
  builder.setInsertionPointAfterValue(value);
  FailureOr<Value> conv =
      LayerBuilder(builder, loc, unique)
          .makeConv2D(
              value,
              makeElements(RankedTensorType::get({1, 1, channels, channels},
                                                 builder.getF32Type()),
                           unique + "_kernel", std::move(identity)),
              /*bias=*/nullptr, ConvOptions());
  if (failed(conv)) {
    hasFailed = true;
    return {};
  }
  auto op = conv->getDefiningOp<Conv2DOp>();
  inserted.push_back(op);
  return op;
}

void IdentityConvInserter::step(void (IdentityConvInserter::*insertSome)()) {
  size_t numBefore = inserted.size();
  (this->*insertSome)();
  if (inserted.size() == numBefore)
    return;
  // The reference lists new layers after all others. It makes a network by
  // going through its list again and again, each time taking the layers whose
  // inputs it has by then.
  llvm::append_range(listed, ArrayRef(inserted).drop_front(numBefore));
  DenseMap<Operation *, unsigned> place, round;
  for (LayerOpInterface layer : listed)
    place.try_emplace(layer, place.size());
  for (auto layer : network.getOps<LayerOpInterface>()) {
    unsigned least = 0;
    for (Value operand : layer->getOperands())
      if (LayerOpInterface producer = getProducer(operand))
        least =
            std::max(least, round.lookup(producer) +
                                (place.lookup(producer) > place.lookup(layer)));
    round[layer] = least;
  }
  llvm::stable_sort(listed, [&](LayerOpInterface a, LayerOpInterface b) {
    return round.lookup(a) < round.lookup(b);
  });
  order = std::move(listed);
  listed = getLayersInOrder(network);
}

void IdentityConvInserter::insertBetweenAddAndReLU() {
  for (AddOp add : llvm::to_vector(network.getOps<AddOp>())) {
    auto relu = dyn_cast_or_null<ReLUOp>(getOnlyUser(add));
    if (relu && isa_and_nonnull<GlobalAveragePool2DOp>(getOnlyUser(relu)) &&
        hasFewChannels(add.getResult()))
      insertAfter(add);
  }
}

void IdentityConvInserter::insertAfterMerges() {
  for (LayerOpInterface merge : getMerges())
    if (llvm::none_of(
            merge->getUsers(),
            [](Operation *user) {
              return isa<Conv2DOp, DepthwiseConv2DOp, Conv2DTransposeOp,
                         DepthwiseConv2DTransposeOp>(user);
            }) &&
        isSmallImage(merge->getResult(0)))
      insertAfter(merge);
}

void IdentityConvInserter::insertAfterFirstBlock() {
  auto conv =
      dyn_cast_or_null<Conv2DOp>(getFirstUser(getInputs(network).front()));
  int64_t channels = conv ? getNumChannels(conv.getInput()) : 0;
  if (channels != 1 && channels != 3)
    return;
  LayerOpInterface last = conv;
  while (Operation *user = getOnlyUser(last)) {
    if (!isa<ReLUOp, MaxPool2DOp, ActivationOp>(user))
      break;
    last = cast<LayerOpInterface>(user);
  }
  if (llvm::range_size(last->getResult(0).getUses()) > 1 &&
      isSmallImage(last->getResult(0)))
    insertAfter(last);
}

void IdentityConvInserter::insertBetweenInputAndMerge() {
  BlockArgument input = getInputs(network).front();
  for (LayerOpInterface merge : getMerges()) {
    if (merge->getNumOperands() != 2 || merge->getOperand(0) != input ||
        merge->getOperand(1) != input || !isSmallImage(merge->getResult(0)))
      continue;
    Conv2DOp conv = insert(
        input, getInputName(network, input.getArgNumber()) + "_identity_conv",
        merge.getLoc());
    if (!conv)
      return;
    merge->setOperand(0, conv.getResult());
  }
}

void IdentityConvInserter::insertBeforeThirdUsers() {
  DenseMap<Operation *, unsigned> place;
  for (LayerOpInterface layer : order)
    place.try_emplace(layer, place.size());
  for (LayerOpInterface layer : listed) {
    Value result = layer->getResult(0);
    // Uses by layers, in their order; what the network returns is none.
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : result.getUses())
      if (isa<LayerOpInterface>(use.getOwner()))
        uses.push_back(&use);
    if (uses.size() <= 2 || !isSmallImage(result))
      continue;
    llvm::stable_sort(uses, [&](OpOperand *a, OpOperand *b) {
      unsigned placeA = place.lookup(a->getOwner());
      unsigned placeB = place.lookup(b->getOwner());
      return placeA != placeB ? placeA < placeB
                              : a->getOperandNumber() < b->getOperandNumber();
    });
    while (uses.size() > 2) {
      Conv2DOp conv = insert(
          result, layer.getLayerName() + "_identity_conv_" + Twine(uses.size()),
          layer.getLoc());
      if (!conv)
        return;
      // As the reference, a layer that reads the result twice changes whole.
      for (int i = 0; i != 2; ++i)
        uses.pop_back_val()->getOwner()->replaceUsesOfWith(result,
                                                           conv.getResult());
      uses.push_back(&conv.getInputMutable());
    }
  }
}

namespace {
struct InsertIdentityConvsPass
    : qml::impl::InsertIdentityConvsBase<InsertIdentityConvsPass> {
  void runOnOperation() override {
    func::FuncOp network = getOperation();
    if (!isNetwork(network) || isAnnotated(network) || isInteger(network))
      return markAllAnalysesPreserved();
    IdentityConvInserter inserter(network);
    FailureOr<unsigned> count = inserter.run();
    if (failed(count))
      return signalPassFailure();
    numInserted += *count;
    numChannels += inserter.getNumLarge();
  }
};
} // namespace
