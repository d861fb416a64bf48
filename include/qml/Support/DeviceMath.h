//===- DeviceMath.h - Steps in float32, anywhere ----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The steps of formulas that hosts and GPUs spell differently, each with both
// spellings. Formulas are made of these and have one text, so that tests on the
// host run the text that GPUs run; the host's spellings are held against what
// CUDA says of its instructions (unittests/GPU/DeviceMathTest.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_DEVICEMATH_H
#define QML_SUPPORT_DEVICEMATH_H

#include "qml/Support/HostDevice.h"

#include <cmath>

namespace qml {

/// a * b, rounded: never a part of a fused operation.
QML_HOST_DEVICE inline float roundedProduct(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}

/// a + b, rounded.
QML_HOST_DEVICE inline float roundedSum(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fadd_rn(a, b);
#else
  return a + b;
#endif
}

/// a - b, rounded.
QML_HOST_DEVICE inline float roundedDifference(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fsub_rn(a, b);
#else
  return a - b;
#endif
}

/// x within bounds that are in order and not -0; NaN becomes `lower`.
QML_HOST_DEVICE inline float bounded(float x, float lower, float upper) {
#ifdef __CUDA_ARCH__
  return fminf(fmaxf(x, lower), upper);
#else
  // Selections, which become vector instructions.
  float raised = x > lower ? x : lower;
  return raised < upper ? raised : upper;
#endif
}

/// The nearest integer, the even one of two.
QML_HOST_DEVICE inline float nearestEven(float x) {
#ifdef __CUDA_ARCH__
  return rintf(x);
#else
  // Raises no flag, and so is one instruction.
  return std::nearbyint(x);
#endif
}

} // namespace qml

#endif // QML_SUPPORT_DEVICEMATH_H
