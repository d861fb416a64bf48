#!/usr/bin/env python3
# ===- peers.py - The same jobs with PyTorch ------------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""What PyTorch reaches on the same GPU, as JSON on the standard output.

The networks are those of benchmarks/networks.cpp, batch normalizations folded, but for weights;
eager, channels last, with the implementations that cudnn.benchmark finds by trying. Samples lie on
the GPU as floats before the clock runs. Observers are PyTorch's own, on the same tensors.
"""
import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

MEBIBYTE = 1 << 20


def find_observers():
    """PyTorch's observers, by tensor and by channel; or what they do, written again."""
    try:
        from torch.ao.quantization.observer import (MinMaxObserver,
                                                    PerChannelMinMaxObserver)
        return (MinMaxObserver, lambda: PerChannelMinMaxObserver(ch_axis=1),
                "torch.ao.quantization")
    except ImportError:
        return Rewritten, lambda: Rewritten(1), "rewritten from torch.ao.quantization"


class Rewritten(nn.Module):
    """The observers of releases that had them."""

    def __init__(self, axis=None):
        super().__init__()
        self.axis = axis
        self.register_buffer("min_val", torch.tensor([]))
        self.register_buffer("max_val", torch.tensor([]))

    def forward(self, x):
        """Takes note of the values."""
        x = x.detach()
        if self.axis is None:
            low, high = torch.aminmax(x)
        else:
            order = list(range(x.dim()))
            order[self.axis], order[0] = 0, self.axis
            low, high = torch.aminmax(torch.flatten(x.permute(order), start_dim=1), dim=1)
        if self.min_val.numel():
            low, high = torch.min(low, self.min_val), torch.max(high, self.max_val)
        self.min_val, self.max_val = low, high


class Amax(nn.Module):
    """The shortest that observes |x| with PyTorch."""

    def __init__(self, axis=None):
        super().__init__()
        self.axis = axis
        self.most = None

    def forward(self, x):
        """Takes note of the values."""
        dims = [i for i in range(x.dim()) if i != self.axis] if self.axis else None
        most = torch.linalg.vector_norm(x, float("inf"), dim=dims)
        self.most = most if self.most is None else torch.maximum(self.most, most)


class Tap(nn.Module):
    """A tensor that is observed, if there is an observer."""

    def __init__(self, by_channel=True):
        super().__init__()
        self.by_channel = by_channel
        self.observer = None

    def forward(self, x):
        """Hands the tensor on."""
        if self.observer is not None:
            self.observer(x)
        return x


class Block(nn.Module):
    """A convolution, a ReLU unless `most` is None, and a tap."""

    def __init__(self, inputs, outputs, kernel, strides=1, padding=0, groups=1, most=float("inf")):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, strides, padding, groups=groups)
        self.most = most
        self.tap = Tap()

    def forward(self, x):
        """One layer."""
        x = self.convolution(x)
        if self.most == float("inf"):
            x = functional.relu_(x)
        elif self.most is not None:
            x = functional.hardtanh_(x, 0., self.most)
        return self.tap(x)


class Bottleneck(nn.Module):
    """A block of ResNet50 (version 1): strides in the first convolution."""

    def __init__(self, inputs, filters, strides, has_shortcut):
        super().__init__()
        self.first = Block(inputs, filters, 1, strides)
        self.second = Block(filters, filters, 3, 1, 1)
        self.third = Block(filters, 4 * filters, 1, most=None)
        self.shortcut = (Block(inputs, 4 * filters, 1, strides, most=None) if has_shortcut
                         else nn.Identity())
        self.tap = Tap()

    def forward(self, x):
        """The sum of both ways."""
        return self.tap(functional.relu_(self.third(self.second(self.first(x)))
                                         + self.shortcut(x)))


class Classifier(nn.Module):
    """The mean of each channel, and the logits."""

    def __init__(self, channels):
        super().__init__()
        self.mean_tap, self.logits_tap = Tap(False), Tap(False)
        self.dense = nn.Linear(channels, 1000)

    def forward(self, x):
        """From an image to logits."""
        return self.logits_tap(self.dense(self.mean_tap(x.mean(dim=(2, 3)))))


class ResNet50(nn.Sequential):
    """Version 1, as Keras has it."""

    def __init__(self):
        layers = [Tap(), Block(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1)]
        inputs = 64
        for stage, blocks in enumerate((3, 4, 6, 3)):
            filters = 64 << stage
            for i in range(blocks):
                strides = 2 if stage and not i else 1
                layers.append(Bottleneck(inputs, filters, strides, not i))
                inputs = 4 * filters
        super().__init__(*layers, Classifier(inputs))


class MobileNet(nn.Sequential):
    """Version 1; pads of strided convolutions are even here, which spares PyTorch a pass."""

    def __init__(self):
        layers = [Tap(), Block(3, 32, 3, 2, 1, most=6.)]
        inputs = 32
        for i, outputs in enumerate((64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024,
                                     1024)):
            strides = 2 if i in (1, 3, 5, 11) else 1
            layers.append(Block(inputs, inputs, 3, strides, 1, inputs, most=6.))
            layers.append(Block(inputs, outputs, 1, most=6.))
            inputs = outputs
        super().__init__(*layers, Classifier(inputs))


NETWORKS = {"resnet50": ResNet50, "mobilenet": MobileNet}


def initialize(network):
    """He's initialization, small where sums would grow."""
    torch.manual_seed(1)
    for name, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.normal_(module.bias, std=.14)
            with torch.no_grad():
                if ".third." in name:
                    module.weight *= .25
                elif ".shortcut." in name:
                    module.weight *= .7
    return network


def observe_by(network, by_tensor, by_channel):
    """Gives each tap an observer, made by one of the functions; None removes them."""
    for tap in network.modules():
        if isinstance(tap, Tap):
            make = by_channel if tap.by_channel else by_tensor
            tap.observer = make().cuda() if make else None


def seconds_of(job, least):
    """Seconds of one call: for several runs of at least `least` seconds together."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def once(calls):
        begin.record()
        for _ in range(calls):
            job()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1000 / calls

    once(3)  # chooses implementations, and warms up
    calls = max(1, int(least / 5 / max(once(2), 1e-6)))
    return [once(calls) for _ in range(5)]


def set_tf32(allowed):
    """Whether products may round their operands."""
    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cuda.matmul.allow_tf32 = allowed


def precision_of_convolution():
    """The error of one convolution, relative to its largest result: whether TF32 is used."""
    x = torch.randn(4, 256, 14, 14, device="cuda")
    kernel = torch.randn(64, 256, 3, 3, device="cuda")
    exact = functional.conv2d(x.double(), kernel.double())
    return float((functional.conv2d(x, kernel).double() - exact).abs().max() / exact.abs().max())


def measure_network(name, tf32, options):
    """Samples per second of a network: alone, with observers, with the shortest ones."""
    set_tf32(tf32)
    network = initialize(NETWORKS[name]()).eval().cuda().to(memory_format=torch.channels_last)
    samples = torch.rand(options.batch_size, 3, options.size, options.size, device="cuda") * 2 - 1
    samples = samples.to(memory_format=torch.channels_last)
    by_tensor, by_channel, origin = find_observers()
    result = {"network": name, "tf32": tf32, "observers": origin,
              "error": precision_of_convolution()}
    for how, makers in (("forward", (None, None)), ("observed", (by_tensor, by_channel)),
                        ("amax", (Amax, lambda: Amax(1)))):
        try:
            observe_by(network, *makers)
            with torch.inference_mode():
                seconds = seconds_of(lambda: network(samples), options.seconds)
            result[how] = [options.batch_size / each for each in seconds]
        except Exception as error:  # whatever it is, the rest is still measured
            result[how + "_failed"] = f"{type(error).__name__}: {str(error).splitlines()[:1]}"
    return result


def measure_reductions(options):
    """Bytes per second of range reductions, around in memory that no cache holds."""
    arena = torch.rand(512 * MEBIBYTE, device="cuda") * 2 - 1
    results = []
    for size in options.sizes:
        elements = size * MEBIBYTE // 4
        slots = min(max(256 // size, 2), 2048 // size)
        for channels in [0, *options.channels]:
            rows = elements // max(channels, 1)
            count = rows * max(channels, 1)
            tensors = []
            for i in range(slots):
                flat = arena[i * elements:i * elements + count]
                tensors.append(flat.view(rows, channels) if channels else flat)
            dim = 0 if channels else None
            jobs = {"amax": lambda x, dim=dim: torch.amax(x.abs(), dim) if dim is not None
                    else torch.amax(x.abs()),
                    "norm": lambda x, dim=dim: torch.linalg.vector_norm(x, float("inf"), dim=dim),
                    "aminmax": lambda x, dim=dim: torch.aminmax(x, dim=dim)}
            for how, job in jobs.items():

                def around(job=job, tensors=tensors):
                    for tensor in tensors:
                        job(tensor)

                seconds = statistics.median(seconds_of(around, options.seconds / 20)) / slots
                results.append({"bytes": size * MEBIBYTE, "channels": channels, "how": how,
                                "rate": 4 * count / seconds})
    return results


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Do the same jobs with PyTorch.")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("networks", "reductions"))
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("error: PyTorch finds no GPU", file=sys.stderr)
        return 1
    options.seconds = .4 if options.quick else 1.
    options.sizes = (1, 64, 1024) if options.quick else (1, 16, 64, 256, 1024)
    options.channels = ((3, 64, 255, 1024) if options.quick
                        else (1, 3, 32, 64, 255, 256, 1000, 1024, 2048, 4096))
    torch.backends.cudnn.benchmark = True
    result = {"torch": torch.__version__, "cuda": torch.version.cuda,
              "cudnn": torch.backends.cudnn.version(), "device": torch.cuda.get_device_name(0),
              "networks": [], "reductions": [], "failures": []}

    def attempt(what, job):
        start = time.perf_counter()
        try:
            return job()
        except Exception as error:  # whatever it is, the rest is still measured
            result["failures"].append(f"{what}: {type(error).__name__}: "
                                      f"{str(error).splitlines()[:1]}")
            return []
        finally:
            torch.cuda.empty_cache()
            print(f"{what}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)

    if options.only != "reductions":
        for name in NETWORKS:
            for tf32 in (False, True):
                found = attempt(f"{name}{', TF32' if tf32 else ''}",
                                lambda name=name, tf32=tf32: measure_network(name, tf32, options))
                if found:
                    result["networks"].append(found)
    if options.only != "networks":
        result["reductions"] = attempt("reductions", lambda: measure_reductions(options))
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
