//===- LayerImport.h - One layer on its way in ------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the functions in Layers/ are given: configuration, inputs and weights of
// a layer, and a builder for its operations. A function first reads the whole
// configuration, so that all problems are found even if an input is unknown
// because the layer before was refused; then it asks isReady().
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERIMPORT_H
#define QML_LIB_TARGET_KERAS_LAYERIMPORT_H

#include "LayerConfigReader.h"
#include "qml/Dialect/QML/IR/LayerBuilder.h"

namespace qml {

/// What a layer returned.
struct LayerValue {
  /// Null if the layer was refused.
  mlir::Value value;
  /// Whether (batch, steps, channels) is computed as an image of height 1,
  /// (batch, 1, steps, channels), as layers on sequences want it.
  bool isSequence = false;
  /// Of a volume (batch, frames, height, width, channels): how many frames it
  /// has. They are samples of the network, one after the other; 0 for others.
  int64_t frames = 0;
  /// Frames of zeros before them, which a convolution over time looks back at.
  int64_t past = 0;
  /// Whether its frames of one cell are vectors in the network.
  bool isVector = false;
  /// An input of integers whose `value` is real numbers by now; null for
  /// others.
  mlir::Value integers = nullptr;

  /// The shape that Keras says, with the batch.
  llvm::SmallVector<int64_t> getShape() const;
};

class LayerImport : public LayerConfigReader {
public:
  /// `kerasVersion` is that of the file.
  LayerImport(const KerasLayer &layer, mlir::Location loc,
              mlir::OpBuilder &builder, llvm::ArrayRef<LayerValue> inputs,
              llvm::StringRef kerasVersion)
      : LayerConfigReader(layer, loc), builder(builder), inputs(inputs),
        isKeras2(kerasVersion.starts_with("2.")) {}

  /// Whether nothing was reported and all inputs are known.
  bool isReady() const;

  size_t getNumInputs() const { return inputs.size(); }
  mlir::Value getInput(size_t index = 0) const { return inputs[index].value; }
  /// Whether nothing else reads the first input.
  bool isOnlyReader() const { return onlyReader; }
  void setOnlyReader(bool isOnly) { onlyReader = isOnly; }
  /// As Keras says it, with the batch.
  llvm::SmallVector<int64_t> getInputShape(size_t index = 0) const {
    return inputs[index].getShape();
  }

  /// The name that the layer's class has in messages and in `source_class`.
  static std::string getClassName(const KerasLayer &layer);

  /// Of volumes. The result has as many frames, and those of the past that the
  /// layer says.
  int64_t getFrames() const { return inputs[0].frames; }
  int64_t getPast() const { return inputs[0].past; }
  void setPast(int64_t frames) { newPast = frames; }
  int64_t getNewPast() const { return newPast; }

  /// Makes the layer's operations.
  LayerBuilder make();

  /// Weight number `index`, which must have `shape`, as an array of `type` or,
  /// where that is empty, of the same shape; null after a report.
  mlir::ElementsAttr getWeight(size_t index, llvm::StringRef what,
                               llvm::ArrayRef<int64_t> shape,
                               llvm::ArrayRef<int64_t> type = {});

  /// The activation inside of a layer, or of an activation layer.
  LayerActivation getOwnActivation();

  /// Reports a layer with a memory that several calls have together.
  void expectOneCall();

  /// The function that Keras calls `name` in the version of the file.
  std::optional<LayerActivation> findActivation(llvm::StringRef name) const;

  /// Reports an axis that is not the input's last.
  void expectLastAxis(llvm::StringRef what, int64_t axis);

  /// The constant that the layer is called with as argument `position`, or by
  /// `name`; null if there is none.
  const nlohmann::json *findConstant(size_t position, const char *name) const;

private:
  /// A layer that is the activation of another one; none after a report.
  std::optional<LayerActivation> readInnerLayer(const std::string &className,
                                                const nlohmann::json &config);

  mlir::OpBuilder &builder;
  llvm::ArrayRef<LayerValue> inputs;
  bool isKeras2;
  bool onlyReader = false;
  int64_t newPast = 0;
};

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERIMPORT_H
