# ===- drawn_layers.py - Random convolutions and what follows them ---------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Single layers of random_networks.py: each function adds one, with the parameters drawn, and
returns its output. What the reference leaves in float is not drawn."""
import tf_keras as keras
from quantizeml import layers as quantizeml_layers

layers = keras.layers

MAX_EXTENT = 26  # images are not made larger: seeds should take no time


def chance(net, probability):
    """Whether something happens."""
    return bool(net.rng.random() < probability)


def pick(net, choices):
    """One of some integers."""
    return int(net.rng.choice(choices))


def extent_of(x):
    """The smaller side of an image."""
    return min(x.shape[1:3])


def draw_relu(net, x):
    """A ReLU without or with a maximum."""
    maximum = net.rng.choice([None, None, 6., 6., 1., 1.7, 4., .3, 20.])
    if maximum is not None:
        net.features.add("relu6" if maximum == 6 else "relu-max")
    return net.add(layers.ReLU, x, max_value=None if maximum is None else float(maximum))


def draw_table(net, x):
    """An activation that integers look up."""
    kind = str(net.rng.choice(["gelu", "swish", "hard_silu", "leaky", "leaky", "prelu", "own"]))
    net.features.add("table-" + kind)
    if kind == "leaky":
        return net.add(layers.LeakyReLU, x, alpha=float(net.rng.choice([.01, .1, .2, .3])))
    if kind == "prelu":
        return net.add(layers.PReLU, x, shared_axes=[1, 2] if chance(net, .5) else [1, 2, 3])
    if kind == "own":
        return net.add(quantizeml_layers.Activation, x, activation="leaky_relu",
                       alpha=float(net.rng.choice([.05, .2])))
    layer = quantizeml_layers.Activation if kind == "hard_silu" else layers.Activation
    return net.add(layer, x, activation=kind)


def draw_activation(net, x):
    """Mostly a ReLU."""
    use_table = len(x.shape) == 4 and chance(net, net.table_rate)
    return draw_table(net, x) if use_table else draw_relu(net, x)


def draw_pool(net, x):
    """A max pooling that fits the image, or none."""
    if extent_of(x) < 4:
        return x
    size = pick(net, [2, 2, 3])
    strides = [None, None, 1, 2][net.rng.integers(4)]
    return net.add(layers.MaxPooling2D, x, pool_size=size, strides=strides,
                   padding=str(net.rng.choice(["same", "valid"])))


def draw_tail(net, x, acts=None):
    """What follows a convolution: BatchNorm, pooling and an activation in the usual orders."""
    rng = net.rng
    acts = chance(net, .75) if acts is None else acts
    pools, pools_first = chance(net, .25), chance(net, .5)
    if chance(net, .5):
        if pools and chance(net, .3):
            x = draw_pool(net, x)
            net.features.add("pool-bn")
            pools = False
        x = net.add(layers.BatchNormalization, x)
    if pools and pools_first:
        x = draw_pool(net, x)
        net.features.add("pool-act")
    if acts:
        x = draw_activation(net, x)
    if pools and not pools_first:
        x = draw_pool(net, x)
        net.features.add("act-pool")
    if rng.random() < .06:
        x = net.add(layers.Dropout, x, rate=.2)
    return x


def inline_activation(net):
    """The activation argument of a convolution: mostly none."""
    if not chance(net, .12):
        return None
    net.features.add("inline-activation")
    return "relu" if chance(net, .7) else str(net.rng.choice(["gelu", "swish"]))


def draw_padding(net, x, kernel, strides):
    """Zero padding in front of a 'valid' convolution, as much as its own padding 'same' would be:
    other paddings the reference leaves in float, or takes for 'same' although they are not."""
    pads = []
    for size in x.shape[1:3]:
        total = max(-(-size // strides) * strides - strides + kernel - size, 0)
        # The reference goes by the size alone: result times stride is the size of the input.
        if -(-size // strides) * strides != size:
            return x, "same"
        pads.append((total // 2, total - total // 2))
    if not any(any(pad) for pad in pads):
        return x, "same"
    net.features.add("zero-padding")
    return net.add(layers.ZeroPadding2D, x, padding=pads), "valid"


def draw_window(net, x, kernel, keeps_shape=False, dilates=True):
    """Strides, dilation and padding of a convolution, and what it reads."""
    strides = pick(net, [1, 1, 2, 2, 3] if not keeps_shape and extent_of(x) > 4 else [1])
    dilation = 1
    # Even kernels of dilated convolutions are shifted by the reference.
    if dilates and strides == 1 and kernel in (3, 5) and chance(net, .1):
        dilation = 2
        net.features.add("dilation")
    reach = (kernel - 1) * dilation + 1
    padding = "same"
    if not keeps_shape and extent_of(x) > reach and chance(net, .4):
        padding = "valid"
    elif dilation == 1 and chance(net, .12):
        x, padding = draw_padding(net, x, kernel, strides)
    if strides > 1:
        net.features.add(f"stride{strides}")
    return x, {"strides": strides, "dilation_rate": dilation, "padding": padding}


def draw_conv(net, x, filters=None, keeps_shape=False, tail=True, first=False):
    """A convolution, and what follows it. The first layer may come after a Rescaling."""
    kernel = pick(net, [1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 7])
    net.features.add(f"conv{kernel}")
    x, window = draw_window(net, x, kernel, keeps_shape, dilates=not first)
    activation = inline_activation(net) if tail and not first else None
    x = net.add(layers.Conv2D, x, filters=filters or pick(net, [1, 2, 3, 4, 6, 8]),
                kernel_size=kernel, use_bias=chance(net, .6), activation=activation, **window)
    return draw_tail(net, x) if tail and not activation and not keeps_shape else x


def draw_pointwise(net, x, filters=None, tail=True):
    """A convolution of single cells."""
    x = net.add(layers.Conv2D, x, filters=filters or pick(net, [3, 4, 8]), kernel_size=1,
                use_bias=chance(net, .5))
    return draw_tail(net, x) if tail else x


def draw_depthwise(net, x):
    """A depthwise convolution, mostly followed by a pointwise one."""
    kernel = pick(net, [1, 2, 3, 3, 3, 4, 5, 5, 7, 7])
    net.features.add(f"dw{kernel}")
    x, window = draw_window(net, x, kernel, dilates=kernel == 3)
    x = net.add(layers.DepthwiseConv2D, x, kernel_size=kernel, use_bias=chance(net, .5), **window)
    if chance(net, .4):
        x = draw_tail(net, x)
    return draw_pointwise(net, x) if chance(net, .7) else x


def draw_grouped(net, x):
    """A convolution with as many groups as channels, which is a depthwise one."""
    kernel = pick(net, [3, 5])
    channels = x.shape[-1]
    net.features.add("grouped")
    x = net.add(layers.Conv2D, x, filters=channels, groups=channels, kernel_size=kernel,
                padding="same", strides=pick(net, [1, 2]), use_bias=chance(net, .5))
    return draw_tail(net, x)


def draw_separable(net, x, keeps_shape=False):
    """A separable convolution, with or without what follows convolutions."""
    kernel = pick(net, [1, 2, 3, 3, 3, 4, 5])
    net.features.add(f"sep{kernel}")
    x, window = draw_window(net, x, kernel, keeps_shape)
    activation = None if keeps_shape else inline_activation(net)
    x = net.add(layers.SeparableConv2D, x,
                filters=x.shape[-1] if keeps_shape else pick(net, [2, 3, 4, 8]),
                kernel_size=kernel, use_bias=chance(net, .6), activation=activation, **window)
    return x if keeps_shape or activation else draw_tail(net, x)


def draw_transposed(net, x, filters=None, strides=None):
    """A transposed convolution; with given strides the image grows by just these."""
    fixed = strides is not None
    strides = strides or pick(net, [1, 2, 2, 3])
    if extent_of(x) * strides > MAX_EXTENT:
        return x
    kernel = pick(net, [2, 3, 3, 4, 5] if strides < 3 else [3, 4, 5])
    padding = "same" if fixed else str(net.rng.choice(["same", "same", "valid"]))
    # The reference shifts images of odd sizes when it makes these kernels odd.
    if padding == "same" and strides == 2 and kernel == 2 and any(n % 2 for n in x.shape[1:3]):
        kernel = 3
    net.features.add(f"transposed{kernel}-stride{strides}-{padding}")
    x = net.add(layers.Conv2DTranspose, x, filters=filters or pick(net, [1, 2, 4, 6]),
                kernel_size=kernel, strides=strides, padding=padding, use_bias=chance(net, .6))
    return x if fixed else draw_tail(net, x)


def draw_depthwise_transposed(net, x):
    """A depthwise transposed convolution: strides of 2 alone, padding 'same'."""
    if extent_of(x) * 2 > MAX_EXTENT:
        return x
    kernel = pick(net, [2, 3, 3, 5])
    if kernel == 2 and any(n % 2 for n in x.shape[1:3]):
        kernel = 3
    x = net.add(quantizeml_layers.DepthwiseConv2DTranspose, x, kernel_size=kernel, strides=2,
                padding="same", use_bias=chance(net, .6))
    return draw_tail(net, x)
