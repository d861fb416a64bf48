#!/usr/bin/env python3
# ===- check-classes.py - No two classes of one name ----------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Finds classes that two files define under one name in one namespace.

A program that contains both has undefined behavior, which no compiler or linker reports: the linker
takes the inline functions of either. Classes of one source are in an unnamed namespace.

Usage: check-classes.py FILE...
"""
import collections
import re
import sys
from pathlib import Path

OPENED = re.compile(r"(?:inline )?namespace ?([\w:]*) ?\{$")
CLOSED = re.compile(r"\} *// (?:end |anonymous )?namespace")
DEFINED = re.compile(r"(?:struct|class|union|enum|enum class) (\w+)(?: final)?(?: ?:[^:].*| ?\{.*)?$")


def defined_classes(path):
    """Yields (qualified name, line) of the classes that are not in an unnamed namespace."""
    namespaces = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if opened := OPENED.match(line):
            namespaces.append(opened.group(1))
        elif CLOSED.match(line) and namespaces:
            namespaces.pop()
        elif (found := DEFINED.match(line)) and all(namespaces):
            yield "::".join([*namespaces, found.group(1)]), number


def main():
    """The command line; returns the exit code."""
    places = collections.defaultdict(list)
    for path in sys.argv[1:]:
        for name, number in defined_classes(path):
            places[name].append((path, number))
    failed = False
    for name, found in places.items():
        (first, line), *others = found
        for path, number in others:
            if path != first:
                failed = True
                print(f"{path}:{number}: error: class {name} is also defined in {first}:{line}; "
                      "rename one, or put one that a single file needs into an unnamed namespace")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
