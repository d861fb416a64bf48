//===- Translations.cpp - Hardware models to the engine's formats ---------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Akida/ExportAkida.h"

#include "mlir/Tools/mlir-translate/Translation.h"

using namespace mlir;
using namespace qml::akida;

namespace qml {

static void registerDialects(DialectRegistry &registry) {
  registry.insert<AkidaDialect>();
}

static FailureOr<ModelOp> getOnlyModel(ModuleOp module) {
  auto models = module.getOps<ModelOp>();
  if (std::distance(models.begin(), models.end()) > 1)
    return module.emitError() << "there is more than one akida.model in this "
                                 "module; files for the engine hold one";
  if (ModelOp model = getModel(module))
    return model;
  return module.emitError()
         << "there is no akida.model in this module; make one of an integer "
            "network with --convert-qml-to-akida";
}

void registerAkidaTranslations() {
  TranslateFromMLIRRegistration json(
      "akida-to-json", "The dictionary form that akida.Model.from_json reads",
      [](ModuleOp module, llvm::raw_ostream &os) -> LogicalResult {
        FailureOr<ModelOp> model = getOnlyModel(module);
        if (failed(model))
          return failure();
        if (Status status = exportJSON(*model, os); !status)
          return model->emitError() << status.message();
        return success();
      },
      registerDialects);
  TranslateFromMLIRRegistration fbz(
      "akida-to-fbz", "An .fbz file, stored by BrainChip's engine",
      [](ModuleOp module, llvm::raw_ostream &os) -> LogicalResult {
        FailureOr<ModelOp> model = getOnlyModel(module);
        if (failed(model))
          return failure();
        Result<std::string> file = exportFBZ(*model);
        if (!file)
          return model->emitError() << file.message();
        os << *file;
        return success();
      },
      registerDialects);
  TranslateFromMLIRRegistration summary(
      "akida-summary", "The tables that the engine's summary prints",
      [](ModuleOp module, llvm::raw_ostream &os) -> LogicalResult {
        FailureOr<ModelOp> model = getOnlyModel(module);
        if (failed(model))
          return failure();
        printModelSummary(*model, os);
        return success();
      },
      registerDialects);
}

} // namespace qml
