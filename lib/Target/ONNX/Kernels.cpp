//===- Kernels.cpp - Kernels with their results innermost -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "qml/Dialect/QML/IR/Elements.h"
#include "qml/Support/MappedFile.h"

#include "mlir/IR/Threading.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

using namespace mlir;

namespace qml {

/// Memory for so many floats, which are not set. That of a large kernel is
/// written in jumps, which only large pages make fast.
static std::shared_ptr<float> allocate(int64_t count) {
  constexpr size_t hugePage = size_t(1) << 21;
  size_t bytes = size_t(count) * sizeof(float);
  if (bytes < 4 * hugePage)
    return {new float[size_t(count)], std::default_delete<float[]>()};
  size_t whole = llvm::alignTo(bytes, hugePage);
  void *memory = std::aligned_alloc(hugePage, whole);
  if (!memory)
    llvm::report_bad_alloc_error("not enough memory for a kernel");
#ifdef MADV_HUGEPAGE
  ::madvise(memory, whole, MADV_HUGEPAGE);
#endif
  return {static_cast<float *>(memory), [](float *data) { std::free(data); }};
}

static ElementsAttr makeKernel(RankedTensorType type, StringRef name,
                               std::shared_ptr<float> owner) {
  const float *data = owner.get();
  return makeResource(type, name, data,
                      size_t(type.getNumElements()) * sizeof(float),
                      std::move(owner));
}

namespace {
/// Results and numbers of a row that are turned together: few jumps over the
/// kernel that is written, and a block that a core's own cache holds.
constexpr int64_t maxRows = 256, maxColumns = 16;

struct Turn {
  const uint8_t *from;
  float *to;
  int64_t results;
  ArrayRef<int64_t> places;
  float factor;
  /// Whether the kernel is larger than what caches hold.
  bool isLarge;

  void operator()(int64_t first, int64_t rows) const;
};
} // namespace

/// Copies; what `isLarge` past the caches: nothing reads it soon, and lines
/// that are written as a whole need not be read before.
static void writeRow(float *to, const float *from, int64_t count,
                     bool isLarge) {
#ifdef __SSE2__
  constexpr int64_t step = 4;
  if (isLarge && llvm::isAddrAligned(llvm::Align(16), to) &&
      count % step == 0) {
    for (int64_t i = 0; i != count; i += step)
      _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
    return;
  }
#endif
  std::copy_n(from, count, to);
}

/// Turns the rows of the results from `first` on.
void Turn::operator()(int64_t first, int64_t rows) const {
  auto length = int64_t(places.size());
  float block[maxColumns][maxRows];
  for (int64_t start = 0; start < length; start += maxColumns) {
    int64_t columns = std::min(maxColumns, length - start);
    int64_t row = 0;
    // Whole blocks have loops of known lengths.
    for (; columns == maxColumns && row + 4 <= rows; row += 4) {
      float lines[4][maxColumns];
      for (int64_t i = 0; i != 4; ++i)
        std::memcpy(lines[i],
                    from + ((first + row + i) * length + start) *
                               int64_t(sizeof(float)),
                    sizeof(lines[i]));
      for (int64_t column = 0; column != maxColumns; ++column)
        for (int64_t i = 0; i != 4; ++i)
          block[column][row + i] = lines[i][column] * factor;
    }
    for (; row != rows; ++row) {
      float line[maxColumns];
      std::memcpy(line,
                  from +
                      ((first + row) * length + start) * int64_t(sizeof(float)),
                  size_t(columns) * sizeof(float));
      for (int64_t column = 0; column != columns; ++column)
        block[column][row] = line[column] * factor;
    }
    for (int64_t column = 0; column != columns; ++column)
      writeRow(to + places[size_t(start + column)] * results + first,
               block[column], rows, isLarge);
  }
#ifdef __SSE2__
  // Before other threads are told that it is done.
  _mm_sfence();
#endif
}

ElementsAttr makeTurnedKernel(RankedTensorType type, StringRef name,
                              const Bytes &floats, ArrayRef<int64_t> places,
                              float factor) {
  int64_t results = type.getShape().back();
  std::shared_ptr<float> to = allocate(type.getNumElements());
  bool isLarge = floats.size >= size_t(1) << 23;
  Turn turn{floats.data, to.get(), results, places, factor, isLarge};
  size_t rowBytes = places.size() * sizeof(float);
  auto turnBlock = [&](size_t index) {
    int64_t first = int64_t(index) * maxRows;
    int64_t rows = std::min(maxRows, results - first);
    turn(first, rows);
    releasePages(
        floats.slice(size_t(first) * rowBytes, size_t(rows) * rowBytes));
  };
  auto count = size_t(llvm::divideCeil(results, maxRows));
  // Threads are worth it for what takes milliseconds.
  if (!isLarge)
    for (size_t i = 0; i != count; ++i)
      turnBlock(i);
  else
    parallelFor(type.getContext(), 0, count, turnBlock);
  return makeKernel(type, name, std::move(to));
}

ElementsAttr makeOrderedKernel(RankedTensorType type, StringRef name,
                               const Bytes &floats, ArrayRef<int64_t> order,
                               float factor) {
  int64_t results = type.getShape().back();
  size_t bytes = size_t(results) * sizeof(float);
  std::shared_ptr<float> to = allocate(type.getNumElements());
  float *row = to.get();
  for (int64_t from : order) {
    std::memcpy(row, floats.data + size_t(from) * bytes, bytes);
    // Rows are given back one by one only where they are long; the others when
    // all have been read.
    releasePages(floats.slice(size_t(from) * bytes, bytes));
    for (int64_t i = 0; i != results && factor != 1.0f; ++i)
      row[i] *= factor;
    row += results;
  }
  releasePages(floats);
  return makeKernel(type, name, std::move(to));
}

} // namespace qml
