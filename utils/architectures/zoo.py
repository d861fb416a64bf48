# ===- zoo.py - The networks of akida_models ---------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""The zoo of the chip's vendor, the package akida_models 1.14.2: architectures alone, on small images.

Without the package there are none. What it needs for data sets alone does not have to be installed.
"""

import functools
import importlib.util
import sys
from unittest import mock

from architectures import add

GROUP = "akida_models 1.14.2"
FOR_DATA = ("cv2", "imgaug", "imgaug.augmenters", "imgaug.augmentables", "imgaug.augmentables.bbs", "librosa",
            "mtcnn", "pydub", "sklearn", "sklearn.metrics", "soundata", "tensorflow_datasets", "tqdm", "trimesh",
            "importlib_resources")
SMALL = {"input_shape": (64, 64, 3), "alpha": 0.25, "classes": 10}
# Function, the table's name if it is another one, arguments, type of samples.
NETWORKS = [
    ("akida_unet_portrait128", None, {"input_shape": (64, 64, 3), "alpha": 0.25}, "uint8"),
    ("akidanet18_imagenet", None, {"input_shape": (64, 64, 3), "classes": 10}, "uint8"),
    ("akidanet_edge_imagenet", None, {"classes": 10}, "uint8"),
    ("akidanet_imagenet", None, SMALL, "uint8"),
    ("centernet_base", None, {"input_shape": (64, 64, 3), "classes": 10}, "uint8"),
    ("convtiny_dvs", "convtiny_dvs_gesture", {}, "int8"),
    ("convtiny_dvs", "convtiny_dvs_handy", {"input_shape": (60, 80, 2), "classes": 9}, "int8"),
    ("ds_cnn_kws", None, {}, "uint8"),
    ("gxnor_mnist", None, {}, "uint8"),
    ("mobilenet_imagenet", None, SMALL, "uint8"),
    ("pointnet_plus_modelnet40", None, {"alpha": 0.5}, "uint8"),
    ("tenn_recurrent_sc12", None, {"input_shape": (1024, 1)}, "int16"),
    ("tenn_recurrent_uored", None, {"input_shape": (1024, 1)}, "int16"),
    ("tenn_spatiotemporal_dvs128", None, {"input_length": 5, "input_shape": (64, 64, 2)}, "int8"),
    ("tenn_spatiotemporal_eye", None, {"input_length": 5, "input_shape": (48, 64, 2)}, "int8"),
    ("tenn_spatiotemporal_jester", None, {"input_shape": (8, 64, 64, 3)}, "uint8"),
    ("vgg_utk_face", None, {}, "uint8"),
    ("yolo_base", None, {"input_shape": (64, 64, 3), "alpha": 0.25}, "uint8"),
]


def present(name):
    return name in sys.modules or importlib.util.find_spec(name) is not None


def akida_models():
    missing = [name for name in FOR_DATA if not present(name.split(".")[0])]
    sys.modules.update((name, mock.MagicMock(__name__=name, __spec__=None)) for name in missing)
    import akida_models as package
    return package


def build(function, arguments):
    package = akida_models()
    if function == "akidanet_edge_imagenet":
        return package.akidanet_edge_imagenet(package.akidanet_imagenet(**SMALL), **arguments)
    return getattr(package, function)(**arguments)


if present("akida_models"):
    for _function, _name, _arguments, _samples in NETWORKS:
        add(_name or _function, GROUP, functools.partial(build, _function, _arguments), _samples)
