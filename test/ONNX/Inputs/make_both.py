#!/usr/bin/env python3
# ===- make_both.py - Networks as Keras and as ONNX files -----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes small networks beside itself, each as NAME.h5 by Keras and as NAME.onnx
by tf2onnx, and samples for all in samples.npy.

Run it with a Python that has tensorflow, tf_keras and tf2onnx, and with
TF_USE_LEGACY_KERAS=1; the files are checked in, so this is needed only to
change them.
"""

import pathlib

import numpy as np
import tensorflow as tf
import tf2onnx
import tf_keras as keras
from tf_keras import layers

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = np.random.default_rng(11)


def block(x, filters, size=3, strides=1, activation=6.0, norm=True):
    x = layers.Conv2D(filters, size, strides, padding="same",
                      use_bias=not norm)(x)
    if norm:
        x = layers.BatchNormalization()(x)
    return layers.ReLU(activation)(x) if activation else layers.ReLU()(x)


def residual():
    """Borders of all kinds, a sum and a concatenation."""
    i = layers.Input((16, 16, 3))
    x = layers.Rescaling(1 / 128, offset=-1)(i)
    x = block(x, 8, strides=2)
    y = block(x, 8, activation=None)
    x = layers.Add()([x, layers.Conv2D(8, 1)(y)])
    x = layers.ReLU()(x)
    x = layers.Concatenate()([x, block(x, 4)])
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(10, 3, padding="valid", activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(12, activation="relu")(x)
    return keras.Model(i, layers.Dense(5)(x))


def depthwise():
    """As MobileNet."""
    i = layers.Input((16, 16, 3))
    x = layers.Rescaling(1 / 255)(i)
    x = block(x, 8, strides=2)
    for filters, strides in ((12, 1), (16, 2)):
        x = layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU(6.0)(x)
        x = block(x, filters, 1)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(i, layers.Dense(5)(x))


def upsampled():
    """An image to an image, with a table activation."""
    i = layers.Input((16, 16, 3))
    x = layers.Rescaling(1 / 255)(i)
    x = block(x, 8, strides=2, activation=None)
    y = layers.AveragePooling2D(2)(x)
    y = layers.Conv2D(8, 3, padding="same", activation="swish")(y)
    y = layers.Conv2DTranspose(8, 3, 2, padding="same")(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Conv2DTranspose(4, 2, 2, padding="same")(x)
    return keras.Model(i, layers.Conv2D(2, 3, padding="same")(layers.ReLU()(x)))


def main():
    keras.utils.set_random_seed(5)
    samples = RANDOM.integers(0, 256, (24, 16, 16, 3)).astype(np.uint8)
    np.save(HERE / "samples.npy", samples)
    for make in (residual, depthwise, upsampled):
        model = make()
        for layer in model.layers:
            if isinstance(layer, layers.BatchNormalization):
                count = layer.gamma.shape[0]
                layer.set_weights([
                    RANDOM.uniform(0.5, 1.5, count), RANDOM.normal(0, 0.3, count),
                    RANDOM.normal(0, 0.3, count), RANDOM.uniform(0.5, 1.5, count)])
            elif getattr(layer, "use_bias", False):
                layer.bias.assign(RANDOM.normal(0, 0.1, layer.bias.shape))
        path = HERE / f"{make.__name__}.h5"
        model.save(path, include_optimizer=False)
        shape = tf.TensorSpec((None, 16, 16, 3), tf.float32, name="image")
        tf2onnx.convert.from_keras(model, (shape,), opset=13,
                                   output_path=str(path.with_suffix(".onnx")))


if __name__ == "__main__":
    main()
