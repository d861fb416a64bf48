# What another release says of itself, see other-mlir.test.
set(LLVM_VERSION_MAJOR 21)
set(LLVM_VERSION_MINOR 1)
set(LLVM_PACKAGE_VERSION 21.1.8)
