//===- Polynomials.h - Kernels over time of polynomials ---------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERS_POLYNOMIALS_H
#define QML_LIB_TARGET_KERAS_LAYERS_POLYNOMIALS_H

#include <cstdint>
#include <vector>

namespace qml {

/// The Jacobi polynomials P_0 to P_degrees with alpha and beta, both above -1
/// and finite, which kernels of PleiadesLayers are sums of.
struct JacobiPolynomials {
  int64_t degrees = 0;
  double alpha = 0, beta = 0;
};

/// Coefficients of higher ones cancel out.
constexpr int64_t maxJacobiDegree = 16;

/// (degrees + 1) x frames: the mean of each polynomial over each of `frames`
/// equal parts of 0 to 1, divided by the root of frames * channels.
std::vector<float> makeJacobiTransform(const JacobiPolynomials &polynomials,
                                       int64_t frames, int64_t channels);

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERS_POLYNOMIALS_H
