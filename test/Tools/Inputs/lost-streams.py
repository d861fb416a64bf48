#!/usr/bin/env python3
# ===- lost-streams.py - A command whose messages get lost -----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs a command with standard streams that are closed, full, or read by nobody.

    lost-streams.py COMMAND...

Each time it has to end with exit code 0, and what it writes to OUT of `-o OUT`
has to be the same.
"""

import os
import pathlib
import subprocess
import sys


def main():
    command = sys.argv[1:]
    out = pathlib.Path(command[command.index("-o") + 1])
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    expected = out.read_bytes()
    reader, unread = os.pipe()
    os.close(reader)
    with open("/dev/full", "wb") as full:
        streams = {
            "closed": {"preexec_fn": lambda: [os.close(n) for n in (0, 1, 2)]},
            "full": {"stdout": full, "stderr": full},
            "unread": {"stdout": unread, "stderr": unread},
        }
        for name, settings in streams.items():
            out.unlink()
            code = subprocess.run(command, check=False, **settings).returncode
            if code != 0 or out.read_bytes() != expected:
                print(f"{name}: exit code {code}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
