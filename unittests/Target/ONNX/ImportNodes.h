//===- ImportNodes.h - Models of a few nodes, imported ----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_UNITTESTS_TARGET_ONNX_IMPORTNODES_H
#define QML_UNITTESTS_TARGET_ONNX_IMPORTNODES_H

#include "qml/Target/ONNX/ImportONNX.h"

#include "TempFolder.h"
#include "WriteONNX.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace qml::testing {

/// Numbers of types in TensorProto.
enum Type : uint64_t { Float = 1, UInt8 = 2, Int64 = 7 };

using Names = std::vector<std::string>;
using Integers = std::vector<int64_t>;

template <typename T>
std::string tensor(const std::string &name, Type type, const Integers &shape,
                   const std::vector<T> &values) {
  std::string text = field(2, type) + field(8, name);
  for (int64_t extent : shape)
    text += field(1, uint64_t(extent));
  std::string bytes(reinterpret_cast<const char *>(values.data()),
                    values.size() * sizeof(T));
  return field(5, text + field(9, bytes));
}

inline std::string floats(const std::string &name,
                          const std::vector<float> &values) {
  return tensor(name, Float, {int64_t(values.size())}, values);
}

inline std::string integers(const std::string &name, const Integers &values) {
  return tensor(name, Int64, {int64_t(values.size())}, values);
}

inline std::string attribute(const std::string &name, int64_t value) {
  return field(5, field(1, name) + field(3, uint64_t(value)) +
                      field(20, uint64_t(2)));
}

inline std::string listAttribute(const std::string &name,
                                 const Integers &values) {
  std::string list;
  for (int64_t value : values)
    list += field(8, uint64_t(value));
  return field(5, field(1, name) + list + field(20, uint64_t(7)));
}

inline std::string node(const std::string &op, const Names &inputs,
                        const Names &outputs,
                        const std::string &attributes = "",
                        const std::string &name = "") {
  std::string text = field(4, op) + field(3, name) + attributes;
  for (const std::string &input : inputs)
    text += field(1, input);
  for (const std::string &output : outputs)
    text += field(2, output);
  return field(1, text);
}

/// An input (11) or output (12) with a batch and these extents.
inline std::string value(unsigned number, const std::string &name,
                         Type type = Float, const Integers &extents = {4}) {
  std::string shape = field(1, field(2, std::string("N")));
  for (int64_t extent : extents)
    shape += field(1, field(1, uint64_t(extent)));
  return field(number,
               field(1, name) +
                   field(2, field(1, field(1, type) + field(2, shape))));
}

inline std::string model(const std::string &graph, uint64_t opset = 18) {
  return field(1, uint64_t(8)) +
         field(8, field(1, std::string()) + field(2, opset)) + field(7, graph);
}

/// Sanitizers take their time.
#ifdef __SANITIZE_ADDRESS__
inline constexpr double mostSeconds = 60;
#else
inline constexpr double mostSeconds = 6;
#endif

/// What importing a file of these contents says, and makes.
struct Imported {
  explicit Imported(const std::string &contents) {
    TempFolder folder;
    std::string path = folder.path("m.onnx");
    std::ofstream(path, std::ios::binary) << contents;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::ScopedDiagnosticHandler handler(&context,
                                          [&](mlir::Diagnostic &diagnostic) {
                                            messages += diagnostic.str() + "\n";
                                            return mlir::success();
                                          });
    // The processor's time: what else runs takes none of it.
    std::clock_t start = std::clock();
    mlir::OwningOpRef<mlir::ModuleOp> module = importONNX(path, &context);
    seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    if (module) {
      llvm::raw_string_ostream os(text);
      module->print(os);
    }
  }

  std::string messages, text;
  double seconds = 0;
};

inline void expectRefused(const std::string &graph, const std::string &why) {
  Imported imported(model(graph));
  EXPECT_EQ(imported.text, "");
  EXPECT_NE(imported.messages.find(why), std::string::npos)
      << "expected: " << why << "\nfound: " << imported.messages;
}

inline void expectMade(const std::string &graph, const std::string &part) {
  Imported imported(model(graph));
  EXPECT_EQ(imported.messages, "");
  EXPECT_NE(imported.text.find(part), std::string::npos)
      << "expected: " << part << "\nfound: " << imported.text;
}

} // namespace qml::testing

#endif // QML_UNITTESTS_TARGET_ONNX_IMPORTNODES_H
