#!/usr/bin/env python3
# ===- make-expanding.py - Small files of much -----------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes files that unpack to far more than their size into the current folder.

    make-expanding.py MODEL.keras
"""

import pathlib
import sys
import zipfile

MIB = 1 << 20


def main():
    with zipfile.ZipFile(sys.argv[1]) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def write(name, changed, parts):
        """The model with a member of these parts, deflated."""
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                if member != changed:
                    archive.writestr(member, data)
            with archive.open(changed, "w") as file:
                for part in parts:
                    file.write(part)

    write("text.keras", "config.json",
          [b"[" + b" " * MIB] + [b" " * MIB] * 60 + [b"]"])
    write("weights.keras", "model.weights.h5",
          [members["model.weights.h5"]] + [bytes(MIB)] * 320)
    pathlib.Path("layers.json").write_text(
        "{" + ", ".join(f'"l{i}": {{}}' for i in range(400000)) + "}")


if __name__ == "__main__":
    main()
