//===- LayerProblems.h - What is wrong with layers --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_LAYERPROBLEMS_H
#define QML_TARGET_LAYERPROBLEMS_H

#include "mlir/IR/Diagnostics.h"

#include <map>
#include <optional>

namespace qml {

/// Collects what is reported while the layers of a model are imported, and
/// reports it in the end: one line for each kind of problem, with its layers.
class LayerProblems {
public:
  explicit LayerProblems(mlir::MLIRContext *context);

  /// Errors from here on are about this layer.
  void enter(llvm::StringRef name, llvm::StringRef className);
  /// Nothing is known of the layer's class.
  void addUnsupported() { unsupported.add(*current, ""); }

  /// Reports everything; fails if there was anything. Nothing is collected
  /// afterwards. `why` says why layers of a class are not imported, and
  /// `supported` which are; `hint` is told in the end, if there is one.
  mlir::LogicalResult
  report(llvm::StringRef path,
         llvm::function_ref<std::string(llvm::StringRef)> why,
         llvm::ArrayRef<llvm::StringRef> supported, llvm::StringRef hint = {});

private:
  struct Layer {
    std::string name;
    std::string className;
  };
  struct Problem {
    std::string className;
    std::string text;
    llvm::SmallVector<std::string> layers;
  };
  /// In the order of their first layers.
  struct List {
    void add(const Layer &layer, llvm::StringRef text);
    std::vector<Problem> problems;
    std::map<std::pair<std::string, std::string>, size_t> indices;
  };

  static void append(mlir::Diagnostic &diagnostic, const Problem &problem);

  std::optional<Layer> current;
  List found;
  List unsupported;
  std::optional<mlir::ScopedDiagnosticHandler> handler;
  mlir::MLIRContext *context;
};

} // namespace qml

#endif // QML_TARGET_LAYERPROBLEMS_H
