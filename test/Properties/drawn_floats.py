# ===- drawn_floats.py - Random float networks ---------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws float networks of all layers: neighbours that passes rewrite, layers of
several values, and what networks begin and end with."""

import math

from drawn_network import Drawn
from drawn_plain import (as_image, average_pool, batch_norm, crop, dropout,
                         function, global_pool, hard_parts, max_pool, pad,
                         pad_by, permute, pool, relu, rescale, rescaling,
                         reshape_to, slopes, token, upsample)
from drawn_weights import (conv, depthwise, even, fully_connected, pointwise,
                           reordered, same_shape, separable, strided_depthwise,
                           transposed)
from float_network import dense


def shared(net, x):
    """One layer, called twice."""
    shape = net.shape(x)
    if len(shape) != 3:
        kernel, op = (shape[-1], shape[-1]), "dense"
        text = f"kernel = {net.weights(kernel, shape[-1])}"
    else:
        kernel, op = (min(3, shape[0]), 3, shape[2], shape[2]), "conv_2d"
        text = (f"kernel = {net.weights(kernel, math.prod(kernel[:3]))} "
                f"padding = same")
    text += net.activation()
    first = net.add(op, x, text, shape)
    if net.chance(.3):
        first = net.add("relu", first, "", shape)
    if net.chance(.3):
        first = batch_norm(net, first)
    return net.add(op, first, text, shape)


def reshape(net, x):
    """The same values in another form, and back."""
    shape = net.shape(x)
    kind = net.number(0, 5)
    if kind == 0:
        return reshape_to(net, x, (shape[1], shape[0], shape[2]))
    if kind == 1:
        return reshape_to(net, x, (1, shape[0] * shape[1], shape[2]))
    if kind == 2:
        x = reshape_to(net, x, (math.prod(shape[:2]), shape[2]))
        x = net.pick((fully_connected, dropout, rescaling, batch_norm, relu,
                      function, shared))(net, x)
        return as_image(net, x)
    if kind == 3:
        x = reshape_to(net, x, (shape[0], 1, shape[1], 1, shape[2]))
        x = net.pick((permute, relu, rescaling, fully_connected))(net, x)
        return as_image(net, x)
    if kind == 4:
        return as_image(net, net.add("flatten", x, "", (math.prod(shape),)))
    x = reshape_to(net, x, (math.prod(shape),))
    return reshape_to(net, x, (1, *shape[:2], shape[2])[-3:])


def partner(net, x):
    """Another value of the same shape: made of x, x itself, or one before."""
    shape = net.shape(x)
    others = [layer.name for layer in net.layers if layer.shape == shape]
    if others and net.chance(.25):
        return net.pick(others)
    kind = net.number(0, 6)
    if kind == 0:
        return x
    if kind == 1:
        return relu(net, x)
    if kind == 2:
        return dropout(net, x)
    if kind == 3:
        return net.add("max_pool_2d", x, "pool_size = [3, 3] strides = [1, 1] "
                       "padding = same", shape)
    return same_shape(net, x)


def pair(net, x):
    """Two values of one shape, in any order."""
    values = [x, partner(net, x)]
    net.rng.shuffle(values)
    return values


def add(net, x):
    """A sum, or half of it."""
    average = "average" if net.chance(.2) else ""
    x = net.add("add", pair(net, x), average, net.shape(x))
    return relu(net, x) if net.chance(.4) else x


def subtract(net, x):
    """A difference."""
    lhs, rhs = pair(net, x)
    return net.add("add", (lhs, rescale(net, rhs, [-1.0])), "", net.shape(x))


def extreme(net, x):
    """A maximum, or a minimum, of two."""
    lhs, rhs = pair(net, x)
    shape = net.shape(x)
    is_maximum = net.chance(.5)
    first, second = (rhs, lhs) if is_maximum else (lhs, rhs)
    more = net.add("add", (first, rescale(net, second, [-1.0])), "", shape)
    more = net.add("relu", more, "", shape)
    if not is_maximum:
        more = rescale(net, more, [-1.0])
    return net.add("add", (lhs, more), "", shape)


def mean_of_three(net, x):
    """Keras's Average of three."""
    shape = net.shape(x)
    total = net.add("add", (x, partner(net, x)), "", shape)
    total = net.add("add", (total, partner(net, x)), "", shape)
    return rescale(net, total, [1 / 3])


def multiply(net, x):
    """A product: of two, with a gate, or with a value for each channel."""
    shape = net.shape(x)
    kind = net.number(0, 3 if max(shape[:2]) > 1 else 2)
    if kind == 0:
        factor = same_shape(net, x)
        factor = net.add("activation", factor, "function = tanh", shape)
    elif kind == 1:
        factor = pointwise(net, x, 1, " activation = sigmoid")
        ones = dense([1.0] * shape[2], (1, 1, 1, shape[2]))
        factor = net.add("conv_2d", factor, f"kernel = {ones} padding = valid",
                         shape)
    elif kind == 2:
        factor = pointwise(net, global_pool(net, x), shape[2],
                           f" activation = {net.pick(('sigmoid', 'relu'))}")
    else:
        factor = net.add("global_average_pool_2d", x, "", (shape[2],))
        factor = fully_connected(net, factor, shape[2])
    values = [x, factor]
    net.rng.shuffle(values)
    return net.add("multiply", values, "", shape)


def concatenate(net, x):
    """Channels of two to four values."""
    shape = net.shape(x)
    values = [x]
    for _ in range(net.number(1, 3)):
        values.append(pointwise(net, x, net.number(1, 4)) if net.chance(.6)
                      else partner(net, x))
    net.rng.shuffle(values)
    result = (*shape[:2], sum(net.shape(value)[2] for value in values))
    if not net.fits(result):
        return x
    return net.add("concatenate", values, "", result)


def join_cells(net, x):
    """Two images beside each other: sums of padded ones."""
    shape = net.shape(x)
    if not net.fits((shape[0], 2 * shape[1], shape[2])):
        return x
    other = partner(net, x)
    lhs = pad_by(net, x, (0, 0, 0, shape[1]))
    rhs = pad_by(net, other, (0, 0, shape[1], 0))
    return net.add("add", (lhs, rhs), "", net.shape(lhs))


def branches(net, x):
    """Two ways that meet again where their shapes allow it."""
    ends = []
    for _ in range(2):
        end = x
        for _ in range(net.number(1, 3)):
            end = net.pick(SIMPLE)(net, end)
        ends.append(end)
    shapes = [net.shape(end) for end in ends]
    if shapes[0][:2] == shapes[1][:2]:
        if shapes[0] == shapes[1]:
            return net.add("add", ends, "", shapes[0])
        result = (*shapes[0][:2], shapes[0][2] + shapes[1][2])
        return net.add("concatenate", ends, "", result)
    if net.chance(.3):
        net.outputs.append(ends[0])
    return ends[1]


def normalized(net, x):
    """Probabilities in the middle of a network."""
    return net.add("softmax", x, "", net.shape(x))


def over_time(net, x):
    """A convolution over the last images."""
    shape = net.shape(x)
    steps = net.number(1, 3)
    if net.chance(.3):
        weights = net.weights((steps, shape[2]), steps)
        return net.add("depthwise_buffer_temp_conv", x, f"kernel = {weights}"
                       f"{net.bias(shape[2])}{net.activation()}", shape,
                       (*shape[:2], steps, shape[2]))
    filters = net.number(1, 5)
    weights = net.weights((steps, shape[2], filters), steps * shape[2])
    return net.add("buffer_temp_conv", x, f"kernel = {weights}"
                   f"{net.bias(filters)}{net.activation()}",
                   (*shape[:2], filters), (*shape[:2], steps, shape[2]))


def recurrence(net, x):
    """A sequence with states, as the recurrent networks have it."""
    shape = net.shape(x)
    steps = shape[0] * shape[1]
    x = reshape_to(net, x, (steps, shape[2]))
    states = net.number(1, 4)
    kernel = net.weights((shape[2], states), shape[2])
    x = net.add("stateful_projection", x, f"kernel = {kernel}"
                f"{net.bias(states)}", (steps, states))
    sizes = [net.rng.uniform(.3, .95) for _ in range(states)]
    angles = [net.rng.uniform(0, 3) for _ in range(states)]
    real = dense([r * math.cos(a) for r, a in zip(sizes, angles)], (states,))
    imag = dense([r * math.sin(a) for r, a in zip(sizes, angles)], (states,))
    x = net.add("stateful_recurrent", x, f"real = {real} imag = {imag}",
                (steps, states, 2))
    if net.chance(.5):
        x = net.add("extract_token", x, "token = 0 axis = 3", (steps, states))
    else:
        x = reshape_to(net, x, (steps, 2 * states))
    inner = net.shape(x)[1]
    step = net.pick([n for n in range(1, steps + 1) if steps % n == 0])
    units = net.number(1, 5)
    kernel = net.weights((inner, units), inner)
    subsample = f"subsample = {step} " if step > 1 else ""
    x = net.add("stateful_projection", x, f"{subsample}kernel = {kernel}"
                f"{net.bias(units)}{net.activation()}", (steps // step, units))
    return as_image(net, x)


def motif(net, x):
    """Neighbours that a pass rewrites, or must leave alone."""
    for step in net.pick(MOTIFS):
        x = net.pick(step)(net, x)
    return x


def keep(net, x):
    """Nothing."""
    return x


SIMPLE = (conv, conv, depthwise, separable, fully_connected, batch_norm, relu,
          function, pool, rescaling, pad, crop)
WEIGHTED = (conv, conv, depthwise, separable, transposed, fully_connected)
MAKERS = (relu, function, conv, same_shape)
MOTIFS = (
    (WEIGHTED, (keep, keep, dropout), (batch_norm, batch_norm, rescaling)),
    (MAKERS, (max_pool, pool, global_pool), (batch_norm,)),
    ((relu, relu, function), (keep, pad, dropout), (max_pool,)),
    (MAKERS, (pad,), (conv, depthwise, separable, max_pool)),
    (MAKERS, (batch_norm, rescaling),
     (keep, pad, pad, pool, dropout, crop, upsample, permute, reshape),
     WEIGHTED),
    (MAKERS, (rescaling,), (rescaling, reshape), (rescaling, keep), WEIGHTED),
    ((even,),),
    ((strided_depthwise,),),
    (MAKERS, (reordered,)),
    ((hard_parts,),),
    ((average_pool,), (keep, batch_norm)),
    ((add,), (relu, keep), (global_pool, keep)),
    ((concatenate,), (keep, conv)))
OTHERS = (transposed, shared, slopes, global_pool, upsample, permute, reshape,
          token, add, subtract, extreme, mean_of_three, multiply, multiply,
          concatenate, join_cells, branches, normalized)


def draw_inputs(net):
    """One to three inputs; returns an image made of the first."""
    kind = net.number(0, 9)
    element = "f32"
    if kind <= 6:
        shape = (net.number(3, 12), net.number(3, 12),
                 net.pick((1, 2, 3, 3, 4, 8)))
        if net.chance(.03):
            shape = (2, 2, 70)
        element = net.pick(("f32", "f32", "f32", "f32", "ui8", "i8", "i16"))
    elif kind <= 8:
        shape = (net.number(4, 20), net.pick((1, 2, 3, 6)))
    else:
        shape = (net.number(4, 40),)
    x = net.add_input("image", shape, element)
    if element != "f32":
        offset = net.pick(([0.0], [-1.0], net.normal(shape[-1])))
        scale = {"ui8": 1 / 64, "i8": 1 / 64, "i16": 1 / 1500}[element]
        return rescale(net, x, [scale], offset)
    if kind <= 6 and net.chance(.3):
        other = net.add_input("other", shape)
        if net.chance(.3):
            x = same_shape(net, x)
        op = net.pick(("add", "multiply", "concatenate"))
        channels = shape[2] * (2 if op == "concatenate" else 1)
        return net.add(op, (x, other), "", (*shape[:2], channels))
    if len(shape) < 3 and net.chance(.5):
        x = net.pick((fully_connected, relu, rescaling, batch_norm, function,
                      dropout, shared))(net, x)
    return as_image(net, x)


def draw_end(net, x):
    """What networks end with."""
    shape = net.shape(x)
    kind = net.number(0, 7)
    if kind == 0:
        return x
    if kind == 1:
        return conv(net, x)
    if kind == 2:
        x = net.add("global_average_pool_2d", x, "", (shape[2],))
    elif kind == 3:
        x = net.add("max_pool_2d", x, f"pool_size = {list(shape[:2])} strides "
                    "= [1, 1] padding = valid", (1, 1, shape[2]))
        x = net.add("flatten", x, "", (shape[2],))
    elif kind == 4:
        x = reshape_to(net, x, (shape[0] * shape[1], shape[2]))
    else:
        x = net.add("flatten", x, "", (math.prod(shape),))
    if net.chance(.3):
        x = net.pick((batch_norm, relu, function, dropout, rescaling))(net, x)
    x = fully_connected(net, x)
    if net.chance(.2):
        x = fully_connected(net, batch_norm(net, x))
    if net.chance(.4):
        x = net.add(net.pick(("softmax", "log_softmax")), x, "", net.shape(x))
    return x


def draw_wide(net, x, others):
    """Many short ways from one image, each to an output of its own: nothing
    hides what a pass does."""
    for _ in range(net.number(6, 16)):
        y = net.pick((relu, function, dropout, same_shape))(net, x)
        layer = motif if net.chance(.85) else net.pick(others)
        net.outputs.append(layer(net, y))


def draw(seed):
    """The network of a seed: 2 to about 60 layers."""
    net = Drawn(seed)
    x = draw_inputs(net)
    # What layers remember is of images, or within sequences.
    others = OTHERS + net.pick(((), (), (), (over_time,) * 8,
                                (recurrence,) * 8))
    if net.chance(.5):
        draw_wide(net, x, others)
        net.outputs = list(dict.fromkeys(net.outputs))
        return net.without_unused()
    count = net.number(1, 22)
    kinds = SIMPLE * 2 + others * 2 + (motif,) * 30
    while len(net.layers) < count:
        x = net.pick(kinds)(net, x)
        if net.chance(.04) and x not in net.outputs:
            net.outputs.append(x)
    net.outputs.append(draw_end(net, x))
    net.outputs = list(dict.fromkeys(net.outputs))
    return net.without_unused()
