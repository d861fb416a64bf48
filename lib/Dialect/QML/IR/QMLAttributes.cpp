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
#include "qml/Dialect/QML/IR/ShapeInference.h"
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
// PaddingAttr
//===----------------------------------------------------------------------===//

LogicalResult PaddingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  Padding mode, ArrayRef<int64_t> pads) {
  // Above this the file is damaged.
  constexpr int64_t maxPad = int64_t(1) << 20;
  if (pads.size() != (mode == Padding::Explicit ? 4 : 0))
    return emitError() << "padding has " << pads.size()
                       << " numbers; pads are top, bottom, left and right, and "
                          "'same' and 'valid' have none";
  for (int64_t pad : pads)
    if (pad < 0 || pad > maxPad)
      return emitError() << "padding has a number of " << pad
                         << "; pads are 0 to " << maxPad;
  return success();
}

// <same>, <valid> or <1, 1, 1, 1>
Attribute PaddingAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  Padding mode = Padding::Explicit;
  SmallVector<int64_t> pads;
  StringRef name;
  if (parser.parseLess())
    return {};
  if (succeeded(parser.parseOptionalKeyword(&name))) {
    std::optional<Padding> symbol = symbolizePadding(name);
    if (!symbol || *symbol == Padding::Explicit) {
      parser.emitError(loc) << "padding is '" << name
                            << "'; allowed are same, valid, or four numbers";
      return {};
    }
    mode = *symbol;
  } else if (parser.parseCommaSeparatedList(
                 [&] { return parser.parseInteger(pads.emplace_back()); })) {
    return {};
  }
  if (parser.parseGreater())
    return {};
  return PaddingAttr::getChecked([&] { return parser.emitError(loc); },
                                 parser.getContext(), mode,
                                 ArrayRef<int64_t>(pads));
}

void PaddingAttr::print(AsmPrinter &printer) const {
  printer << '<';
  if (getMode() == Padding::Explicit)
    llvm::interleaveComma(getPads(), printer);
  else
    printer << stringifyPadding(getMode());
  printer << '>';
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

LogicalResult
FixedAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                          function_ref<InFlightDiagnostic()> emitError) const {
  Type storage = getStorageType(getContext(), getValueBits());
  if (elementType != storage)
    return emitError() << "a tensor of " << elementType << " can't have "
                       << *this << ": " << getValueBits()
                       << " value bits and a sign are stored as " << storage;
  if (shape.empty() || ShapedType::isDynamic(shape.back()))
    return emitError() << *this
                       << " needs a tensor whose last axis, the channels, is "
                          "known";
  auto verifyVector = [&](StringRef name, ElementsAttr elements) {
    auto type = cast<ShapedType>(elements.getType());
    if (type.getRank() == 0 || type.getNumElements() == 1 ||
        type.getNumElements() == shape.back())
      return success();
    return LogicalResult(emitError()
                         << name << " is of type " << type
                         << "; one value is allowed, or one for each of "
                         << shape.back() << " channels");
  };
  return failure(failed(verifyVector("frac_bits", getFracBits())) ||
                 (getScale() && failed(verifyVector("scale", getScale()))));
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
