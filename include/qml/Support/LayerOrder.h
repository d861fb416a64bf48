//===- LayerOrder.h - The order of a network's layers -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keras's functional models list their layers by the longest distance to an
// output, farthest first; equal ones in the order in which a depth-first walk
// from the outputs meets them. The reference applies its parameters in this
// order.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_LAYERORDER_H
#define QML_SUPPORT_LAYERORDER_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace qml {

struct LayerOrder {
  /// The layers that an output depends on, inputs before their users.
  std::vector<size_t> layers;
  /// A layer that depends on itself, if there is one; then `layers` is empty.
  std::optional<size_t> circle;
};

/// Orders layers 0 to `count` - 1. `getInputs(layer)` is a list of the layers
/// that one takes its inputs from, in the order of its arguments.
template <typename Outputs, typename GetInputs>
LayerOrder orderLayers(size_t count, const Outputs &outputs,
                       GetInputs &&getInputs) {
  enum State : uint8_t { New, Open, Done };
  std::vector<State> states(count, New);
  std::vector<size_t> met(count, 0), finished;
  struct Step {
    size_t layer;
    size_t nextInput;
  };
  // An explicit stack, since networks can be thousands of layers deep.
  std::vector<Step> stack;
  size_t numMet = 0;
  auto enter = [&](size_t layer) {
    states[layer] = Open;
    met[layer] = numMet++;
    stack.push_back({layer, 0});
  };
  for (size_t output : outputs) {
    if (states[output] == New)
      enter(output);
    while (!stack.empty()) {
      Step &step = stack.back();
      const auto &inputs = getInputs(step.layer);
      if (step.nextInput == inputs.size()) {
        states[step.layer] = Done;
        finished.push_back(step.layer);
        stack.pop_back();
        continue;
      }
      size_t input = inputs[step.nextInput++];
      if (states[input] == Open)
        return {{}, input};
      if (states[input] == New)
        enter(input);
    }
  }

  std::vector<size_t> depths(count, 0);
  for (auto layer = finished.rbegin(); layer != finished.rend(); ++layer)
    for (size_t input : getInputs(*layer))
      depths[input] = std::max(depths[input], depths[*layer] + 1);
  std::sort(finished.begin(), finished.end(), [&](size_t a, size_t b) {
    return depths[a] != depths[b] ? depths[a] > depths[b] : met[a] < met[b];
  });
  return {std::move(finished), std::nullopt};
}

} // namespace qml

#endif // QML_SUPPORT_LAYERORDER_H
