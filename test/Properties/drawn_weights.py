# ===- drawn_weights.py - Random layers with weights ---------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Layers with weights. Each function adds one after the value `x`, and returns the
value that it gives. One that doesn't fit returns `x`."""

import math

from float_network import dense


def same_pads(extent, span, stride):
    """Cells before and after, as TensorFlow has them."""
    total = max((-(-extent // stride) - 1) * stride + span - extent, 0)
    return total // 2, total - total // 2


def draw_window(net, shape, kernel, dilates=True, most_stride=3):
    """Strides, dilations and padding of a window, as text, and the extents of
    its result; None where it doesn't fit. Pads that are those of `same` or
    `valid` have the name, as importers and passes write them."""
    strides = [1, 1]
    if net.chance(.4):
        strides = [net.number(1, most_stride)] * 2
        if net.chance(.15):
            strides = [net.number(1, most_stride) for _ in range(2)]
    dilations = [1, 1]
    if dilates and strides == [1, 1] and net.chance(.15):
        dilations = [net.number(1, 3) for _ in range(2)]
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    same = sum((same_pads(shape[axis], spans[axis], strides[axis])
                for axis in range(2)), ())
    mode = net.pick(("same", "same", "valid", "pads"))
    pads = {"same": same, "valid": (0,) * 4}.get(mode) or tuple(
        net.number(0, min(spans[side // 2] - 1, 3)) for side in range(4))
    extents = tuple((shape[axis] + pads[2 * axis] + pads[2 * axis + 1] -
                     spans[axis]) // strides[axis] + 1 for axis in range(2))
    if any(shape[axis] + pads[2 * axis] + pads[2 * axis + 1] < spans[axis]
           for axis in range(2)):
        return None
    if mode == "pads":
        mode = ("valid" if not any(pads) else
                "same" if pads == same else "pads")
    text = ""
    if strides != [1, 1]:
        text += f" strides = {strides}"
    if dilations != [1, 1]:
        text += f" dilations = {dilations}"
    padding = (f" pads = {list(pads)}" if mode == "pads" else
               f" padding = {mode}")
    return text, padding, extents


def draw_kernel(net, shape):
    """Rows and columns of a kernel."""
    size = net.pick((1, 1, 2, 3, 3, 3, 4, 5, 6, 7))
    if net.chance(.15):
        return net.pick((1, size)), net.pick((1, 2, 3, 5))
    return (size, size) if shape[0] > 1 else (1, size)


def conv(net, x, kernel=None, pads=.05):
    """A convolution, of groups at times."""
    shape = net.shape(x)
    kernel = kernel or draw_kernel(net, shape)
    window = draw_window(net, shape, kernel)
    if not window:
        return x
    text, padding, extents = window
    filters = net.number(1, 8)
    groups = 1
    if net.chance(.1):
        groups = net.pick([g for g in range(1, shape[2] + 1)
                           if shape[2] % g == 0])
        filters = groups * net.pick((1, 1, 2))
    result = (*extents, filters)
    if not net.fits(result):
        return x
    full = (*kernel, shape[2] // groups, filters)
    value = ""
    if "valid" not in padding and net.chance(pads):
        count = net.pick((1, shape[2]))
        value = f" padding_value = {net.normal(count)}"
    weights = net.weights(full, math.prod(full[:3]))
    grouped = f" groups = {groups}" if groups > 1 else ""
    return net.add("conv_2d", x, f"kernel = {weights}{net.bias(filters)}{text}"
                   f"{grouped}{padding}{value}{net.activation()}", result)


def pointwise(net, x, filters, activation=""):
    """A convolution of single cells."""
    shape = net.shape(x)
    kernel = (1, 1, shape[2], filters)
    return net.add("conv_2d", x, f"kernel = {net.weights(kernel, shape[2])}"
                   f"{net.bias(filters)} padding = valid{activation}",
                   (*shape[:2], filters))


def same_shape(net, x):
    """A layer with weights whose result has the input's shape."""
    shape = net.shape(x)
    size = net.pick((1, 2, 3, 3))
    kernel = (min(size, shape[0]), size)
    if net.chance(.3):
        full = (*kernel, shape[2], 1)
        return net.add("depthwise_conv_2d", x, f"kernel = "
                       f"{net.weights(full, math.prod(kernel), 2)}"
                       f"{net.bias(shape[2])} padding = same"
                       f"{net.activation()}", shape)
    full = (*kernel, shape[2], shape[2])
    return net.add("conv_2d", x, f"kernel = "
                   f"{net.weights(full, math.prod(full[:3]))}"
                   f"{net.bias(shape[2])} padding = same{net.activation()}",
                   shape)


def even(net, x):
    """A convolution of an even kernel, which passes make odd."""
    size = net.pick((2, 4, 6))
    kernel = (size, size if net.chance(.85) else net.pick((2, 3)))
    return net.pick((conv, depthwise))(net, x, kernel=kernel)


def strided_depthwise(net, x):
    """A depthwise convolution of a large kernel, mostly of stride 2."""
    size = net.pick((5, 7))
    kernel = (size, size if net.chance(.7) else net.number(1, 5))
    shape = net.shape(x)
    extents = tuple(-(-extent // 2) for extent in shape[:2])
    weights = net.weights((*kernel, shape[2], 1), math.prod(kernel), 2)
    return net.add("depthwise_conv_2d", x, f"kernel = {weights}"
                   f"{net.bias(shape[2])} strides = [2, 2] padding = same",
                   (*extents, shape[2]))


def depthwise(net, x, kernel=None):
    """A depthwise convolution."""
    shape = net.shape(x)
    kernel = kernel or draw_kernel(net, shape)
    window = draw_window(net, shape, kernel)
    if not window or not net.fits((*window[2], shape[2])):
        return x
    text, padding, extents = window
    weights = net.weights((*kernel, shape[2], 1), math.prod(kernel), 2)
    return net.add("depthwise_conv_2d", x, f"kernel = {weights}"
                   f"{net.bias(shape[2])}{text}{padding}{net.activation()}",
                   (*extents, shape[2]))


def separable(net, x):
    """A separable convolution."""
    shape = net.shape(x)
    kernel = draw_kernel(net, shape)
    window = draw_window(net, shape, kernel)
    filters = net.number(1, 8)
    if not window or not net.fits((*window[2], filters)):
        return x
    text, padding, extents = window
    first = net.weights((*kernel, shape[2], 1), math.prod(kernel), 2)
    second = net.weights((1, 1, shape[2], filters), shape[2])
    return net.add("separable_conv_2d", x, f"depthwise_kernel = {first} "
                   f"pointwise_kernel = {second}{net.bias(filters)}{text}"
                   f"{padding}{net.activation()}", (*extents, filters))


def transposed_extent(extent, kernel, stride, dilation, padding, extra):
    """The cells of a transposed convolution's result along one axis."""
    span = (kernel - 1) * dilation + 1
    whole = (extent - 1) * stride + span
    if isinstance(padding, tuple):
        return whole - sum(padding) + (extra or 0)
    if extra is not None:
        return whole + extra - (span // 2 * 2 if padding == "same" else 0)
    if padding == "same":
        return extent * stride
    return extent * stride + max(span - stride, 0)


def transposed(net, x):
    """A transposed convolution, a depthwise one at times."""
    shape = net.shape(x)
    size = net.pick((1, 2, 3, 3, 4, 5))
    kernel = (size if shape[0] > 1 else 1, size)
    strides = [net.number(1, 3) if shape[0] > 1 else 1] * 2
    if net.chance(.2) or shape[0] == 1:
        strides[1] = net.number(1, 3)
    dilations = [1, 1]
    if strides == [1, 1] and net.chance(.2):
        dilations = [2, 2]
    mode = net.pick(("same", "same", "valid", "pads"))
    extras = [None, None]
    if net.chance(.2):
        extras = [net.number(0, stride - 1) for stride in strides]
    pads = [net.number(0, min(k, 2)) for k in kernel for _ in range(2)]
    extents = tuple(transposed_extent(
        shape[axis], kernel[axis], strides[axis], dilations[axis],
        tuple(pads[2 * axis:2 * axis + 2]) if mode == "pads" else mode,
        extras[axis]) for axis in range(2))
    is_depthwise = net.chance(.3)
    filters = shape[2] if is_depthwise else net.number(1, 5)
    if not net.fits((*extents, filters)):
        return x
    text = f" strides = {strides}" if strides != [1, 1] else ""
    text += f" dilations = {dilations}" if dilations != [1, 1] else ""
    text += f" pads = {pads}" if mode == "pads" else f" padding = {mode}"
    text += f" output_padding = {extras}" if extras[0] is not None else ""
    if is_depthwise:
        full = (*kernel, filters, 1)
        weights = net.weights(full, math.prod(kernel), 2)
    else:
        full = (*kernel, shape[2], filters)
        weights = net.weights(full, math.prod(full[:3]))
    return net.add("depthwise_conv_2d_transpose" if is_depthwise else
                   "conv_2d_transpose", x, f"kernel = {weights}"
                   f"{net.bias(filters)}{text}{net.activation()}",
                   (*extents, filters))


def fully_connected(net, x, units=None):
    """A matrix for the last axis, whatever the rank."""
    shape = net.shape(x)
    units = units or net.number(1, 8)
    weights = net.weights((shape[-1], units), shape[-1])
    return net.add("dense", x, f"kernel = {weights}{net.bias(units)}"
                   f"{net.activation()}", (*shape[:-1], units))


def reordered(net, x):
    """Channels in another order, by a kernel."""
    shape = net.shape(x)
    order = list(range(shape[2]))
    net.rng.shuffle(order)
    kernel = [float(order[i] == o) for i in range(shape[2])
              for o in range(shape[2])]
    kernel = dense(kernel, (1, 1, shape[2], shape[2]))
    x = net.add("conv_2d", x, f"kernel = {kernel}"
                ' padding = valid {source_class = "Gather"}', shape)
    return conv(net, x, pads=.4)
