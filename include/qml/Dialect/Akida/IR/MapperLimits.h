//===- MapperLimits.h - What fits onto a chip -------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The engine computes more in software than its mapper brings onto a chip. What
// the mapper takes is a table, too: each row limits a number of a layer, under
// conditions on other numbers of it. A model that breaks such a limit is right;
// layers of it run in software.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_AKIDA_IR_MAPPERLIMITS_H
#define QML_DIALECT_AKIDA_IR_MAPPERLIMITS_H

#include "qml/Dialect/Akida/IR/Limits.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <utility>

namespace qml {
namespace akida {

/// Numbers of a layer that the mapper looks at. Enumerations stand as their
/// numbers, types of layers as their kinds. A layer may have several numbers of
/// a measure: one for each axis, or for each input.
enum class Measure : uint8_t {
  None,
  // Windows.
  Kernel,
  KernelDifference,
  Stride,
  StrideDifference,
  Padding,
  Pool,
  PoolSize,
  PoolStride,
  PoolOverlap,
  PoolDifference,
  PooledExtent,
  AveragedCells,
  AveragedHeight,
  AveragedWidth,
  AveragedBytes,
  // Bits.
  Activation,
  InputBits,
  WeightBits,
  OutputBits,
  // Extents.
  Height,
  Width,
  Channels,
  Filters,
  Inputs,
  RowValues,
  ResultWidth,
  QueuedValues,
  SplitRest,
  // What meets.
  Position,
  Users,
  NextLayer,
  InputLayer,
  DistinctInputs,
  ConvolutionUsers,
  LoneBranches,
  MergesInModel,
  // Values of variables.
  InputShift,
  OutputScale,
  OutputShift,
  SumShift,
  TableEntry,
  LargestWeight,
  Threshold,
  ActivationStep,
};

/// Where a layer stands: whether no layer of the chip reads its result.
enum class Position : uint8_t { Inner, Last };

/// What a layer's `NextLayer` is if there is none.
constexpr int64_t noLayer = 0;

struct Condition {
  Measure measure = Measure::None;
  Allowed allowed;
};

struct MapperLimit {
  Versions versions;
  /// Bit n: layers of kind n.
  uint32_t kinds;
  Measure measure;
  /// What is allowed if all conditions hold.
  Allowed allowed;
  /// What a user can change; may be empty.
  llvm::StringLiteral advice = "";
  Condition conditions[3] = {};

  bool isFor(Version version, LayerKind kind) const {
    return versions & static_cast<uint8_t>(version) &&
           kinds >> static_cast<uint8_t>(kind) & 1;
  }
};

llvm::ArrayRef<MapperLimit> getMapperLimits();

/// The source of all of them in tables and reports; reports of them have it as
/// their metadata.
constexpr llvm::StringLiteral mapperSource = "mapper";

/// The numbers of one layer.
class Measures {
public:
  void add(Measure measure, int64_t value) {
    values.emplace_back(measure, value);
  }
  /// The first one; none if the layer has none.
  std::optional<int64_t> find(Measure measure) const;
  /// What breaks a limit, if its conditions hold and something does.
  std::optional<int64_t> findOutside(const MapperLimit &limit) const;

private:
  llvm::SmallVector<std::pair<Measure, int64_t>> values;
};

/// "stride 3 with kernel 5; the mapper takes 1 or 2".
std::string describeMapperLimit(const MapperLimit &limit,
                                const Measures &measures, int64_t found);

/// Adds the rows to the table as Markdown.
void printMapperLimits(llvm::raw_ostream &os);

} // namespace akida
} // namespace qml

#endif // QML_DIALECT_AKIDA_IR_MAPPERLIMITS_H
