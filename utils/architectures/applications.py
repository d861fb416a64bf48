# ===- applications.py - One network of each family of Keras -----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""tf_keras.applications: one of each family, the smallest, on the smallest images that make sense."""

import functools

from tf_keras import applications

from architectures import add

SIZES = {
    "ConvNeXtTiny": 64, "DenseNet121": 64, "EfficientNetB0": 64, "EfficientNetV2B0": 64, "InceptionResNetV2": 96,
    "InceptionV3": 96, "MobileNet": 64, "MobileNetV2": 64, "MobileNetV3Large": 64, "MobileNetV3Small": 64,
    "NASNetMobile": 64, "RegNetX002": 64, "RegNetY002": 64, "ResNet50": 64, "ResNet50V2": 64, "ResNetRS50": 64,
    "VGG16": 32, "VGG19": 32, "Xception": 96,
}


def build(name, size):
    return getattr(applications, name)(weights=None, input_shape=(size, size, 3), classes=10)


for _name, _size in SIZES.items():
    add(_name, "tf_keras.applications", functools.partial(build, _name, _size))
