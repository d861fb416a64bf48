# ===- draw_networks.py - Random networks that Akida can run --------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws float networks as test/golden/random_networks.py does, of what Akida 1.0 or 2.0 has layers
for, with quantization parameters that it has bits for.
"""
import engine  # noqa: F401  (first: it sets the path)

import make_golden
import numpy as np
import tf_keras as keras
from drawn_layers import draw_relu, layers
from drawn_parameters import draw_rescaling, draw_samples
from drawn_network import Network


def draw_norm(net, x, share=.5):
    """A BatchNormalization, or nothing."""
    if net.rng.random() < share:
        x = net.add(layers.BatchNormalization, x)
    return x


def draw_pool(net, x, padding):
    """A maximum pool with the padding of the convolution before it."""
    rng = net.rng
    size = int(rng.choice([2, 2, 3]))
    if min(x.shape[1:3]) < 2 * size:
        return x
    net.features.add("pool")
    return net.add(layers.MaxPooling2D, x, pool_size=size,
                   strides=[None, None, 1, size - 1][rng.integers(4)], padding=padding)


def draw_look_up(net, x, padding, pools):
    """A function that the hardware looks up, and a pool before it."""
    rng = net.rng
    function = str(rng.choice(["gelu", "leaky_relu"]))
    net.features.add("look-up-" + function)
    if pools and rng.random() < .3:
        x = draw_pool(net, x, padding)
    if function == "leaky_relu":
        return net.add(layers.LeakyReLU, x, alpha=float(rng.choice([.1, .25])))
    return net.add(layers.Activation, x, activation=function)


def draw_tail(net, x, padding, relu=None, pools=True):
    """What follows a convolution: BatchNorm, and a pool before or after a ReLU; or a function."""
    rng = net.rng
    relu = rng.random() < .8 if relu is None else relu
    x = draw_norm(net, x)
    if relu and rng.random() < .25:
        return draw_look_up(net, x, padding, pools)
    pools = pools and relu and rng.random() < .35
    before = rng.random() < .5
    if pools and before:
        x = draw_pool(net, x, padding)
    if relu:
        x = draw_relu(net, x)
    if pools and not before:
        x = draw_pool(net, x, padding)
    return x


def draw_conv(net, x, is_first=False, tail=True, filters=None, keep_shape=False):
    """A convolution that the hardware has."""
    rng = net.rng
    extent = min(x.shape[1:3])
    kernel = int(rng.choice([1, 3, 3, 3, 5, 7]))
    strides = 1
    if extent > 4 and not keep_shape:
        strides = int(rng.choice([1, 2, 2, 3] if is_first else [1, 1, 2]))
    if strides == 2 and not is_first and kernel > 3:
        kernel = 3
    padding = "same" if keep_shape or extent <= kernel else str(rng.choice(["same", "valid"]))
    if kernel == 1:
        padding = "same"
    net.features.add(f"conv{kernel}-stride{strides}-{padding}")
    x = net.add(layers.Conv2D, x, filters=filters or int(rng.choice([2, 3, 4, 6, 8, 16])),
                kernel_size=kernel, strides=strides, padding=padding,
                use_bias=bool(rng.random() < .6))
    return draw_tail(net, x, padding, relu=True if is_first else None) if tail else x


def draw_depthwise(net, x):
    """A depthwise convolution and a pointwise one."""
    rng = net.rng
    extent = min(x.shape[1:3])
    strides = int(rng.choice([1, 1, 2] if extent > 4 else [1]))
    kernel = 3 if strides == 2 else int(rng.choice([3, 3, 5, 7]))
    padding = "same" if extent <= kernel else str(rng.choice(["same", "same", "valid"]))
    net.features.add(f"dw{kernel}-stride{strides}-{padding}")
    x = net.add(layers.DepthwiseConv2D, x, kernel_size=kernel, strides=strides, padding=padding,
                use_bias=bool(rng.random() < .5))
    if rng.random() < .5:
        x = draw_tail(net, x, padding)
    if rng.random() < .8:
        x = net.add(layers.Conv2D, x, filters=int(rng.choice([3, 4, 8])), kernel_size=1,
                    padding="same", use_bias=bool(rng.random() < .5))
        x = draw_tail(net, x, "same", pools=False)
    return x


def draw_residual(net, x):
    """x + f(x)."""
    rng = net.rng
    net.features.add("residual")
    y = draw_conv(net, x, tail=False, keep_shape=True)
    y = draw_relu(net, draw_norm(net, y))
    y = draw_conv(net, y, tail=False, filters=x.shape[-1], keep_shape=True)
    y = draw_norm(net, y)
    if rng.random() < .4:
        y = draw_relu(net, y)
    return net.add(layers.Add, [x, y])


def draw_branches(net, x):
    """The sum of two convolutions of the same input."""
    rng = net.rng
    filters, strides = int(rng.choice([3, 4, 6])), int(rng.choice([1, 2]))
    net.features.add("branches")
    ends = []
    for _ in range(2):
        y = net.add(layers.Conv2D, x, filters=filters, kernel_size=int(rng.choice([1, 3])),
                    strides=strides, padding="same", use_bias=bool(rng.random() < .5))
        y = draw_norm(net, y)
        ends.append(draw_relu(net, y) if rng.random() < .5 else y)
    return net.add(layers.Add, ends)


def draw_join(net, x):
    """Convolutions of the same input side by side, all with a ReLU or none: results of up to 4
    bits are unsigned."""
    rng = net.rng
    count, has_relu = int(rng.choice([2, 2, 3])), bool(rng.random() < .5)
    net.features.add(f"join{count}")
    ends = []
    for _ in range(count):
        y = net.add(layers.Conv2D, x, filters=int(rng.choice([2, 3, 4])), padding="same",
                    kernel_size=int(rng.choice([1, 3])), use_bias=bool(rng.random() < .5))
        y = draw_norm(net, y)
        ends.append(draw_relu(net, y) if has_relu else y)
    return net.add(layers.Concatenate, ends)


def draw_head(net, x):
    """The end of a network for 2.0, or nothing."""
    rng = net.rng
    kind = str(rng.choice(["gap", "gap-dense", "gap-dense", "flatten", "flatten", "reshape",
                           "none", "none"]))
    if kind.startswith("gap"):
        # A layer averages what its own convolution gives.
        x = net.add(layers.Conv2D, x, filters=int(rng.choice([3, 8])), padding="same",
                    kernel_size=int(rng.choice([1, 3])))
        if rng.random() < .8:
            x = draw_relu(net, x)
        x = net.add(layers.GlobalAveragePooling2D, x)
    elif kind == "flatten":
        x = net.add(layers.Flatten, x)
    elif kind == "reshape":
        x = net.add(layers.Reshape, x, target_shape=(int(np.prod(x.shape[1:])),))
    net.features.add("head-" + kind)
    if kind in ("gap", "none"):
        return x
    if rng.random() < .3:
        x = net.add(layers.Dropout, x, rate=.2)
    if rng.random() < .3:
        x = draw_relu(net, net.add(layers.Dense, x, units=6, use_bias=bool(rng.random() < .7)))
    return net.add(layers.Dense, x, units=int(rng.choice([2, 5])),
                   use_bias=bool(rng.random() < .7))


def draw_v1(net, x, conv):
    """A convolution of 1.0, plain or separable, with a pool and a ReLU6."""
    rng = net.rng
    extent = min(x.shape[1:3])
    kernel = int(rng.choice([1, 3, 3, 5, 7] if conv is layers.Conv2D else [3, 3, 5]))
    strides = int(rng.choice([1, 1, 2])) if extent > 4 and kernel > 1 else 1
    padding = "same" if extent <= kernel or kernel == 1 else str(rng.choice(["same", "valid"]))
    net.features.add(f"{conv.__name__}{kernel}-stride{strides}-{padding}")
    x = net.add(conv, x, filters=int(rng.choice([3, 4, 8, 16])), kernel_size=kernel,
                strides=strides, padding=padding, use_bias=bool(rng.random() < .7))
    if rng.random() < .4:
        x = net.add(layers.BatchNormalization, x)
    return x, padding


def draw_v1_network(net, x, arguments):
    """A chain of convolutions of 1.0 and a head; one that ends in a ReLU has 4 bits, too."""
    rng = net.rng
    count = int(rng.integers(1, 5))
    ends_in_average = rng.random() < .4
    has_head = rng.random() < .8
    for i in range(count):
        conv = layers.Conv2D if i == 0 or rng.random() < .5 else layers.SeparableConv2D
        x, padding = draw_v1(net, x, conv)
        if i == count - 1 and i > 0 and ends_in_average:
            net.features.add("gap")
            x = net.add(layers.GlobalAveragePooling2D, x)
        elif rng.random() < .35:
            x = draw_pool(net, x, padding)
        elif i == count - 1 and i > 0 and not has_head and rng.random() < .5:
            net.features.add("head-none")
            return x
        x = net.add(layers.ReLU, x, max_value=6. if rng.random() < .8 else 2.5)
    if not has_head:
        net.features.add("head-relu")
        arguments["qparams"]["last_output_bits"] = 4
        return x
    if len(x.shape) == 4:
        x = net.add(layers.Flatten, x)
    if rng.random() < .3:
        x = net.add(layers.ReLU, net.add(layers.Dense, x, units=6), max_value=6.)
    return net.add(layers.Dense, x, units=int(rng.choice([2, 5])),
                   use_bias=bool(rng.random() < .7))


def draw_arguments(rng, version, dtype, count):
    """The content of quantize.json."""
    if version == 1:
        qparams = {"activation_bits": 4, "weight_bits": int(rng.choice([4, 4, 2])),
                   "input_weight_bits": int(rng.choice([4, 8])), "per_tensor_activations": True}
    else:
        qparams = {}
        kind = rng.random()
        if kind < .3:
            qparams.update(weight_bits=4, activation_bits=4)
        elif kind < .5:
            qparams.update(weight_bits=int(rng.choice([4, 8])),
                           input_weight_bits=int(rng.choice([4, 8])),
                           activation_bits=int(rng.choice([1, 2, 3, 4, 8])),
                           output_bits=int(rng.choice([4, 5, 6, 7, 8])))
        if rng.random() < .5:
            qparams["per_tensor_activations"] = True
        if rng.random() < .2:
            qparams["buffer_bits"] = 24
        if rng.random() < .3:
            qparams["last_output_bits"] = int(rng.choice([8, 8, 12]))
    qparams["input_dtype"] = dtype if dtype != "float32" else (
        "uint8" if version == 1 else str(rng.choice(["uint8", "int8"])))
    return {"qparams": qparams, "num_samples": count, "batch_size": 8,
            "epochs": int(rng.choice([1, 2]))}


def draw_network(seed, version):
    """Draws a network; returns (network, model, samples, inputs, arguments)."""
    keras.backend.clear_session()  # inserted layers are named as in a fresh process
    rng = np.random.default_rng([seed, version, 7])
    dtype = str(rng.choice(["uint8", "float32"] if version == 1 else
                           ["uint8", "float32", "float32", "int8"]))
    count = 16
    arguments = draw_arguments(rng, version, dtype, count)
    is_image = arguments["qparams"]["input_dtype"] == "uint8"
    is_vector = not is_image and rng.random() < .1
    channels = int(rng.choice([1, 3] if is_image else [1, 2, 3, 4, 5]))
    shape = (int(rng.integers(8, 24)),) if is_vector else (
        int(rng.integers(7, 16)), int(rng.integers(7, 16)), channels)
    net = Network(rng, shape, dtype)
    net.features.update([dtype, "to-" + arguments["qparams"]["input_dtype"]])
    x = net.image
    if dtype != "float32" or rng.random() < .15:
        x = draw_rescaling(net, x, dtype)
    if version == 1:
        x = draw_v1_network(net, x, arguments)
    elif is_vector:
        net.features.add("vector-input")
        for _ in range(rng.integers(0, 3)):
            x = draw_relu(net, net.add(layers.Dense, x, units=int(rng.integers(3, 9))))
        x = net.add(layers.Dense, x, units=4)
    else:
        x = draw_conv(net, x, is_first=is_image)
        for _ in range(rng.integers(0, 4)):
            block = str(rng.choice(["conv", "depthwise", "depthwise", "residual", "branches",
                                    "join"]))
            if min(x.shape[1:3]) < 2:
                break
            x = {"conv": draw_conv, "depthwise": draw_depthwise, "residual": draw_residual,
                 "branches": draw_branches, "join": draw_join}[block](net, x)
        x = draw_head(net, x)
    samples = draw_samples(rng, shape, dtype, not is_image, count)
    form = str(rng.choice(["functional", "nested"] + ["sequential"] * net.is_chain()))
    net.features.add(form)
    net.features.update(f"{name}-{value}" for name, value in arguments["qparams"].items())
    return net, make_golden.flattened(net.model(x, form)), samples, samples[:4], arguments
