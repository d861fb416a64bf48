# ===- labels.py - Each numbered constraint has a negative test ------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Usage: labels.py TD-FOLDER TEST-FOLDER

Compares the constraints in descriptions, `- (C1)` of an operation `conv_2d`,
with the labels `// conv_2d_c1` of tests, both ways. Constraints of the whole
dialect are `all_l1` and `weighted_w1`. Each operation is in ops.mlir, and in
canonicalize.mlir if it has a folder.
"""

import pathlib
import re
import sys

SHARED = {"L": "all", "W": "weighted"}


def read(folder, pattern):
    return "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(folder.glob(pattern))
    )


def find_constraints(text):
    """Labels of all constraints, by the mnemonic of the definition around."""
    mnemonic = None
    for line in text.split("\n"):
        if re.match(r"(def|class)\s", line):
            mnemonic = None
        if mnemonic is None and (match := re.search(r'<.*"([a-z_0-9]+)"', line)):
            mnemonic = match.group(1)
        if match := re.match(r"\s+- \(([CLW])(\d+)\)", line):
            kind, number = match.groups()
            yield f"{SHARED.get(kind, mnemonic)}_{kind.lower()}{number}"


def find_operations(text):
    """Mnemonics of all operations, and whether they have a folder."""
    for definition in re.split(r"^(?=def |class |defvar )", text, flags=re.M):
        match = re.match(r'def \w+\s*:\s*QML_\w*Op<\s*"([a-z_0-9]+)"', definition)
        if match:
            yield match.group(1), "let hasFolder = 1;" in definition


def main():
    folder, tests = (pathlib.Path(argument) for argument in sys.argv[1:])
    constraints = set(find_constraints(read(folder, "*.td")))
    labels = set(re.findall(r"// (\w+_[clw]\d+)\b", read(tests, "*-errors.mlir")))
    for label in sorted(constraints - labels):
        print(f"{label} has no test in {tests}")
    for label in sorted(labels - constraints):
        print(f"{label} is tested, but no constraint in {folder}")
    print(f"{len(constraints)} constraints")
    missing = 0
    operations = list(find_operations(read(folder, "*.td")))
    for mnemonic, has_folder in operations:
        for name in ["ops.mlir"] + has_folder * ["canonicalize.mlir"]:
            if f"qml.{mnemonic} " not in (tests / name).read_text(encoding="utf-8"):
                print(f"qml.{mnemonic} has no test in {tests / name}")
                missing += 1
    print(f"{len(operations)} operations")
    return constraints != labels or missing > 0


if __name__ == "__main__":
    sys.exit(main())
