# ===- lit.cfg.py - How the tests are run ----------------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
#
# Loaded by lit.site.cfg.py of the build folder. Run all tests with
# `ninja check-qml`, some with `lit build/test/Dialect`.
#
# Environment variables:
#   QML_VERIFY_ROUNDTRIP   if set, each qml-opt also prints and reads what it
#                          made, as text and as bytecode, and compares
#   CI                     `true` sets it, too
#   QML_REFERENCE_PYTHON   Python with quantizeml, for tests against it
#   QML_ONNX_PYTHON        Python with torch, torchvision, timm, onnxscript and
#                          onnxruntime, for files as exporters write them; with
#                          scikit-learn, too, for networks trained on its digits
#   QML_FER_MODEL          the .hdf5 file of the Python package fer 25.10.3
#
# Features: `reference` (there is such a Python), `akida` (it has the engine and
# the converter, too), `akida-component` (qml writes .fbz files), `numpy`
# (%python has it), `torch-onnx` (there is such a Python), `torch-digits` (it has
# scikit-learn, too), `fer-model` (that file is there), `mpi` (%mpirun starts several processes), `gpu` (there is one,
# and the component for it), `no-gpu` (there is no driver for one), `asan` (built with
# AddressSanitizer), `plugins` (stock MLIR tools can load our plugin; not with
# sanitizers).

import ctypes
import os
import shutil
import subprocess
import sys

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import FindTool, ToolSubst

config.name = "QML"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".td", ".c"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.qml_build_root, "test")

# ===----------------------------------------------------------------------===#
# Tools
# ===----------------------------------------------------------------------===#

qml_tools_dir = os.path.join(config.qml_build_root, "bin")

# All tools are found by PATH, ours and LLVM's before any others.
llvm_config.with_environment(
    "PATH", [qml_tools_dir, config.llvm_tools_dir], append_path=True
)

qml_opt_options = []
if os.environ.get("QML_VERIFY_ROUNDTRIP") or os.environ.get("CI") == "true":
    qml_opt_options.append("--verify-roundtrip")

llvm_config.add_tool_substitutions(
    [
        ToolSubst("qml-opt", extra_args=qml_opt_options),
        # The name says which one is meant: the stock one, of our release.
        ToolSubst("mlir-opt-22", FindTool("mlir-opt")),
    ],
    [qml_tools_dir, config.llvm_tools_dir],
)

config.substitutions += [
    ("%qml_plugin", os.path.join(config.qml_build_root, "lib", "QMLPlugin.so")),
    ("%qml_source_root", config.qml_source_root),
    ("%qml_build_root", config.qml_build_root),
    ("%llvm_tools_dir", config.llvm_tools_dir),
    ("%cxx", config.cxx_compiler),
    ("%cmake", config.cmake),
    ("%python", sys.executable),
]

# ===----------------------------------------------------------------------===#
# Features
# ===----------------------------------------------------------------------===#


def has_package(python, package):
    """Whether a Python can find a package; it is not imported, which is slow."""
    if not python or not os.access(python, os.X_OK):
        return False
    code = (
        "import importlib.util, sys; "
        f"sys.exit(importlib.util.find_spec({package!r}) is None)"
    )
    return subprocess.run([python, "-c", code], check=False).returncode == 0


# The component that talks to BrainChip's engine is built by scripts/akida.
if os.path.exists(os.path.join(config.qml_build_root, "lib", "libQMLAkida.so")):
    config.available_features.add("akida-component")

# The component for several processes, and what starts them.
mpirun = shutil.which("mpirun")
if mpirun and os.path.exists(os.path.join(config.qml_build_root, "lib", "libQMLMPI.so")):
    config.available_features.add("mpi")
    version = subprocess.run([mpirun, "--version"], check=False, capture_output=True, text=True)
    if "Open MPI" in version.stdout:
        # As root, on few cores, without its own words about exit codes.
        mpirun += " --allow-run-as-root --oversubscribe -q"
    config.substitutions.append(("%mpirun", mpirun))

# A GPU, or a machine on which there can be none.
try:
    ctypes.CDLL("libcuda.so.1")
    if os.path.exists(os.path.join(config.qml_build_root, "lib", "libQMLCUDA.so")):
        config.available_features.add("gpu")
except OSError:
    config.available_features.add("no-gpu")

# A network from elsewhere, which is not ours to distribute.
fer_model = os.environ.get("QML_FER_MODEL")
if fer_model and os.path.exists(fer_model):
    config.available_features.add("fer-model")
    config.substitutions.append(("%fer_model", fer_model))

onnx_python = os.environ.get("QML_ONNX_PYTHON")
if all(has_package(onnx_python, p) for p in ("torch", "timm", "onnxscript", "onnxruntime")):
    config.available_features.add("torch-onnx")
    if has_package(onnx_python, "sklearn"):
        config.available_features.add("torch-digits")
    config.substitutions.append(("%onnx_python", onnx_python))

if has_package(sys.executable, "numpy"):
    config.available_features.add("numpy")

for reference in (
    os.environ.get("QML_REFERENCE_PYTHON"),
    config.reference_python,
    os.path.join(config.qml_source_root, ".venv-reference", "bin", "python"),
):
    if has_package(reference, "quantizeml"):
        config.available_features.add("reference")
        if has_package(reference, "akida") and has_package(reference, "cnn2snn"):
            config.available_features.add("akida")
        config.substitutions.append(("%reference_python", reference))
        break

# llvm_config adds `asan` and `ubsan` itself.
if not config.llvm_use_sanitizer:
    config.available_features.add("plugins")

# ===----------------------------------------------------------------------===#
# Environment
# ===----------------------------------------------------------------------===#

environment = {
    # Threads that spin while a neighbour works make tests on few cores crawl.
    "OMP_WAIT_POLICY": "passive",
    # In containers processes may not read each other's memory.
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    # Tests read the messages of tools; a terminal's colours would be in the way.
    "NO_COLOR": "1",
}
if "asan" in config.available_features:
    # LLVM's libraries are not instrumented: their allocators and ours would not
    # agree on what is poisoned.
    environment["ASAN_OPTIONS"] = "detect_leaks=1:allow_user_poisoning=0"
    environment["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + os.path.join(
        config.test_source_root, "lsan-suppressions.txt"
    )
    environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
config.environment.update(environment)

# test/Unit/lit.cfg.py makes a suite of the unit tests.
lit_config.params["qml_build_root"] = config.qml_build_root
lit_config.params["qml_environment"] = environment
