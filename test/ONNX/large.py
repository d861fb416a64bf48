#!/usr/bin/env python3
# ===- large.py - A network with large kernels ----------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes large.onnx into a folder, products with kernels that are turned by several threads, with
rows of whole and of odd lengths; and large.npz, with samples and what NumPy computes of them.

    large.py FOLDER

Needs a Python with onnx.
"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main():
    folder = pathlib.Path(sys.argv[1])
    random = np.random.default_rng(1)
    sizes = [512, 5003, 2048, 1536]
    x = values = random.standard_normal((4, sizes[0])).astype(np.float32)
    nodes, constants = [], []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        kernel = (random.standard_normal((outputs, inputs)) / np.sqrt(inputs)).astype(np.float32)
        constants.append(numpy_helper.from_array(kernel, f"w{i}"))
        nodes.append(helper.make_node("Gemm", [f"y{i - 1}" if i else "x", f"w{i}"], [f"y{i}"],
                                      name=f"dense_{i}", transB=1))
        values = values @ kernel.T
    last = len(nodes) - 1
    graph = helper.make_graph(
        nodes, "large", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", sizes[0]])],
        [helper.make_tensor_value_info(f"y{last}", TensorProto.FLOAT, ["N", sizes[-1]])], constants)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]),
              folder / "large.onnx")
    np.savez(folder / "large.npz", x=x, prediction=values)
    return 0


if __name__ == "__main__":
    sys.exit(main())
