#!/usr/bin/env python3
# ===- limit-memory.py - Commands with little memory -----------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs every command of qml with less and less address space (`ulimit -v`).

    limit-memory.py QML SOURCES WORK [--steps=N] [--commands=import,run]

Each run ends with exit code 0 and its output, or with 1, a message and no file.
The steps go from what the system needs to load the program, below which it is
the loader that speaks, to more than the command takes. The exit code is 1 if
anything else was found.
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


def smallest(command, folder, high):
    """The least limit, to a MiB, with which a command succeeds."""
    low = 0
    while high - low > MIB:
        middle = (low + high) // 2
        if run(command, folder, middle)[0] == 0:
            high = middle
        else:
            low = middle
    return high


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
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    work = options.work.resolve()
    case = options.sources.resolve() / "test" / "golden" / "random_22"
    model, inputs = str(case / "model.h5"), str(case / "inputs.npy")
    samples = f"--samples={case / 'samples.npy'}"
    few = ["--num-samples=8", "--batch-size=4", "--epochs=1", "--quiet"]
    subprocess.run([qml, "quantize", model, "-o", "int.mlirbc", samples, *few,
                    "--dump-ranges=ranges.npz", "--arithmetic=akida"],
                   cwd=work, check=True)
    subprocess.run([qml, "run", "int.mlirbc", inputs, "-o", "result.npz"],
                   cwd=work, check=True)
    commands = {
        "import": ["import", model, "-o", "out.mlirbc"],
        "summary": ["summary", "int.mlirbc"],
        "quantize": ["quantize", model, "-o", "out.mlir", samples, *few,
                     "--dump-ranges=out.npz", "--dump-config=out.json"],
        "requantize": ["quantize", model, "-o", "out.mlir", "--quiet",
                       "--ranges=ranges.npz", "--dump-variables=out.npz"],
        "run": ["run", "int.mlirbc", inputs, "-o", "out.npz", "--layers=all"],
        "run-float": ["run", model, inputs, "-o", "out.npz"],
        "evaluate": ["evaluate", "int.mlirbc", inputs,
                     f"--reference={model}"],
        "convert": ["convert", "--check", model],
        "compare": ["compare", "result.npz", "result.npz"],
        "limits": ["limits"],
    }
    chosen = options.commands.split(",") if options.commands else commands
    floor = smallest([qml, "--version"], work, 4096 * MIB)
    problems = 0
    for name in chosen:
        command = [qml, *commands[name]]
        outputs = {word.split("=")[-1] for word in commands[name]
                   if word.split("=")[-1].startswith("out.")}
        code, text, made = run(command, work)
        usual = code
        top = smallest(command, work, 16384 * MIB) if code == 0 else 2 * floor
        ends = {}
        for step in range(options.steps):
            limit = floor + (top + 8 * MIB - floor) * step // max(
                options.steps - 1, 1)
            code, text, made = run(command, work, limit)
            good = (code == 0 and made == outputs or
                    code == 1 and text.strip() and not made)
            ends[code] = ends.get(code, 0) + 1
            if not good:
                problems += 1
                print(f"{name} with {limit // MIB} MiB: exit code {code}, "
                      f"files {sorted(made)}, said: {text[:2000]!r}",
                      flush=True)
        print(f"{name} (exit code {usual}): {floor // MIB} to {top // MIB} "
              f"MiB, exit codes {ends}", flush=True)
    print(f"{problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
