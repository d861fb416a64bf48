//===- ReadTensor.cpp - Tensors of ONNX files -----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements stand in the message as raw bytes or as a list of numbers, or in a
// file beside the model's.
//
//===----------------------------------------------------------------------===//

#include "ReadTensor.h"

#include "WireReader.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Quote.h"

#include <charconv>
#include <filesystem>

namespace fs = std::filesystem;

namespace qml {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

namespace {
struct TypeInfo {
  const char *name;
  std::optional<ElementType> type;
};
} // namespace

constexpr int32_t bfloat16 = 16;

/// By number in TensorProto.
static const TypeInfo *findType(int32_t type) {
  static const TypeInfo types[] = {
      {"undefined", {}},
      {"float", ElementType::F32},
      {"uint8", ElementType::U8},
      {"int8", ElementType::I8},
      {"uint16", ElementType::U16},
      {"int16", ElementType::I16},
      {"int32", ElementType::I32},
      {"int64", ElementType::I64},
      {"string", {}},
      {"bool", ElementType::Bool},
      {"float16", ElementType::F16},
      {"double", ElementType::F64},
      {"uint32", ElementType::U32},
      {"uint64", ElementType::U64},
      {"complex64", {}},
      {"complex128", {}},
      {"bfloat16", ElementType::U16},
  };
  bool isKnown = type >= 0 && type < int32_t(std::size(types));
  return isKnown ? &types[type] : nullptr;
}

std::string nameOfONNXType(int32_t type) {
  const TypeInfo *info = findType(type);
  return info ? info->name : "type " + std::to_string(type);
}

//===----------------------------------------------------------------------===//
// Files beside the model's
//===----------------------------------------------------------------------===//

Result<Bytes> ONNXFiles::open(const std::string &location) {
  if (auto found = opened.find(location); found != opened.end())
    return found->second;
  std::string what = "it takes tensors from the file " + quote(location);
  fs::path path(location);
  bool isInside = !location.empty() && path.is_relative() &&
                  location.find('\0') == std::string::npos;
  for (const fs::path &part : path)
    isInside &= part != "..";
  if (!isInside)
    return Error{what + ", which is not below its own folder; such files are "
                        "not read"};
  if (folder.empty())
    return Error{what + "; a model that is read from a pipe can't have such "
                        "files"};
  std::error_code error;
  fs::path home = fs::canonical(folder, error), whole;
  if (!error)
    whole = fs::canonical(fs::path(folder) / path, error);
  if (error)
    return Error{what + ", which can't be read: " + error.message()};
  fs::path relative = whole.lexically_relative(home);
  if (relative.empty() || *relative.begin() == ".." ||
      !fs::is_regular_file(whole, error))
    return Error{what + ", which is no regular file below its own folder; "
                        "such files are not read"};
  Result<Bytes> bytes = readFile(whole.string());
  if (bytes)
    opened.emplace(location, *bytes);
  return bytes;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

namespace {
/// Numbers of the fields of a TensorProto.
enum TensorField : uint32_t {
  Dims = 1,
  DataType = 2,
  FloatData = 4,
  Int32Data = 5,
  Int64Data = 7,
  Name = 8,
  RawData = 9,
  DoubleData = 10,
  Uint64Data = 11,
  ExternalData = 13,
  DataLocation = 14
};

/// Whether elements stand there as integers.
constexpr bool isIntegerField(uint32_t field) {
  return field == Int32Data || field == Int64Data || field == Uint64Data;
}

/// Reads one tensor.
class TensorReader {
public:
  TensorReader(std::string_view message, ONNXFiles &files)
      : message(message), files(files) {}

  Result<ONNXTensor> read();

private:
  void readExternal(std::string_view message);
  void addNumbers(std::string_view bytes);
  Status setBytes();
  void setIntegers(size_t wanted);
  Status setExternal();
  Bytes view(std::string_view text) const {
    const Bytes &file = files.getFile();
    return file.slice(size_t(static_cast<const char *>(
                                 static_cast<const void *>(text.data())) -
                             file.text().data()),
                      text.size());
  }

  std::string_view message;
  ONNXFiles &files;
  ONNXTensor tensor;
  int32_t type = 0;
  std::optional<std::string_view> raw;
  /// Floats, as they stand in the file if that is in one piece.
  std::string_view floats;
  std::string joined;
  bool hasNumbers = false;
  /// Elements that stand as integers; they are read when it is known that they
  /// are wanted, and how many.
  size_t numIntegers = 0;
  bool isExternal = false;
  std::string location;
  std::string_view offset, length;
  bool damaged = false;
};
} // namespace

void TensorReader::readExternal(std::string_view message) {
  std::string_view key, value;
  WireReader wire(message);
  while (wire.next()) {
    if (wire.field() == 1 && wire.isText())
      key = wire.text();
    else if (wire.field() == 2 && wire.isText())
      value = wire.text();
  }
  damaged |= wire.isDamaged();
  if (key == "location")
    location = value;
  else if (key == "offset")
    offset = value;
  else if (key == "length")
    length = value;
}

void TensorReader::addNumbers(std::string_view bytes) {
  hasNumbers = true;
  if (floats.empty() && joined.empty()) {
    floats = bytes;
    return;
  }
  if (joined.empty())
    joined = floats;
  joined += bytes;
}

static Bytes own(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  return {
      static_cast<const uint8_t *>(static_cast<const void *>(owner->data())),
      owner->size(), owner};
}

static bool parseNumber(std::string_view text, uint64_t &number) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Status TensorReader::setExternal() {
  Result<Bytes> bytes = files.open(location);
  if (!bytes) {
    tensor.problem = "can't be read: " + bytes.message();
    return {};
  }
  auto wanted =
      static_cast<uint64_t>(checkedNumBytes(tensor.type, tensor.shape));
  uint64_t start = 0, size = wanted;
  if ((!offset.empty() && !parseNumber(offset, start)) ||
      (!length.empty() && !parseNumber(length, size)) || size != wanted ||
      !bytes->contains(start, size))
    return Error{"has " + std::to_string(wanted) + " bytes, but takes " +
                 printable(length.empty() ? "them" : length) + " from byte " +
                 printable(offset.empty() ? "0" : offset) + " of the " +
                 std::to_string(bytes->size) + " of " + quote(location)};
  tensor.bytes = bytes->slice(start, size);
  return {};
}

/// Each in as many bytes as the type has, if there are `wanted` bytes together.
void TensorReader::setIntegers(size_t wanted) {
  size_t size = sizeOf(tensor.type);
  if (numIntegers != wanted / size) {
    tensor.bytes.size = numIntegers * size;
    return;
  }
  std::string bytes(wanted, '\0');
  char *to = bytes.data();
  WireReader wire(message);
  while (wire.next())
    if (isIntegerField(wire.field()))
      wire.forEachInteger([&](int64_t value) {
        std::memcpy(to, &value, size);
        to += size;
      });
  tensor.bytes = own(std::move(bytes));
}

Status TensorReader::setBytes() {
  int64_t wanted = checkedNumBytes(tensor.type, tensor.shape);
  if (wanted < 0)
    return Error{"has the shape " + toString(tensor.shape) +
                 ", which is not sound"};
  if (isExternal)
    return setExternal();
  bool isInteger = !isFloat(tensor.type) || tensor.type == ElementType::F16;
  if (raw)
    tensor.bytes = view(*raw);
  else if (isInteger)
    setIntegers(static_cast<size_t>(wanted));
  else if (!isInteger && hasNumbers)
    tensor.bytes = joined.empty() ? view(floats) : own(std::move(joined));
  else
    tensor.bytes = own("");
  if (static_cast<int64_t>(tensor.bytes.size) != wanted)
    return Error{"has the shape " + toString(tensor.shape) + ", so " +
                 std::to_string(wanted) + " bytes; found are " +
                 std::to_string(tensor.bytes.size)};
  return {};
}

Result<ONNXTensor> TensorReader::read() {
  WireReader wire(message);
  while (wire.next()) {
    switch (wire.field()) {
    case Dims:
      wire.forEachInteger([&](int64_t extent) {
        if (tensor.shape.size() < 64)
          tensor.shape.push_back(extent);
        else
          damaged = true;
      });
      break;
    case DataType:
      type = static_cast<int32_t>(wire.integer());
      break;
    case FloatData:
      addNumbers(wire.numbers(4));
      break;
    case DoubleData:
      addNumbers(wire.numbers(8));
      break;
    case Int32Data:
    case Int64Data:
    case Uint64Data:
      wire.forEachInteger([&](int64_t) { ++numIntegers; });
      break;
    case Name:
      if (wire.isText())
        tensor.name = wire.text();
      break;
    case RawData:
      if (wire.isText())
        raw = wire.text();
      break;
    case ExternalData:
      if (wire.isText())
        readExternal(wire.text());
      break;
    case DataLocation:
      isExternal = wire.integer() == 1;
      break;
    default:
      break;
    }
  }
  if (wire.isDamaged() || damaged)
    return Error{"tensor " + quote(tensor.name) + " is damaged"};
  const TypeInfo *info = findType(type);
  if (!info || !info->type) {
    tensor.problem =
        "is of type " + nameOfONNXType(type) + ", which is not supported";
    return std::move(tensor);
  }
  tensor.type = *info->type;
  tensor.isBFloat16 = type == bfloat16;
  if (Status status = setBytes(); !status)
    return Error{"tensor " + quote(tensor.name) + " " + status.message()};
  return std::move(tensor);
}

Result<ONNXTensor> readONNXTensor(std::string_view message, ONNXFiles &files) {
  return TensorReader(message, files).read();
}

Result<Array> ONNXTensor::read() const {
  Array array;
  array.shape = shape;
  array.type = type;
  if (!problem.empty())
    return Error{"tensor " + quote(name) + " " + problem};
  if (isBFloat16) {
    ByteBuffer buffer;
    size_t count = bytes.size / 2;
    if (!buffer.resize(count * 4))
      return Error{"not enough memory for the tensor " + quote(name)};
    // The upper halves of what they stand for.
    for (size_t i = 0; i != count; ++i) {
      std::memset(buffer.data() + 4 * i, 0, 2);
      std::memcpy(buffer.data() + 4 * i + 2, bytes.data + 2 * i, 2);
    }
    array.type = ElementType::F32;
    Bytes widened = std::move(buffer).take();
    array.data = widened.data;
    array.owner = widened.owner;
    return array;
  }
  if (Status status = setData(array, bytes, 0); !status)
    return status.takeError();
  return array;
}

} // namespace qml
