//===- Problems.h - What is wrong with the layers of a model ----*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_PROBLEMS_H
#define QML_LIB_TARGET_KERAS_PROBLEMS_H

#include "mlir/IR/Diagnostics.h"
#include "qml/Target/Keras/KerasModel.h"

#include <map>
#include <optional>

namespace qml {

/// What a message says of layers of a class that is not imported.
llvm::StringRef whyUnsupported(llvm::StringRef className);

/// Collects what is reported while the layers of a model are imported, and
/// reports it in the end: one line for each kind of problem, with its layers.
class LayerProblems {
public:
  explicit LayerProblems(mlir::MLIRContext *context);

  /// Errors from here on are about this layer.
  void enter(const KerasLayer &layer);
  /// Nothing is known of the layer's class.
  void addUnsupported() { unsupported.add(*current, ""); }

  /// Reports everything; fails if there was anything. Nothing is collected
  /// afterwards.
  mlir::LogicalResult report(llvm::StringRef path);

private:
  struct Problem {
    std::string className;
    std::string text;
    llvm::SmallVector<llvm::StringRef> layers;
  };
  /// In the order of their first layers.
  struct List {
    void add(const KerasLayer &layer, llvm::StringRef text);
    std::vector<Problem> problems;
    std::map<std::pair<std::string, std::string>, size_t> indices;
  };

  static void append(mlir::Diagnostic &diagnostic, const Problem &problem);

  const KerasLayer *current = nullptr;
  List found;
  List unsupported;
  std::optional<mlir::ScopedDiagnosticHandler> handler;
  mlir::MLIRContext *context;
};

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_PROBLEMS_H
