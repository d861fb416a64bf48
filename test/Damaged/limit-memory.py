#!/usr/bin/env python3
# ===- limit-memory.py - Commands with little memory -----------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs every command with less and less address space (`ulimit -v`).

    limit-memory.py QML SOURCES WORK [--steps=N] [--commands=import,run]

Each run ends with exit code 0 and its output, or with 1, a message and no file.
The steps go from what the system needs to load the program, below which it is
the loader that speaks, to more than the command takes; some more are close to
the first one, where libraries initialize themselves. QML is the command; those
of MLIR's drivers are beside it. The exit code is 1 if anything else was found.
"""

import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import sys

MIB = 1 << 20


def run(command, folder, limit=None):
    """Returns the exit code, what was said, and the files that were made."""
    def confine():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    before = set(os.listdir(folder))
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, preexec_fn=confine,
                          timeout=120, check=False)
    made = set(os.listdir(folder)) - before
    for name in made:
        (folder / name).unlink()
    return done.returncode, done.stderr.decode(errors="replace"), made


def smallest(command, folder, low, high, is_enough, step=MIB):
    """The least limit, to a step, with which a command's exit code is such."""
    while high - low > step:
        middle = (low + high) // 2
        if is_enough(run(command, folder, middle)[0]):
            high = middle
        else:
            low = middle
    return high


def limits(floor, top, steps):
    """The limits to try: over all of the range, and close to its start."""
    wide = [floor + (top + 8 * MIB - floor) * step // max(steps - 1, 1)
            for step in range(steps)]
    return wide + [floor + MIB * step // (steps + 1)
                   for step in range(1, steps + 1)]


def main():
    parser = argparse.ArgumentParser(
        description="Runs qml with little memory.")
    parser.add_argument("qml")
    parser.add_argument("sources", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path,
                        help="folder for files, emptied first")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--commands", default="")
    options = parser.parse_args()
    qml = os.path.abspath(options.qml)
    opt, translate = qml + "-opt", qml + "-translate"
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    work = options.work.resolve()
    case = options.sources.resolve() / "test" / "golden" / "random_22"
    model, inputs = str(case / "model.h5"), str(case / "inputs.npy")
    samples = f"--samples={case / 'samples.npy'}"
    exchanged = str(options.sources.resolve() / "test" / "Inputs" /
                    "onnx_parts.onnx")
    few = ["--num-samples=8", "--batch-size=4", "--epochs=1", "--quiet"]
    subprocess.run([qml, "quantize", model, "-o", "int.mlirbc", samples, *few,
                    "--dump-ranges=ranges.npz", "--arithmetic=akida"],
                   cwd=work, check=True)
    subprocess.run([qml, "run", "int.mlirbc", inputs, "-o", "result.npz"],
                   cwd=work, check=True)
    subprocess.run([qml, "import", model, "-o", "float.mlir"], cwd=work,
                   check=True)
    # Not every network can run on the hardware.
    chip = case.parent / "random_28"
    subprocess.run([qml, "quantize", str(chip / "model.h5"), "-o",
                    "chip.mlirbc", f"--samples={chip / 'samples.npy'}", *few,
                    "--arithmetic=akida"], cwd=work, check=True)
    commands = {
        "import": [qml, "import", model, "-o", "out.mlirbc"],
        "summary": [qml, "summary", "int.mlirbc"],
        "quantize": [qml, "quantize", model, "-o", "out.mlir", samples, *few,
                     "--dump-ranges=out.npz", "--dump-config=out.json"],
        "requantize": [qml, "quantize", model, "-o", "out.mlir", "--quiet",
                       "--ranges=ranges.npz", "--dump-variables=out.npz"],
        "run": [qml, "run", "int.mlirbc", inputs, "-o", "out.npz",
                "--layers=all"],
        "run-float": [qml, "run", model, inputs, "-o", "out.npz"],
        "evaluate": [qml, "evaluate", "int.mlirbc", inputs,
                     f"--reference={model}"],
        "recover": [qml, "quantize", model, "-o", "out.mlir", samples, *few,
                    "--recover=full", "--weight-bits=4", "--json=out.json"],
        "analyze": [qml, "analyze", model, samples, "--num-samples=8",
                    "--suggest=out.json"],
        "search": [qml, "search", model, samples, *few, "--weight-bits=4",
                   "--budget=7bits", "-o", "out.json"],
        "import-onnx": [qml, "import", exchanged, "-o", "out.mlirbc"],
        "check": [qml, "convert", "--check", str(chip / "model.h5")],
        "convert": [qml, "convert", "chip.mlirbc", "-o", "out.json"],
        "convert-mlirbc": [qml, "convert", "chip.mlirbc", "-o", "out.mlirbc"],
        "compare": [qml, "compare", "result.npz", "result.npz"],
        "limits": [qml, "limits"],
        "opt": [opt, "float.mlir", "--qml-sanitize", "-o", "out.mlir"],
        "opt-calibrate": [opt, "float.mlir", "--qml-sanitize",
                          "--qml-insert-quantizers=input-dtype=int8",
                          f"--qml-calibrate=samples={case / 'samples.npy'}",
                          "-o", "out.mlir"],
        "translate": [translate, "--keras-to-qml", model, "-o", "out.mlir"],
        "translate-summary": [translate, "--qml-summary", "float.mlir"],
    }
    chosen = options.commands.split(",") if options.commands else commands
    floors = {program: smallest([program, "--version"], work, 0, 4096 * MIB,
                                lambda code: code != 127, MIB // 16)
              for program in (qml, opt, translate)}
    problems = 0
    for name in chosen:
        command = commands[name]
        floor = floors[command[0]]
        outputs = {word.split("=")[-1] for word in commands[name]
                   if word.split("=")[-1].startswith("out.")}
        code, text, made = run(command, work)
        if code != 0:
            sys.exit(f"{name} fails where memory is not limited: {text}")
        top = smallest(command, work, floor, floor + 4096 * MIB,
                       lambda code: code == 0)
        ends = {}
        for limit in limits(floor, top, options.steps):
            code, text, made = run(command, work, limit)
            good = (code == 0 and made == outputs or
                    code == 1 and text.strip() and not made)
            ends[code] = ends.get(code, 0) + 1
            if not good:
                problems += 1
                print(f"{name} with {limit // 1024} KiB: exit code {code}, "
                      f"files {sorted(made)}, said: {text[:2000]!r}",
                      flush=True)
        print(f"{name}: {floor // MIB} to {top // MIB} MiB, exit codes {ends}",
              flush=True)
    print(f"{problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
