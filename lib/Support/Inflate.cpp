//===- Inflate.cpp - Unpacking with limits --------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inflate.h"

#include <algorithm>
#include <array>
#include <zlib.h>

using namespace qml;

/// zlib counts in 32 bits.
static constexpr size_t maxPortion = size_t(1) << 30;

namespace {
/// Where the next bytes go; no data if there is no memory for them.
struct Room {
  uint8_t *data = nullptr;
  size_t size = 0;
};
} // namespace

/// Unpacks `packed` to `size` bytes, which messages call `promised`. Each piece
/// goes where `getRoom` says; `take` gets its size, and says whether to go on.
template <typename GetRoom, typename Take>
static Status inflatePieces(const Bytes &packed, uint64_t size,
                            detail::DeflateFraming framing,
                            const std::string &promised, GetRoom getRoom,
                            Take take) {
  z_stream stream = {};
  int window = framing == detail::DeflateFraming::Raw ? -MAX_WBITS : MAX_WBITS;
  if (inflateInit2(&stream, window) != Z_OK)
    return Error{"not enough memory to unpack"};
  size_t consumed = 0;
  uint64_t made = 0;
  std::string problem;
  for (;;) {
    Room room = getRoom();
    if (!room.data) {
      problem =
          "not enough memory to unpack " + std::to_string(size) + " bytes";
      break;
    }
    size_t input = std::min(packed.size - consumed, maxPortion);
    // zlib's interface predates const; it does not write to its input.
    stream.next_in = const_cast<Bytef *>(packed.data + consumed);
    stream.avail_in = uInt(input);
    stream.next_out = room.data;
    stream.avail_out = uInt(room.size);
    int status = inflate(&stream, Z_NO_FLUSH);
    size_t used = input - stream.avail_in;
    size_t count = room.size - stream.avail_out;
    consumed += used;
    made += count;
    if (made > size) {
      problem = "the packed data holds more than " + promised;
      break;
    }
    if (count != 0 && !take(count))
      break;
    if (status == Z_STREAM_END) {
      if (made != size)
        problem = "the packed data holds " + std::to_string(made) +
                  " bytes instead of " + std::to_string(size);
      break;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
      problem = "the packed data is damaged";
      break;
    }
    if (used == 0 && count == 0) {
      problem = "the packed data is cut off";
      break;
    }
  }
  inflateEnd(&stream);
  if (!problem.empty())
    return Error{problem};
  return {};
}

Result<Bytes> detail::inflateExactly(const Bytes &packed, uint64_t size,
                                     DeflateFraming framing) {
  if (!mayInflateTo(packed.size, size))
    return Error{std::to_string(packed.size) + " packed bytes cannot hold " +
                 std::to_string(size) + " bytes"};
  ByteBuffer buffer;
  auto getRoom = [&]() -> Room {
    // Room for one more byte than expected shows whether there are more.
    if (buffer.size() == buffer.capacity()) {
      size_t wanted = std::max<size_t>(size_t(1) << 16, buffer.size() * 2);
      wanted = size_t(std::min<uint64_t>(wanted, size + 1));
      if (!buffer.reserve(wanted))
        return {};
    }
    return {buffer.data() + buffer.size(),
            std::min(buffer.capacity() - buffer.size(), maxPortion)};
  };
  auto take = [&](size_t count) {
    return buffer.resize(buffer.size() + count);
  };
  if (Status status = inflatePieces(packed, size, framing,
                                    "the " + std::to_string(size) +
                                        " bytes that the directory promises",
                                    getRoom, take);
      !status)
    return status.takeError();
  return std::move(buffer).take();
}

Status
detail::inflateTo(const Bytes &packed, uint64_t size, DeflateFraming framing,
                  const std::function<bool(const uint8_t *, size_t)> &sink) {
  std::array<uint8_t, size_t(1) << 15> piece;
  return inflatePieces(
      packed, size, framing, std::to_string(size) + " bytes",
      [&]() -> Room { return {piece.data(), piece.size()}; },
      [&](size_t count) { return sink(piece.data(), count); });
}
