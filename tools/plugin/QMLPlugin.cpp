//===- QMLPlugin.cpp - Our dialects and passes for other tools ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `mlir-opt --load-dialect-plugin` and `--load-pass-plugin` look for.
//
//===----------------------------------------------------------------------===//

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "qml/InitAllDialects.h"
#include "qml/InitAllPasses.h"
#include "qml/Version.h"
#include "llvm-c/Core.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

// Absent from tools that hold LLVM inside and export nothing of it.
extern "C" __attribute__((weak)) void LLVMGetVersion(unsigned *, unsigned *,
                                                     unsigned *);

/// Whether the tool runs the LLVM that this plugin was compiled for, whose
/// classes it shares. Else says so, in place of a crash.
static bool isHostCompatible() {
  if (!LLVMGetVersion) {
    llvm::errs() << "error: QMLPlugin.so: this tool does not share LLVM's "
                    "library with its plugins; use one that links libLLVM and "
                    "libMLIR " QML_LLVM_VERSION_STRING "\n";
    return false;
  }
  unsigned major = 0, minor = 0, patch = 0;
  LLVMGetVersion(&major, &minor, &patch);
  if (major == LLVM_VERSION_MAJOR && minor == LLVM_VERSION_MINOR)
    return true;
  llvm::errs() << "error: QMLPlugin.so was built with LLVM " LLVM_VERSION_STRING
                  ", but this tool runs LLVM "
               << major << '.' << minor << '.' << patch
               << "; build the plugin with the tool's LLVM\n";
  return false;
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "QML", QML_VERSION_STRING,
          [](mlir::DialectRegistry *registry) {
            if (isHostCompatible())
              qml::registerAllDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "QML", QML_VERSION_STRING, []() {
            if (isHostCompatible())
              qml::registerAllPasses();
          }};
}
