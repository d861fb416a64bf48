//===- InitAllPasses.h - All passes and pipelines of the project *- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For the tools, the plugin, and compilers that embed the project. Registering
// is needed only to name passes in text; a compiler that builds its own pass
// manager calls the create and build functions. Link QMLQuantizePipeline and
// QMLToAkida. Calibration loads its executor, libQMLCPU.so, when it runs.
//
//===----------------------------------------------------------------------===//

#ifndef QML_INITALLPASSES_H
#define QML_INITALLPASSES_H

#include "qml/Calibration/Pass.h"
#include "qml/Conversion/Passes.h"
#include "qml/Pipelines/Quantize.h"
#include "qml/Transforms/Passes.h"

namespace qml {

/// Makes the passes and pipelines known by name to the whole process.
inline void registerAllPasses() {
  registerQMLPasses();
  registerQMLPipelines();
  registerQMLConversionPasses();
  registerQMLCalibrationPasses();
  registerQMLQuantizePipeline();
}

} // namespace qml

#endif // QML_INITALLPASSES_H
