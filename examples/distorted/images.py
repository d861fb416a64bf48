#!/usr/bin/env python3
# ===- images.py - Make the distorted digits of this example --------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Turns, scales, shears, moves, dims and stains the digits of examples/mnist, and writes into the
folder that is named (default: the current one):
  calibration.npy   1,024 images of digits that training has seen, distorted anew
  evaluation.npz    4,000 images (x) of 1,000 digits that it has not seen, and which they are (y)

Needs numpy. The images are not kept in the repository since noise can't be compressed.
"""
import sys
from pathlib import Path

import numpy as np

DIGITS = Path(__file__).resolve().parent.parent / "mnist"
TRAINING_SEED, CALIBRATION_SEED, EVALUATION_SEED = 5, 6, 7
SIDE = 28


def moved(image, draw):
    """The image as float64 [28, 28] under a random affine map, between pixels bilinear, outside 0."""
    angle, size, shear = draw.uniform(-.8, .8), draw.uniform(.7, 1.4), draw.uniform(-.25, .25)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    center = (SIDE - 1) / 2
    cells = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")) - center
    matrix = turn @ np.array([[1, shear], [0, 1]]) * size
    places = np.einsum("ij,jhw->ihw", matrix, cells) + center
    places -= (matrix @ draw.uniform(-4, 4, 2))[:, None, None]
    wide = np.zeros((SIDE + 3, SIDE + 3))
    wide[1:SIDE + 1, 1:SIDE + 1] = image
    row, column = np.clip(places + 1, 0, SIDE + 1)
    i, j = row.astype(int), column.astype(int)
    y, x = row - i, column - j
    return ((1 - y) * ((1 - x) * wide[i, j] + x * wide[i, j + 1]) +
            y * ((1 - x) * wide[i + 1, j] + x * wide[i + 1, j + 1]))


def distorted(digits, seed):
    """The digits (uint8 [n, 28, 28, 1]), each of them distorted by itself, in the same form."""
    draw = np.random.RandomState(seed)
    result = np.empty_like(digits)
    for digit, place in zip(digits, result):
        image = moved(digit[..., 0], draw) * draw.uniform(.4, 1) + draw.uniform(0, 60)
        image += draw.normal(0, 1, image.shape) * draw.uniform(5, 45)
        i, j = draw.randint(0, SIDE - 6, 2)
        image[i:i + 7, j:j + 7] = draw.uniform(0, 255)
        place[..., 0] = np.clip(image, 0, 255)
    return result


def calibration():
    """The images to calibrate with."""
    return distorted(np.load(DIGITS / "calibration.npy"), CALIBRATION_SEED)


def evaluation(copies=4):
    """Images and labels to evaluate with."""
    held_out = np.load(DIGITS / "evaluation.npz")
    return (distorted(np.concatenate([held_out["x"]] * copies), EVALUATION_SEED),
            np.concatenate([held_out["y"]] * copies))


def main():
    """Writes the files."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    np.save(folder / "calibration.npy", calibration())
    images, labels = evaluation()
    np.savez(folder / "evaluation.npz", x=images, y=labels)


if __name__ == "__main__":
    main()
