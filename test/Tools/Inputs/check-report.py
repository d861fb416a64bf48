"""check-report.py FILE EXPRESSION...: reads a report, and evaluates expressions
in Python, each of which must be true. `r` is the report, `layer(name)` one of
its layers."""

import json
import sys

with open(sys.argv[1], encoding="utf-8", errors="strict") as file:
    r = json.load(file)
assert r["schema"] == "qml-report" and r["version"] == 1, r


def layer(name):
    return next(layer for layer in r["layers"] if layer["name"] == name)


for expression in sys.argv[2:]:
    if not eval(expression):
        sys.exit(f"not true: {expression}\nof {json.dumps(r)[:2000]}")
