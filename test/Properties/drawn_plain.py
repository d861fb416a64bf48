# ===- drawn_plain.py - Random layers without weights --------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Layers without weights, and those that move values. Each function adds one, or
a few that belong together as importers write them, after the value `x`, and
returns the value that they give. One that doesn't fit returns `x`."""

import math

from drawn_network import FUNCTIONS
from drawn_weights import draw_window
from float_network import dense


def batch_norm(net, x):
    """A norm: gammas of any sign, zeros, narrow channels."""
    channels = net.shape(x)[-1]
    gamma = [net.rng.uniform(.5, 1.5) for _ in range(channels)]
    kind = net.rng.random()
    if kind < .25:
        gamma = [g * net.pick((-1, 1)) for g in gamma]
    elif kind < .35:
        gamma[net.number(0, channels - 1)] = 0.0
    elif kind < .38:
        gamma = [0.0] * channels
    variance = [net.rng.uniform(.2, 2) for _ in range(channels)]
    if net.chance(.05):
        variance[0] = 0.0
    arrays = {"gamma": gamma, "beta": net.normal(channels, 0, .4),
              "mean": net.normal(channels, 0, .4), "variance": variance}
    return net.add("batch_norm", x, " ".join(
        f"{key} = {dense(values, (channels,))}"
        for key, values in arrays.items()) + " epsilon = 1.000000e-03",
        net.shape(x))


def rescale(net, x, scale, offset=(0.0,)):
    """A rescaling of given numbers."""
    text = f"scale = {[float(value) for value in scale]}"
    if any(offset):
        text += f" offset = {[float(value) for value in offset]}"
    return net.add("rescaling", x, text, net.shape(x))


def rescaling(net, x):
    """A rescaling, of each channel at times."""
    channels = net.shape(x)[-1]
    scale = [net.rng.uniform(.2, 2)]
    if net.chance(.3):
        scale = [net.rng.uniform(.3, 2) for _ in range(channels)]
    if net.chance(.2):
        scale = [-s for s in scale]
    if net.chance(.06):
        scale[0] = 0.0
    offset = [0.0]
    if net.chance(.5):
        offset = net.normal(net.pick((1, channels)), 0, .5)
    return rescale(net, x, scale, offset)


def relu(net, x):
    """A ReLU, with a maximum at times."""
    limit = net.pick(("", "", f"max_value = {net.rng.uniform(.3, 8):e}",
                      "max_value = 6.0"))
    return net.add("relu", x, limit, net.shape(x))


def function(net, x):
    """A function by table."""
    name = net.pick(FUNCTIONS)
    text = f"function = {name}"
    if name in ("leaky_relu", "elu") and net.chance(.6):
        # Negative ones don't keep the order of values.
        text += f" alpha = {net.rng.uniform(-.3, .8):e}"
    shape = net.shape(x)
    x = net.add("activation", x, text, shape)
    if name in ("tanh", "sigmoid", "softsign") and net.chance(.2):
        x = net.add("activation", x, "function = exponential", shape)
    return x


def hard_parts(net, x):
    """relu6(x + 3) / 6, and its product with x, from parts in any order; not
    quite that at times."""
    shape = net.shape(x)
    sixth = [net.pick((1 / 6, 1 / 6, 1 / 6, .2))]
    y = rescale(net, x, [1.0], [net.pick((3.0, 3.0, 3.0, 2.0))])
    y = net.add("relu", y, "max_value = 6.0", shape)
    kind = net.number(0, 3)
    if kind == 0:
        return rescale(net, y, sixth)
    factor = x
    if kind == 1:
        y = rescale(net, y, sixth)
    elif kind == 2:
        factor = rescale(net, x, sixth)
    y = net.add("multiply", net.pick(((factor, y), (y, factor))), "", shape)
    return rescale(net, y, sixth) if kind == 3 else y


def slopes(net, x):
    """PReLU with a slope for each channel."""
    shape = net.shape(x)
    slope = [net.rng.uniform(-.2, .5) for _ in range(shape[2])]
    kernel = (1, 1, shape[2], 1)
    part = net.add("depthwise_conv_2d", x, f"kernel = {dense(slope, kernel)} "
                   "padding = valid", shape)
    rest = net.add("relu", x, "", shape)
    rest = net.add("depthwise_conv_2d", rest, "kernel = "
                   f"{dense([1 - s for s in slope], kernel)} padding = valid",
                   shape)
    return net.add("add", (part, rest), "", shape)


def pool(net, x, op=None):
    """A maximum or a mean over windows."""
    shape = net.shape(x)
    size = net.pick((1, 2, 2, 3, 3, 4))
    kernel = (min(size, shape[0]), min(size, shape[1]))
    if net.chance(.15):
        kernel = tuple(shape[:2])
    window = draw_window(net, shape, kernel, dilates=False)
    if not window:
        return x
    text, padding, extents = window
    strides = text.partition("= ")[2] or "[1, 1]"
    op = op or net.pick(("max_pool_2d", "max_pool_2d", "average_pool_2d"))
    return net.add(op, x, f"pool_size = {list(kernel)} strides = {strides}"
                   f"{padding}", (*extents, shape[2]))


def max_pool(net, x):
    """A maximum over windows."""
    return pool(net, x, "max_pool_2d")


def average_pool(net, x):
    """A mean over windows."""
    return pool(net, x, "average_pool_2d")


def global_pool(net, x):
    """One value for each channel, as an image of one cell."""
    shape = net.shape(x)
    result = (1, 1, shape[2])
    if net.chance(.4):
        x = net.add("max_pool_2d", x, f"pool_size = {list(shape[:2])} strides "
                    f"= {list(shape[:2])} padding = valid", result)
    else:
        x = net.add("global_average_pool_2d", x, "keep_dims", result)
    return x


def dropout(net, x):
    """The input itself."""
    return net.add("dropout", x, "rate = 0.3", net.shape(x))


def pad_by(net, x, pads, op="zero_padding_2d"):
    """Padding of given numbers."""
    shape = net.shape(x)
    result = (shape[0] + pads[0] + pads[1], shape[1] + pads[2] + pads[3],
              shape[2])
    if not net.fits(result):
        return x
    return net.add(op, x, f"pads = {list(pads)}", result)


def pad(net, x):
    """Zeros around an image."""
    return pad_by(net, x, [net.number(0, 2) for _ in range(4)])


def crop_by(net, x, crops):
    """A part of an image."""
    shape = net.shape(x)
    result = (shape[0] - crops[0] - crops[1], shape[1] - crops[2] - crops[3],
              shape[2])
    if not net.fits(result):
        return x
    return net.add("cropping_2d", x, f"crops = {list(crops)}", result)


def crop(net, x):
    """Less at the border."""
    return crop_by(net, x, [net.number(0, 1) for _ in range(4)])


def upsample(net, x):
    """Nearest neighbours, or linear between them."""
    shape = net.shape(x)
    size = (net.number(1, 2), net.number(1, 3))
    result = (shape[0] * size[0], shape[1] * size[1], shape[2])
    if not net.fits(result):
        return x
    if net.chance(.6):
        return net.add("up_sampling_2d", x, f"size = {list(size)}", result)
    # As Keras's bilinear one of twice the size is written.
    wide = (shape[0] + 2, shape[1] + 2, shape[2])
    large = (wide[0] * 2, wide[1] * 2, shape[2])
    if not net.fits(large):
        return x
    x = pad_by(net, x, (1, 1, 1, 1), "edge_padding_2d")
    row = (.25, .75, .75, .25)
    kernel = dense([a * b for a in row for b in row for _ in range(shape[2])],
                   (4, 4, shape[2], 1))
    x = net.add("depthwise_conv_2d_transpose", x, f"kernel = {kernel} strides "
                "= [2, 2] padding = same", large)
    return crop_by(net, x, (2, 2, 2, 2))


def permute(net, x):
    """Axes in another order."""
    shape = net.shape(x)
    axes = list(range(len(shape)))
    net.rng.shuffle(axes)
    return net.add("permute", x, f"axes = {[0] + [a + 1 for a in axes]}",
                   tuple(shape[axis] for axis in axes))


def reshape_to(net, x, shape):
    """Another shape of as many values."""
    return net.add("reshape", x, "", shape)


def as_image(net, x):
    """An image of any value."""
    shape = net.shape(x)
    if len(shape) == 3:
        return x
    if len(shape) == 1:
        count = shape[0]
        rows = net.pick([n for n in range(1, count + 1) if count % n == 0])
        return reshape_to(net, x, (1, rows, count // rows))
    if len(shape) == 2:
        return reshape_to(net, x, (1, *shape))
    return reshape_to(net, x, (shape[0], math.prod(shape[1:-1]), shape[-1]))


def token(net, x):
    """One index of an axis."""
    shape = net.shape(x)
    axis = net.number(0, 2)
    index = net.number(0, shape[axis] - 1)
    rest = tuple(n for i, n in enumerate(shape) if i != axis)
    x = net.add("extract_token", x, f"token = {index} axis = {axis + 1}", rest)
    return as_image(net, x)
