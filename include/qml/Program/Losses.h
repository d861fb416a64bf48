//===- Losses.h - Where integers are cut ------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an integer program is known to lose before a sample runs: values that
// the calibration saw (Program::observed) are followed through the program,
// channel by channel, and held against the bits that have to take them.
//
// Only what is certain is a loss, or likely where one range stands for many
// channels. Bounds by interval arithmetic say what a sum can't exceed; they
// prove that nothing is lost, never that something is.
//
//===----------------------------------------------------------------------===//

#ifndef QML_PROGRAM_LOSSES_H
#define QML_PROGRAM_LOSSES_H

#include "qml/Program/ValueRanges.h"

#include <string>
#include <vector>

namespace qml {

enum class LossKind : uint8_t {
  Input,     ///< values of the network's input leave their quantizer's range
  Alignment, ///< codes leave their bits where binary points are aligned
  Sum,       ///< values leave the accumulator
  Product,   ///< sums times the output scale leave the buffer of products
  Output,    ///< results leave the bits of the output quantizer
  Sign,      ///< negative values become 0
  Precision, ///< values of a whole tensor use a small part of the codes
  Constant,  ///< a bias or padding value leaves the accumulator
};

struct Loss {
  std::string layer;
  LossKind kind;
  /// That lose something, and all of them.
  int64_t channels = 0;
  int64_t ofChannels = 0;
  /// The largest of values is so many times what fits. Precision: the largest
  /// code that occurs. 0 if nothing is known of its size.
  double factor = 0;
  /// Value bits of what is too narrow.
  int bits = 0;
  /// Alignment: how far the binary points are apart.
  int spread = 0;
  /// Constant: "bias" or "padding value".
  const char *constant = "";
};

/// Losses of constants, then of operations in their order. A layer has at most
/// one of a kind; those after its first one mostly follow from it.
std::vector<Loss> findLosses(const Program &program);

//===----------------------------------------------------------------------===//
// For the answers of kinds (KindInfo::reach)
//===----------------------------------------------------------------------===//

/// What the values of one channel come to, before they are cut.
struct Bounds {
  /// Which bounds some sample of the calibration comes to; others are only what
  /// can't be exceeded.
  enum Side : uint8_t { None, Upper, Either, Both };

  double lower = 0;
  double upper = 0;
  Side reached = None;
};

/// What the values of a tensor come to.
struct Reach {
  /// One per channel of the last axis.
  std::vector<Bounds> channels;
  /// Only one of the channels that are `reached` is, nobody knows which.
  bool isOneOf = false;
};

/// An operation whose inputs' reach is known.
class ReachQuery {
public:
  ReachQuery(const Program &program, const Operation &operation,
             const std::vector<const Reach *> &inputs, const Observed *seen,
             std::vector<Loss> &losses)
      : program(program), operation(operation), inputs(inputs), seen(seen),
        losses(losses) {}

  const Program &program;
  const Operation &operation;
  /// Of its operands.
  const std::vector<const Reach *> &inputs;
  /// What the calibration saw of the result; null for nothing.
  const Observed *seen;

  const Tensor &tensorOf(int index) const { return program.tensors[index]; }
  const Tensor &result() const { return tensorOf(operation.output); }
  IntegerRange rangeOf(int bits) const {
    return integerRange(bits, program.arithmetic);
  }

  /// An input shifted left, channel by channel, within `bounds`; reports what
  /// leaves them.
  Reach align(const Reach &input, const std::vector<int32_t> &shift,
              IntegerRange bounds, int bits);

  /// What is known of the result by what was seen of it, and by what it can't
  /// leave.
  Reach recall(const Reach &possible) const;

  /// The result as sums that can't leave `sums`, within `bounds`.
  Reach accumulate(const Reach &sums, IntegerRange bounds, int bits);

  /// Reports values that are reached and leave `bounds`, and cuts them.
  Reach cut(LossKind kind, Reach values, IntegerRange bounds, int bits,
            int spread = 0);

  /// Reports codes of `bits` value bits that use less than an eighth of them:
  /// three bits are lost.
  void checkPrecision(const Reach &codes, int bits);

  void report(Loss loss);

private:
  std::vector<Loss> &losses;
};

} // namespace qml

#endif // QML_PROGRAM_LOSSES_H
