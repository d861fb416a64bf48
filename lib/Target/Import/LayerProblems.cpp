//===- LayerProblems.cpp - What is wrong with the layers of a model -------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/LayerProblems.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace qml {

/// Names of layers that a line holds.
constexpr size_t maxNames = 20;

LayerProblems::LayerProblems(MLIRContext *context) : context(context) {
  // Other threads may report problems of their own meanwhile.
  uint64_t thread = llvm::get_threadid();
  handler.emplace(context, [this, thread](Diagnostic &diagnostic) {
    if (!current || diagnostic.getSeverity() != DiagnosticSeverity::Error ||
        llvm::get_threadid() != thread)
      return failure();
    found.add(*current, diagnostic.str());
    return success();
  });
}

void LayerProblems::enter(StringRef name, StringRef className) {
  current = Layer{name.str(), className.str()};
}

void LayerProblems::List::add(const Layer &layer, StringRef text) {
  const std::string &className = layer.className;
  auto [entry, isNew] =
      indices.try_emplace({className, text.str()}, problems.size());
  if (isNew)
    problems.push_back({className, text.str(), {}});
  problems[entry->second].layers.push_back(layer.name);
}

void LayerProblems::append(Diagnostic &diagnostic, const Problem &problem) {
  ArrayRef<std::string> layers = problem.layers;
  if (layers.size() == 1) {
    diagnostic << "layer '" << layers.front() << "' (" << problem.className
               << "): " << problem.text;
    return;
  }
  diagnostic << problem.className << " (" << layers.size()
             << " layers: " << llvm::join(layers.take_front(maxNames), ", ");
  if (layers.size() > maxNames)
    diagnostic << " and " << layers.size() - maxNames << " more";
  diagnostic << "): " << problem.text;
}

LogicalResult
LayerProblems::report(StringRef path,
                      llvm::function_ref<std::string(StringRef)> why,
                      ArrayRef<StringRef> supported, StringRef hint) {
  handler.reset();
  auto getLocation = [&](const Problem &problem) -> Location {
    return NameLoc::get(StringAttr::get(context, problem.layers.front()),
                        FileLineColLoc::get(context, path, 0, 0));
  };
  for (const Problem &problem : found.problems) {
    InFlightDiagnostic diagnostic = emitError(getLocation(problem));
    append(*diagnostic.getUnderlyingDiagnostic(), problem);
    if (unsupported.problems.empty() && &problem == &found.problems.back() &&
        !hint.empty())
      diagnostic.attachNote() << hint;
  }
  for (Problem &problem : unsupported.problems) {
    InFlightDiagnostic diagnostic = emitError(getLocation(problem));
    problem.text = why(problem.className);
    append(*diagnostic.getUnderlyingDiagnostic(), problem);
    if (&problem != &unsupported.problems.back())
      continue;
    diagnostic.attachNote() << "supported are " << llvm::join(supported, ", ");
    if (!hint.empty())
      diagnostic.attachNote() << hint;
  }
  return success(found.problems.empty() && unsupported.problems.empty());
}

} // namespace qml
