#!/usr/bin/env python3
# ===- make-aliases.py - Modules of many aliases ---------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes modules whose attributes nest or double by aliases, into the current
folder. Each of them is a network otherwise."""

import pathlib

DEEP = 50000
DOUBLING = 60
NETWORK = """module {attributes} {{
  func.func @main(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {{
    %0 = qml.relu "relu"(%a) {relu} : tensor<?x4xf32> -> tensor<?x4xf32>{place}
    return %0 : tensor<?x4xf32>
  }}
}}
"""


def write(name, aliases, attributes="", relu="", place=""):
    """One module; `aliases` are the lines before it."""
    text = NETWORK.format(attributes=attributes, relu=relu, place=place)
    pathlib.Path(name + ".mlir").write_text("\n".join(aliases) + "\n" + text)


def chain(first, next_, count):
    """#a0 = first, and each one made of the one before."""
    return [f"#a0 = {first}"] + [
        f"#a{i} = " + next_.format(f"#a{i - 1}") for i in range(1, count)]


def main():
    last = f"#a{DEEP - 1}"
    write("chain", chain("[1]", "[{0}]", DEEP),
          f"attributes {{test.deep = {last}}}")
    write("dictionaries", chain("{a = 1}", "{{a = {0}}}", DEEP),
          f"attributes {{test.deep = {last}}}")
    write("names", chain("loc(\"a\")", "loc(\"a\"({0}))", DEEP),
          place=f" loc({last})")
    write("locations",
          chain("loc(\"a\")", "loc(callsite({0} at \"b\"))", DEEP),
          place=f" loc({last})")
    last = f"#a{DOUBLING - 1}"
    write("doubling", chain("[1]", "[{0}, {0}]", DOUBLING),
          f"attributes {{test.large = {last}}}")
    # Equal locations are fused to one: these differ.
    write("fused", ["#a0 = loc(\"a\")"] + [
        f"#a{i} = loc(fused<\"{i}\">[#a{i - 1}, callsite(#a{i - 1} at "
        f"#a{i - 1})])" for i in range(1, DOUBLING)], place=f" loc({last})")
    write("foreign", [], relu="{test.foreign = 1}")
    # Without layers, so that stock tools read them.
    pathlib.Path("doubling-only.mlir").write_text(
        "\n".join(chain("[1]", "[{0}, {0}]", DOUBLING)) +
        f"\nmodule attributes {{test.large = {last}}} {{}}\n")
    pathlib.Path("modules.mlir").write_text(
        "module {" * 200 + "}" * 200 + "\n")


if __name__ == "__main__":
    main()
