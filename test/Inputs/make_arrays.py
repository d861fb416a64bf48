#!/usr/bin/env python3
# ===- make_arrays.py - Small .npy and .npz files for tests ----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes arrays that a test spells out; needs the standard library alone.

Usage: make_arrays.py OUT.npy ARRAY
       make_arrays.py OUT.npz NAME=ARRAY...

An ARRAY is TYPE[EXTENT,...]:VALUE,... with a type like f4 or u1; without
values all elements are zero, and a single value stands for all of them. An
empty shape, f4[]:1.5, is a scalar.
"""

import math
import re
import struct
import sys
import zipfile

CODES = {"b1": "?", "u1": "B", "u2": "H", "u4": "I", "u8": "Q", "i1": "b",
         "i2": "h", "i4": "i", "i8": "q", "f2": "e", "f4": "f", "f8": "d"}


def npy_bytes(dtype, extents, elements):
    """The bytes of a .npy file of a type of CODES."""
    order = "|" if dtype[1] == "1" else "<"
    tuple_text = "".join(f"{extent}, " for extent in extents)
    header = (f"{{'descr': '{order}{dtype}', 'fortran_order': False, "
              f"'shape': ({tuple_text}), }}")
    # The data starts at a multiple of 64.
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) +
            header.encode() +
            struct.pack(f"<{len(elements)}{CODES[dtype]}", *elements))


def make_npy(text):
    """The bytes of a .npy file, of an ARRAY."""
    match = re.fullmatch(r"([buif]\d)\[([\d,]*)\](?::(.*))?", text)
    if not match or match[1] not in CODES:
        sys.exit(f"make_arrays.py: '{text}' is no array like f4[2,3]:0,1,2,3,4,5")
    dtype, shape, values = match.groups()
    extents = [int(extent) for extent in shape.split(",") if extent]
    parse = float if dtype[0] == "f" else int
    elements = [parse(value) for value in (values or "0").split(",")]
    count = math.prod(extents)
    if len(elements) == 1:
        elements *= count
    if len(elements) != count:
        sys.exit(f"make_arrays.py: '{text}' has {len(elements)} values, not {count}")
    return npy_bytes(dtype, extents, elements)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out, arrays = sys.argv[1], sys.argv[2:]
    if not out.endswith(".npz"):
        with open(out, "wb") as file:
            file.write(make_npy(arrays[0]))
        return
    with zipfile.ZipFile(out, "w") as file:
        for array in arrays:
            name, _, text = array.partition("=")
            file.writestr(name + ".npy", make_npy(text))


if __name__ == "__main__":
    main()
