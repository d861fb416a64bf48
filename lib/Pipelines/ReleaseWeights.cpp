//===- ReleaseWeights.cpp - Memory of weights that were replaced ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Pipelines/ReleaseWeights.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/Network.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace qml {

namespace {

using Resource = DialectResourceBlobManager::BlobEntry;

/// How many resources the context has ever had: freed ones keep their names.
size_t countResources(MLIRContext *context) {
  size_t count = 0;
  DenseResourceElementsHandle::getManagerInterface(context)
      .getBlobManager()
      .getBlobMap([&](const llvm::StringMap<Resource> &resources) {
        count = resources.size();
      });
  return count;
}

llvm::DenseSet<Resource *> findUsed(Operation *root) {
  llvm::DenseSet<Resource *> resources;
  if (countResources(root->getContext()) == 0)
    return resources;
  auto add = [&](ElementsAttr elements) {
    if (auto array = dyn_cast<DenseResourceElementsAttr>(Attribute(elements)))
      resources.insert(array.getRawHandle().getResource());
    return WalkResult::advance();
  };
  // Types hold the meaning of integers; many values share one.
  AttrTypeWalker types;
  types.addWalk(add);
  root->walk([&](Operation *op) {
    walkArrays(op, add);
    for (NamedAttribute named : op->getDiscardableAttrs())
      types.walk(named.getValue());
    for (Type type : op->getResultTypes())
      types.walk(type);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Type type : block.getArgumentTypes())
          types.walk(type);
  });
  return resources;
}

class ReleaseWeights : public PassInstrumentation {
public:
  ReleaseWeights(ModuleOp module, ArrayRef<ModuleOp> others)
      : module(module), used(findUsed(module)),
        count(countResources(module.getContext())) {
    for (ModuleOp other : others)
      for (Resource *resource : findUsed(other))
        kept.insert(resource);
  }

  void runAfterPass(Pass *, Operation *op) override {
    // Most passes change no weights. Those that only drop some need no more
    // memory than before.
    size_t countNow = countResources(module.getContext());
    if (countNow == count || !isWholeModule(op))
      return;
    count = countNow;
    release();
  }

  void release() {
    llvm::DenseSet<Resource *> now = findUsed(module);
    for (Resource *resource : used)
      if (!now.contains(resource) && !kept.contains(resource))
        resource->setBlob(AsmResourceBlob());
    used = std::move(now);
  }

private:
  /// Whether nothing of the module but `op` can change meanwhile.
  bool isWholeModule(Operation *op) {
    if (op == module)
      return true;
    return op->getParentOp() == module && isa<func::FuncOp>(op) &&
           llvm::hasSingleElement(module.getOps<func::FuncOp>());
  }

  ModuleOp module;
  llvm::DenseSet<Resource *> used, kept;
  size_t count;
};

} // namespace

LogicalResult runPasses(ModuleOp module, ArrayRef<ModuleOp> others,
                        llvm::function_ref<void(OpPassManager &)> build) {
  PassManager pm(module.getContext());
  auto instrumentation = std::make_unique<ReleaseWeights>(module, others);
  ReleaseWeights &weights = *instrumentation;
  pm.addInstrumentation(std::move(instrumentation));
  pm.enableVerifier(false);
  build(pm);
  if (failed(pm.run(module)))
    return failure();
  weights.release();
  return verify(module);
}

/// Frees resources but for those of some modules.
static void release(const llvm::DenseSet<Resource *> &resources,
                    ArrayRef<ModuleOp> others) {
  llvm::DenseSet<Resource *> kept;
  for (ModuleOp other : others)
    for (Resource *resource : findUsed(other))
      kept.insert(resource);
  for (Resource *resource : resources)
    if (!kept.contains(resource))
      resource->setBlob(AsmResourceBlob());
}

void releaseWeights(ModuleOp module, ArrayRef<ModuleOp> others) {
  release(findUsed(module), others);
}

void ReplacedWeights::add(Operation *op) {
  for (Resource *resource : findUsed(op))
    used.insert(resource);
}

void ReplacedWeights::release(ArrayRef<ModuleOp> others) {
  qml::release(used, others);
  used.clear();
}

} // namespace qml
