#!/usr/bin/env python3
"""Runs each pass and pipeline of qml-opt on each file: all end with exit code 0, or with 1 and an
error in words."""
import itertools
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

NAME = r"^ +--((?:qml|akida|convert-qml)-[a-z0-9-]+) +-"


def run(case):
    name, path = case
    done = subprocess.run(["qml-opt", f"--{name}", path, "-o", os.devnull], capture_output=True,
                          text=True, check=False, timeout=120)
    if done.returncode == 0 or (done.returncode == 1 and "error:" in done.stderr):
        return None
    return f"--{name} on {path}: exit code {done.returncode}\n{done.stderr}"


def main():
    text = subprocess.run(["qml-opt", "--help"], capture_output=True, text=True, check=True).stdout
    passes = re.findall(NAME, text, re.MULTILINE)
    with ThreadPoolExecutor(2) as pool:
        problems = [p for p in pool.map(run, itertools.product(passes, sys.argv[1:])) if p]
    print("\n".join(problems))
    if problems or len(passes) < 30:
        sys.exit(f"{len(problems)} problems, {len(passes)} passes")
    print(f"{len(passes)} passes, {len(sys.argv) - 1} files: each succeeded or told why not")


if __name__ == "__main__":
    main()
