//===- ImportKeras.h - Keras files to qml -----------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_KERAS_IMPORTKERAS_H
#define QML_TARGET_KERAS_IMPORTKERAS_H

#include "qml/Support/InputShapes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace qml {

struct ImportKerasOptions {
  InputShapes inputShapes;
};

/// Reads a Keras model (.h5 or .keras) into a module with one network of float
/// layers. Weights are views of the file, which stays mapped. All problems are
/// reported, at locations that name the layer and the file; null if there are
/// any.
mlir::OwningOpRef<mlir::ModuleOp>
importKeras(llvm::StringRef path, mlir::MLIRContext *context,
            const ImportKerasOptions &options = {});

/// The classes of layers that can be imported, in alphabetical order.
llvm::SmallVector<llvm::StringRef> getSupportedKerasClasses();

/// Registers --keras-to-qml. The translation reads the file that it is given by
/// name: Keras files are binary, and weights are not copied.
void registerKerasTranslation();

} // namespace qml

#endif // QML_TARGET_KERAS_IMPORTKERAS_H
