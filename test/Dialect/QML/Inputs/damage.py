# ===- damage.py - Run a tool on damaged copies of a file ------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Usage: damage.py FILE COUNT COMMAND...

Runs COMMAND with COUNT damaged copies of FILE on its standard input: bytes
changed, removed, doubled, and the end cut off. The command may succeed or report
an error; it must not crash, hang, or take much memory. The damage is the same in
each run of this script.
"""

import os
import random
import resource
import subprocess
import sys

SECONDS = 20
BYTES = 4 << 30


def damage(data, rng):
    """A copy with one to four things wrong."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        position = rng.randrange(len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data[position] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[position] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
        elif kind == 2:
            data[position] = rng.randrange(256)
        elif kind == 3:
            del data[position : position + rng.randint(1, 8)]
        elif kind == 4:
            data[position:position] = data[position : position + rng.randint(1, 8)]
        elif rng.randrange(4) == 0:
            del data[position:]
    return bytes(data)


def limit_memory():
    # AddressSanitizer reserves most of the address space.
    if "ASAN_OPTIONS" not in os.environ:
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main():
    path, count, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    with open(path, "rb") as file:
        data = file.read()
    failures = 0
    for seed in range(count):
        try:
            result = subprocess.run(
                command,
                input=damage(data, random.Random(seed)),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                preexec_fn=limit_memory,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            failures += 1
            print(f"copy {seed}: no end after {SECONDS} s")
            continue
        if result.returncode not in (0, 1):
            failures += 1
            print(f"copy {seed}: exit code {result.returncode}")
            print(result.stderr.decode(errors="replace")[-2000:])
    print(f"{failures} of {count} copies crash or hang")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
