//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Npy.h"

#include "qml/Support/AtomicFile.h"
#include "qml/Support/MappedFile.h"
#include "qml/Support/Quote.h"

#include <cctype>
#include <cstring>
#include <optional>

using namespace qml;

static constexpr char magic[] = "\x93NUMPY";
static constexpr size_t magicBytes = 6;
/// As many as NumPy allows.
static constexpr size_t maxRank = 64;
/// A header of numbers is shorter; those of records may be longer, but are not
/// read.
static constexpr size_t maxHeaderBytes = size_t(1) << 20;

static const char allowedTypes[] =
    "allowed are little-endian bool, int8 to int64, uint8 to uint64, and "
    "float16 to float64: convert the array with .astype(...) and save it again";

namespace {
/// What the header says, as text.
struct Header {
  std::string descr;
  std::optional<bool> fortranOrder;
  std::optional<Shape> shape;
};

/// Reads the header: a Python dictionary of three known keys.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  Status parse(Header &header);

private:
  Status fail(const char *expected) {
    return Error{"the header is damaged: " + std::string(expected) +
                 " is expected at its character " + std::to_string(position)};
  }
  void skipSpace() {
    while (position < text.size() && (std::isspace(uint8_t(text[position]))))
      ++position;
  }
  bool accept(char c) {
    skipSpace();
    if (position >= text.size() || text[position] != c)
      return false;
    ++position;
    return true;
  }
  bool acceptWord(std::string_view word) {
    skipSpace();
    if (text.substr(position, word.size()) != word)
      return false;
    position += word.size();
    return true;
  }
  bool parseString(std::string &value);
  Status parseShape(Shape &shape);

  std::string_view text;
  size_t position = 0;
};
} // namespace

bool HeaderParser::parseString(std::string &value) {
  skipSpace();
  if (position >= text.size())
    return false;
  char quote = text[position];
  if (quote != '\'' && quote != '"')
    return false;
  size_t end = text.find(quote, position + 1);
  if (end == std::string_view::npos)
    return false;
  value = text.substr(position + 1, end - position - 1);
  position = end + 1;
  return true;
}

Status HeaderParser::parseShape(Shape &shape) {
  if (!accept('('))
    return fail("'('");
  while (!accept(')')) {
    skipSpace();
    size_t start = position;
    int64_t extent = 0;
    while (position < text.size() && std::isdigit(uint8_t(text[position]))) {
      if (extent > (INT64_MAX - 9) / 10)
        return Error{"the shape has an extent that does not fit 64 bits"};
      extent = extent * 10 + (text[position++] - '0');
    }
    if (position == start)
      return fail("an extent");
    // Python 2 wrote long integers as 3L.
    accept('L');
    if (shape.size() == maxRank)
      return Error{"the shape has more than " + std::to_string(maxRank) +
                   " dimensions"};
    shape.push_back(extent);
    if (accept(','))
      continue;
    if (!accept(')'))
      return fail("',' or ')'");
    break;
  }
  return {};
}

Status HeaderParser::parse(Header &header) {
  if (!accept('{'))
    return fail("'{'");
  while (!accept('}')) {
    std::string key;
    if (!parseString(key))
      return fail("a key");
    if (!accept(':'))
      return fail("':'");
    if (key == "descr") {
      if (!parseString(header.descr)) {
        skipSpace();
        if (position < text.size() && text[position] == '[')
          return Error{std::string("the elements are records; ") +
                       allowedTypes};
        return fail("a type");
      }
    } else if (key == "fortran_order") {
      if (acceptWord("True"))
        header.fortranOrder = true;
      else if (acceptWord("False"))
        header.fortranOrder = false;
      else
        return fail("True or False");
    } else if (key == "shape") {
      Shape shape;
      if (Status status = parseShape(shape); !status)
        return status;
      header.shape = std::move(shape);
    } else {
      return fail("'descr', 'fortran_order' or 'shape'");
    }
    if (accept(','))
      continue;
    if (!accept('}'))
      return fail("',' or '}'");
    break;
  }
  if (header.descr.empty() || !header.fortranOrder || !header.shape)
    return Error{"the header is damaged: 'descr', 'fortran_order' or 'shape' "
                 "is missing"};
  return {};
}

static Result<ElementType> parseType(const std::string &descr) {
  static const struct {
    const char *code;
    ElementType type;
  } types[] = {{"b1", ElementType::Bool}, {"u1", ElementType::U8},
               {"u2", ElementType::U16},  {"u4", ElementType::U32},
               {"u8", ElementType::U64},  {"i1", ElementType::I8},
               {"i2", ElementType::I16},  {"i4", ElementType::I32},
               {"i8", ElementType::I64},  {"f2", ElementType::F16},
               {"f4", ElementType::F32},  {"f8", ElementType::F64}};
  std::string code = descr;
  char order = '|';
  if (std::strchr("<>=|", code[0]))
    order = code[0], code.erase(0, 1);
  for (const auto &candidate : types) {
    if (code != candidate.code)
      continue;
    if (order == '>' && sizeOf(candidate.type) > 1)
      return Error{"the elements are big-endian (" + quote(descr) + "); " +
                   allowedTypes};
    return candidate.type;
  }
  if (code == "O")
    return Error{std::string("the elements are Python objects; ") +
                 allowedTypes};
  return Error{"the elements are of type " + quote(descr, 40) + "; " +
               allowedTypes};
}

/// Whether C order and Fortran order are the same thing.
static bool isOneDimensional(const Shape &shape) {
  int wide = 0;
  for (int64_t extent : shape) {
    if (extent == 0)
      return true;
    wide += extent != 1;
  }
  return wide <= 1;
}

static Status parseInto(NpyArray &array, const Bytes &bytes) {
  if (bytes.size < magicBytes + 4 ||
      std::memcmp(bytes.data, magic, magicBytes) != 0)
    return Error{"it is no .npy file: it does not begin with NumPy's magic "
                 "bytes"};
  unsigned major = bytes.data[magicBytes];
  unsigned minor = bytes.data[magicBytes + 1];
  if (major < 1 || major > 3 || minor != 0)
    return Error{"version " + std::to_string(major) + "." +
                 std::to_string(minor) +
                 " of the format is unknown; 1.0, 2.0 and 3.0 are read"};

  size_t lengthBytes = major == 1 ? 2 : 4;
  size_t headerStart = magicBytes + 2 + lengthBytes;
  if (bytes.size < headerStart)
    return Error{"the file ends inside its header"};
  size_t headerBytes = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    headerBytes |= size_t(bytes.data[magicBytes + 2 + i]) << (8 * i);
  if (!bytes.contains(headerStart, headerBytes))
    return Error{"the file ends inside its header"};
  if (headerBytes > maxHeaderBytes)
    return Error{"the header is damaged: it is longer than any of an array of "
                 "numbers"};

  Header header;
  HeaderParser parser(bytes.slice(headerStart, headerBytes).text());
  if (Status status = parser.parse(header); !status)
    return status;
  Result<ElementType> type = parseType(header.descr);
  if (!type)
    return type.takeError();
  array.type = *type;
  array.shape = std::move(*header.shape);
  int64_t size = checkedNumBytes(array.type, array.shape);
  if (size < 0)
    return Error{"the shape " + toString(array.shape) + " overflows"};
  if (*header.fortranOrder && !isOneDimensional(array.shape))
    return Error{"the array is in Fortran order; save it again after "
                 "numpy.ascontiguousarray(...)"};
  size_t dataStart = headerStart + headerBytes;
  if (!bytes.contains(dataStart, uint64_t(size)))
    return Error{"the data is cut off: shape " + toString(array.shape) +
                 " of " + nameOf(array.type) + " needs " +
                 std::to_string(size) + " bytes, there are " +
                 std::to_string(bytes.size - dataStart)};
  return setData(array, bytes, dataStart);
}

Result<NpyArray> NpyArray::parse(const Bytes &bytes, const std::string &name) {
  NpyArray array;
  if (Status status = parseInto(array, bytes); !status)
    return Error{"cannot read array " + quotePath(name) + ": " +
                 status.message()};
  return array;
}

Result<NpyArray> NpyArray::open(const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parse(*bytes, path);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static const char *codeOf(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return "|b1";
  case ElementType::U8:
    return "|u1";
  case ElementType::U16:
    return "<u2";
  case ElementType::U32:
    return "<u4";
  case ElementType::U64:
    return "<u8";
  case ElementType::I8:
    return "|i1";
  case ElementType::I16:
    return "<i2";
  case ElementType::I32:
    return "<i4";
  case ElementType::I64:
    return "<i8";
  case ElementType::F16:
    return "<f2";
  case ElementType::F32:
    return "<f4";
  case ElementType::F64:
    return "<f8";
  }
  return "";
}

std::string qml::npyHeader(ElementType type, const Shape &shape) {
  std::string text = std::string("{'descr': '") + codeOf(type) +
                     "', 'fortran_order': False, 'shape': " + toString(shape) +
                     ", }";
  size_t prefix = magicBytes + 2 + 2;
  size_t total = (prefix + text.size() + 1 + 63) / 64 * 64;
  bool isLong = total - prefix > UINT16_MAX;
  if (isLong) {
    prefix = magicBytes + 2 + 4;
    total = (prefix + text.size() + 1 + 63) / 64 * 64;
  }
  text.append(total - prefix - text.size() - 1, ' ');
  text += '\n';
  std::string header(magic, magicBytes);
  header += isLong ? '\2' : '\1';
  header += '\0';
  for (int i = 0; i < (isLong ? 4 : 2); ++i)
    header += char(text.size() >> (8 * i) & 0xff);
  return header + text;
}

Status qml::writeNpy(const std::string &path, ElementType type,
                     const Shape &shape, const void *data) {
  int64_t size = checkedNumBytes(type, shape);
  if (size < 0)
    return Error{"cannot write " + quotePath(path) + ": the shape " +
                 toString(shape) + " overflows"};
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (Status status = file->write(npyHeader(type, shape)); !status)
    return status;
  if (Status status = file->write(data, size_t(size)); !status)
    return status;
  return file->commit();
}
