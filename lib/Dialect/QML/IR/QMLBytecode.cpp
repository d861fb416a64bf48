//===- QMLBytecode.cpp - Attributes of the qml dialect in bytecode --------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Without an encoding of their own, attributes are text inside of bytecode, and
// text there can't refer to resources: the vectors of `#qml.fixed` would lose
// their data. Encodings are numbered and never change; a change makes a new
// number and a new version of the format.
//
//===----------------------------------------------------------------------===//

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "qml/Dialect/QML/IR/PackedWeights.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace qml;

namespace {

/// Version of what follows, and of the operations' attributes.
constexpr uint64_t formatVersion = 3;
/// The oldest that is read; it has no packed weights.
constexpr uint64_t oldestVersion = 2;

struct FormatVersion : public DialectVersion {
  uint64_t value = formatVersion;
};

enum AttributeCode : uint64_t {
  /// value_bits: varint, frac_bits: attribute, scale: optional attribute
  FixedCode = 0,
  /// bitwidth: varint, 1 for signed + 2 for axis: varint, axis: signed varint
  WeightQuantizerCode = 1,
  /// bitwidth: varint, signed: varint
  AlignedQuantizerCode = 2,
  // 3 was an enumeration of paddings in version 1.
  /// Enumerations: the value as a varint.
  ActivationCode = 4,
  GranularityCode = 5,
  /// mode: varint, and four signed varints if it is explicit
  PaddingCode = 6,
  /// bits: varint, type, name of the resource: string, data: blob
  PackedWeightsCode = packedWeightsCode,
};

class QMLBytecodeInterface : public BytecodeDialectInterface {
public:
  explicit QMLBytecodeInterface(Dialect *dialect)
      : BytecodeDialectInterface(dialect) {}

  void writeVersion(DialectBytecodeWriter &writer) const override {
    writer.writeVarInt(formatVersion);
  }

  std::unique_ptr<DialectVersion>
  readVersion(DialectBytecodeReader &reader) const override {
    auto version = std::make_unique<FormatVersion>();
    if (failed(reader.readVarInt(version->value)))
      return nullptr;
    if (version->value < oldestVersion || version->value > formatVersion) {
      reader.emitError() << "holds version " << version->value
                         << " of the qml dialect; this tool reads versions "
                         << oldestVersion << " to " << formatVersion;
      return nullptr;
    }
    return version;
  }

  LogicalResult writeAttribute(Attribute attribute,
                               DialectBytecodeWriter &writer) const override;
  Attribute readAttribute(DialectBytecodeReader &reader) const override;
};

} // namespace

LogicalResult
QMLBytecodeInterface::writeAttribute(Attribute attribute,
                                     DialectBytecodeWriter &writer) const {
  auto writeEnum = [&](AttributeCode code, auto value) {
    writer.writeVarInt(code);
    writer.writeVarInt(static_cast<uint64_t>(value));
    return success();
  };
  return llvm::TypeSwitch<Attribute, LogicalResult>(attribute)
      .Case([&](FixedAttr fixed) {
        writer.writeVarInt(FixedCode);
        writer.writeVarInt(fixed.getValueBits());
        writer.writeAttribute(fixed.getFracBits());
        writer.writeOptionalAttribute(fixed.getScale());
        return success();
      })
      .Case([&](WeightQuantizerAttr quantizer) {
        writer.writeVarInt(WeightQuantizerCode);
        writer.writeVarInt(quantizer.getBitwidth());
        writer.writeVarInt((quantizer.getIsSigned() ? 1 : 0) +
                           (quantizer.getAxis() ? 2 : 0));
        writer.writeSignedVarInt(quantizer.getAxis().value_or(0));
        return success();
      })
      .Case([&](AlignedQuantizerAttr quantizer) {
        writer.writeVarInt(AlignedQuantizerCode);
        writer.writeVarInt(quantizer.getBitwidth());
        writer.writeVarInt(quantizer.getIsSigned());
        return success();
      })
      .Case([&](PaddingAttr padding) {
        writer.writeVarInt(PaddingCode);
        writer.writeVarInt(static_cast<uint64_t>(padding.getMode()));
        for (int64_t pad : padding.getPads())
          writer.writeSignedVarInt(pad);
        return success();
      })
      .Case([&](ActivationAttr activation) {
        return writeEnum(ActivationCode, activation.getValue());
      })
      .Case([&](GranularityAttr granularity) {
        return writeEnum(GranularityCode, granularity.getValue());
      })
      .Default([](Attribute) { return failure(); });
}

/// The value that follows; `symbolize` knows which exist.
template <typename EnumT>
static std::optional<EnumT>
readEnum(DialectBytecodeReader &reader,
         std::optional<EnumT> (*symbolize)(uint32_t)) {
  uint64_t value = 0;
  if (failed(reader.readVarInt(value)))
    return std::nullopt;
  if (value <= UINT32_MAX)
    if (auto symbol = symbolize(static_cast<uint32_t>(value)))
      return symbol;
  reader.emitError() << "unknown value " << value << " of an enumeration";
  return std::nullopt;
}

/// The attribute of such a value.
template <typename AttrT, typename EnumT>
static Attribute
readEnumAttribute(DialectBytecodeReader &reader,
                  std::optional<EnumT> (*symbolize)(uint32_t)) {
  std::optional<EnumT> symbol = readEnum(reader, symbolize);
  return symbol ? AttrT::get(reader.getContext(), *symbol) : AttrT();
}

static Attribute readPadding(DialectBytecodeReader &reader) {
  std::optional<Padding> mode = readEnum(reader, symbolizePadding);
  if (!mode)
    return {};
  SmallVector<int64_t, 4> pads(*mode == Padding::Explicit ? 4 : 0);
  for (int64_t &pad : pads)
    if (failed(reader.readSignedVarInt(pad)))
      return {};
  return PaddingAttr::getChecked([&] { return reader.emitError(); },
                                 reader.getContext(), *mode,
                                 ArrayRef<int64_t>(pads));
}

/// A bitwidth; too wide ones are clipped, and refused by the verifier.
static LogicalResult readBits(DialectBytecodeReader &reader, unsigned &bits) {
  uint64_t value = 0;
  if (failed(reader.readVarInt(value)))
    return failure();
  bits = static_cast<unsigned>(std::min<uint64_t>(value, UINT32_MAX));
  return success();
}

static Attribute readFixed(DialectBytecodeReader &reader) {
  unsigned valueBits = 0;
  ElementsAttr fracBits, scale;
  if (failed(readBits(reader, valueBits)) ||
      failed(reader.readAttribute(fracBits)) ||
      failed(reader.readOptionalAttribute(scale)))
    return {};
  return FixedAttr::getChecked([&] { return reader.emitError(); },
                               reader.getContext(), valueBits, fracBits, scale);
}

static Attribute readWeightQuantizer(DialectBytecodeReader &reader) {
  unsigned bitwidth = 0;
  uint64_t flags = 0;
  int64_t axis = 0;
  if (failed(readBits(reader, bitwidth)) || failed(reader.readVarInt(flags)) ||
      failed(reader.readSignedVarInt(axis)))
    return {};
  return WeightQuantizerAttr::getChecked(
      [&] { return reader.emitError(); }, reader.getContext(), bitwidth,
      (flags & 1) != 0, flags & 2 ? std::optional(axis) : std::nullopt);
}

static Attribute readAlignedQuantizer(DialectBytecodeReader &reader) {
  unsigned bitwidth = 0;
  uint64_t isSigned = 0;
  if (failed(readBits(reader, bitwidth)) || failed(reader.readVarInt(isSigned)))
    return {};
  return AlignedQuantizerAttr::getChecked([&] { return reader.emitError(); },
                                          reader.getContext(), bitwidth,
                                          isSigned != 0);
}

Attribute
QMLBytecodeInterface::readAttribute(DialectBytecodeReader &reader) const {
  uint64_t code = 0;
  if (failed(reader.readVarInt(code)))
    return {};
  switch (code) {
  case FixedCode:
    return readFixed(reader);
  case WeightQuantizerCode:
    return readWeightQuantizer(reader);
  case AlignedQuantizerCode:
    return readAlignedQuantizer(reader);
  case PaddingCode:
    return readPadding(reader);
  case ActivationCode:
    return readEnumAttribute<ActivationAttr>(reader, symbolizeActivation);
  case GranularityCode:
    return readEnumAttribute<GranularityAttr>(reader, symbolizeGranularity);
  case PackedWeightsCode:
    return readPackedWeights(reader);
  default:
    reader.emitError() << "unknown attribute " << code << " of the qml dialect";
    return {};
  }
}

void QMLDialect::registerBytecode() { addInterfaces<QMLBytecodeInterface>(); }
