#!/usr/bin/env python3
# ===- trained.py - Trained ONNX networks, here and in the reference ------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Accuracy and noise of ONNX networks at 8 bits, by `qml` and by the reference's ONNX path.

    trained.py QML FOLDER [--only REGEX] [--table FILE.md]

The folder has what train.py writes. The reference quantizes each file per axis and per tensor,
`qml quantize --target=akida-2.0` with the same samples. Each of ours must

  - have at least the reference's better signal-to-noise ratio of the network's result, on images
    that neither has seen; where the reference leaves more layers in float than we do, that of
    the same network's other file,
  - have at most one image more wrong than the float network or the reference,
  - be whole: nothing but a softmax at the end in float,
  - when it is converted, compute what the engine computes, every layer, to the bit.

Exit code 1 otherwise. What `qml quantize --per-tensor-activations` gives, by the reference's rules
for Keras models, is in the table, too, but not checked. Needs a Python with quantizeml, akida, onnx and onnxruntime.
"""
import argparse
import collections
import contextlib
import io
import re
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Akida"))

from engine import (ToolError, array_differences, call, compare_results, predict,  # first
                    read_json)

import numpy as np
import onnx
import onnxruntime
from quantizeml.models import QuantizationParams, quantize

# Shares of a ratio in dB that are called equal: sums have other orders on other machines.
TOLERANCE = 0.05


def run_file(model, images, batch):
    """What ONNX Runtime computes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options)
    name = session.get_inputs()[0].name
    results = [session.run(None, {name: images[first:first + batch]})[0]
               for first in range(0, len(images), batch)]
    return np.concatenate(results).reshape(len(images), -1)


class Score:
    """How a quantized network does: wrong images, noise, what is left in float."""

    def __init__(self, results, exact, digits, left):
        self.wrong = int(np.count_nonzero(results.argmax(1) != digits))
        noise = np.square(results.astype(np.float64) - exact).sum()
        self.ratio = 10 * np.log10(np.square(exact.astype(np.float64)).sum() / noise)
        self.share = 1 - self.wrong / len(digits)
        self.left = left

    def __str__(self):
        return f"{self.share:.3f}, {self.ratio:.1f} dB"


def score_reference(model, test, exact, samples, batch, options):
    """The reference's score; what it leaves in float is told by operator."""
    with (warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()),
          contextlib.redirect_stderr(io.StringIO())):
        warnings.simplefilter("ignore")
        quantized = quantize(model, qparams=QuantizationParams(**options), samples=samples,
                             num_samples=len(samples))
    left = collections.Counter(node.op_type for node in quantized.graph.node
                               if node.domain == "" and node.op_type != "Reshape")
    results = run_file(quantized.SerializeToString(), test["x"], batch)
    return Score(results, exact, test["y"], sorted(left))


def quantize_ours(tool, path, folder, *options):
    """Makes folder/q.mlirbc; returns the classes of layers that are left in float."""
    command = ["quantize", path, "-o", folder / "q.mlirbc", "--quiet",
               f"--samples={folder / 'samples.npy'}", *options]
    try:
        call(tool, *command, "--strict")
        return []
    except ToolError as error:
        left = re.findall(r"error: .*layer '.*' of class (\S+) can't be quantized", str(error))
        if not left or len(left) != str(error).count("error: "):
            raise
    call(tool, *command)
    return left


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def run_ours(tool, folder, count):
    """What the integers of folder/q.mlirbc stand for."""
    call(tool, "run", folder / "q.mlirbc", folder / "inputs.npy", "-o", folder / "q.npz", "--float")
    with np.load(folder / "q.npz") as arrays:
        return arrays[arrays.files[0]].reshape(count, -1)


def score_ours(tool, path, test, exact, samples, dtype):
    """Our scores, by the rules for Keras and for the chip, and what differs from the engine."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        np.save(folder / "samples.npy", samples)
        np.save(folder / "inputs.npy", test["x"])
        dtype = f"--input-dtype={dtype}"
        left = quantize_ours(tool, path, folder, dtype, "--per-tensor-activations")
        plain = Score(run_ours(tool, folder, len(test["x"])), exact, test["y"], left)
        left = quantize_ours(tool, path, folder, dtype, "--target=akida-2.0")
        ours = run_ours(tool, folder, len(test["x"]))
        for name in ("model.mlir", "model.json"):
            call(tool, "convert", folder / "q.mlirbc", "-o", folder / name)
        model = read_json(folder / "model.json")
        # The engine has channels last.
        inputs = np.moveaxis(test["x"], 1, -1)
        inputs = np.ascontiguousarray(inputs.reshape(len(inputs), *model.input_shape))
        np.save(folder / "inputs.npy", inputs)
        call(tool, "run", folder / "model.mlir", folder / "inputs.npy", "-o", folder / "m.npz",
             "--layers=all")
        with np.load(folder / "m.npz") as arrays:
            found = {key: arrays[key] for key in arrays.files}
        lines = compare_results("engine", model, inputs, found)
        theirs = predict(model, inputs).reshape(ours.shape)
        if "Softmax" in left:
            if not np.allclose(softmax(theirs), ours, rtol=1e-5, atol=1e-6):
                lines.append("integer network: other results than the engine's")
        else:
            lines += array_differences("integer network", theirs, ours)
    return plain, Score(ours, exact, test["y"], left), lines


class Case:
    """A file: its scores, and what is wrong."""

    def __init__(self, tool, path, test, samples):
        self.name, self.exporter, _ = path.name.split(".")
        # Where a matrix comes first the reference takes signed inputs alone.
        dtype = "uint8"
        if self.name == "mlp":
            dtype = "int8"
            samples = samples.reshape(len(samples), -1)
            test = {**test, "x": test["x"].reshape(len(test["x"]), -1)}
        model = onnx.load(path)
        # Files for a batch of one stay so, whatever the reference writes as their input's shape.
        is_single = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1
        batch = 1 if is_single else len(test["x"])
        exact = run_file(str(path), test["x"], batch)
        self.theirs = [
            score_reference(model, test, exact, samples, batch,
                            {"input_dtype": dtype, "per_tensor_activations": is_per_tensor})
            for is_per_tensor in (False, True)]
        self.plain, self.ours, self.lines = score_ours(tool, path, test, exact, samples, dtype)
        self.wrong = int(np.count_nonzero(exact.argmax(1) != test["y"]))
        self.share = 1 - self.wrong / len(exact)
        fewest = min(self.wrong, *(score.wrong for score in self.theirs))
        if self.ours.wrong > fewest + 1:
            self.lines.append(f"{self.ours.wrong} images are wrong; in float, or by the "
                              f"reference, {fewest}")
        if set(self.ours.left) - {"Softmax"}:
            self.lines.append(f"left in float: {', '.join(self.ours.left)}")

    def compare_noise(self, cases):
        """Adds a line if the reference's noise is lower, in the files of the same network that
        it quantizes as far as we do."""
        ratios = [score.ratio for case in cases if case.name == self.name
                  for score in case.theirs if not set(score.left) - set(self.ours.left)]
        if not ratios:
            self.lines.append("the reference quantizes no file of this network as far as we do")
        elif self.ours.ratio < max(ratios) - TOLERANCE:
            self.lines.append(f"{self.ours.ratio:.2f} dB; the reference has {max(ratios):.2f}")

    def row(self):
        return [self.name, self.exporter, f"{self.share:.3f}", *map(str, self.theirs),
                ", ".join(self.theirs[0].left) or "-", str(self.plain), str(self.ours),
                ", ".join(self.ours.left) or "-"]


HEADER = ["network", "exporter", "float", "reference, per axis", "reference, per tensor",
          "reference leaves", "`--per-tensor-activations`", "`--target=akida-2.0`", "qml leaves"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool", metavar="QML", help="the qml program")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--table", type=Path, help="where to write the table, as Markdown")
    arguments = parser.parse_args()
    with np.load(arguments.folder / "test.npz") as arrays:
        test = {key: arrays[key] for key in arrays.files}
    samples = np.load(arguments.folder / "calibration.npy")
    cases = [Case(arguments.tool, path, test, samples)
             for path in sorted(arguments.folder.glob("*.onnx"))
             if re.search(arguments.only, path.name)]
    for case in cases:
        case.compare_noise(cases)
        print(f"{'FAIL' if case.lines else 'PASS'} {' | '.join(case.row())}")
        print("".join(f"    {line}\n" for line in case.lines), end="")
    if arguments.table:
        lines = [HEADER, ["---"] * len(HEADER), *(case.row() for case in cases)]
        arguments.table.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines))
    bad = sum(bool(case.lines) for case in cases)
    print(f"{len(cases) - bad} files at least as good as the reference's, {bad} not")
    return 1 if bad or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
