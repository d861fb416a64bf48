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

Result<Bytes> detail::inflateExactly(const Bytes &packed, uint64_t size,
                                     DeflateFraming framing) {
  if (!mayInflateTo(packed.size, size))
    return Error{std::to_string(packed.size) + " packed bytes cannot hold " +
                 std::to_string(size) + " bytes"};
  z_stream stream = {};
  int window = framing == DeflateFraming::Raw ? -MAX_WBITS : MAX_WBITS;
  if (inflateInit2(&stream, window) != Z_OK)
    return Error{"not enough memory to unpack"};

  ByteBuffer buffer;
  size_t consumed = 0;
  std::string problem;
  for (;;) {
    size_t filled = buffer.size();
    // Room for one more byte than expected shows whether there are more.
    if (filled == buffer.capacity()) {
      size_t wanted = std::max<size_t>(size_t(1) << 16, filled * 2);
      wanted = size_t(std::min<uint64_t>(wanted, size + 1));
      if (!buffer.reserve(wanted)) {
        problem =
            "not enough memory to unpack " + std::to_string(size) + " bytes";
        break;
      }
    }
    size_t input = std::min(packed.size - consumed, maxPortion);
    size_t room = std::min(buffer.capacity() - filled, maxPortion);
    // zlib's interface predates const; it does not write to its input.
    stream.next_in = const_cast<Bytef *>(packed.data + consumed);
    stream.avail_in = uInt(input);
    stream.next_out = buffer.data() + filled;
    stream.avail_out = uInt(room);
    int status = inflate(&stream, Z_NO_FLUSH);
    size_t used = input - stream.avail_in;
    size_t made = room - stream.avail_out;
    consumed += used;
    if (!buffer.resize(filled + made))
      break;
    if (buffer.size() > size) {
      problem = "the packed data holds more than the " + std::to_string(size) +
                " bytes that the directory promises";
      break;
    }
    if (status == Z_STREAM_END) {
      if (buffer.size() != size)
        problem = "the packed data holds " + std::to_string(buffer.size()) +
                  " bytes instead of " + std::to_string(size);
      break;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
      problem = "the packed data is damaged";
      break;
    }
    if (used == 0 && made == 0) {
      problem = "the packed data is cut off";
      break;
    }
  }
  inflateEnd(&stream);
  if (!problem.empty())
    return Error{problem};
  return std::move(buffer).take();
}

Status
detail::inflateTo(const Bytes &packed, uint64_t size, DeflateFraming framing,
                  const std::function<bool(const uint8_t *, size_t)> &sink) {
  z_stream stream = {};
  int window = framing == DeflateFraming::Raw ? -MAX_WBITS : MAX_WBITS;
  if (inflateInit2(&stream, window) != Z_OK)
    return Error{"not enough memory to unpack"};
  std::array<uint8_t, size_t(1) << 15> piece;
  size_t consumed = 0;
  uint64_t made = 0;
  std::string problem;
  for (;;) {
    size_t input = std::min(packed.size - consumed, maxPortion);
    // zlib's interface predates const; it does not write to its input.
    stream.next_in = const_cast<Bytef *>(packed.data + consumed);
    stream.avail_in = uInt(input);
    stream.next_out = piece.data();
    stream.avail_out = uInt(piece.size());
    int status = inflate(&stream, Z_NO_FLUSH);
    size_t used = input - stream.avail_in;
    size_t count = piece.size() - stream.avail_out;
    consumed += used;
    made += count;
    if (made > size) {
      problem =
          "the packed data holds more than " + std::to_string(size) + " bytes";
      break;
    }
    if (count != 0 && !sink(piece.data(), count))
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
