// What the pass found in its test. Not all builds of LLVM count.

// REQUIRES: statistics
// RUN: qml-opt %S/reconstruct-hard-silu.mlir --qml-reconstruct-hard-silu -o /dev/null \
// RUN:   --mlir-pass-statistics --mlir-pass-statistics-display=pipeline 2>&1 | FileCheck %s

// CHECK:     ReconstructHardSilu
// CHECK-DAG:   (S) 1 hard-sigmoid
// CHECK-DAG:   (S) 4 hard-silu
// CHECK-DAG:   (S) 1 parts-used
