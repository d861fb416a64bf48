# ===- lit.cfg.py - The unit tests, as tests of lit ------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
#
# A suite of its own, whose tests are the executables in unittests/ of the build
# folder. Found after the suite above, whose settings it shares.

import os

import lit.formats

build_root = lit_config.params.get("qml_build_root")
if not build_root:
    lit_config.fatal("run lit on the folder test/ of a build, not on the sources")

config.name = "QML-Unit"
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.suffixes = []
config.test_source_root = os.path.join(build_root, "unittests")
config.test_exec_root = config.test_source_root

config.environment.update(lit_config.params["qml_environment"])
