#!/usr/bin/env python3
# ===- compare_targets.py - Networks made for the chip, against the engine -===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Quantizes the networks of make_lossy.py with --target=akida-2.0, and compares `qml run` with the
engine, layer by layer and to the bit: before conversion, and as a model for the hardware. Their
scales, binary points and buffers are what --target alone chooses.

Usage (with a Python that has akida): compare_targets.py QML MAKE_LOSSY"""
import subprocess
import sys
import tempfile
from pathlib import Path

from engine import array_differences, call, read_json  # first

import numpy as np
from compare_networks import compare_results, load_results, predict


def compare(tool, folder, name):
    """Lines of differences of one network."""
    model, integer, hardware = (folder / f"{name}.{end}" for end in ("mlir", "mlirbc", "json"))
    samples = np.load(folder / f"{name}.npy")
    call(tool, "quantize", model, "-o", integer, f"--samples={folder / f'{name}.npy'}",
         "--target=akida-2.0", "--strict", "--quiet")
    call(tool, "convert", integer, "-o", hardware)
    call(tool, "convert", integer, "-o", folder / "hardware.mlir")
    engine = read_json(hardware)
    # Half of what is run is beyond what calibration has seen.
    inputs = np.concatenate([samples[:20], samples[:20] * 1.5]).astype(np.float32)
    np.save(folder / "inputs.npy", inputs)
    lines = compare_results(name, engine, inputs,
                            load_results(tool, folder / "hardware.mlir", folder))
    found = load_results(tool, integer, folder)["prediction"]
    return lines + array_differences(f"{name}, integer network",
                                     predict(engine, inputs).reshape(found.shape), found)


def main():
    """The command line; returns the exit code."""
    tool, maker = sys.argv[1:3]
    equal = different = 0
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([sys.executable, maker], cwd=scratch, check=True)
        for name in ("control", "spread", "dead", "harmless", "zero_bias", "tiny_bias", "average",
                     "small"):
            lines = compare(tool, Path(scratch), name)
            print("\n".join(lines[:20]))
            equal += not lines
            different += bool(lines)
    print(f"{equal} networks equal, {different} not")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
