# ===- drawn_blocks.py - Random blocks with several branches ---------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Blocks of random_networks.py: residual ones, branches, concatenations, U-shapes, and heads."""
import numpy as np
import tf_keras as keras
from drawn_layers import (chance, draw_activation, draw_conv, draw_depthwise,
                         draw_depthwise_transposed, draw_grouped, draw_pointwise, draw_pool,
                         draw_relu, draw_separable, draw_transposed, extent_of, pick)
from quantizeml import layers as quantizeml_layers

layers = keras.layers


def add_up(net, ends):
    """The sum of two tensors, and an activation after it or not."""
    x = net.add(quantizeml_layers.Add if chance(net, .1) else layers.Add, ends)
    if chance(net, .5):
        net.features.add("add-act")
        x = draw_activation(net, x)
    return x


def draw_norm(net, x):
    """A norm after a convolution, or none."""
    return net.add(layers.BatchNormalization, x) if chance(net, .6) else x


def draw_residual(net, x):
    """x + f(x), with an activation after the sum or not."""
    channels = x.shape[-1]
    net.features.add("residual")
    y = draw_conv(net, x, filters=pick(net, [channels, 4]), keeps_shape=True, tail=False)
    y = draw_activation(net, draw_norm(net, y))
    y = draw_conv(net, y, filters=channels, keeps_shape=True, tail=False)
    y = draw_norm(net, y)
    if chance(net, .4):
        y = draw_relu(net, y)
    return add_up(net, [x, y] if chance(net, .5) else [y, x])


def draw_inverted(net, x):
    """x + f(x), f a pointwise, a depthwise and a pointwise convolution."""
    channels = x.shape[-1]
    net.features.add("inverted")
    y = draw_pointwise(net, x, filters=channels + pick(net, [0, 2, 4]), tail=False)
    y = draw_activation(net, draw_norm(net, y))
    y = net.add(layers.DepthwiseConv2D, y, kernel_size=pick(net, [3, 5]), padding="same",
                use_bias=chance(net, .5))
    y = draw_activation(net, draw_norm(net, y))
    y = draw_norm(net, draw_pointwise(net, y, filters=channels, tail=False))
    return add_up(net, [x, y])


def draw_separable_residual(net, x):
    """x + f(x), f a separable convolution."""
    net.features.add("separable-residual")
    y = draw_separable(net, draw_relu(net, x), keeps_shape=True)
    return add_up(net, [x, draw_norm(net, y)])


def draw_branches(net, x):
    """The sum of two convolutions of the same input."""
    filters = pick(net, [3, 4, 6])
    strides = pick(net, [1, 2])
    net.features.add("branches")
    ends = []
    for _ in range(2):
        y = net.add(layers.Conv2D, x, filters=filters, kernel_size=pick(net, [1, 3, 5]),
                    strides=strides, padding="same", use_bias=chance(net, .5))
        y = draw_norm(net, y)
        ends.append(draw_activation(net, y) if chance(net, .5) else y)
    return add_up(net, ends)


def draw_twice(net, x):
    """The sum of a tensor with itself, or both copies side by side."""
    net.features.add("twice")
    if chance(net, .5):
        return add_up(net, [x, x])
    return net.add(layers.Concatenate, [x, x])


def draw_join(net, x):
    """Two to four tensors side by side: layers of the input, or the input itself."""
    count = pick(net, [2, 2, 3, 4])
    net.features.add(f"join{count}")
    ends = []
    for index in range(count):
        if index == 1 and chance(net, .4):
            net.features.add("join-input")
            ends.append(x)
            continue
        if chance(net, .15):
            y = net.add(layers.MaxPooling2D, x, pool_size=3, strides=1, padding="same")
        elif chance(net, .15):
            y = net.add(layers.DepthwiseConv2D, x, kernel_size=3, padding="same")
        else:
            y = net.add(layers.Conv2D, x, filters=pick(net, [1, 2, 4, 5]),
                        kernel_size=pick(net, [1, 2, 3, 5]), padding="same",
                        use_bias=chance(net, .5))
            y = draw_norm(net, y)
        ends.append(draw_activation(net, y) if chance(net, .6) else y)
    x = net.add(layers.Concatenate, ends, axis=pick(net, [-1, -1, 3]))
    if chance(net, .3):
        net.features.add("join-pool")
        x = draw_pool(net, x)
    elif chance(net, .2):
        net.features.add("join-act")
        x = draw_relu(net, x)
    return x


def draw_dense_block(net, x):
    """Layers that each read all results before them."""
    net.features.add("dense-block")
    for _ in range(pick(net, [1, 2])):
        y = draw_conv(net, x, filters=pick(net, [2, 3]), keeps_shape=True, tail=False)
        x = net.add(layers.Concatenate, [x, draw_activation(net, y)])
    return x


def draw_u_shape(net, x):
    """A path down by strides or pools and up by transposed convolutions, joined at each size."""
    net.features.add("u-shape")
    depth = 2 if all(size % 4 == 0 for size in x.shape[1:3]) and chance(net, .5) else 1
    if any(size % 2 for size in x.shape[1:3]):
        return draw_join(net, x)
    kept = []
    for _ in range(depth):
        x = net.add(layers.Conv2D, x, filters=pick(net, [2, 4]), kernel_size=3, padding="same")
        x = draw_activation(net, draw_norm(net, x))
        kept.append(x)
        if chance(net, .5):
            x = net.add(layers.MaxPooling2D, x, pool_size=2)
        else:
            x = net.add(layers.Conv2D, x, filters=x.shape[-1] + 1, kernel_size=3, strides=2,
                        padding="same")
            x = draw_activation(net, x)
    x = draw_activation(net, draw_conv(net, x, keeps_shape=True, tail=False))
    for skip in reversed(kept):
        if chance(net, .2):
            x = net.add(quantizeml_layers.DepthwiseConv2DTranspose, x, kernel_size=3, strides=2,
                        padding="same")
        else:
            x = draw_transposed(net, x, filters=skip.shape[-1] if chance(net, .5) else None,
                                strides=2)
        x = draw_norm(net, x)
        if chance(net, .6):
            x = draw_activation(net, x)
        if x.shape[-1] == skip.shape[-1] and chance(net, .4):
            x = add_up(net, [x, skip])
        else:
            ends = [x, skip] + ([kept[0]] if chance(net, .2) and skip is not kept[0]
                                and kept[0].shape[1] == x.shape[1] else [])
            x = net.add(layers.Concatenate, ends)
        if chance(net, .7):
            x = net.add(layers.Conv2D, x, filters=3, kernel_size=3, padding="same")
            x = draw_activation(net, x)
    return x


BLOCKS = {"conv": draw_conv, "depthwise": draw_depthwise, "grouped": draw_grouped,
          "separable": draw_separable, "transposed": draw_transposed,
          "depthwise-transposed": draw_depthwise_transposed, "residual": draw_residual,
          "inverted": draw_inverted, "separable-residual": draw_separable_residual,
          "branches": draw_branches, "twice": draw_twice, "join": draw_join,
          "dense-block": draw_dense_block, "u-shape": draw_u_shape}


def draw_body(net, x, size):
    """Blocks of a few kinds, until the network has `size` layers or the image is too small."""
    kinds = net.rng.choice(list(BLOCKS), pick(net, [1, 2, 3, 4]), replace=False)
    for _ in range(12):
        if len(net.steps) >= size or extent_of(x) < 2:
            break
        x = BLOCKS[str(net.rng.choice(kinds))](net, x)
    return x


def draw_reordered(net, x):
    """A Permute that leaves channels last, a Reshape of the image's sides, or both."""
    net.features.add("reordered")
    if chance(net, .6):
        x = net.add(layers.Permute, x, dims=(2, 1, 3))
    if chance(net, .6):
        height, width, channels = x.shape[1:]
        shape = (height * width, channels) if chance(net, .5) else (1, height * width, channels)
        x = net.add(layers.Reshape, x, target_shape=shape)
    return x


def draw_head(net, x):
    """The end of the network, or nothing."""
    kind = str(net.rng.choice(["gap-dense", "gap-dense", "flatten", "flatten", "gap", "reshape",
                               "dense", "pointwise", "reordered", "none", "none"]))
    net.features.add("head-" + kind)
    if kind == "none":
        return x
    if kind == "pointwise":
        return draw_pointwise(net, x, filters=pick(net, [1, 3]), tail=False)
    if kind.startswith("gap"):
        x = net.add(layers.GlobalAveragePooling2D, x, keepdims=chance(net, .15))
    elif kind == "flatten":
        x = net.add(layers.Flatten, x)
    elif kind == "reshape":
        x = net.add(layers.Reshape, x, target_shape=(int(np.prod(x.shape[1:])),))
    elif kind == "reordered":
        x = draw_reordered(net, x)
        if chance(net, .3):
            x = net.add(layers.Flatten, x)
    if kind == "gap":
        return x
    if chance(net, .3):
        x = net.add(layers.Dropout, x, rate=.2)
    for _ in range(pick(net, [0, 0, 0, 1, 1, 2])):
        x = net.add(layers.Dense, x, units=6, use_bias=chance(net, .7))
        x = draw_relu(net, x)
    return net.add(layers.Dense, x, units=pick(net, [1, 2, 5]), use_bias=chance(net, .7),
                   activation="relu" if chance(net, .1) else None)


def draw_first(net, x, takes_scale):
    """The first layer, or layers, on images."""
    if takes_scale:
        return draw_conv(net, x, first=True)
    kind = str(net.rng.choice(["conv", "conv", "separable", "depthwise", "transposed", "tail"]))
    net.features.add("first-" + kind)
    if kind == "tail":
        return draw_conv(net, draw_pool(net, x))
    return {"conv": draw_conv, "separable": draw_separable, "depthwise": draw_depthwise,
            "transposed": draw_transposed}[kind](net, x)


def draw_images(net, x, size, takes_scale):
    """A network on images: a first layer, blocks, a head; returns its output or outputs.

    With `takes_scale` the first layer has to take what a Rescaling or an unsigned quantizer gives.
    """
    x = draw_first(net, x, takes_scale)
    x = draw_body(net, x, size)
    if chance(net, .06):
        net.features.add("two-outputs")
        end = draw_head(net, x)
        first = net.add(layers.Flatten, x)
        return end if end is x else [first, end]
    return draw_head(net, x)


def draw_vectors(net, x):
    """A network on vectors."""
    net.features.add("vector-input")
    for _ in range(net.rng.integers(0, 4)):
        x = draw_relu(net, net.add(layers.Dense, x, units=int(net.rng.integers(3, 9))))
    return net.add(layers.Dense, x, units=4)
