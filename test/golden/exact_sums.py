# ===- exact_sums.py - How large sums of products become ------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""The largest sums of a quantized model of the reference, which adds integers in float32: beyond
2^24 it is not exact itself."""
import numpy as np
import tensorflow as tf
import tf_keras as keras
from quantizeml.layers import (BufferTempConv, DepthwiseBufferTempConv,
                               DepthwiseConv2DTranspose)

layers = keras.layers

EXACT_LIMIT = 2**24


def sources_of(layer):
    """The layers that a layer reads."""
    sources = layer.inbound_nodes[0].inbound_layers
    return sources if isinstance(sources, list) else [sources]


def inputs_of(layer, store, inputs):
    """The absolute integers that a layer reads, brought to one binary point."""
    sources = sources_of(layer)
    kinds = ["input_shift"] if len(sources) == 1 else ["a_shift", "b_shift"]
    for source, kind in zip(sources, kinds):
        value = np.abs(store.get(f"out/{source.name}", inputs).astype(np.float64))
        yield value * np.exp2(store.get(f"{kind}/{layer.name}", 0.))


def sum_of_products(layer, value, kernel, first, padding):
    """The sums of absolute products of a layer with a kernel; `first` is the depthwise kernel of a
    separable convolution."""
    if isinstance(layer, (BufferTempConv, DepthwiseBufferTempConv)):
        # As if all frames were alike in the largest value: no less than it is.
        return np.max(value) * kernel.sum(axis=tuple(range(kernel.ndim - 1)))
    if kernel.ndim == 2:
        return value @ kernel
    if isinstance(layer, (layers.Conv2DTranspose, DepthwiseConv2DTranspose)):
        # As if each result saw all of the kernel: no less than it is.
        axes = (0, 1) if isinstance(layer, DepthwiseConv2DTranspose) else (0, 1, 2)
        return np.max(value) * kernel.sum(axis=axes)
    strides, mode = (1, *layer.strides, 1), layer.padding.upper()
    if first is not None:
        value = tf.nn.depthwise_conv2d(value, first, strides=strides, padding=mode,
                                       dilations=layer.dilation_rate).numpy()
        return tf.nn.conv2d(value, kernel, strides=1, padding="VALID").numpy()
    if isinstance(layer, layers.DepthwiseConv2D):
        return tf.nn.depthwise_conv2d(value, kernel, strides=strides, padding=mode,
                                      dilations=layer.dilation_rate).numpy()
    total = tf.nn.conv2d(value, kernel, strides=strides, padding=mode,
                         dilations=layer.dilation_rate).numpy()
    # A padding value counts through the largest input, which it is never beyond.
    return total + np.max(np.abs(padding), initial=0) * kernel.sum(axis=(0, 1, 2))


def largest_sums(model, store, inputs):
    """For each layer that adds: the largest sum of absolute values for `inputs`."""
    found = {}
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        values = list(inputs_of(layer, store, inputs))
        kernel, first = (
            None if array is None else np.abs(array.astype(np.float64))
            for array in (store.get(f"weights/{layer.name}", store.get(f"pw_weights/{layer.name}")),
                          store.get(f"dw_weights/{layer.name}")))
        if kernel is not None:
            total = sum_of_products(layer, values[0], kernel, first,
                                    store.get(f"padding/{layer.name}", np.zeros(())))
            total = total + np.max(np.abs(store.get(f"bias/{layer.name}", 0.)))
            total = max(np.max(total), np.max(values[0]))
        elif f"a_shift/{layer.name}" in store:
            total = values[0] + values[1]
        elif isinstance(layer, layers.GlobalAveragePooling2D):
            total = values[0].sum(axis=(1, 2))
        else:
            continue
        found[layer.name] = float(np.max(total, initial=0))
    return found


def is_exact(model, store, inputs):
    """Whether all sums are below the limit."""
    return all(total < EXACT_LIMIT for total in largest_sums(model, store, inputs).values())


def wrong_products(model, store, inputs):
    """The names of dense layers at the end of a network, on images, whose results aren't their sums of
    products: TensorFlow 2.19 leaves part of some products of rank 4 unwritten."""
    wrong = []
    for layer in model.layers:
        if not isinstance(layer, layers.Dense) or layer.out_quantizer is not None:
            continue
        source, = sources_of(layer)
        value = store.get(f"out/{source.name}", inputs).astype(np.float64)
        if value.ndim < 3:
            continue
        value = value * np.exp2(store.get(f"input_shift/{layer.name}", 0.))
        total = (value @ store[f"weights/{layer.name}"].astype(np.float64) +
                 store.get(f"bias/{layer.name}", 0.))
        if not np.array_equal(total, store[f"out/{layer.name}"]):
            wrong.append(layer.name)
    return wrong
