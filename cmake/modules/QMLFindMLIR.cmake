# Finds MLIR and compares it with the one release that the sources are written
# for: a build with a neighbouring one may link and then crash. Used by our own
# build and, installed, by QMLConfig.cmake.
#
# Sets QML_MLIR_PROBLEM: empty, or one sentence for a person.

set(QML_LLVM_VERSION 22.1)
set(QML_LLVM_MAJOR 22)

# Debian's prefix is no default one; MLIR_DIR, as a variable or in the
# environment, has priority.
find_package(MLIR CONFIG QUIET HINTS "/usr/lib/llvm-${QML_LLVM_MAJOR}")

set(QML_MLIR_PROBLEM "")
if(NOT MLIR_FOUND)
  string(CONCAT QML_MLIR_PROBLEM
    "QML needs MLIR ${QML_LLVM_VERSION}, which was not found. On Debian install "
    "libmlir-${QML_LLVM_MAJOR}-dev, mlir-${QML_LLVM_MAJOR}-tools and "
    "llvm-${QML_LLVM_MAJOR}-dev; for a build of your own pass "
    "-DMLIR_DIR=<prefix>/lib/cmake/mlir")
elseif(NOT "${LLVM_VERSION_MAJOR}.${LLVM_VERSION_MINOR}" VERSION_EQUAL QML_LLVM_VERSION)
  string(CONCAT QML_MLIR_PROBLEM
    "QML is written for MLIR ${QML_LLVM_VERSION} and works with no other, but "
    "${MLIR_DIR} is MLIR ${LLVM_PACKAGE_VERSION}. Pass "
    "-DMLIR_DIR=<prefix of MLIR ${QML_LLVM_VERSION}>/lib/cmake/mlir")
elseif(NOT LLVM_ENABLE_RTTI)
  string(CONCAT QML_MLIR_PROBLEM
    "QML needs an MLIR with RTTI, but the one of ${MLIR_DIR} has none. Build it "
    "with -DLLVM_ENABLE_RTTI=ON")
elseif(NOT TARGET MLIR)
  string(CONCAT QML_MLIR_PROBLEM
    "QML links the shared libraries libMLIR and libLLVM, but the MLIR of "
    "${MLIR_DIR} has none. Build it with -DLLVM_BUILD_LLVM_DYLIB=ON "
    "-DLLVM_LINK_LLVM_DYLIB=ON")
endif()
