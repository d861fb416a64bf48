//===- Losses.cpp - What the chip cuts and the network did not ------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A network that follows the reference's rules has wider buffers than the chip.
// The analysis that looked for losses when it was quantized looks at the model
// for the hardware, with what the calibration saw before each quantizer.
//
//===----------------------------------------------------------------------===//

#include "Groups.h"

#include "qml/Dialect/QML/IR/Flattening.h"
#include "qml/Target/Program/Flatten.h"
#include "qml/Transforms/Losses.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace qml {
namespace conversion {

/// What was seen of the input of a quantizer, by its owner's name.
static llvm::StringMap<Observed> findSeen(const Program &program) {
  DenseMap<int, const Observed *> byTensor;
  for (const Observed &observed : program.observed)
    byTensor[observed.tensor] = &observed;
  llvm::StringMap<Observed> seen;
  for (const Operation &operation : program.operations)
    if (operation.as<OutputQuantizer>() || operation.as<InputQuantizer>())
      if (const Observed *observed = byTensor.lookup(operation.inputs.front()))
        seen[operation.layer] = *observed;
  return seen;
}

/// Notes it in the program of the hardware's model, whose sums are the same.
static void addSeen(Program &chip, ArrayRef<HardwareGroup> groups,
                    const llvm::StringMap<Observed> &seen) {
  // The owners of a hardware layer's quantizers, in their order.
  llvm::StringMap<SmallVector<StringRef, 2>> owners;
  for (const HardwareGroup &group : groups) {
    StringRef main = LayerOpInterface(group.main).getLayerName();
    // Of the inputs of a recurrence nothing is known.
    if (group.recurrent)
      owners[main].push_back("");
    for (OutputQuantizerOp quantizer : {group.code, group.quantizer})
      if (quantizer)
        owners[main].push_back(getOwnerName(quantizer));
    if (owners[main].empty())
      owners[main].push_back(main);
  }
  llvm::StringMap<size_t> numMet;
  for (const Operation &operation : chip.operations) {
    if (!operation.as<OutputQuantizer>() && !operation.as<InputQuantizer>())
      continue;
    const SmallVector<StringRef, 2> quantizers = owners.lookup(operation.layer);
    size_t index = numMet[operation.layer]++;
    if (index >= quantizers.size())
      continue;
    auto found = seen.find(quantizers[index]);
    if (found == seen.end())
      continue;
    Observed observed = found->second;
    observed.tensor = operation.inputs.front();
    // 1.0 and joined layers have sums of other shapes.
    if (int64_t(observed.upper.size()) ==
        numChannels(chip.tensors[observed.tensor]))
      chip.observed.push_back(std::move(observed));
  }
}

LogicalResult reportChipLosses(func::FuncOp network,
                               ArrayRef<HardwareGroup> groups,
                               akida::ModelOp model) {
  Program program;
  ConstantStorage storage;
  if (failed(NetworkFlattener(network, program, storage).run()))
    return failure();
  llvm::StringSet<> known;
  for (const Loss &loss : findLosses(program))
    known.insert(loss.layer);
  FlatNetwork chip = flattenModel(model);
  addSeen(chip.program, groups, findSeen(program));

  llvm::StringMap<const HardwareGroup *> byName;
  for (const HardwareGroup &group : groups)
    byName[LayerOpInterface(group.main).getLayerName()] = &group;
  for (const Loss &loss : findLosses(chip.program)) {
    const HardwareGroup *group = byName.lookup(loss.layer);
    auto isKnown = [&](mlir::Operation *member) {
      return known.contains(getOwnerName(member));
    };
    // Limits speak of results without a sign.
    if (loss.kind == LossKind::Sign || !group || isKnown(group->main) ||
        llvm::any_of(group->members, isKnown))
      continue;
    LayerOpInterface(group->main)->emitWarning()
        << "layer '" << loss.layer << "': on the chip " << describe(loss)
        << "; quantize the network with --target, for the chip's rules";
  }
  return success();
}

} // namespace conversion
} // namespace qml
