//===- QMLAttributes.cpp - Attributes of the qml dialect ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace qml;

#include "qml/Dialect/QML/IR/QMLEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "qml/Dialect/QML/IR/QMLAttributes.cpp.inc"

void QMLDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "qml/Dialect/QML/IR/QMLAttributes.cpp.inc"
      >();
}

static LogicalResult
verifyBitwidth(function_ref<InFlightDiagnostic()> emitError, unsigned bitwidth,
               bool isSigned) {
  unsigned lower = isSigned ? 2 : 1, upper = isSigned ? 32 : 31;
  if (bitwidth < lower || bitwidth > upper)
    // Signed, as it may have been before parsing.
    return emitError() << "bitwidth is " << static_cast<int>(bitwidth) << "; "
                       << (isSigned ? "signed" : "unsigned")
                       << " quantizers take " << lower << " to " << upper;
  return success();
}

//===----------------------------------------------------------------------===//
// WeightQuantizerAttr
//===----------------------------------------------------------------------===//

LogicalResult
WeightQuantizerAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                            unsigned bitwidth, bool isSigned,
                            std::optional<int64_t> axis) {
  return verifyBitwidth(emitError, bitwidth, isSigned);
}

// <bitwidth = 4, signed = false, axis = -1>, or `per_tensor` for the axis.
Attribute WeightQuantizerAttr::parse(AsmParser &parser, Type) {
  unsigned bitwidth = 0;
  bool isSigned = true;
  int64_t axis = 0;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword("bitwidth") ||
      parser.parseEqual() || parser.parseInteger(bitwidth) ||
      parser.parseComma())
    return {};
  if (succeeded(parser.parseOptionalKeyword("signed"))) {
    if (parser.parseEqual() || parser.parseKeyword("false") ||
        parser.parseComma())
      return {};
    isSigned = false;
  }
  std::optional<int64_t> parsedAxis;
  if (failed(parser.parseOptionalKeyword("per_tensor"))) {
    if (parser.parseKeyword("axis") || parser.parseEqual() ||
        parser.parseInteger(axis))
      return {};
    parsedAxis = axis;
  }
  if (parser.parseGreater())
    return {};
  return WeightQuantizerAttr::getChecked([&] { return parser.emitError(loc); },
                                         parser.getContext(), bitwidth,
                                         isSigned, parsedAxis);
}

void WeightQuantizerAttr::print(AsmPrinter &printer) const {
  printer << "<bitwidth = " << getBitwidth();
  if (!getIsSigned())
    printer << ", signed = false";
  if (getAxis())
    printer << ", axis = " << *getAxis() << ">";
  else
    printer << ", per_tensor>";
}

//===----------------------------------------------------------------------===//
// AlignedQuantizerAttr
//===----------------------------------------------------------------------===//

LogicalResult
AlignedQuantizerAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                             unsigned bitwidth, bool isSigned) {
  return verifyBitwidth(emitError, bitwidth, isSigned);
}

//===----------------------------------------------------------------------===//
// FixedAttr
//===----------------------------------------------------------------------===//

LogicalResult FixedAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                unsigned valueBits, ElementsAttr fracBits,
                                ElementsAttr scale) {
  if (valueBits < 1 || valueBits > 32)
    return emitError() << "value_bits is " << static_cast<int>(valueBits)
                       << "; tensors have 1 to 32";
  // Only types: the operations look at the data.
  auto isVector = [](ElementsAttr elements) {
    return cast<ShapedType>(elements.getType()).getRank() <= 1;
  };
  if (!isElementsOfInteger(fracBits) || !isVector(fracBits) ||
      !fracBits.getElementType().isInteger(32))
    return emitError() << "frac_bits is of type " << fracBits.getType()
                       << "; it must be an i32, or a vector of i32";
  if (scale && (!isElementsOfFloat(scale) || !isVector(scale)))
    return emitError() << "scale is of type " << scale.getType()
                       << "; it must be an f32, or a vector of f32";
  return success();
}

/// An integer literal, or an array of i32.
static ParseResult parseFracBits(AsmParser &parser, ElementsAttr &fracBits) {
  int32_t value;
  OptionalParseResult literal = parser.parseOptionalInteger(value);
  if (!literal.has_value())
    return parser.parseAttribute(fracBits);
  if (failed(*literal))
    return failure();
  fracBits = makeIntVector(parser.getContext(), "", value, /*scalar=*/true);
  return success();
}

// <value_bits = 7, frac_bits = 5, scale = dense<0.5> : tensor<f32>>
Attribute FixedAttr::parse(AsmParser &parser, Type) {
  unsigned valueBits = 0;
  ElementsAttr fracBits, scale;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword("value_bits") ||
      parser.parseEqual() || parser.parseInteger(valueBits) ||
      parser.parseComma() || parser.parseKeyword("frac_bits") ||
      parser.parseEqual() || parseFracBits(parser, fracBits))
    return {};
  if (succeeded(parser.parseOptionalComma()) &&
      (parser.parseKeyword("scale") || parser.parseEqual() ||
       parser.parseAttribute(scale)))
    return {};
  if (parser.parseGreater())
    return {};
  return FixedAttr::getChecked([&] { return parser.emitError(loc); },
                               parser.getContext(), valueBits, fracBits, scale);
}

void FixedAttr::print(AsmPrinter &printer) const {
  printer << "<value_bits = " << getValueBits() << ", frac_bits = ";
  if (isScalar(getFracBits()) &&
      isa<DenseElementsAttr>(Attribute(getFracBits())))
    printer << readIntegers(getFracBits()).front();
  else
    printer << getFracBits();
  if (getScale())
    printer << ", scale = " << getScale();
  printer << ">";
}
