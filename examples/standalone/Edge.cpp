//===- Edge.cpp - The edge dialect ----------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Edge.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace edge;

#include "EdgeDialect.cpp.inc"

#define GET_OP_CLASSES
#include "EdgeOps.cpp.inc"

void EdgeDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "EdgeOps.cpp.inc"
      >();
}
