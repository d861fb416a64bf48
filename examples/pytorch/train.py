#!/usr/bin/env python3
# ===- train.py - Train and export the PyTorch example ---------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Trains a small residual network on the 1,797 digits of 8 x 8 pixels that the package
scikit-learn ships: 1,297 to train with, 500 to evaluate, and exports it as torch.onnx does.

Writes into the current folder:
  model.onnx        the float network: images (samples, 1, 8, 8) of 0 to 1 in, logits out
  calibration.npy   the first 512 training images
  evaluation.npz    the 500 images that training has not seen (x) and their digits (y)

Setup: pip install torch onnx onnxscript scikit-learn
"""
import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits
from torch import nn

EPOCHS = 40
BATCH = 64
TRAINING_IMAGES = 1297
CALIBRATION_IMAGES = 512


class Residual(nn.Module):
    """x plus two convolutions of it, a depthwise and a pointwise one."""

    def __init__(self, channels):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = nn.functional.relu6(self.norm1(self.depthwise(x)))
        return nn.functional.relu(x + self.norm2(self.pointwise(y)))


class Digits(nn.Module):
    """The network."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1, bias=False),
                                  nn.BatchNorm2d(16), nn.ReLU())
        self.down = nn.Sequential(nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False),
                                  nn.BatchNorm2d(32), nn.ReLU())
        self.block = Residual(32)
        self.head = nn.Sequential(nn.Conv2d(32, 48, 3, padding=1, bias=False),
                                  nn.BatchNorm2d(48), nn.ReLU())
        self.classifier = nn.Linear(48, 10)

    def forward(self, x):
        x = self.head(self.block(self.down(self.stem(x))))
        return self.classifier(x.mean([2, 3]))


def load_images():
    """All images (float, 1 x 8 x 8) and labels, in a fixed random order."""
    digits = load_digits()
    order = np.random.RandomState(0).permutation(len(digits.target))
    images = (digits.images[order] / 16).astype(np.float32)
    return images.reshape(-1, 1, 8, 8), digits.target[order].astype(np.int64)


def train(model, images, labels):
    """Trains with images that are moved by up to a pixel."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=1e-3)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    model.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(BATCH):
            padded = nn.functional.pad(images[batch], (1, 1, 1, 1))
            x, y = torch.randint(3, (2,)).tolist()
            loss = nn.functional.cross_entropy(model(padded[:, :, y:y + 8, x:x + 8]),
                                               labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


def export(model):
    """As anyone would, in one file; without the paths of this machine that the exporter adds."""
    torch.onnx.export(model, torch.zeros(2, 1, 8, 8), "model.onnx", input_names=["image"],
                      output_names=["logits"], external_data=False,
                      dynamic_shapes=({0: torch.export.Dim("batch")},))
    file = onnx.load("model.onnx")
    for node in file.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key.endswith(".name_scopes")]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for value in (*file.graph.input, *file.graph.output, *file.graph.value_info,
                  *file.graph.initializer):
        del value.metadata_props[:]
    onnx.save(file, "model.onnx")


def main():
    torch.manual_seed(0)
    images, labels = load_images()
    model = Digits()
    train(model, torch.from_numpy(images[:TRAINING_IMAGES]),
          torch.from_numpy(labels[:TRAINING_IMAGES]))
    x, y = images[TRAINING_IMAGES:], labels[TRAINING_IMAGES:]
    with torch.no_grad():
        found = model(torch.from_numpy(x)).argmax(1).numpy()
    print(f"{np.mean(found == y):.1%} of {len(y)} images right")
    export(model)
    np.save("calibration.npy", images[:CALIBRATION_IMAGES])
    np.savez_compressed("evaluation.npz", x=x, y=y.astype(np.uint8))


if __name__ == "__main__":
    main()
