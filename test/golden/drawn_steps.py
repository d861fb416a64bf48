# ===- drawn_steps.py - Random networks on sequences with a state -----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Networks of random_networks.py whose samples are sequences of steps: states that go from step to
step, between projections that mix channels."""
import numpy as np
from drawn_layers import chance, draw_relu, pick
from quantizeml import layers as quantizeml_layers


def draw_projection(net, x, subsamples=True):
    """A dense layer of each step, or of each second or third one."""
    steps = x.shape[1]
    subsample = pick(net, [1, 1, 2, 3]) if subsamples else 1
    if steps % subsample or steps // subsample < 2:
        subsample = 1
    if subsample > 1:
        net.features.add(f"subsample{subsample}")
    return net.add(quantizeml_layers.StatefulProjection, x, units=pick(net, [1, 2, 3, 4, 6]),
                   use_bias=chance(net, .5), subsample=subsample)


def draw_state(net, x):
    """A state for each channel, of which one part is read."""
    x = net.add(quantizeml_layers.StatefulRecurrent, x)
    return net.add(quantizeml_layers.ExtractToken, x, token=pick(net, [0, 0, 1]), axis=-1)


def draw_steps(net, x, size):
    """Blocks of a projection, a state, a projection and perhaps a ReLU."""
    x = draw_projection(net, x, subsamples=False)
    while True:
        x = draw_projection(net, draw_state(net, x))
        if len(net.steps) >= size:
            return x
        if chance(net, .7):
            x = draw_relu(net, x)
        # A state is made of channels that were mixed.
        x = draw_projection(net, x)


def state_weights(rng, channels):
    """Real and imaginary parts of what a state is multiplied with at each step; it fades."""
    length = rng.uniform(.3, .98, channels)
    angle = rng.uniform(-np.pi, np.pi, channels)
    return [length * np.cos(angle), length * np.sin(angle)]
