#!/usr/bin/env python3
# ===- scikit.py - A network of scikit-learn as ONNX file -----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Trains a classifier of scikit-learn on the digits that it ships, and writes it as skl2onnx
does, for scikit.test.

    scikit.py FOLDER

Files: scikit.onnx; scikit.npz, 128 images that it was not trained with (X) and what ONNX Runtime
gives for them (prediction). Needs a Python with scikit-learn, skl2onnx and onnxruntime.
"""
import argparse
import pathlib
import warnings

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

IMAGES = 128


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a network of scikit-learn.")
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    images, digits = load_digits(return_X_y=True)
    images = images.astype(np.float32) / 16
    network = MLPClassifier(hidden_layer_sizes=(16,), max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(images[IMAGES:], digits[IMAGES:])
    model = to_onnx(network, images[:1], options={"zipmap": False}).SerializeToString()
    (folder / "scikit.onnx").write_bytes(model)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    prediction, = session.run(["probabilities"], {"X": images[:IMAGES]})
    np.savez(folder / "scikit.npz", X=images[:IMAGES], prediction=prediction)


if __name__ == "__main__":
    main()
