# ===- make_resnet50.py - A large residual network from Keras --------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Usage: make_resnet50.py MODEL.h5 SAMPLES.npy EXPECTED.npz

ResNet50 of tf_keras.applications for images of 64x64 with random weights and
moments, samples for it, and what Keras makes of them.
"""

import sys

import numpy as np
import tf_keras as keras


def main():
    model_path, samples_path, expected_path = sys.argv[1:]
    keras.utils.set_random_seed(7)
    model = keras.applications.ResNet50(
        weights=None, input_shape=(64, 64, 3), classes=10
    )
    rng = np.random.default_rng(7)
    for layer in model.layers:
        if not isinstance(layer, keras.layers.BatchNormalization):
            continue
        # Moments that keep results near their size, as training does.
        gamma, beta, _, _ = layer.get_weights()
        count = gamma.shape
        layer.set_weights(
            [
                rng.uniform(0.6, 1.2, count),
                rng.normal(0, 0.1, count),
                rng.normal(0, 0.1, count),
                rng.uniform(0.8, 1.5, count),
            ]
        )
    samples = rng.normal(0, 1, (16, 64, 64, 3)).astype(np.float32)
    # The logits: a softmax of random weights says little.
    logits = keras.Model(
        model.input, keras.layers.Dense(10, name="logits")(model.layers[-2].output)
    )
    logits.save(model_path)
    np.save(samples_path, samples)
    np.savez(expected_path, prediction=logits.predict(samples, verbose=0))


if __name__ == "__main__":
    main()
