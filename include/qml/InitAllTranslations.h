//===- InitAllTranslations.h - All translations of the project --*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For qml-translate, and translate tools of others.
//
//===----------------------------------------------------------------------===//

#ifndef QML_INITALLTRANSLATIONS_H
#define QML_INITALLTRANSLATIONS_H

#include "qml/Target/Akida/ExportAkida.h"
#include "qml/Target/Keras/ImportKeras.h"
#include "qml/Target/ONNX/ImportONNX.h"
#include "qml/Target/Report/Report.h"

namespace qml {

/// Makes the importers and exporters known by name to the whole process.
inline void registerAllTranslations() {
  registerKerasTranslation();
  registerONNXTranslation();
  registerReportTranslations();
  registerAkidaTranslations();
}

} // namespace qml

#endif // QML_INITALLTRANSLATIONS_H
