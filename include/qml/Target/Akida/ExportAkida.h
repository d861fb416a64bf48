//===- ExportAkida.h - Models for BrainChip's engine ------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TARGET_AKIDA_EXPORTAKIDA_H
#define QML_TARGET_AKIDA_EXPORTAKIDA_H

#include "qml/Dialect/Akida/IR/AkidaOps.h"
#include "qml/Support/Result.h"

#include "llvm/Support/raw_ostream.h"

#include <string>

namespace qml {

/// The engine whose files are written; it reads those of its own major and
/// minor version.
constexpr llvm::StringLiteral engineVersion = "2.19.3";

/// Writes the engine's dictionary form, which akida.Model.from_json reads.
/// Fails for scales that are no numbers, which JSON cannot say.
Status exportJSON(akida::ModelOp model, llvm::raw_ostream &os);

/// The bytes of an .fbz file, which akida.Model(filename) reads. Needs the
/// component that `scripts/akida` builds, and the engine that it was built
/// against: looked for in $QML_AKIDA_LIBRARY, else beside the running
/// program, in ../lib. Fails with what to do if there is none, and with the
/// engine's own words if it refuses the model.
Result<std::string> exportFBZ(akida::ModelOp model);

/// The two tables that the engine's Model.summary() prints.
void printModelSummary(akida::ModelOp model, llvm::raw_ostream &os);

/// Registers --akida-to-json, --akida-to-fbz and --akida-summary.
void registerAkidaTranslations();

} // namespace qml

#endif // QML_TARGET_AKIDA_EXPORTAKIDA_H
