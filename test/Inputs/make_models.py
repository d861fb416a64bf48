#!/usr/bin/env python3
"""Makes the small Keras models beside it, which the unit tests read, and
models.json, which says what Keras makes of them.

Run it with a Python that has keras (3) and tf_keras; the files are checked in,
so this is needed only to change them.
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = {}


def sequential(k):
    """All layers of a plain network."""
    layers = k.layers
    return k.Sequential([
        layers.Input((8, 8, 3)),
        layers.Rescaling(1 / 255, offset=-0.5, name="rescaling"),
        layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv"),
        layers.BatchNormalization(name="bn"),
        layers.ReLU(6.0, name="relu"),
        layers.DepthwiseConv2D(3, strides=2, padding="same", name="dw"),
        layers.Activation("relu", name="act"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Dropout(0.1, name="dropout"),
        layers.Flatten(name="flatten"),
        layers.Reshape((1, 1, 16), name="reshape"),
        layers.GlobalAveragePooling2D(name="gap"),
        layers.Dense(3, name="dense"),
    ], name="plain")


def branches(k, dtype=None):
    """Residual connections of different depths, saved in another order than
    that of their depths."""
    layers = k.layers
    a = dict(dtype=dtype) if dtype else {}
    x = layers.Input((4, 4, 2), name="image", **a)
    short = layers.Conv2D(3, 1, name="short", **a)(x)
    y = layers.Conv2D(3, 3, padding="same", name="long_1", **a)(x)
    y = layers.ReLU(name="long_2", **a)(y)
    y = layers.Conv2D(3, 3, padding="same", name="long_3", **a)(y)
    y = layers.Add(name="sum", **a)([y, short])
    z = layers.GlobalAveragePooling2D(name="gap", **a)(y)
    left = layers.Dense(2, name="left", **a)(z)
    right = layers.Dense(2, use_bias=False, name="right", **a)(z)
    out = layers.Concatenate(name="out", **a)([right, left])
    return k.Model(x, out, name="branches")


def nested(k, suffix):
    """Sequential in functional, functional in sequential, three levels deep,
    and the name "conv" twice, or three times where the file can hold that."""
    deep = "conv" if suffix == "keras" else "deep_conv"
    layers = k.layers
    i = layers.Input((6, 6, 2), name="inner_input")
    block = k.Model(i, layers.Add(name="add")(
        [i, layers.Conv2D(2, 3, padding="same", name=deep)(i)]),
        name="block")
    inner = k.Sequential([
        layers.Input((6, 6, 2)),
        block,
        layers.BatchNormalization(name="bn"),
        layers.Conv2D(2, 1, name="conv"),
    ], name="body")
    head = k.Sequential([
        layers.Input((6, 6, 2)),
        layers.Flatten(name="flatten"),
        layers.Dense(2, name="fc"),
    ], name="head")
    x = layers.Input((6, 6, 2), name="image")
    y = layers.Conv2D(2, 1, name="conv")(x)
    y = inner(y)
    y = layers.ReLU(name="relu")(y)
    return k.Model(x, head(y), name="outer")


def deferred(k):
    """A sequential model in a sequential model, built by its first call."""
    layers = k.layers
    model = k.Sequential([
        k.Sequential([layers.Conv2D(2, 3, name="conv"),
                      layers.ReLU(name="relu")], name="body"),
        layers.Flatten(name="flatten"),
        layers.Dense(2, name="fc"),
    ], name="deferred")
    model.build((None, 5, 5, 1))
    model(np.zeros((1, 5, 5, 1), np.float32))
    return model


def renamed(k):
    """What is found by its place, not by its name: a nested model with layers
    that were renamed after their weights, one of them frozen."""
    layers = k.layers
    body = k.Sequential([
        layers.Input((4, 4, 2)),
        layers.Conv2D(2, 1, name="a"),
        layers.BatchNormalization(name="b"),
        layers.Conv2D(2, 1, name="c"),
        layers.BatchNormalization(name="d"),
    ], name="body")
    for layer, name in zip(body.layers, ("conv_1", "bn_1", "conv_2", "bn_2")):
        layer._name = name
    body.layers[0].trainable = False
    body.layers[1].trainable = False
    model = k.Sequential([layers.Input((4, 4, 2)), body,
                          layers.Flatten(name="flatten"),
                          layers.Dense(2, name="fc")], name="renamed")
    return model


def separable(k):
    """Separable convolutions with all their arguments, and with none."""
    layers = k.layers
    return k.Sequential([
        layers.Input((8, 8, 3), name="image"),
        layers.SeparableConv2D(4, 3, strides=2, padding="same",
                               activation="relu", name="strided"),
        layers.SeparableConv2D(5, (3, 2), dilation_rate=(2, 2), padding="same",
                               use_bias=False, name="dilated"),
        layers.BatchNormalization(name="bn"),
        layers.SeparableConv2D(2, 2, name="plain"),
    ], name="separable")


def sequences(k):
    """Layers on sequences, with all that makes images of height 1 of them."""
    layers = k.layers
    x = layers.Input((12, 3), name="signal")
    y = layers.ZeroPadding1D((2, 1), name="pad")(x)
    y = layers.Conv1D(4, 3, strides=2, activation="relu", name="conv")(y)
    y = layers.BatchNormalization(name="bn")(y)
    y = layers.SeparableConv1D(4, 3, padding="same", name="separable")(y)
    z = layers.DepthwiseConv1D(3, padding="same", name="depthwise")(y)
    y = layers.Add(name="add")([y, z])
    y = layers.Conv1D(5, 2, padding="causal", dilation_rate=2,
                      name="causal")(y)
    y = layers.MaxPooling1D(2, name="pool")(y)
    gap = layers.GlobalAveragePooling1D(name="gap")(y)
    gmp = layers.GlobalMaxPooling1D(name="gmp")(y)
    sum_ = layers.Add(name="sum")([gap, gmp])
    return k.Model(x, [layers.Dense(2, name="fc")(sum_), y], name="sequences")


def identities(k):
    """What acts in training alone, and ReLU6 in all its places."""
    layers = k.layers
    return k.Sequential([
        layers.Input((6, 6, 2), name="image"),
        layers.RandomFlip(name="flip"),
        layers.RandomRotation(0.1, name="rotation"),
        layers.RandomZoom(0.1, name="zoom"),
        layers.RandomContrast(0.1, name="contrast"),
        layers.GaussianNoise(0.1, name="noise"),
        layers.Conv2D(3, 3, activation="relu6", name="conv"),
        layers.SpatialDropout2D(0.1, name="spatial"),
        layers.GaussianDropout(0.1, name="gaussian"),
        layers.AlphaDropout(0.1, name="alpha"),
        layers.ActivityRegularization(name="regularization"),
        layers.Conv2D(3, 1, name="pointwise"),
        layers.Activation("relu6", name="relu6"),
        layers.GlobalMaxPooling2D(name="gmp"),
        layers.Dense(2, activation="relu6", name="fc"),
    ], name="identities")


def operators(k):
    """Python's operators and functions on tensors."""
    image = k.layers.Input((4, 4, 3), name="image")
    x = k.layers.Conv2D(4, 1, name="conv")(image)
    if k is tf_keras:
        relu, relu6, reshape = tf.nn.relu, tf.nn.relu6, tf.reshape
        mean = tf.reduce_mean
    else:
        relu, relu6, reshape = k.ops.relu, k.ops.relu6, k.ops.reshape
        mean = k.ops.mean
    x = relu6(x + 3.0)
    x = x * 0.5 - 1.0
    x = x + relu(x / 4.0)
    x = 1.0 - x
    x = reshape(x, (-1, 2, 8, 4))
    x = mean(x, axis=[1, 2])
    return k.Model(image, k.layers.Dense(2, name="fc")(x), name="operators")


def axes(k):
    """Operators and functions that take tensors apart, join, move and reduce
    them."""
    image = k.layers.Input((4, 6, 8), name="image")
    x = k.layers.Conv2D(8, 1, name="conv")(image)
    s = k.layers.Reshape((6, 32), name="steps")(image)
    s = k.layers.Conv1D(4, 3, padding="same", name="conv1d")(s)
    v = k.layers.GlobalAveragePooling1D(name="pooled")(s)
    v = k.layers.Dense(6, name="vector")(v)
    if k is tf_keras:
        split = tf.split
        few = dict(
            transpose=tf.transpose(x, [0, 2, 3, 1]),
            swap=tf.transpose(s, [0, 2, 1]),
            join=tf.concat([x, -x], -1),
            stack=tf.concat([x, x * 0.5], axis=1),
            mean=tf.reduce_mean(x, axis=-1, keepdims=True),
            rows=tf.reduce_mean(x, 1),
            columns=tf.reduce_max(x, axis=2, keepdims=True),
            cells=tf.reduce_max(x, [1, 2]),
            whole=tf.reduce_mean(x, [1, 2], keepdims=True),
            all=tf.reduce_sum(x, axis=[1, 2, 3]),
            largest=tf.reduce_max(x, axis=[3], keepdims=True),
            time=tf.reduce_sum(s, 1),
            last=tf.reduce_max(v, -1, keepdims=True),
            least=tf.maximum(x, 0.125),
            most=tf.minimum(x, 0.25),
            nothing=tf.maximum(0.0, x),
            larger=tf.maximum(s, tf.square(s)),
            smaller=tf.minimum(s, tf.abs(s) * 0.5 - 0.25),
            clip=tf.clip_by_value(x, -0.5, 0.25),
            relu=tf.clip_by_value(x, 0.0, 0.5),
            pool=tf.nn.max_pool2d(x, 2, 2, "VALID"),
            average=tf.nn.avg_pool2d(x, [2, 2], [1, 1], padding="SAME"),
            pad=tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
            more=tf.expand_dims(s, -2),
            less=tf.squeeze(x[:, :1], 1),
            twice=tf.image.resize(x, (8, 12)),
            copies=tf.image.resize(x, (4, 18), method="nearest"),
            sum=tf.math.add_n([x, x, tf.identity(x)]),
            cast=tf.cast(x, tf.float32),
            space=tf.nn.depth_to_space(x, 2),
            depth=tf.nn.space_to_depth(x, 2))
    else:
        split = k.ops.split
        few = dict(
            transpose=k.ops.transpose(x, [0, 2, 3, 1]),
            swap=k.ops.transpose(s, [0, 2, 1]),
            join=k.ops.concatenate([x, -x], -1),
            stack=k.ops.concatenate([x, x * 0.5], axis=1),
            mean=k.ops.mean(x, axis=-1, keepdims=True),
            rows=k.ops.mean(x, 1),
            columns=k.ops.max(x, axis=2, keepdims=True),
            cells=k.ops.max(x, [1, 2]),
            whole=k.ops.mean(x, [1, 2], keepdims=True),
            all=k.ops.sum(x, axis=[1, 2, 3]),
            largest=k.ops.max(x, axis=[3], keepdims=True),
            time=k.ops.sum(s, 1),
            last=k.ops.max(v, -1, keepdims=True),
            least=k.ops.maximum(x, 0.125),
            most=k.ops.minimum(x, 0.25),
            nothing=k.ops.maximum(0.0, x),
            larger=k.ops.maximum(s, k.ops.square(s)),
            smaller=k.ops.minimum(s, k.ops.abs(s) * 0.5 - 0.25),
            clip=k.ops.clip(x, -0.5, 0.25),
            relu=k.ops.clip(x, 0.0, 0.5),
            pool=k.ops.max_pool(x, 2, 2, "valid"),
            average=k.ops.average_pool(x, [2, 2], [1, 1], padding="same"),
            pad=k.ops.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
            more=k.ops.expand_dims(s, -2),
            less=k.ops.squeeze(x[:, :1], 1),
            twice=k.ops.image.resize(x, (8, 12)),
            copies=k.ops.image.resize(x, (4, 18), interpolation="nearest"),
            cast=k.ops.cast(x, "float32"))
    few.update(
        part=x[:, 1:-1, ::2, :], reversed=x[..., ::-1], row=x[:, 0],
        cell=x[:, -1, 2, 1:4], step=s[:, -1, :], some=s[:, 1:4:2, ::2],
        number=v[:, 2], numbers=v[:, 1:5], axis=x[:, :, :, None, 2],
        three=k.layers.Maximum(name="three")([x, x * 2.0, x * -1.0]),
        two=k.layers.Minimum(name="two")([s, s * -0.5]))
    first, second = split(x, 2, -1)
    few["exchanged"] = k.layers.Concatenate(name="exchanged")([second, first])
    parts = split(s, [1, 3, 2], 1) if k is tf_keras else split(s, [1, 4], 1)
    few["middle"] = k.layers.Conv1D(3, 1, name="middle")(parts[1])
    few["begin"], few["end"] = parts[0], parts[2]
    named = [k.layers.Activation("linear", name=f"out_{name}")(value)
             for name, value in few.items()]
    return k.Model(image, named, name="axes")


def activations(k):
    """Functions as layers, inside of layers, and as operators."""
    layers, functions = k.layers, k.activations
    image = layers.Input((3, 2, 4), name="image")
    names = [name for name in (
        "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu",
        "leaky_relu", "mish", "relu6", "selu", "sigmoid", "silu", "softplus",
        "softsign", "swish", "tanh") if hasattr(functions, name)]
    joined = [layers.Activation(name, name=f"act_{name}")(image)
              for name in names]
    slope = "alpha" if k is tf_keras else "negative_slope"
    joined += [
        layers.LeakyReLU(**{slope: 0.125}, name="leaky")(image),
        layers.ReLU(negative_slope=0.5, name="sloped")(image),
        layers.ELU(alpha=0.5, name="half_elu")(image),
        layers.PReLU(shared_axes=[1, 2], name="prelu")(image),
        layers.DepthwiseConv2D(1, activation="tanh", name="dw")(image),
    ]
    if k is tf_keras:
        joined += [tf.nn.silu(image), tf.nn.gelu(image),
                   tf.nn.gelu(image, approximate=True),
                   tf.nn.leaky_relu(image, alpha=0.25), tf.math.sigmoid(image),
                   tf.nn.tanh(image), tf.nn.elu(image), tf.nn.selu(image),
                   tf.nn.softplus(image), tf.nn.softsign(image),
                   tf.math.exp(image)]
    else:
        ops = k.ops
        joined += [ops.silu(image), ops.gelu(image),
                   ops.gelu(image, approximate=False),
                   ops.leaky_relu(image, negative_slope=0.25),
                   ops.sigmoid(image), ops.tanh(image), ops.elu(image),
                   ops.selu(image), ops.softplus(image), ops.softsign(image),
                   ops.exp(image), ops.hard_sigmoid(image),
                   ops.hard_silu(image)]
    x = layers.Concatenate(name="all")(joined)
    vector = layers.Flatten(name="flatten")(image)
    vector = layers.PReLU(name="vector_prelu")(vector)
    return k.Model(image, [x, vector], name="activations")


def softmaxes(k):
    """Softmaxes and their logarithms, as layers, inside of one, as operators."""
    layers = k.layers
    image = layers.Input((3, 2, 4), name="image")
    x = layers.Rescaling(20.0, name="near")(image)
    far = layers.Rescaling(100.0, name="far")(image)
    nn = tf.nn if k is tf_keras else k.ops
    joined = [layers.Activation("softmax", name="layer")(x),
              layers.Activation("log_softmax", name="log")(far),
              nn.softmax(x), nn.softmax(x, axis=3), nn.log_softmax(far),
              nn.log_softmax(far, axis=-1)]
    if k is tf_keras:
        joined.append(layers.Activation(nn.log_softmax, name="function")(far))
    y = layers.Concatenate(name="all")(joined)
    z = layers.Flatten(name="flatten")(image)
    z = layers.Dense(3, activation="log_softmax", name="fc")(z)
    z = layers.Dense(2, name="last")(z)
    return k.Model(image, [y, z], name="softmaxes")


def excite(k):
    """Squeeze-and-excite blocks, and hard activations in parts."""
    layers = k.layers

    def hard_sigmoid(x):
        return layers.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)

    image = layers.Input((4, 4, 3), name="image")
    x = layers.Rescaling(4.0, name="rescaling")(image)
    x = layers.Conv2D(4, 3, padding="same", name="conv")(x)
    x = layers.Multiply(name="hard_silu")([x, hard_sigmoid(x)])
    y = layers.GlobalAveragePooling2D(keepdims=True, name="gap")(x)
    y = layers.Conv2D(2, 1, activation="relu", name="reduce")(y)
    y = layers.Conv2D(4, 1, name="expand")(y)
    x = layers.Multiply(name="excite")([x, hard_sigmoid(y)])
    z = layers.GlobalMaxPooling2D(name="max")(x)
    z = layers.Dense(4, activation="sigmoid", name="gate")(z)
    x = layers.Multiply(name="vector")([z, x])
    y = layers.Activation("sigmoid", name="mask")(x)
    x = x * y
    return k.Model(image, layers.Conv2D(2, 3, name="last")(x), name="excite")


def gates(k):
    """Attention gates: maps of one channel that multiply images and sequences."""
    layers = k.layers
    image = layers.Input((4, 6, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(image)
    y = layers.Conv2D(1, 1, activation="sigmoid", name="psi")(x)
    x = layers.Multiply(name="gated")([x, y])
    x = layers.Reshape((24, 4), name="sequence")(x)
    y = layers.Conv1D(1, 1, activation="tanh", name="weights")(x)
    x = layers.Multiply(name="weighted")([y, x])
    x = layers.GlobalAveragePooling1D(name="gap")(x)
    return k.Model(image, layers.Dense(2, name="fc")(x), name="gates")


def joined(k):
    """Images, sequences and vectors side by side."""
    layers = k.layers
    image = layers.Input((4, 3, 2), name="image")
    a = layers.Conv2D(3, 1, name="a")(image)
    b = layers.ReLU(name="b")(a)
    x = layers.Concatenate(name="images")([a, image, b])
    x = layers.Concatenate(axis=3, name="twice")([x, x])
    x = layers.Conv2D(4, 1, name="c")(x)
    y = layers.Reshape((12, 4), name="reshape")(x)
    z = layers.Conv1D(2, 3, padding="same", name="d")(y)
    y = layers.Concatenate(axis=2, name="sequences")([y, z])
    y = layers.GlobalMaxPooling1D(name="max")(y)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    x = layers.Concatenate(name="vectors")([x, y])
    return k.Model(image, x, name="joined")


def two_inputs(k):
    """Two inputs, given in another order than that of their layers, and two
    outputs."""
    layers = k.layers
    left = layers.Input((4, 4, 2), name="left")
    right = layers.Input((4, 4, 2), name="right")
    y = layers.Conv2D(2, 1, name="conv")(right)
    y = layers.Add(name="sum")([left, y])
    return k.Model([left, right],
                   [layers.GlobalAveragePooling2D(name="gap")(y), y],
                   name="two_inputs")


def bfloat16(k):
    """Weights of 16 bits that files hold as opaque bytes."""
    layers = k.layers
    return k.Sequential([layers.Input((4,), name="vector"),
                         layers.Dense(3, dtype="bfloat16", name="fc")],
                        name="bfloat16")


def grouped(k):
    """Convolutions in groups at the start, within and at the end; one layer is
    returned twice."""
    layers = k.layers
    image = layers.Input((6, 6, 4), name="image")
    x = layers.Conv2D(4, 3, groups=2, activation="relu", name="first")(image)
    x = layers.Conv2D(8, 3, groups=4, padding="same", name="inner")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.ReLU(6.0, name="relu")(x)
    x = layers.Conv2D(6, 2, strides=2, groups=2, name="last")(x)
    gap = layers.GlobalAveragePooling2D(name="gap")(x)
    return k.Model(image, [gap, x, gap], name="grouped")


def transposed(k):
    """Transposed convolutions of all forms, in the shape of a U."""
    layers = k.layers
    image = layers.Input((8, 6, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="conv")(image)
    x = short = layers.ReLU(name="relu")(x)
    x = layers.Conv2D(5, 3, strides=2, padding="same", activation="relu",
                      name="down")(x)
    up = layers.Conv2DTranspose(3, 3, strides=2, padding="same",
                                use_bias=False, name="up")(x)
    up = layers.BatchNormalization(name="bn")(up)
    up = layers.ReLU(name="up_relu")(up)
    joined = layers.Concatenate(name="join")([up, short])
    out = layers.Conv2D(2, 1, name="out")(joined)

    def spread(name, *args, **kwargs):
        y = layers.Conv2DTranspose(2, *args, name=name, **kwargs)(x)
        return layers.GlobalAveragePooling2D(name=name + "_gap")(
            layers.Conv2D(2, 2, name=name + "_conv")(y))

    outs = [spread("valid", (2, 4), strides=(3, 2)),
            spread("even", 4, strides=2, padding="same", activation="relu"),
            spread("wide", (5, 3), strides=(1, 3), padding="same"),
            spread("extra", 3, strides=2, padding="same", output_padding=1),
            spread("extra_valid", 3, strides=2, output_padding=(1, 0))]
    if k is tf_keras:  # Keras 3 on TensorFlow does not run dilated ones
        outs += [spread("dilated", 3, dilation_rate=2, padding="same"),
                 spread("dilated_valid", 2, dilation_rate=3)]
    return k.Model(image, [out, *outs], name="transposed")


def training(k):
    """More of what acts in training alone, in Keras 3."""
    layers = k.layers
    return k.Sequential([
        layers.Input((4, 4, 3), name="image"),
        layers.Identity(name="identity"),
        layers.RandomColorDegeneration(0.1, name="degeneration"),
        layers.RandomColorJitter(name="jitter"),
        layers.RandomElasticTransform(name="elastic"),
        layers.RandomErasing(name="erasing"),
        layers.RandomGaussianBlur(name="blur"),
        layers.RandomGrayscale(name="grayscale"),
        layers.RandomHue(0.1, name="hue"),
        layers.RandomInvert(name="invert"),
        layers.RandomPerspective(name="perspective"),
        layers.RandomPosterization(4, name="posterization"),
        layers.RandomSaturation(0.1, name="saturation"),
        layers.RandomSharpness(0.1, name="sharpness"),
        layers.RandomShear(0.1, 0.1, name="shear"),
        layers.AugMix(name="augmix"),
        layers.CutMix(name="cutmix"),
        layers.MixUp(name="mixup"),
        layers.RandAugment(name="augment"),
        layers.Conv2D(2, 1, name="conv"),
    ], name="training")


def pools(k):
    """Means over windows that integers have a form for, and maxima of all."""
    layers = k.layers
    image = layers.Input((12, 12, 2), name="image")
    x = layers.AveragePooling2D(2, name="first")(image)
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(x)
    y = layers.AveragePooling2D((3, 2), strides=1, name="inner")(x)
    y = layers.Conv2D(3, 1, name="mixed")(y)
    y = layers.AveragePooling2D((4, 5), padding="same", name="whole")(y)
    y = layers.Flatten(name="flatten")(y)
    z = layers.GlobalMaxPooling2D(keepdims=True, name="max")(x)
    z = layers.Reshape((4,), name="vector")(z)
    s = layers.Reshape((36, 4), name="sequence")(x)
    s = layers.AveragePooling1D(3, name="steps")(s)
    s = layers.GlobalAveragePooling1D(name="pooled")(s)
    y = layers.Concatenate(name="concat")([y, z, s])
    return k.Model(image, layers.Dense(2, name="fc")(y), name="pools")


def borders(k):
    """Means over windows that reach over the border."""
    layers = k.layers
    return k.Sequential([
        layers.Input((7, 6, 3), name="image"),
        layers.AveragePooling2D(3, strides=2, padding="same", name="strided"),
        layers.AveragePooling2D((2, 3), strides=1, padding="same",
                                name="dense"),
    ], name="borders")


def moves(k):
    """What moves elements: borders, repetitions, and axes in another order."""
    layers = k.layers
    image = layers.Input((6, 5, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu",
                      name="conv")(image)
    y = layers.UpSampling2D((2, 3), name="nearest")(x)
    y = layers.Conv2D(4, 3, padding="same", name="smooth")(y)
    y = layers.Cropping2D(((1, 2), (2, 4)), name="crop")(y)
    z = layers.UpSampling2D((2, 1), interpolation="bilinear",
                            name="bilinear")(x)
    z = layers.Cropping2D((1, 0), name="middle")(z)
    z = layers.ZeroPadding2D(((0, 0), (0, 5)), name="pad")(z)
    z = layers.Cropping2D(((0, 1), (1, 0)), name="again")(z)
    x = layers.Add(name="add")([y, z])
    x = layers.Permute((3, 1, 2), name="permute")(x)
    x = layers.Reshape((12, -1), name="reshape")(x)
    x = layers.Dense(5, activation="relu", name="rows")(x)
    x = layers.UpSampling1D(2, name="steps")(x)
    x = layers.Cropping1D((1, 2), name="inner")(x)
    x = layers.Conv1DTranspose(5, 3, strides=2, padding="same",
                               name="spread")(x)
    x = layers.Conv1D(4, 3, name="conv_1d")(x)
    x = layers.GlobalMaxPooling1D(name="gmp")(x)
    return k.Model(image, layers.Dense(3, name="fc")(x), name="moves")


def boxes(k):
    """What is joined along rows, columns, and rows of vectors."""
    layers = k.layers
    image = layers.Input((6, 5, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation="relu",
                      name="conv")(image)
    small = layers.Conv2D(4, 3, strides=2, padding="same", name="small")(x)
    x = layers.Concatenate(axis=1, name="below")([x, layers.Cropping2D(
        ((0, 2), (0, 0)), name="crop")(x)])
    x = layers.Concatenate(axis=2, name="beside")([x, x])
    large = layers.Conv2D(4, 1, name="large")(x)
    x = layers.Concatenate(axis=1, name="boxes")([
        layers.Reshape((-1, 4), name="rows")(large),
        layers.Reshape((-1, 4), name="more_rows")(small)])
    return k.Model(image, layers.Dense(3, name="fc")(x), name="boxes")


def maps(k):
    """Numbers for each element, and products of what is repeated."""
    layers = k.layers
    ops = tf if k is tf_keras else k.ops
    rng = np.random.default_rng(7)

    def numbers(*shape):
        return rng.uniform(0.25, 1.0, shape).astype("float32")

    image = layers.Input((4, 6, 3), name="image")
    x = layers.Conv2D(4, 1, name="conv")(image)
    row = layers.AveragePooling2D((4, 1), name="row")(x)
    column = layers.AveragePooling2D((1, 6), name="column")(x)
    gate = layers.Conv2D(1, 1, activation="sigmoid", name="gate")(x)
    pooled = layers.GlobalAveragePooling2D(name="pooled")(x)
    steps = layers.Conv1D(4, 1, name="steps")(
        layers.Reshape((24, 4), name="sequence")(x))
    step_gate = layers.Dense(1, activation="sigmoid", name="step_gate")(steps)
    number = layers.Dense(1, activation="sigmoid", name="number")(pooled)
    results = [
        x + numbers(4, 6, 4), ops.subtract(numbers(6, 1), x),
        x * numbers(1, 4, 6, 1),
        x / numbers(4, 1, 1), gate - numbers(3),
        ops.maximum(x, numbers(4, 6, 1)), ops.minimum(x, numbers(4, 1, 4)),
        steps + numbers(24, 4), x ** 2, x ** 3, x ** 4,
        ops.matmul(x, numbers(4, 2)), ops.matmul(pooled, numbers(4, 3)),
        layers.PReLU(name="prelu")(x),
        layers.PReLU(shared_axes=[1], name="columns_prelu")(x),
        layers.PReLU(shared_axes=[2, 3], name="rows_prelu")(x),
        layers.BatchNormalization(axis=1, name="rows_norm")(x),
        layers.Normalization((1, 3), mean=numbers(4, 4),
                             variance=numbers(4, 4), name="norm")(x),
        layers.Multiply(name="three")([x, gate, column]),
        layers.Multiply(name="outer")([row, column]),
        layers.Multiply(name="ranks")([pooled, x]),
        layers.Multiply(name="step_product")([steps, step_gate]),
        layers.Multiply(name="scaled")([pooled, number]),
        layers.Add(name="sum")([x, pooled, row]),
    ]
    if k is tf_keras:
        results.append(tf.nn.bias_add(x, numbers(4)))
        results.append(layers.SeparableConv1D(3, 3, padding="causal",
                                              name="causal")(steps))
    return k.Model(image, results, name="maps")


def bilinear(k):
    """Interpolation by all sizes, odd and even."""
    layers = k.layers
    image = layers.Input((3, 4, 2), name="image")
    return k.Model(image, [
        layers.UpSampling2D(size, interpolation="bilinear",
                            name="by_%d_%d" % size)(image)
        for size in ((2, 2), (3, 2), (4, 3), (1, 5))], name="bilinear")


def resizing(k):
    """Images of any size, by all methods that have an integer form."""
    layers = k.layers
    image = layers.Input((8, 6, 2), name="image")
    x = layers.Resizing(7, 9, name="resized")(image)
    results = [layers.Resizing(*size, interpolation=method,
                               name="%s_%d_%d" % (method, *size))(x)
               for method, size in (
                   ("nearest", (5, 14)), ("bilinear", (7, 5)),
                   ("bicubic", (12, 4)), ("area", (3, 11)),
                   ("bilinear", (14, 27)), ("nearest", (14, 9)))]
    results.append(layers.CenterCrop(4, 6, name="center")(x))
    results.append(layers.UpSampling2D((2, 3), interpolation="bicubic",
                                       name="up")(x))
    resize = tf.image.resize if k is tf_keras else k.ops.image.resize
    kind = "method" if k is tf_keras else "interpolation"
    for size, method in (((3, 13), "bilinear"), ((4, 5), "bicubic")):
        results.append(layers.Activation("linear", name="smooth_" + method)(
            resize(x, size, antialias=True, **{kind: method})))
    return k.Model(image, results, name="resizing")


def scalings(k):
    """What scales channels, in places where nothing takes it over."""
    layers = k.layers
    image = layers.Input((6, 6, 3), name="image")
    x = layers.Rescaling(0.5, name="half")(image)
    x = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 0.25],
                             name="normalization")(x)
    x = layers.Conv2D(4, 3, padding="same", name="conv")(x)
    y = layers.ReLU(name="relu")(x)
    y = layers.BatchNormalization(name="after_relu")(y)
    y = layers.Conv2D(4, 3, padding="same", name="padded")(y)
    x = layers.Add(name="add")([x, y])
    x = layers.BatchNormalization(name="after_add")(x)
    x = layers.ReLU(name="relu_2")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.BatchNormalization(name="after_pool")(x)
    y = layers.Conv2D(2, 1, name="side")(x)
    x = layers.Concatenate(name="concat")([x, y])
    x = layers.BatchNormalization(name="after_concat")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    x = 2.0 - x * 0.25
    x = layers.ReLU(name="relu_3")(x)
    x = layers.BatchNormalization(name="vector")(x)
    return k.Model(image, layers.Dense(2, name="fc")(x), name="scalings")


def norm_first(k):
    """A norm before anything else, and vectors that are normalized."""
    layers = k.layers
    image = layers.Input((5, 5, 3), name="image")
    x = layers.BatchNormalization(name="bn")(image)
    x = layers.ReLU(name="relu")(x)
    x = layers.SeparableConv2D(3, 3, padding="same", name="separable")(x)
    return k.Model(image, x, name="norm_first")


def separable_first(k):
    """Separable and depthwise convolutions of the inputs."""
    layers = k.layers
    image = layers.Input((6, 6, 3), name="image")
    signal = layers.Input((9, 2), name="signal")
    x = layers.SeparableConv2D(4, 3, padding="same", activation="relu",
                               name="separable")(image)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    y = layers.DepthwiseConv1D(3, padding="same", depth_multiplier=2,
                               name="multiplied")(signal)
    y = layers.ReLU(name="relu")(y)
    y = layers.SeparableConv1D(4, 3, depth_multiplier=3, activation="relu",
                               name="steps")(y)
    y = layers.GlobalMaxPooling1D(name="max")(y)
    x = layers.Concatenate(name="concat")([x, y])
    return k.Model([image, signal], layers.Dense(2, name="fc")(x),
                   name="separable_first")


def shared(k):
    """A layer and a model that are called twice, with two inputs, and sums and
    differences of results."""
    layers = k.layers
    a = layers.Input((6, 6, 2), name="a")
    b = layers.Input((6, 6, 2), name="b")
    i = layers.Input((6, 6, 2), name="tower_input")
    conv = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv")
    x = layers.Conv2D(8, 3, name="conv_1")(conv(i))
    tower = k.Model(i, layers.BatchNormalization(name="bn")(x), name="tower")
    left, right = tower(a), tower(b)
    dense = layers.Dense(8, activation="relu", name="dense")
    x = layers.Subtract(name="difference")([left, right])
    x = layers.Add(name="three")([x, left, dense(right)])
    y = layers.Average(name="average")([dense(left), right])
    x = layers.Conv2D(8, 1, activation="relu", name="mix")(x - y)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    return k.Model([a, b], layers.Dense(2, name="fc")(x), name="shared")


def video(k):
    """Frames, which become samples; convolutions over time look back."""
    layers = k.layers
    x = inputs = layers.Input((5, 6, 4, 2), name="video")
    x = layers.ZeroPadding3D(((0, 0), (1, 0), (0, 1)), name="pad")(x)
    x = layers.Conv3D(3, (1, 3, 2), strides=(1, 2, 1), padding="same",
                      name="spatial")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.ReLU(name="relu")(x)
    x = layers.ZeroPadding3D(((2, 0), (0, 0), (0, 0)), name="past")(x)
    x = layers.Conv3D(4, (3, 1, 1), activation="relu", name="temporal")(x)
    x = layers.SpatialDropout3D(0.1, name="drop")(x)
    x = layers.ZeroPadding3D(((1, 0), (0, 0), (0, 0)), name="last")(x)
    x = layers.Conv3D(4, (2, 1, 1), use_bias=False, name="each")(x)
    x = layers.MaxPooling3D((1, 2, 1), name="max")(x)
    x = layers.AveragePooling3D((1, 2, 5), name="mean")(x)
    x = layers.Conv3D(3, 1, name="mix")(x)
    x = layers.Permute((1, 4, 2, 3), name="permute")(x)
    x = layers.Reshape((5, 3), name="reshape")(x)
    return k.Model(inputs, layers.Dense(2, name="fc")(x), name="video")


def polynomials(k):
    """Kernels over time that are sums of polynomials, as the chip's vendor
    registers them; a frame's shape after -1."""
    from quantizeml.layers import PleiadesLayer
    layers = k.layers
    x = inputs = layers.Input((5, 4, 4, 3), name="video")
    x = PleiadesLayer(4, (1, 3, 3), degrees=2, alpha=0.5, beta=-0.25,
                      padding="same", name="spatial")(x)
    x = layers.ZeroPadding3D(((3, 0), (0, 0), (0, 0)), name="past")(x)
    x = PleiadesLayer(4, (4, 1, 1), degrees=3, alpha=-0.25, beta=-0.25,
                      activation="relu", name="temporal")(x)
    x = layers.ZeroPadding3D(((2, 0), (0, 0), (0, 0)), name="more")(x)
    x = PleiadesLayer(4, (3, 1, 1), degrees=0, alpha=0, beta=1, groups=4,
                      use_bias=False, name="each")(x)
    x = layers.AveragePooling3D((1, 4, 4), name="mean")(x)
    x = layers.Reshape((-1, 4), name="reshape")(x)
    return k.Model(inputs, layers.Dense(2, name="fc")(x), name="polynomials")


def split_names(path):
    """Cuts lists of names into several attributes, as Keras does above 64 kB."""
    with h5py.File(path, "r+") as f:
        groups = [f["model_weights"], *f["model_weights"].values()]
        for group in groups:
            for key in ("layer_names", "weight_names"):
                names = list(group.attrs.get(key, []))
                if len(names) < 2:
                    continue
                del group.attrs[key]
                group.attrs[key + "0"] = names[:1]
                group.attrs[key + "1"] = names[1:]


def flat_layers(model, prefix=""):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from flat_layers(layer, prefix + layer.name + "/")
        elif type(layer).__name__ != "InputLayer":
            yield prefix + layer.name, layer


def save_outputs(model, name, rng):
    """What Keras computes of a few samples, next to the model."""
    inputs = [rng.uniform(-2, 2, (2, *tensor.shape[1:])).astype(np.float32)
              for tensor in model.inputs]
    if "video" in name:  # the frames of one volume
        inputs = [inputs[0][:1]]
        outputs = [np.asarray(model(inputs[0], training=False))[0]]
        np.savez(HERE / (name + ".npz"), input0=inputs[0][0],
                 prediction=outputs[0])
        return
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    if not isinstance(outputs, (list, tuple)):
        outputs = [outputs]
    names = list(getattr(model, "output_names", [""]))
    # A layer that is returned again: Keras 3 has no name of its own for it.
    names = [name if name not in names[:i] else f"{name}_1"
             for i, name in enumerate(names)]
    # Samples of several inputs go by their names.
    np.savez(HERE / (name + ".npz"),
             **{tensor.name if len(inputs) > 1 else "input0": array
                for tensor, array in zip(model.inputs, inputs)},
             **{f"prediction/{key}" if len(outputs) > 1 else "prediction":
                np.asarray(array) for key, array in zip(names, outputs)})


def draw_weights(rng, name, weights):
    """Numbers that add up without an error; small ones where they matter."""
    if name in SMALL:
        return (rng.integers(-24, 32, weights.shape) / 32).astype(weights.dtype)
    return rng.integers(-8, 8, weights.shape).astype(weights.dtype)


def settle(model, rng):
    """Gives weights sizes as of trained networks, so that results are, too."""
    def draw(weight):
        shape, path = tuple(weight.shape), weight.name
        if "variance" in path or "gamma" in path:
            values = rng.uniform(0.5, 2, shape)
            # Pools don't keep the order of the first channel.
            return values * (-1 if "gamma" in path else 1) ** (
                np.arange(shape[-1]) == 0)
        if "kernel" not in path:
            return rng.uniform(-0.5, 0.5, shape)
        fan_in = np.prod(shape[:2] if "depthwise" in path else shape[:-1])
        return rng.normal(0, 1.4 / np.sqrt(fan_in), shape)
    model.set_weights([
        np.asarray(draw(w)).astype(w.dtype.name
                                   if hasattr(w.dtype, "name") else w.dtype)
        for w in model.weights])


def save(model, name):
    rng = np.random.default_rng(1)
    if name in QUANTIZED:
        settle(model, rng)
        model.save(HERE / name)
        save_outputs(model, name, rng)
        expect(model, name)
        return
    # Variances are not negative where something is computed with them.
    model.set_weights([
        np.abs(values) if name in COMPARED and "variance" in weight.name
        else values for values, weight in zip(
            [draw_weights(rng, name, w) for w in model.get_weights()],
            model.weights)])
    model.save(HERE / name)
    if name in COMPARED:
        save_outputs(model, name, rng)
    expect(model, name)


def expect(model, name):
    EXPECTED[name] = {
        "order": [layer.name for layer in model.layers],
        # Of each array: shape, sum, first element.
        "weights": {path: [[list(w.shape), float(np.sum(w, dtype=np.float64)),
                            float(w.flat[0])] for w in layer.get_weights()]
                    for path, layer in flat_layers(model)},
    }


# Models whose functions large weights would drive to their ends.
SMALL = ("tf_keras_excite.h5", "keras3_excite.keras")

# Models whose float outputs are compared.
COMPARED = ("tf_keras_sequences.h5", "keras3_sequences.keras",
            "tf_keras_identities.keras", "keras3_identities.keras",
            "tf_keras_operators.h5", "keras3_operators.h5",
            "keras3_operators.keras", "tf_keras_joined.h5",
            "keras3_joined.keras", "tf_keras_two_inputs.h5",
            "tf_keras_grouped.h5", "keras3_grouped.keras",
            "keras3_training.keras", "tf_keras_activations.h5",
            "keras3_activations.keras", "tf_keras_softmaxes.h5",
            "keras3_softmaxes.keras", "tf_keras_gates.h5",
            "keras3_gates.keras", "tf_keras_excite.h5",
            "keras3_excite.keras", "tf_keras_transposed.h5",
            "keras3_transposed.keras", "tf_keras_video.h5",
            "keras3_video.keras", "tf_keras_polynomials.h5")

# Models that are quantized, too.
QUANTIZED = (
    "tf_keras_pools.h5", "keras3_pools.keras",
    "tf_keras_axes.h5", "keras3_axes.keras",
    "tf_keras_borders.h5", "keras3_borders.keras",
    "tf_keras_moves.h5", "keras3_moves.keras",
    "tf_keras_boxes.h5", "keras3_boxes.keras",
    "tf_keras_maps.h5", "keras3_maps.keras",
    "tf_keras_bilinear.h5", "keras3_bilinear.keras",
    "tf_keras_resizing.h5", "keras3_resizing.keras",
    "tf_keras_scalings.h5", "keras3_scalings.keras",
    "tf_keras_norm_first.h5", "keras3_norm_first.keras",
    "tf_keras_separable_first.h5", "keras3_separable_first.keras",
    "tf_keras_shared.h5", "keras3_shared.keras")

MODELS = (
    (tf_keras, sequential, (), "tf_keras_sequential.h5"),
    (tf_keras, branches, (), "tf_keras_branches.keras"),
    (tf_keras, branches, ("float16",), "tf_keras_float16.h5"),
    (tf_keras, branches, ("float64",), "tf_keras_float64.keras"),
    (tf_keras, nested, ("h5",), "tf_keras_nested.h5"),
    (tf_keras, nested, ("keras",), "tf_keras_nested.keras"),
    (tf_keras, deferred, (), "tf_keras_deferred.h5"),
    (tf_keras, renamed, (), "tf_keras_renamed.h5"),
    (keras, sequential, (), "keras3_sequential.keras"),
    (keras, branches, (), "keras3_branches.h5"),
    (keras, nested, ("h5",), "keras3_nested.h5"),
    (keras, nested, ("keras",), "keras3_nested.keras"),
    (keras, deferred, (), "keras3_deferred.keras"),
    (tf_keras, separable, (), "tf_keras_separable.h5"),
    (tf_keras, separable, (), "tf_keras_separable.keras"),
    (keras, separable, (), "keras3_separable.h5"),
    (keras, separable, (), "keras3_separable.keras"),
    (tf_keras, sequences, (), "tf_keras_sequences.h5"),
    (keras, sequences, (), "keras3_sequences.keras"),
    (tf_keras, identities, (), "tf_keras_identities.keras"),
    (keras, identities, (), "keras3_identities.keras"),
    (tf_keras, operators, (), "tf_keras_operators.h5"),
    (keras, operators, (), "keras3_operators.h5"),
    (keras, operators, (), "keras3_operators.keras"),
    (tf_keras, axes, (), "tf_keras_axes.h5"),
    (keras, axes, (), "keras3_axes.keras"),
    (tf_keras, joined, (), "tf_keras_joined.h5"),
    (keras, joined, (), "keras3_joined.keras"),
    (tf_keras, two_inputs, (), "tf_keras_two_inputs.h5"),
    (keras, bfloat16, (), "keras3_bfloat16.keras"),
    (keras, bfloat16, (), "keras3_bfloat16.h5"),
    (tf_keras, grouped, (), "tf_keras_grouped.h5"),
    (keras, grouped, (), "keras3_grouped.keras"),
    (keras, training, (), "keras3_training.keras"),
    (tf_keras, activations, (), "tf_keras_activations.h5"),
    (keras, activations, (), "keras3_activations.keras"),
    (tf_keras, softmaxes, (), "tf_keras_softmaxes.h5"),
    (keras, softmaxes, (), "keras3_softmaxes.keras"),
    (tf_keras, gates, (), "tf_keras_gates.h5"),
    (keras, gates, (), "keras3_gates.keras"),
    (tf_keras, excite, (), "tf_keras_excite.h5"),
    (keras, excite, (), "keras3_excite.keras"),
    (tf_keras, transposed, (), "tf_keras_transposed.h5"),
    (keras, transposed, (), "keras3_transposed.keras"),
    (tf_keras, video, (), "tf_keras_video.h5"),
    (keras, video, (), "keras3_video.keras"),
    (tf_keras, polynomials, (), "tf_keras_polynomials.h5"),
    (tf_keras, pools, (), "tf_keras_pools.h5"),
    (keras, pools, (), "keras3_pools.keras"),
    (tf_keras, borders, (), "tf_keras_borders.h5"),
    (keras, borders, (), "keras3_borders.keras"),
    (tf_keras, scalings, (), "tf_keras_scalings.h5"),
    (keras, scalings, (), "keras3_scalings.keras"),
    (tf_keras, norm_first, (), "tf_keras_norm_first.h5"),
    (keras, norm_first, (), "keras3_norm_first.keras"),
    (tf_keras, separable_first, (), "tf_keras_separable_first.h5"),
    (keras, separable_first, (), "keras3_separable_first.keras"),
    (tf_keras, shared, (), "tf_keras_shared.h5"),
    (keras, shared, (), "keras3_shared.keras"),
    (tf_keras, moves, (), "tf_keras_moves.h5"),
    (keras, moves, (), "keras3_moves.keras"),
    (tf_keras, boxes, (), "tf_keras_boxes.h5"),
    (keras, boxes, (), "keras3_boxes.keras"),
    (tf_keras, maps, (), "tf_keras_maps.h5"),
    (keras, maps, (), "keras3_maps.keras"),
    (tf_keras, bilinear, (), "tf_keras_bilinear.h5"),
    (keras, bilinear, (), "keras3_bilinear.keras"),
    (tf_keras, resizing, (), "tf_keras_resizing.h5"),
    (keras, resizing, (), "keras3_resizing.keras"),
)


def main():
    """Makes all models, or those named on the command line."""
    only = sys.argv[1:]
    if only:
        EXPECTED.update(json.loads((HERE / "models.json").read_text()))
    for k, function, arguments, name in MODELS:
        if only and name not in only:
            continue
        k.backend.clear_session()
        save(function(k, *arguments), name)
    if not only or "tf_keras_renamed.h5" in only:
        split_names(HERE / "tf_keras_renamed.h5")
    (HERE / "models.json").write_text(json.dumps(EXPECTED, indent=1) + "\n")


if __name__ == "__main__":
    main()
