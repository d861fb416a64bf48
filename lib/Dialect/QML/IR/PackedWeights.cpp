//===- PackedWeights.cpp - Weights of a few bits in bytecode --------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/PackedWeights.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "qml/Support/PackedBits.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace qml {

namespace {
/// The writer asks for each attribute several times, and wants memory that
/// lives as long as itself.
struct Packed {
  int bits = 8;
  std::vector<char> bytes;
};

class WeightPacker : public AttrTypeBytecodeWriter<Attribute> {
public:
  LogicalResult write(Attribute attribute, std::optional<StringRef> &dialect,
                      DialectBytecodeWriter &writer) override {
    auto weights = dyn_cast<DenseResourceElementsAttr>(attribute);
    if (!weights || !weights.getElementType().isSignlessInteger(8))
      return failure();
    AsmResourceBlob *blob = weights.getRawHandle().getBlob();
    if (!blob || int64_t(blob->getData().size()) != weights.getNumElements())
      return failure();
    const Packed &packed = pack(attribute, blob->getData());
    if (packed.bits == 8)
      return failure();
    dialect = QMLDialect::getDialectNamespace();
    writer.writeVarInt(packedWeightsCode);
    writer.writeVarInt(uint64_t(packed.bits));
    writer.writeType(weights.getType());
    writer.writeOwnedString(weights.getRawHandle().getKey());
    writer.writeOwnedBlob(packed.bytes);
    return success();
  }

private:
  const Packed &pack(Attribute weights, ArrayRef<char> data) {
    auto [found, isNew] = known.try_emplace(weights);
    if (isNew) {
      const auto *values = reinterpret_cast<const int8_t *>(data.data());
      auto packed = std::make_unique<Packed>();
      packed->bits = countPackedBits(values, data.size());
      if (packed->bits != 8)
        packed->bytes = packBits(values, data.size(), packed->bits);
      found->second = std::move(packed);
    }
    return *found->second;
  }

  /// On the heap, since references outlive insertions: writing the type of one
  /// may ask for weights that its encoding holds.
  llvm::DenseMap<Attribute, std::unique_ptr<Packed>> known;
};
} // namespace

void packWeights(BytecodeWriterConfig &config) {
  config.attachAttributeCallback(std::make_unique<WeightPacker>());
}

Attribute readPackedWeights(DialectBytecodeReader &reader) {
  uint64_t bits = 0;
  RankedTensorType type;
  StringRef key;
  ArrayRef<char> packed;
  if (failed(reader.readVarInt(bits)) || failed(reader.readType(type)) ||
      failed(reader.readString(key)) || failed(reader.readBlob(packed)))
    return {};
  if (bits < 1 || bits > 7) {
    reader.emitError() << "packed weights have " << bits
                       << " bits; allowed are 1 to 7";
    return {};
  }
  if (!type.hasStaticShape() || !type.getElementType().isSignlessInteger(8)) {
    reader.emitError() << "packed weights are of type " << type
                       << "; they must be a tensor of i8";
    return {};
  }
  // Before the product of the extents can overflow.
  uint64_t count = 1, most = packed.size() * 8 / bits;
  for (uint64_t extent : type.getShape())
    count = extent != 0 && count <= most / extent ? count * extent : most + 1;
  if (count > most || countPackedBytes(count, int(bits)) != packed.size()) {
    reader.emitError() << "packed weights of type " << type << " with " << bits
                       << " bits each don't fill " << packed.size() << " bytes";
    return {};
  }
  return makeResource(type, key, unpackBits(packed.data(), count, int(bits)));
}

} // namespace qml
