#!/usr/bin/env python3
# ===- make-arrays.py - Arrays for the tests of tools ----------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes samples, labels and ranges for the models beside it into a folder,
sound ones and wrong ones. Needs the standard library alone.

    make-arrays.py FOLDER
"""

import pathlib
import random
import struct
import sys
import zipfile

CODES = {"bool": ("|b1", "?"), "uint8": ("|u1", "B"), "int8": ("|i1", "b"),
         "int16": ("<i2", "h"), "int32": ("<i4", "i"), "int64": ("<i8", "q"),
         "float16": ("<f2", "e"), "float32": ("<f4", "f"),
         "float64": ("<f8", "d")}
IMAGES = (8, 4, 4, 2)
COUNT = 8 * 4 * 4 * 2


def npy(dtype, shape, values):
    """The bytes of a .npy file."""
    descr, code = CODES[dtype]
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header = text.encode().ljust(117) + b"\n"
    return (b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header +
            struct.pack(f"<{len(values)}{code}", *values))


def images(dtype, first=None):
    """Eight samples of values from 0 to 100, or of 0 and 1."""
    draw = random.Random(1)
    values = [draw.randrange(2 if dtype == "bool" else 101)
              for _ in range(COUNT)]
    if first is not None:
        values[0] = first
    return npy(dtype, IMAGES, values)


def archive(path, **arrays):
    """A .npz file; '__' stands for '/' in a key."""
    with zipfile.ZipFile(path, "w") as file:
        for key, data in arrays.items():
            file.writestr(key.replace("__", "/") + ".npy", data)


def floats(*values):
    """A vector of float32."""
    return npy("float32", (len(values),), values)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)

    def save(name, data):
        (folder / (name + ".npy")).write_bytes(data)

    for dtype in CODES:
        save(dtype, images(dtype))
    save("negative", images("int16", -1))
    save("large", images("int32", 256))
    save("fraction", images("float32", 0.5))
    save("long", images("int64", 2**53 + 1))
    save("nan", images("float32", float("nan")))
    save("infinite", images("float64", float("-inf")))
    save("huge", images("float64", 1e300))
    save("empty", npy("float32", (0, 4, 4, 2), []))
    save("scalar", npy("float32", (), [1.0]))
    save("same", npy("float32", IMAGES, list(range(32)) * 8))
    save("blank", npy("float32", IMAGES, [0.0] * COUNT))
    save("wide", npy("float32", (4, 4, 4, 4), [0.0] * 256))
    save("flat", npy("float32", (8, 32), [0.0] * 256))

    x = images("uint8")
    labels = [0, 1, 2, 3, 0, 1, 2, 3]
    archive(folder / "data.npz", x=x, y=npy("int64", (8,), labels),
            short=npy("int64", (7,), labels[1:]),
            unknown=npy("uint8", (8,), labels[1:] + [4]),
            negative=npy("int8", (8,), labels[1:] + [-1]),
            real=npy("float32", (8,), labels))

    archive(folder / "only.npz", samples=x)

    # Ranges of small.h5: the input has 2 channels, the ReLU has 3.
    low, high = floats(-1.0, -0.5), floats(1.0, 2.0)
    archive(folder / "ranges.npz", observed__input_quantizer=high,
            observed_min__input_quantizer=low, observed__relu=floats(4, 5, 6),
            observed__other_layer=floats(1), out__relu=floats(1))
    archive(folder / "missing.npz", observed__input_quantizer=high,
            observed_min__input_quantizer=low)
    archive(folder / "no-minimum.npz", observed__input_quantizer=high,
            observed__relu=floats(4, 5, 6))
    archive(folder / "several.npz", observed__input_quantizer=floats(1, 2, 3),
            observed_min__input_quantizer=low,
            observed__relu=floats(4, float("nan"), 6))
    archive(folder / "negative.npz", observed__input_quantizer=high,
            observed_min__input_quantizer=low, observed__relu=floats(4, -5, 6))
    archive(folder / "reversed.npz", observed__input_quantizer=high,
            observed_min__input_quantizer=floats(-1, 3),
            observed__relu=floats(4, 5, 6))
    archive(folder / "integers.npz", observed__input_quantizer=high,
            observed_min__input_quantizer=low,
            observed__relu=npy("int32", (3,), [4, 5, 6]))


if __name__ == "__main__":
    main()
