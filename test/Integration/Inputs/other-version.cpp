// Answers as another LLVM would; loaded before it, see plugin-version.test.

extern "C" void LLVMGetVersion(unsigned *major, unsigned *minor,
                               unsigned *patch) {
  *major = 21;
  *minor = 1;
  *patch = 0;
}
