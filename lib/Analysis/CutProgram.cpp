//===- CutProgram.cpp - Parts of programs as programs ---------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Analysis/CutProgram.h"

#include <algorithm>
#include <utility>

namespace qml {

CutProgram cutProgram(const Program &whole, const std::vector<int> &given,
                      const std::vector<int> &wanted) {
  size_t numTensors = whole.tensors.size();
  std::vector<char> isGiven(numTensors, false), isNeeded(numTensors, false);
  for (int tensor : given)
    isGiven[tensor] = true;
  for (int tensor : wanted)
    isNeeded[tensor] = true;

  // From the end on: what is computed, and what is read from outside. What a
  // sample leaves for the next is computed after it is read.
  std::vector<char> isRead(numTensors, false);
  std::vector<const Operation *> operations;
  std::vector<State> states;
  for (bool again = true; again;) {
    again = false;
    operations.clear();
    states.clear();
    for (auto op = whole.operations.rbegin(); op != whole.operations.rend();
         ++op) {
      if (!isNeeded[op->output])
        continue;
      operations.push_back(&*op);
      for (int input : op->inputs)
        (isGiven[input] ? isRead : isNeeded)[input] = true;
    }
    for (const State &state : whole.states)
      if (isNeeded[state.before]) {
        states.push_back(state);
        again |= !std::exchange(isNeeded[state.after], true);
      }
  }
  std::reverse(operations.begin(), operations.end());

  // Tensors are numbered anew: those that are not used would be in the way of
  // who checks that each is computed.
  CutProgram cut;
  Program &program = cut.program;
  program.name = whole.name;
  program.arithmetic = whole.arithmetic;
  std::vector<int> computed(numTensors, -1), read(numTensors, -1);
  auto addInput = [&](int tensor) {
    read[tensor] = program.tensors.size();
    program.inputs.push_back({read[tensor], std::to_string(tensor)});
    program.tensors.push_back(whole.tensors[tensor]);
    cut.sources.push_back(tensor);
  };
  for (const Input &input : whole.inputs)
    if (isNeeded[input.tensor] && !isGiven[input.tensor])
      addInput(input.tensor);
  for (size_t tensor = 0; tensor != numTensors; ++tensor)
    if (isRead[tensor])
      addInput(tensor);
  for (const State &state : states) {
    computed[state.before] = program.tensors.size();
    program.tensors.push_back(whole.tensors[state.before]);
  }
  for (const Operation *op : operations) {
    Operation copy = *op;
    for (int &input : copy.inputs)
      input = read[input] >= 0 ? read[input] : computed[input];
    computed[op->output] = program.tensors.size();
    copy.output = computed[op->output];
    program.tensors.push_back(whole.tensors[op->output]);
    program.operations.push_back(std::move(copy));
  }
  for (const State &state : states)
    program.states.push_back({computed[state.before], computed[state.after]});
  for (int tensor : wanted)
    program.outputs.push_back({computed[tensor], std::to_string(tensor)});
  return cut;
}

} // namespace qml
