//===- ReleaseWeights.h - Memory of weights that were replaced --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A resource belongs to the context, and modules share it: a clone has the
// weights of its original. So passes, which see one module, never free what
// they replace. A tool that owns its context knows all modules in it, and can.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PIPELINES_RELEASEWEIGHTS_H
#define QML_PIPELINES_RELEASEWEIGHTS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/DenseSet.h"

namespace qml {

/// Runs passes on a module. After each that made weights, those that it and
/// passes before it have made unused are freed: at any time there is one live
/// copy of each weight, and what the running pass makes of it. What `others`
/// use stays: all modules of the context with which it may share weights.
/// Pipelines that passes run on other modules, clones, free nothing.
///
/// The module is verified once, after the last pass: verifying takes four times
/// as long as a pass that finds nothing to do. `qml-opt` verifies after each.
mlir::LogicalResult
runPasses(mlir::ModuleOp module, llvm::ArrayRef<mlir::ModuleOp> others,
          llvm::function_ref<void(mlir::OpPassManager &)> build);

/// Frees the resources that `module`, which nobody will look at any more, uses
/// and none of `others` does.
void releaseWeights(mlir::ModuleOp module,
                    llvm::ArrayRef<mlir::ModuleOp> others);

/// Resources that operations used before they got others.
class ReplacedWeights {
public:
  /// Remembers what an operation uses.
  void add(mlir::Operation *op);

  /// Frees what was remembered and none of `others` uses.
  void release(llvm::ArrayRef<mlir::ModuleOp> others);

private:
  using Resource = mlir::DialectResourceBlobManager::BlobEntry;
  llvm::DenseSet<Resource *> used;
};

} // namespace qml

#endif // QML_PIPELINES_RELEASEWEIGHTS_H
