//===- Pass.h - Passes of the recovery --------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_RECOVERY_PASS_H
#define QML_RECOVERY_PASS_H

#include "qml/Dialect/QML/IR/QMLDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace qml {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "qml/Recovery/Passes.h.inc"

} // namespace qml

#endif // QML_RECOVERY_PASS_H
