//===- PrecompiledHeader.cpp - The owner of the precompiled header --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Empty: a target needs a source.
//
//===----------------------------------------------------------------------===//
