#!/usr/bin/env python3
# ===- check-text.py - What the text of sources shows by itself -----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Checks header lines, include guards, lengths and blanks; part of lint.sh.

Usage: check-text.py [--fix] FILE...

--fix writes title lines on 80 columns.
"""

import os
import re
import sys

LICENCE = [
    "Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.",
    "See LICENSE for license information.",
    "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
]
MAXIMUM = 800
CPP = (".cpp", ".h", ".inc", ".cu", ".cuh", ".c", ".td")
PROSE = (".md", ".json", ".txt", ".in")
# In two parts, so that this file has none.
UNFINISHED = r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"
status = 0


def problem(path, line, text):
    global status
    status = 1
    print(f"{path}:{line}: error: {text}")


def check_header(path, lines, comment):
    """The title, with the file's name, on a full line; then the licence."""
    start = 1 if lines[0].startswith("#!") else 0
    # A line for a linter may go before.
    if lines[start].startswith("# shellcheck"):
        start += 1
    opening = "//===- " if comment == "//" else "# ===- "
    match = re.match(re.escape(opening) + r"(\S+) - ", lines[start])
    if not match:
        problem(path, start + 1, f"the title line is missing: {opening}NAME - What it is")
        return
    if match.group(1) != os.path.basename(path):
        problem(path, start + 1, f"the title line names {match.group(1)}")
    if comment == "//" and (len(lines[start]) != 80 or not lines[start].endswith("===//")):
        problem(path, start + 1, "the title line must have 80 columns and end with ===// (--fix)")
    found = [line.removeprefix(comment).strip() for line in lines[start + 1 : start + 6]]
    if found[1:4] != LICENCE:
        problem(path, start + 2, "the licence lines are missing, or differ from other files'")


def fix_title(path, text):
    """The title line on 80 columns, also if it was broken in two."""
    broken = r"\s*(?:\n//)?\s*"
    match = re.match(
        rf"//===- (\S+) - ([^\n]*?)[-\s*]*(?:\*- (?:C\+\+|tablegen){broken}-\*-?)?"
        rf"{broken}[-\s]*===//\n",
        text,
    )
    if not match:
        return text
    name, title = match.groups()
    end = "===//"
    if name.endswith((".h", ".inc")):
        end = "*- C++ -*-===//"
    elif name.endswith(".td"):
        end = "*- tablegen -*-===//"
    begin = f"//===- {name} - {title} "
    if len(begin) + len(end) > 79:
        return text
    fixed = begin + "-" * (80 - len(begin) - len(end)) + end + "\n"
    return fixed + text[match.end() :]


def check_guard(path, text):
    """QML_QUANTIZATION_FIXEDPOINT_H for include/qml/Quantization/FixedPoint.h."""
    inner = path.removeprefix("include/")
    guard = re.sub(r"\W", "_", inner).upper()
    if path.startswith("include/qml/") and f"#ifndef {guard}\n#define {guard}\n" not in text:
        problem(path, 1, f"the include guard must be {guard}")


def check_file(path, fix):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        problem(path, 1, "not UTF-8")
        return
    extension = os.path.splitext(path)[1]
    if fix and extension in CPP:
        fixed = fix_title(path, text)
        if fixed != text:
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(fixed)
            text = fixed
    lines = text.split("\n")
    if text and not text.endswith("\n"):
        problem(path, len(lines), "no end of line at the end")
    if text.endswith("\n\n"):
        problem(path, len(lines), "empty lines at the end")
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            problem(path, number, "a tab")
        if "\r" in line:
            problem(path, number, "a carriage return")
        elif line != line.rstrip():
            problem(path, number, "blanks at the end of the line")
        if re.search(UNFINISHED, line):
            problem(path, number, "unfinished; an issue, or the manual, is the place for it")
    if extension in PROSE:
        return
    if len(lines) - 1 > MAXIMUM:
        problem(path, MAXIMUM + 1, f"{len(lines) - 1} lines; files have at most {MAXIMUM}")
    if extension in CPP:
        check_header(path, lines, "//")
        if extension == ".h":
            check_guard(path, text)
    elif extension in (".py", ".sh") or lines[0].startswith("#!"):
        check_header(path, lines, "#")


def main():
    fix = sys.argv[1:2] == ["--fix"]
    for path in sys.argv[2 if fix else 1 :]:
        # Inputs of tests are what they have to be.
        if "/Inputs/" not in path:
            check_file(path, fix)
    return status


if __name__ == "__main__":
    sys.exit(main())
