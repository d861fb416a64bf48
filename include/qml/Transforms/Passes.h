//===- Passes.h - Passes on qml networks ------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_PASSES_H
#define QML_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"

#include <memory>
#include <string>

namespace qml {

#define GEN_PASS_DECL
#include "qml/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "qml/Transforms/Passes.h.inc"

} // namespace qml

#endif // QML_TRANSFORMS_PASSES_H
