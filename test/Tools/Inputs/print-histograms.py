#!/usr/bin/env python3
# ===- print-histograms.py - What --dump-histograms has written ------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Prints the arrays of a file of histograms in their order, of counts those
that are not zero. Needs the standard library alone.

    print-histograms.py FILE.npz
"""

import ast
import struct
import sys
import zipfile

CODES = {"<u8": "Q", "<f4": "f", "|u1": "B"}


def read(data):
    """The type, the shape and the values of a .npy file."""
    length, = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10:10 + length].decode())
    assert not header["fortran_order"]
    code = CODES[header["descr"]]
    values = [value for value, in struct.iter_unpack("<" + code,
                                                     data[10 + length:])]
    return header["descr"], header["shape"], values


def main():
    with zipfile.ZipFile(sys.argv[1]) as file:
        for name in file.namelist():
            dtype, shape, values = read(file.read(name))
            print(name.removesuffix(".npy"), dtype, shape, end="")
            if name == "arithmetic.npy":
                print(":", bytes(values).decode())
                continue
            if not name.startswith("histogram/"):
                print(":", *values)
                continue
            print()
            for first in range(0, len(values), 2048):
                bins = values[first:first + 2048]
                print(f"  total {sum(bins)}:",
                      *(f"{i}={n}" for i, n in enumerate(bins) if n))


if __name__ == "__main__":
    main()
