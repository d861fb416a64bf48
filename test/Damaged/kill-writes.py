#!/usr/bin/env python3
# ===- kill-writes.py - Signals while files are written --------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Sends signals to `qml quantize` at random moments while it writes two files.

    kill-writes.py QML MODEL SAMPLES WORK [--count=N] [--seed=N]

Afterwards both files are the old ones or both the new ones, to the last byte,
and there is no other file, except after SIGKILL; after the next run there is
none in any case. --count is the number of moments for each signal. The exit
code is 1 if anything else was found.
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

SIGNALS = ("TERM", "INT", "HUP", "KILL")
FILES = ("out.mlirbc", "ranges.npz")


def command(options, bits):
    """Quantizes to so many bits; the ranges differ, too."""
    return [options.qml, "quantize", options.model, "-o", FILES[0],
            f"--dump-ranges={FILES[1]}", f"--weight-bits={bits}", "--quiet",
            f"--samples={options.samples}", "--batch-size=1",
            f"--momentum=0.{bits}"]


def contents(folder):
    """Both files, as far as they are there."""
    return [path.read_bytes() if path.exists() else None
            for path in (folder / name for name in FILES)]


def main():
    parser = argparse.ArgumentParser(
        description="Sends signals to qml while it writes files.")
    parser.add_argument("qml")
    parser.add_argument("model")
    parser.add_argument("samples")
    parser.add_argument("work", type=pathlib.Path,
                        help="folder for files, emptied first")
    parser.add_argument("--count", type=int, default=200,
                        help="moments for each signal")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    for name in ("qml", "model", "samples"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)

    def run(bits):
        """Runs to the end; returns the files and how long it took."""
        start = time.monotonic()
        subprocess.run(command(options, bits), cwd=options.work, check=True)
        return contents(options.work), time.monotonic() - start

    new, _ = run(4)
    old, seconds = run(8)
    assert old[0] != new[0] and old[1] != new[1]
    draw = random.Random(options.seed)
    problems = 0
    counts = {}
    for name in SIGNALS:
        for number in range(options.count):
            process = subprocess.Popen(command(options, 4), cwd=options.work)
            # More often in the end, where files are written.
            moment = draw.choice((draw.uniform(0, 1.1), draw.uniform(0.6, 1)))
            time.sleep(moment * seconds)
            process.send_signal(getattr(signal, "SIG" + name))
            code = process.wait()
            found = contents(options.work)
            others = sorted(set(os.listdir(options.work)) - set(FILES))
            what = ("old" if found == old else
                    "new" if found == new else "mixed or damaged")
            allowed = code in (0, -getattr(signal, "SIG" + name))
            if not allowed or what not in ("old", "new") or (
                    others and name != "KILL"):
                problems += 1
                print(f"{name} {number}, at {moment:.3f}: exit code {code}, "
                      f"files are {what}, others: {others}", flush=True)
            counts[name, what] = counts.get((name, what), 0) + 1
            counts[name, "left"] = counts.get((name, "left"), 0) + bool(others)
            if others or what != "old":
                run(8)
            if set(os.listdir(options.work)) != set(FILES):
                problems += 1
                print(f"{name} {number}: after the next run there are "
                      f"{sorted(os.listdir(options.work))}", flush=True)
                for path in options.work.glob(".qml*"):
                    path.unlink()
    for name in SIGNALS:
        print(f"{name}: " + ", ".join(
            f"{counts.get((name, what), 0)} {what}"
            for what in ("old", "new", "left")))
    print(f"{problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
