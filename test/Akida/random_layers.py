#!/usr/bin/env python3
# ===- random_layers.py - Random layers, against BrainChip's engine -------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws small Akida models around one layer each, and compares `qml` with BrainChip's engine.

A model is drawn within the limits that `qml limits` prints: every type of layer, every parameter,
and variables and inputs over all of their types' ranges, so that accumulators saturate and wrap
around as well as hold. It is written as text, in the akida dialect, and as the engine's dictionary.
Then

  1. `qml convert` makes a .json file of the text: a model that the engine reads from it must have
     the layers, parameters and variables of the dictionary; with --fbz the same of a .fbz file;
  2. `qml run --layers=all` and the engine, with that model, run the same inputs: results must be
     equal to the bit. The batch is time where a layer has memory.

Models are drawn one by one from (seed, number): `--only NUMBER` replays one. What differs is
kept in folders of --keep. The last line is `N models, M mismatches`; the exit code is 1 if there
is a mismatch or no model.

Usage (with a Python that has akida): random_layers.py [--models N] [--seed S] QML
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

from engine import FAILURES, array_differences, call, model_differences, read_json  # first

import akida
import numpy as np
from draw_layers import DRAWERS, Draw


def draw_model(seed, number, kinds):
    """Model `number` of a seed and its inputs; its main layer is of one of the kinds, in turn."""
    kind = kinds[number % len(kinds)]
    draw = Draw(seed, number)
    model = DRAWERS[kind](draw)
    steps = draw.integer(8, 25) if model.memories else draw.integer(2, 4)
    bits = model.layers[0]["parameters"].get("input_bits", 8)
    batch = np.stack([draw.values(model.input.shape, model.input.dtype, bits)
                      for _ in range(steps)])
    return kind, model, batch


def check(tool, model, inputs, scratch, with_fbz):
    """Compares one model; returns the differences as lines."""
    source, exported, results = (scratch / name for name in ("model.mlir", "model.json",
                                                             "results.npz"))
    source.write_text(model.text())
    np.save(scratch / "inputs.npy", inputs)
    reference = akida.Model.from_dict(model.dictionary())
    call(tool, "convert", source, "-o", exported)
    engine = read_json(exported)
    lines = model_differences(reference, engine)
    if with_fbz:
        call(tool, "convert", source, "-o", scratch / "model.fbz")
        lines += model_differences(reference, akida.Model(str(scratch / "model.fbz")))
    call(tool, "run", source, scratch / "inputs.npy", "-o", results, "--layers=all")
    with np.load(results) as content:
        found = {key: content[key] for key in content.files}
    last = model.layers[-1]["name"]
    expected = engine.forward(inputs)
    if expected.dtype.kind != "f":
        lines += array_differences(f"out/{last}", expected, found.get(f"out/{last}"))
    if model.has_prediction:
        expected = reference.predict(inputs)
    return lines + array_differences("prediction", expected, found.get("prediction"))


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare single layers with the engine.")
    parser.add_argument("tool", metavar="QML", help="the qml program")
    parser.add_argument("--models", type=int, default=200, help="how many to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one model of the seed")
    parser.add_argument("--kind", action="append", choices=sorted(DRAWERS),
                        help="models of this layer alone")
    parser.add_argument("--keep", help="folder for what differs: model, inputs, results")
    parser.add_argument("--fbz", action="store_true", help="also write and read .fbz files")
    parser.add_argument("--verbose", action="store_true", help="also print every model's time")
    options = parser.parse_args()
    kinds = options.kind or sorted(DRAWERS)
    numbers = range(options.models) if options.only is None else [options.only]
    count = mismatches = 0
    for number in numbers:
        start = time.monotonic()
        kind, model, inputs = draw_model(options.seed, number, kinds)
        with tempfile.TemporaryDirectory() as scratch:
            try:
                lines = check(options.tool, model, inputs, Path(scratch), options.fbz)
            except FAILURES as error:
                lines = [f"{type(error).__name__}: {error}"]
            if lines and options.keep:
                folder = Path(options.keep) / f"{kind}_{options.seed}_{number}"
                folder.mkdir(parents=True, exist_ok=True)
                for path in Path(scratch).iterdir():
                    (folder / path.name).write_bytes(path.read_bytes())
        count += 1
        if options.verbose:
            print(f"{number} {kind}: {time.monotonic() - start:.3f} s")
        if lines:
            mismatches += 1
            chosen = "".join(f" --kind={kind}" for kind in options.kind or [])
            print(f"MISMATCH {kind}, to be replayed with --seed={options.seed} "
                  f"--only={number}{chosen}")
            print("".join(f"    {line}\n" for line in lines[:20]), end="")
            text = model.text()
            print(f"{text if len(text) < 4000 else text[:4000] + '...'}", flush=True)
    print(f"{count} models, {mismatches} mismatches")
    return 1 if mismatches or not count else 0


if __name__ == "__main__":
    sys.exit(main())
