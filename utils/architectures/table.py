#!/usr/bin/env python3
# ===- table.py - What becomes of architectures that people use -----------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Makes docs/Architectures.md: for each network of `architectures.py`, what qml and the reference make of it.

  table.py run FOLDER [--qml=build/bin/qml] [--only=REGEX] [--stages=make,qml,reference] [--again] [--seconds=N]
  table.py render FOLDER [-o docs/Architectures.md]
  table.py add FOLDER [-o docs/Architectures.md]

FOLDER has models, samples, and what each stage found about each network: that is not run again, without --again.
`render` writes the page anew, of all that FOLDER has. `add` writes into the page what the reference made of networks
whose row has a ? for it.
It needs a Python with tf_keras, quantizeml, cnn2snn, and for the vendor's zoo akida_models 1.14.2 (scripts/reference
--akida, then `pip install --no-deps akida_models==1.14.2`).
"""

import argparse
import functools
import json
import os
import pathlib
import re
import resource
import subprocess
import sys

import numpy as np

import worker

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STAGES = ("make", "qml", "reference")
EQUAL = 1e-4
ENOUGH = 25
# Whose rules integers follow, and how qml is told so; the last, the chip's rules without its limits, where neither
# of the others makes the network whole, and as good as it should be.
RULES = {"reference": [], "chip": ["--target=akida-2.0"],
         "arithmetic": ["--arithmetic=akida", "--split-separable-convs", "--recover=bias"]}


class Failed(Exception):
    """A command that failed, with its errors."""


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (worker.MEMORY, worker.MEMORY))


def command(options, folder, *arguments):
    """What a command says, without names of files; raises `Failed` with its errors."""
    try:
        done = subprocess.run([options.qml, *arguments], cwd=folder, capture_output=True, text=True, errors="replace",
                              timeout=options.seconds, preexec_fn=limited, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed([f"does not end within {options.seconds} s"]) from late
    lines = [re.sub(r"^(error|warning|note): (\S+\.(h5|mlirbc|mlir): )?", r"\1: ", line)
             for line in done.stderr.splitlines()]
    if done.returncode:
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        raise Failed(errors or [f"exit code {done.returncode}: {lines[-1] if lines else 'no message'}"])
    return lines


def arrays(path, outputs):
    """Results in the order of the outputs; that of an activation within a layer is named after both."""
    found = dict(np.load(path))
    if len(outputs) == 1:
        return [found["prediction"]]
    return [found.get(f"prediction/{name}", found.get(f"prediction/{name}_activ")) for name in outputs]


def results(path):
    return list(np.load(path).values())


def run_float(options, folder, outputs):
    """How far qml's float results are from Keras's, by the largest of these."""
    command(options, folder, "import", "model.h5", "-o", "model.mlirbc")
    yield {"imports": True}
    command(options, folder, "run", "model.mlirbc", inputs(folder, "evaluation"), "-o", "float.npz")
    expected = results(folder / "model_results.npz")
    largest = max(float(np.abs(values).max()) for values in expected)
    difference = max(float(np.abs(np.float64(a).ravel() - np.float64(b).ravel()).max())
                     for a, b in zip(expected, arrays(folder / "float.npz", outputs)))
    yield {"difference": difference / max(largest, 1e-30)}


def inputs(folder, kind):
    return f"{kind}.npy" if (folder / f"{kind}.npy").exists() else f"{kind}.npz"


def arguments(folder, entry, rule):
    return [*RULES[rule], f"--samples={inputs(folder, 'calibration')}", f"--input-dtype={entry.samples}"]


def unrecovered(folder, entry, rule):
    """The same without recovery, of which `qml analyze` knows nothing."""
    return [argument for argument in arguments(folder, entry, rule) if not argument.startswith("--recover")]


def quantize(options, folder, entry, outputs, rule, store):
    """Quantizes the body by a rule, strictly if that works; then noise and the chip's form."""
    common = arguments(folder, entry, rule)
    file = f"{rule}.mlirbc"
    try:
        command(options, folder, "quantize", "body.h5", *common, "--strict", "-o", file)
        store["whole"] = True
    except Failed as failed:
        store.update(whole=False, errors=failed.args[0])
        command(options, folder, "quantize", "body.h5", *common, "-o", file)
    command(options, folder, "run", file, inputs(folder, "evaluation"), "-o", "integer.npz")
    store["db"] = worker.noise(results(folder / "body_results.npz"), arrays(folder / "integer.npz", outputs))
    try:
        store["chip"] = False
        left = [line for line in command(options, folder, "convert", file, "-o", f"{rule}_chip.mlirbc")
                if "run in float" in line]
        store["chip"] = not left
        store["chip_errors"] = left
    except Failed as failed:
        store["chip_errors"] = failed.args[0]


def analyze(options, folder, entry, result):
    """Which layers hurt, by the better rule, if results are noisy."""
    rule = max(RULES, key=lambda rule: rank(result.get(rule, {})))
    store = result[rule]
    if store.get("db") is None or store["db"] >= ENOUGH:
        return
    try:
        command(options, folder, "analyze", "body.h5", *unrecovered(folder, entry, rule), "--json=analysis.json")
    except Failed as failed:
        store["hurts"] = [{"name": "-", "class": "qml analyze", "causes": failed.args[0]}]
        return
    report = load(folder / "analysis.json")
    store["hurts"] = [{"name": layer["name"], "class": layer["class"], "causes": layer["causes"],
                       "own_db": layer["own"] and layer["own"]["db"]} for layer in report["layers"][:3]]


def recover(options, folder, entry, outputs, result):
    """What `--recover=full` makes of a network that is noisy by the better rule."""
    rule = max(RULES, key=lambda rule: rank(result.get(rule, {})))
    store = result[rule]
    if store.get("db") is None or store["db"] >= ENOUGH:
        return
    try:
        command(options, folder, "quantize", "body.h5", *unrecovered(folder, entry, rule), "--recover=full",
                "-o", "recovered.mlirbc")
        command(options, folder, "run", "recovered.mlirbc", inputs(folder, "evaluation"), "-o", "integer.npz")
        store["recovered_db"] = worker.noise(results(folder / "body_results.npz"),
                                             arrays(folder / "integer.npz", outputs))
    except Failed as failed:
        store["recovery_errors"] = failed.args[0]


def rank(found):
    """Which of two rules does better: whole first, then as good as it should be, then the chip's form, then noise."""
    return (found.get("whole", False), enough(found), found.get("chip", False),
            1e9 if found.get("db", 0) is None else found.get("db", -1e9))


def enough(found):
    """Whether a network is whole, and its results are as good as they should be."""
    return bool(found.get("whole")) and (found.get("db", 0) is None or found.get("db", 0) >= ENOUGH)


def run_qml(options, folder, entry, outputs):
    """Everything of qml's about a network, as far as it comes."""
    result = {"imports": False}
    try:
        for found in run_float(options, folder, outputs):
            result.update(found)
    except Failed as failed:
        result["errors"] = failed.args[0]
        if not result["imports"]:
            return result
    for rule in RULES:
        if rule == "arithmetic" and enough(ours({"qml": result})):
            continue
        store = result[rule] = {}
        try:
            quantize(options, folder, entry, outputs, rule, store)
        except Failed as failed:
            store.setdefault("errors", []).extend(failed.args[0])
    analyze(options, folder, entry, result)
    recover(options, folder, entry, outputs, result)
    return result


def run(options):
    import architectures
    process = worker.Worker()
    for name, entry in architectures.ARCHITECTURES.items():
        if not re.search(options.only, f"{entry.group}/{name}"):
            continue
        folder = options.folder / name
        for stage in options.stages.split(","):
            path = folder / f"{stage}.json"
            if path.exists() and not options.again:
                continue
            if stage == "qml":
                made = load(folder / "make.json")
                if "outputs" not in made:
                    continue
                result = run_qml(options, folder, entry, made["outputs"])
            else:
                result = process.do(stage, name, folder, 2 * options.seconds)
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"group": entry.group, **result}, indent=1), encoding="utf-8")
            print(name, stage, json.dumps(result)[:300], flush=True)
    process.stop()


def load(path):
    """What a stage found, or nothing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def load_all(options):
    """What all stages found about all networks, by names."""
    found = {path.parent.name: {stage: load(path.with_name(f"{stage}.json")) for stage in STAGES}
             for path in sorted(options.folder.glob("*/qml.json"))}
    for result in found.values():
        if result["reference"].get("error", "").startswith("does not end"):
            result["reference"] = {}  # A limit of the run says nothing about a network.
    return {name: {"group": result["make"]["group"], **result} for name, result in found.items()}


# The table.


def sentence(errors, limit=300):
    """The first of messages as one cell, and how many there are besides."""
    if isinstance(errors, str):
        errors = [errors]
    errors = [error for error in errors if not error.startswith("layers that can be imported")]
    if not errors:
        return ""
    text = " ".join(errors[0].split()).replace("|", "\\|").replace("<", "&lt;")
    text = re.sub(r"\((\d+) layers: ([^,)]+), [^)]*\)", r"(\1 layers: \2, ...)", text)
    text = text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " ..."
    return text + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "")


def mark(value):
    return "yes" if value else "-"


def decibels(values):
    return f"{values['db']:.0f}" if values.get("db") is not None else "exact" if "db" in values else "-"


def ours(result):
    """What counts for a network: by the reference's rules, or by the chip's where these do better."""
    qml = result.get("qml", {})
    return max((qml.get(rule, {}) for rule in RULES), key=rank)


def reason(result):
    """Why a network does not come as far as the chip's form at 25 dB."""
    qml = result.get("qml", {})
    if "error" in result.get("make", {}):
        return "not made: " + sentence(result["make"]["error"])
    if not qml.get("imports"):
        return sentence(qml.get("errors", []))
    if "difference" not in qml:
        return sentence(qml["errors"])
    best = ours(result)
    parts = []
    if not best.get("whole"):
        parts.append(sentence(best.get("errors", [])))
    elif not best.get("chip"):
        parts.append("chip: " + sentence(best.get("chip_errors", [])))
    for layer in best.get("hurts", [])[:1]:
        parts.append(f"noise: {layer['name']} ({layer['class']}): " + sentence("; ".join(layer["causes"])))
    return "; ".join(part for part in parts if part)


def counts(everything):
    """Lines of the summary: what, ours, the reference's."""
    def count(test):
        return sum(bool(test(result)) for result in everything.values())

    def reference(key):
        return count(lambda result: result.get("reference", {}).get(key))

    def recovers(values):
        return enough(values) or enough({**values, "db": values.get("recovered_db", 0)})

    return [
        ("imported", count(lambda result: result.get("qml", {}).get("imports")), ""),
        ("float results equal to Keras's",
         count(lambda result: result.get("qml", {}).get("difference", 1) <= EQUAL), ""),
        ("quantized whole", count(lambda result: ours(result).get("whole")), reference("whole")),
        (f"whole, at {ENOUGH} dB or better", count(lambda result: enough(ours(result))),
         count(lambda result: enough(result.get("reference", {})))),
        ("the same, with `--recover=full` where they are worse", count(lambda result: recovers(ours(result))), ""),
        ("converted to the chip's form", count(lambda result: ours(result).get("whole") and ours(result).get("chip")),
         reference("chip"))]


# The first of the reference's columns.
REFERENCE = 6


def reference_cells(result):
    return [mark(result.get("whole")), decibels(result), mark(result.get("chip"))]


HEAD = """# Architectures

What becomes of {total} networks that people use. `utils/architectures/table.py` makes this file, and says how.

Weights are random, norms have the statistics of samples, images are small; 8 bits. *float* is the largest difference
to Keras's results, relative to the largest of these. *whole* are networks of integers alone (`--strict`); a Softmax
that ends a network, which stays in float, is left out. *dB* is signal to noise of the results against Keras's. *chip*
is the form for Akida 2.0. Two values are by the reference's rules, and by the chip's with its limits
(`--target=akida-2.0`); a third one, where neither is whole at {enough} dB, is all that a target does but for its
limits (`--arithmetic=akida --split-separable-convs --recover=bias`). The last column is about the best of them, and
*recovered* is what `--recover=full` makes of it, where it is below {enough} dB. The reference is quantizeml 1.2.5 with
cnn2snn 2.19.3; ? where it was not tried, or took too long.

"""


def render(options):
    everything = load_all(options)
    known = sum(bool(result["reference"]) for result in everything.values())
    lines = [f"| of {len(everything)} networks | qml | the reference" +
             (" |" if known == len(everything) else f", of {known} |" if known else ", not run |"), "|---|---|---|"]
    lines += [f"| {what} | {qml} | {reference if known else ''} |" for what, qml, reference in counts(everything)]
    for group in sorted({result["group"] for result in everything.values()}):
        lines += ["", f"## {group[0].upper() + group[1:] if '_' not in group else group}", "",
                  "| network | float | whole | dB | chip | recovered | reference: whole | dB | chip "
                  "| why not, and where noise is from |", "|---|---|---|---|---|---|---|---|---|---|"]
        for name, result in sorted(everything.items()):
            if result["group"] != group:
                continue
            qml, reference = result.get("qml", {}), result.get("reference", {})
            both = [qml[rule] for rule in RULES if rule in qml] or [{}]
            best = ours(result)
            cell = functools.partial(" / ".join)
            lines.append("| " + " | ".join([
                name, f"{qml['difference']:.0e}" if "difference" in qml else "imports" if qml.get("imports") else "-",
                cell(mark(values.get("whole")) for values in both), cell(decibels(values) for values in both),
                cell(mark(values.get("whole") and values.get("chip")) for values in both),
                f"{best['recovered_db']:.0f}" if "recovered_db" in best else "",
                *(reference_cells(reference) if reference else ["?"] * 3),
                reason(result)]) + " |")
    text = HEAD.format(total=len(everything), enough=ENOUGH) + "\n".join(lines) + "\n"
    options.output.write_text(text, encoding="utf-8")


def add(options):
    """Replaces the question marks of rows by what FOLDER knows of the reference, and counts them in."""
    lines = options.output.read_text(encoding="utf-8").splitlines()
    new = []
    for i, line in enumerate(lines):
        cells = line.split(" | ")
        result = load(options.folder / cells[0].removeprefix("| ") / "reference.json")
        if cells[REFERENCE:REFERENCE + 3] != ["?"] * 3 or not result or \
                result.get("error", "").startswith("does not end"):
            continue
        new.append(result)
        cells[REFERENCE:REFERENCE + 3] = reference_cells(result)
        lines[i] = " | ".join(cells)
    tests = {"quantized whole": lambda result: result.get("whole"),
             f"whole, at {ENOUGH} dB or better": enough,
             "converted to the chip's form": lambda result: result.get("chip")}
    for i, line in enumerate(lines):
        what, *counted = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if what in tests:
            found = sum(bool(tests[what](result)) for result in new)
            lines[i] = f"| {what} | {counted[0]} | {int(counted[1]) + found} |"
        # As `render` writes it.
        lines[i] = re.sub(r"(\| of \d+ networks \| qml \| the reference, of )(\d+)",
                          lambda match: match[1] + str(int(match[2]) + len(new)), lines[i])
    options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(required=True)
    job = jobs.add_parser("run")
    job.add_argument("folder", type=pathlib.Path)
    job.add_argument("--qml", type=lambda path: str(pathlib.Path(path).resolve()), default=str(ROOT / "build/bin/qml"))
    job.add_argument("--only", default="")
    job.add_argument("--stages", default=",".join(STAGES))
    job.add_argument("--again", action="store_true")
    job.add_argument("--seconds", type=int, default=120)
    job.set_defaults(function=run)
    for name, function in (("render", render), ("add", add)):
        job = jobs.add_parser(name)
        job.add_argument("folder", type=pathlib.Path)
        job.add_argument("-o", dest="output", type=pathlib.Path, default=ROOT / "docs/Architectures.md")
        job.set_defaults(function=function)
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.function(options)


if __name__ == "__main__":
    sys.exit(main())
