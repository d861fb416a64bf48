//===- QMLOps.cpp - Operations of the qml dialect -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Syntax, and what is generated. What each family of layers answers is in a
// file of its own below Layers/.
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/QMLOps.h"

#include "Verify.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace qml;

#include "qml/Dialect/QML/IR/QMLInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

// [0.5, 2.0], exactly: MLIR's own syntax for arrays prints six digits.
static ParseResult parseDoubles(OpAsmParser &parser, DenseF64ArrayAttr &array) {
  SmallVector<double> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(values.emplace_back());
      }))
    return failure();
  array = parser.getBuilder().getDenseF64ArrayAttr(values);
  return success();
}

static void printDoubles(OpAsmPrinter &printer, Operation *,
                         DenseF64ArrayAttr array) {
  printer << '[';
  llvm::interleaveComma(array.asArrayRef(), printer, [&](double value) {
    printer.printFloat(APFloat(value));
  });
  printer << ']';
}

// padding = same, padding = valid, or pads = [1, 1, 1, 1].
static ParseResult parsePadding(OpAsmParser &parser, PaddingAttr &padding) {
  SMLoc loc = parser.getCurrentLocation();
  auto emitError = [&] { return parser.emitError(loc); };
  if (succeeded(parser.parseOptionalKeyword("pads"))) {
    SmallVector<int64_t> pads;
    if (parser.parseEqual() ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(pads.emplace_back());
        }))
      return failure();
    padding =
        PaddingAttr::getChecked(emitError, parser.getContext(),
                                Padding::Explicit, ArrayRef<int64_t>(pads));
    return success(static_cast<bool>(padding));
  }
  StringRef name;
  if (parser.parseKeyword("padding") || parser.parseEqual() ||
      parser.parseKeyword(&name))
    return failure();
  std::optional<Padding> mode = symbolizePadding(name);
  if (!mode || *mode == Padding::Explicit)
    return emitError() << "padding is '" << name
                       << "'; allowed are same, valid, or pads = [top, bottom, "
                          "left, right]";
  padding = PaddingAttr::get(parser.getContext(), *mode);
  return success();
}

static void printPadding(OpAsmPrinter &printer, Operation *,
                         PaddingAttr padding) {
  if (padding.getMode() != Padding::Explicit) {
    printer << "padding = " << stringifyPadding(padding.getMode());
    return;
  }
  printer << "pads = [";
  llvm::interleaveComma(padding.getPads(), printer);
  printer << ']';
}

#define GET_OP_CLASSES
#include "qml/Dialect/QML/IR/QMLOps.cpp.inc"
