# ===- engine.py - What the tests do with BrainChip's engine --------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Helpers of the tests that compare `qml` with the engine, the package akida.

Differences are returned as lines of text, none if there is none.
"""
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))

import akida  # noqa: E402
import numpy as np  # noqa: E402

FAILURES = (OSError, RuntimeError, ValueError, TypeError, subprocess.TimeoutExpired)


class ToolError(RuntimeError):
    """The tool failed; the message is what it said."""


def call(tool, *arguments, timeout=300):
    """Runs the tool and returns what it printed; raises ToolError if it fails."""
    done = subprocess.run([str(tool), *map(str, arguments)], capture_output=True, text=True,
                          errors="replace", timeout=timeout, check=False)
    if done.returncode not in (0, 1):
        raise ToolError(f"qml {arguments[0]}: exit code {done.returncode}, a crash: "
                        f"{done.stderr.strip()[:2000]}")
    if done.returncode != 0:
        raise ToolError(f"qml {arguments[0]}: {(done.stdout + done.stderr).strip()[:4000]}")
    return done.stdout + done.stderr


def read_json(path):
    """The engine's model of a .json file."""
    return akida.Model.from_json(Path(path).read_text())


def first_layers(model, name):
    """The engine's model of one layer and those that it depends on."""
    content = model if isinstance(model, dict) else model.to_dict()
    layers = {layer["name"]: layer for layer in content["layers"]}
    needed = [name]
    for layer in needed:
        needed += [other for other in layers[layer]["inbounds"] if other not in needed]
    return akida.Model.from_dict(
        {**content, "layers": [layer for layer in content["layers"] if layer["name"] in needed]})


def layer_differences(expected, found, accept=lambda layer, key, name, expected, found: False):
    """What the dictionaries of two layers differ in, but for what `accept` says yes to."""
    lines = []
    for key in sorted(set(expected) | set(found)):
        theirs, ours = expected.get(key), found.get(key)
        if not (isinstance(theirs, dict) and isinstance(ours, dict)):
            theirs, ours = {None: theirs}, {None: ours}
        for name in sorted(set(theirs) | set(ours), key=str):
            # Texts tell a zero with a sign from one without.
            values = (theirs.get(name), ours.get(name))
            if str(values[0]) == str(values[1]) or accept(expected, key, name, *values):
                continue
            path = f"{expected['name']}.{key}" + (f".{name}" if name else "")
            lines.append(f"{path}: {str(values[1])[:160]} instead of {str(values[0])[:160]}")
    return lines


def model_differences(expected, found, accept=lambda layer, key, name, expected, found: False):
    """What two of the engine's models differ in: layers, their order, all that they hold."""
    expected, found = expected.to_dict(), found.to_dict()
    lines = [f"{key}: {found.get(key)} instead of {expected.get(key)}"
             for key in sorted(set(expected) | set(found))
             if key != "layers" and expected.get(key) != found.get(key)]
    names = [[f"{layer['name']} ({layer['parameters']['layer_type']})"
              for layer in model["layers"]] for model in (expected, found)]
    if names[0] != names[1]:
        lines.append(f"layers: {' '.join(names[1])} instead of {' '.join(names[0])}")
    found = {layer["name"]: layer for layer in found["layers"]}
    for theirs in expected["layers"]:
        if theirs["name"] in found:
            lines += layer_differences(theirs, found[theirs["name"]], accept)
    return lines


def array_differences(name, expected, found):
    """What two arrays differ in to the bit; integers may be of another width."""
    if found is None:
        return [f"{name}: missing"]
    if expected.shape != found.shape:
        return [f"{name}: shape {found.shape} instead of {expected.shape}"]
    if expected.dtype.kind == "f":
        if found.dtype != expected.dtype:
            return [f"{name}: type {found.dtype} instead of {expected.dtype}"]
        differ = expected.view(np.uint32) != found.view(np.uint32)
        differ &= ~(np.isnan(expected) & np.isnan(found))
    elif found.dtype.kind not in "iu":
        return [f"{name}: type {found.dtype} instead of {expected.dtype}"]
    else:
        differ = expected.astype(np.int64) != found.astype(np.int64)
    count = np.count_nonzero(differ)
    if not count:
        return []
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    return [f"{name}: {count} of {expected.size} values differ, first at {list(first)}: "
            f"{found[first]} instead of {expected[first]}"]


def predict(model, inputs):
    """What the engine gives: floats of a last layer that has them, else integers."""
    last = model.to_dict()["layers"][-1]["parameters"]
    is_v1 = last["layer_type"] in ("Convolutional", "SeparableConvolutional", "FullyConnected",
                                   "InputConvolutional")
    return model.predict(inputs) if is_v1 and not last["activation"] else model.forward(inputs)


def compare_results(label, model, inputs, found):
    """Compares what `qml run` found with what the engine computes with a model, every layer."""
    lines = []
    content = model.to_dict()
    for layer in content["layers"]:
        kind, name = layer["parameters"]["layer_type"], layer["name"]
        if kind in ("InputData", "Dequantizer"):
            continue
        expected = first_layers(content, name).forward(inputs)
        lines += array_differences(f"{label}, layer {name}", expected, found.get(f"out/{name}"))
    return lines + array_differences(f"{label}, prediction", predict(model, inputs),
                                     found.get("prediction"))
