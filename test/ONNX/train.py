#!/usr/bin/env python3
# ===- train.py - Small trained networks as ONNX files --------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Trains seven small networks on the digits that the package scikit-learn ships, and writes
them as both exporters of torch.onnx do, for trained.py.

    train.py FOLDER

Files: NAME.dynamo.onnx and NAME.legacy.onnx, the float networks; calibration.npy, 1,024 images
of those that were trained with; test.npz, 360 images that were not (x) and their digits (y).
Needs a Python with torch, onnxscript and scikit-learn; nothing is downloaded.
"""
import argparse
import contextlib
import io
import pathlib
import sys
import warnings

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

EPOCHS = 15
BATCH = 32
TRAINING_IMAGES = 1437


def conv(inputs, outputs, activation=nn.ReLU, size=3, **options):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False, **options),
        nn.BatchNorm2d(outputs), activation())


def head(channels):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


class Residual(nn.Module):
    """The activation of x plus two convolutions of it."""

    def __init__(self, channels):
        super().__init__()
        self.first = conv(channels, channels)
        self.second = conv(channels, channels, nn.Identity)

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


def separable(inputs, outputs, stride):
    return nn.Sequential(conv(inputs, inputs, nn.ReLU6, stride=stride, groups=inputs),
                         conv(inputs, outputs, nn.ReLU6, 1))


NETWORKS = {
    "strided": lambda: nn.Sequential(
        conv(1, 16), conv(16, 32, stride=2), conv(32, 32, stride=2), head(32)),
    "residual": lambda: nn.Sequential(
        conv(1, 16), Residual(16), conv(16, 32, stride=2), Residual(32), head(32)),
    "depthwise": lambda: nn.Sequential(
        conv(1, 16, nn.ReLU6), separable(16, 32, 2), separable(32, 32, 1),
        separable(32, 48, 2), head(48)),
    "pooled": lambda: nn.Sequential(
        conv(1, 16), nn.MaxPool2d(2), conv(16, 32), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 10)),
    "swish": lambda: nn.Sequential(
        conv(1, 16, nn.SiLU), conv(16, 32, nn.Hardswish, stride=2),
        conv(32, 32, nn.SiLU, stride=2), head(32)),
    "lenet": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10),
        nn.Softmax(1)),
    "mlp": lambda: nn.Sequential(
        nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)),
}


def load_images():
    """All images (samples, 1, 16, 16) and their digits, in a fixed random order."""
    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    images = torch.tensor(digits.images[order] / 16, dtype=torch.float32)[:, None]
    images = nn.functional.interpolate(images, scale_factor=2, mode="bilinear")
    return images, torch.tensor(digits.target[order])


def train(network, images, digits):
    """Trains with images that are moved by up to two pixels."""
    # Softmax is part of the loss.
    body = network[:-1] if isinstance(network[-1], nn.Softmax) else network
    optimizer = torch.optim.AdamW(body.parameters(), lr=4e-3, weight_decay=1e-3)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(BATCH):
            moved = images[batch]
            if moved.ndim > 2:
                moved = moved.roll(torch.randint(-2, 3, (2,)).tolist(), (2, 3))
            optimizer.zero_grad()
            nn.functional.cross_entropy(body(moved), digits[batch]).backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def export(network, sample, path, legacy):
    options = {"input_names": ["x"]}
    if legacy:
        options |= {"dynamo": False, "opset_version": 17, "dynamic_axes": {"x": [0]}}
    with (warnings.catch_warnings(), torch.no_grad(),
          contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())):
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (sample,), path, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    images, digits = load_images()
    np.save(folder / "calibration.npy", images[:1024].numpy())
    np.savez(folder / "test.npz", x=images[TRAINING_IMAGES:].numpy(),
             y=digits[TRAINING_IMAGES:].numpy())
    for name, make in NETWORKS.items():
        torch.manual_seed(1)
        inputs = images.flatten(1) if name == "mlp" else images
        network = train(make(), inputs[:TRAINING_IMAGES], digits[:TRAINING_IMAGES])
        for exporter in ("dynamo", "legacy"):
            export(network, inputs[:1], folder / f"{name}.{exporter}.onnx", exporter == "legacy")
        with torch.no_grad():
            right = network(inputs[TRAINING_IMAGES:]).argmax(1) == digits[TRAINING_IMAGES:]
        print(f"{name}: {right.float().mean():.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
