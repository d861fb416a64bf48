# ===- drawn_network.py - A random network, built layer by layer ----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""The network that random_networks.py draws: layers, their weights, and the Keras models that can
be made of them."""
import collections

import numpy as np
import tf_keras as keras
from drawn_steps import state_weights
from quantizeml.layers import DepthwiseConv2DTranspose, StatefulRecurrent

layers = keras.layers


class Network:
    """A float model that is built layer by layer, with random weights."""

    def __init__(self, rng, shape, dtype, batch=None):
        self.rng = rng
        self.counts = collections.Counter()
        # Layers with a state know how many sequences there are.
        self.image = layers.Input(shape, batch_size=batch, dtype=dtype, name="image")
        self.steps = []  # (layer, [input tensors], output tensor), in order
        self.features = set()
        self.cut = None  # see runs()

    def add(self, layer_type, inputs, **arguments):
        """Adds a layer after the tensor (or list of tensors) `inputs`; returns its output."""
        stem = layer_type.__name__.lower().replace("2d", "").replace("normalization", "norm")
        self.counts[stem] += 1
        layer = layer_type(name=f"{stem}_{self.counts[stem]}", **arguments)
        output = layer(inputs)
        self.steps.append((layer, inputs if isinstance(inputs, list) else [inputs], output))
        self.features.add(stem)
        self.fill(layer)
        return output

    def fill(self, layer):
        """Gives the layer random weights: usual sizes, with some unusual channels."""
        if isinstance(layer, layers.BatchNormalization):
            values = self.norm_weights(layer)
        elif isinstance(layer, layers.PReLU):
            # The reference takes one slope for all channels.
            values = [np.full(layer.alpha.shape, self.rng.choice([.1, .25, .5]))]
        elif isinstance(layer, StatefulRecurrent):
            values = state_weights(self.rng, layer.A_real.shape[0])
        elif layer.weights:
            values = self.kernel_weights(layer)
        else:
            return
        layer.set_weights([np.asarray(value, np.float32) for value in values])

    def norm_weights(self, layer):
        """Scales, offsets, means and variances of a norm."""
        rng = self.rng
        count = layer.gamma.shape[0]
        gamma = rng.uniform(.5, 1.5, count)
        if rng.random() < .15:
            gamma *= rng.choice([-1, 1], count)
        return [gamma, rng.normal(0, .3, count), rng.normal(0, .3, count),
                rng.uniform(.3, 2, count)]

    def kernel_weights(self, layer):
        """The kernel, or the two kernels, of a layer, and its bias."""
        rng = self.rng
        # Of a separable convolution the kernel that makes the channels.
        *others, kernel = [weight for weight in layer.get_weights() if weight.ndim > 1]
        is_depthwise = isinstance(layer, (layers.DepthwiseConv2D, DepthwiseConv2DTranspose))
        is_transposed = isinstance(layer, layers.Conv2DTranspose)  # (h, w, out, in)
        channel_axis = 2 if is_depthwise or is_transposed else kernel.ndim - 1
        fan_in = (np.prod(kernel.shape[:2]) if is_depthwise
                  else kernel.size / kernel.shape[channel_axis])
        channels = kernel.shape[channel_axis]
        gains = np.full(channels, rng.choice([.3, 1., 1.5, 1.5, 4.]))
        gains *= np.exp2(rng.normal(0, .5, channels))
        if rng.random() < .1:
            gains[rng.integers(channels)] = 0
            self.features.add("zero-channel")
        if rng.random() < .04:
            gains *= rng.choice([1e-4, 1e-2, 40])
            self.features.add("extreme-weights")
        if rng.random() < .02:
            gains *= 0  # a layer of zeros
            self.features.add("zero-layer")
        shape = [1] * kernel.ndim
        shape[channel_axis] = channels
        values = [rng.normal(0, 1 / np.sqrt(fan_in), kernel.shape) * gains.reshape(shape)]
        if rng.random() < .05:
            values[0].flat[rng.integers(kernel.size)] *= 20  # one weight that sets the scale
            self.features.add("outlier")
        values[:0] = [rng.normal(0, 1 / np.sqrt(np.prod(other.shape[:2])), other.shape)
                      for other in others]
        if layer.use_bias:
            bias = rng.normal(0, .2, channels)
            if rng.random() < .1:
                bias[rng.integers(channels)] = -30  # after a ReLU: a channel that is always 0
                self.features.add("dead-channel")
            if rng.random() < .05:
                bias *= 0
            values.append(bias)
        return values

    def consumers(self, tensor):
        """How many layers read the tensor."""
        return sum(any(tensor is other for other in inputs) for _, inputs, _ in self.steps)

    def is_chain(self):
        """Whether every layer reads the layer before it and nothing else."""
        previous = self.image
        for _, inputs, output in self.steps:
            if len(inputs) != 1 or inputs[0] is not previous:
                return False
            previous = output
        return True

    def model(self, outputs, form):
        """The Keras model in a form of 'functional', 'sequential' or 'nested'."""
        functional = keras.Model(self.image, outputs, name="network")
        if form == "functional":
            return functional
        weights = {layer.name: layer.get_weights() for layer, _, _ in self.steps}
        first = layers.InputLayer(self.image.shape[1:], dtype=self.image.dtype, name="image")
        if form == "sequential":
            copies = [clone(layer) for layer, _, _ in self.steps]
            model = keras.Sequential([first] + copies, name="network")
        elif self.is_chain():
            runs = self.runs()
            model = keras.Sequential([first] + [nested(run, i) for i, run in enumerate(runs)],
                                     name="network")
        else:
            image = layers.Input(self.image.shape[1:], dtype=self.image.dtype, name="image")
            copies = {id(self.image): image}
            for i, run in enumerate(self.runs()):
                inputs = [copies[id(tensor)] for tensor in run[0][1]]
                copies[id(run[-1][2])] = nested(run, i)(inputs[0] if len(inputs) == 1 else inputs)
            if isinstance(outputs, list):
                model = keras.Model(image, [copies[id(output)] for output in outputs],
                                    name="network")
            else:
                model = keras.Model(image, copies[id(outputs)], name="network")
        for layer in leaves(model):
            if layer.name in weights:
                layer.set_weights(weights[layer.name])
        return model

    def runs(self):
        """The layers cut into runs that can each be a nested Sequential, cut once."""
        if self.cut is not None:
            return self.cut
        runs = []
        previous = self.image
        for step in self.steps:
            _, inputs, _ = step
            continues = (runs and inputs[0] is previous and len(inputs) == 1
                         and self.consumers(previous) == 1 and len(runs[-1]) < 5
                         and not isinstance(step[0], layers.Rescaling)
                         and not isinstance(runs[-1][0][0], layers.Rescaling))
            if continues and self.rng.random() < .85:
                runs[-1].append(step)
            else:
                runs.append([step])
            previous = step[2]
        self.cut = runs
        return runs


def clone(layer):
    """A new layer of the same configuration."""
    return type(layer).from_config(layer.get_config())


def nested(run, index):
    """The layers of a run as one Sequential, a single one as it is."""
    copies = [clone(layer) for layer, _, _ in run]
    return copies[0] if len(copies) == 1 else keras.Sequential(copies, name=f"block_{index}")


def leaves(model):
    """All layers of a model, those of nested models too."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer
