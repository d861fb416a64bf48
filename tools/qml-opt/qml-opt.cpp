//===- qml-opt.cpp - Run passes on qml networks ---------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The usual driver of MLIR with our dialects, passes and pipelines, and those
// of MLIR that networks meet.
//
//===----------------------------------------------------------------------===//

#include "../common/PendingOutput.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "qml/Analysis/CheckPasses.h"
#include "qml/Calibration/Job.h"
#include "qml/GPU/Devices.h"
#include "qml/InitAllDialects.h"
#include "qml/InitAllPasses.h"
#include "qml/InitTool.h"
#include "qml/Recovery/Pass.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

/// Ours come first in `--help`; its list of passes is sorted by name.
static constexpr const char *overview =
    "QML optimizer driver\n\n"
    "From a float network to an integer one: --qml-quantize. In steps:\n"
    "--qml-sanitize, --qml-insert-quantizers, --qml-calibrate, --qml-lower.\n"
    "For the chip: --akida-check, --convert-qml-to-akida.\n"
    "To test passes: --qml-check-passes=INPUTS.npy. Of all others below\n"
    "the names of QML's begin with qml-; docs/Passes.md describes them.\n";

/// MLIR's driver, with --qml-check-passes.
static mlir::LogicalResult runCheckedPasses(llvm::StringRef input,
                                            llvm::StringRef path,
                                            mlir::DialectRegistry &registry) {
  auto asked = mlir::MlirOptMainConfig::createFromCLOptions();
  mlir::MlirOptMainConfig config = asked;
  config.setPassPipelineSetupFn([&](mlir::PassManager &passes) {
    if (mlir::failed(asked.setupPassPipeline(passes)))
      return mlir::failure();
    qml::checkPasses(passes);
    return mlir::success();
  });
  std::string message;
  auto file = mlir::openInputFile(input, &message);
  auto output = file ? mlir::openOutputFile(path, &message) : nullptr;
  if (!output) {
    llvm::errs() << message << '\n';
    return mlir::failure();
  }
  if (mlir::failed(
          mlir::MlirOptMain(output->os(), std::move(file), registry, config)) ||
      qml::haveCheckedPassesFailed())
    return mlir::failure();
  output->keep();
  return mlir::success();
}

static mlir::LogicalResult run(int argc, char **argv) {
  // Before those of MLIR register.
  qml::hideOptionsOfLibraries();
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::quant::QuantDialect, mlir::tensor::TensorDialect>();
  mlir::func::registerInlinerExtension(registry);
  qml::registerAllDialects(registry);

  mlir::registerTransformsPasses();
  mlir::quant::registerQuantPasses();
  qml::registerAllPasses();
  qml::registerQMLRecoveryPasses();

  qml::registerCheckPassesOption();
  auto [input, output] =
      mlir::registerAndParseCLIOptions(argc, argv, overview, registry);
  // Of several processes one writes the module; what others print is dropped.
  qml::PendingOutput pending(qml::isFirstProcess() ? output : "-");
  std::optional<std::string> path = pending.open();
  if (!path)
    return mlir::failure();
  mlir::LogicalResult result =
      qml::arePassesChecked()
          ? runCheckedPasses(input, *path, registry)
          : mlir::MlirOptMain(argc, argv, input, *path, registry);
  if (failed(result) || !pending.commit())
    return mlir::failure();
  return mlir::success();
}

int main(int argc, char **argv) {
  qml::prepareProcess();
  qml::setCPUExecutor(qml::createCPUExecutor);
  qml::startJob();
  qml::initTool();
  qml::ignoreFailingWrites();
  int exitCode = mlir::asMainReturnCode(run(argc, argv));
  llvm::outs().flush();
  return qml::endJob(exitCode);
}
