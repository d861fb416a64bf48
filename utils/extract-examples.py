#!/usr/bin/env python3
# ===- extract-examples.py - Examples in descriptions, as tests ------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs the examples that descriptions hold through a tool.

An example is a block between ```mlir and ``` in a .td or .md file. Those of one
file go to the standard input of one run of COMMAND, divided by `// -----`, each
on the lines that it has in the file, so that the tool's messages point there.
A block of attributes (#dialect.name<...>) becomes one of aliases of them.

Usage: extract-examples.py [--require=REGEX] FILE|FOLDER... [-- COMMAND...]

Without COMMAND the examples are printed. With --require, each TableGen
definition whose name matches must hold an example.
"""

import argparse
import os
import re
import subprocess
import sys

SEPARATOR = "// -----"


def find_files(paths):
    """The files that may hold examples, below folders or named themselves."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".td", ".md")):
                    yield os.path.join(folder, name)


def name_attributes(lines):
    """A block of attributes as aliases, which a file of MLIR may hold."""
    count = 0
    named = []
    for line in lines:
        if line.lstrip().startswith("#"):
            line = f"#example{count} = {line.lstrip()}"
            count += 1
        named.append(line)
    return named


def extract(lines):
    """The file with all but its examples blanked; and how many there are."""
    result = []
    block = None
    count = 0
    for line in lines:
        text = line.strip()
        if block is None:
            if text == "```mlir":
                block = []
                # The line of the fence is free for what parts two examples.
                result.append(SEPARATOR if count else "")
                count += 1
            else:
                result.append("")
        elif text == "```":
            first = next((code for code in block if code.strip()), "")
            if re.match(r"\s*#[\w.]+<", first):
                block = name_attributes(block)
            result += block + [""]
            block = None
        else:
            block.append(line)
    return result, count


def find_definitions_without(lines, pattern):
    """Names of the TableGen definitions that hold no example but should."""
    name = None
    has_example = True
    for line in lines + ["def"]:
        if re.match(r"(def|class|multiclass|defvar)\b", line):
            if not has_example:
                yield name
            match = re.match(r"def\s+(\w+)", line)
            name = match.group(1) if match else ""
            has_example = not re.fullmatch(pattern, name)
        elif line.strip() == "```mlir":
            has_example = True


def main():
    arguments = sys.argv[1:]
    command = []
    if "--" in arguments:
        split = arguments.index("--")
        arguments, command = arguments[:split], arguments[split + 1 :]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--require", metavar="REGEX")
    parser.add_argument("paths", metavar="FILE|FOLDER", nargs="+")
    options = parser.parse_args(arguments)

    total = 0
    failed = False
    for path in find_files(options.paths):
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        if options.require:
            for name in find_definitions_without(lines, options.require):
                print(f"{path}: error: {name} has no example", file=sys.stderr)
                failed = True
        examples, count = extract(lines)
        if not count:
            continue
        total += count
        text = "\n".join(examples) + "\n"
        if not command:
            print(f"{SEPARATOR}\n// {path}\n{text.strip()}")
        elif subprocess.run(command, input=text, text=True, check=False).returncode:
            print(f"{path}: error: an example fails", file=sys.stderr)
            failed = True
    if command:
        print(f"{total} examples")
    return failed or not total


if __name__ == "__main__":
    sys.exit(main())
