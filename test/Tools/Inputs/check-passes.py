#!/usr/bin/env python3
"""Sanitizes Keras models while their passes are checked by execution:

    check-passes.py FOLDER MODEL...

with the tools on the PATH,

or writes inputs.npy from the only array that is beside a model:

    check-passes.py --inputs=MODEL.npz
"""

import subprocess
import sys

import numpy as np


def write_inputs(path):
    """The arrays beside a model, as tools read them; returns the file."""
    with np.load(path) as arrays:
        inputs = {key: arrays[key] for key in arrays
                  if not key.startswith("prediction")}
    if len(inputs) == 1:
        np.save("inputs.npy", *inputs.values())
        return "inputs.npy"
    np.savez("inputs.npz", **inputs)
    return "inputs.npz"


def main():
    if sys.argv[1].startswith("--inputs="):
        write_inputs(sys.argv[1].partition("=")[2])
        return
    folder, *models = sys.argv[1:]
    for model in models:
        path = f"{folder}/{model}"
        inputs = write_inputs(path + ".npz")
        subprocess.run(["qml", "import", path, "-o", "net.mlir"], check=True)
        subprocess.run(["qml-opt", "net.mlir", "--qml-sanitize", "-o",
                        "sane.mlir", f"--qml-check-passes={inputs},strict"],
                       check=True)
    print(len(models), "networks checked")


if __name__ == "__main__":
    main()
