#!/usr/bin/env python3
"""Sanitizes Keras models while their passes are checked by execution:

    check-passes.py QML QML-OPT FOLDER MODEL...

or writes inputs.npy from the array that is beside a model:

    check-passes.py --inputs=MODEL.npz
"""

import subprocess
import sys

import numpy as np


def write_inputs(path):
    with np.load(path) as arrays:
        np.save("inputs.npy", arrays["input0"])


def main():
    if sys.argv[1].startswith("--inputs="):
        return write_inputs(sys.argv[1].partition("=")[2])
    qml, qml_opt, folder, *models = sys.argv[1:]
    for model in models:
        path = f"{folder}/{model}"
        write_inputs(path + ".npz")
        subprocess.run([qml, "import", path, "-o", "net.mlir"], check=True)
        subprocess.run([qml_opt, "net.mlir", "--qml-sanitize", "-o",
                        "sane.mlir", "--qml-check-passes=inputs.npy,strict"],
                       check=True)
    print(len(models), "networks checked")


if __name__ == "__main__":
    main()
