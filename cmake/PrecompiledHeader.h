//===- PrecompiledHeader.h - What most sources include ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only for compile time: sources include what they use themselves, and build
// without this header (QML_USE_PCH=OFF). The one of our own headers that most
// of them include takes as long as MLIR's; there are no others, since a change
// of any compiles everything again.
//
//===----------------------------------------------------------------------===//

#ifndef QML_CMAKE_PRECOMPILEDHEADER_H
#define QML_CMAKE_PRECOMPILEDHEADER_H

#include "qml/Dialect/QML/IR/QMLOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#endif // QML_CMAKE_PRECOMPILEDHEADER_H
