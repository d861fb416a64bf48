#!/usr/bin/env python3
# ===- check-networks.py - Properties of passes, by random networks --------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws float networks of all layers, and checks of each that

- each pass on the way to integers, and those of sanitizing in any order, keep
  what it computes to a relative 1e-4, or to the last bit where they claim so;
- the CPU's executor and the interpreter compute the same floats;
- quantizing ends with exit code 0, or with 1 and an error that names a layer;
- one thread and two make the same integer network, and the same integers of it.

    check-networks.py FIRST LAST [--jobs=N] [--work=FOLDER] [--shrink]

with the tools on the PATH, checks the networks of the seeds FIRST to LAST. What
fails is kept in the folder, with the commands that show it; --shrink looks for
a smaller network that fails alike. Networks depend on the seed alone. Exit
code: 0 if all is well, 1 if not.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile

from drawn_floats import draw

SAMPLES = 6
# Passes that may run in any order.
ORDERLESS = ["canonicalize", "cse"] + ["qml-" + name for name in (
    "split-activations", "reconstruct-hard-silu", "split-separable-convs",
    "convert-grouped-convs", "convert-average-pools", "remove-reshapes",
    "merge-rescalings", "absorb-zero-padding", "fold-permutations",
    "align-rescaling", "swap-relu-max-pool", "swap-pool-batch-norm",
    "fold-batch-norms", "convert-scalings", "split-concatenations",
    "make-kernels-odd", "split-strided-depthwise", "insert-identity-convs",
    "convert-first-layers")]
TIMEOUT = 120


class Failure(Exception):
    """A property that does not hold: what kind it is, and the details."""

    def __init__(self, kind, details):
        super().__init__(details)
        self.kind = kind


class Checks:
    """The checks of one network in a folder of its own."""

    def __init__(self, network, seed, folder):
        self.network = network
        self.folder = folder
        self.draw = random.Random(f"options {seed}")
        self.commands = []
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "net.mlir").write_text(network.text())
        (folder / "mixed.mlir").write_text(network.text(with_integers=True))
        arrays = network.write_samples(folder, seed, SAMPLES)
        self.samples = arrays[0].name
        if len(arrays) > 1:
            self.samples = "samples.npz"
            with zipfile.ZipFile(folder / self.samples, "w") as archive:
                for path in arrays:
                    archive.write(path, path.name)

    def run(self, *command):
        """Runs a tool; returns its exit code and all that it says."""
        self.commands.append(shlex.join(command))
        try:
            done = subprocess.run(command, cwd=self.folder, timeout=TIMEOUT,
                                  stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT, check=False)
        except subprocess.TimeoutExpired as error:
            raise Failure("hangs", self.commands[-1]) from error
        if (done.returncode not in (0, 1) or "Stack dump" in done.stdout or
                "Sanitizer" in done.stdout):
            raise Failure(f"{command[0]} crashes", done.stdout)
        return done.returncode, done.stdout

    def must(self, kind, *command):
        """Runs what has no reason to fail."""
        code, text = self.run(*command)
        if code != 0:
            raise Failure(kind, text)
        return text

    def check_passes(self, *passes):
        """Runs the network before and after each of the passes; returns whether
        they came to their end."""
        code, text = self.run(
            "qml-opt", "net.mlir", *passes, "-o", "passed.mlir",
            "--verify-roundtrip", f"--qml-check-passes={self.samples},strict")
        if "--qml-check-passes: " in text:
            found = re.search(r"the pass '([^']*)'", text)
            raise Failure(f"pass {found[1] if found else passes}", text)
        if code == 1:
            self.expect_layer(text)
        return code == 0

    def expect_layer(self, text):
        """What can't be quantized has an error that names a layer or input."""
        names = [value.name for value in
                 self.network.inputs + self.network.layers]
        if not ("error: " in text and (
                "input of rank" in text or
                any(f"'{name}" in text for name in names))):
            raise Failure("error without a layer", text)

    def check_floats(self):
        """The same network by the executor of floats and the interpreter."""
        self.must("float run", "qml", "run", "net.mlir", self.samples, "-o",
                  "float.npz", "--device=cpu", "--layers=all")
        self.must("mixed run", "qml", "run", "mixed.mlir", self.samples, "-o",
                  "mixed.npz", "--device=cpu", "--layers=all")
        self.must("executors", "qml", "compare", "float.npz", "mixed.npz",
                  "--min-snr=80")

    def draw_options(self):
        """How a network is quantized."""
        pick = self.draw.choice
        options = [pick(("", "", "--input-dtype=int8", "--input-dtype=int16")),
                   pick(("", "--per-tensor-activations")),
                   pick(("", "", f"--weight-bits={pick((2, 4, 5, 16))}")),
                   pick(("", "", f"--activation-bits={pick((1, 2, 4, 16))}")),
                   pick(("", "", f"--output-bits={pick((2, 4, 16))}")),
                   pick(("", "", "", "--last-output-bits=8")),
                   pick(("", "", "", "--fold-rescaling")),
                   pick(("", "", "", "--split-separable-convs")),
                   pick(("", "", "", "--buffer-bits=24")),
                   pick(("", "", "", "--arithmetic=akida")),
                   pick(("", "", "--calibrator=max", "--calibrator=mse")),
                   pick(("", "--strict")),
                   pick(("", "", "", "", "--recover=bias", "--recover=full",
                         "--target=akida-2.0", "--target=akida-1.0"))]
        options = [option for option in options if option]
        if any("--target" in option for option in options):
            # The chip decides.
            options = [option for option in options if not option.startswith(
                ("--arithmetic", "--input-dtype", "--buffer"))]
        return options

    def check_integers(self):
        """Quantizes the network; returns whether that gave one."""
        options = self.draw_options()
        outcome = []
        for threads in (1, 2):
            file = f"integer_{threads}.mlir"
            code, text = self.run(
                "qml", "quantize", "net.mlir", f"--samples={self.samples}",
                *options, "--quiet", "--device=cpu", "-o", file,
                f"--threads={threads}")
            if code == 1:
                self.expect_layer(text)
            outcome.append((code, text))
        if outcome[0] != outcome[1]:
            raise Failure("threads quantize otherwise", f"{outcome}")
        if outcome[0][0] == 1:
            return False
        read = [(self.folder / f"integer_{threads}.mlir").read_bytes()
                for threads in (1, 2)]
        if read[0] != read[1]:
            raise Failure("threads quantize otherwise", "other files")
        for threads in (1, 2):
            self.must("integer run", "qml", "run", "integer_1.mlir",
                      self.samples, "-o", f"run_{threads}.npz", "--layers=all",
                      f"--threads={threads}", "--device=cpu")
        self.must("threads run otherwise", "qml", "compare", "run_1.npz",
                  "run_2.npz")
        return True

    def check(self):
        """All of it; returns whether the network became an integer one."""
        dtype = self.draw.choice(("uint8", "int8", "int16"))
        self.check_passes(
            f"--qml-quantize=samples={self.samples} input-dtype={dtype} "
            "fold-rescaling=true keep-float=true per-tensor-activations="
            f"{self.draw.choice(('true', 'false'))}")
        passes = [f"--{name}" for name in ORDERLESS]
        self.draw.shuffle(passes)
        if not self.check_passes(*passes, "--qml-sanitize"):
            raise Failure("passes fail", self.commands[-1])
        self.check_floats()
        return self.check_integers()


def check_seed(seed, work):
    """Checks the network of a seed; returns what fails, if anything, and
    whether it became an integer one."""
    folder = work / str(seed)
    network = draw(seed)
    try:
        checks = Checks(network, seed, folder)
        is_integer = checks.check()
    except Failure as failure:
        (folder / "commands").write_text("\n".join(checks.commands) + "\n")
        return network, failure, False
    shutil.rmtree(folder)
    return network, None, is_integer


def shrink(network, seed, kind, work):
    """Looks for a smaller network that fails alike; returns its folder."""
    target = work / f"{seed}-small"
    rounds = 0
    progress = True
    while progress:
        progress = False
        for smaller in network.smaller():
            rounds += 1
            with tempfile.TemporaryDirectory(dir=work) as folder:
                checks = Checks(smaller, seed, pathlib.Path(folder))
                try:
                    checks.check()
                except Failure as failure:
                    if failure.kind == kind:
                        network, progress = smaller, True
                        break
    checks = Checks(network, seed, target)
    try:
        checks.check()
    except Failure as failure:
        (target / "message").write_text(str(failure))
    (target / "commands").write_text("\n".join(checks.commands) + "\n")
    print(f"  {len(network.layers)} layers after {rounds} trials: {target}")


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=pathlib.Path,
                        default=pathlib.Path("networks"))
    parser.add_argument("--shrink", action="store_true")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    layers = collections.Counter()
    failed = integer = 0
    seeds = range(options.first, options.last + 1)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda seed: check_seed(seed, options.work), seeds)
        for seed, (network, failure, is_integer) in zip(seeds, results):
            layers.update(layer.op for layer in network.layers)
            integer += is_integer
            if failure:
                failed += 1
                print(f"seed {seed}: {failure.kind}\n{failure}\n"
                      f"  again: {sys.argv[0]} {seed} {seed} --shrink",
                      flush=True)
                if options.shrink:
                    shrink(network, seed, failure.kind, options.work)
    print(f"{len(seeds)} networks of {sum(layers.values())} layers of "
          f"{len(layers)} kinds, {integer} of them made integer, {failed} "
          f"failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
