//===- Polynomials.cpp - Kernels over time of polynomials -----------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Polynomials.h"

#include <cmath>

namespace qml {

/// Coefficients of P_degree, that of the lowest power first: (DLMF 18.5.7)
///
///   (a + 1)_n / n! * sum_k (-n)_k (n + a + b + 1)_k / ((a + 1)_k k!)
///                    * ((1 - x) / 2)^k
static std::vector<double> makeJacobi(int64_t degree, double alpha,
                                      double beta) {
  auto n = double(degree);
  std::vector<double> result(size_t(degree) + 1, 0.0);
  std::vector<double> power = {1.0};
  double factor = 1;
  for (int64_t i = 1; i <= degree; ++i)
    factor *= (alpha + double(i)) / double(i);
  for (int64_t k = 0; k <= degree; ++k) {
    for (size_t i = 0; i != power.size(); ++i)
      result[i] += factor * power[i];
    auto at = double(k);
    factor *=
        (at - n) * (n + alpha + beta + 1 + at) / ((alpha + 1 + at) * (at + 1));
    // Another factor of (1 - x) / 2.
    power.push_back(0.0);
    for (size_t i = power.size() - 1; i != 0; --i)
      power[i] = (power[i] - power[i - 1]) / 2;
    power[0] /= 2;
  }
  return result;
}

std::vector<float> makeJacobiTransform(const JacobiPolynomials &polynomials,
                                       int64_t frames, int64_t channels) {
  // As the reference: coefficients and results are floats, all else doubles.
  float scale = std::sqrt(float(channels)) * std::sqrt(float(frames));
  std::vector<float> transform;
  for (int64_t degree = 0; degree <= polynomials.degrees; ++degree) {
    std::vector<double> jacobi =
        makeJacobi(degree, polynomials.alpha, polynomials.beta);
    auto integrate = [&](int64_t step) {
      double x = double(step) / double(frames), sum = 0;
      for (size_t i = 0; i != jacobi.size(); ++i)
        sum += double(float(jacobi[i])) * std::pow(x, double(i + 1)) /
               double(i + 1);
      return sum;
    };
    for (int64_t t = 0; t != frames; ++t) {
      double mean = (integrate(t + 1) - integrate(t)) * double(frames);
      transform.push_back(float(mean) / scale);
    }
  }
  return transform;
}

} // namespace qml
