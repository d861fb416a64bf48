#!/usr/bin/env python3
# ===- report.py - Tables of what was measured on a GPU -------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Makes Markdown of what the steps of benchmarks/cuda/run have found."""
import re
import statistics

NAMES = {"resnet50": "ResNet50", "mobilenet": "MobileNet 1.0"}


def table(head, rows):
    """A Markdown table; all but the first column are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |"
                              for row in rows]) + "\n"


def number(value, digits=0):
    """With commas; '-' for none."""
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(value, other):
    """How many times `other` is in `value`."""
    return "-" if not value or not other else f"{value / other:.2f}"


def gigabytes(rate):
    """Bytes per second as GB/s."""
    return "-" if rate is None else f"{rate / 1e9:,.0f}"


def percent(value, whole):
    """One in percent of the other."""
    return "-" if not value or not whole else f"{100 * value / whole:.0f}%"


def best_and_median(rates):
    """Of samples per second."""
    return f"{max(rates):,.0f} / {statistics.median(rates):,.0f}" if rates else "-"


def merge_parts(parts):
    """Parts of the check that ran in several processes, as one each."""
    merged = {}
    for part in parts:
        known = merged.setdefault(part["part"], {
            "part": part["part"], "cases": 0, "failures": 0, "seconds": 0, "first": "",
            "figures": {}, "launches": {}, "notes": []})
        for name in ("cases", "failures"):
            known[name] += part[name]
        known["seconds"] = max(known["seconds"], part["seconds"])
        known["first"] = known["first"] or part["first"]
        for name, value in part["figures"].items():
            before = known["figures"].get(name, 0)
            # Not a number, written as null, is the worst.
            known["figures"][name] = (None if value is None or before is None
                                      else max(before, value))
        for name, value in part["launches"].items():
            known["launches"][name] = known["launches"].get(name, 0) + value
        known["notes"] += [note for note in part["notes"] if note not in known["notes"]]
    return list(merged.values())


TITLES = {"kernels": "kernels one by one, on GPU and host",
          "networks": "random float networks",
          "integers": "random integer programs",
          "references": "ResNet50 and MobileNet, 8 images, against the interpreter"}


def check_text(parts):
    """What was compared, and what differed."""
    rows = [(TITLES[part["part"]], part["cases"], sum(part["launches"].values()),
             part["failures"], f"{part['seconds']:.0f}") for part in parts]
    text = ("## Checks\n\nEach kernel of each plan runs on the GPU and, in a copy of all its "
            "memory, on the host; memories are the same bytes afterwards, but for exp, and for "
            "what cuDNN and cuBLASLt compute, which is held to rounding. Recordings give the same "
            "bits as single kernels, and as themselves in a second run. Integers are those of the "
            "interpreter.\n\n")
    text += table(("what", "cases", "compared launches", "failures", "s"), rows) + "\n"
    figures = [(f"{part['part']}: {name}", "not a number" if value is None else f"{value:.3g}")
               for part in parts for name, value in part["figures"].items()]
    if figures:
        text += ("Worst differences; of ranges, relative to each tensor's largest value (1e-5 is "
                 "allowed without TF32):\n\n" + table(("figure", "worst"), figures) + "\n")
    kinds = {name for part in parts for name in part["launches"]}
    if kinds:
        text += "Compared kernels: " + ", ".join(f"`{kind}`" for kind in sorted(kinds)) + ".\n\n"
    for part in parts:
        if part["failures"]:
            text += f"First failure of {part['part']}: {part['first']}\n\n"
        text += "".join(f"{note[:1].upper()}{note[1:]}.\n\n" for note in part["notes"])
    return text


def sanitize_text(results):
    """What compute-sanitizer says."""
    return ("## compute-sanitizer\n\nA short check (kernels, float and integer networks) under "
            "each tool.\n\n"
            + table(("tool", "exit code", "summary"),
                    [(each["tool"], each["code"], each["summary"]) for each in results]) + "\n")


def precision(each):
    """As rows are called."""
    return f"{NAMES.get(each['network'], each['network'])}, {'TF32' if each['tf32'] else 'FP32'}"


def calibration_text(results, peers):
    """Samples per second, next to PyTorch's."""
    first = results[0]
    text = (f"## Calibration\n\n{first['arithmetic']}. Samples/s, best / median of "
            f"{len(first['observe']['rates'])} runs, with {first['samples']:,} uint8 images of "
            f"{first['size']} x {first['size']} from a mapped .npy file to ranges, in batches of "
            f"{first['batch']}. Without observers the same is done but one range of the logits. "
            "PyTorch computes in eager mode, channels last, with cudnn.benchmark, on samples that "
            "lie on the GPU as floats; it observes the same tensors with its own observers, or "
            "the shortest way (amax: one `vector_norm` each).\n\n")
    rows = []
    theirs = {precision(each): each for each in (peers or {}).get("networks", [])}
    for each in results:
        ours, bare = each["observe"]["rates"], each["forward"]["rates"]
        peer = theirs.get(precision(each), {})
        rates = {how: max(peer[how]) if how in peer else None
                 for how in ("forward", "observed", "amax")}
        rows.append((precision(each), best_and_median(ours), best_and_median(bare),
                     f"{100 * (max(bare) / max(ours) - 1):.1f}%",
                     number(rates["forward"]), ratio(max(ours), rates["forward"]),
                     number(rates["observed"]), ratio(max(ours), rates["observed"]),
                     number(rates["amax"]), ratio(max(ours), rates["amax"])))
    text += table(("network", "qml observes", "qml, no observers", "observers cost",
                   "PyTorch forward", "qml / it", "PyTorch observes", "qml / it", "PyTorch amax",
                   "qml / it"), rows) + "\n"
    same = all(each["same_bits"] for each in results)
    text += ("Ranges are the same bits in all runs, also with an executor made anew.\n\n" if same
             else "**Ranges differ from run to run.**\n\n")
    errors = {precision(each): each["error"] for each in (peers or {}).get("networks", [])}
    if errors:
        text += ("Error of one convolution of PyTorch's, relative to its largest result: "
                 + "; ".join(f"{name} {error:.1e}" for name, error in errors.items()) + ".\n\n")
    return text + "".join(profile_text(each) for each in results)


def kind_of(step):
    """What a step is called without its numbers."""
    found = re.match(r"[^\d]*", step).group(0).strip(" ,")
    return found or step


def profile_text(each):
    """Where the time of a chunk goes."""
    def grouped(steps):
        kinds = {}
        for step, seconds in steps:
            count, total = kinds.get(kind_of(step), (0, 0.))
            kinds[kind_of(step)] = count + 1, total + seconds
        return kinds

    steps, bare = each["observe"]["profile"], each["forward"]["profile"]
    if not steps:
        return ""
    kinds, without = grouped(steps), grouped(bare)
    total, other = (sum(seconds for _, seconds in list_) for list_ in (steps, bare))
    rows = [(kind, count, f"{1e3 * seconds:.3f}", percent(seconds, total),
             f"{1e3 * without[kind][1]:.3f}" if kind in without else "-")
            for kind, (count, seconds) in sorted(kinds.items(), key=lambda kind: -kind[1][1])]
    rows.append(("all", len(steps), f"{1e3 * total:.3f}", "100%", f"{1e3 * other:.3f}"))
    batch = min(each["batch"], each["samples"])
    text = (f"### {precision(each)}: a chunk of {batch} samples, kernel by kernel\n\n"
            f"One after the other: {batch / total:,.0f} samples/s, {batch / other:,.0f} without "
            f"observers, which so take {100 * (total / other - 1):.1f}% of the kernels' time.\n\n")
    text += table(("kind", "kernels", "ms", "share", "ms without observers"), rows) + "\n"
    longest = sorted(steps, key=lambda step: -step[1])[:10]
    return text + table(("the ten longest", "ms"),
                        [(step, f"{1e3 * seconds:.3f}") for step, seconds in longest]) + "\n"


def size_text(size):
    """Of a tensor."""
    return f"{size >> 20:,} MiB"


def ranges_text(found, peers):
    """Bytes per second of the reductions."""
    copy = max(max(each["memcpy"], each["kernel"]) for each in found["copies"])
    text = (f"## Range reductions\n\nGB/s that are read, in percent of what copies reach at best "
            f"({gigabytes(copy)} GB/s, counting what is read and what is written). Medians over "
            "recordings of many launches; tensors are gone around in memory of 1 GiB or more, so "
            f"that the cache of {found['l2'] >> 20} MiB holds none of them. The kernels are those "
            "of calibration.\n\n")
    text += table(("copied", "cudaMemcpyAsync, GB/s", "plain kernel, GB/s"),
                  [(size_text(each["bytes"]), gigabytes(each["memcpy"]),
                    gigabytes(each["kernel"])) for each in found["copies"]]) + "\n"
    theirs = {}
    for each in (peers or {}).get("reductions", []):
        key = each["bytes"], each["channels"], each["how"] == "aminmax"
        # Of the two ways to the largest magnitude the better one.
        theirs[key] = max(theirs.get(key, 0), each["rate"])
    rows = []
    for each in found["ranges"]:
        key = each["bytes"], each["channels"], each["minmax"]
        rows.append((f"{size_text(each['bytes'])}, "
                     f"{'minimum and maximum' if each['minmax'] else 'largest magnitude'}",
                     each["channels"] or "whole", f"{1e6 * each['seconds']:.1f}",
                     gigabytes(each["rate"]), percent(each["rate"], copy),
                     gigabytes(theirs.get(key)), ratio(each["rate"], theirs.get(key))))
    text += table(("tensor", "channels", "us", "GB/s", "of copies", "PyTorch, GB/s", "qml / it"),
                  rows) + "\n"
    text += ("PyTorch: `torch.aminmax`; for magnitudes the better of `torch.amax` of `abs` and "
             "`torch.linalg.vector_norm`.\n\n" if theirs else "")
    rows = [(each["kernel"], each["how"] or "-",
             f"{each['size']} x {each['size']} x {each['channels']}", each["strides"],
             f"{1e6 * each['seconds']:.1f}", gigabytes(each["rate"]),
             percent(each["rate"], copy)) for each in found["kernels"]]
    return text + ("### Other kernels\n\nAs plans launch them, for 128 samples; bytes are those of "
                   "the tensors that are read and written. Each is repeated at once: images of 7 "
                   "x 7 stay in the cache.\n\n"
                   + table(("kernel", "", "image", "strides", "us", "GB/s", "of copies"), rows)
                   + "\n")


def make(found, failures, machine, command):
    """All of it."""
    peers = found.get("peers")
    text = f"# On a GPU\n\n{machine}. `{command}`"
    if peers:
        cudnn = peers["cudnn"] or 0
        text += (f"; PyTorch {peers['torch']} with cuDNN {cudnn // 10000}."
                 f"{cudnn % 10000 // 100}.{cudnn % 100}")
    text += ".\n\n"
    if failures:
        text += "**Failed:**\n\n" + "".join(f"- {failure}\n" for failure in failures) + "\n"
    parts = (("check", check_text), ("sanitize", sanitize_text),
             ("calibration", lambda it: calibration_text(it, peers)),
             ("ranges", lambda it: ranges_text(it, peers)))
    for name, function in parts:
        if name in found:
            text += function(found[name])
    return text.rstrip("\n") + "\n"
