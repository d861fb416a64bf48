//===- ReadTensor.h - Tensors of ONNX files ---------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_ONNX_READTENSOR_H
#define QML_LIB_TARGET_ONNX_READTENSOR_H

#include "qml/Target/ONNX/ONNXModel.h"

#include <map>

namespace qml {

/// Entries of one file, of all kinds together, and the files that hold its
/// tensors.
class ONNXFiles {
public:
  ONNXFiles(const Bytes &file, std::string folder)
      : file(file), folder(std::move(folder)) {}

  /// False if the file has more entries than a network needs.
  bool countEntries(size_t count) {
    entries += count;
    return entries <= maxEntries;
  }
  static constexpr size_t maxEntries = size_t(1) << 21;

  const Bytes &getFile() const { return file; }
  /// The file at a path inside of the model's folder, mapped once.
  Result<Bytes> open(const std::string &location);

private:
  const Bytes &file;
  std::string folder;
  std::map<std::string, Bytes> opened;
  size_t entries = 0;
};

/// Reads a TensorProto. Fails if the message is damaged; what is only not
/// supported is the tensor's problem.
Result<ONNXTensor> readONNXTensor(std::string_view message, ONNXFiles &files);

} // namespace qml

#endif // QML_LIB_TARGET_ONNX_READTENSOR_H
