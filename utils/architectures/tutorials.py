# ===- tutorials.py - Networks as tutorials have them ---------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Networks as the tutorials of Keras, TensorFlow, MLPerf Tiny and others have them, some of them narrower."""

import tf_keras as keras
from tf_keras import layers as L

from architectures import architecture

IMAGES = "images"
SEGMENTATION = "segmentation, detection, image to image"
SEQUENCES = "sound and other sequences"
SEVERAL = "several inputs or outputs, others"


def chain(x, *steps):
    for step in steps:
        x = step(x)
    return x


def conv_bn(x, filters, kernel=3, strides=1, activation="relu", **options):
    x = L.Conv2D(filters, kernel, strides, "same", use_bias=False, **options)(x)
    x = L.BatchNormalization()(x)
    return L.Activation(activation)(x) if activation else x


def depthwise_bn(x, strides=1, activation="relu", kernel=3):
    x = L.DepthwiseConv2D(kernel, strides, "same", use_bias=False)(x)
    x = L.BatchNormalization()(x)
    return L.Activation(activation)(x) if activation else x


def image(size=32, channels=3):
    """An input of 0 to 255, and its values between 0 and 1."""
    x = L.Input((size, size, channels))
    return x, L.Rescaling(1 / 255)(x)


# Images.


@architecture(IMAGES)
def lenet5():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Rescaling(1 / 255), L.Conv2D(6, 5, padding="same", activation="tanh"),
        L.AveragePooling2D(), L.Conv2D(16, 5, activation="tanh"), L.AveragePooling2D(), L.Flatten(),
        L.Dense(120, "tanh"), L.Dense(84, "tanh"), L.Dense(10, "softmax")])


@architecture(IMAGES)
def mnist_convnet():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Rescaling(1 / 255), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(),
        L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dropout(0.5), L.Dense(10, "softmax")])


@architecture(IMAGES)
def mnist_mlp():
    return keras.Sequential([
        L.Input((28, 28)), L.Rescaling(1 / 255), L.Flatten(), L.Dense(128, "relu"), L.Dropout(0.2), L.Dense(10)])


@architecture(IMAGES)
def cifar10_cnn():
    return keras.Sequential([
        L.Input((32, 32, 3)), L.Rescaling(1 / 255), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(),
        L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(64, 3, activation="relu"), L.Flatten(),
        L.Dense(64, "relu"), L.Dense(10)])


@architecture(IMAGES)
def flowers_augmented():
    return keras.Sequential([
        L.Input((64, 64, 3)),
        keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomZoom(0.1)]),
        L.Rescaling(1 / 255), L.Conv2D(16, 3, padding="same", activation="relu"), L.MaxPooling2D(),
        L.Conv2D(32, 3, padding="same", activation="relu"), L.MaxPooling2D(),
        L.Conv2D(64, 3, padding="same", activation="relu"), L.MaxPooling2D(), L.Dropout(0.2), L.Flatten(),
        L.Dense(128, "relu"), L.Dense(5)])


@architecture(IMAGES)
def alexnet():
    return keras.Sequential([
        L.Input((96, 96, 3)), L.Rescaling(1 / 255), L.Conv2D(24, 11, 4, activation="relu"),
        L.BatchNormalization(), L.MaxPooling2D(3, 2), L.Conv2D(64, 5, padding="same", activation="relu"),
        L.BatchNormalization(), L.MaxPooling2D(3, 2), L.Conv2D(96, 3, padding="same", activation="relu"),
        L.Conv2D(64, 3, padding="same", activation="relu"), L.MaxPooling2D(3, 2), L.Flatten(),
        L.Dense(256, "relu"), L.Dropout(0.5), L.Dense(10, "softmax")])


@architecture(IMAGES)
def vgg_cifar():
    x, y = image()
    for filters in (32, 64, 128):
        y = L.MaxPooling2D()(conv_bn(conv_bn(y, filters), filters))
    return keras.Model(x, chain(y, L.Flatten(), L.Dense(128, "relu"), L.Dropout(0.5), L.Dense(10, "softmax")))


def residual(x, filters, strides=1):
    y = conv_bn(conv_bn(x, filters, strides=strides), filters, activation=None)
    if strides != 1 or x.shape[-1] != filters:
        x = L.Conv2D(filters, 1, strides, "same")(x)
    return L.Activation("relu")(L.Add()([x, y]))


@architecture(IMAGES)
def resnet8():
    """Of MLPerf Tiny, without its rescaling."""
    x = L.Input((32, 32, 3))
    y = residual(residual(residual(conv_bn(x, 16), 16), 32, 2), 64, 2)
    return keras.Model(x, chain(y, L.AveragePooling2D(8), L.Flatten(), L.Dense(10, "softmax")))


@architecture(IMAGES)
def resnet20():
    x, y = image()
    y = conv_bn(y, 16)
    for filters in (16, 32, 64):
        for index in range(3):
            y = residual(y, filters, 2 if index == 0 and filters > 16 else 1)
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")))


@architecture(IMAGES)
def resnet_preactivation():
    x, y = image()
    y = L.Conv2D(16, 3, padding="same")(y)
    for filters in (16, 32):
        for _ in range(2):
            z = chain(y, L.BatchNormalization(), L.ReLU(), L.Conv2D(filters, 3, padding="same"),
                      L.BatchNormalization(), L.ReLU(), L.Conv2D(filters, 3, padding="same"))
            y = L.Add()([z, y if y.shape[-1] == filters else L.Conv2D(filters, 1)(y)])
    return keras.Model(x, chain(y, L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling2D(), L.Dense(10)))


@architecture(IMAGES)
def visual_wake_words():
    """MobileNet 0.25 of MLPerf Tiny."""
    x, y = image(96)
    y = conv_bn(y, 8, strides=2)
    for filters, strides in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        y = conv_bn(depthwise_bn(y, strides), filters, 1)
    return keras.Model(x, chain(y, L.AveragePooling2D(y.shape[1:3]), L.Flatten(), L.Dense(2, "softmax")))


def inverted(x, filters, strides=1, expand=4, activation="relu6", squeeze=False, kernel=3):
    y = conv_bn(x, x.shape[-1] * expand, 1, activation=activation)
    y = depthwise_bn(y, strides, activation, kernel)
    if squeeze:
        y = squeeze_excite(y, gate=squeeze)
    y = conv_bn(y, filters, 1, activation=None)
    return L.Add()([x, y]) if strides == 1 and x.shape[-1] == filters else y


def squeeze_excite(x, ratio=4, gate="sigmoid"):
    channels = x.shape[-1]
    y = chain(x, L.GlobalAveragePooling2D(), L.Reshape((1, 1, channels)),
              L.Dense(channels // ratio, "relu", use_bias=False), L.Dense(channels, gate, use_bias=False))
    return L.Multiply()([x, y])


@architecture(IMAGES)
def mobilenet_v2_small():
    x, y = image(64)
    y = conv_bn(y, 16, strides=2, activation="relu6")
    for filters, strides in ((16, 1), (24, 2), (24, 1), (32, 2), (32, 1)):
        y = inverted(y, filters, strides)
    return keras.Model(x, chain(conv_bn(y, 128, 1, activation="relu6"), L.GlobalAveragePooling2D(), L.Dense(10)))


@architecture(IMAGES)
def mobilenet_v3_blocks():
    x, y = image(64)
    y = conv_bn(y, 16, strides=2, activation="swish")
    for filters, strides in ((16, 1), (24, 2), (24, 1), (32, 2)):
        y = inverted(y, filters, strides, 3, "swish", "hard_sigmoid", 5)
    return keras.Model(x, chain(conv_bn(y, 96, 1, activation="swish"), L.GlobalAveragePooling2D(), L.Dense(10)))


@architecture(IMAGES)
def efficientnet_lite():
    x, y = image(64)
    y = conv_bn(y, 16, strides=2, activation="relu6")
    for filters, strides, kernel in ((16, 1, 3), (24, 2, 5), (24, 1, 5), (40, 2, 3)):
        y = inverted(y, filters, strides, 6, kernel=kernel)
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(10, "softmax")))


@architecture(IMAGES)
def se_resnet():
    x, y = image()
    y = conv_bn(y, 16)
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        z = squeeze_excite(conv_bn(conv_bn(y, filters, strides=strides), filters, activation=None))
        y = L.ReLU()(L.Add()([z, conv_bn(y, filters, 1, strides, None)]))
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")))


@architecture(IMAGES)
def squeezenet():
    x, y = image(64)
    y = L.MaxPooling2D(3, 2)(L.Conv2D(32, 3, 2, activation="relu")(y))
    for squeeze, expand in ((8, 32), (8, 32), (16, 64), (16, 64)):
        y = L.Conv2D(squeeze, 1, activation="relu")(y)
        y = L.Concatenate()([L.Conv2D(expand, 1, activation="relu")(y),
                             L.Conv2D(expand, 3, padding="same", activation="relu")(y)])
        if squeeze == 8:
            y = L.MaxPooling2D(3, 2, "same")(y)
    return keras.Model(x, chain(y, L.Dropout(0.5), L.Conv2D(10, 1, activation="relu"),
                                L.GlobalAveragePooling2D(), L.Softmax()))


@architecture(IMAGES)
def inception_modules():
    x, y = image()
    y = conv_bn(y, 32)
    for filters in (16, 24):
        y = L.Concatenate()([
            conv_bn(y, filters, 1), conv_bn(conv_bn(y, filters, 1), filters),
            conv_bn(conv_bn(y, filters // 2, 1), filters, 5),
            conv_bn(L.MaxPooling2D(3, 1, "same")(y), filters, 1)])
        y = L.MaxPooling2D()(y)
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")))


@architecture(IMAGES)
def densenet_small():
    x, y = image()
    y = L.Conv2D(16, 3, padding="same", use_bias=False)(y)
    for _ in range(2):
        for _ in range(3):
            z = chain(y, L.BatchNormalization(), L.ReLU(), L.Conv2D(8, 3, padding="same", use_bias=False))
            y = L.Concatenate()([y, z])
        y = chain(y, L.BatchNormalization(), L.ReLU(), L.Conv2D(y.shape[-1] // 2, 1), L.AveragePooling2D())
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")))


@architecture(IMAGES)
def resnext_small():
    x, y = image()
    y = conv_bn(y, 32)
    for _ in range(2):
        z = conv_bn(conv_bn(conv_bn(y, 32, 1), 32, groups=4), 32, 1, activation=None)
        y = L.ReLU()(L.Add()([y, z]))
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(10)))


@architecture(IMAGES)
def xception_small():
    """Of Keras's "image classification from scratch"."""
    x, y = image(96)
    y = previous = conv_bn(y, 32, strides=2)
    for filters in (64, 96, 128):
        for _ in range(2):
            y = chain(y, L.Activation("relu"), L.SeparableConv2D(filters, 3, padding="same"), L.BatchNormalization())
        y = L.MaxPooling2D(3, 2, "same")(y)
        y = previous = L.add([y, L.Conv2D(filters, 1, 2, "same")(previous)])
    y = chain(y, L.SeparableConv2D(192, 3, padding="same"), L.BatchNormalization(), L.Activation("relu"))
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dropout(0.25), L.Dense(1)))


@architecture(IMAGES)
def mini_xception():
    """Recognizes emotions."""
    x, y = image(48, 1)
    y = conv_bn(conv_bn(y, 8), 8)
    for filters in (16, 32, 64, 128):
        short = conv_bn(y, filters, 1, 2, None)
        y = chain(y, L.SeparableConv2D(filters, 3, padding="same", use_bias=False), L.BatchNormalization(),
                  L.ReLU(), L.SeparableConv2D(filters, 3, padding="same", use_bias=False), L.BatchNormalization(),
                  L.MaxPooling2D(3, 2, "same"))
        y = L.Add()([y, short])
    return keras.Model(x, chain(y, L.Conv2D(7, 3, padding="same"), L.GlobalAveragePooling2D(),
                                L.Activation("softmax")))


@architecture(IMAGES)
def convmixer():
    x, y = image()
    y = chain(y, L.Conv2D(48, 2, 2), L.Activation("gelu"), L.BatchNormalization())
    for _ in range(3):
        z = chain(y, L.DepthwiseConv2D(5, padding="same"), L.Activation("gelu"), L.BatchNormalization())
        y = chain(L.Add()([z, y]), L.Conv2D(48, 1), L.Activation("gelu"), L.BatchNormalization())
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")))


@architecture(IMAGES)
def shufflenet_unit():
    x, y = image()
    y = conv_bn(y, 24)
    size = y.shape[1:3]
    z = conv_bn(y, 24, 1, groups=2)
    z = chain(z, L.Reshape((*size, 2, 12)), L.Permute((1, 2, 4, 3)), L.Reshape((*size, 24)))
    z = conv_bn(depthwise_bn(z, activation=None), 24, 1, activation=None)
    return keras.Model(x, chain(L.ReLU()(L.Add()([y, z])), L.GlobalAveragePooling2D(), L.Dense(10)))


@architecture(IMAGES)
def transfer_learning():
    """A nested base, as in the guide of transfer learning."""
    base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(64, 64, 3), alpha=0.35)
    x = L.Input((64, 64, 3))
    y = base(L.Rescaling(1 / 127.5, offset=-1)(x))
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(1)))


@architecture(IMAGES)
def dcgan_discriminator():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Rescaling(1 / 127.5, -1), L.Conv2D(32, 5, 2, "same"), L.LeakyReLU(), L.Dropout(0.3),
        L.Conv2D(64, 5, 2, "same"), L.LeakyReLU(), L.Dropout(0.3), L.Flatten(), L.Dense(1)])


# Images to images, and places in them.


def unet(up):
    x, y = image(64)
    kept = []
    for filters in (8, 16, 32):
        y = conv_bn(conv_bn(y, filters), filters)
        kept.append(y)
        y = L.MaxPooling2D()(y)
    y = conv_bn(conv_bn(y, 64), 64)
    for filters in (32, 16, 8):
        y = L.Concatenate()([up(filters)(y), kept.pop()])
        y = conv_bn(conv_bn(y, filters), filters)
    return keras.Model(x, L.Conv2D(3, 1)(y))


@architecture(SEGMENTATION)
def unet_transposed():
    return unet(lambda filters: L.Conv2DTranspose(filters, 2, 2, "same"))


@architecture(SEGMENTATION)
def unet_upsampling():
    return unet(lambda filters: lambda y: L.Conv2D(filters, 2, padding="same", activation="relu")(
        L.UpSampling2D()(y)))


@architecture(SEGMENTATION)
def unet_bilinear_sigmoid():
    net = unet(lambda filters: L.UpSampling2D(interpolation="bilinear"))
    return keras.Model(net.inputs, L.Conv2D(1, 1, activation="sigmoid")(net.layers[-1].input))


@architecture(SEGMENTATION)
def unet_pets():
    """Of Keras's "image segmentation with a U-Net-like architecture"."""
    x, y = image(64)
    y = previous = conv_bn(y, 16, strides=2)
    for filters in (32, 64):
        for _ in range(2):
            y = chain(y, L.Activation("relu"), L.SeparableConv2D(filters, 3, padding="same"), L.BatchNormalization())
        y = L.MaxPooling2D(3, 2, "same")(y)
        y = previous = L.add([y, L.Conv2D(filters, 1, 2, "same")(previous)])
    for filters in (64, 32, 16):
        for _ in range(2):
            y = chain(y, L.Activation("relu"), L.Conv2DTranspose(filters, 3, padding="same"), L.BatchNormalization())
        y = L.UpSampling2D(2)(y)
        y = previous = L.add([y, L.Conv2D(filters, 1, padding="same")(L.UpSampling2D(2)(previous))])
    return keras.Model(x, L.Conv2D(3, 3, activation="softmax", padding="same")(y))


@architecture(SEGMENTATION)
def deeplab_v3_plus():
    x, y = image(64)
    low = conv_bn(conv_bn(y, 16, strides=2), 24, strides=2)
    y = conv_bn(low, 48, strides=2)
    size = y.shape[1]
    pooled = chain(L.AveragePooling2D((size, size))(y), L.Conv2D(24, 1), L.BatchNormalization(), L.ReLU(),
                   L.UpSampling2D((size, size), interpolation="bilinear"))
    y = L.Concatenate()([pooled, conv_bn(y, 24, 1)] + [conv_bn(y, 24, 3, dilation_rate=rate) for rate in (2, 4)])
    y = L.UpSampling2D(2, interpolation="bilinear")(conv_bn(y, 24, 1))
    y = conv_bn(L.Concatenate()([y, conv_bn(low, 12, 1)]), 24)
    return keras.Model(x, L.Conv2D(5, 1)(L.UpSampling2D(4, interpolation="bilinear")(y)))


@architecture(SEGMENTATION)
def autoencoder_upsampling():
    """Of "building autoencoders in Keras"."""
    x, y = image(28, 1)
    for filters in (16, 8, 8):
        y = L.MaxPooling2D(2, padding="same")(L.Conv2D(filters, 3, activation="relu", padding="same")(y))
    for filters, padding in ((8, "same"), (8, "same"), (16, "valid")):
        y = L.UpSampling2D(2)(L.Conv2D(filters, 3, activation="relu", padding=padding)(y))
    return keras.Model(x, L.Conv2D(1, 3, activation="sigmoid", padding="same")(y))


@architecture(SEGMENTATION)
def autoencoder_denoising():
    x, y = image(28, 1)
    for _ in range(2):
        y = L.MaxPooling2D(2, padding="same")(L.Conv2D(32, 3, activation="relu", padding="same")(y))
    for _ in range(2):
        y = L.Conv2DTranspose(32, 3, strides=2, activation="relu", padding="same")(y)
    return keras.Model(x, L.Conv2D(1, 3, activation="sigmoid", padding="same")(y))


@architecture(SEGMENTATION)
def autoencoder_bottleneck():
    x, y = image(28, 1)
    return keras.Model(x, chain(
        y, L.Conv2D(16, 3, 2, "same", activation="relu"), L.Conv2D(32, 3, 2, "same", activation="relu"), L.Flatten(),
        L.Dense(16), L.Dense(7 * 7 * 32, "relu"), L.Reshape((7, 7, 32)),
        L.Conv2DTranspose(32, 3, 2, "same", activation="relu"),
        L.Conv2DTranspose(16, 3, 2, "same", activation="relu"), L.Conv2DTranspose(1, 3, padding="same")))


@architecture(SEGMENTATION, "int8")
def dcgan_generator():
    return keras.Sequential([
        L.Input((100,)), L.Dense(7 * 7 * 32, use_bias=False), L.BatchNormalization(), L.LeakyReLU(),
        L.Reshape((7, 7, 32)), L.Conv2DTranspose(32, 5, 1, "same", use_bias=False), L.BatchNormalization(),
        L.LeakyReLU(), L.Conv2DTranspose(16, 5, 2, "same", use_bias=False), L.BatchNormalization(), L.LeakyReLU(),
        L.Conv2DTranspose(1, 5, 2, "same", use_bias=False, activation="tanh")])


@architecture(SEGMENTATION)
def srcnn():
    x, y = image(32, 1)
    return keras.Model(x, chain(y, L.Conv2D(64, 9, padding="same", activation="relu"),
                                L.Conv2D(32, 1, activation="relu"), L.Conv2D(1, 5, padding="same")))


@architecture(SEGMENTATION)
def fsrcnn():
    x, y = image(24, 1)
    def slopes():
        return L.PReLU(shared_axes=(1, 2))
    y = chain(y, L.Conv2D(32, 5, padding="same"), slopes(), L.Conv2D(8, 1), slopes())
    for _ in range(2):
        y = chain(y, L.Conv2D(8, 3, padding="same"), slopes())
    return keras.Model(x, chain(y, L.Conv2D(32, 1), slopes(), L.Conv2DTranspose(1, 9, 2, "same")))


def leaky(x, filters, kernel=3, strides=1):
    return L.LeakyReLU(0.1)(conv_bn(x, filters, kernel, strides, None))


@architecture(SEGMENTATION)
def yolo_v2_tiny():
    x, y = image(96)
    for filters in (8, 16, 32, 64):
        y = L.MaxPooling2D()(leaky(y, filters))
    return keras.Model(x, L.Conv2D(30, 1)(leaky(leaky(y, 128), 128)))


@architecture(SEGMENTATION)
def yolo_v3_tiny():
    x, y = image(96)
    for filters in (8, 16, 32):
        y = L.MaxPooling2D()(leaky(y, filters))
    kept = leaky(y, 64)
    y = leaky(L.MaxPooling2D()(kept), 128)
    y = leaky(L.MaxPooling2D(2, 1, "same")(y), 64, 1)
    large = L.Conv2D(21, 1, name="large")(leaky(y, 96))
    y = L.Concatenate()([L.UpSampling2D(2)(leaky(y, 32, 1)), kept])
    return keras.Model(x, [large, L.Conv2D(21, 1, name="small")(leaky(y, 64))])


@architecture(SEGMENTATION)
def yolo_darknet53():
    x, y = image(64)
    y = leaky(y, 8)
    for filters, count in ((16, 1), (32, 2), (64, 2)):
        y = leaky(L.ZeroPadding2D(((1, 0), (1, 0)))(y), filters, 3, 2)
        for _ in range(count):
            y = L.Add()([y, leaky(leaky(y, filters // 2, 1), filters)])
    return keras.Model(x, L.Conv2D(21, 1)(leaky(y, 64)))


@architecture(SEGMENTATION)
def ssd_heads():
    x, y = image(96)
    y = conv_bn(y, 16, strides=2, activation="relu6")
    boxes, scores = [], []
    for filters in (24, 32, 64):
        y = conv_bn(depthwise_bn(y, 2, "relu6"), filters, 1, activation="relu6")
        boxes.append(L.Reshape((-1, 4))(L.Conv2D(12, 3, padding="same")(y)))
        scores.append(L.Reshape((-1, 5))(L.Conv2D(15, 3, padding="same")(y)))
    return keras.Model(x, [L.Concatenate(axis=1, name="boxes")(boxes), L.Concatenate(axis=1, name="scores")(scores)])


@architecture(SEGMENTATION)
def hourglass():
    x, y = image(64)
    y = conv_bn(y, 24, strides=2)
    def half(z, depth):
        down = residual(L.MaxPooling2D()(z), 24)
        down = half(down, depth - 1) if depth else residual(down, 24)
        return L.Add()([residual(z, 24), L.UpSampling2D()(down)])
    return keras.Model(x, L.Conv2D(8, 1)(conv_bn(half(y, 2), 24, 1)))


# Sequences.


@architecture(SEQUENCES, "int8")
def kws_ds_cnn():
    """Keyword spotting of MLPerf Tiny."""
    x = L.Input((49, 10, 1))
    y = L.Dropout(0.2)(conv_bn(x, 64, (10, 4), 2))
    for _ in range(4):
        y = conv_bn(depthwise_bn(y), 64, 1)
    return keras.Model(x, chain(y, L.Dropout(0.4), L.AveragePooling2D(y.shape[1:3]), L.Flatten(),
                                L.Dense(12, "softmax")))


@architecture(SEQUENCES, "int8")
def simple_audio():
    """Of TensorFlow's tutorial, its spectrograms resized beforehand."""
    return keras.Sequential([
        L.Input((32, 32, 1)), L.Normalization(mean=0.1, variance=0.8), L.Conv2D(32, 3, activation="relu"),
        L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(), L.Dropout(0.25), L.Flatten(), L.Dense(128, "relu"),
        L.Dropout(0.5), L.Dense(8)])


@architecture(SEQUENCES, "int8")
def kws_res8():
    x = L.Input((98, 40, 1))
    y = L.AveragePooling2D((4, 3))(L.Conv2D(32, 3, padding="same", use_bias=False, activation="relu")(x))
    for _ in range(3):
        z = conv_bn(conv_bn(y, 32), 32)
        y = L.Add()([y, z])
    return keras.Model(x, chain(y, L.GlobalAveragePooling2D(), L.Dense(12, "softmax")))


@architecture(SEQUENCES, "int8")
def spectrogram_bn_first():
    return keras.Sequential([
        L.Input((64, 32, 1)), L.BatchNormalization(), L.Conv2D(16, 3, 2, "same", activation="relu"),
        L.BatchNormalization(), L.Conv2D(32, 3, 2, "same", activation="relu"), L.BatchNormalization(),
        L.GlobalMaxPooling2D(), L.Dense(10, "softmax")])


@architecture(SEQUENCES, "int8")
def anomaly_autoencoder():
    """Anomaly detection of MLPerf Tiny."""
    y = x = L.Input((640,))
    for units in (128, 128, 8, 128, 128):
        y = chain(y, L.Dense(units), L.BatchNormalization(), L.Activation("relu"))
    return keras.Model(x, L.Dense(640)(y))


@architecture(SEQUENCES, "int8")
def anomaly_conv1d():
    """Of Keras's "timeseries anomaly detection using an autoencoder"."""
    return keras.Sequential([
        L.Input((96, 1)), L.Conv1D(32, 7, 2, "same", activation="relu"), L.Dropout(0.2),
        L.Conv1D(16, 7, 2, "same", activation="relu"), L.Conv1DTranspose(16, 7, 2, "same", activation="relu"),
        L.Dropout(0.2), L.Conv1DTranspose(32, 7, 2, "same", activation="relu"),
        L.Conv1DTranspose(1, 7, padding="same")])


@architecture(SEQUENCES, "int8")
def sine_mlp():
    return keras.Sequential([L.Input((1,)), L.Dense(16, "relu"), L.Dense(16, "relu"), L.Dense(1)])


@architecture(SEQUENCES, "int8")
def gestures_imu():
    return keras.Sequential([L.Input((119, 6)), L.Flatten(), L.Dense(50, "relu"), L.Dense(15, "relu"),
                             L.Dense(4, "softmax")])


@architecture(SEQUENCES, "int8")
def magic_wand():
    """Of TensorFlow Lite for Microcontrollers."""
    return keras.Sequential([
        L.Input((128, 3, 1)), L.Conv2D(8, (4, 3), padding="same", activation="relu"), L.MaxPooling2D((3, 3)),
        L.Dropout(0.1), L.Conv2D(16, (4, 1), padding="same", activation="relu"),
        L.MaxPooling2D((3, 1), padding="same"), L.Dropout(0.1), L.Flatten(), L.Dense(16, "relu"), L.Dropout(0.1),
        L.Dense(4, "softmax")])


@architecture(SEQUENCES, "int8")
def activity_cnn():
    return keras.Sequential([
        L.Input((128, 9)), L.Conv1D(64, 3, activation="relu"), L.Conv1D(64, 3, activation="relu"), L.Dropout(0.5),
        L.MaxPooling1D(2), L.Flatten(), L.Dense(100, "relu"), L.Dense(6, "softmax")])


@architecture(SEQUENCES, "int8")
def activity_separable():
    return keras.Sequential([
        L.Input((128, 9)), L.SeparableConv1D(32, 5, padding="same", activation="relu"), L.MaxPooling1D(2),
        L.SeparableConv1D(64, 5, padding="same", activation="relu"), L.GlobalMaxPooling1D(), L.Dense(6, "softmax")])


@architecture(SEQUENCES, "int8")
def ecg_cnn():
    return keras.Sequential([
        L.Input((187, 1)), L.Conv1D(32, 5, activation="relu"), L.BatchNormalization(),
        L.MaxPooling1D(5, 2, "same"), L.Conv1D(32, 5, activation="relu"), L.BatchNormalization(),
        L.MaxPooling1D(5, 2, "same"), L.Flatten(), L.Dense(64, "relu"), L.Dense(5, "softmax")])


@architecture(SEQUENCES, "int8")
def ecg_resnet():
    x = L.Input((187, 1))
    y = L.Conv1D(32, 5)(x)
    for _ in range(3):
        z = L.Conv1D(32, 5, padding="same")(L.Conv1D(32, 5, activation="relu", padding="same")(y))
        y = L.MaxPooling1D(5, 2)(L.Activation("relu")(L.Add()([z, y])))
    return keras.Model(x, chain(y, L.Flatten(), L.Dense(32, "relu"), L.Dense(32), L.Dense(5, "softmax")))


@architecture(SEQUENCES, "int8")
def timeseries_classification():
    y = x = L.Input((256, 1))
    for _ in range(3):
        y = chain(y, L.Conv1D(64, 3, padding="same"), L.BatchNormalization(), L.ReLU())
    return keras.Model(x, chain(y, L.GlobalAveragePooling1D(), L.Dense(2, "softmax")))


@architecture(SEQUENCES, "int8")
def raw_audio_m5():
    y = x = L.Input((2048, 1))
    for filters, kernel, strides in ((32, 80, 4), (32, 3, 1), (64, 3, 1)):
        y = chain(y, L.Conv1D(filters, kernel, strides, use_bias=False), L.BatchNormalization(), L.ReLU(),
                  L.MaxPooling1D(4))
    return keras.Model(x, chain(y, L.GlobalAveragePooling1D(), L.Dense(35)))


@architecture(SEQUENCES, "int8")
def tcn():
    y = x = L.Input((64, 4))
    for rate in (1, 2, 4):
        z = y
        for _ in range(2):
            z = chain(z, L.Conv1D(24, 3, padding="causal", dilation_rate=rate, activation="relu"),
                      L.SpatialDropout1D(0.1))
        y = L.Activation("relu")(L.Add()([z, y if y.shape[-1] == 24 else L.Conv1D(24, 1)(y)]))
    return keras.Model(x, chain(y, L.GlobalAveragePooling1D(), L.Dense(3)))


@architecture(SEQUENCES, "int8")
def wavenet():
    x = L.Input((128, 1))
    y, skips = L.Conv1D(16, 2, padding="causal")(x), []
    for rate in (1, 2, 4, 8):
        gated = L.Multiply()([
            L.Conv1D(16, 2, padding="causal", dilation_rate=rate, activation=function)(y)
            for function in ("tanh", "sigmoid")])
        gated = L.Conv1D(16, 1)(gated)
        skips.append(gated)
        y = L.Add()([y, gated])
    return keras.Model(x, chain(L.Add()(skips), L.ReLU(), L.Conv1D(16, 1, activation="relu"), L.Conv1D(1, 1)))


@architecture(SEQUENCES, "int8")
def eeg_net():
    x = L.Input((16, 128, 1))
    y = chain(x, L.Conv2D(8, (1, 64), padding="same", use_bias=False), L.BatchNormalization(),
              L.DepthwiseConv2D((16, 1), use_bias=False, depth_multiplier=2), L.BatchNormalization(),
              L.Activation("elu"), L.AveragePooling2D((1, 4)), L.Dropout(0.5),
              L.SeparableConv2D(16, (1, 16), use_bias=False, padding="same"), L.BatchNormalization(),
              L.Activation("elu"), L.AveragePooling2D((1, 8)), L.Dropout(0.5), L.Flatten(), L.Dense(4, "softmax"))
    return keras.Model(x, y)


@architecture(SEQUENCES, "int8")
def activity_lstm():
    return keras.Sequential([L.Input((128, 9)), L.LSTM(32), L.Dropout(0.5), L.Dense(32, "relu"),
                             L.Dense(6, "softmax")])


@architecture(SEQUENCES, "int8")
def timeseries_transformer():
    x = L.Input((64, 8))
    y = L.Add()([x, L.MultiHeadAttention(2, 8)(x, x)])
    y = L.LayerNormalization()(y)
    y = L.Add()([y, chain(y, L.Conv1D(16, 1, activation="relu"), L.Conv1D(8, 1))])
    return keras.Model(x, chain(y, L.GlobalAveragePooling1D(), L.Dense(2, "softmax")))


# Several inputs or outputs, points, tables.


def embedding(size=28):
    x = L.Input((size, size, 1))
    return keras.Model(x, chain(x, L.Rescaling(1 / 255), L.Conv2D(8, 5, activation="relu"), L.MaxPooling2D(),
                                L.Conv2D(16, 5, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(16)))


@architecture(SEVERAL)
def siamese():
    tower = embedding()
    inputs = [L.Input((28, 28, 1)) for _ in range(2)]
    difference = L.Subtract()([tower(value) for value in inputs])
    return keras.Model(inputs, L.Dense(1, "sigmoid")(L.Multiply()([difference, difference])))


@architecture(SEVERAL)
def siamese_concatenate():
    tower = embedding()
    inputs = [L.Input((28, 28, 1)) for _ in range(2)]
    y = L.Concatenate()([tower(value) for value in inputs])
    return keras.Model(inputs, chain(y, L.Dense(32, "relu"), L.Dense(2)))


@architecture(SEVERAL)
def image_and_numbers():
    picture, y = image()
    numbers = L.Input((8,))
    y = chain(y, L.Conv2D(16, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(32, 3, activation="relu"),
              L.GlobalAveragePooling2D(), L.Dense(16, "relu"))
    z = chain(numbers, L.Rescaling(1 / 255), L.Dense(16, "relu"))
    return keras.Model([picture, numbers], L.Dense(1)(L.Dense(16, "relu")(L.Concatenate()([y, z]))))


@architecture(SEVERAL)
def two_cameras():
    inputs, branches = zip(*(image() for _ in range(2)))
    y = L.Concatenate()([conv_bn(branch, 8, strides=2) for branch in branches])
    y = residual(y, 16)
    return keras.Model(list(inputs), chain(y, L.GlobalAveragePooling2D(), L.Dense(4)))


@architecture(SEVERAL)
def age_and_gender():
    x, y = image(48)
    for filters in (16, 32, 64):
        y = L.MaxPooling2D()(conv_bn(y, filters))
    y = L.GlobalAveragePooling2D()(y)
    return keras.Model(x, [L.Dense(1, name="age")(L.Dense(32, "relu")(y)),
                           L.Dense(1, "sigmoid", name="gender")(L.Dense(32, "relu")(y))])


@architecture(SEVERAL)
def self_driving():
    """NVIDIA's network."""
    return keras.Sequential([
        L.Input((66, 100, 3)), L.Rescaling(1 / 127.5, -1), L.Conv2D(24, 5, 2, activation="elu"),
        L.Conv2D(36, 5, 2, activation="elu"), L.Conv2D(48, 5, 2, activation="elu"), L.Conv2D(64, 3, activation="elu"),
        L.Dropout(0.5), L.Flatten(), L.Dense(100, "elu"), L.Dense(50, "elu"), L.Dense(10, "elu"), L.Dense(1)])


@architecture(SEVERAL)
def atari_dqn():
    """Of Keras's "deep Q-learning for Atari Breakout"."""
    return keras.Sequential([
        L.Input((84, 84, 4)), L.Rescaling(1 / 255), L.Conv2D(32, 8, 4, activation="relu"),
        L.Conv2D(64, 4, 2, activation="relu"), L.Conv2D(64, 3, activation="relu"), L.Flatten(), L.Dense(128, "relu"),
        L.Dense(4)])


@architecture(SEVERAL, "int8")
def pointnet():
    y = x = L.Input((256, 3))
    for filters in (32, 64, 128):
        y = chain(y, L.Conv1D(filters, 1), L.BatchNormalization(), L.Activation("relu"))
    y = L.GlobalMaxPooling1D()(y)
    for units in (64, 32):
        y = chain(y, L.Dense(units), L.BatchNormalization(), L.Activation("relu"), L.Dropout(0.3))
    return keras.Model(x, L.Dense(10, "softmax")(y))


@architecture(SEVERAL, "int8")
def tabular_normalized():
    return keras.Sequential([
        L.Input((9,)), L.Normalization(mean=[0.1 * i for i in range(9)], variance=[1 + 0.2 * i for i in range(9)]),
        L.Dense(64, "relu"), L.Dense(64, "relu"), L.Dense(1)])


@architecture(SEVERAL, "int8")
def tabular_swish_selu():
    return keras.Sequential([
        L.Input((16,)), L.Dense(32, "selu"), L.AlphaDropout(0.1), L.Dense(32, "swish"), L.Dense(32, "softplus"),
        L.Dense(3, "softmax")])
