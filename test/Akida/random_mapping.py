#!/usr/bin/env python3
# ===- random_mapping.py - What maps, against BrainChip's mapper ----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws small Akida models, and compares what `qml` says of their mapping with the engine's mapper.

Each model is a few layers whose parameters are often, but not always, those that the chip has, or
a graph of convolutions and merges. `qml convert --check --hardware-only` has to find all layers fit
for hardware if and only if the engine maps the model to a virtual device with nothing in software.
Models that one of the two refuses to make at all are not compared.

The engine maps in processes of its own, since graphs crash it. The last line is `N models, M
mapped, K not compared, D differences`; the exit code is 1 if there is a difference.

Usage (with a Python that has akida): random_mapping.py [--models N] [--seed S] QML
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import engine  # noqa: F401  first
import akida
import numpy as np
from models import (AVERAGE_POOL, LUT, MAX_POOL, Model, NO_ACTIVATION, NO_POOL, RELU, SAME,
                    SAME_UPPER, VALID, element_type)

DEVICES = {1: ("TwoNodesIPv1", "AKD1000"), 2: ("SixNodesIPv2",)}


class Draw:
    """A model that is drawn layer by layer."""

    def __init__(self, seed, number):
        self.rng = np.random.default_rng([seed, number])
        self.model = None
        # How often something is drawn that may not map.
        self.oddness = self.choice(0., .05, .15)
        self.only = None  # the one device to ask

    def choice(self, *values):
        """One of the values."""
        return values[self.rng.integers(len(values))]

    def usual(self, usual, odd):
        """One of the usual values, seldom one of the others."""
        return self.choice(*(odd if self.rng.random() < self.oddness else usual))

    def array(self, first, last, shape, dtype="int8"):
        """Numbers of first to last."""
        return self.rng.integers(first, last + 1, shape).astype(dtype)

    def maybe(self, share=.5):
        """Whether something happens that does so in this share of cases."""
        return self.rng.random() < share

    def begin(self, shape, dtype, bits):
        """Starts a model on inputs that no convolution of bytes reads."""
        self.model = Model(self.rng, shape, dtype)
        value = self.model.input
        value.bits = bits
        if dtype == "float32":
            dtype = "int8"
            value = self.model.add("quantizer", [value], shape, dtype, bits,
                                   {"output_bits": bits, "output_signed": True},
                                   {"scales": np.ones(shape[2], "float32")})
        return self.model.add("input_data", [value], shape, dtype, bits, {"input_bits": bits}, {})

    def begin_image(self, shape):
        """Starts a model on an image of bytes."""
        self.model = Model(self.rng, shape, "uint8")
        self.model.input.bits = 8
        return self.model.input


def extent(cells, window, stride, padding):
    """Cells of a result along an axis."""
    return (cells - window) // stride + 1 if padding == VALID else -(-cells // stride)


# ===----------------------------------------------------------------------===#
# Layers of 2.0
# ===----------------------------------------------------------------------===#


def product_variables(draw, kind, shape, inputs, outputs, parameters):
    """Variables of a layer that multiplies, of which some may not map."""
    bits = parameters["weights_bits"]
    variables = {"weights": draw.array(-2**(bits - 1) + 1, 2**(bits - 1) - 1, shape)}
    if draw.maybe(.02):
        variables["weights"][:] = 0
    if kind != "input_conv2d" and draw.maybe(.3):
        variables["input_shift"] = draw.array(0, draw.usual((3, 7), (8, 12)), inputs, "uint8")
    scales = (1, 1) if parameters["output_bits"] > 8 and not draw.maybe(.1) else (1, 255)
    if draw.maybe():
        variables["output_scales"] = draw.array(*scales, outputs, "uint8")
    if draw.maybe() and scales != (1, 1):
        variables["output_shift"] = draw.array(-8, 0, outputs)
    if parameters["activation"] == LUT and draw.maybe():
        most = draw.usual((1000, 8191), (8192, 100000))
        variables["lut_values"] = draw.array(-most - 1, most, 2048, "int32")
    return variables


def output_parameters(draw, kind, value, is_last):
    """Activation and bits."""
    weights_bits = 4 if value.bits == 4 else draw.choice(8, 8, 4)
    if draw.maybe(draw.oddness):
        weights_bits = draw.choice(4, 8)
    activations = {"dense1d": (NO_ACTIVATION, RELU)}.get(kind, (NO_ACTIVATION, RELU, RELU, LUT))
    activation = draw.usual(activations, (NO_ACTIVATION, RELU, LUT))
    results = (8, 8, 4) if activation == RELU else (8,)
    if activation == NO_ACTIVATION and is_last:
        results = (8, 28, 28)
    if "transpose" in kind or kind == "input_conv2d":
        weights_bits = draw.usual((8,), (4, 8))
    return {"activation": activation, "output_bits": draw.usual(results, (4, 8, 7, 16, 28, 32)),
            "weights_bits": weights_bits, "buffer_bits": 28, "post_op_buffer_bits": 32}


def add_conv(draw, value, kind, is_last, filters=None, **fixed):
    """A convolution of any kind."""
    height, width, channels = value.shape
    is_input = kind == "input_conv2d"
    depthwise = "depthwise" in kind
    filters = channels if depthwise else filters or draw.choice(1, 4, 8, 16)
    parameters = output_parameters(draw, kind, value, is_last)
    parameters["kernel_size"] = draw.usual((3, 4) if "transpose" in kind else (3, 5, 7, 3),
                                           (1, 3, 4, 5, 7))
    if "transpose" not in kind:
        kernel = parameters["kernel_size"]
        strides = range(1, 7) if is_input else (1, 2) if kernel <= 3 else (1,)
        pool = draw.choice(NO_POOL, NO_POOL, MAX_POOL, NO_POOL if is_input else AVERAGE_POOL)
        parameters.update(kernel_stride=draw.choice(*strides), padding=draw.usual(
            (SAME, VALID) if is_input else (SAME,), (SAME, VALID)), pool_type=pool)
        if pool != NO_POOL and not is_input:
            parameters["kernel_stride"] = draw.usual((1,), strides)
        if parameters["kernel_stride"] == 2 and pool == NO_POOL and draw.maybe(.3):
            parameters["padding"] = SAME_UPPER
        size, steps = -1, -1
        if pool == MAX_POOL:
            size = draw.usual((2, 3) if is_input else (1, 2), (1, 2, 3))
            steps = draw.usual((2,) if is_input else (size, 1), (1, 2, size))
            steps = min(size, steps)
        parameters.update(pool_size=size, pool_stride=steps)
    parameters.update(fixed)
    kernel = parameters["kernel_size"]
    if "transpose" in kind:
        extents = [2 * height, 2 * width]
    else:
        extents = [extent(cells, kernel, parameters["kernel_stride"], parameters["padding"])
                   for cells in (height, width)]
        if parameters["pool_type"] == MAX_POOL:
            extents = [extent(cells, parameters["pool_size"], parameters["pool_stride"],
                              parameters["padding"]) for cells in extents]
        elif parameters["pool_type"] == AVERAGE_POOL:
            extents = [1, 1]
    if min(extents) < 1:
        raise ValueError("no cell")
    if not depthwise:
        parameters["filters"] = filters
    shape = (kernel, kernel, channels, 1 if depthwise else filters)
    variables = product_variables(draw, kind, shape, channels, filters, parameters)
    bits = parameters["output_bits"]
    return draw.model.add(kind, [value], (*extents, filters), element_type(bits), bits,
                          parameters, variables)


def add_dense(draw, value, is_last):
    """A dense layer."""
    inputs, units = int(np.prod(value.shape)), draw.choice(1, 4, 10)
    parameters = {**output_parameters(draw, "dense1d", value, is_last), "units": units}
    bits = parameters["output_bits"]
    variables = product_variables(draw, "dense1d", (inputs, units), inputs, units, parameters)
    return draw.model.add("dense1d", [value], (1, 1, units), element_type(bits), bits,
                          parameters, variables)


def add_merge(draw, first, second):
    """A sum, or a concatenation."""
    if first.shape[:2] != second.shape[:2]:
        raise ValueError("extents")
    channels = first.shape[2]
    if channels != second.shape[2] or draw.maybe(.3):
        return draw.model.add("concatenate", [first, second],
                              (*first.shape[:2], channels + second.shape[2]), first.dtype,
                              first.bits, {}, {})
    variables = {}
    if draw.maybe(.3):
        shifts = draw.array(0, draw.usual((3, 10), (16,)), channels, "uint8")
        variables["a_shift"] = shifts
        variables["output_shift"] = -shifts.astype("int8") + draw.usual((-3, 0, 3), (-6, 5))
    bits = draw.usual((8,), (4, 8, 16))
    return draw.model.add("add", [first, second], first.shape,
                          "int8" if bits <= 8 else "int32", bits,
                          {"output_bits": bits, "buffer_bits": 32, "post_op_buffer_bits": 32},
                          variables)


INNER_CONVS = ("conv2d", "conv2d", "depthwise_conv2d", "conv2d_transpose",
               "depthwise_conv2d_transpose")


def draw_chain(draw):
    """Layers after each other."""
    if draw.maybe(.4):
        sizes = (8, 15, 32, 48)
        value = draw.begin_image((draw.usual(sizes, (4, 5)), draw.usual(sizes, (4, 384, 385)),
                                  draw.choice(1, 3)))
        count = draw.choice(0, 1, 1, 2)
        value = add_conv(draw, value, "input_conv2d", count == 0)
    else:
        bits = draw.usual((4, 8), (2, 5, 7))
        sizes = (3, 6, 12, 16)
        value = draw.begin((draw.usual(sizes, (1, 65)), draw.usual(sizes, (1, 2, 129)),
                            draw.choice(1, 4, 7)), element_type(bits), bits)
        count = draw.choice(1, 2, 2, 3)
    for number in range(count):
        is_last = number == count - 1
        if draw.maybe(.6 if is_last else .05):
            value = add_dense(draw, value, is_last)
        else:
            value = add_conv(draw, value, draw.choice(*INNER_CONVS), is_last)


def add_queue(draw, value, kind, filters=None, fifo=None):
    """A convolution over time."""
    height, width, channels = value.shape
    depthwise = "depthwise" in kind
    filters = channels if depthwise else filters or draw.choice(1, 4, 8)
    fifo = fifo or draw.choice(2, 3, 5, 10)
    bits = draw.usual((8,), (4, 8, 28))
    parameters = {"fifo_size": fifo, "output_bits": bits, "weights_bits": draw.usual((8,), (4,)),
                  "activation": draw.usual((NO_ACTIVATION, RELU), (RELU, LUT)),
                  "buffer_bits": 32, "post_op_buffer_bits": 32}
    if not depthwise:
        parameters["filters"] = filters
    shape = (1, 1, fifo, channels) if depthwise else (1, 1, fifo * channels, filters)
    variables = {"weights": draw.array(-7, 7, shape)}
    element = {"uint8": "ui8", "int8": "i8", "int32": "i32"}[value.dtype]
    return draw.model.add(kind, [value], (height, width, filters), element_type(bits), bits,
                          parameters, variables,
                          memory=f"tensor<{height}x{width}x{fifo}x{channels}x{element}>")


QUEUES = ("buffer_temp_conv", "depthwise_buffer_temp_conv")


def draw_queues(draw):
    """Layers over time, next to others; some of them as large as they may be."""
    kind = draw.choice(*QUEUES)
    if draw.maybe(.3):
        near = draw.choice(0, 1)
        channels, fifo = draw.choice((682, 2), (512, 3), (341, 5), (186, 10)) \
            if kind == QUEUES[0] else draw.choice((512, 2), (372, 10), (1024, 5), (1026, 5))
        add_queue(draw, draw.begin((2, 2, channels + near), "int8", 8), kind, 1, fifo)
        return
    value = draw.begin((6, 6, 4), "int8", 8)
    before = value
    if draw.maybe():
        before = value = add_conv(draw, value, "conv2d", False, 4, kernel_stride=1, pool_size=-1,
                                  pool_stride=-1, pool_type=NO_POOL)
    value = add_queue(draw, value, kind, 4)
    if draw.maybe(.2) and before.layer != "input_data_1":
        value = add_merge(draw, before, value)
    following = draw.choice("", "conv2d", "dense1d", *QUEUES)
    if following == "conv2d":
        add_conv(draw, value, "conv2d", True)
    elif following == "dense1d":
        add_dense(draw, value, True)
    elif following:
        add_queue(draw, value, following)


def draw_sizes(draw):
    """A layer at the borders of what it may measure."""
    near = draw.choice(0, 0, 1)
    kind = draw.choice("conv2d", "conv2d_transpose", "dense1d", "average", "depthwise_conv2d")
    plain = {"activation": RELU, "output_bits": 8, "weights_bits": 8}
    if kind == "dense1d":
        add_dense(draw, draw.begin((1, 1, 2048 + near), "int8", 8), True)
    elif kind == "conv2d":
        kernel, bits, most = draw.choice((1, 8, 2048), (3, 8, 682), (5, 8, 204), (7, 8, 73),
                                         (3, 4, 1365), (5, 4, 512), (7, 4, 195))
        add_conv(draw, draw.begin((4, 4, most + near), "int8", 8), "conv2d", True, filters=1,
                 **{**plain, "weights_bits": bits}, kernel_size=kernel, kernel_stride=1,
                 padding=SAME, pool_type=NO_POOL, pool_size=-1, pool_stride=-1)
    elif kind == "conv2d_transpose":
        shape, kernel = draw.choice(((2, 2, 682 + near), 3), ((2, 2, 341 + near), 4),
                                    ((2, 128 + near, 8), 3), ((2, 128, 128 + near), 3))
        add_conv(draw, draw.begin(shape, "int8", 8), kind, True, filters=1, **plain,
                 kernel_size=kernel)
    else:
        shape = draw.choice((12, 12 + near, 4), (64 + near, 2, 4), (12, 12, 455 + near),
                            (1, 144, 113 + near))
        add_conv(draw, draw.begin(shape, "int8", 8),
                 "conv2d" if kind == "average" else kind, True, filters=1, **plain,
                 kernel_size=3, kernel_stride=1, padding=SAME, pool_type=AVERAGE_POOL,
                 pool_size=-1, pool_stride=-1)


def draw_graph(draw):
    """Convolutions of one size and merges: any graph."""
    plain = {"activation": RELU, "output_bits": 8, "weights_bits": 8, "kernel_size": 3,
             "kernel_stride": 1, "padding": SAME, "pool_type": NO_POOL, "pool_size": -1,
             "pool_stride": -1}
    draw.oddness = 0
    values = []
    if draw.maybe(.3):
        values.append(add_conv(draw, draw.begin_image((8, 8, 3)), "input_conv2d", False, 4,
                               **plain))
    else:
        values.append(draw.begin((8, 8, 4), draw.choice("int8", "int8", "float32"), 8))
    values.append(add_conv(draw, values[-1], "conv2d", False, 4, **plain))
    users = {value.name: 0 for value in values}
    users[values[0].name] = 1
    count = draw.choice(3, 4, 5, 6, 7)
    for number in range(count):
        is_last = number == count - 1
        unread = [value for value in values if users[value.name] == 0]
        # What nothing reads is read soon, by a merge if there is more of it.
        first = unread[0] if unread and draw.maybe(.8) else values[-1]
        second = draw.choice(*(values[-4:] if draw.maybe() or len(values) < 3 else values[-2:]))
        if is_last and len(unread) == 2:
            first, second = unread
        if (second.shape == first.shape and draw.maybe(.4 if not is_last else .2)) or (
                is_last and len(unread) == 2):
            operands = [first, second]
            value = add_merge(draw, *operands)
        else:
            operands = [first]
            if is_last and draw.maybe(.3):
                value = add_dense(draw, first, True)
            else:
                value = add_conv(draw, first, "conv2d", False, 4, **plain)
        for operand in operands:
            users[operand.name] += 1
        users[value.name] = 0
        values.append(value)
    if sum(count == 0 for count in users.values()) != 1:
        raise ValueError("several results")


# ===----------------------------------------------------------------------===#
# Layers of 1.0
# ===----------------------------------------------------------------------===#


def v1_last(draw, is_last, weights_bits):
    """What all layers of 1.0 end with, and its variables."""
    parameters = {"activation": not is_last or draw.maybe(), "act_bits": draw.choice(1, 2, 4),
                  "weights_bits": weights_bits}
    variables = {}
    if draw.maybe(.3):
        variables["threshold"] = draw.choice(-1, 1) * draw.usual(
            (10, 2**19 - 1), (2**19, 2**19 + 1, 2**23 - 1, 2**23 + 1, 2**28))
    if draw.maybe(.3):
        variables["act_step"] = draw.usual((1 / 16, 3.5, 65535), (65536, 2**20 - 1, 2**20))
    return parameters, variables


def spread(variables, outputs):
    """Variables with a value for each output."""
    types = {"threshold": "int32", "act_step": "float32"}
    return {name: np.full(outputs, value, types[name]) for name, value in variables.items()}


def v1_weights(draw, shape, bits):
    """Weights, seldom all of them zero."""
    if draw.maybe(.03):
        return np.zeros(shape, "int8")
    return draw.array(0 if bits == 1 else 1 - 2**(bits - 1), 2**(bits - 1) - 1 or 1, shape)


def add_v1_conv(draw, value, kind, is_last, filters=None, **fixed):
    """A convolution of 1.0."""
    is_input = kind == "input_convolutional"
    weights_bits = draw.choice(2, 4) if kind == "separable_convolutional" else draw.choice(1, 2, 4)
    if is_input:
        weights_bits = draw.choice(4, 8)
    elif draw.maybe(draw.oddness):
        weights_bits = draw.choice(1, 2, 4)
    parameters, variables = v1_last(draw, is_last, weights_bits)
    if is_input:
        parameters["activation"] = draw.usual((True,), (True, False)) or not is_last
        parameters["padding_value"] = 0
    kernel = draw.usual((3, 5, 7, 3), (1, 3))
    stride = draw.choice(1, 2, 3) if is_input else draw.choice(1, 2) if kernel == 3 else 1
    pool = draw.choice(NO_POOL, NO_POOL, MAX_POOL, NO_POOL if is_input else AVERAGE_POOL)
    size = steps = -1
    if pool == MAX_POOL:
        size = draw.choice(1, 2)
        if not is_input and draw.maybe(.2):
            size, draw.only = 3, "TwoNodesIPv1"  # AKD1000 has no such pools
        steps = size if is_input else draw.usual((size, 1), (1, 2))
        steps = min(steps, size)
    values = [kernel, kernel, stride, stride, size, size, steps, steps]
    for index in (1, 3, 5, 7):
        if draw.maybe(draw.oddness) and values[index] > 0:
            values[index] = min(draw.choice(1, 2, 3, 5), 2 if index > 3 else 7)
    if is_input and draw.maybe(.2):
        values[3] = draw.choice(1, 2, 3)
    for index in (6, 7):
        values[index] = min(values[index], values[index - 2])
    names = ("kernel_width", "kernel_height", "stride_x", "stride_y", "pooling_width",
             "pooling_height", "pooling_stride_x", "pooling_stride_y")
    parameters.update(zip(names, values), pool_type=pool, padding=draw.usual(
        (SAME, VALID) if is_input else (SAME,), (SAME, VALID)))
    parameters.update(fixed)
    filters = filters or draw.choice(1, 4, 8)
    parameters["filters"] = filters
    kernel, strides, pools, steps = ([parameters[name] for name in names[i:i + 2]]
                                     for i in (0, 2, 4, 6))
    extents = [extent(value.shape[i], kernel[i], strides[i], parameters["padding"])
               for i in range(2)]
    if parameters["pool_type"] == MAX_POOL:
        extents = [extent(extents[i], pools[i], steps[i], parameters["padding"])
                   for i in range(2)]
    elif parameters["pool_type"] == AVERAGE_POOL:
        extents = [1, 1]
    if min(extents) < 1:
        raise ValueError("no cell")
    bits, channels = parameters["weights_bits"], value.shape[2]
    if kind == "separable_convolutional":
        weights = {"weights": v1_weights(draw, (*kernel, channels, 1), bits),
                   "weights_pw": v1_weights(draw, (1, 1, channels, filters), bits)}
    else:
        weights = {"weights": v1_weights(draw, (*kernel, channels, filters), bits)}
    activates = parameters["activation"]
    return draw.model.add(kind, [value], (*extents, filters), "uint8" if activates else "int32",
                          parameters["act_bits"] if activates else 32, parameters,
                          {**weights, **spread(variables, filters)})


def add_v1_dense(draw, value, is_last):
    """A dense layer of 1.0."""
    parameters, variables = v1_last(draw, is_last, draw.choice(1, 2, 4))
    inputs, units = int(np.prod(value.shape)), draw.choice(1, 4, 10)
    activates = parameters["activation"]
    weights = v1_weights(draw, (1, 1, inputs, units), parameters["weights_bits"])
    return draw.model.add("fully_connected", [value], (1, 1, units),
                          "uint8" if activates else "int32",
                          parameters["act_bits"] if activates else 32,
                          {**parameters, "units": units},
                          {"weights": weights, **spread(variables, units)})


def draw_v1_chain(draw):
    """Layers of 1.0 after each other."""
    sizes = (6, 8, 15, 32)
    if draw.maybe(.4):
        value = draw.begin_image((draw.usual(sizes, (4, 5)), draw.usual(sizes, (4, 256, 257)),
                                  draw.choice(1, 3)))
        count = draw.choice(0, 1, 1, 2)
        filters = draw.choice(None, None, 32, 33, 64, 65, 96, 97, 192, 193)
        value = add_v1_conv(draw, value, "input_convolutional", count == 0, filters)
    else:
        value = draw.begin((draw.usual(sizes, (1, 2, 33)), draw.usual(sizes, (1, 2, 3)),
                            draw.choice(1, 4, 7)), "uint8", draw.choice(1, 2, 4))
        count = draw.choice(1, 2, 2)
    for number in range(count):
        is_last = number == count - 1
        if draw.maybe(.5 if is_last else .1):
            value = add_v1_dense(draw, value, is_last)
        else:
            value = add_v1_conv(draw, value, draw.choice("convolutional",
                                                         "separable_convolutional"), is_last)


def draw_v1_sizes(draw):
    """Channels of 1.0 at their borders."""
    near = draw.choice(0, 1)
    kind, kernel, bits, most = draw.choice(
        *(("convolutional", *row) for row in ((3, 1, 896), (3, 2, 896), (3, 4, 448),
                                              (7, 2, 448), (7, 4, 149), (1, 4, 448))),
        *(("separable_convolutional", *row) for row in ((3, 4, 2048), (5, 4, 1792),
                                                        (7, 2, 1792), (7, 4, 896))))
    names = ("kernel_width", "kernel_height", "stride_x", "stride_y", "pooling_width",
             "pooling_height", "pooling_stride_x", "pooling_stride_y")
    values = dict(zip(names, (kernel, kernel, 1, 1, -1, -1, -1, -1)))
    add_v1_conv(draw, draw.begin((2, 2, most + near), "uint8", 4), kind, True, 1,
                weights_bits=bits, pool_type=NO_POOL, padding=SAME, **values)


# ===----------------------------------------------------------------------===#
# The comparison
# ===----------------------------------------------------------------------===#

DRAWERS = (draw_chain, draw_chain, draw_graph, draw_v1_chain, draw_chain, draw_v1_chain,
           draw_sizes, draw_graph, draw_v1_sizes, draw_queues)


def draw_model(seed, number):
    """Model `number` of a seed."""
    for attempt in range(100):
        draw = Draw(seed, 1000 * number + attempt)
        try:
            DRAWERS[number % len(DRAWERS)](draw)
            return draw
        except ValueError:
            continue
    raise RuntimeError(f"no model {number} of seed {seed}")


def ask_engine(dictionary, device):
    """What the mapper says: nothing if it maps all, a text, or None if there is no such model."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            model = akida.Model.from_dict(dictionary)
        except Exception as error:  # pylint: disable=broad-except
            os.write(writer, b"-" + str(error).encode()[:2000])
            os._exit(0)
        try:
            model.map(getattr(akida, device)(), hw_only=True, mode=akida.MapMode.Minimal)
            os.write(writer, b"+")
        except Exception as error:  # pylint: disable=broad-except
            os.write(writer, b"!" + str(error).encode()[:2000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    if answer.startswith("-"):
        return None
    return answer[1:] if answer else "the mapper crashed"


def ask_qml(tool, text, scratch):
    """The same of qml."""
    source, report = scratch / "model.mlir", scratch / "report.json"
    source.write_text(text)
    report.unlink(missing_ok=True)
    done = subprocess.run([tool, "convert", source, "--check", "--hardware-only",
                           f"--json={report}"], capture_output=True, text=True, timeout=60,
                          check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"qml convert: exit code {done.returncode}: {done.stderr[:2000]}")
    if not report.exists():
        return None
    problems = json.loads(report.read_text())["problems"]
    if (done.returncode == 0) != (not problems):
        raise RuntimeError(f"qml convert: exit code {done.returncode} with {problems}")
    if any(problem["source"] != "mapper" for problem in problems):
        raise RuntimeError(f"not of the mapper: {problems}")
    return "\n".join(problem["message"] for problem in problems)


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare what maps with the engine's mapper.")
    parser.add_argument("tool", metavar="QML", help="the qml program")
    parser.add_argument("--models", type=int, default=300, help="how many to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one model of the seed")
    options = parser.parse_args()
    numbers = range(options.models) if options.only is None else [options.only]
    mapped = skipped = differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            draw = draw_model(options.seed, number)
            text = draw.model.text()
            ours = ask_qml(options.tool, text, Path(folder))
            devices = [draw.only] if draw.only else DEVICES[draw.model.version]
            answers = [ask_engine(draw.model.dictionary(), device) for device in devices]
            if ours is None or None in answers:
                skipped += 1
                continue
            mapped += not ours
            wrong = [f"{device}: {theirs or 'maps'}" for device, theirs in zip(devices, answers)
                     if bool(theirs) != bool(ours)]
            if wrong:
                differences += 1
                print(f"DIFFERENCE, to be replayed with --seed={options.seed} --only={number}")
                print(f"  qml: {ours or 'maps'}")
                print("".join(f"  {line}\n" for line in wrong), end="")
                for layer in draw.model.layers:
                    print(f"  {layer['name']} of {layer['inbounds']}: {layer['parameters']}")
                sys.stdout.flush()
    print(f"{len(numbers)} models, {mapped} mapped, {skipped} not compared, "
          f"{differences} differences")
    return 1 if differences or (len(numbers) > 1 and (not mapped or skipped * 5 > len(numbers))) \
        else 0


if __name__ == "__main__":
    sys.exit(main())
