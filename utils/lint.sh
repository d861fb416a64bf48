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
# lines, include guards, lengths, blanks, classes of one name; and with
# clang-tidy, against the compile commands in the folder BUILD, some of the C++
# files:
#
#   none     no file; so it is without BUILD
#   changed  those that differ from the last commit
#   plain    those of lib/ that include no header of MLIR, which takes tenfold,
#            and all that differ from the last commit (the default)
#   all      all that BUILD compiles
#
# --fix writes what clang-format wants, and title lines on 80 columns.

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
  '*/CMakeLists.txt' 'scripts/*' '.ci/*' 'benchmarks/run' 'benchmarks/mpi' \
  benchmarks/cuda/run fuzz/run utils/new-layer)
mapfile -t prose < <(list '*.md' '*.in' '*.json' '*.txt' ':!test/golden' ':!fuzz/corpus' ':!*/CMakeLists.txt')

#===------------------------------------------------------------------------===#
# Text
#===------------------------------------------------------------------------===#

utils/check-text.py ${fix:+--fix} "${cpp[@]}" "${other[@]}" "${prose[@]}" || failed=1

mapfile -t linked < <(printf '%s\n' "${cpp[@]}" | grep -E '^(include|lib|tools)/')
utils/check-classes.py "${linked[@]}" || failed=1

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

# What is sourced is checked where it is.
mapfile -t shell < <(list '*.sh' 'scripts/*' '.ci/*' fuzz/run | while read -r file; do
  head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b' && printf '%s\n' "$file"
done)
for file in "${shell[@]}"; do
  bash -n "$file" || failed=1
done
if command -v shellcheck >/dev/null; then
  shellcheck -x -e SC2016 "${shell[@]}" || failed=1
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

# Only what BUILD compiles can be checked. With `plain`, what includes no header of
# MLIR, neither itself nor through others: Ninja learned that when it compiled.
compiled() {
  python3 - "$build" "${1:-}" <<'END'
import json
import os
import subprocess
import sys

build, kind = sys.argv[1:]
with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
    paths = {os.path.realpath(os.path.join(entry["directory"], entry["file"]))
             for entry in json.load(file)}
if kind == "plain":
    plain = set()
    dependencies = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True,
                                  stdout=subprocess.PIPE, text=True).stdout
    for entry in dependencies.split("\n\n"):
        used = [line.strip() for line in entry.splitlines()[1:] if line.startswith(" ")]
        if used and not any("/mlir/" in path for path in used):
            plain.add(os.path.realpath(os.path.join(build, used[0])))
    paths &= plain
for path in sorted(map(os.path.relpath, paths)):
    if path.endswith(".cpp"):
        print(path)
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
    compiled plain | grep -E '^lib/'
    comm -12 <(compiled | sort -u) <(changed | sort -u)
  } | sort -u)
  ;;
esac

if [ ${#files[@]} -gt 0 ]; then
  printf 'Checking %d files with clang-tidy\n' "${#files[@]}"
  # g++'s precompiled headers are none of clang's, and its library's templates
  # warn of themselves.
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" "$tool" -p "$build" --quiet \
      --extra-arg=-Wno-ignored-gch --extra-arg=-Wno-deprecated-declarations \
      --header-filter="^$PWD/(include|lib|tools|unittests|benchmarks)/" 2>/dev/null || failed=1
fi

if [ "$failed" != 0 ]; then
  echo "$script: there are errors"
fi
exit "$failed"
