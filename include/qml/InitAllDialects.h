//===- InitAllDialects.h - All dialects of the project ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For the tools, the plugin, and compilers that embed the project.
//
//===----------------------------------------------------------------------===//

#ifndef QML_INITALLDIALECTS_H
#define QML_INITALLDIALECTS_H

#include "mlir/IR/DialectRegistry.h"
#include "qml/Dialect/Akida/IR/AkidaDialect.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"

namespace qml {

/// Adds the project's dialects to `registry`; those of MLIR that they use come
/// along when they are loaded.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<QMLDialect, akida::AkidaDialect>();
}

} // namespace qml

#endif // QML_INITALLDIALECTS_H
