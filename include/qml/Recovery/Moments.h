//===- Moments.h - What layers multiply, summed up --------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sums over samples from which the weights of a layer can be chosen anew: of
// its inputs' codes, of their products with each other, and of their products
// with what the float layer gives. Inputs are codes: sums of theirs alone are
// exact, in any order. Sums with floats are taken in an order of their own, so
// that the bits are the same for any number of threads, and on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef QML_RECOVERY_MOMENTS_H
#define QML_RECOVERY_MOMENTS_H

#include "qml/Program/Program.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace qml {

/// How a layer multiplies: windows over an image. A dense layer is a window of
/// one cell.
struct ProductGeometry {
  Window window;
  int64_t height = 1, width = 1, channels = 1;
  int64_t outHeight = 1, outWidth = 1, outputs = 1;
  /// Each channel has a kernel of its own.
  bool depthwise = false;
  /// What padded cells hold: none, one, or one per channel.
  std::vector<int32_t> padding;

  int64_t taps() const { return window.kernel[0] * window.kernel[1]; }
  /// Of each of the blocks: one, or one for each channel.
  int64_t numInputs() const { return taps() * (depthwise ? 1 : channels); }
  int64_t numBlocks() const { return depthwise ? channels : 1; }
  int64_t blockOutputs() const { return depthwise ? 1 : outputs; }
  int64_t cells() const { return outHeight * outWidth; }
};

/// Input k of a block is tap k / channels of channel k % channels; of a
/// depthwise block it is tap k. The layout of kernels is the same.
struct Moments {
  int64_t blocks = 1, inputs = 0, outputs = 0;
  /// Cells of results.
  int64_t count = 0;
  std::vector<double> inputSums;  ///< blocks x inputs, of codes
  std::vector<double> products;   ///< blocks x inputs x inputs, of codes
  std::vector<double> cross;      ///< blocks x inputs x outputs
  std::vector<double> outputSums; ///< blocks x outputs

  /// Adds those of other samples, of the same layer.
  void add(const Moments &other);
};

class MomentCollector {
public:
  /// Without `products`, only the means of the inputs, of all cells. With them,
  /// of each `step`-th cell alone: neighbours say much the same.
  MomentCollector(ProductGeometry geometry, bool withProducts, int threads,
                  int64_t step = 1);

  /// Bytes of the sums, and the step with which there are enough cells for the
  /// inputs of a layer.
  static double bytesOf(const ProductGeometry &geometry);
  static int64_t stepFor(const ProductGeometry &geometry, int64_t samples);

  /// Adds samples: `codes` (sample, height, width, channels), which fit into 16
  /// bits; `targets` (cell, outputs), of the float layer, of each `step`-th
  /// cell of these samples; null without products.
  void add(const int16_t *codes, const float *targets, int64_t samples);

  /// The same in the type that codes have; false if it has more than 16 bits.
  bool add(const void *codes, ElementType type, const float *targets,
           int64_t samples);

  /// How many cells of some samples are taken.
  static int64_t cellsOf(const ProductGeometry &geometry, int64_t samples,
                         int64_t step) {
    return (samples * geometry.cells() + step - 1) / step;
  }

  /// The sums of the float layer's results, where there are no products.
  void setOutputSums(std::vector<double> sums) {
    moments.outputSums = std::move(sums);
  }

  const Moments &get() const { return moments; }

private:
  struct Chunk;
  struct Scratch;
  struct Cell;
  template <typename T>
  void addMeansOf(const T *codes, int64_t samples);
  template <typename T>
  void addProductsOf(const T *codes, const float *targets, int64_t samples);
  Cell findCell(int64_t index) const;
  template <typename T>
  const T *findSource(const T *codes, const Cell &cell, int64_t tap,
                      const T *border) const;
  template <typename T>
  void gather(const T *codes, int64_t cell, int64_t count, const T *border,
              int16_t *patches) const;
  template <typename T>
  void gatherPairs(const T *codes, int64_t cell, int64_t count, const T *border,
                   int16_t *patches) const;
  int64_t patchSize() const;
  void addChunk(const Chunk &chunk, int64_t firstRow, int64_t lastRow);
  void addDepthwise(const Chunk &chunk, int64_t group);

  ProductGeometry geometry;
  bool withProducts;
  int threads;
  int64_t step;
  Moments moments;
  /// Of `add`, which is not called from several threads: copies share it, since
  /// fresh memory costs the system more time than what is written into it.
  std::shared_ptr<Scratch> scratch;
};

} // namespace qml

#endif // QML_RECOVERY_MOMENTS_H
