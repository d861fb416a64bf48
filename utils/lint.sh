#!/usr/bin/env bash
# ===- lint.sh - The form of the sources -----------------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
#
# Usage: utils/lint.sh [--tidy=none|changed|plain|all] [--fix] [BUILD]
#
# Checks all files that git knows, or would: the format of C++ and shell, header
# lines, include guards, lengths, blanks; and with clang-tidy, against the
# compile commands in the folder BUILD, some of the C++ files:
#
#   none     no file; so it is without BUILD
#   changed  those that differ from the last commit
#   plain    those that use neither MLIR nor LLVM, and all that differ from the
#            last commit (the default)
#   all      all that BUILD compiles
#
# --fix writes what clang-format wants.

set -uo pipefail

script=$(basename "$0")
cd "$(dirname "$0")/.." || exit 1

tidy=plain
fix=
build=
for argument; do
  case $argument in
  --tidy=none | --tidy=changed | --tidy=plain | --tidy=all) tidy=${argument#*=} ;;
  --fix) fix=1 ;;
  -*)
    sed -n '/^# Usage/,/^$/{ s/^# \{0,1\}//p; }' "$0" >&2
    exit 2
    ;;
  *) build=$argument ;;
  esac
done

failed=0
# problem FILE TEXT: in the form of a compiler, for editors.
problem() {
  printf '%s: error: %s\n' "$1" "$2"
  failed=1
}

# find_tool NAME: with the release's number, as Debian installs them, or without.
find_tool() {
  command -v "$1-22" || command -v "/usr/lib/llvm-22/bin/$1" || command -v "$1"
}

# list GLOB...: files, tracked or new, that still exist.
list() {
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
    [ -f "$file" ] && printf '%s\n' "$file"
  done
}

mapfile -t cpp < <(list '*.cpp' '*.h' '*.inc' '*.cu' '*.cuh' '*.c')
mapfile -t other < <(list '*.td' '*.py' '*.sh' '*.cmake' '*.mlir' '*.test' 'CMakeLists.txt' \
  '*/CMakeLists.txt' 'scripts/*' '.ci/*' 'benchmarks/run')
mapfile -t prose < <(list '*.md' '*.in' '*.json' '*.txt' ':!test/golden' ':!*/CMakeLists.txt')

#===------------------------------------------------------------------------===#
# Text
#===------------------------------------------------------------------------===#

# All that a look at the text alone can tell, in one process.
text_of() {
  python3 - "$@" <<'END'
import os
import re
import sys

LICENCE = [
    "Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.",
    "See LICENSE for license information.",
    "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
]
MAXIMUM = 800
status = 0


def problem(path, line, text):
    global status
    status = 1
    print(f"{path}:{line}: error: {text}")


def check_header(path, lines, comment):
    """The title, with the file's name, on a full line; then the licence."""
    start = 1 if lines and lines[0].startswith("#!") else 0
    # A line for an editor or a linter may go before.
    while start < len(lines) and re.match(r"# (shellcheck|-\*-)", lines[start]):
        start += 1
    title = lines[start] if start < len(lines) else ""
    opening = "//===- " if comment == "//" else "# ===- "
    match = re.match(re.escape(opening) + r"(\S+) - .*[^-*\s].*===(//|#)$", title) or re.match(
        re.escape(opening) + r"(\S+) - .*\*===?(//|#)$", title
    ) or re.match(re.escape(opening) + r"(\S+) - .*", title)
    if not match:
        problem(path, start + 1, f"the title line is missing: {opening}NAME - What it is")
        return
    if match.group(1) != os.path.basename(path):
        problem(path, start + 1, f"the title line names {match.group(1)}")
    if comment == "//" and (len(title) != 80 or not title.endswith("===//")):
        problem(path, start + 1, "the title line must have 80 columns and end with ===//")
    found = [line.removeprefix(comment).strip() for line in lines[start + 1 : start + 6]]
    if found[1:4] != LICENCE:
        problem(path, start + 2, "the licence lines are missing, or differ from those of other files")


def check_guard(path, text):
    """QML_QUANTIZATION_FIXEDPOINT_H for include/qml/Quantization/FixedPoint.h."""
    inner = path.removeprefix("include/")
    guard = re.sub(r"\W", "_", inner).upper()
    if path.startswith("include/qml/") and f"#ifndef {guard}\n#define {guard}\n" not in text:
        problem(path, 1, f"the include guard must be {guard}")


for path in sys.argv[1:]:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        problem(path, 1, "not UTF-8")
        continue
    lines = text.split("\n")
    name, extension = os.path.basename(path), os.path.splitext(path)[1]
    if text and not text.endswith("\n"):
        problem(path, len(lines), "no end of line at the end")
    if text.endswith("\n\n"):
        problem(path, len(lines), "empty lines at the end")
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            problem(path, number, "a tab")
        if "\r" in line:
            problem(path, number, "a carriage return")
        elif line != line.rstrip():
            problem(path, number, "blanks at the end of the line")
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and path != "utils/lint.sh":
            problem(path, number, "unfinished: an issue or a sentence in the manual is the place for it")
    if extension in (".md", ".json", ".txt", ".in"):
        continue
    if len(lines) - 1 > MAXIMUM:
        problem(path, MAXIMUM + 1, f"{len(lines) - 1} lines; files have at most {MAXIMUM}")
    if extension in (".cpp", ".h", ".inc", ".cu", ".cuh", ".c", ".td"):
        check_header(path, lines, "//")
        if extension == ".h":
            check_guard(path, text)
    elif extension in (".py", ".sh") or lines[0].startswith("#!"):
        check_header(path, lines, "#")

sys.exit(status)
END
}

text_of "${cpp[@]}" "${other[@]}" "${prose[@]}" || failed=1

#===------------------------------------------------------------------------===#
# Format
#===------------------------------------------------------------------------===#

if format=$(find_tool clang-format); then
  if [ -n "$fix" ]; then
    "$format" -i "${cpp[@]}" || failed=1
  else
    "$format" --dry-run -Werror "${cpp[@]}" || failed=1
  fi
else
  problem "$script" "clang-format was not found; on Debian install clang-format-22"
fi

mapfile -t shell < <(list '*.sh' 'scripts/*' '.ci/*' | while read -r file; do
  head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b|shellcheck shell' && printf '%s\n' "$file"
done)
for file in "${shell[@]}"; do
  bash -n "$file" || failed=1
done
if command -v shellcheck >/dev/null; then
  shellcheck -x "${shell[@]}" || failed=1
fi

#===------------------------------------------------------------------------===#
# clang-tidy
#===------------------------------------------------------------------------===#

[ -n "$build" ] || tidy=none
if [ "$tidy" != none ] && [ ! -f "$build/compile_commands.json" ]; then
  problem "$build" "there are no compile commands; configure it with CMake first"
  tidy=none
fi
if [ "$tidy" != none ] && ! tool=$(find_tool clang-tidy); then
  problem "$script" "clang-tidy was not found; on Debian install clang-tidy-22"
  tidy=none
fi

# Only what BUILD compiles can be checked.
compiled() {
  python3 - "$build/compile_commands.json" <<'END'
import json
import os
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    for entry in json.load(file):
        path = os.path.join(entry["directory"], entry["file"])
        if path.endswith(".cpp"):
            print(os.path.relpath(path))
END
}

changed() {
  { git diff --name-only --relative HEAD 2>/dev/null; git ls-files --others --exclude-standard; } |
    grep '\.cpp$'
}

files=()
case $tidy in
all) mapfile -t files < <(compiled | grep -E '^(lib|tools|unittests|benchmarks)/') ;;
changed) mapfile -t files < <(comm -12 <(compiled | sort -u) <(changed | sort -u)) ;;
plain)
  mapfile -t files < <({
    compiled | grep -E '^lib/' | xargs -r grep -LE '#include "(mlir|llvm|qml/Dialect|qml/Target)/'
    comm -12 <(compiled | sort -u) <(changed | sort -u)
  } | sort -u)
  ;;
esac

if [ ${#files[@]} -gt 0 ]; then
  printf 'Checking %d files with clang-tidy\n' "${#files[@]}"
  # g++'s precompiled headers are none of clang's.
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" "$tool" -p "$build" --quiet --extra-arg=-Wno-ignored-gch \
      --header-filter="^$PWD/(include|lib|tools|unittests|benchmarks)/" 2>/dev/null || failed=1
fi

if [ "$failed" != 0 ]; then
  echo "$script: there are errors"
fi
exit "$failed"
