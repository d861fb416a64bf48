# ===- architectures.py - Named networks, and their samples ------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""The registry of networks that the table of docs/Architectures.md is about, as models of tf_keras.

`ARCHITECTURES` has them by name. `make` builds one with fixed seeds: random weights, biases and slopes drawn, and
norms with the statistics of samples, so that values are as spread as those of trained networks.
"""

import dataclasses
import typing
import zlib

import numpy as np
import tf_keras

ARCHITECTURES = {}
STATISTICS = 32
# Calibration and evaluation; the first for samples of up to so many values.
SMALL, COUNTS_OF_SMALL, COUNTS = 64 * 64 * 3, (128, 64), (16, 8)
ACTIVATED = ("Dense", "Conv2D", "Conv1D", "Conv2DTranspose")


@dataclasses.dataclass
class Architecture:
    """A network: `samples` is the type of its inputs, uint8 (images), int8 (signals with a sign, as floats) or
    int16; `name` and `group` are what the table says."""
    name: str
    group: str
    build: typing.Callable
    samples: str = "uint8"


def architecture(group, samples="uint8"):
    """Registers the decorated function, which makes a model, by its name."""
    def register(build):
        add(build.__name__, group, build, samples)
        return build
    return register


def add(name, group, build, samples="uint8"):
    assert name not in ARCHITECTURES, name
    ARCHITECTURES[name] = Architecture(name, group, build, samples)


def smooth(rng, count, shape):
    """Random fields: noise of several scales over all axes but the last, of mean 0 and deviation 1 a sample."""
    total = np.zeros((count, *shape))
    for scale in (1, 4, 16, 64):
        coarse = rng.normal(size=(count, *(-(-size // scale) for size in shape[:-1]), shape[-1]))
        for axis, size in enumerate(shape[:-1], 1):
            coarse = np.take(np.repeat(coarse, scale, axis), np.arange(size), axis)
        total += coarse * scale ** 0.25
    axes = tuple(range(1, total.ndim)) if total[0].size > 1 else None
    return (total - total.mean(axes, keepdims=True)) / (total.std(axes, keepdims=True) + 1e-9)


def make_samples(rng, model, kind, count):
    """Arrays by the names of the model's inputs."""
    arrays = {}
    for name, tensor in zip(model.input_names, model.inputs):
        field = smooth(rng, count, tensor.shape[1:])
        each = (count,) + (1,) * (field.ndim - 1)
        field *= rng.uniform(0.5, 1.5, each)
        if kind == "uint8":
            field = np.clip(np.round(rng.uniform(80, 176, each) + 48 * field), 0, 255).astype(np.uint8)
        elif kind == "int16":
            field = np.clip(np.round(8000 * field), -32768, 32767).astype(np.int16)
        elif tensor.dtype == "int8":
            field = np.clip(np.round(32 * field), -128, 127).astype(np.int8)
        arrays[name] = field if field.dtype != np.float64 else field.astype(np.float32)
    return arrays


def leaves(model):
    """All layers, those of nested models in their place."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def draw(rng, model, samples):
    """Biases, slopes, and what norms scale by; then norms get the statistics of the samples, in one pass.

    Most values pass the ReLUs after norms: where half of them do, each layer of a random network amplifies noise, by
    1.7 dB, which trained networks don't.
    """
    changed = []
    for layer in leaves(model):
        kind = type(layer).__name__
        if kind in ("BatchNormalization", "SyncBatchNormalization"):
            changed.append((layer, "momentum", layer.momentum))
            layer.momentum = 0.0
        elif "Dropout" in kind:
            changed.append((layer, "rate", layer.rate))
            layer.rate = 0.0
        elif kind == "Normalization":
            continue
        for weight in layer.weights:
            name = weight.name.split("/")[-1].split(":")[0]
            if name == "bias":
                weight.assign(rng.normal(0, 0.1, weight.shape))
            elif kind == "BatchNormalization" and name in ("gamma", "beta"):
                weight.assign(rng.uniform(0.5, 1.5, weight.shape))
            elif name == "alpha":
                weight.assign(rng.uniform(0.1, 0.3, weight.shape))
    if any(attribute == "momentum" for _, attribute, _ in changed):
        model([samples[name] for name in model.input_names] if len(samples) > 1
              else next(iter(samples.values())), training=True)
    for layer, attribute, value in changed:
        setattr(layer, attribute, value)


def before_softmax(tensor):
    """What a Softmax that ends a network reads, or the tensor itself; weights are shared."""
    layer = tensor._keras_history.layer
    kind = type(layer).__name__
    if kind in ("Reshape", "Flatten") and not hasattr(layer.input, "append"):
        inner = before_softmax(layer.input)
        return tensor if inner is layer.input else inner
    function = getattr(layer, "activation", None)
    if kind == "Softmax" or (kind == "Activation" and function is tf_keras.activations.softmax):
        return layer.input
    if kind in ACTIVATED and function is tf_keras.activations.softmax:
        linear = type(layer).from_config({**layer.get_config(), "activation": "linear"})
        result = linear(layer.input)
        linear.set_weights(layer.get_weights())
        return result
    return tensor


def body(model):
    """The network without the Softmax that ends it, which integers do not have; the model itself if it has none."""
    if not hasattr(model.outputs[0], "_keras_history"):
        return model
    outputs = [before_softmax(tensor) for tensor in model.outputs]
    if all(new is old for new, old in zip(outputs, model.outputs)):
        return model
    return tf_keras.Model(model.inputs, outputs[0] if len(outputs) == 1 else outputs, name=model.name)


def make(name):
    """The model, its body, and samples for calibration and for evaluation: dictionaries by inputs."""
    entry = ARCHITECTURES[name]
    seed = zlib.crc32(name.encode())
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = entry.build()
    draw(rng, model, make_samples(rng, model, entry.samples, STATISTICS))
    size = sum(int(np.prod(tensor.shape[1:])) for tensor in model.inputs)
    calibration, evaluation = COUNTS_OF_SMALL if size <= SMALL else COUNTS
    return (model, body(model), make_samples(rng, model, entry.samples, calibration),
            make_samples(rng, model, entry.samples, evaluation))


# The files of the groups register their networks, those that take longest last.
import tutorials  # noqa: E402,F401  isort: skip
import zoo  # noqa: E402,F401  isort: skip
import applications  # noqa: E402,F401  isort: skip
