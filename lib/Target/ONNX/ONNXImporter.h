//===- ONNXImporter.h - The import of one model -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_ONNXIMPORTER_H
#define QML_LIB_TARGET_ONNX_ONNXIMPORTER_H

#include "OperatorImport.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Target/LayerProblems.h"
#include "qml/Target/ONNX/ImportONNX.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace qml {

class ONNXImporter {
public:
  ONNXImporter(ONNXModel model, llvm::StringRef path,
               mlir::MLIRContext *context, const ImportONNXOptions &options)
      : model(std::move(model)), path(path), builder(context),
        options(options) {}

  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  friend class OperatorImport;

  mlir::Location getLocation(llvm::StringRef name);
  static llvm::StringRef text(std::string_view view) {
    return {view.data(), view.size()};
  }

  //===--- Graph.cpp: which nodes, in which order, under which names ---===//
  bool findNodes();
  /// Refuses names that were asked for twice.
  bool checkNames();
  /// Lists the operators that --inputs and --outputs leave out.
  void reportCuts();
  bool sortNodes(const std::vector<bool> &isLive);
  void nameNodes();
  std::string getNodeName(const ONNXNode &node, bool isOnlyOne) const;
  /// Whether a node makes (batch, channels, ...) of (batch, ..., channels).
  bool turnsToChannelsFirst(const ONNXNode &node, bool hasOneChannel);
  /// How the operators that take the input see it; `FromFile` if they leave it
  /// open.
  InputLayout findLayout(llvm::StringRef input, bool hasOneChannel);

  //===--- Branches.cpp ---===//
  /// Imports the branch of an If whose condition is known; false if it isn't.
  bool takeBranch(size_t index);
  bool addBranch(const ONNXGraph &branch, std::vector<size_t> &added);

  //===--- AdaptivePools.cpp ---===//
  /// Imports the nodes from this one on that average uneven windows together,
  /// as torch.onnx writes them, or that were imported so; false if it is none
  /// of these.
  bool takeAdaptivePool(size_t index);

  //===--- Inputs.cpp ---===//
  bool addInputs(mlir::SmallVectorImpl<mlir::Type> &types);
  /// Of the file, or as the caller says; none after a report.
  std::optional<std::vector<std::optional<int64_t>>>
  findInputShape(const std::string &name, const ONNXValueInfo *info);

  //===--- ImportONNX.cpp ---===//
  void importNode(size_t index);
  bool fold(size_t index);
  const ONNXValue *findValue(std::string_view name);
  /// The layers of an expression; fails after a report.
  mlir::FailureOr<mlir::Value> emit(mlir::Value base,
                                    const ExpressionPtr &expression);
  /// Whether layers compute it.
  bool canEmit(const ExpressionPtr &expression);
  /// Reports a function that no layers compute, once, as one of the operators
  /// that made it.
  void reportFunction(const ExpressionPtr &expression);
  /// Problems from here on are of this node.
  void enter(size_t node);
  mlir::FailureOr<mlir::Value> emitKnown(mlir::Value base,
                                         const KnownFunction &function,
                                         size_t node, llvm::StringRef name);
  mlir::FailureOr<mlir::Value> reshape(mlir::Value value,
                                       llvm::ArrayRef<int64_t> shape,
                                       llvm::StringRef name,
                                       mlir::Location loc);
  std::string claimName(llvm::StringRef name);
  LayerBuilder makeBuilder(size_t node, llvm::StringRef name);
  bool makeOutputs(mlir::SmallVectorImpl<mlir::Value> &outputs);
  void findRanges();
  void removeUnused(mlir::func::FuncOp network);
  void reportMoves(mlir::func::FuncOp network);

  /// Branches that are taken get their nodes at the end.
  ONNXModel model;
  llvm::StringRef path;
  mlir::OpBuilder builder;
  const ImportONNXOptions &options;

  std::vector<std::string> inputs, outputs;
  /// The node that makes a value; all nodes that take it, once for each time.
  std::map<std::string_view, size_t> producers;
  std::map<std::string_view, std::vector<size_t>> consumers;
  std::map<std::string_view, const ONNXTensor *> initializers;
  /// How often each is an output of the network.
  std::map<std::string_view, size_t> outputCounts;
  /// What the file says of its inputs, values and outputs.
  std::map<std::string_view, const ONNXValueInfo *> infos;
  FoldBudget budget;
  /// Inputs whose samples have their channels first.
  llvm::StringSet<> channelsFirst;
  /// How many samples the file computes together; none if it leaves it open.
  std::optional<int64_t> fileBatch;
  /// Of nodes that outputs depend on, sorted.
  std::vector<size_t> order;
  std::vector<std::string> names;
  std::map<std::string_view, ONNXValue> values;
  llvm::StringSet<> taken;
  /// The number that the next one that wants a taken name may get.
  llvm::StringMap<unsigned> nextNumbers;
  /// What was made of an expression, a function or a shape of a value.
  std::map<std::pair<const void *, std::string>, mlir::Value> made;
  /// Rescalings of arithmetic with vectors, which no other value shares.
  llvm::DenseSet<mlir::Operation *> ownRescalings;
  llvm::DenseMap<const Expression *, bool> emittable;
  /// Expressions that `made` and `emittable` know by their addresses.
  std::vector<ExpressionPtr> kept;
  /// Quantizers of the file: their results, and which values these can have.
  struct FileRange {
    std::string_view value;
    double lower, upper;
  };
  std::vector<FileRange> ranges;
  /// Nodes that were imported with one before.
  llvm::DenseSet<size_t> pooled;
  LayerProblems *problems = nullptr;
  size_t current = 0;
  llvm::DenseSet<const Expression *> reported;

  /// How --outputs ends the network before what can't be imported; empty if
  /// nothing comes before.
  std::string suggestOutputs(llvm::ArrayRef<size_t> order);
};

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_ONNXIMPORTER_H
