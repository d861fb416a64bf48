#!/usr/bin/env python3
"""Holds Keras models against what Keras made of them (the .npz files beside
them), quantizes them whole, and says how noisy the integers are:

    check-whole.py QML MODEL...
"""

import subprocess
import sys

import numpy as np


def predictions(path):
    with np.load(path) as arrays:
        return {key: arrays[key].astype(np.float64) for key in arrays
                if key.startswith("prediction")}


def snr(expected, actual):
    signal = sum(np.sum(array ** 2) for array in expected.values())
    noise = sum(np.sum((array.reshape(actual[key].shape) - actual[key]) ** 2)
                for key, array in expected.items())
    return 10 * np.log10(signal / noise) if noise else float("inf")


def main():
    qml, *models = sys.argv[1:]
    rng = np.random.default_rng(1)
    for model in models:
        name = model.rsplit("/", 1)[-1]
        with np.load(model + ".npz") as arrays:
            inputs = {key: arrays[key] for key in arrays
                      if not key.startswith("prediction")}
        np.savez("inputs.npz", **inputs)
        samples = {key: rng.uniform(-2, 2, (64, *array.shape[1:]))
                   .astype(np.float32) for key, array in inputs.items()}
        np.savez("samples.npz", **samples)
        run = lambda *args: subprocess.run([qml, *args], check=True)
        run("run", model, "inputs.npz", "-o", "float.npz")
        decibels = snr(predictions(model + ".npz"), predictions("float.npz"))
        print(f"{name}: {'equal' if decibels > 100 else 'DIFFERENT'} to Keras,"
              f" {'' if decibels > 100 else decibels}", flush=True)
        run("quantize", model, "--samples=samples.npz", "--strict", "--quiet",
            "--batch-size=64", "-o", "integer.mlirbc")
        run("run", model, "samples.npz", "-o", "float.npz")
        run("run", "integer.mlirbc", "samples.npz", "-o", "integer.npz")
        expected, actual = (predictions("float.npz"),
                            predictions("integer.npz"))
        # Inserted layers may have other names.
        actual = dict(zip(expected, actual.values()))
        decibels = snr(expected, actual)
        print(f"{name}: {'whole' if decibels >= 25 else 'TOO NOISY'}, "
              f"{decibels:.1f} dB", flush=True)


if __name__ == "__main__":
    main()
