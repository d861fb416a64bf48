//===- HDF5Data.cpp - Data of HDF5 datasets -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HDF5Format.h"
#include "Inflate.h"
#include "qml/Support/Zip.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

using namespace qml;
using namespace qml::detail;

//===----------------------------------------------------------------------===//
// Filters
//===----------------------------------------------------------------------===//

namespace {
struct Filter {
  enum Id : uint16_t { Deflate = 1, Shuffle = 2 };
  uint16_t id = 0;
  /// Of an element, for Shuffle.
  size_t elementBytes = 1;
};
} // namespace

static Result<std::vector<Filter>> parseFilters(const HDF5Header &header,
                                                ElementType type) {
  std::vector<Filter> filters;
  const HDF5Message *message = header.find(FilterMessage);
  if (!message)
    return filters;
  FieldReader fields(message->body);
  unsigned version = fields.u8();
  unsigned count = fields.u8();
  if (version != 1 && version != 2)
    return Error{"its filters are damaged"};
  if (version == 1)
    fields.skip(6);
  for (unsigned i = 0; i < count; ++i) {
    Filter filter;
    filter.id = fields.u16();
    // Known filters have no name in the second version.
    uint64_t nameBytes =
        version == 1 || filter.id >= 256 ? fields.u16() : uint64_t(0);
    fields.skip(2);
    uint16_t values = fields.u16();
    if (version == 1)
      nameBytes = (nameBytes + 7) / 8 * 8;
    fields.skip(nameBytes);
    filter.elementBytes = sizeOf(type);
    for (uint16_t v = 0; v < values; ++v) {
      uint32_t value = fields.u32();
      if (v == 0 && filter.id == Filter::Shuffle)
        filter.elementBytes = value;
    }
    if (version == 1 && values % 2 != 0)
      fields.skip(4);
    // Elements are shuffled as they are, or, of one byte, not at all.
    if (!fields.ok() ||
        (filter.elementBytes != 1 && filter.elementBytes != sizeOf(type)))
      return Error{"its filters are damaged"};
    if (filter.id != Filter::Deflate && filter.id != Filter::Shuffle)
      return hdf5Unsupported("a dataset with filter " +
                             std::to_string(filter.id) +
                             (filter.id == 3       ? " (fletcher32)"
                              : filter.id == 4     ? " (szip)"
                              : filter.id == 32000 ? " (lzf)"
                                                   : ""));
    for (const Filter &other : filters)
      if (other.id == filter.id)
        return Error{"its filters are damaged: one is there twice"};
    filters.push_back(filter);
  }
  return filters;
}

/// Puts the bytes of each element together again, which were stored as all
/// first bytes, all second bytes, ...
static Result<Bytes> unshuffle(const Bytes &bytes, size_t elementBytes) {
  size_t count = bytes.size / elementBytes;
  if (elementBytes == 1 || count < 2)
    return bytes;
  ByteBuffer buffer;
  if (!buffer.resize(bytes.size))
    return Error{"not enough memory to unpack"};
  uint8_t *out = buffer.data();
  for (size_t b = 0; b < elementBytes; ++b) {
    const uint8_t *plane = bytes.data + b * count;
    for (size_t i = 0; i < count; ++i)
      out[i * elementBytes + b] = plane[i];
  }
  size_t done = count * elementBytes;
  std::memcpy(out + done, bytes.data + done, bytes.size - done);
  return std::move(buffer).take();
}

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

namespace {
struct Chunk {
  /// Index of its first element in each dimension.
  Shape start;
  Bytes packed;
  /// Bit i: filter i was not applied.
  uint32_t filterMask = 0;
};

/// Reads a dataset that is cut into chunks of one shape.
class ChunkedReader {
public:
  ChunkedReader(const HDF5File &file, Array &array, std::vector<Filter> filters,
                HDF5Budget *freeBytes)
      : file(file), array(array), filters(std::move(filters)),
        freeBytes(freeBytes) {}

  Status read(FieldReader fields);

private:
  Status parseLayout(FieldReader &fields, uint64_t &tree);
  Status addChunk(const Bytes &key, uint64_t address);
  Status unpack(const Chunk &chunk, uint8_t *out) const;

  const HDF5File &file;
  Array &array;
  std::vector<Filter> filters;
  Shape extents;
  int64_t chunkBytes = 0;
  std::vector<Chunk> chunks;
  std::unordered_set<uint64_t> cells;
  /// Null if this was paid for.
  HDF5Budget *freeBytes;
};
} // namespace

Status ChunkedReader::parseLayout(FieldReader &fields, uint64_t &tree) {
  unsigned rank = fields.u8();
  tree = fields.u64();
  if (rank != array.shape.size() + 1 || rank < 2)
    return Error{"its chunks have another rank than the dataset"};
  for (unsigned i = 0; i + 1 < rank; ++i)
    extents.push_back(fields.u32());
  uint32_t elementBytes = fields.u32();
  chunkBytes = checkedNumBytes(array.type, extents);
  if (!fields.ok() || elementBytes != sizeOf(array.type) || chunkBytes <= 0)
    return Error{"its chunks are damaged"};
  return {};
}

/// Adds the chunk with this key in the tree. Keys have the form that the tree's
/// walk asked for, so that all fields are there.
Status ChunkedReader::addChunk(const Bytes &key, uint64_t address) {
  Chunk chunk;
  FieldReader fields(key);
  uint32_t size = fields.u32();
  chunk.filterMask = fields.u32();
  // Which cell of the grid of chunks it is; at most the number of elements.
  uint64_t cell = 0;
  for (size_t d = 0; d < extents.size(); ++d) {
    uint64_t start = fields.u64();
    if (start >= uint64_t(array.shape[d]) || start % uint64_t(extents[d]) != 0)
      return Error{"a chunk lies outside of the dataset"};
    uint64_t cellsHere =
        uint64_t(array.shape[d] - 1) / uint64_t(extents[d]) + 1;
    cell = cell * cellsHere + start / uint64_t(extents[d]);
    chunk.start.push_back(int64_t(start));
  }
  if (!cells.insert(cell).second)
    return Error{"a chunk is there twice"};
  Result<Bytes> packed = file.at(address, size, "data of a chunk");
  if (!packed)
    return packed.takeError();
  if (freeBytes && !freeBytes->spend(size))
    return Error{"its chunks overlap, or belong to other datasets, too"};
  chunk.packed = *packed;
  chunks.push_back(std::move(chunk));
  return {};
}

namespace {
/// Takes the bytes of a chunk in pieces, and puts those that lie inside of the
/// dataset in their places. Chunks may be far larger than the dataset.
class ChunkScatter {
public:
  ChunkScatter(const Array &array, const Shape &extents, const Chunk &chunk,
               bool isShuffled, uint8_t *out);

  /// False if none of the bytes that follow is needed, and they are many.
  bool take(const uint8_t *data, size_t size);

private:
  /// The index in the dataset of a row's first element, -1 if it is outside.
  int64_t findRow(int64_t row) const;

  const Shape &shape, &extents, &start;
  Shape inside;
  uint8_t *out;
  int64_t elementBytes;
  /// Shuffled bytes stand in as many planes as an element has bytes.
  int64_t planes = 1;
  /// Of an element, in a plane.
  int64_t unit;
  int64_t rowBytes, rows;
  int64_t position = 0, lastNeeded = 0;
};
} // namespace

ChunkScatter::ChunkScatter(const Array &array, const Shape &extents,
                           const Chunk &chunk, bool isShuffled, uint8_t *out)
    : shape(array.shape), extents(extents), start(chunk.start), out(out),
      elementBytes(int64_t(sizeOf(array.type))),
      planes(isShuffled ? elementBytes : 1), unit(elementBytes / planes),
      rowBytes(extents.back() * unit),
      rows(numElements(extents) / extents.back()) {
  int64_t lastRow = 0;
  for (size_t d = 0; d < extents.size(); ++d) {
    inside.push_back(std::min(extents[d], shape[d] - start[d]));
    if (d + 1 < extents.size())
      lastRow = lastRow * extents[d] + inside[d] - 1;
  }
  lastNeeded =
      ((planes - 1) * rows + lastRow) * rowBytes + inside.back() * unit;
}

int64_t ChunkScatter::findRow(int64_t row) const {
  int64_t offset = start.back(), stride = shape.back();
  for (size_t d = extents.size() - 1; d-- > 0;) {
    int64_t index = row % extents[d];
    row /= extents[d];
    if (index >= inside[d])
      return -1;
    offset += (start[d] + index) * stride;
    stride *= shape[d];
  }
  return offset;
}

bool ChunkScatter::take(const uint8_t *data, size_t size) {
  while (size > 0) {
    int64_t row = position / rowBytes;
    int64_t column = position % rowBytes;
    int64_t plane = row / rows;
    int64_t count = std::min(int64_t(size), rowBytes - column);
    int64_t wanted = std::min(count, inside.back() * unit - column);
    int64_t first = wanted > 0 ? findRow(row % rows) : -1;
    if (first >= 0 && planes == 1)
      std::memcpy(out + first * elementBytes + column, data, size_t(wanted));
    else if (first >= 0)
      for (int64_t i = 0; i < wanted; ++i)
        out[(first + column + i) * elementBytes + plane] = data[i];
    data += count;
    size -= size_t(count);
    position += count;
  }
  // What is left of a chunk of the usual size is unpacked, too, since only
  // then its checksum is verified.
  constexpr int64_t many = 1 << 22;
  return position < lastNeeded || rows * rowBytes * planes - position < many;
}

Status ChunkedReader::unpack(const Chunk &chunk, uint8_t *out) const {
  // The last filter was applied last.
  std::vector<Filter> steps;
  for (size_t i = filters.size(); i-- > 0;) {
    bool isSkipped = i < 32 && (chunk.filterMask >> i & 1);
    bool isNothing = filters[i].id == Filter::Shuffle &&
                     (filters[i].elementBytes == 1 || sizeOf(array.type) == 1);
    if (!isSkipped && !isNothing)
      steps.push_back(filters[i]);
  }
  Bytes bytes = chunk.packed;
  bool isShuffled = false;
  for (size_t i = 0; i != steps.size(); ++i) {
    bool isLast = i + 1 == steps.size();
    if (steps[i].id == Filter::Deflate) {
      // A shuffle that follows is undone while the bytes find their places.
      ChunkScatter scatter(array, extents, chunk, !isLast, out);
      return inflateTo(bytes, uint64_t(chunkBytes), DeflateFraming::Zlib,
                       [&](const uint8_t *data, size_t size) {
                         return scatter.take(data, size);
                       });
    }
    if (isLast) {
      isShuffled = true;
      break;
    }
    Result<Bytes> next = unshuffle(bytes, steps[i].elementBytes);
    if (!next)
      return next.takeError();
    bytes = *next;
  }
  if (bytes.size != size_t(chunkBytes))
    return Error{"a chunk has " + std::to_string(bytes.size) +
                 " bytes instead of " + std::to_string(chunkBytes)};
  ChunkScatter(array, extents, chunk, isShuffled, out)
      .take(bytes.data, bytes.size);
  return {};
}

Status ChunkedReader::read(FieldReader fields) {
  uint64_t tree = 0;
  if (Status status = parseLayout(fields, tree); !status)
    return status;
  if (tree == hdf5Undefined)
    return Error{"its data was never written"};
  // The size, the filter mask, and where the chunk starts: one number for each
  // dimension, and one for the bytes of an element.
  HDF5Tree chunkTree = {"tree of its chunks", 1, 8 + 8 * (extents.size() + 1)};
  Status walked =
      walkTree(file, tree, chunkTree, [&](const Bytes &key, uint64_t address) {
        return addChunk(key, address);
      });
  if (!walked)
    return walked;

  uint64_t cellCount = 1;
  for (size_t d = 0; d < extents.size(); ++d)
    cellCount *= uint64_t(array.shape[d] - 1) / uint64_t(extents[d]) + 1;
  if (chunks.size() != cellCount)
    return Error{"only " + std::to_string(chunks.size()) + " of its " +
                 std::to_string(cellCount) + " chunks were written"};
  // Chunks at the edges are stored whole.
  for (const Chunk &chunk : chunks)
    if (!mayInflateTo(chunk.packed.size, uint64_t(chunkBytes)))
      return Error{"a chunk is cut off"};
  size_t size = array.numBytes();
  if (size > maxInflatedBytes)
    return hdf5Unsupported("a dataset in chunks of more than " +
                           std::to_string(maxInflatedBytes) + " bytes");

  if (freeBytes && !file.budget->spend(size))
    return Error{beyondBudget};

  ByteBuffer buffer;
  if (!buffer.resize(size))
    return Error{"not enough memory for " + std::to_string(size) + " bytes"};
  for (const Chunk &chunk : chunks)
    if (Status status = unpack(chunk, buffer.data()); !status)
      return status;
  return setData(array, std::move(buffer).take(), 0);
}

//===----------------------------------------------------------------------===//
// Datasets
//===----------------------------------------------------------------------===//

static Status readContiguous(const HDF5File &file, FieldReader fields,
                             Array &array, HDF5Budget *freeBytes) {
  uint64_t address = fields.u64();
  uint64_t size = fields.u64();
  if (!fields.ok())
    return Error{"its layout is damaged"};
  if (address == hdf5Undefined)
    return Error{"its data was never written"};
  if (size < array.numBytes())
    return Error{"its data has " + std::to_string(size) + " bytes, its shape " +
                 toString(array.shape) + " of " + nameOf(array.type) +
                 " needs " + std::to_string(array.numBytes())};
  Result<Bytes> data = file.at(address, array.numBytes(), "data");
  if (!data)
    return data.takeError();
  if (freeBytes && !freeBytes->spend(array.numBytes()))
    return Error{"its data belongs to other datasets, too"};
  return setData(array, *data, 0);
}

static Status readCompact(const Bytes &body, FieldReader fields, Array &array,
                          HDF5Budget *freeBytes) {
  uint16_t size = fields.u16();
  if (!fields.ok() || size > fields.left() || size < array.numBytes())
    return Error{"its data is cut off"};
  if (freeBytes && !freeBytes->spend(array.numBytes()))
    return Error{"its data belongs to other datasets, too"};
  return setData(array, body, fields.position());
}

/// Makes float32 of bfloat16, which is its upper half.
static Status widen(Array &array) {
  ByteBuffer buffer;
  size_t count = size_t(array.size());
  if (!buffer.resize(count * sizeof(float)))
    return Error{"not enough memory for " + std::to_string(count) +
                 " float32 numbers"};
  const uint16_t *halves = array.as<uint16_t>();
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits = uint32_t(halves[i]) << 16;
    std::memcpy(buffer.data() + i * sizeof(bits), &bits, sizeof(bits));
  }
  array.type = ElementType::F32;
  return setData(array, std::move(buffer).take(), 0);
}

Result<Array> detail::readDataset(const HDF5File &file,
                                  const HDF5Header &header,
                                  HDF5Budget *freeBytes) {
  const HDF5Message *type = header.find(DatatypeMessage);
  const HDF5Message *space = header.find(DataspaceMessage);
  const HDF5Message *layout = header.find(LayoutMessage);
  if (!type || !space || !layout)
    return Error{"it is no dataset"};
  for (const HDF5Message *message : {type, space, layout})
    if (message->isShared())
      return hdf5Unsupported("a dataset with a committed datatype");
  if (header.find(ExternalFilesMessage))
    return hdf5Unsupported("data in another file");
  Result<HDF5Datatype> datatype = parseDatatype(type->body);
  if (!datatype)
    return datatype.takeError();
  if (datatype->kind == HDF5Datatype::Other)
    return hdf5Unsupported("data of " + datatype->feature);
  bool isBFloat16 = datatype->kind == HDF5Datatype::BFloat16;
  if (datatype->kind != HDF5Datatype::Number && !isBFloat16)
    return Error{"its elements are strings instead of numbers"};
  Result<Shape> shape = parseDataspace(space->body);
  if (!shape)
    return shape.takeError();

  Array array;
  array.type = isBFloat16 ? ElementType::U16 : datatype->type;
  array.shape = *shape;
  if (checkedNumBytes(array.type, array.shape) < 0)
    return Error{"its shape " + toString(array.shape) + " overflows"};
  if (array.size() == 0) {
    static const uint64_t nothing = 0;
    array.data = &nothing;
    if (isBFloat16)
      array.type = ElementType::F32;
    return array;
  }

  FieldReader fields(layout->body);
  unsigned version = fields.u8();
  unsigned layoutClass = fields.u8();
  if (version < 3 || version > 4)
    return hdf5Unsupported("version " + std::to_string(version) +
                           " of a dataset's layout");
  Status status;
  switch (layoutClass) {
  case 0:
    status = readCompact(layout->body, fields, array, freeBytes);
    break;
  case 1:
    status = readContiguous(file, fields, array, freeBytes);
    break;
  case 2: {
    if (version != 3)
      return hdf5Unsupported("version 4 of chunked data");
    Result<std::vector<Filter>> filters = parseFilters(header, array.type);
    if (!filters)
      return filters.takeError();
    status =
        ChunkedReader(file, array, std::move(*filters), freeBytes).read(fields);
    break;
  }
  default:
    return hdf5Unsupported("a virtual dataset");
  }
  if (status && isBFloat16)
    status = widen(array);
  if (!status)
    return status.takeError();
  return array;
}
