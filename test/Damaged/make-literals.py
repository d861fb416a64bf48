# ===- make-literals.py - Short texts that stand for much ------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Writes networks for literals.test into the current folder."""

RELU = '''func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {attributes} {{
  %0 = qml.relu "a" (%x) : tensor<?x2xf32> -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}}
'''


def dense(count):
    """A chain of dense layers of 100 MB each."""
    lines = ["func.func @main(%x0: tensor<?x5000xf32>) -> tensor<?x5000xf32> {"]
    for i in range(count):
        lines.append(
            f'  %x{i + 1} = qml.dense "d{i}" (%x{i}) kernel = dense<0.5> : '
            "tensor<5000x5000xf32> : tensor<?x5000xf32> -> tensor<?x5000xf32>"
        )
    lines.append(f"  return %x{count} : tensor<?x5000xf32>\n}}\n")
    return "\n".join(lines)


def main():
    texts = {
        "wide-attribute.mlir": RELU.replace(
            "{attributes}",
            "attributes {{foo.x = 0x" + "F" * 50000 + " : i8000000}}",
        ).format(),
        "wide-type.mlir": RELU.replace(
            "{attributes}", "attributes {{foo.x = tensor<2xi65>}}"
        ).format(),
        "repeated.mlir": dense(4),
        "some.mlir": dense(2),
    }
    for name, text in texts.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
