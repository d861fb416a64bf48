# ===- drawn_network.py - What random layers are drawn with --------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""A network that draws numbers: weights, choices, and what fits."""

import math
import random

from float_network import Network, dense

# Values of a sample that a layer gives, at most: seeds should take no time.
MOST = 3000
FUNCTIONS = ("gelu", "gelu_tanh", "swish", "hard_silu", "leaky_relu", "sigmoid",
             "hard_sigmoid", "hard_sigmoid_6", "tanh", "elu", "selu",
             "softplus", "softsign", "mish")


class Drawn(Network):
    """A network, and what draws it."""

    def __init__(self, seed):
        super().__init__()
        self.rng = random.Random(seed)
        self.pick = self.rng.choice

    def chance(self, probability):
        """Whether something happens."""
        return self.rng.random() < probability

    def number(self, first, last):
        """An integer, both ends included."""
        return self.rng.randint(first, last)

    def normal(self, count, mean=0.0, deviation=1.0):
        """Numbers about a mean."""
        return [self.rng.gauss(mean, deviation) for _ in range(count)]

    def weights(self, shape, fan_in, channel_axis=-1):
        """A kernel: gains of usual and of unusual output channels."""
        count = math.prod(shape)
        values = self.normal(count, 0, 1 / math.sqrt(fan_in))
        channels = shape[channel_axis]
        inner = math.prod(shape[channel_axis:][1:]) if channel_axis != -1 else 1
        gains = [self.rng.uniform(.5, 1.6) for _ in range(channels)]
        if self.chance(.08):
            gains[self.number(0, channels - 1)] = 0.0
        if self.chance(.03):
            gains = [gain * self.pick((1e-3, 20)) for gain in gains]
        return dense([value * gains[i // inner % channels]
                      for i, value in enumerate(values)], shape)

    def bias(self, channels, probability=.6):
        """A bias, or none."""
        if not self.chance(probability):
            return ""
        return f" bias = {dense(self.normal(channels, 0, .3), (channels,))}"

    def activation(self, probability=.3):
        """What a layer with weights carries."""
        if not self.chance(probability):
            return ""
        return f" activation = {self.pick(('relu', 'relu') + FUNCTIONS)}"

    def fits(self, shape):
        """Whether a result is neither empty nor too large."""
        return min(shape) >= 1 and math.prod(shape) <= MOST
