#!/usr/bin/env python3
# ===- compare_networks.py - Networks, against BrainChip's converter ------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Converts networks with `qml` and with BrainChip's tools, and compares models and results.

A network is a golden case (a folder as test/golden/make_golden.py describes it) or, with --random,
drawn anew. The reference quantizes it (quantizeml) and converts it (cnn2snn); `qml quantize`, with
the ranges that the reference observed, and `qml convert` do the same. Then

  1. both of the engine's models must have the same layers, in the same order and under the same
     names, with the same parameters and variables;
  2. --inputs inputs are run by `qml run`, by the engine with our .json file (and .fbz, if
     qml can write it), and by the engine with the reference's own model: the results must be equal
     to the bit, integers of every layer and floats after the dequantizer;
  3. of 2.0, the network is quantized again with --arithmetic=akida: the integer network, before it
     is converted, gives what the engine does with the model made of it.

Known differences, where `qml` repairs what the reference converts to something else than what was
quantized, are accepted and printed:

  - post_op_buffer_bits is one more than the reference's, below 32; or below 32 where the reference
    forgets it: in a last layer that ends in a look-up table, after a quantizer with a smaller buffer;
  - PicoPostProcessing has a threshold that is one less: the engine's has to be exceeded, quantizeml's
    to be reached; such a model is only compared with the engine on our file;
  - Dense1D has the input_shift of the Flatten before it, which the reference forgets: such a model
    is only compared with the engine on our file.

What the reference refuses and we convert is compared with the engine on our file alone. What we
refuse and the reference converts is a failure, unless it is one of REFUSED.

Usage (with a Python that has akida, cnn2snn, quantizeml):
  compare_networks.py QML CASE... [--version 1]
  compare_networks.py QML --random N --seed S [--version 1]

Each network leaves some 0.2 GB of memory in TensorFlow: draw many in several runs.
"""
import argparse
import collections
import contextlib
import io
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

from engine import (FAILURES, ToolError, array_differences, call, compare_results,  # first
                    model_differences, predict, read_json)

import akida
import check
import make_golden
import numpy as np
import tf_keras as keras
from cnn2snn import AkidaVersion, convert, set_akida_version
from draw_networks import draw_network

# What our converter refuses although the reference's does not, by a part of the message, and why.
REFUSED = {
    "unsigned results of": "the engine takes them for signed and saturates at half the range",
    "output scales of": "the reference's 16-bit scales wrap around to 8",
    "inputs of 16 bits": "the engine refuses to run the reference's model",
    "results per axis": "the reference's 1.0 models lose the shifts between channels",
    "weights of 2 bits: Akida 2.0": "the hardware has 4 and 8; the engine keeps them in 4",
    "weights of 3 bits: Akida 2.0": "the hardware has 4 and 8; the engine keeps them in 4",
}


class Network:
    """A float network, what the reference needs to quantize it, and what it made of it."""

    def __init__(self, name, model, samples, inputs, arguments):
        self.name = name
        self.arguments = arguments
        self.model = model
        results = make_golden.run_reference(model, samples, inputs, arguments, executes=False)
        self.store, _, _, self.twin = results
        # Half of what is run is what calibration has seen.
        self.samples = np.concatenate([inputs, samples])

    def files(self, folder):
        """Writes the float model and the observed ranges; returns the options of qml quantize."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the format is a legacy one
            self.model.save(folder / "model.h5")
        np.savez(folder / "ranges.npz", **{key: array for key, array in self.store.items()
                                           if key.startswith("observed")})
        return [f"--ranges={folder / 'ranges.npz'}", "--quiet",
                *check.parameter_options(self.arguments, folder)]

    def inputs(self, count, model):
        """So many inputs, in the form that the converted model takes."""
        rng = np.random.default_rng(1)
        samples = self.samples[:count // 2]
        more = count - len(samples)
        if samples.dtype.kind == "f":
            drawn = samples[rng.integers(0, len(samples), more)]
            drawn = drawn * rng.uniform(.2, 2, (more,) + (1,) * (samples.ndim - 1))
            drawn += rng.normal(0, .1 * np.std(samples), drawn.shape)
        else:
            limits = np.iinfo(samples.dtype)
            drawn = rng.integers(limits.min, limits.max + 1, (more, *samples.shape[1:]))
        inputs = np.concatenate([samples, drawn.astype(samples.dtype)])
        inputs = inputs.reshape(len(inputs), *model.input_shape)
        first = model.to_dict()["layers"][0]["parameters"]
        if first["layer_type"] == "InputData" and not first["input_signed"]:
            most = 2**first["input_bits"] - 1
            inputs = np.clip(inputs, 0, most).astype(np.uint8)
        return inputs


@contextlib.contextmanager
def quiet():
    """Without what Python packages print and warn of."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def convert_reference(twin, version):
    """The reference's model; (None, why) where it refuses."""
    try:
        with quiet(), set_akida_version(AkidaVersion.v1 if version == 1 else AkidaVersion.v2):
            return convert(twin), ""
    except Exception as error:  # whatever a package raises
        return None, f"{type(error).__name__}: {str(error).strip()}"


def convert_ours(tool, folder, options, version, stem):
    """Our files folder/stem.json and .mlir; returns why qml refuses, empty if it doesn't."""
    integer = folder / f"{stem}_integer.mlirbc"
    call(tool, "quantize", folder / "model.h5", "-o", integer, *options)
    try:
        call(tool, "convert", integer, f"--akida-version={version}", "-o", folder / f"{stem}.json")
    except ToolError as error:
        if "exit code" in str(error):
            raise
        return str(error)
    call(tool, "convert", integer, f"--akida-version={version}", "-o", folder / f"{stem}.mlir")
    return ""


def forgotten_shifts(network):
    """The Flatten layers that align channels, in a set of names."""
    return {key.partition("/")[2] for key, array in network.store.items()
            if key.startswith("input_shift/flatten") and np.any(array)}


class Known:
    """Accepts known differences of models, and counts them."""

    def __init__(self, shifts_are_known):
        self.counts = collections.Counter()
        self.shifts_are_known = shifts_are_known
        self.post_bits = {}

    def __call__(self, layer, key, name, expected, found):
        kind = layer["parameters"]["layer_type"]
        if (key, name) == ("parameters", "post_op_buffer_bits"):
            parameters = layer["parameters"]
            ends_in_table = (parameters.get("activation") == akida.ActivationType.LUT.value
                             and parameters["output_bits"] == parameters["buffer_bits"])
            accepted = (found == parameters["buffer_bits"] + 1 if ends_in_table
                        else expected < 32 and found == expected + 1)
            self.post_bits[layer["name"]] = found
        elif (key, name, kind) == ("variables", "input_shift", "Dense1D"):
            accepted = self.shifts_are_known
        elif (key, name, kind) == ("variables", "threshold", "PicoPostProcessing"):
            accepted = np.array_equal(found["data"], np.asarray(expected["data"]) - 1)
        else:
            accepted = False
        self.counts[name] += accepted
        return accepted

    def repaired(self, model):
        """The reference's model with our post_op_buffer_bits; None with forgotten shifts."""
        if self.counts["input_shift"] or self.counts["threshold"]:
            return None
        if not self.counts["post_op_buffer_bits"]:
            return model
        content = model.to_dict()
        for layer in content["layers"]:
            if layer["name"] in self.post_bits:
                layer["parameters"]["post_op_buffer_bits"] = self.post_bits[layer["name"]]
        return akida.Model.from_dict(content)

    def text(self):
        """What was accepted, for people."""
        return "".join(f", {count} known differences of {name}"
                       for name, count in self.counts.items() if count)


def load_results(tool, source, folder):
    """The arrays that `qml run` makes of the folder's inputs."""
    call(tool, "run", source, folder / "inputs.npy", "-o", folder / "results.npz", "--layers=all")
    return check.load(folder / "results.npz")


def check_fbz(tool, folder, version, inputs):
    """Compares a .fbz file with our .json file; (lines, whether there is one)."""
    try:
        call(tool, "convert", folder / "model.mlir", f"--akida-version={version}", "-o",
             folder / "model.fbz")
    except ToolError as error:
        if "there is no" in str(error) and "libQMLAkida.so" in str(error):
            return [], False
        raise
    model = akida.Model(str(folder / "model.fbz"))
    # A model with memory moves on as it runs: both from the start.
    expected = read_json(folder / "model.json")
    return (model_differences(expected, model)
            + array_differences("fbz", predict(expected, inputs), predict(model, inputs))), True


def check_exact(tool, folder, options, count, network):
    """Compares the integer network of --arithmetic=akida with the engine on its model."""
    refusal = convert_ours(tool, folder, [*options, "--arithmetic=akida"], 2, "exact")
    if refusal:
        return [f"--arithmetic=akida: refused: {refusal}"]
    model = read_json(folder / "exact.json")
    inputs = network.inputs(count, model)
    np.save(folder / "inputs.npy", inputs)
    lines = compare_results("--arithmetic=akida", model, inputs,
                            load_results(tool, folder / "exact.mlir", folder))
    np.save(folder / "inputs.npy", inputs.reshape(len(inputs), *network.samples.shape[1:]))
    found = load_results(tool, folder / "exact_integer.mlirbc", folder)["prediction"]
    # A model with memory has moved on: from the start again, before each sequence of a recurrence.
    kinds = [layer["parameters"]["layer_type"] for layer in model.to_dict()["layers"]]
    if "StatefulRecurrent" in kinds:
        expected = np.concatenate([predict(read_json(folder / "exact.json"), inputs[i:i + 1])
                                   for i in range(len(inputs))])
    else:
        expected = predict(read_json(folder / "exact.json"), inputs)
    if kinds[-1] == "PicoPostProcessing":  # ours is followed by a dequantizer
        expected = expected.astype(found.dtype)
    return lines + array_differences("--arithmetic=akida, integer network",
                                     expected.reshape(found.shape) if expected.size == found.size
                                     else expected, found)


def check_network(tool, network, folder, version, count):
    """Compares one network; returns (lines of differences, one line about it)."""
    options = network.files(folder)
    reference, their_reason = convert_reference(network.twin, version)
    our_reason = convert_ours(tool, folder, options, version, "model")
    if our_reason:
        reasons = [line for line in our_reason.split("\n") if "error:" in line]
        if reference is None:
            return [], f"both refuse it: {reasons[0][:160] if reasons else our_reason} | " \
                       f"{their_reason.splitlines()[0][:160]}"
        known = [why for part, why in REFUSED.items() if part in our_reason]
        if known and all(any(part in line for part in REFUSED) for line in reasons):
            return [], f"refused on purpose: {'; '.join(known)}"
        return [f"refused, but not by the reference: {our_reason}"], ""
    ours = read_json(folder / "model.json")
    call(tool, "convert", folder / "model.mlir", "-o", folder / "again.json")
    lines = []
    if (folder / "again.json").read_bytes() != (folder / "model.json").read_bytes():
        lines.append("model.json is another one when it is made of model.mlir")
    known = Known(bool(forgotten_shifts(network)))
    if reference is not None:
        lines += model_differences(reference, ours, known)
        reference = known.repaired(reference)
    inputs = network.inputs(count, ours)
    np.save(folder / "inputs.npy", inputs)
    found = load_results(tool, folder / "model.mlir", folder)
    lines += compare_results("engine with our model", ours, inputs, found)
    if reference is not None:
        lines += compare_results("engine with the reference's model", reference, inputs, found)
    fbz_lines, has_fbz = check_fbz(tool, folder, version, inputs)
    lines += fbz_lines
    if version == 2:
        lines += check_exact(tool, folder, options, count, network)
    text = f"{len(ours.layers)} layers, {len(inputs)} inputs{known.text()}"
    text += "" if has_fbz else ", no .fbz"
    if their_reason:
        text += f"; our model alone, the reference refuses: {their_reason.splitlines()[0][:200]}"
    elif reference is None:
        text += "; our model alone"
    return lines, text


def golden_network(folder):
    """The network of a golden case."""
    keras.backend.clear_session()  # inserted layers are named as in a fresh process
    folder = Path(folder)
    arguments = {**make_golden.DEFAULT_ARGUMENTS,
                 **json.loads((folder / "quantize.json").read_text())}
    model = keras.models.load_model(folder / "model.h5", compile=False)
    return Network(folder.name, make_golden.flattened(model),
                   make_golden.load_samples(make_golden.samples_path(folder)),
                   np.load(folder / "inputs.npy"), arguments)


def random_network(seed, version):
    """A network that is drawn anew; its name says what is in it."""
    net, model, samples, inputs, arguments = draw_network(seed, version)
    return Network(f"random_{seed} ({' '.join(sorted(net.features))})", model, samples, inputs,
                   arguments)


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare converted networks with BrainChip's.")
    parser.add_argument("tool", metavar="QML", help="the qml program")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="folders of golden cases")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="networks to draw")
    parser.add_argument("--seed", type=int, default=0, help="of the first network drawn")
    parser.add_argument("--version", type=int, choices=[1, 2], default=2)
    parser.add_argument("--inputs", type=int, default=100, help="how many to run")
    parser.add_argument("--keep", help="folder for the files of what differs")
    options = parser.parse_args()
    makers = [(case, lambda case=case: golden_network(case)) for case in options.cases]
    makers += [(f"random_{seed}", lambda seed=seed: random_network(seed, options.version))
               for seed in range(options.seed, options.seed + options.random)]
    counts = collections.Counter()
    for name, make in makers:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch:
            text = ""
            try:
                with quiet():
                    network = make()
            except Exception as error:  # the reference does not quantize every network drawn
                counts["given up"] += 1
                reason = str(error).strip().split("\n")
                print(f"GIVEN UP {name}: {type(error).__name__}: {reason[0][:200]}", flush=True)
                continue
            name = network.name
            try:
                lines, text = check_network(options.tool, network, Path(scratch),
                                            options.version, options.inputs)
            except FAILURES as error:
                lines = [f"{type(error).__name__}: {error}"]
            if lines and options.keep:
                folder = Path(options.keep) / name.split()[0]
                folder.mkdir(parents=True, exist_ok=True)
                for path in Path(scratch).iterdir():
                    (folder / path.name).write_bytes(path.read_bytes())
        state = "FAIL" if lines else "SKIP" if "refuse it" in text or "on purpose" in text \
            else "PASS"
        counts[state] += 1
        print(f"{state} {name}: {text} ({time.monotonic() - start:.1f} s)", flush=True)
        print("".join(f"    {line}\n" for line in lines[:30]), end="", flush=True)
    print(f"{counts['PASS']} networks equal, {counts['FAIL']} not, {counts['SKIP']} refused, "
          f"{counts['given up']} given up")
    return 1 if counts["FAIL"] or not counts["PASS"] else 0


if __name__ == "__main__":
    sys.exit(main())
