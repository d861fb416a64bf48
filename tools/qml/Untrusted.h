//===- Untrusted.h - Reading modules of anyone ------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's readers crash, hang or take all memory on files that are damaged or
// made to harm. So another process reads each file first, with limits; only if
// it comes through, and finds nothing that would harm later, this one does.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_UNTRUSTED_H
#define QML_TOOLS_QML_UNTRUSTED_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "qml/Support/Result.h"

namespace qml {

/// Parses a file in a context of its own; adds to `problems` a line for each
/// error, as it is to be told.
using ReadFunction = llvm::function_ref<mlir::OwningOpRef<mlir::ModuleOp>(
    std::string &problems)>;

/// Reads a file of `size` bytes in another process. Empty if this one can read
/// it; else lines that say why it must not.
std::string findProblems(const std::string &path, size_t size,
                         ReadFunction read);

/// Whether a module from a file of `size` bytes can be walked, printed and
/// written: no regions, attributes, types or locations nest too deep, and,
/// where attributes share parts, what is printed for them stays in proportion
/// to the file. Layers must carry no attributes of other dialects. Takes linear
/// time, and does not recurse.
Status checkExtent(mlir::ModuleOp module, size_t size);

} // namespace qml

#endif // QML_TOOLS_QML_UNTRUSTED_H
