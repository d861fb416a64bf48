//===- Ranges.cpp - Fuzzes observed ranges --------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Transforms/ObservedRanges.h"

#include "Fuzz.h"
#include "qml/Support/Npz.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace qml;
using namespace qml::fuzz;

/// One quantizer of each kind and granularity, of two channels.
static const char *const text = R"(
  func.func @main(%x: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
    %0 = qml.input_quantizer "in"(%x) bitwidth = 8 per_axis
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %1 = qml.relu "a"(%0) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %2 = qml.output_quantizer(%1) bitwidth = 8 per_axis
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %3 = qml.relu "b"(%2) : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    %4 = qml.output_quantizer(%3) bitwidth = 8 per_tensor
        : tensor<?x4x4x2xf32> -> tensor<?x4x4x2xf32>
    return %4 : tensor<?x4x4x2xf32>
  })";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<NpzFile> file = NpzFile::parse(viewOf(data, size), "fuzzed.npz");
  if (!check(file))
    return 0;
  Result<ObservedRanges> ranges = readRanges(*file);
  if (!check(ranges) || ranges->empty())
    return 0;
  // A context keeps all that was ever made in it.
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<QMLDialect, func::FuncDialect>();
  unsigned problems = 0;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &) {
    ++problems;
    return success();
  });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  require(module && problems == 0);
  func::FuncOp network = *module->getOps<func::FuncOp>().begin();
  FailureOr<unsigned> count = applyRanges(network, *ranges, "fuzzed.npz");
  // What is accepted makes a sound network, and comes out as it went in.
  require(succeeded(count) == (problems == 0));
  if (failed(count))
    return 0;
  require(*count == 3 && succeeded(verify(*module)));
  ObservedRanges known = getRanges(network);
  for (const char *layer : {"in", "a", "b"})
    require(known.at(layer).max.values == ranges->at(layer).max.values);
  return 0;
}
