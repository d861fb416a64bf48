#!/usr/bin/env python3
# ===- make_mobilenet.py - A MobileNet to measure with --------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes the benchmark's network and samples: MobileNet (version 1) with random weights whose
BatchNorm statistics fit its activations, and smooth random images.

  mobilenet.h5    tf_keras model, legacy HDF5, uint8 input
  mobilenet.onnx  the same network for ONNX Runtime, with the same input layout
  images.npy      uint8 images

Usage (in an environment made by scripts/reference): make_mobilenet.py FOLDER
"""
import argparse
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras  # noqa: E402

# Filters and strides of the depthwise separable blocks.
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
          (512, 1), (512, 1), (1024, 2), (1024, 1)]


def make_model(size, alpha, momentum=.99):
    """The float network for square uint8 images, with fresh random weights."""
    layers = keras.layers

    def tail(x, name):
        x = layers.BatchNormalization(momentum=momentum, name=name + "_bn")(x)
        return layers.ReLU(6., name=name + "_relu")(x)

    def convolution(x, filters, kernel, strides, name):
        x = layers.Conv2D(int(filters * alpha), kernel, strides=strides, padding="same",
                          use_bias=False, kernel_initializer="he_normal", name=name)(x)
        return tail(x, name)

    x = image = layers.Input((size, size, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1., name="rescale")(x)
    x = convolution(x, 32, 3, 2, "conv_0")
    for i, (filters, strides) in enumerate(BLOCKS, 1):
        x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False,
                                   depthwise_initializer="he_normal", name=f"dw_{i}")(x)
        x = tail(x, f"dw_{i}")
        x = convolution(x, filters, 1, 1, f"pw_{i}")
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    return keras.Model(image, layers.Dense(1000, name="logits")(x), name="mobilenet")


def fit_batchnorm(model, images, size, alpha, rng):
    """Gives every BatchNorm the statistics of its input for `images`."""
    # Without momentum a training step stores the statistics of its batch, and normalizes with
    # them, so that one pass sets all layers.
    twin = make_model(size, alpha, momentum=0.)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            gamma = rng.uniform(.7, 1.5, gamma.shape)
            beta = rng.normal(.3, .4, beta.shape)
            layer.set_weights([gamma, beta, mean, variance])
    twin.set_weights(model.get_weights())
    twin(tf.constant(images), training=True)
    model.set_weights(twin.get_weights())


def make_images(count, size, rng):
    """Random images with structure at several scales, as photographs have it."""
    images = np.zeros((count, size, size, 3), np.float32)
    for cells in (2, 4, 8, 16, 32, size):
        noise = rng.normal(0, 1 / np.sqrt(cells), (count, cells, cells, 3)).astype(np.float32)
        images += tf.image.resize(noise, (size, size), "bicubic").numpy()
    low = images.min(axis=(1, 2, 3), keepdims=True)
    high = images.max(axis=(1, 2, 3), keepdims=True)
    return np.rint((images - low) / (high - low) * 255).astype(np.uint8)


def same_padding(size, kernel, strides):
    """The padding before and after an axis that 'same' stands for."""
    total = max((-(-size // strides) - 1) * strides + kernel - size, 0)
    return total // 2, total - total // 2


def to_onnx(model):
    """The network as an ONNX model: uint8 images in NHWC, everything after them in NCHW."""
    nodes, constants = [], []

    def constant(name, array):
        constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(kind, inputs, name, **attributes):
        nodes.append(onnx.helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    x = "image"
    for layer in model.layers[1:]:
        name = layer.name
        if isinstance(layer, keras.layers.Rescaling):
            x = node("Cast", [x], name + "_cast", to=onnx.TensorProto.FLOAT)
            x = node("Mul", [x, constant(name + "_scale", np.float32(layer.scale))], name + "_mul")
            x = node("Add", [x, constant(name + "_offset", np.float32(layer.offset))],
                     name + "_add")
            x = node("Transpose", [x], name, perm=[0, 3, 1, 2])
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
            kernel = layer.get_weights()[0]
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            pads = [same_padding(layer.input_shape[axis], kernel.shape[axis - 1],
                                 layer.strides[axis - 1]) for axis in (1, 2)]
            kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
            x = node("Conv", [x, constant(name + "_kernel", kernel)], name,
                     group=kernel.shape[0] if depthwise else 1, strides=list(layer.strides),
                     pads=[pads[0][0], pads[1][0], pads[0][1], pads[1][1]])
        elif isinstance(layer, keras.layers.BatchNormalization):
            values = [constant(f"{name}_{i}", value) for i, value in
                      enumerate(layer.get_weights())]
            x = node("BatchNormalization", [x] + values, name, epsilon=layer.epsilon)
        elif isinstance(layer, keras.layers.ReLU):
            bounds = [constant(name + "_min", np.float32(0)),
                      constant(name + "_max", np.float32(layer.max_value))]
            x = node("Clip", [x] + bounds, name)
        elif isinstance(layer, keras.layers.GlobalAveragePooling2D):
            x = node("GlobalAveragePool", [x], name + "_mean")
            x = node("Flatten", [x], name)
        elif isinstance(layer, keras.layers.Dense):
            kernel, bias = layer.get_weights()
            x = node("Gemm", [x, constant(name + "_kernel", kernel),
                              constant(name + "_bias", bias)], name)
        else:
            raise TypeError(f"{name}: no ONNX form of {type(layer).__name__}")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, model.name,
        [value("image", onnx.TensorProto.UINT8, ["batch", *model.input_shape[1:]])],
        [value(x, onnx.TensorProto.FLOAT, ["batch", *model.output_shape[1:]])], constants)
    exported = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)],
                                      ir_version=8)
    onnx.checker.check_model(exported)
    return exported


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the benchmark's network and samples.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--alpha", type=float, default=1.)
    parser.add_argument("--images", type=int, default=128)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    images = make_images(options.images, options.size, rng)
    model = make_model(options.size, options.alpha)
    fit_batchnorm(model, images[:16], options.size, options.alpha, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the format is a legacy one
        model.save(options.folder / "mobilenet.h5")
    onnx.save(to_onnx(model), options.folder / "mobilenet.onnx")
    np.save(options.folder / "images.npy", images)
    return 0


if __name__ == "__main__":
    sys.exit(main())
