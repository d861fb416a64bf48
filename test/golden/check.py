#!/usr/bin/env python3
# ===- check.py - Compare qml with the reference's numbers ----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Quantizes and runs golden cases with `qml` and compares everything with the reference.

For each case (a folder as make_golden.py describes it):

  1. `qml quantize` with the ranges that the reference observed: the configuration must be equal
     byte for byte, every recorded variable equal to the last bit.
  2. `qml run --layers=all`: every layer's output and the prediction equal to the last bit (but
     for the float scales of results, see EAGER_KINDS).
  3. `qml quantize` with the case's samples: the observed ranges must agree within RANGE_TOLERANCE.

Prints one line per case, and a table of what differs. Needs nothing but NumPy and the tool. The
exit code is 1 if anything differs, 2 for a wrong command line.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

# Float sums come out in another order; a channel that nearly cancels out is held against the
# largest channel of its layer.
RANGE_TOLERANCE = 1e-5
SMALL_CHANNEL = 1e-2

FLOAT_KINDS = {"observed", "observed_min", "range_max", "range_min", "rescaling_rate",
               "weight_scales", "dw_weight_scales", "pw_weight_scales", "out_scales",
               "table_scale", "prediction"}
OUTPUT_KINDS = {"out", "out_frac_bits", "out_value_bits", "out_scales", "prediction"}
# The reference's layers were run one by one, in its eager mode, where float scales are divided by
# a constant; what it records and predicts multiplies with the reciprocal, as qml does.
# The scale of a table is its largest result, of which TensorFlow's functions can have another last
# bit.
EAGER_KINDS = {"out_scales", "table_scale"}
EAGER_TOLERANCE = 4e-7
# For the same reason, a value of a table that is as near to one integer as to the next can become
# the other: 1 of 2048 in one of some twenty tables.
TABLE_KINDS = {"table"}
TABLE_RATE = 1 / 1024
IGNORED_KINDS = {"observed", "observed_min", "float_prediction"}


class ToolError(Exception):
    """The tool failed; the message holds its command and what it said."""


def parameter_options(arguments, scratch):
    """The options of `qml quantize` for the quantization parameters of make_golden's arguments."""
    options = []
    for name, value in arguments.get("qparams", {}).items():
        name = "--" + name.replace("_", "-")
        if value is True:
            options.append(name)
        elif value is not False and value is not None:
            options.append(f"{name}={value}")
    if arguments.get("q_config"):
        config = Path(scratch) / "q_config.json"
        config.write_text(json.dumps(arguments["q_config"], indent=4) + "\n")
        options.append(f"--config={config}")
    return options


class Case:
    """The files of a golden case."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.model = self.folder / "model.h5"
        self.inputs = self.folder / "inputs.npy"
        self.golden_path = self.folder / "golden.npz"
        with np.load(self.golden_path) as golden:
            self.golden = {key: golden[key] for key in golden.files}
        self.config = (self.folder / "config.json").read_text()
        self.arguments = json.loads((self.folder / "quantize.json").read_text())
        self.samples = str(self.folder / "samples.npy")
        if not Path(self.samples).exists():
            self.samples = f"{self.folder / 'samples.npz'}:samples"

    def calibration_options(self):
        """The options of `qml quantize` for the case's calibration."""
        options = [f"--samples={self.samples}"]
        for name in ("num_samples", "batch_size", "epochs"):
            if self.arguments.get(name) is not None:
                options.append(f"--{name.replace('_', '-')}={self.arguments[name]}")
        return options


class Mismatches:
    """What differs in one case, as rows of a table."""

    def __init__(self):
        self.rows = []

    def add(self, key, count, where, expected, found):
        """One difference; `where` is an index or a word, `count` a text such as '3 of 40'."""
        self.rows.append((key, str(count), str(where), str(expected), str(found)))

    def table(self):
        """The rows under their titles, columns aligned."""
        rows = [("array", "differ", "first", "reference", "qml")] + self.rows
        widths = [min(60, max(len(row[i]) for row in rows)) for i in range(5)]
        return "".join("    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
                       .rstrip() + "\n" for row in rows)


def call(tool, arguments, timeout):
    """Runs the tool; raises ToolError with its message if it fails."""
    command = [str(tool)] + [str(argument) for argument in arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                              errors="replace", check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"no end after {timeout} s: {' '.join(command)}") from error
    if done.returncode != 0:
        text = "\n".join((done.stdout + done.stderr).strip().split("\n")[-12:])
        raise ToolError(f"exit code {done.returncode}: {' '.join(command)}\n{text}")


def load(path):
    """All arrays of a .npz file."""
    with np.load(path) as content:
        return {key: content[key] for key in content.files}


def kind_of(key):
    """The part of an array's name before the first '/'."""
    return key.partition("/")[0]


def compare_array(key, expected, found, mismatches):
    """Compares two arrays to the last bit, types and shapes included; returns equal numbers."""
    is_float = expected.dtype.kind == "f"
    if is_float and found.dtype != expected.dtype or not is_float and found.dtype.kind not in "iu":
        mismatches.add(key, "type", "-", expected.dtype, found.dtype)
        return 0
    if expected.size == found.size == 1 and expected.ndim + found.ndim == 1:
        # One number for a channel, or for all channels: of a single channel the same. The
        # reference squeezes the scale of such a depthwise kernel.
        expected = expected.reshape(found.shape)
    if expected.shape != found.shape:
        mismatches.add(key, "shape", "-", expected.shape, found.shape)
        return 0
    if not is_float:
        expected, found = expected.astype(np.int64), found.astype(np.int64)
    differ = expected != found
    if is_float:
        differ &= ~(np.isnan(expected) & np.isnan(found))
    if kind_of(key) in EAGER_KINDS:
        differ &= np.abs(expected - found) > EAGER_TOLERANCE * np.abs(expected)
    if kind_of(key) in TABLE_KINDS and np.count_nonzero(differ) <= TABLE_RATE * differ.size:
        differ &= np.abs(expected - found) > 1
    count = np.count_nonzero(differ)
    if count:
        first = tuple(int(i) for i in np.argwhere(differ)[0])
        shown = [repr(array[first].item()) for array in (expected, found)]
        mismatches.add(key, f"{count} of {expected.size}", list(first), *shown)
    return expected.size - count


def compare_all(expected, found, mismatches):
    """Compares two sets of arrays key by key; returns how many numbers are equal."""
    equal = 0
    for key, array in expected.items():
        if key in found:
            equal += compare_array(key, array, found[key], mismatches)
        else:
            mismatches.add(key, "missing", "-", array.shape, "-")
    for key in found:
        if key not in expected and not is_cast(key, expected):
            mismatches.add(key, "not expected", "-", "-", found[key].shape)
    return equal


def is_cast(key, expected):
    """Whether it is of a layer that makes real numbers of a network's integer inputs: a Rescaling
    by 1 before the layer that takes them, which the reference does without."""
    kind, _, layer = key.partition("/")
    taker = layer.removesuffix("_rescaling")
    return kind.startswith("out") and layer != taker and f"out/{taker}" in expected


def compare_config(expected, found, mismatches):
    """Compares two configuration files byte for byte; reports the first line that differs."""
    if expected == found:
        return
    left, right = expected.split("\n"), found.split("\n")
    differ = [i for i in range(max(len(left), len(right)))
              if left[i:i + 1] != right[i:i + 1]]
    line = differ[0] if differ else 0
    show = [repr(lines[line].strip()) if line < len(lines) else "end of file"
            for lines in (left, right)]
    mismatches.add("config.json", f"{len(differ)} lines", f"line {line + 1}", *show)


def compare_ranges(golden, found, mismatches):
    """Compares observed ranges within the tolerance; returns the largest relative difference."""
    worst = 0.
    for key, expected in golden.items():
        if kind_of(key) not in ("observed", "observed_min"):
            continue
        actual = found.get(key)
        if actual is None or actual.shape != expected.shape:
            mismatches.add("calibrated " + key, "shape", "-", expected.shape,
                           "missing" if actual is None else actual.shape)
            continue
        expected, actual = expected.astype(np.float64), actual.astype(np.float64)
        unit = np.maximum(np.abs(expected), SMALL_CHANNEL * np.max(np.abs(expected), initial=0))
        error = np.abs(expected - actual) / np.where(unit > 0, unit, 1)
        error = np.where(np.isnan(error), np.inf, error)
        worst = max(worst, float(np.max(error, initial=0)))
        count = np.count_nonzero(error > RANGE_TOLERANCE)
        if count:
            first = tuple(int(i) for i in np.argwhere(error > RANGE_TOLERANCE)[0])
            mismatches.add("calibrated " + key, f"{count} of {error.size}", list(first),
                           repr(expected[first].item()), repr(actual[first].item()))
    for key in found:
        if kind_of(key) in ("observed", "observed_min") and key not in golden:
            mismatches.add("calibrated " + key, "not expected", "-", "-", found[key].shape)
    return worst


def check(tool, case, scratch, calibrate=True, timeout=600, extra=()):
    """Checks one case; returns (mismatches, one line of text about it)."""
    mismatches = Mismatches()
    scratch = Path(scratch)
    integer, config = scratch / "integer.mlirbc", scratch / "config.json"
    variables, outputs, ranges = (scratch / name for name in
                                  ("variables.npz", "outputs.npz", "ranges.npz"))
    options = parameter_options(case.arguments, scratch) + list(extra)
    call(tool, ["quantize", case.model, "-o", integer, f"--ranges={case.golden_path}", "--quiet",
                f"--dump-config={config}", f"--dump-variables={variables}", *options], timeout)
    compare_config(case.config, config.read_text(), mismatches)
    expected = {key: array for key, array in case.golden.items()
                if kind_of(key) not in OUTPUT_KINDS | IGNORED_KINDS}
    found = {key: array for key, array in load(variables).items()
             if kind_of(key) not in IGNORED_KINDS}
    equal = compare_all(expected, found, mismatches)

    call(tool, ["run", integer, case.inputs, "-o", outputs, "--layers=all"], timeout)
    expected = {key: array for key, array in case.golden.items() if kind_of(key) in OUTPUT_KINDS}
    equal += compare_all(expected, load(outputs), mismatches)
    text = f"{equal} numbers equal"

    if calibrate:
        call(tool, ["quantize", case.model, "-o", scratch / "own.mlirbc", "--quiet",
                    f"--dump-ranges={ranges}", *case.calibration_options(), *options], timeout)
        worst = compare_ranges(case.golden, load(ranges), mismatches)
        text += f", ranges within {worst:.1e}"
    return mismatches, text


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare qml with the reference's numbers.")
    parser.add_argument("tool", help="the qml program")
    parser.add_argument("cases", nargs="+", metavar="CASE", help="folders of golden cases")
    parser.add_argument("--no-calibration", action="store_true", help="only with given ranges")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each command")
    parser.add_argument("--rows", type=int, default=40, help="rows of a table to print")
    parser.add_argument("--option", action="append", default=[], metavar="=--NAME=VALUE",
                        help="one more option for `qml quantize`")
    options = parser.parse_args()
    failed = 0
    for folder in options.cases:
        name = Path(folder).name
        try:
            case = Case(folder)
        except (OSError, ValueError) as error:
            print(f"{folder} is no golden case: {error}", file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory() as scratch:
            try:
                mismatches, text = check(options.tool, case, scratch,
                                         not options.no_calibration, options.timeout,
                                         options.option)
            except (ToolError, OSError, ValueError) as error:
                print(f"FAIL {name}: {error}")
                failed += 1
                continue
        if mismatches.rows:
            print(f"FAIL {name}: {len(mismatches.rows)} arrays differ, {text}")
            hidden = len(mismatches.rows) - options.rows
            mismatches.rows = mismatches.rows[:options.rows]
            print(mismatches.table(), end="")
            if hidden > 0:
                print(f"    and {hidden} more (--rows)")
            failed += 1
        else:
            print(f"PASS {name}: {text}", flush=True)
    if len(options.cases) > 1:
        print(f"{len(options.cases) - failed} of {len(options.cases)} cases equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
