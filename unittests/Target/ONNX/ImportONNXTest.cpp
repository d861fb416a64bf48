//===- ImportONNXTest.cpp - Large ONNX files ------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files are sparse: they take no room on the disk.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/ONNX/ImportONNX.h"

#include "TempFolder.h"
#include "WriteONNX.h"

#include "mlir/IR/MLIRContext.h"

#include <chrono>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace qml;
using namespace qml::testing;

/// An input or output (batch, features).
static std::string valueInfo(const std::string &name, uint64_t features) {
  std::string batch = field(1, field(2, std::string("N")));
  std::string shape = field(2, batch + field(1, field(1, features)));
  return field(1, name) + field(2, field(1, field(1, uint64_t(1)) + shape));
}

namespace {
enum class Weights { Inside, Beside };

/// `count` dense layers of `size` features without biases, one after another.
struct LargeModel {
  std::string op;
  uint64_t size = 0, count = 0;
  Weights weights = Weights::Inside;
  /// Bytes before the weights, so many more than a multiple of 4.
  uint64_t misplaced = 0;

  uint64_t numBytes() const { return size * size * sizeof(float); }
  std::string getNodes() const;
  std::string getTensor(uint64_t index, uint64_t at) const;
  void write(const std::string &path) const;
};
} // namespace

std::string LargeModel::getNodes() const {
  std::string nodes;
  for (uint64_t i = 0; i != count; ++i) {
    std::string node =
        field(1, i == 0 ? std::string("x") : "y" + std::to_string(i - 1)) +
        field(1, "w" + std::to_string(i)) + field(2, "y" + std::to_string(i)) +
        field(4, op);
    if (op == "Gemm")
      node += field(5, field(1, std::string("transB")) + field(3, uint64_t(1)) +
                           field(20, uint64_t(2)));
    nodes += field(1, node);
  }
  return nodes;
}

/// All of a tensor but its bytes; `at` is where it begins in the file.
std::string LargeModel::getTensor(uint64_t index, uint64_t at) const {
  std::string tensor = field(1, size) + field(1, size) + field(2, uint64_t(1)) +
                       field(8, "w" + std::to_string(index));
  if (weights == Weights::Beside) {
    auto entry = [](const std::string &key, const std::string &value) {
      return field(13, field(1, key) + field(2, value));
    };
    return tensor + entry("location", "m.data") +
           entry("offset", std::to_string(index * numBytes())) +
           entry("length", std::to_string(numBytes())) + field(14, uint64_t(1));
  }
  std::string raw = head(9, numBytes());
  for (std::string text;; text += ' ') {
    std::string whole = tensor + field(12, text) + raw;
    uint64_t begin =
        at + head(5, whole.size() + numBytes()).size() + whole.size();
    if (begin % 4 == misplaced)
      return whole;
  }
}

void LargeModel::write(const std::string &path) const {
  uint64_t inside = weights == Weights::Inside ? numBytes() : 0;
  std::string start =
      getNodes() + field(11, valueInfo("x", size)) +
      field(12, valueInfo("y" + std::to_string(count - 1), size));
  std::string before =
      field(1, uint64_t(8)) +
      field(8, field(1, std::string()) + field(2, uint64_t(17)));
  // Varints of these sizes have 5 bytes, or fewer for weights beside.
  std::vector<std::string> tensors;
  uint64_t graph = 0;
  for (int pass = 0; pass != 2; ++pass) {
    tensors.clear();
    uint64_t at = before.size() + head(7, graph).size() + start.size();
    graph = start.size();
    for (uint64_t i = 0; i != count; ++i) {
      std::string tensor = getTensor(i, at);
      tensor = head(5, tensor.size() + inside) + tensor;
      tensors.push_back(tensor);
      at += tensor.size() + inside;
      graph += tensor.size() + inside;
    }
  }
  std::ofstream file(path, std::ios::binary);
  file << before << head(7, graph) << start;
  for (const std::string &tensor : tensors) {
    file << tensor;
    file.seekp(std::streamoff(inside), std::ios::cur);
  }
  auto end = uint64_t(file.tellp());
  file.close();
  ASSERT_EQ(::truncate(path.c_str(), off_t(end)), 0);
}

static uint64_t readStatus(const std::string &name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name, 0) == 0)
      return std::stoull(line.substr(name.size())) * 1024;
  return 0;
}

namespace {
/// Imports a file, and sees how much memory that takes at most.
struct Imported {
  explicit Imported(const std::string &path)
      : context(mlir::MLIRContext::Threading::DISABLED) {
    // Sets the peak back to what is there now.
    std::ofstream("/proc/self/clear_refs") << 5;
    uint64_t before = readStatus("VmRSS:");
    auto start = std::chrono::steady_clock::now();
    module = importONNX(path, &context);
    seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    memory = readStatus("VmHWM:") - before;
    ::testing::Test::RecordProperty("seconds", std::to_string(seconds));
    ::testing::Test::RecordProperty("memory", std::to_string(memory));
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  double seconds = 0;
  uint64_t memory = 0;
};
} // namespace

/// Sanitizers have memory of their own.
#ifdef __SANITIZE_ADDRESS__
constexpr bool countsMemory = false;
#else
constexpr bool countsMemory = true;
#endif

/// Imports a model of 500 MB whose kernels all have to be turned.
static void checkTurned(uint64_t misplaced) {
  TempFolder folder;
  std::string path = folder.path("m.onnx");
  LargeModel model{"Gemm", 8192, 2, Weights::Inside, misplaced};
  model.write(path);
  Imported imported(path);
  ASSERT_TRUE(imported.module);
  if (countsMemory) {
    EXPECT_LE(imported.memory, 2 * model.numBytes() * 12 / 10);
  }
}

TEST(ImportONNX, TurnsKernelsInTheirOwnMemory) { checkTurned(0); }

TEST(ImportONNX, TurnsMisplacedKernelsInTheirOwnMemory) { checkTurned(3); }

/// Imports a model of 3 GB whose kernels are as they have to be.
static void checkAsTheyAre(Weights weights) {
  TempFolder folder;
  std::string path = folder.path("m.onnx");
  LargeModel model{"MatMul", 16384, 3, weights};
  model.write(path);
  if (weights == Weights::Beside) {
    std::string data = folder.path("m.data");
    std::ofstream(data).close();
    ASSERT_EQ(::truncate(data.c_str(), off_t(3 * model.numBytes())), 0);
  }
  Imported imported(path);
  ASSERT_TRUE(imported.module);
  // They stay in the file.
  if (countsMemory) {
    EXPECT_LE(imported.memory, uint64_t(64) << 20);
  }
}

TEST(ImportONNX, ReadsThreeGigabytes) { checkAsTheyAre(Weights::Inside); }

TEST(ImportONNX, ReadsThreeGigabytesBeside) { checkAsTheyAre(Weights::Beside); }

/// A tensor of one float, and 128 MB of integers that are none of it.
TEST(ImportONNX, LeavesIntegersOfFloatsWhereTheyAre) {
  constexpr uint64_t count = uint64_t(1) << 27;
  std::string tensor = field(1, uint64_t(1)) + field(2, uint64_t(1)) +
                       field(8, std::string("w")) + head(5, count);
  std::string graph = head(5, tensor.size() + count) + tensor;
  std::string start =
      field(1, uint64_t(8)) + head(7, graph.size() + count) + graph;
  TempFolder folder;
  std::string path = folder.path("m.onnx");
  std::ofstream(path, std::ios::binary) << start;
  ASSERT_EQ(::truncate(path.c_str(), off_t(start.size() + count)), 0);
  Imported imported(path);
  EXPECT_FALSE(imported.module);
  // The file's own pages, and not 8 bytes for each of the integers.
  if (countsMemory) {
    EXPECT_LE(imported.memory, 2 * count);
  }
}
