//===- Bytecode.cpp - Fuzzes what is ours of bytecode ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// MLIR's reader of bytecode crashes by itself, which is why `qml` reads modules
// in another process first. This is what is ours: the encodings of the
// dialect's attributes, and the judgement of modules that can be read.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "tools/qml/Untrusted.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace qml;
using namespace qml::fuzz;

namespace {

/// Takes numbers out of the input; zeros after its end.
class Input {
public:
  Input(const uint8_t *data, size_t size) : next(data), end(data + size) {}

  bool isEmpty() const { return next == end; }
  uint8_t takeByte() { return isEmpty() ? 0 : *next++; }
  /// A small number in one byte, any in nine.
  uint64_t takeNumber() {
    uint64_t number = takeByte();
    if (number < 248)
      return number;
    // Close to the ends of each width.
    unsigned bytes = unsigned(number) - 247;
    number = 0;
    for (unsigned i = 0; i != bytes; ++i)
      number |= uint64_t(takeByte()) << (8 * i);
    return number;
  }

private:
  const uint8_t *next, *end;
};

/// An attribute as files may have it in any place.
Attribute takeAttribute(Input &input, Builder &builder) {
  auto floats = [&](ArrayRef<int64_t> shape, size_t count) {
    SmallVector<float> values;
    for (size_t i = 0; i != count; ++i)
      values.push_back(llvm::bit_cast<float>(uint32_t(input.takeNumber())));
    return DenseElementsAttr::get(
        RankedTensorType::get(shape, builder.getF32Type()),
        ArrayRef<float>(values));
  };
  auto integers = [&](ArrayRef<int64_t> shape, size_t count) {
    SmallVector<int32_t> values;
    for (size_t i = 0; i != count; ++i)
      values.push_back(int32_t(input.takeNumber()));
    return DenseElementsAttr::get(
        RankedTensorType::get(shape, builder.getI32Type()),
        ArrayRef<int32_t>(values));
  };
  int64_t count = input.takeByte() % 4 + 1;
  switch (input.takeByte() % 12) {
  case 0:
    return integers({}, 1);
  case 1:
    return integers({count}, size_t(count));
  case 2:
    return floats({}, 1);
  case 3:
    return floats({count}, size_t(count));
  case 4:
    return builder.getUnitAttr();
  case 5:
    return builder.getStringAttr("text");
  case 6:
    return builder.getDenseI32ArrayAttr({1, 2});
  case 7: // One value for many.
    return integers({int64_t(input.takeNumber() % (int64_t(1) << 40))}, 1);
  case 8:
    return floats({0}, 0);
  case 9:
    return floats({1, count}, size_t(count));
  case 10:
    return DenseElementsAttr::get(
        RankedTensorType::get({1}, builder.getI1Type()), true);
  default:
    return DenseIntElementsAttr::get(
        RankedTensorType::get({1}, builder.getIntegerType(64)),
        ArrayRef<int64_t>(int64_t(input.takeNumber())));
  }
}

class FuzzedReader : public DialectBytecodeReader {
public:
  FuzzedReader(Input &input, MLIRContext *context)
      : input(input), builder(context) {}

  InFlightDiagnostic emitError(const Twine &message = {}) const override {
    return mlir::emitError(UnknownLoc::get(getContext())) << message;
  }
  FailureOr<const DialectVersion *>
  getDialectVersion(StringRef) const override {
    return failure();
  }
  MLIRContext *getContext() const override { return builder.getContext(); }
  uint64_t getBytecodeVersion() const override { return 6; }
  LogicalResult readVarInt(uint64_t &result) override {
    if (input.isEmpty())
      return failure();
    result = input.takeNumber();
    return success();
  }
  LogicalResult readSignedVarInt(int64_t &result) override {
    uint64_t number = 0;
    LogicalResult read = readVarInt(number);
    result = int64_t(number >> 1) ^ -int64_t(number & 1);
    return read;
  }
  LogicalResult readAttribute(Attribute &result) override {
    if (input.isEmpty())
      return failure();
    result = takeAttribute(input, builder);
    return success();
  }
  LogicalResult readOptionalAttribute(Attribute &result) override {
    return input.takeByte() % 2 ? readAttribute(result) : success();
  }
  LogicalResult readType(Type &result) override {
    SmallVector<int64_t> shape(input.takeByte() % 4);
    for (int64_t &extent : shape)
      extent = int64_t(input.takeNumber() >> 1);
    result = RankedTensorType::get(shape, builder.getI8Type());
    return success();
  }
  FailureOr<AsmDialectResourceHandle> readResourceHandle() override {
    return failure();
  }
  FailureOr<APInt> readAPIntWithKnownWidth(unsigned) override {
    return failure();
  }
  FailureOr<APFloat>
  readAPFloatWithKnownSemantics(const llvm::fltSemantics &) override {
    return failure();
  }
  LogicalResult readString(StringRef &result) override {
    result = "weights";
    return success();
  }
  LogicalResult readBlob(ArrayRef<char> &result) override {
    blob.resize(input.takeByte());
    for (char &byte : blob)
      byte = char(input.takeByte());
    result = blob;
    return success();
  }
  LogicalResult readBool(bool &) override { return failure(); }

private:
  Input &input;
  Builder builder;
  std::vector<char> blob;
};

/// Counts what is printed.
class CountingStream : public raw_ostream {
public:
  ~CountingStream() override { flush(); }
  uint64_t count = 0;

private:
  void write_impl(const char *, size_t size) override {
    count += size;
    require(count < (uint64_t(1) << 30));
  }
  uint64_t current_pos() const override { return count; }
};

} // namespace

/// What is read is sound: its text gives the same attribute.
static void readAttribute(Input &input, MLIRContext &context) {
  const auto *bytecode =
      context.getLoadedDialect<QMLDialect>()
          ->getRegisteredInterface<BytecodeDialectInterface>();
  FuzzedReader reader(input, &context);
  (void)bytecode->readVersion(reader);
  Attribute attribute = bytecode->readAttribute(reader);
  if (!attribute)
    return;
  std::string text;
  llvm::raw_string_ostream os(text);
  attribute.print(os);
  require(parseAttribute(text, &context) == attribute);
}

/// Attributes, types and locations of parts that were made before, as aliases
/// make them; what is allowed can be printed in bounded memory.
static void judgeModule(Input &input, MLIRContext &context, size_t size) {
  Builder builder(&context);
  SmallVector<Attribute> attributes = {builder.getI64IntegerAttr(1)};
  SmallVector<Location> locations = {builder.getUnknownLoc()};
  SmallVector<Type> types = {builder.getF32Type()};
  auto pick = [&](auto &list) {
    return list[list.size() - 1 - input.takeByte() % list.size()];
  };
  while (!input.isEmpty()) {
    switch (input.takeByte() % 10) {
    case 0:
      attributes.push_back(
          builder.getArrayAttr({pick(attributes), pick(attributes)}));
      break;
    case 1:
      attributes.push_back(builder.getDictionaryAttr(
          {builder.getNamedAttr("a", pick(attributes)),
           builder.getNamedAttr("b", pick(attributes))}));
      break;
    case 2:
      attributes.push_back(TypeAttr::get(pick(types)));
      break;
    case 3:
      types.push_back(
          FunctionType::get(&context, {pick(types)}, {pick(types)}));
      break;
    case 4:
      types.push_back(TupleType::get(&context, {pick(types), pick(types)}));
      break;
    case 5:
      types.push_back(
          RankedTensorType::get({2}, builder.getF32Type(), pick(attributes)));
      break;
    case 6:
      types.push_back(builder.getIntegerType(input.takeNumber() % 70000 + 1));
      break;
    case 7:
      locations.push_back(FusedLoc::get({pick(locations), pick(locations)},
                                        pick(attributes), &context));
      break;
    case 8:
      locations.push_back(CallSiteLoc::get(pick(locations), pick(locations)));
      break;
    case 9:
      locations.push_back(
          NameLoc::get(builder.getStringAttr("n"), pick(locations)));
      break;
    }
  }
  OwningOpRef<ModuleOp> module = ModuleOp::create(locations.back());
  (*module)->setAttr("qml.a", attributes.back());
  (*module)->setAttr("qml.t", TypeAttr::get(types.back()));
  if (!check(checkExtent(*module, size)))
    return;
  CountingStream stream;
  (*module)->print(stream, OpPrintingFlags().enableDebugInfo());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // A context takes long to make, and keeps all that was ever made in it.
  static std::unique_ptr<MLIRContext> kept;
  static unsigned runs = 0;
  if (runs++ % 256 == 0) {
    kept = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
    kept->loadDialect<QMLDialect>();
  }
  MLIRContext &context = *kept;
  ScopedDiagnosticHandler handler(&context,
                                  [](Diagnostic &) { return success(); });
  Input input(data, std::min<size_t>(size, 4096));
  if (input.takeByte() % 2)
    judgeModule(input, context, size);
  else
    readAttribute(input, context);
  return 0;
}
