# ===- float_network.py - A float network as MLIR text ---------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""A float network that is built layer by layer, written as `qml import` writes
one, and made smaller. Values are named as the layers and inputs that give them;
shapes are without the batch."""

import dataclasses
import math
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Inputs"))

from make_arrays import npy_bytes  # noqa: E402

# Of elements, the types of arrays.
DTYPES = {"f32": "f4", "ui8": "u1", "i8": "i1", "i16": "i2"}
RANGES = {"ui8": (0, 255), "i8": (-128, 127), "i16": (-3000, 3000)}


@dataclasses.dataclass
class Layer:
    """One operation. `text` is all between operands and types."""
    op: str
    name: str
    operands: list
    text: str
    shape: tuple
    # The type of the memory that the layer has.
    memory: tuple = None


@dataclasses.dataclass
class Input:
    """What samples are given for."""
    name: str
    shape: tuple
    element: str = "f32"


def tensor(shape, element="f32"):
    """The type of a value."""
    return f"tensor<?x{'x'.join(map(str, shape))}x{element}>"


def dense(values, shape):
    """An array as an attribute, to the last bit."""
    data = struct.pack(f"<{len(values)}f", *values).hex().upper()
    return f'dense<"0x{data}"> : tensor<{"x".join(map(str, shape))}xf32>'


class Network:
    """Inputs, layers in their order, and the names of the outputs."""

    def __init__(self):
        self.inputs = []
        self.layers = []
        self.outputs = []

    def shape(self, name):
        """The shape of a value."""
        return self.find(name).shape

    def find(self, name):
        """The layer or input that gives a value."""
        return next(value for value in self.inputs + self.layers
                    if value.name == name)

    def add_input(self, name, shape, element="f32"):
        """Adds an input; returns its name."""
        self.inputs.append(Input(name, tuple(shape), element))
        return name

    def add(self, op, operands, text, shape, memory=None, name=None):
        """Adds a layer; returns its name."""
        operands = [operands] if isinstance(operands, str) else list(operands)
        name = name or f"{op}_{len(self.layers)}"
        self.layers.append(Layer(op, name, operands, text, tuple(shape),
                                 memory))
        return name

    def text(self, with_integers=False):
        """The module. With integers that nobody needs the interpreter runs it,
        else what runs networks of floats alone."""
        types = {value.name: tensor(value.shape,
                                    getattr(value, "element", "f32"))
                 for value in self.inputs + self.layers}
        arguments = [f'%{i.name}: {types[i.name]} {{qml.name = "{i.name}"}}'
                     for i in self.inputs]
        results = [types[name] for name in self.outputs]
        values = list(self.outputs)
        body = []
        for layer in self.layers:
            operands = [f"%{name}" for name in layer.operands]
            given = ", ".join(types[name] for name in layer.operands)
            result = f"%{layer.name}"
            if layer.memory:
                memory = f"tensor<1x{'x'.join(map(str, layer.memory))}xf32>"
                state = f'{memory} {{qml.state = "{layer.name}"}}'
                arguments.append(f"%{layer.name}_old: {state}")
                results.append(state)
                values.append(f"{layer.name}_new")
                operands.append(f"%{layer.name}_old")
                given = f"({given}, {memory})"
                result += f", %{layer.name}_new"
            body.append(f'    {result} = qml.{layer.op} "{layer.name}" '
                        f'({", ".join(operands)}) {layer.text} : {given} -> '
                        f'{types[layer.name]}\n')
        if with_integers:
            name = next(name for name, kind in types.items()
                        if kind.endswith("xf32>"))
            kind = types[name]
            codes = kind.replace("xf32>", "xi8, #qml.fixed<value_bits = 7, "
                                          "frac_bits = 7>>")
            body.append(
                f'    %codes = qml.input_quantizer "codes" (%{name}) '
                f'bitwidth = 8 per_tensor {{range_min = dense<-1.0> : '
                f'tensor<f32>, range_max = dense<1.0> : tensor<f32>}} : '
                f'{kind} -> {codes}\n'
                f'    %spare = qml.dequantizer "spare" (%codes) : {codes} -> '
                f'{kind}\n')
            results.append(kind)
            values.append("spare")
        returned = ", ".join(f"%{value}" for value in values)
        return (f"module @drawn {{\n  func.func @main({', '.join(arguments)})\n"
                f"      -> ({', '.join(results)}) {{\n{''.join(body)}"
                f"    return {returned} : "
                f"{', '.join(r.split(' {')[0] for r in results)}\n  }}\n}}\n")

    def write_samples(self, folder, seed, count):
        """Writes samples for the inputs; returns the files, one for each."""
        draw = random.Random(seed)
        paths = []
        for item in self.inputs:
            size = count * math.prod(item.shape)
            if item.element == "f32":
                values = [draw.gauss(0, 1) for _ in range(size)]
            else:
                values = [draw.randint(*RANGES[item.element])
                          for _ in range(size)]
            paths.append(folder / f"{item.name}.npy")
            paths[-1].write_bytes(npy_bytes(
                DTYPES[item.element], (count, *item.shape), values))
        return paths

    # Making it smaller.

    def copy(self):
        """Another network of the same layers."""
        other = Network()
        other.inputs = list(self.inputs)
        other.layers = [dataclasses.replace(layer) for layer in self.layers]
        other.outputs = list(self.outputs)
        return other

    def without_unused(self):
        """Leaves out what no output needs, in place."""
        needed = set(self.outputs)
        kept = []
        for layer in reversed(self.layers):
            if layer.name in needed:
                kept.insert(0, layer)
                needed.update(layer.operands)
        self.layers = kept
        self.inputs = [item for item in self.inputs if item.name in needed]
        return self

    def replace(self, name, other):
        """Takes `other` wherever `name` was."""
        for layer in self.layers:
            layer.operands = [other if operand == name else operand
                              for operand in layer.operands]
        self.outputs = [other if output == name else output
                        for output in self.outputs]

    def smaller(self):
        """Networks with less of this one, those with the least first."""
        for layer in self.layers[:-1]:
            if self.outputs != [layer.name]:
                other = self.copy()
                other.outputs = [layer.name]
                yield other.without_unused()
        for output in self.outputs if len(self.outputs) > 1 else []:
            other = self.copy()
            other.outputs.remove(output)
            yield other.without_unused()
        for layer in reversed(self.layers):
            if len(self.layers) == 1:
                break
            for operand in dict.fromkeys(layer.operands):
                source = self.find(operand)
                if (source.shape == layer.shape and
                        getattr(source, "element", "f32") == "f32"):
                    other = self.copy()
                    other.replace(layer.name, operand)
                    yield other.without_unused()
            other = self.copy()
            name = f"cut_{layer.name}"
            other.replace(layer.name, name)
            other.inputs.append(Input(name, layer.shape))
            other.layers = [l for l in other.layers if l.name != layer.name]
            if name not in other.outputs:
                yield other.without_unused()
