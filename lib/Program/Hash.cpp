//===- Hash.cpp - Tells programs and their weights apart ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Program/Hash.h"

#include "qml/Program/Kinds.h"

namespace qml {

void ProgramHash::add(const Constant &constant) {
  addForm(constant.type, constant.shape, bool(constant));
  if (constant)
    weightHash.add(constant.data,
                   size_t(numElements(constant.shape)) * sizeOf(constant.type));
}

void ProgramHash::add(const Window &window) {
  addForm(window.kernel, window.strides, window.dilations, window.padBegin,
          window.padEnd);
}

void ProgramHash::add(const AccumulatorRules &rules) {
  addForm(rules.bufferBits, rules.inputShift, rules.biasBits,
          rules.saturatesOnce, rules.boundsInput, rules.wrapsAround);
}

ProgramHash::ProgramHash(const Program &program) {
  addForm(program.arithmetic);
  for (const Tensor &tensor : program.tensors) {
    addForm(tensor.type, tensor.shape, tensor.fixed.has_value());
    if (tensor.fixed)
      addForm(tensor.fixed->valueBits, tensor.fixed->fracBits,
              tensor.fixed->scales);
  }
  for (const Input &input : program.inputs)
    addForm(input.tensor, input.name, input.channelsFirst, input.hasFrames);
  for (const Operation &operation : program.operations) {
    addForm(operation.kind.index(), operation.layer, operation.inputs,
            operation.output);
    kindOf(operation).addTo(*this, operation);
  }
  for (const Output &output : program.outputs)
    addForm(output.tensor, output.layer);
  for (const State &state : program.states)
    addForm(state.before, state.after);
  for (const RangeRequest &range : program.ranges)
    addForm(range.tensor, range.layer, range.perAxis, range.minMax);
}

} // namespace qml
