"""make-smooth-images.py FILE: 64 images of 64x64 cells of float32, 8x8 uniform
noise in [-1, 1], each cell enlarged 8 times."""

import random
import struct
import sys

random.seed(0)
values = []
for _ in range(64):
    cells = [[random.uniform(-1, 1) for _ in range(8)] for _ in range(8)]
    values += [cells[y // 8][x // 8] for y in range(64) for x in range(64)]
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 64, 64, 1), }"
header += " " * (63 - (10 + len(header)) % 64) + "\n"
with open(sys.argv[1], "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
    file.write(header.encode() + struct.pack(f"<{len(values)}f", *values))
