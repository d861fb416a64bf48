#!/usr/bin/env python3
# ===- exits.py - Checks exit codes ----------------------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs a command and ends well if its exit code is the one that was asked for.

    exits.py CODE COMMAND...
"""

import subprocess
import sys


def main():
    expected = int(sys.argv[1])
    code = subprocess.run(sys.argv[2:], check=False).returncode
    if code != expected:
        print(f"exit code {code} instead of {expected}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
