#!/usr/bin/env python3
# ===- random_networks.py - Draw small networks for the reference ---------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws small float Keras networks with quantization parameters, runs the reference on them and
writes each as a case in the form of make_golden.py.

A seed always gives the same network. A draw is given up, and drawn again, when the reference
raises an error, leaves a layer in float, or when a sum of products could pass 2^24: beyond that
the reference, which adds integers in float32, is not exact itself.

Usage (in an environment made by scripts/reference):
  random_networks.py SEED... -o FOLDER          one case FOLDER/random_<seed> for each seed
  random_networks.py --range 0 40 -o FOLDER     the same for the seeds 0 to 39
  random_networks.py --separable SEED... -o F   FOLDER/separable_<seed>: separable convolutions, too
  random_networks.py --joined SEED... -o F      FOLDER/joined_<seed>: concatenations, too
"""
import argparse
import collections
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import make_golden
import tensorflow as tf
import tf_keras as keras

layers = keras.layers

MAX_DRAWS = 60
EXACT_LIMIT = 2**24


class Dropped(Exception):
    """A drawn network that is of no use; the message is the reason."""


class Network:
    """A float model that is built layer by layer, with random weights."""

    def __init__(self, rng, shape, dtype):
        self.rng = rng
        self.counts = collections.Counter()
        self.image = layers.Input(shape, dtype=dtype, name="image")
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
        self.fill(layer)
        return output

    def fill(self, layer):
        """Gives the layer random weights: usual sizes, with some unusual channels."""
        rng = self.rng
        if isinstance(layer, layers.BatchNormalization):
            count = layer.gamma.shape[0]
            gamma = rng.uniform(.5, 1.5, count)
            if rng.random() < .15:
                gamma *= rng.choice([-1, 1], count)
            values = [gamma, rng.normal(0, .3, count), rng.normal(0, .3, count),
                      rng.uniform(.3, 2, count)]
        elif layer.weights:
            # Of a separable convolution the kernel that makes the channels.
            *others, kernel = [weight for weight in layer.get_weights() if weight.ndim > 1]
            is_depthwise = isinstance(layer, layers.DepthwiseConv2D)
            fan_in = np.prod(kernel.shape[:2] if is_depthwise else kernel.shape[:-1])
            channel_axis = 2 if is_depthwise else kernel.ndim - 1
            channels = kernel.shape[channel_axis]
            gains = np.full(channels, rng.choice([.3, 1., 1.5, 1.5, 4.]))
            gains *= np.exp2(rng.normal(0, .5, channels))
            if rng.random() < .1:
                gains[rng.integers(channels)] = 0  # a channel without weights
                self.features.add("zero-channel")
            shape = [1] * kernel.ndim
            shape[channel_axis] = channels
            values = [rng.normal(0, 1 / np.sqrt(fan_in), kernel.shape) * gains.reshape(shape)]
            values[:0] = [rng.normal(0, 1 / np.sqrt(np.prod(other.shape[:2])), other.shape)
                          for other in others]
            if layer.use_bias:
                bias = rng.normal(0, .2, channels)
                if rng.random() < .1:
                    bias[rng.integers(channels)] = -30  # after a ReLU: a channel that is always 0
                    self.features.add("dead-channel")
                values.append(bias)
        else:
            return
        layer.set_weights([np.asarray(value, np.float32) for value in values])

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


def draw_relu(net, x):
    """A ReLU without or with a maximum."""
    maximum = net.rng.choice([None, None, 6., 6., 1., 1.7, 4.])
    if maximum is not None:
        net.features.add("relu6" if maximum == 6 else "relu-max")
    return net.add(layers.ReLU, x, max_value=None if maximum is None else float(maximum))


def draw_pool(net, x):
    """A max pooling that fits the image, or none."""
    if min(x.shape[1:3]) < 4:
        return x
    size = int(net.rng.choice([2, 2, 3]))
    strides = [None, None, 1, 2][net.rng.integers(4)]
    return net.add(layers.MaxPooling2D, x, pool_size=size, strides=strides,
                   padding=str(net.rng.choice(["same", "valid"])))


def draw_tail(net, x, relu=None):
    """What follows a convolution: BatchNorm, pooling and ReLU in the usual orders."""
    rng = net.rng
    relu = rng.random() < .75 if relu is None else relu
    order = rng.random()
    pools = rng.random() < .3
    if rng.random() < .5:
        if pools and rng.random() < .3:
            x = draw_pool(net, x)
            net.features.add("pool-bn")
            pools = False
        x = net.add(layers.BatchNormalization, x)
    if pools and order < .5:
        x = draw_pool(net, x)
        net.features.add("pool-relu")
    if relu:
        x = draw_relu(net, x)
    if pools and order >= .5:
        x = draw_pool(net, x)
        net.features.add("relu-pool")
    return x


def draw_conv(net, x, filters=None, keep_shape=False, tail=True):
    """A convolution block; with `keep_shape` the image keeps its size."""
    rng = net.rng
    extent = min(x.shape[1:3])
    kernel = int(rng.choice([1, 1, 2, 3, 3, 3, 4, 5, 5, 7]))
    strides = int(rng.choice([1, 1, 2, 2, 3] if not keep_shape and extent > 4 else [1]))
    padding = "same" if keep_shape or extent <= kernel else str(rng.choice(["same", "valid"]))
    filters = filters or int(rng.choice([2, 3, 4, 6, 8]))
    inline = tail and rng.random() < .15
    net.features.add(f"conv{kernel}")
    if strides > 1:
        net.features.add(f"stride{strides}")
    x = net.add(layers.Conv2D, x, filters=filters, kernel_size=kernel, strides=strides,
                padding=padding, use_bias=bool(rng.random() < .6),
                activation="relu" if inline else None)
    if inline:
        net.features.add("inline-relu")
        return x
    return draw_tail(net, x) if tail and not keep_shape else x


def draw_depthwise(net, x, tail=True):
    """A depthwise convolution, mostly followed by a pointwise one."""
    rng = net.rng
    extent = min(x.shape[1:3])
    kernel = int(rng.choice([2, 3, 3, 3, 5, 7]))
    padding = "same" if extent <= kernel else str(rng.choice(["same", "same", "valid"]))
    net.features.add(f"dw{kernel}")
    x = net.add(layers.DepthwiseConv2D, x, kernel_size=kernel,
                strides=int(rng.choice([1, 1, 2] if extent > 4 else [1])), padding=padding,
                use_bias=bool(rng.random() < .5))
    if rng.random() < .4:
        x = draw_tail(net, x)
    if rng.random() < .8:
        x = net.add(layers.Conv2D, x, filters=int(rng.choice([3, 4, 8])), kernel_size=1,
                    use_bias=bool(rng.random() < .5))
        x = draw_tail(net, x)
    return x


def draw_separable(net, x, keep_shape=False):
    """A separable convolution, with or without what follows convolutions."""
    rng = net.rng
    extent = min(x.shape[1:3])
    kernel = int(rng.choice([1, 2, 3, 3, 3, 4, 5]))
    padding = "same" if keep_shape or extent <= kernel else str(rng.choice(["same", "valid"]))
    strides = int(rng.choice([1, 1, 2] if not keep_shape and extent > 4 else [1]))
    dilation = int(rng.choice([1, 1, 1, 2])) if strides == 1 and padding == "same" else 1
    if strides == 1 and dilation == 1 and kernel == 3 and not keep_shape and rng.random() < .2:
        x = net.add(layers.ZeroPadding2D, x, padding=1)
        padding = "valid"
        net.features.add("zero-padding")
    inline = not keep_shape and rng.random() < .2
    net.features.add(f"sep{kernel}")
    if strides > 1 or dilation > 1:
        net.features.add(f"sep-stride{strides}-dilation{dilation}")
    x = net.add(layers.SeparableConv2D, x,
                filters=x.shape[-1] if keep_shape else int(rng.choice([2, 3, 4, 8])),
                kernel_size=kernel, strides=strides, padding=padding, dilation_rate=dilation,
                use_bias=bool(rng.random() < .6), activation="relu" if inline else None)
    if inline:
        net.features.add("inline-relu")
        return x
    return x if keep_shape else draw_tail(net, x)


def draw_separable_residual(net, x):
    """x + f(x), f a separable convolution."""
    y = draw_separable(net, draw_relu(net, x), keep_shape=True)
    if net.rng.random() < .5:
        y = net.add(layers.BatchNormalization, y)
    net.features.add("sep-residual")
    return net.add(layers.Add, [x, y])


def draw_residual(net, x):
    """x + f(x), with a ReLU after the sum or not."""
    rng = net.rng
    channels = x.shape[-1]
    net.features.add("residual")
    y = draw_conv(net, x, filters=int(rng.choice([channels, 4])), keep_shape=True, tail=False)
    if rng.random() < .6:
        y = net.add(layers.BatchNormalization, y)
    y = draw_relu(net, y)
    y = draw_conv(net, y, filters=channels, keep_shape=True, tail=False)
    if rng.random() < .6:
        y = net.add(layers.BatchNormalization, y)
    if rng.random() < .4:
        y = draw_relu(net, y)
    x = net.add(layers.Add, [x, y])
    if rng.random() < .5:
        net.features.add("add-relu")
        x = draw_relu(net, x)
    return x


def draw_branches(net, x):
    """The sum of two convolutions of the same input."""
    rng = net.rng
    filters = int(rng.choice([3, 4, 6]))
    strides = int(rng.choice([1, 2]))
    net.features.add("branches")
    ends = []
    for _ in range(2):
        y = net.add(layers.Conv2D, x, filters=filters, kernel_size=int(rng.choice([1, 3, 5])),
                    strides=strides, padding="same", use_bias=bool(rng.random() < .5))
        if rng.random() < .5:
            y = net.add(layers.BatchNormalization, y)
        if rng.random() < .5:
            y = draw_relu(net, y)
        ends.append(y)
    x = net.add(layers.Add, ends)
    if rng.random() < .5:
        net.features.add("add-relu")
        x = draw_relu(net, x)
    return x


def draw_join(net, x):
    """Two to four tensors side by side: convolutions of the input, or the input itself."""
    rng = net.rng
    count = int(rng.choice([2, 2, 3, 4]))
    net.features.add(f"join{count}")
    ends = []
    for index in range(count):
        if index == 1 and rng.random() < .4:
            net.features.add("join-input")
            ends.append(x)
            continue
        y = net.add(layers.Conv2D, x, filters=int(rng.choice([1, 2, 4, 5])),
                    kernel_size=int(rng.choice([1, 3, 5])), padding="same",
                    use_bias=bool(rng.random() < .5))
        if rng.random() < .4:
            y = net.add(layers.BatchNormalization, y)
        if rng.random() < .6:
            y = draw_relu(net, y)
        ends.append(y)
    axis = int(rng.choice([-1, -1, len(x.shape) - 1]))
    x = net.add(layers.Concatenate, ends, axis=axis)
    if rng.random() < .3:
        net.features.add("join-pool")
        x = draw_pool(net, x)
    return x


def draw_head(net, x):
    """The end of the network, or nothing."""
    rng = net.rng
    kind = str(rng.choice(["gap-dense", "gap-dense", "flatten", "flatten", "gap", "reshape",
                           "dense", "none", "none"]))
    net.features.add("head-" + kind)
    if kind == "none":
        return x
    if kind.startswith("gap"):
        x = net.add(layers.GlobalAveragePooling2D, x)
    elif kind == "flatten":
        x = net.add(layers.Flatten, x)
    elif kind == "reshape":
        x = net.add(layers.Reshape, x, target_shape=(int(np.prod(x.shape[1:])),))
    if kind == "gap":
        return x
    if rng.random() < .3:
        x = net.add(layers.Dropout, x, rate=.2)
    if rng.random() < .3:
        x = net.add(layers.Dense, x, units=6, use_bias=bool(rng.random() < .7))
        x = draw_relu(net, x)
    return net.add(layers.Dense, x, units=int(rng.choice([2, 5])),
                   use_bias=bool(rng.random() < .7),
                   activation="relu" if rng.random() < .1 else None)


def draw_rescaling(net, x, dtype):
    """A Rescaling as networks have it: one scale, or lists for the channels."""
    rng = net.rng
    channels = x.shape[-1]
    unit = {"uint8": 255., "float32": 255., "int8": 128., "int16": 2048.}[dtype]
    kind = rng.random()
    if kind < .6:
        scale, offset = 1 / unit, 0.
    elif kind < .75:
        scale, offset = 2 / unit, -1.
    else:
        net.features.add("vector-rescaling")
        scale = [float(value) for value in 1 / (unit * rng.uniform(.2, .5, channels))]
        offset = 0.
        if rng.random() < .7:
            offset = [float(value) for value in -rng.uniform(0, 2, channels)]
    return net.add(layers.Rescaling, x, scale=scale, offset=offset)


def draw_samples(rng, shape, dtype, signed, count):
    """Calibration samples; float ones have another range in each channel."""
    if dtype == "uint8":
        top = int(rng.choice([64, 256, 256]))
        return rng.integers(0, top, (count, *shape)).astype(np.uint8)
    if dtype == "int8":
        return rng.integers(-128, 128, (count, *shape)).astype(np.int8)
    if dtype == "int16":
        top = int(rng.choice([100, 2000]))
        return rng.integers(-top, top, (count, *shape)).astype(np.int16)
    spread = np.exp2(rng.uniform(-1, 1, shape[-1]))
    if signed:
        return (rng.normal(0, 1, (count, *shape)) * spread).astype(np.float32)
    low = rng.choice([0., 0., -20.]) * rng.uniform(.2, 1, shape[-1])
    return rng.uniform(low, low + 255 * spread, (count, *shape)).astype(np.float32)


def draw_arguments(rng, dtype, count):
    """The content of quantize.json, without q_config."""
    qparams = {}
    if rng.random() < .7:
        qparams["weight_bits"] = int(rng.choice([2, 3, 4, 4, 5, 6, 8]))
        qparams["input_weight_bits"] = int(rng.choice([2, 4, 6, 8, 8, 10, 12, 16]))
        qparams["activation_bits"] = int(rng.choice([1, 2, 3, 4, 4, 6, 8, 8, 10]))
        qparams["output_bits"] = int(rng.choice([3, 4, 6, 8, 8, 10, 12]))
    if rng.random() < .35:
        qparams["per_tensor_activations"] = True
    if rng.random() < .3:
        qparams["buffer_bits"] = 24
    if rng.random() < .25:
        qparams["last_output_bits"] = int(rng.choice([4, 8, 8, 12, 16]))
    if dtype == "float32":
        qparams["input_dtype"] = str(rng.choice(["uint8", "int8", "int8", "int16"]))
    elif rng.random() < .8:
        qparams["input_dtype"] = dtype
    batch = int(rng.choice([4, 8, 16]))
    return {"qparams": qparams, "num_samples": int(rng.choice([count, count, count // 2])),
            "batch_size": batch, "epochs": int(rng.choice([1, 2, 2, 3]))}


def draw(rng, kind="random"):
    """Draws a network; returns (network, output tensors, samples, inputs, arguments)."""
    separable, joined = kind == "separable", kind == "joined"
    dtype = str(rng.choice(["uint8", "uint8", "float32", "float32", "int8", "int16"]))
    is_vector = rng.random() < .06
    shape = (int(rng.integers(8, 24)),) if is_vector else (
        int(rng.integers(7, 14)), int(rng.integers(7, 14)), int(rng.choice([1, 2, 3, 3, 4])))
    count = int(rng.choice([12, 20, 24]))
    arguments = draw_arguments(rng, dtype, count)
    signed = arguments["qparams"].get("input_dtype", "uint8") != "uint8"

    net = Network(rng, shape, dtype)
    net.features.add(dtype)
    x = net.image
    if dtype != "float32" or not signed or rng.random() < .2:
        x = draw_rescaling(net, x, dtype)
    if is_vector:
        net.features.add("vector-input")
        for _ in range(rng.integers(0, 3)):
            x = draw_relu(net, net.add(layers.Dense, x, units=int(rng.integers(3, 9))))
        outputs = net.add(layers.Dense, x, units=4)
    else:
        # Separable convolutions take inputs in fixed point: none of an unsigned quantizer.
        begins = separable and dtype == "float32" and signed and x is net.image
        x = draw_separable(net, x) if begins and rng.random() < .5 else draw_conv(net, x)
        if separable:
            x = draw_separable(net, x)
        for _ in range(rng.integers(0, 4)):
            block = rng.choice(["conv", "depthwise", "depthwise", "residual", "branches"]
                               + 3 * separable * ["separable", "separable-residual"]
                               + 6 * joined * ["join"])
            if min(x.shape[1:3]) < 2:
                break
            x = {"conv": draw_conv, "depthwise": draw_depthwise, "residual": draw_residual,
                 "branches": draw_branches, "join": draw_join, "separable": draw_separable,
                 "separable-residual": draw_separable_residual}[str(block)](net, x)
        if rng.random() < .06:
            net.features.add("two-outputs")
            outputs = [net.add(layers.Flatten, x), draw_head(net, x)]
            if outputs[1] is x:
                outputs = outputs[0]
        else:
            outputs = draw_head(net, x)

    samples = draw_samples(rng, shape, dtype, signed, count)
    # The last input lies partly outside what calibration has seen.
    inputs = samples[:3].copy()
    if dtype == "float32":
        inputs[2] *= np.float32(1.7)
    else:
        inputs[2] = rng.integers(np.iinfo(dtype).min // (16 if dtype == "int16" else 1),
                                 np.iinfo(dtype).max // (16 if dtype == "int16" else 1), shape)
    return net, outputs, samples, inputs, arguments


def edit_configuration(rng, config):
    """A q_config for some layers: their own configuration with other numbers."""
    edited = {}
    for name, layer in config.items():
        if rng.random() > .4:
            continue
        layer = {key: dict(value) if isinstance(value, dict) else value
                 for key, value in layer.items()}
        for kind in ("weight_quantizer", "dw_weight_quantizer", "pw_weight_quantizer"):
            if kind in layer:
                layer[kind]["bitwidth"] = int(rng.choice([2, 3, 4, 5, 7, 8]))
        output = layer.get("output_quantizer")
        if output is not None:
            output["bitwidth"] = int(rng.choice([3, 4, 6, 8]))
            if rng.random() < .3:
                output["axis"] = "per-tensor"
            if rng.random() < .3:
                output["signed"] = bool(rng.random() < .5)
            if rng.random() < .3:
                output["scale_bits"] = int(rng.choice([6, 8, 10]))
            if rng.random() < .3:
                output.pop("buffer_bitwidth")
        if rng.random() < .3:
            layer.pop("buffer_bitwidth", None)
        edited[name] = layer
    return edited


def largest_sums(model, store, inputs):
    """For each layer that adds products: the largest sum of their absolute values for `inputs`."""
    found = {}
    for layer in model.layers:
        if not isinstance(layer.input, (list, tuple)):
            source = layer.inbound_nodes[0].inbound_layers
            sources = [] if isinstance(source, list) else [source]
        else:
            sources = layer.inbound_nodes[0].inbound_layers
        values = []
        for source, shift in zip(sources, ("input_shift", "input_shift")
                                 if len(sources) == 1 else ("a_shift", "b_shift")):
            value = store.get(f"out/{source.name}", inputs)
            value = np.abs(value.astype(np.float64))
            values.append(value * np.exp2(store.get(f"{shift}/{layer.name}", 0.)))
        kernel = store.get(f"weights/{layer.name}", store.get(f"pw_weights/{layer.name}"))
        first = store.get(f"dw_weights/{layer.name}")
        if kernel is not None:
            kernel = np.abs(kernel.astype(np.float64))
            if kernel.ndim == 2:
                total = values[0] @ kernel
            else:
                strides = (1, *layer.strides, 1)
                if first is not None:
                    values[0] = tf.nn.depthwise_conv2d(
                        values[0], np.abs(first.astype(np.float64)), strides=strides,
                        padding=layer.padding.upper(), dilations=layer.dilation_rate).numpy()
                    strides = 1
                depthwise = isinstance(layer, layers.DepthwiseConv2D)
                convolve = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d
                # A padding value counts through the largest input, which it is never beyond.
                total = convolve(values[0], kernel, strides=strides,
                                 padding="VALID" if first is not None
                                 else layer.padding.upper()).numpy()
                padding = store.get(f"padding/{layer.name}")
                if padding is not None:
                    total = total + np.max(np.abs(padding)) * kernel.sum(axis=(0, 1, 2))
            total = total + np.max(np.abs(store.get(f"bias/{layer.name}", 0.)))
            total = max(np.max(total), np.max(values[0]))
        elif f"a_shift/{layer.name}" in store:
            total = values[0] + values[1]
        elif isinstance(layer, layers.GlobalAveragePooling2D):
            total = values[0].sum(axis=(1, 2))
        else:
            continue
        found[layer.name] = float(np.max(total, initial=0))
    return found


def run(net, outputs, samples, inputs, arguments, form):
    """Runs the reference on a drawn network; raises Dropped where that gives no case."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = make_golden.run_reference(net.model(outputs, form), samples, inputs,
                                                arguments)
    except Exception as error:
        reason = str(error).strip().split("\n")
        raise Dropped(f"{type(error).__name__}: {(reason[0] or reason[-1])[:150]}") from error
    store, config, _, quantized = results
    for layer in quantized.layers:
        # A layer that was not quantized shows as a dequantizer in front of it.
        if layer.name.endswith("/dequantizer"):
            reader = layer.outbound_nodes[0].layer if layer.outbound_nodes else layer
            raise Dropped(f"{type(reader).__name__} left in float")
    for name, total in largest_sums(quantized, store, inputs).items():
        if total >= EXACT_LIMIT:
            raise Dropped("sums beyond 2^24")
    if not config or not all(np.all(np.isfinite(array)) for array in store.values()):
        raise Dropped("nothing quantized, or not finite")
    return results


def make_case(seed, folder, kind):
    """Draws until a network can be used, writes it as a case; returns (features, reasons)."""
    reasons = []
    for attempt in range(MAX_DRAWS):
        keras.backend.clear_session()  # inserted layers are named as in a fresh process
        rng = np.random.default_rng([seed, attempt])
        net, outputs, samples, inputs, arguments = draw(rng, kind)
        forms = ["functional", "functional", "nested"]
        if net.is_chain():
            forms += ["sequential", "sequential"]
        form = str(rng.choice(forms))
        net.features.add(form)
        if kind == "joined" and not any(feature.startswith("join") for feature in net.features):
            continue
        try:
            results = run(net, outputs, samples, inputs, arguments, form)
            if rng.random() < .25:
                arguments["q_config"] = edit_configuration(rng, results[1])
                net.features.add("q_config")
                keras.backend.clear_session()
                results = run(net, outputs, samples, inputs, arguments, form)
        except Dropped as drop:
            reasons.append(str(drop))
            continue
        if arguments["qparams"].get("per_tensor_activations"):
            net.features.add("per-tensor")
        if any("identity" in name for name in results[1]):
            net.features.add("identity-conv")
        make_golden.write_case(folder, net.model(outputs, form), samples, inputs, arguments,
                               results)
        return sorted(net.features), reasons
    raise Dropped(f"no usable network in {MAX_DRAWS} draws of seed {seed}")


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Draw random networks, run the reference.")
    parser.add_argument("seeds", nargs="*", type=int, metavar="SEED")
    parser.add_argument("--range", nargs=2, type=int, metavar=("FIRST", "END"))
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--separable", dest="kind", action="store_const", const="separable",
                       default="random",
                       help="draw separable convolutions, too: other networks for each seed")
    kinds.add_argument("--joined", dest="kind", action="store_const", const="joined",
                       help="draw concatenations, too: other networks for each seed")
    parser.add_argument("-o", "--output", required=True, help="folder of the cases")
    options = parser.parse_args()
    seeds = options.seeds + (list(range(*options.range)) if options.range else [])
    dropped = collections.Counter()
    for seed in seeds:
        start = time.monotonic()
        name = f"{options.kind}_{seed:02d}"
        features, reasons = make_case(seed, Path(options.output) / name, options.kind)
        dropped.update(reasons)
        print(f"{name}: {time.monotonic() - start:.0f} s, {len(reasons)} dropped: "
              + " ".join(features), flush=True)
        for reason in reasons:
            print(f"    {reason}", flush=True)
    print(f"{len(seeds)} cases, {sum(dropped.values())} networks dropped")
    for reason, count in dropped.most_common():
        print(f"{count:5d}  {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
