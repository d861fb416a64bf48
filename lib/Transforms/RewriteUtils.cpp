//===- RewriteUtils.cpp - Helpers of rewrites -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RewriteUtils.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace qml {

namespace {
/// Counts the patterns that were applied.
struct CountingListener : RewriterBase::Listener {
  void notifyPatternEnd(const Pattern &, LogicalResult status) override {
    count += succeeded(status);
  }
  unsigned count = 0;
};
} // namespace

/// The layers that patterns can begin with, and those that nothing takes, which
/// the driver removes. Most networks have none for most passes.
static SmallVector<Operation *> findCandidates(func::FuncOp network,
                                               RewritePatternSet &patterns) {
  llvm::SmallPtrSet<const void *, 8> kinds;
  bool takesAll = false;
  for (const std::unique_ptr<RewritePattern> &pattern :
       patterns.getNativePatterns()) {
    std::optional<OperationName> kind = pattern->getRootKind();
    takesAll |= !kind;
    if (kind)
      kinds.insert(kind->getAsOpaquePointer());
  }
  SmallVector<Operation *> layers;
  for (Operation &op : network.front().without_terminator())
    if (takesAll || op.use_empty() ||
        kinds.contains(op.getName().getAsOpaquePointer()))
      layers.push_back(&op);
  return layers;
}

FailureOr<unsigned> rewriteNetwork(func::FuncOp network,
                                   RewritePatternSet patterns) {
  SmallVector<Operation *> layers = findCandidates(network, patterns);
  if (layers.empty())
    return 0u;
  CountingListener listener;
  GreedyRewriteConfig config;
  // What a rewrite changes may be a candidate after it.
  config.setStrictness(GreedyRewriteStrictness::AnyOp)
      .enableFolding(false)
      .enableConstantCSE(false)
      .setListener(&listener);
  // Patterns tell of layers that can't be made, and leave the network as it is.
  // Other threads may report those of other networks meanwhile.
  bool hasError = false;
  uint64_t thread = llvm::get_threadid();
  ScopedDiagnosticHandler watch(network.getContext(), [&](Diagnostic &told) {
    if (llvm::get_threadid() == thread)
      hasError |= told.getSeverity() == DiagnosticSeverity::Error;
    return failure();
  });
  if (failed(applyOpPatternsGreedily(
          layers, FrozenRewritePatternSet(std::move(patterns)), config))) {
    network.emitError() << "rewriting the network doesn't come to an end";
    return failure();
  }
  if (hasError)
    return failure();
  return listener.count;
}

bool isTakenBy(Value value, llvm::function_ref<bool(Operation *)> isSuch) {
  // Branches that meet again are looked at once.
  llvm::SetVector<Value> reached;
  reached.insert(value);
  for (size_t i = 0; i != reached.size(); ++i)
    for (Operation *user : reached[i].getUsers()) {
      if (!isa<LayerOpInterface>(user))
        continue;
      if (isSuch(user))
        return true;
      if (!user->hasTrait<qml::OpTrait::RescalesResult>())
        reached.insert(user->getResult(0));
    }
  return false;
}

void visitBefore(LayerOpInterface layer,
                 llvm::function_ref<bool(LayerOpInterface)> goesOn) {
  llvm::SmallPtrSet<Operation *, 8> seen;
  SmallVector<Value> work(llvm::reverse(layer->getOperands()));
  while (!work.empty()) {
    LayerOpInterface producer = getProducer(work.pop_back_val());
    if (producer && seen.insert(producer).second && goesOn(producer))
      llvm::append_range(work, llvm::reverse(producer->getOperands()));
  }
}

Operation *cloneOnto(RewriterBase &rewriter, Operation *layer, Value input,
                     Type type) {
  Operation *copy = rewriter.clone(*layer);
  rewriter.modifyOpInPlace(copy, [&] {
    copy->setOperand(0, input);
    copy->getResult(0).setType(type);
  });
  return copy;
}

void swapLayers(RewriterBase &rewriter, Operation *first, Operation *second,
                Type middle) {
  rewriter.setInsertionPoint(second);
  Operation *newFirst =
      cloneOnto(rewriter, second, first->getOperand(0), middle);
  Operation *newSecond = cloneOnto(rewriter, first, newFirst->getResult(0),
                                   second->getResult(0).getType());
  rewriter.replaceOp(second, newSecond->getResults());
  rewriter.eraseOp(first);
}

static ElementsAttr remakeKernel(WeightedLayerOpInterface layer,
                                 ElementsAttr old, std::vector<float> kernel) {
  return makeElements(cast<RankedTensorType>(old.getType()),
                      (layer.getLayerName() + "_kernel").str(),
                      std::move(kernel));
}

void setKernel(WeightedLayerOpInterface layer, std::vector<float> kernel) {
  layer.setKernelAttr(
      remakeKernel(layer, layer.getKernel(), std::move(kernel)));
}

void setInputKernel(WeightedLayerOpInterface layer, std::vector<float> kernel) {
  layer.setInputKernelAttr(
      remakeKernel(layer, layer.getInputKernel(), std::move(kernel)));
}

/// The sum of contiguous values, as NumPy adds them: in pairs of blocks, eight
/// partial sums each, so that rounding errors stay small.
static float sumPairwise(ArrayRef<float> values) {
  size_t count = values.size();
  if (count < 8) {
    // Negative zero, the neutral element that NumPy starts from.
    float sum = -0.0f;
    for (float value : values)
      sum += value;
    return sum;
  }
  if (count <= 128) {
    float partial[8];
    for (unsigned i = 0; i != 8; ++i)
      partial[i] = values[i];
    size_t i = 8;
    for (; i + 8 <= count; i += 8)
      for (unsigned j = 0; j != 8; ++j)
        partial[j] += values[i + j];
    float sum = ((partial[0] + partial[1]) + (partial[2] + partial[3])) +
                ((partial[4] + partial[5]) + (partial[6] + partial[7]));
    for (; i != count; ++i)
      sum += values[i];
    return sum;
  }
  size_t half = count / 2;
  half -= half % 8;
  return sumPairwise(values.take_front(half)) +
         sumPairwise(values.drop_front(half));
}

std::vector<float> sumOverInputs(ArrayRef<float> kernel, ArrayRef<float> offset,
                                 int64_t outputs) {
  int64_t rows = kernel.size() / outputs;
  auto product = [&](int64_t row, int64_t output) {
    return kernel[row * outputs + output] *
           (offset.size() == 1 ? offset[0] : offset[row % offset.size()]);
  };
  if (outputs == 1) {
    std::vector<float> products(rows);
    for (int64_t row = 0; row != rows; ++row)
      products[row] = product(row, 0);
    return {sumPairwise(products)};
  }
  std::vector<float> sums(outputs);
  for (int64_t output = 0; output != outputs; ++output)
    sums[output] = product(0, output);
  for (int64_t row = 1; row != rows; ++row)
    for (int64_t output = 0; output != outputs; ++output)
      sums[output] += product(row, output);
  return sums;
}

std::vector<double> shiftPadding(ArrayRef<double> padding,
                                 ArrayRef<double> offset) {
  std::vector<double> result(std::max(padding.size(), offset.size()));
  for (size_t i = 0; i != result.size(); ++i)
    result[i] = padding[padding.size() == 1 ? 0 : i] -
                offset[offset.size() == 1 ? 0 : i];
  if (llvm::all_equal(result))
    result.resize(1);
  return result;
}

void addOffsetToBias(WeightedLayerOpInterface layer, ArrayRef<float> offset) {
  ElementsView<float> kernel(layer.getKernel());
  std::vector<float> bias = getBiasOrZeros(layer);
  std::vector<float> sums =
      sumOverInputs(kernel.get(), offset, layer.getNumOutputChannels());
  for (auto [b, sum] : llvm::zip(bias, sums))
    b += sum;
  setBias(layer, bias);
}

} // namespace qml
