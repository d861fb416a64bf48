# ===- make_lossy.py - Networks that lose accuracy in integers -------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes float networks as <name>.mlir, and samples for each as <name>.npy, into the current folder:
convolutions, ReLUs and a dense layer with random weights, in each of which one thing is unusual."""

import numpy as np

rng = np.random.default_rng(7)


def literal(array):
    array = np.asarray(array, "f4")
    return f"dense<{np.char.mod('%.8e', array).tolist()}>".replace("'", "") + f" : tensor<{'x'.join(map(str, array.shape))}xf32>"


class Network:
    def __init__(self, *shape):
        self.lines, self.shape, self.value = [], shape, "%x"
        self.input = self.type()

    def type(self):
        return f"tensor<?x{'x'.join(map(str, self.shape))}xf32>"

    def add(self, text, shape, before=None):
        before = before or self.type()
        self.shape = shape
        value = f"%v{len(self.lines)}"
        self.lines.append(f"    {value} = qml.{text} : {before} -> {self.type()}")
        self.value = value
        return self

    def conv(self, name, kernel, bias=None):
        text = f'conv_2d "{name}" ({self.value}) kernel = {literal(kernel)}'
        if bias is not None:
            text += f" bias = {literal(bias)}"
        return self.add(text + " padding = same", (*self.shape[:2], kernel.shape[3]))

    def relu(self, name):
        return self.add(f'relu "{name}" ({self.value})', self.shape)

    def flatten(self):
        return self.add(f'flatten "flat" ({self.value})', (int(np.prod(self.shape)),))

    def gap(self):
        return self.add(f'global_average_pool_2d "gap" ({self.value})', self.shape[2:])

    def plus(self, a, b):
        return self.add(f'add "add" ({a}, {b})', self.shape, f"{self.type()}, {self.type()}")

    def dense(self):
        kernel = glorot(self.shape[0], 10)
        return self.add(f'dense "dense" ({self.value}) kernel = {literal(kernel)}', (10,))

    def write(self, name, low=0.0, high=1.0):
        shape = self.input[len("tensor<?x"):-len("xf32>")].split("x")
        body = "\n".join(self.lines)
        with open(f"{name}.mlir", "w", encoding="utf-8") as file:
            file.write(f"module @{name} {{\n  func.func @main(%x: {self.input}) -> {self.type()} {{\n{body}\n"
                       f"    return {self.value} : {self.type()}\n  }}\n}}\n")
        np.save(f"{name}.npy", rng.uniform(low, high, (128, *map(int, shape))).astype("f4"))


def glorot(*shape):
    fan = np.prod(shape[:-1]) + np.prod(shape[:-2]) * shape[-1]
    return rng.uniform(-1, 1, shape) * np.sqrt(6 / fan)


def positive(channels=8):
    """Filters of which no ReLU makes zeros alone."""
    kernel = glorot(3, 3, 3, channels) + 0.1
    return kernel * 4 / kernel.sum((0, 1, 2))


# Nothing is lost.
Network(8, 8, 3).conv("conv", positive()).relu("relu").flatten().dense().write("control")

# The ranges of channels are up to 2^7 apart.
Network(8, 8, 3).conv("conv", positive() * 2.0 ** (np.arange(8) - 3)).relu("relu").flatten().dense().write("spread")

# One channel is always 0; the others have ranges of 8 to 16.
kernel = positive() * 8
kernel[..., 2] = 0
Network(8, 8, 3).conv("conv", kernel).relu("relu").flatten().dense().write("dead")

# A dead channel before a convolution: its accumulator has room for all.
kernel = positive()
kernel[..., 2] = 0
Network(8, 8, 3).conv("conv", kernel).relu("relu").conv("conv2", glorot(3, 3, 8, 8) + 0.05).relu("relu2").gap().dense().write("harmless")

# A filter of zeros, or next to nothing, that has a bias.
for name, size in (("zero_bias", 0.0), ("tiny_bias", 1e-9)):
    kernel, bias = glorot(3, 3, 8, 8) + 0.05, np.zeros(8)
    kernel[..., 5], bias[5] = size, 30.0
    Network(8, 8, 3).conv("conv", positive()).relu("relu").conv("conv2", kernel, bias).relu("relu2").flatten().dense().write(name)

# Sums over large images of large values.
Network(32, 32, 3).conv("conv", positive() * 2.0 ** (np.arange(8) - 4)).relu("relu").conv("conv2", glorot(3, 3, 8, 8) + 0.05).relu("relu2").gap().dense().write("average", 20, 24)

# The same in an image that the reference's buffers have room for, and the chip's have not.
Network(7, 7, 3).conv("conv", np.abs(glorot(3, 3, 3, 8))).relu("relu").conv("conv2", np.abs(glorot(3, 3, 8, 8))).relu("relu2").gap().dense().write("average_on_chip", 20, 24)

# Channels of a sum have different ranges.
network = Network(8, 8, 3).conv("left", positive() * 2.0 ** (np.arange(8) - 3))
left = network.value
network.value, network.shape = "%x", (8, 8, 3)
right = network.conv("right", positive()).value
network.plus(left, right).relu("relu").flatten().dense().write("sum")

# Results are small, and the network undoes it.
Network(8, 8, 3).conv("conv", positive() / 50).relu("relu").conv("conv2", (glorot(3, 3, 8, 8) + 0.05) * 50).relu("relu2").flatten().dense().write("small")

# A ReLU that gives zeros alone.
Network(8, 8, 3).conv("conv", -np.abs(positive())).relu("relu").flatten().dense().write("zero")

# Ranges that no alignment can bring together.
Network(8, 8, 3).conv("conv", positive() * 2.0 ** (3 * np.arange(8))).relu("relu").flatten().dense().write("far")

# The last batches don't show what the first ones do.
fading = np.load("control.npy")
fading[64:] *= 0.5
np.save("fading.npy", fading)
