# ===- models.py - Akida models as text and as dictionaries ---------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""A small Akida model that is built layer by layer, in both forms: text in the akida dialect, and
the dictionary that BrainChip's engine makes a model of.
"""
import collections

import akida
import numpy as np

PADDINGS = ("valid", "same", "same_upper")
POOLS = ("none", "max", "average")
ACTIVATIONS = ("none", "relu", "lut")
VALID, SAME, SAME_UPPER = range(3)
NO_POOL, MAX_POOL, AVERAGE_POOL = range(3)
NO_ACTIVATION, RELU, LUT = range(3)

# Parameters that may be left out in the text, with what they are then.
DEFAULTS = {
    "input_bits": 8, "output_bits": 8, "output_signed": False, "kernel_stride": 1, "padding": SAME,
    "pool_type": NO_POOL, "pool_size": -1, "pool_stride": -1, "activation": NO_ACTIVATION,
    "post_op_buffer_bits": 32, "weights_bits": 8, "subsample": 1, "internal_state_bits": 16,
    "stride_x": 1, "stride_y": 1, "pooling_width": -1, "pooling_height": -1,
    "pooling_stride_x": -1, "pooling_stride_y": -1, "padding_value": 0, "act_bits": 4}
REQUIRED = ["filters", "units", "kernel_size", "kernel_width", "kernel_height", "fifo_size",
            "stateful_channels", "output_channels"]
BUFFER_DEFAULTS = {"input_conv2d": 32, "add": 32, "buffer_temp_conv": 32,
                   "depthwise_buffer_temp_conv": 32, "pico_post_processing": 44}

ENGINE_TYPES = {
    "input_data": "InputData", "quantizer": "Quantizer", "dequantizer": "Dequantizer",
    "input_conv2d": "InputConv2D", "conv2d": "Conv2D", "depthwise_conv2d": "DepthwiseConv2D",
    "conv2d_transpose": "Conv2DTranspose", "depthwise_conv2d_transpose": "DepthwiseConv2DTranspose",
    "dense1d": "Dense1D", "add": "Add", "concatenate": "Concatenate",
    "buffer_temp_conv": "BufferTempConv", "depthwise_buffer_temp_conv": "DepthwiseBufferTempConv",
    "stateful_recurrent": "StatefulRecurrent", "pico_post_processing": "PicoPostProcessing",
    "input_convolutional": "InputConvolutional", "convolutional": "Convolutional",
    "separable_convolutional": "SeparableConvolutional", "fully_connected": "FullyConnected"}
ROTATED = {"conv2d", "depthwise_conv2d", "convolutional", "separable_convolutional"}
V1_LAYERS = {"input_convolutional", "convolutional", "separable_convolutional", "fully_connected"}

ELEMENTS = {"uint8": "ui8", "int8": "i8", "int16": "i16", "int32": "i32", "uint16": "ui16",
            "float32": "f32"}


def element_type(bits):
    """The NumPy type of results of so many bits."""
    return {**{b: "uint8" for b in range(1, 5)}, **{b: "int8" for b in range(5, 9)},
            16: "int16"}.get(bits, "int32")


class Value:
    """A tensor of a model: its name in the text, its extents without the batch, and its type."""

    def __init__(self, name, shape, dtype, bits, layer=None):
        self.name = name
        self.shape = tuple(shape)
        self.dtype = dtype
        self.bits = bits
        self.layer = layer

    def type(self):
        """The type in the text."""
        return f"tensor<?x{'x'.join(map(str, self.shape))}x{ELEMENTS[self.dtype]}>"


class Model:
    """A model that is built layer by layer, as text and as the engine's dictionary."""

    def __init__(self, rng, shape, dtype):
        self.rng = rng
        self.input = Value("%x", shape, dtype, None)
        self.memories = []  # (name of the argument, of the result, type)
        self.lines = []
        self.layers = []
        self.version = 2
        self.counts = collections.Counter()
        self.result = None
        self.has_prediction = False  # the engine's predict() gives another array

    def add(self, kind, operands, shape, dtype, bits, parameters, variables, memory=None):
        """Adds a layer after the values `operands`; returns its result."""
        self.counts[kind] += 1
        name = f"{kind}_{self.counts[kind]}"
        result = Value(f"%{len(self.layers)}", shape, dtype, bits, name)
        if kind in V1_LAYERS:
            self.version = 1
        self.lines.append(self.layer_text(kind, name, operands, result, parameters, variables,
                                          memory))
        self.layers.append(self.layer_dictionary(kind, name, operands, parameters, variables))
        self.result = result
        return result

    def layer_text(self, kind, name, operands, result, parameters, variables, memory):
        """The line of a layer in the text."""
        words = []
        for key, value in parameters.items():
            if value == self.default(kind, key) and self.rng.random() < .5:
                continue
            is_v1 = kind in V1_LAYERS
            if key == "padding":
                value = PADDINGS[value]
            elif key == "pool_type":
                value = POOLS[value]
            elif key == "activation" and not is_v1:
                value = ACTIVATIONS[value]
            elif key in ("activation", "output_signed"):
                value = "true" if value else "false"
            words.append(f"{key} = {value}")
        # Those that can't be left out come first, in the order of the definition.
        words.sort(key=lambda word: REQUIRED.index(name_of(word))
                   if name_of(word) in REQUIRED else len(REQUIRED))
        attributes = [f"{key} = {literal(as_keras(kind, key, array, operands[0].shape))}"
                      for key, array in variables.items()]
        names = [value.name for value in operands]
        types = [value.type() for value in operands]
        results, result_types = result.name, result.type()
        if memory is not None:
            argument = f"%m{len(self.memories)}"
            updated = f"%n{len(self.memories)}"
            self.memories.append((argument, updated, memory))
            names.append(argument)
            types.append(memory)
            results += f", {updated}"
            result_types = f"({result_types}, {memory})"
        return (f"{results} = akida.{kind} \"{name}\" ({', '.join(names)}) "
                f"{' '.join(words)} {{{', '.join(attributes)}}} : ({', '.join(types)}) "
                f"-> {result_types}")

    @staticmethod
    def default(kind, key):
        """What a parameter is that is left out, None if it can't be."""
        if key == "buffer_bits":
            return BUFFER_DEFAULTS.get(kind, 28)
        if kind in V1_LAYERS and key in ("activation", "weights_bits"):
            return {"activation": True, "weights_bits": 4}[key]
        return DEFAULTS.get(key)

    @staticmethod
    def layer_dictionary(kind, name, operands, parameters, variables):
        """The engine's dictionary of a layer."""
        parameters = {key: int(value) for key, value in parameters.items()}
        shape = operands[0].shape
        if kind in ("input_data", "quantizer", "input_convolutional"):
            parameters.update(input_width=shape[0], input_height=shape[1], input_channels=shape[2])
        elif kind == "input_conv2d":
            parameters.update(input_x=shape[0], input_y=shape[1], input_channels=shape[2])
        if kind == "input_data":
            parameters["input_signed"] = int(parameters["input_bits"] > 4)
        elif kind == "quantizer":
            parameters["channels_first"] = 0
        return {"name": name, "parameters": {**parameters, "layer_type": ENGINE_TYPES[kind]},
                "inbounds": [value.layer for value in operands if value.layer],
                "variables": {key: {"dtype": str(array.dtype), "bitwidth": 32,
                                    "data": array.tolist()} for key, array in variables.items()}}

    def text(self):
        """The model in the akida dialect; its layers stand in a sequence or not."""
        arguments = ", ".join([f"%x: {self.input.type()}"]
                              + [f"{argument}: {kind}" for argument, _, kind in self.memories])
        results = [self.result.name] + [name for _, name, _ in self.memories]
        types = [self.result.type()] + [kind for _, _, kind in self.memories]
        lines = list(self.lines)
        outside = 1 if self.lines[0].find("akida.input_data") > 0 else 0
        if len(lines) > outside and self.rng.random() < .5:
            inner = [f"  {line}" for line in lines[outside:]]
            first, last = self.layers[outside]["name"], self.layers[-1]["name"]
            lines[outside:] = [
                f"%s:{len(results)} = akida.sequence \"SW/{first}-{last}\" backend = \"Software\" "
                f"-> ({', '.join(types)}) {{", *inner,
                f"  akida.yield {', '.join(results)} : {', '.join(types)}", "}"]
            results = [f"%s#{i}" for i in range(len(results))]
        lines.append(f"akida.return {', '.join(results)} : {', '.join(types)}")
        body = "".join(f"  {line}\n" for line in lines)
        return (f"akida.model @model version = v{self.version} input = \"image\" {{\n"
                f"^bb0({arguments}):\n{body}}}\n")

    def dictionary(self):
        """The engine's dictionary of the model."""
        return {"Akida version": akida.__version__, "learning": None, "layers": self.layers}


def name_of(word):
    """The name in `name = value`."""
    return word.split(" ", 1)[0]


def as_keras(kind, key, array, shape):
    """A variable of the engine as the text has it: kernels aren't rotated, and rows of matrices are
    in the order of rows, columns and channels of the image.
    """
    if key == "weights" and kind in ROTATED:
        return array[::-1, ::-1]
    if key == "weights" and kind == "fully_connected":
        rows = array.reshape(*reversed(shape), array.shape[-1])
        return rows.transpose(2, 1, 0, 3).reshape(array.shape)
    return array


def literal(array):
    """An array as a dense literal: short ones in numbers, others in bytes."""
    array = np.ascontiguousarray(array)
    shape = "x".join(map(str, array.shape))
    kind = f"tensor<{shape}x{ELEMENTS[str(array.dtype)]}>"
    if array.size > 12 or array.dtype.kind == "f":
        return f"dense<\"0x{array.tobytes().hex().upper()}\"> : {kind}"
    return f"dense<{array.tolist()}> : {kind}"
