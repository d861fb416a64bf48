#!/usr/bin/env python3
# ===- run-document.py - The commands that a document shows, as a test -----===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs what a Markdown document tells its reader to run.

Blocks between ```sh and ``` are run in order, in one shell that begins in an
empty folder, with $QML set to a clone that has been built. A block ```text
after one is what it prints on both streams; without, it prints nothing.

  - A line `...` of the text stands for any number of lines.
  - Times, rates and the name of the instruction set may differ. The table of
    times that `qml quantize` prints may be left out.
  - Numbers with a point may differ by 0.1 %, those with one digit after it also by
    0.5: calibrated ranges depend in their last bits on the processor, and noise
    in dB on a code or two. All else has to be equal, save blanks at the end.

Comments in front of a block, which the reader doesn't see:

  <!-- file NAME -->   the block is the text of a file that the reader writes
  <!-- exit CODE -->   the block's last command ends with this code, not 0
  <!-- needs A,B -->   the block is left out unless there are --have=A --have=B

Usage: run-document.py [--update] [--have=WORD...] [--python=PYTHON]
                       --source=CLONE --build=BUILD --work=FOLDER DOCUMENT

--work is emptied. --python is what the document's `python` means. --update
writes into the document what is printed, where it differs.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys

TIMES = re.compile(r"  (read|sanitize|calibrate|recover|lower|write|total) +[\d.]+ s\b")
DIRECTIVE = re.compile(r"<!-- (file|exit|needs) (\S+) -->")


class Block:
    """What stands between two fences; `number` is the line of the first."""

    def __init__(self, number, language, directives):
        self.number = number
        self.language = language
        self.directives = directives
        self.lines = []
        # The block that shows what this one prints.
        self.output = None


def fail(path, number, text):
    sys.exit(f"{path}:{number}: error: {text}")


def read_blocks(path, lines):
    """The document's blocks, outputs attached to the blocks they belong to."""
    blocks = []
    directives = {}
    block = None
    previous = None
    for number, line in enumerate(lines, 1):
        if block is not None:
            if line != "```":
                block.lines.append(line)
                continue
            if block.language == "text":
                if not previous or previous.language != "sh" or previous.output:
                    fail(path, block.number, "no block of commands printed this text")
                previous.output = block
            else:
                blocks.append(block)
                previous = block
            block = None
        elif line.startswith("```"):
            language = line[3:]
            if language not in ("sh", "text") and "file" not in directives:
                fail(path, number, f"a block of '{language}' that is no file and no command")
            block = Block(number, language, directives)
            directives = {}
        elif match := DIRECTIVE.fullmatch(line):
            directives[match.group(1)] = match.group(2)
        elif directives and line:
            fail(path, number, "a comment for a block, and no block after it")
    if block is not None:
        fail(path, block.number, "the block doesn't end")
    return blocks


def write_script(blocks, work, python):
    """A shell script of all blocks; each one's output goes to a file."""
    script = ["set -euo pipefail", f"export QML={shlex.quote(work + '/qml')}"]
    if python:
        folder = work + "/python"
        os.mkdir(folder)
        with open(folder + "/python", "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n')
        os.chmod(folder + "/python", 0o755)
        script.append(f"export PATH={shlex.quote(folder)}:$PATH")
    script.append(f"cd {shlex.quote(work + '/home')}")
    for index, block in enumerate(blocks):
        name = f"{work}/blocks/{index}"
        code = "\n".join(block.lines)
        if "file" in block.directives:
            with open(name, "w", encoding="utf-8") as file:
                file.write(code + "\n")
            script.append(f"cp {shlex.quote(name)} {shlex.quote(block.directives['file'])}")
            continue
        # The last number in the file is that of the block that stopped it all.
        script.append(f"echo {index} >>{shlex.quote(work + '/started')}")
        script.append(f"exec >{shlex.quote(name)} 2>&1")
        if "exit" in block.directives:
            wanted = block.directives["exit"]
            script.append(f"set +e\n(\nset -e\n{code}\n)\nstatus=$?\nset -e")
            script.append(f'[ "$status" = {wanted} ] || {{ echo "exit code $status"; exit 1; }}')
        else:
            script.append(code)
    path = work + "/script"
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(script) + "\n")
    return path


def normalize(line):
    """Replaces what differs from run to run, or between machines."""
    line = line.rstrip()
    if TIMES.match(line):
        line = re.sub(r" +", " ", line)
    line = re.sub(r"\b[\d.]+ s\b", "N s", line)
    line = re.sub(r"\b[\d.]+ samples/s\b", "N samples/s", line)
    return re.sub(r"oneDNN [\d.]+, \w+", "oneDNN", line)


def same_number(expected, actual):
    """Whether two numbers differ by no more than processors do."""
    a, b = float(expected), float(actual)
    is_coarse = all(re.fullmatch(r"-?\d+\.\d", number) for number in (expected, actual))
    return abs(a - b) <= max(1e-3 * max(abs(a), abs(b)), 0.501 if is_coarse else 0)


def same_line(expected, actual):
    """Whether two lines are equal but for the last digits of their numbers."""
    number = r"(-?\d+\.\d+(?:[eE][-+]?\d+)?)"
    one = re.split(number, normalize(expected))
    two = re.split(number, normalize(actual))
    if one[::2] != two[::2]:
        return False
    return all(same_number(a, b) for a, b in zip(one[1::2], two[1::2]))


def same_text(expected, actual):
    """Whether lines are equal, where `...` stands for any of them."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(same_text(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and same_line(expected[0], actual[0]) and same_text(expected[1:], actual[1:])


def check(path, block, actual):
    """Prints how a block's output differs; returns whether it doesn't."""
    expected = block.output.lines if block.output else []
    if not any(TIMES.match(line) for line in expected):
        actual = [line for line in actual if not TIMES.match(line)]
    if same_text(expected, actual):
        return True
    number = block.output.number if block.output else block.number
    print(f"{path}:{number}: error: these commands print something else:")
    print("\n".join("    " + line for line in block.lines))
    print("the document shows:")
    print("\n".join("  | " + line for line in expected))
    print("they print:")
    print("\n".join("  | " + line for line in actual))
    return False


def update(path, lines, outputs):
    """Writes the document with other outputs; `outputs` by the fence's line."""
    result = []
    number = 0
    while number < len(lines):
        result.append(lines[number])
        number += 1
        if number in outputs:
            result += [line.rstrip() for line in outputs[number]]
            while lines[number] != "```":
                number += 1
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(result) + "\n")


def prepare(options):
    """An empty folder to work in, and beside it a clone that has been built."""
    work = os.path.abspath(options.work)
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("qml", "home", "blocks"):
        os.makedirs(f"{work}/{folder}")
    for name in os.listdir(options.source):
        if not name.startswith((".", "build")):
            os.symlink(os.path.abspath(f"{options.source}/{name}"), f"{work}/qml/{name}")
    os.symlink(os.path.abspath(options.build), work + "/qml/build")
    return work


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--have", metavar="WORD", action="append", default=[])
    parser.add_argument("--python")
    for name in ("source", "build", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("document")
    options = parser.parse_args()

    path = options.document
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    blocks = [
        block
        for block in read_blocks(path, lines)
        if all(word in options.have for word in block.directives.get("needs", "").split(",") if word)
    ]
    if not blocks:
        fail(path, 1, "there is nothing to run")

    work = prepare(options)
    script = write_script(blocks, work, options.python)
    status = subprocess.run(["bash", script], stdin=subprocess.DEVNULL, check=False).returncode

    with open(work + "/started", encoding="utf-8") as file:
        last = int(file.read().split()[-1])
    good = True
    outputs = {}
    for index, block in enumerate(blocks[: last + 1]):
        if "file" in block.directives:
            continue
        with open(f"{work}/blocks/{index}", encoding="utf-8", errors="replace") as file:
            actual = file.read().splitlines()
        if status and index == last:
            print("\n".join("    " + line for line in block.lines))
            print("\n".join("  | " + line for line in actual))
            fail(path, block.number, f"these commands fail, with exit code {status}")
        if check(path, block, actual):
            continue
        good = False
        if block.output:
            outputs[block.output.number] = actual
    if options.update and outputs:
        update(path, lines, outputs)
    print(f"{sum(block.language == 'sh' for block in blocks)} blocks of commands")
    return not good


if __name__ == "__main__":
    sys.exit(main())
