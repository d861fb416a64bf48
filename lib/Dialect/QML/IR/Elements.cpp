//===- Elements.cpp - Reading and making constant arrays ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Dialect/QML/IR/Elements.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Operation.h"
#include "llvm/Support/Alignment.h"

#include <atomic>
#include <cstring>

using namespace mlir;

namespace qml {

/// Arrays of up to this many elements are literals: they can be read in the
/// text, and cost less than a resource.
constexpr int64_t maxLiteralElements = 16;

/// Arrays beyond these mean a damaged file: elements of any array, and bytes of
/// a literal that repeats one value, since a few characters would take memory
/// without end.
constexpr uint64_t maxElements = uint64_t(1) << 40;
constexpr uint64_t maxRepeatedBytes = uint64_t(1) << 30;

std::optional<ElementType> getElementType(Type type) {
  if (type.isF32())
    return ElementType::F32;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 8:
    return isUnsigned ? ElementType::U8 : ElementType::I8;
  case 16:
    return isUnsigned ? ElementType::U16 : ElementType::I16;
  case 32:
    return isUnsigned ? ElementType::U32 : ElementType::I32;
  case 64:
    return isUnsigned ? ElementType::U64 : ElementType::I64;
  default:
    return std::nullopt;
  }
}

Type makeElementType(MLIRContext *context, ElementType type) {
  if (type == ElementType::F32)
    return Float32Type::get(context);
  bool isUnsigned = type == ElementType::U8 || type == ElementType::U16 ||
                    type == ElementType::U32 || type == ElementType::U64;
  return IntegerType::get(context, sizeOf(type) * 8,
                          isUnsigned ? IntegerType::Unsigned
                                     : IntegerType::Signless);
}

/// Whether the array is of a kind that can be read as raw memory, and of one of
/// our element types.
static bool isArray(ElementsAttr elements) {
  auto type = dyn_cast<RankedTensorType>(elements.getType());
  return type && type.hasStaticShape() &&
         getElementType(type.getElementType()) &&
         isa<DenseIntOrFPElementsAttr, DenseResourceElementsAttr>(
             Attribute(elements));
}

bool isElementsOfFloat(ElementsAttr elements) {
  return isArray(elements) && elements.getElementType().isF32();
}

bool isElementsOfInteger(ElementsAttr elements) {
  return isArray(elements) && elements.getElementType().isSignlessInteger();
}

bool isElementsOfWeights(ElementsAttr elements) {
  return isElementsOfFloat(elements) || isElementsOfInteger(elements);
}

bool isElementsOfNumbers(ElementsAttr elements) { return isArray(elements); }

WalkResult walkArrays(Operation *op,
                      function_ref<WalkResult(ElementsAttr)> visit) {
  std::optional<RegisteredOperationName> info = op->getRegisteredInfo();
  if (!info)
    return WalkResult::advance();
  for (StringAttr name : info->getAttributeNames()) {
    Attribute attribute = op->getInherentAttr(name).value_or(Attribute());
    if (!attribute ||
        isa<StringAttr, IntegerAttr, FloatAttr, DenseArrayAttr>(attribute))
      continue;
    auto elements = dyn_cast<ElementsAttr>(attribute);
    WalkResult result = elements ? visit(elements) : attribute.walk(visit);
    if (result.wasInterrupted())
      return result;
  }
  return WalkResult::advance();
}

/// Bytes of an array of this type; none if it has an absurd number of elements.
static std::optional<uint64_t> getNumBytes(ShapedType type) {
  if (llvm::is_contained(type.getShape(), 0))
    return 0;
  uint64_t count = 1;
  for (uint64_t extent : type.getShape()) {
    if (extent > maxElements / count)
      return std::nullopt;
    count *= extent;
  }
  return count * sizeOf(*getElementType(type.getElementType()));
}

LogicalResult verifyElements(ElementsAttr elements,
                             function_ref<InFlightDiagnostic()> emitError) {
  auto type = cast<ShapedType>(elements.getType());
  std::optional<uint64_t> bytes = getNumBytes(type);
  if (!bytes)
    return emitError() << "has an array of type " << type << "; arrays have at "
                       << "most " << maxElements << " elements";
  auto resource = dyn_cast<DenseResourceElementsAttr>(Attribute(elements));
  if (!resource) {
    if (cast<DenseElementsAttr>(Attribute(elements)).isSplat() &&
        *bytes > maxRepeatedBytes)
      return emitError() << "has a literal of type " << type
                         << "; those that repeat one value stand for at most "
                         << maxRepeatedBytes << " bytes";
    return success();
  }
  StringRef key = resource.getRawHandle().getKey();
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return emitError() << "uses the resource '" << key << "' of type " << type
                       << ", which is not in the file; it may have been "
                          "written with its weights left out";
  if (blob->getData().size() != *bytes)
    return emitError() << "uses the resource '" << key << "' of type " << type
                       << ", which needs " << *bytes << " bytes and has "
                       << blob->getData().size();
  size_t elementSize = sizeOf(*getElementType(type.getElementType()));
  if (!llvm::isAddrAligned(llvm::Align(elementSize), blob->getData().data()))
    return emitError() << "uses the resource '" << key << "' of type " << type
                       << ", whose data is not aligned to " << elementSize
                       << " bytes";
  return success();
}

ArrayRef<char> getRawData(ElementsAttr elements) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(Attribute(elements)))
    return resource.getRawHandle().getBlob()->getData();
  auto dense = cast<DenseElementsAttr>(Attribute(elements));
  if (dense.isSplat() && dense.getNumElements() != 1)
    return {};
  return dense.getRawData();
}

template <typename T>
ElementsView<T>::ElementsView(ElementsAttr elements) {
  int64_t count = qml::getNumElements(elements);
  ArrayRef<char> raw = getRawData(elements);
  if (raw.empty() && count != 0) {
    ArrayRef<char> one =
        cast<DenseElementsAttr>(Attribute(elements)).getRawData();
    T value;
    std::memcpy(&value, one.data(), sizeof(T));
    copy.assign(count, value);
    return;
  }
  view = ArrayRef<T>(reinterpret_cast<const T *>(raw.data()), count);
}

template class ElementsView<float>;
template class ElementsView<uint8_t>;
template class ElementsView<uint16_t>;
template class ElementsView<uint32_t>;
template class ElementsView<int8_t>;
template class ElementsView<int16_t>;
template class ElementsView<int32_t>;
template class ElementsView<int64_t>;

template <typename T>
static std::vector<int64_t> widen(ElementsAttr elements) {
  ElementsView<T> view(elements);
  return std::vector<int64_t>(view.begin(), view.end());
}

std::vector<int64_t> readIntegers(ElementsAttr elements) {
  switch (*getElementType(elements.getElementType())) {
  case ElementType::U8:
    return widen<uint8_t>(elements);
  case ElementType::U16:
    return widen<uint16_t>(elements);
  case ElementType::U32:
    return widen<uint32_t>(elements);
  default:
    break;
  }
  switch (elements.getElementType().getIntOrFloatBitWidth()) {
  case 8:
    return widen<int8_t>(elements);
  case 16:
    return widen<int16_t>(elements);
  case 32:
    return widen<int32_t>(elements);
  default:
    return widen<int64_t>(elements);
  }
}

std::vector<float> readFloats(ElementsAttr elements) {
  ElementsView<float> view(elements);
  return std::vector<float>(view.begin(), view.end());
}

ArrayRef<int64_t> getShape(ElementsAttr elements) {
  return cast<ShapedType>(elements.getType()).getShape();
}

int64_t getNumElements(ElementsAttr elements) {
  return cast<ShapedType>(elements.getType()).getNumElements();
}

bool isScalar(ElementsAttr elements) {
  return cast<ShapedType>(elements.getType()).getRank() == 0;
}

/// MLIR tries a name, then name_1, name_2, ..., and freed resources keep
/// theirs: of a network with hundreds of variants each would try hundreds.
/// After a few comes a number that nobody had.
static std::string chooseKey(MLIRContext *context, StringRef name) {
  constexpr unsigned few = 16;
  auto &resources = DenseResourceElementsHandle::getManagerInterface(context)
                        .getBlobManager();
  if (!resources.lookup((name + "_" + Twine(few)).str()))
    return name.str();
  static std::atomic<uint64_t> next{few};
  return (name + "_variant_" + Twine(next++)).str();
}

/// A blob over memory that `owner` keeps alive.
template <typename Owner>
static ElementsAttr makeBlobResource(RankedTensorType type, StringRef name,
                                     ArrayRef<char> bytes, size_t alignment,
                                     Owner owner) {
  AsmResourceBlob blob(
      bytes, alignment, [owner = std::move(owner)](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(
      type, chooseKey(type.getContext(), name), std::move(blob));
}

template <typename T>
static ElementsAttr makeFromVector(RankedTensorType type, StringRef name,
                                   std::vector<T> data) {
  if (type.getNumElements() <= maxLiteralElements)
    return cast<ElementsAttr>(
        Attribute(DenseElementsAttr::get(type, ArrayRef<T>(data))));
  auto owner = std::make_shared<std::vector<T>>(std::move(data));
  ArrayRef<char> bytes(reinterpret_cast<const char *>(owner->data()),
                       owner->size() * sizeof(T));
  return makeBlobResource(type, name, bytes, alignof(T), std::move(owner));
}

ElementsAttr makeElements(RankedTensorType type, StringRef name,
                          std::vector<float> data) {
  return makeFromVector(type, name, std::move(data));
}

template <typename T>
static ElementsAttr narrow(MLIRContext *context, ArrayRef<int64_t> shape,
                           StringRef name, ArrayRef<int64_t> values) {
  auto type =
      RankedTensorType::get(shape, IntegerType::get(context, sizeof(T) * 8));
  return makeFromVector(type, name,
                        std::vector<T>(values.begin(), values.end()));
}

ElementsAttr makeIntegers(MLIRContext *context, ArrayRef<int64_t> shape,
                          StringRef name, ArrayRef<int64_t> values,
                          unsigned width) {
  switch (width) {
  case 8:
    return narrow<int8_t>(context, shape, name, values);
  case 16:
    return narrow<int16_t>(context, shape, name, values);
  case 32:
    return narrow<int32_t>(context, shape, name, values);
  default:
    return narrow<int64_t>(context, shape, name, values);
  }
}

template <typename T, typename From>
static ElementsAttr makeFromValues(RankedTensorType type, StringRef name,
                                   ArrayRef<From> values) {
  if (!values.empty() && llvm::all_equal(values)) {
    T value = static_cast<T>(values.front());
    return cast<ElementsAttr>(
        Attribute(DenseElementsAttr::get(type, ArrayRef<T>(value))));
  }
  return makeFromVector(type, name,
                        std::vector<T>(values.begin(), values.end()));
}

ElementsAttr makeNumbers(RankedTensorType type, StringRef name,
                         ArrayRef<int64_t> values) {
  switch (*getElementType(type.getElementType())) {
  case ElementType::U8:
    return makeFromValues<uint8_t>(type, name, values);
  case ElementType::I8:
    return makeFromValues<int8_t>(type, name, values);
  case ElementType::U16:
    return makeFromValues<uint16_t>(type, name, values);
  case ElementType::I16:
    return makeFromValues<int16_t>(type, name, values);
  case ElementType::I32:
    return makeFromValues<int32_t>(type, name, values);
  default:
    return makeFromValues<int64_t>(type, name, values);
  }
}

ElementsAttr makeFloatNumbers(RankedTensorType type, StringRef name,
                              ArrayRef<float> values) {
  return makeFromValues<float>(type, name, values);
}

ElementsAttr makeResource(RankedTensorType type, StringRef name,
                          const void *data, size_t bytes,
                          std::shared_ptr<const void> owner) {
  size_t alignment = sizeOf(*getElementType(type.getElementType()));
  ArrayRef<char> view(static_cast<const char *>(data), bytes);
  if (type.getNumElements() <= maxLiteralElements)
    return cast<ElementsAttr>(
        Attribute(DenseElementsAttr::getFromRawBuffer(type, view)));
  if (llvm::isAddrAligned(llvm::Align(alignment), data))
    return makeBlobResource(type, name, view, alignment, std::move(owner));
  return DenseResourceElementsAttr::get(
      type, chooseKey(type.getContext(), name),
      HeapAsmResourceBlob::allocateAndCopyWithAlign(view, alignment));
}

template <typename T>
static ElementsAttr makeVector(Type elementType, StringRef name,
                               ArrayRef<T> values, bool scalar) {
  SmallVector<int64_t, 1> shape;
  if (!scalar)
    shape.push_back(values.size());
  return makeFromVector(RankedTensorType::get(shape, elementType), name,
                        std::vector<T>(values.begin(), values.end()));
}

ElementsAttr makeFloatVector(MLIRContext *context, StringRef name,
                             ArrayRef<float> values, bool scalar) {
  return makeVector(Float32Type::get(context), name, values, scalar);
}

ElementsAttr makeIntVector(MLIRContext *context, StringRef name,
                           ArrayRef<int32_t> values, bool scalar) {
  return makeVector(IntegerType::get(context, 32), name, values, scalar);
}

} // namespace qml
