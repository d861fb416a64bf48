#!/usr/bin/env python3
# ===- coverage.py - Which ONNX files come in -----------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Which ONNX files of today's exporters come in, and whether they compute what
ONNX Runtime computes of them.

    coverage.py --qml build/bin/qml --dir /tmp/networks [--only REGEX]
                [--exporters dynamo,legacy] [--files FILE.onnx ...] [-j N]

Exports the networks of networks.py by both exporters of torch.onnx (what is in
the folder already stays), adds the files given, runs each by ONNX Runtime and
by `qml run`, and prints which differ by more than a tolerance of the largest
output (and by more than the runtime differs from itself), and what keeps the
others from being imported, grouped by reason; then how many of the files come
in by which the importer was planned (PLANNED in networks.py). Needs a Python
with torch, torchvision, timm, onnxscript and onnxruntime; nothing is downloaded.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np

# Of files whose images may have any size.
SHAPES = {"320n": "3,320,320", "ch_PP-OCRv4_det_infer": "3,64,64",
          "ch_PP-OCRv4_rec_infer": "3,48,128",
          "ch_ppocr_mobile_v2.0_cls_infer": "3,48,192"}


def export_networks(folder, only, exporters):
    """Files of the networks whose names fit, and the reasons of those that the
    exporter itself refuses."""
    import networks
    import torch

    files, refused = [], {}
    for name, make in sorted(networks.all_networks().items()):
        for exporter in exporters:
            path = folder / f"{name}.{exporter}.onnx"
            if not re.search(only, path.name):
                continue
            samples = path.with_suffix(".samples.npz")
            if samples.exists():
                files.append(path)
                continue
            try:
                torch.manual_seed(len(name))
                module, shapes = make()
                networks.prepare(module, shapes)
                inputs = tuple(torch.randn(1, *shape) for shape in shapes)
                options = {"input_names": ["x"]}
                if exporter == "legacy":
                    options |= {"dynamo": False, "opset_version": 17,
                                "dynamic_axes": {"x": [0]}}
                with (warnings.catch_warnings(), torch.no_grad(),
                      contextlib.redirect_stdout(io.StringIO()),
                      contextlib.redirect_stderr(io.StringIO())):
                    warnings.simplefilter("ignore")
                    torch.onnx.export(module, inputs, path, **options)
                random = np.random.default_rng(1)
                np.savez(samples, x=random.standard_normal(
                    (2, *shapes[0])).astype(np.float32))
                files.append(path)
            except Exception as error:  # Whatever an exporter throws.
                refused[path.name] = str(error).strip().splitlines()[0][:150]
    return files, refused


def make_samples(path):
    """Samples for a file from elsewhere, and the options for its import."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in constants]
    if len(inputs) != 1:
        raise ValueError(f"it has {len(inputs)} inputs")
    kind = inputs[0].type.tensor_type
    shape = [d.dim_value for d in kind.shape.dim][1:]
    options = []
    given = SHAPES.get(path.stem)
    if given:
        shape = [int(extent) for extent in given.split(",")]
        options = [f"--input-shape={given}"]
    if any(extent < 1 for extent in shape):
        raise ValueError(f"its input has the shape {shape}")
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    random = np.random.default_rng(1).random((2, *shape))
    return (random * (255 if dtype == np.uint8 else 1)).astype(dtype), options


def run_reference(path, samples):
    """Results, and how much they differ from those of another order of sums:
    deep networks of random weights amplify rounding."""
    import onnxruntime

    def run(level):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(str(path), options)
        name = session.get_inputs()[0].name
        # Files for a batch of one get their samples one by one.
        if session.get_inputs()[0].shape[0] == 1:
            runs = [session.run(None, {name: sample[None]}) for sample in samples]
            return [np.concatenate(parts) for parts in zip(*runs)]
        return session.run(None, {name: samples})

    levels = onnxruntime.GraphOptimizationLevel
    results = run(levels.ORT_ENABLE_ALL)
    other = run(levels.ORT_DISABLE_ALL)
    return results, float(max(map(difference, results, other)))


def difference(ours, theirs):
    """Relative to the largest output. QML has channels last, where it has
    channels: of a square either order may be meant."""
    if ours.size != theirs.size:
        return np.inf
    choices = [theirs] + [np.moveaxis(theirs, 1, -1)] * (theirs.ndim > 2)
    # Its Sigmoid is off by per cents where it is below 1e-6.
    scale = max(np.abs(theirs).max(), 1e-3)
    return min(np.abs(ours.reshape(choice.shape) - choice).max() / scale
               for choice in choices)


def simplify(line):
    """The operator and the part of an error that files have in common."""
    message = re.sub(r"^.*?error: (\S*\.onnx: )?", "", line)
    found = re.match(r"(?:layer '[^']*' \((.*?)\)|(\S+) \(\d+ layers: .*?\)): (.*)",
                     message)
    if found:
        message = f"{found[1] or found[2]}: {found[3]}"
    return re.sub(r"\d+(\.\d+)?", "#", message)[:170]


def check(qml, path, tolerance):
    """A dictionary of what came out: difference, errors, moves."""
    result = {"name": path.name}
    samples_path = path.with_suffix(".samples.npz")
    try:
        options = []
        if samples_path.exists():
            samples = np.load(samples_path)["x"]
        else:
            samples, options = make_samples(path)
        theirs, noise = run_reference(path, samples)
    except Exception as error:  # Whatever the runtime throws.
        result["reference"] = str(error).strip().splitlines()[0][:150]
        return result
    with tempfile.TemporaryDirectory() as folder:
        source, out = pathlib.Path(folder, "x.npz"), pathlib.Path(folder, "y.npz")
        np.savez(source, x=samples)
        run = subprocess.run(
            [qml, "run", str(path), f"{source}:x", "-o", str(out), *options],
            capture_output=True, text=True, check=False)
        lines = run.stderr.splitlines()
        moved = [line for line in lines if "in memory, which" in line]
        result["moves"] = int(re.search(r": (\d+) layers? move", moved[0])[1]
                              ) if moved else 0
        if run.returncode != 0:
            result["errors"] = [line for line in lines if "error: " in line] or [
                f"exit status {run.returncode}"]
            return result
        with np.load(out) as arrays:
            ours = [arrays[key] for key in arrays.files]
    if len(ours) != len(theirs):
        result["difference"] = float("inf")
    else:
        result["difference"] = float(max(
            difference(a, b) for a, b in zip(ours, theirs)))
    result["noise"] = noise
    result["equal"] = result["difference"] <= max(tolerance, 4 * noise)
    return result


def is_planned(name):
    """Whether a file is one of those by which the importer was planned."""
    import networks

    stem = name.removesuffix(".onnx")
    return (stem in networks.PLANNED_FILES
            or stem.rpartition(".")[0] in networks.PLANNED)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--qml", default="qml")
    parser.add_argument("--dir", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--exporters", default="dynamo,legacy")
    parser.add_argument("--files", nargs="*", default=[], type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("-j", type=int, default=1)
    arguments = parser.parse_args()
    arguments.dir.mkdir(parents=True, exist_ok=True)
    files, refused = export_networks(arguments.dir, arguments.only,
                                     [e for e in arguments.exporters.split(",") if e])
    files += [path for path in arguments.files
              if re.search(arguments.only, path.name)]
    with concurrent.futures.ThreadPoolExecutor(arguments.j) as pool:
        results = list(pool.map(
            lambda path: check(arguments.qml, path, arguments.tolerance), files))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))

    reasons = collections.defaultdict(set)
    for result in results:
        name = result["name"]
        if "reference" in result:
            refused[name] = result["reference"]
        elif "errors" in result:
            for line in result["errors"]:
                reasons[simplify(line)].add(name)
    ran = [r for r in results if "difference" in r]
    for title, rows in (
            ("files that no reference runs",
             [f"{name}: {why}" for name, why in refused.items()]),
            ("other results than the reference",
             [f"{r['name']}: {r['difference']:.2g}, the reference itself "
              f"{r['noise']:.2g}" for r in ran
              if not r["equal"]]),
            ("elements moved in memory",
             [f"{r['name']}: {r['moves']} layers" for r in ran if r["moves"]]),
            ("not imported, by reason",
             [f"{len(names):3} {why}\n      {' '.join(sorted(names))}"
              for why, names in sorted(reasons.items(),
                                       key=lambda item: -len(item[1]))])):
        print(f"{title}: {len(rows)}")
        for row in rows:
            print("  " + row)
    good = sum(r["equal"] for r in ran)
    planned = [r for r in results if is_planned(r["name"])]
    print(f"{sum(r.get('equal', False) for r in planned)} of {len(planned)} planned "
          "files imported and equal")
    print(f"{good} of {len(results)} files imported and equal")
    return 0 if good == len(ran) else 1


if __name__ == "__main__":
    sys.exit(main())
