#!/usr/bin/env python3
# ===- fuzz-command.py - Damaged files through the command -----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Damages files of every format that `qml` reads, and hands them to it.

Each run must end in time with exit code 0, and with its output; or with exit
code 1, a message that begins with 'error:' on stderr, and no file left over.
Memory is limited, so that a huge allocation fails the test.

    fuzz-command.py QML SOURCES WORK [--count=N] [--seed=N] [--formats=h5,npy]

QML is the command, SOURCES the root of the repository (the models are those of
test/golden and test/Inputs), WORK a folder that is emptied first. What fails
is kept there, each in a folder of its own with the command that shows it. The
mutations depend on the seed alone. Exit code: 0 if all is well, 1 if not.
"""

import argparse
import concurrent.futures
import io
import os
import pathlib
import random
import re
import resource
import shlex
import shutil
import subprocess
import sys
import threading
import time
import zipfile

# A network of images, one of vectors, one with two outputs.
GOLDEN = ("random_22", "random_28", "random_31")
# Those that can run on the hardware.
HARDWARE = ("random_14", "random_28")
ARCHIVES = ("keras3_pools.keras", "keras3_scalings.keras")
EXCHANGED = ("activations", "around", "branches", "parts", "picked", "resized",
             "several", "shapes", "transposed", "windows")
# MiB of memory that a run may really use.
MAX_RESIDENT = 1024
FEW_SAMPLES = ["--num-samples=8", "--batch-size=4", "--epochs=1"]
INTERESTING = (b"0", b"-1", b"1", b"2", b"255", b"65536", b"2147483647",
               b"4294967296", b"9223372036854775807", b"18446744073709551616",
               b"1e308", b"-0.0", b"NaN", b"null")
FORMATS = ("h5", "keras", "onnx", "npy", "npz", "json", "mlir", "mlirbc")


# ===----------------------------------------------------------------------===#
# Mutations
# ===----------------------------------------------------------------------===#


def truncate(data, other, draw):
    """Cuts the end off, often a short one."""
    keep = draw.choice((draw.randrange(len(data)),
                        max(0, len(data) - 1 - draw.randrange(64))))
    return data[:keep]


def flip_bits(data, other, draw):
    """Flips some bits, all over the file or close together."""
    damaged = bytearray(data)
    start, size = 0, len(data)
    if draw.random() < 0.5:
        size = min(size, 1 << draw.randrange(3, 12))
        start = draw.randrange(len(data) - size + 1)
    for _ in range(draw.choice((1, 1, 2, 4, 16, 64))):
        damaged[start + draw.randrange(size)] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def zero_range(data, other, draw):
    """Overwrites a range with zeros, or with ones."""
    size = min(len(data), 1 << draw.randrange(0, 12))
    start = draw.randrange(len(data) - size + 1)
    filler = draw.choice((b"\0", b"\0", b"\xff"))
    return data[:start] + filler * size + data[start + size:]


def splice(data, other, draw):
    """Puts a piece of this file or of another one somewhere, or removes one."""
    size = 1 << draw.randrange(0, 12)
    source = draw.choice((data, other))
    start = draw.randrange(len(source))
    piece = source[start:start + size]
    at = draw.randrange(len(data))
    how = draw.randrange(3)
    if how == 0:
        return data[:at] + piece + data[at + len(piece):]
    if how == 1:
        return data[:at] + piece + data[at:]
    return data[:at] + data[at + size:]


def join_halves(data, other, draw):
    """The start of one file and the end of another."""
    at = draw.randrange(len(data))
    return data[:at] + other[min(at, len(other)):]


def change_numbers(data, other, draw):
    """Replaces numbers that are written as text."""
    numbers = [m.span() for m in re.finditer(rb"(?<![\w.])-?\d+\.?\d*(?!\w)",
                                             data)]
    if not numbers:
        return flip_bits(data, other, draw)
    for _ in range(draw.choice((1, 1, 2, 3))):
        start, end = draw.choice(numbers)
        new = draw.choice(INTERESTING)
        if end - start >= len(new):
            # Without a change of length, so that what holds the text stays.
            data = data[:start] + new.rjust(end - start) + data[end:]
        else:
            data = data[:start] + new + data[end:]
            break
    return data


def change_words(data, other, draw):
    """Replaces words by others of the same text, or quoted text by another."""
    pattern = draw.choice((rb'"[^"\n]{0,40}"', rb"[A-Za-z_][\w.]{2,30}"))
    words = list(re.finditer(pattern, data))
    if not words:
        return flip_bits(data, other, draw)
    old, new = draw.choice(words), draw.choice(words).group()
    return data[:old.start()] + new + data[old.end():]


BINARY = (truncate, flip_bits, flip_bits, zero_range, splice, join_halves,
          change_numbers)
TEXT = (truncate, flip_bits, zero_range, splice, join_halves, change_numbers,
        change_numbers, change_words, change_words)


def mutate_text(data, other, draw):
    """Damages a text; seldom inside of the long rows of digits of weights."""
    start = data.find(b"{-#")
    if start > 0 and draw.random() < 0.8:
        end = other.find(b"{-#")
        return (draw.choice(TEXT)(data[:start], other[:max(end, 1)], draw) +
                data[start:])
    return draw.choice(TEXT)(data, other, draw)


def mutate_archive(data, other, draw):
    """Damages the archive itself, or one of its files in front of packing."""
    if draw.random() < 0.4:
        return draw.choice(BINARY)(data, other, draw)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    victim = draw.randrange(len(members))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for index, (info, content) in enumerate(members):
            if index == victim:
                rest = draw.choice(members)[1]
                text = info.filename.endswith(".json")
                content = (mutate_text if text else
                           draw.choice(BINARY))(content, rest, draw)
            archive.writestr(info, content)
    return packed.getvalue()


def mutate(format_, data, other, draw):
    """A damaged copy of `data`; `other` is a file of the same format."""
    if format_ in ("keras", "npz"):
        return mutate_archive(data, other, draw)
    if format_ in ("json", "mlir"):
        return mutate_text(data, other, draw)
    return draw.choice(BINARY)(data, other, draw)


# ===----------------------------------------------------------------------===#
# What is run
# ===----------------------------------------------------------------------===#


class Seed:
    """A sound file and the commands that read it; '@IN' stands for the
    damaged file, '@OUT' for the output without extension."""

    def __init__(self, path, commands):
        self.path = pathlib.Path(path)
        self.data = self.path.read_bytes()
        self.commands = commands


class Seeds:
    """Makes the sound files of all formats."""

    def __init__(self, qml, sources, folder):
        self.qml = qml
        self.golden = sources / "test" / "golden"
        self.inputs = sources / "test" / "Inputs"
        self.folder = folder

    def make(self, *arguments):
        """Runs qml on sound files."""
        subprocess.run([self.qml, *map(str, arguments)], check=True,
                       stderr=subprocess.PIPE)

    def samples_of(self, case):
        """The samples of a golden case, as --samples takes them."""
        path = self.golden / case / "samples.npy"
        if path.exists():
            return str(path)
        return str(path.with_suffix(".npz")) + ":samples"

    def quantize(self, model, case, *options):
        """A fast quantization."""
        return ["quantize", str(model), "-o", "@OUT.mlir",
                f"--samples={self.samples_of(case)}", *FEW_SAMPLES, *options]

    def h5(self):
        for case in GOLDEN:
            yield Seed(self.golden / case / "model.h5", [
                self.quantize("@IN", case),
                ["run", "@IN", str(self.golden / case / "inputs.npy"), "-o",
                 "@OUT.npz", "--layers=all"],
                self.quantize("@IN", case, "--per-tensor-activations"),
                ["summary", "@IN"]])

    def keras(self):
        for name in ARCHIVES:
            yield Seed(self.inputs / name, [
                ["quantize", "@IN", "-o", "@OUT.mlir", *FEW_SAMPLES,
                 "--per-tensor-activations"],
                ["import", "@IN", "-o", "@OUT.mlirbc"],
                ["summary", "@IN"]])

    def onnx(self):
        for name in EXCHANGED:
            path = self.inputs / f"onnx_{name}.onnx"
            yield Seed(path, [
                ["import", "@IN", "-o", "@OUT.mlirbc"],
                ["run", "@IN", f"{path}.npz:x", "-o", "@OUT.npz"],
                ["summary", "@IN"]])

    def npy(self):
        for case in GOLDEN[:2]:
            folder = self.golden / case
            model = folder / "model.h5"
            yield Seed(folder / "samples.npy", [
                ["quantize", str(model), "-o", "@OUT.mlir", "--samples=@IN",
                 *FEW_SAMPLES],
                ["run", str(model), "@IN", "-o", "@OUT.npz"]])

    def npz(self):
        for case in GOLDEN:
            folder = self.golden / case
            model, ranges = folder / "model.h5", self.folder / f"{case}.npz"
            integer = self.folder / f"{case}.mlir"
            self.make("quantize", model, "-o", integer,
                      f"--samples={self.samples_of(case)}",
                      f"--dump-ranges={ranges}")
            yield Seed(ranges, [
                ["quantize", str(model), "-o", "@OUT.mlir", "--ranges=@IN"],
                ["compare", str(ranges), "@IN"]])
            samples = folder / "samples.npz"
            if samples.exists():
                yield Seed(samples, [
                    self.quantize(model, case)[:4] +
                    ["--samples=@IN:samples", *FEW_SAMPLES],
                    ["evaluate", str(integer), "@IN:samples",
                     f"--reference={model}"],
                    ["run", str(model), "@IN:samples", "-o", "@OUT.npz"]])

    def json(self):
        for case in GOLDEN[:2] + ("config",):
            folder = self.golden / case
            yield Seed(folder / "config.json", [
                ["quantize", str(folder / "model.h5"), "-o", "@OUT.mlir",
                 f"--ranges={folder / 'golden.npz'}", "--config=@IN"]])

    def mlir(self):
        for case in GOLDEN:
            folder = self.golden / case
            inputs = str(folder / "inputs.npy")
            model = self.folder / f"{case}-float.mlir"
            self.make("import", folder / "model.h5", "-o", model)
            yield Seed(model, [
                self.quantize("@IN", case),
                ["run", "@IN", inputs, "-o", "@OUT.npz", "--layers=all"],
                ["summary", "@IN"]])
            integer = self.folder / f"{case}-integer.mlir"
            self.make("quantize", model, "-o", integer, "--keep-float",
                      f"--samples={self.samples_of(case)}")
            yield Seed(integer, [
                ["run", "@IN", inputs, "-o", "@OUT.npz", "--layers=all"],
                ["quantize", "@IN", "-o", "@OUT.mlir",
                 f"--config={folder / 'config.json'}"],
                ["summary", "@IN"]])

    def mlirbc(self):
        for case in GOLDEN:
            folder = self.golden / case
            inputs = str(folder / "inputs.npy")
            model = self.folder / f"{case}-float.mlirbc"
            self.make("import", folder / "model.h5", "-o", model)
            yield Seed(model, [
                ["summary", "@IN"],
                self.quantize("@IN", case),
                ["import", "@IN", "-o", "@OUT.mlir"],
                ["import", "@IN", "-o", "@OUT.mlirbc"],
                ["analyze", "@IN", f"--samples={self.samples_of(case)}",
                 "--num-samples=4"],
                ["search", "@IN", f"--samples={self.samples_of(case)}",
                 "--weight-bits=4", "--target-noise=20", *FEW_SAMPLES, "-o",
                 "@OUT.json"],
                ["evaluate", str(model), inputs, "--reference=@IN"],
                ["run", "@IN", inputs, "-o", "@OUT.npz"]])
            integer = self.folder / f"{case}-integer.mlirbc"
            self.make("quantize", model, "-o", integer, "--keep-float",
                      f"--samples={self.samples_of(case)}")
            yield Seed(integer, [
                ["run", "@IN", inputs, "-o", "@OUT.npz", "--layers=all"],
                ["evaluate", "@IN", inputs, f"--reference={model}"],
                ["quantize", "@IN", "-o", "@OUT.mlirbc",
                 f"--config={folder / 'config.json'}"],
                ["summary", "@IN"]])
        yield from self.hardware()

    def hardware(self):
        """Bytecode on its way to the chip, at each stage."""
        for case in HARDWARE:
            inputs = str(self.golden / case / "inputs.npy")
            model, integer, chip = (
                self.folder / f"{case}-{stage}.mlirbc"
                for stage in ("float", "chips-integer", "chip"))
            self.make("import", self.golden / case / "model.h5", "-o", model)
            self.make("quantize", model, "-o", integer, "--arithmetic=akida",
                      f"--samples={self.samples_of(case)}")
            self.make("convert", integer, "-o", chip)
            yield Seed(model, [["convert", "--check", "@IN"]])
            yield Seed(integer, [["convert", "@IN", "-o", "@OUT.mlirbc"],
                                 ["convert", "@IN", "-o", "@OUT.json"]])
            yield Seed(chip, [
                ["summary", "@IN"],
                ["run", "@IN", inputs, "-o", "@OUT.npz", "--layers=all"],
                ["evaluate", "@IN", inputs, f"--reference={model}"],
                ["convert", "@IN", "-o", "@OUT.json"]])


class Runner:
    """Runs the command and judges how it ended."""

    def __init__(self, qml, time_limit, memory):
        self.qml = qml
        self.time_limit = time_limit
        self.memory = memory
        # Threads of the machine's cores would need address space for each.
        self.environment = dict(os.environ, OMP_NUM_THREADS="2")

    def limit(self):
        """Limits of the child; a dump of its memory would take long."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if self.memory:
            resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))

    def run(self, command, folder):
        """Returns what is wrong (None if nothing), the exit code, seconds."""
        before = set(os.listdir(folder))
        start = time.monotonic()
        # Files instead of pipes: nothing blocks, however much is printed.
        with open(folder.parent / (folder.name + ".stderr"), "w+b") as stderr:
            process = subprocess.Popen(
                [self.qml, *command], cwd=folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=stderr,
                preexec_fn=self.limit, env=self.environment)
            try:
                code = process.wait(self.time_limit)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
            seconds = time.monotonic() - start
            stderr.seek(0)
            text = stderr.read(1 << 20).decode(errors="replace")
        os.unlink(stderr.name)
        made = set(os.listdir(folder)) - before
        return self.judge(command, code, text, made), code, seconds, text

    def judge(self, command, code, text, made):
        """What is wrong with a run, or None."""
        if code is None:
            return f"no end after {self.time_limit:g} s"
        if code not in (0, 1):
            return f"exit code {code}"
        if "runtime error:" in text or "Sanitizer" in text:
            return "a sanitizer's report"
        if code == 0:
            outputs = {word for word in command if word.startswith("out.")}
            return None if made == outputs else f"files made: {sorted(made)}"
        # `compare` says what differs on stdout.
        if command[0] != "compare" and not re.search(r"^error: ", text, re.M):
            return "exit code 1 without 'error:'"
        if made:
            return f"files left over: {sorted(made)}"
        return None


class Fuzzer:
    """Runs all mutations and counts."""

    def __init__(self, options):
        self.options = options
        self.work = options.work
        qml = str(pathlib.Path(options.qml).resolve())
        self.runner = Runner(qml, options.time_limit, options.memory << 20)
        self.seeds = Seeds(qml, options.sources.resolve(), self.work)
        self.lock = threading.Lock()
        self.failures = 0

    def check(self, format_, seeds, number):
        """One mutation; returns its exit code and seconds."""
        draw = random.Random(f"{self.options.seed}/{format_}/{number}")
        seed = seeds[number % len(seeds)]
        other = draw.choice(seeds).data
        commands = seed.commands
        command = commands[number // len(seeds) % len(commands)]
        damaged = mutate(format_, seed.data, other, draw)
        return self.run_one(f"{format_}-{number}", seed, command, damaged)

    def run_one(self, name, seed, command, content, expected=(0, 1)):
        """One run on a file with this content; keeps what fails."""
        folder = self.work / name
        folder.mkdir()
        file = "damaged" + seed.path.suffix
        (folder / file).write_bytes(content)
        command = [word.replace("@IN", file).replace("@OUT", "out")
                   for word in command]
        problem, code, seconds, text = self.runner.run(command, folder)
        if not problem and code not in expected:
            problem = f"exit code {code}"
        with self.lock:
            if problem:
                self.failures += 1
                shown = shlex.join(["qml", *command])
                (folder / "command").write_text(shown + "\n")
                (folder / "stderr").write_text(text)
                print(f"{folder}: {problem}\n  {shown}", flush=True)
            else:
                shutil.rmtree(folder)
        return code, seconds

    def check_sound(self, format_, seeds):
        """The commands must do their jobs with files that are not damaged."""
        for number, seed in enumerate(seeds):
            for place, command in enumerate(seed.commands):
                self.run_one(f"{format_}-sound-{number}-{place}", seed, command,
                             seed.data, (0,))

    def run(self):
        """All formats; returns the exit code."""
        for format_ in self.options.formats.split(","):
            seeds = list(getattr(self.seeds, format_)())
            if self.options.first == 0:
                self.check_sound(format_, seeds)
            numbers = range(self.options.first,
                            self.options.first + self.options.count)
            with concurrent.futures.ThreadPoolExecutor(
                    self.options.jobs) as pool:
                ends = list(pool.map(
                    lambda n: self.check(format_, seeds, n), numbers))
            codes = [code for code, _ in ends]
            seconds, slowest = max(
                (seconds, number)
                for number, (_, seconds) in zip(numbers, ends))
            print(f"{format_}: {len(ends)} mutations, {codes.count(0)} "
                  f"accepted, {codes.count(1)} refused, the slowest (number "
                  f"{slowest}) took {seconds:.1f} s", flush=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        print(f"most memory of a run: {peak} MiB")
        if self.options.memory and peak > MAX_RESIDENT:
            self.failures += 1
            print(f"allowed are {MAX_RESIDENT} MiB")
        print(f"{self.failures} problems")
        return 1 if self.failures else 0


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Hands damaged files to the qml command.")
    parser.add_argument("qml", help="the command")
    parser.add_argument("sources", type=pathlib.Path,
                        help="root of the repository")
    parser.add_argument("work", type=pathlib.Path,
                        help="folder for files, emptied first")
    parser.add_argument("--count", type=int, default=50,
                        help="mutations of each format")
    parser.add_argument("--first", type=int, default=0,
                        help="number of the first mutation")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--formats", default=",".join(FORMATS),
                        help="with commas between")
    parser.add_argument("--time-limit", type=float, default=10,
                        help="seconds for each run")
    parser.add_argument("--memory", type=int, default=4096,
                        help="MiB of address space for each run; 0: no limit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(),
                        help="runs at the same time")
    options = parser.parse_args()
    if not set(options.formats.split(",")) <= set(FORMATS):
        parser.error(f"the formats are {', '.join(FORMATS)}")
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    options.work = options.work.resolve()
    return Fuzzer(options).run()


if __name__ == "__main__":
    sys.exit(main())
