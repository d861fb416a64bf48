# ===- sequences.py - Arrays of sequences ----------------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Of an .npy file of steps, or an .npz file of results; needs Python alone.

  sequences.py split STEPS.npy COUNT   writes part0.npy, part1.npy, ... and sequences.npy, all of them in one
  sequences.py check SEQUENCES.npz PART.npz ...   fails unless the arrays of the first are those of the others
  sequences.py noise FILE.json:KEY.KEY FILE.json:KEY.KEY   fails unless two reports say the same noise
"""
import ast
import json
import struct
import sys
import zipfile


def read(data):
    """Type, shape and bytes of an array."""
    size, = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10:10 + size].decode())
    return header["descr"], header["shape"], data[10 + size:]


def write(path, kind, shape, data):
    """Writes an .npy file."""
    header = str({"descr": kind, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def split(path, count):
    """Writes the parts, and all of them as sequences."""
    with open(path, "rb") as file:
        kind, shape, data = read(file.read())
    steps, size = shape[0] // count, len(data) // count
    for i in range(count):
        write(f"part{i}.npy", kind, (steps, *shape[1:]), data[i * size:(i + 1) * size])
    write("sequences.npy", kind, (count, steps, *shape[1:]), data)


def arrays(path):
    """Shape and bytes of the arrays in an .npz file, by names."""
    with zipfile.ZipFile(path) as file:
        return {name: read(file.read(name))[1:] for name in file.namelist()}


def check(whole, parts):
    """Compares results."""
    parts = [arrays(part) for part in parts]
    for name, (shape, data) in arrays(whole).items():
        if shape != (len(parts), *parts[0][name][0]):
            sys.exit(f"{name}: shape {shape}, {len(parts)} parts of {parts[0][name][0]}")
        if data != b"".join(part[name][1] for part in parts):
            sys.exit(f"{name}: values differ")
        print(f"{name}: {shape}, equal")


def noise(first, second):
    """Compares the noise that two reports say: FILE.json:key.key."""
    decibels = []
    for path, keys in (name.split(":") for name in (first, second)):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        for key in keys.split("."):
            found = found[key]
        decibels.append(found["db"])
    if abs(decibels[0] - decibels[1]) > 1e-3:
        sys.exit(f"{first}: {decibels[0]} dB, {second}: {decibels[1]} dB")
    print(f"{decibels[0]:.3f} dB, equal")


if sys.argv[1] == "split":
    split(sys.argv[2], int(sys.argv[3]))
elif sys.argv[1] == "noise":
    noise(sys.argv[2], sys.argv[3])
else:
    check(sys.argv[2], sys.argv[3:])
