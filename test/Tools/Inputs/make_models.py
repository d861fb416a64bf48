#!/usr/bin/env python3
# ===- make_models.py - Small Keras models for the tests of tools ----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Makes the small Keras models beside it: sound ones, and some that `qml` must
refuse with a message.

Run it with a Python that has tf_keras and h5py; the files are checked in, so
this is needed only to change them.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
layers = tf_keras.layers


def small(channels=2, last=()):
    """A convolution with ReLU6 and a head, for images of 4x4 pixels."""
    x = image = layers.Input((4, 4, channels), name="image")
    x = layers.Conv2D(3, 3, padding="same", name="conv")(x)
    x = layers.ReLU(6.0, name="relu")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(4, name="fc")(x)
    for layer in last:
        x = layer(x)
    return tf_keras.Model(image, x, name="small")


def with_rescaling():
    """The same for pixels from 0 to 255."""
    return tf_keras.Sequential([
        layers.Input((4, 4, 2), name="image", dtype="uint8"),
        layers.Rescaling(1 / 255, name="rescale"),
        *small().layers[1:]], name="rescaled")


def two_inputs():
    left = layers.Input((4, 4, 2), name="left")
    right = layers.Input((4, 4, 2), name="right")
    return tf_keras.Model([left, right], layers.Add(name="sum")([left, right]),
                          name="two_inputs")


def save(name, model, seed=1):
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(-0.5, 0.5, w.shape).astype(np.float32)
                       for w in model.get_weights()])
    model.save(HERE / name)


def set_weight(name, weight, value):
    """Overwrites the first element of a weight."""
    with h5py.File(HERE / name, "r+") as file:
        dataset = file["model_weights"][weight]
        dataset[(0,) * dataset.ndim] = value


def edit_config(name, edit):
    """Changes the configuration, which Keras wouldn't let us do."""
    with h5py.File(HERE / name, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        edit({layer["name"]: layer for layer in config["config"]["layers"]})
        file.attrs["model_config"] = json.dumps(config)


def connect(layer, source):
    layer["inbound_nodes"] = [[[source, 0, 0, {}]]]


def main():
    save("small.h5", small())
    save("rescaled.h5", with_rescaling())
    save("one-channel.h5", small(channels=1))
    save("softmax.h5", small(last=[layers.Softmax(name="softmax")]))
    save("integer-input.h5", small())
    edit_config("integer-input.h5",
                lambda nodes: nodes["image"]["config"].update(dtype="uint8"))
    save("unsupported.h5", small(last=[
        layers.Lambda(lambda x: x + 1, name="custom"),
        layers.LayerNormalization(name="norm")]))
    save("two-inputs.h5", two_inputs())
    save("nan.h5", small())
    set_weight("nan.h5", "conv/conv/kernel:0", np.nan)
    save("infinite.h5", small())
    set_weight("infinite.h5", "fc/fc/bias:0", -np.inf)
    save("cycle.h5", small())
    edit_config("cycle.h5", lambda nodes: connect(nodes["conv"], "relu"))
    save("no-such-layer.h5", small())
    edit_config("no-such-layer.h5",
                lambda nodes: connect(nodes["relu"], "missing"))
    save("empty-input.h5", small())
    edit_config("empty-input.h5", lambda nodes: nodes["image"]["config"].update(
        batch_input_shape=[None, 4, 0, 2]))
    save("no-filters.h5", small())
    edit_config("no-filters.h5", lambda nodes: nodes["conv"]["config"].update(
        filters=0))
    save("unknown-extent.h5", small())
    edit_config("unknown-extent.h5",
                lambda nodes: nodes["image"]["config"].update(
                    batch_input_shape=[None, None, None, 2]))


if __name__ == "__main__":
    main()
