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
// with what the float layer gives, the targets. Inputs are codes, and targets
// become integers of 16 bits, whose step follows from the largest of each
// channel: so all sums are exact, and merge by adding up words of 64 bits. The
// bits are the same for any number of threads and processes, whatever each of
// them takes, and on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef QML_RECOVERY_MOMENTS_H
#define QML_RECOVERY_MOMENTS_H

#include "qml/Program/Program.h"
#include "qml/Support/Result.h"

#include <cmath>
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

/// The largest magnitude among the targets of each channel, as keys of
/// qml/Calibration/RangeMath.h: they merge by maximum, and outlast it where
/// there is NaN or infinity. They begin with 0, which is the key of no target.
void findLargest(const float *targets, int64_t cells, int64_t outputs,
                 int32_t *keys);

/// The targets up to the largest are integers of 16 bits times 2 to this.
int findExponent(int32_t largestKey);

/// Input k of a block is tap k / channels of channel k % channels; of a
/// depthwise block it is tap k. The layout of kernels is the same.
class Moments {
public:
  Moments() = default;
  /// Without `products`, only the means of the inputs. `exponents`: of each
  /// output, see findExponent.
  Moments(const ProductGeometry &geometry, bool withProducts,
          std::vector<int> exponents = {});

  int64_t blocks = 1, inputs = 0, outputs = 0;
  bool hasProducts = false;

  /// Cells of results.
  int64_t count() const { return list.empty() ? 0 : number(0); }
  /// Of codes.
  int64_t inputSum(int64_t block, int64_t input) const {
    return number(1 + block * inputs + input);
  }
  /// Of codes; `other` is not above `input`.
  int64_t product(int64_t block, int64_t input, int64_t other) const {
    return number(productsAt + (block * inputs + input) * inputs + other);
  }
  /// Of a code and a target.
  double cross(int64_t block, int64_t input, int64_t output) const {
    return real(crossAt + (block * inputs + input) * outputs + output,
                block * outputs + output);
  }
  /// Of targets.
  double outputSum(int64_t block, int64_t output) const {
    return real(outputsAt + block * outputs + output, block * outputs + output);
  }
  /// Of all outputs.
  std::vector<double> outputSums() const;

  /// Adds those of other samples, of the same layer and exponents. Associative
  /// and commutative. Fails if there are too many cells.
  Status merge(const Moments &other);
  /// Whether there are no more cells than sums have room for.
  Status checkCount() const;
  /// Codes and targets have magnitudes up to 2^15, sums below 2^63.
  int64_t mostCells() const { return int64_t(1) << (hasProducts ? 32 : 47); }

  /// The state: it merges by adding up words, which wrap.
  std::vector<uint64_t> &words() { return list; }
  const std::vector<uint64_t> &words() const { return list; }

private:
  friend class MomentCollector;
  int64_t number(int64_t at) const { return int64_t(list[size_t(at)]); }
  double real(int64_t at, int64_t output) const {
    return std::ldexp(double(number(at)), exponents[size_t(output)]);
  }
  int64_t *wordsAt(int64_t at) {
    return reinterpret_cast<int64_t *>(list.data()) + at;
  }

  std::vector<int> exponents;
  int64_t outputsAt = 0, productsAt = 0, crossAt = 0;
  /// The number of cells; sums of inputs (blocks, inputs); with products those
  /// of outputs (blocks, outputs), products (blocks, inputs, inputs), of which
  /// the lower half is used, and products of inputs and outputs.
  std::vector<uint64_t> list;
};

class MomentCollector {
public:
  /// Without `products`, only the means of the inputs, of all cells. With them,
  /// of each `step`-th cell alone: neighbours say much the same; and targets
  /// have steps of 2 to these exponents, by output.
  MomentCollector(ProductGeometry geometry, bool withProducts, int threads,
                  int64_t step = 1, std::vector<int> exponents = {});

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

  const Moments &get() const { return moments; }
  Moments &get() { return moments; }
  int64_t getStep() const { return step; }

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
  void addTargets(const Chunk &chunk, int64_t firstRow);
  void addOutputs(const Chunk &chunk);
  void addDepthwise(const Chunk &chunk, int64_t group);

  ProductGeometry geometry;
  int threads;
  int64_t step;
  Moments moments;
  /// One over the steps of targets.
  std::vector<float> factors;
  /// Of `add`, which is not called from several threads: copies share it, since
  /// fresh memory costs the system more time than what is written into it.
  std::shared_ptr<Scratch> scratch;
};

} // namespace qml

#endif // QML_RECOVERY_MOMENTS_H
