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
#include "mlir/Pass/PassInstrumentation.h"

#include <memory>

namespace qml {

/// After each pass on a module, or on its only function, frees the resources
/// that passes since the last time have made unused: at any time there is one
/// live copy of each weight, and what the running pass makes of it. To be added
/// to the pass manager of a tool for the only module of its context; pipelines
/// that run on other modules, clones, free nothing.
std::unique_ptr<mlir::PassInstrumentation>
createReleaseWeightsInstrumentation(mlir::ModuleOp module);

/// Frees the resources that `module`, which nobody will look at any more, uses
/// and none of `others` does.
void releaseWeights(mlir::ModuleOp module,
                    llvm::ArrayRef<mlir::ModuleOp> others);

} // namespace qml

#endif // QML_PIPELINES_RELEASEWEIGHTS_H
