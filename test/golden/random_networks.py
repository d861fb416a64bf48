#!/usr/bin/env python3
# ===- random_networks.py - Draw small networks for the reference ---------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws small float Keras networks with quantization parameters, runs the reference on them and
writes each as a case in the form of make_golden.py.

Networks have 2 to 30 layers of all kinds that the reference quantizes: drawn_layers.py draws single
ones, drawn_blocks.py blocks of branches, drawn_parameters.py what they are quantized with.

A seed always gives the same network. A draw is given up, and drawn again, when the reference
raises an error, leaves a layer in float, or when a sum of products could pass 2^24: beyond that
the reference, which adds integers in float32, is not exact itself.

Usage (in an environment made by scripts/reference):
  random_networks.py SEED... -o FOLDER          one case FOLDER/random_<seed> for each seed
  random_networks.py --range 0 40 -o FOLDER     the same for the seeds 0 to 39
  random_networks.py --frames SEED... -o FOLDER networks whose samples are frames of one sequence,
                                                as FOLDER/frames_<seed>
  random_networks.py --steps SEED... -o FOLDER  networks whose samples are sequences, and that have
                                                a state, as FOLDER/steps_<seed>

Most of the time goes into draws that are given up. `--draws=FILE` names a JSON file that says which
draw of a seed is used: {"100": 2}. The draws before it are then left out; where it can't be used
itself, those after it are tried. drawn_networks.json is for the seeds that the tests use.
"""
import argparse
import collections
import json
import sys
import time
import warnings
from pathlib import Path

import make_golden  # first, since it says how TensorFlow starts
import numpy as np
import tf_keras as keras
from drawn_blocks import draw_images, draw_vectors
from drawn_frames import draw_frames
from drawn_network import Network
from drawn_parameters import (draw_arguments, draw_inputs, draw_rescaling, draw_samples,
                             edit_configuration)
from drawn_steps import draw_steps
from exact_sums import is_exact, wrong_products

MAX_DRAWS = 60


class Dropped(Exception):
    """A drawn network that is of no use; the message is the reason."""


def draw_sequences(rng):
    """As draw(), networks with a state."""
    dtype = str(rng.choice(["float32", "float32", "int8", "int16"]))
    shape = (int(rng.choice([4, 6, 8, 12])), int(rng.integers(1, 5)))
    count = int(rng.choice([4, 6, 8]))
    arguments = draw_arguments(rng, dtype, count)
    arguments.update(num_samples=count, batch_size=count, epochs=1)
    qparams = arguments["qparams"]
    if qparams.get("input_dtype", "uint8") == "uint8":
        qparams["input_dtype"] = "int8" if dtype == "float32" else dtype
    net = Network(rng, shape, dtype, batch=count)
    net.features.add(dtype)
    x = net.image if dtype == "float32" else draw_rescaling(net, net.image, dtype)
    outputs = draw_steps(net, x, size=int(rng.choice([4, 5, 8, 12])))
    samples = draw_samples(rng, shape, dtype, True, count)
    return net, outputs, samples, draw_inputs(rng, samples, count), arguments


def draw(rng, kind):
    """Draws a network on "images", "frames" or "steps"; returns (network, output tensors, samples,
    inputs, arguments)."""
    if kind == "steps":
        return draw_sequences(rng)
    over_time = kind == "frames"
    dtype = str(rng.choice(["uint8", "uint8", "float32", "float32", "int8", "int16"]))
    is_vector = not over_time and rng.random() < .04
    sides = rng.choice([8, 12]) * np.ones(2, int) if rng.random() < .3 else rng.integers(7, 14, 2)
    shape = (int(rng.integers(8, 24)),) if is_vector else (
        int(sides[0]), int(sides[1]), int(rng.choice([1, 2, 3, 3, 4])))
    count = int(rng.choice([12, 20, 24]))
    arguments = draw_arguments(rng, dtype, count)
    if over_time:
        arguments.update(batch_size=1, epochs=1)
    signed = arguments["qparams"].get("input_dtype", "uint8") != "uint8"

    net = Network(rng, shape, dtype)
    net.table_rate = rng.choice([0, 0, .2, .6])
    net.features.add(dtype)
    x = net.image
    # TensorFlow's layers take no integers: a Rescaling makes floats of them.
    rescales = dtype != "float32" or rng.random() < .3
    if rescales:
        x = draw_rescaling(net, x, dtype)
    if is_vector:
        outputs = draw_vectors(net, x)
    else:
        size = int(rng.choice([2, 3, 4, 4, 6, 6, 8, 8, 12, 20]))
        draw_network = draw_frames if over_time else draw_images
        outputs = draw_network(net, x, size, takes_scale=rescales or not signed)
    samples = draw_samples(rng, shape, dtype, signed, count)
    return net, outputs, samples, draw_inputs(rng, samples, 6 if over_time else 3), arguments


def run(net, outputs, samples, inputs, arguments, form):
    """Runs the reference on a drawn network; raises Dropped where that gives no case."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = make_golden.run_reference(net.model(outputs, form), samples, inputs,
                                                arguments)
    except Exception as error:
        reason = str(error).strip().split("\n")
        raise Dropped(f"{type(error).__name__}: {(reason[0] or reason[-1])[:150]}") from error
    store, config, _, quantized = results
    for layer in quantized.layers:
        # A layer that was not quantized shows as a dequantizer in front of it.
        if layer.name.endswith("/dequantizer"):
            reader = layer.outbound_nodes[0].layer if layer.outbound_nodes else layer
            raise Dropped(f"{type(reader).__name__} left in float")
    if not is_exact(quantized, store, inputs):
        raise Dropped("sums beyond 2^24")
    if wrong_products(quantized, store, inputs):
        raise Dropped("a product of TensorFlow is wrong")
    if not config or not all(np.all(np.isfinite(array)) for array in store.values()):
        raise Dropped("nothing quantized, or not finite")
    return results


def make_case(seed, folder, first=0, kind="images"):
    """Draws, from the draw `first` on, until a network can be used, and writes it as a case.

    Returns (draw, features, reasons for which draws were given up).
    """
    reasons = []
    for attempt in range(first, first + MAX_DRAWS):
        keras.backend.clear_session()  # inserted layers are named as in a fresh process
        rng = np.random.default_rng([seed, attempt])
        net, outputs, samples, inputs, arguments = draw(rng, kind)
        if not 2 <= len(net.steps) <= 30:
            continue
        forms = ["functional", "functional", "nested"]
        if net.is_chain():
            forms += ["sequential", "sequential"]
        # Of states the reference rebuilds the model for other batches, which it must not be in.
        form = "functional" if kind == "steps" else str(rng.choice(forms))
        net.features.add(form)
        try:
            results = run(net, outputs, samples, inputs, arguments, form)
            if rng.random() < .25:
                arguments["q_config"] = edit_configuration(rng, results[1])
                net.features.add("q_config")
                keras.backend.clear_session()
                results = run(net, outputs, samples, inputs, arguments, form)
        except Dropped as drop:
            reasons.append(str(drop))
            continue
        if arguments["qparams"].get("per_tensor_activations"):
            net.features.add("per-tensor")
        if any("identity" in name for name in results[1]):
            net.features.add("identity-conv")
        make_golden.write_case(folder, net.model(outputs, form), samples, inputs, arguments,
                               results)
        return attempt, sorted(net.features), reasons
    raise Dropped(f"no usable network in {MAX_DRAWS} draws of seed {seed}")


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Draw random networks, run the reference.")
    parser.add_argument("seeds", nargs="*", type=int, metavar="SEED")
    parser.add_argument("--range", nargs=2, type=int, metavar=("FIRST", "END"))
    parser.add_argument("--frames", dest="kind", action="store_const", const="frames",
                        default="images", help="networks with a memory")
    parser.add_argument("--steps", dest="kind", action="store_const", const="steps",
                        help="networks with a state")
    parser.add_argument("--draws", metavar="FILE", help="which draw of a seed is used")
    parser.add_argument("-o", "--output", required=True, help="folder of the cases")
    options = parser.parse_args()
    draws = json.loads(Path(options.draws).read_text()) if options.draws else {}
    seeds = options.seeds + (list(range(*options.range)) if options.range else [])
    dropped = collections.Counter()
    for seed in seeds:
        start = time.monotonic()
        name = f"{'random' if options.kind == 'images' else options.kind}_{seed:02d}"
        used, features, reasons = make_case(seed, Path(options.output) / name,
                                            draws.get(str(seed), 0), options.kind)
        dropped.update(reasons)
        print(f"{name}: draw {used}, {time.monotonic() - start:.0f} s, {len(reasons)} dropped: "
              + " ".join(features), flush=True)
        for reason in reasons:
            print(f"    {reason}", flush=True)
    print(f"{len(seeds)} cases, {sum(dropped.values())} networks dropped")
    for reason, count in dropped.most_common():
        print(f"{count:5d}  {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
