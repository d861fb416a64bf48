//===- Preinit.cpp - Before libraries initialize themselves ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Process.h"

// Sanitizers catch these signals themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QML_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define QML_IS_SANITIZED 1
#endif
#endif

#ifndef QML_IS_SANITIZED
static void prepare(int, char **, char **) { qml::prepareLoading(); }

/// What the loader calls before the initializers of all libraries.
__attribute__((section(".preinit_array"),
               used)) static void (*const entry)(int, char **,
                                                 char **) = prepare;
#endif
