//===- ScalarFunctions.h - Functions of single values -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The activations that integers look up in tables, once for all who compute
// them: float executors of hosts and GPUs in float32, tables in float64.
//
//===----------------------------------------------------------------------===//

#ifndef QML_QUANTIZATION_SCALARFUNCTIONS_H
#define QML_QUANTIZATION_SCALARFUNCTIONS_H

#include "qml/Support/HostDevice.h"
#include "qml/Support/Result.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace qml {

enum class ScalarFunction : uint8_t {
  Gelu,         ///< x (1 + erf(x / sqrt 2)) / 2
  GeluTanh,     ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
  Swish,        ///< x sigmoid(x)
  HardSilu,     ///< x min(max(x + 3, 0), 6) / 6
  LeakyReLU,    ///< x above 0, else alpha x
  Sigmoid,      ///< 1 / (1 + e^-x)
  HardSigmoid,  ///< 0.2 x + 0.5 within 0 and 1: Keras 2
  HardSigmoid6, ///< min(max(x + 3, 0), 6) / 6: Keras 3
  Tanh,
  ELU,         ///< x above 0, else alpha (e^x - 1)
  SELU,        ///< ELU with constants of its own
  Softplus,    ///< ln(1 + e^x)
  Softsign,    ///< x / (1 + |x|)
  Mish,        ///< x tanh(softplus(x))
  Exponential, ///< e^x
};

// The library's functions of both types, by one name, on hosts and devices.
QML_HOST_DEVICE inline float expOf(float x) { return expf(x); }
QML_HOST_DEVICE inline double expOf(double x) { return exp(x); }
QML_HOST_DEVICE inline float expm1Of(float x) { return expm1f(x); }
QML_HOST_DEVICE inline double expm1Of(double x) { return expm1(x); }
QML_HOST_DEVICE inline float log1pOf(float x) { return log1pf(x); }
QML_HOST_DEVICE inline double log1pOf(double x) { return log1p(x); }
QML_HOST_DEVICE inline float tanhOf(float x) { return tanhf(x); }
QML_HOST_DEVICE inline double tanhOf(double x) { return tanh(x); }
QML_HOST_DEVICE inline float erfOf(float x) { return erff(x); }
QML_HOST_DEVICE inline double erfOf(double x) { return erf(x); }

/// x within two bounds; NaN stays NaN.
template <typename T>
QML_HOST_DEVICE inline T within(T x, T lower, T upper) {
  x = x < lower ? lower : x;
  return x > upper ? upper : x;
}

template <typename T>
QML_HOST_DEVICE inline T sigmoidOf(T x) {
  // The exponential of no positive number, which could overflow.
  T small = expOf(x < T(0) ? x : -x);
  return (x < T(0) ? small : T(1)) / (T(1) + small);
}

template <typename T>
QML_HOST_DEVICE inline T softplusOf(T x) {
  T small = log1pOf(expOf(x < T(0) ? x : -x));
  return x < T(0) ? small : x + small;
}

/// `alpha` is of LeakyReLU and ELU alone.
template <typename T>
QML_HOST_DEVICE inline T applyFunction(ScalarFunction function, T x, T alpha) {
  switch (function) {
  case ScalarFunction::Gelu:
    return T(0.5) * x * (T(1) + erfOf(x * T(0.70710678118654752440)));
  case ScalarFunction::GeluTanh:
    return T(0.5) * x *
           (T(1) +
            tanhOf(T(0.79788456080286535588) * (x + T(0.044715) * x * x * x)));
  case ScalarFunction::Swish:
    return x * sigmoidOf(x);
  case ScalarFunction::HardSilu:
    return x * within(x + T(3), T(0), T(6)) / T(6);
  case ScalarFunction::LeakyReLU:
    return x > T(0) ? x : alpha * x;
  case ScalarFunction::Sigmoid:
    return sigmoidOf(x);
  case ScalarFunction::HardSigmoid:
    return within(T(0.2) * x + T(0.5), T(0), T(1));
  case ScalarFunction::HardSigmoid6:
    return within(x + T(3), T(0), T(6)) / T(6);
  case ScalarFunction::Tanh:
    return tanhOf(x);
  case ScalarFunction::ELU:
    return x > T(0) ? x : alpha * expm1Of(x);
  case ScalarFunction::SELU:
    return T(1.05070098735548049342) *
           (x > T(0) ? x : T(1.67326324235437728481) * expm1Of(x));
  case ScalarFunction::Softplus:
    return softplusOf(x);
  case ScalarFunction::Softsign:
    return x / (T(1) + (x < T(0) ? -x : x));
  case ScalarFunction::Mish:
    return x * tanhOf(softplusOf(x));
  case ScalarFunction::Exponential:
    return expOf(x);
  }
  return x;
}

/// Whether the function never falls where its argument grows, so that the
/// largest of several results is the result of the largest argument.
constexpr bool isMonotonic(ScalarFunction function, float alpha) {
  switch (function) {
  case ScalarFunction::Gelu:
  case ScalarFunction::GeluTanh:
  case ScalarFunction::Swish:
  case ScalarFunction::HardSilu:
  case ScalarFunction::Mish:
    return false;
  case ScalarFunction::LeakyReLU:
  case ScalarFunction::ELU:
    return alpha >= 0.0f;
  case ScalarFunction::Sigmoid:
  case ScalarFunction::HardSigmoid:
  case ScalarFunction::HardSigmoid6:
  case ScalarFunction::Tanh:
  case ScalarFunction::SELU:
  case ScalarFunction::Softplus:
  case ScalarFunction::Softsign:
  case ScalarFunction::Exponential:
    return true;
  }
  return false;
}

/// The results of a function for all codes of a tensor in fixed point.
struct LookUpTable {
  /// For the codes -2^n to 2^n - 1.
  std::vector<int32_t> values;
  /// An entry v stands for v * scale.
  float scale = 1.0f;
};

/// With y_k = f(k / 2^fracBits) for the codes k of n value bits, the scale s =
/// max |y| * fl(1 / (2^t - 1)), and entries sat(rne(y_k / s), t), for t
/// `tableBits`. Each step is rounded to float32, as in the reference. Results
/// beyond `limit`, which nobody needs, saturate. An error if a result is not
/// finite, or all are zero.
Result<LookUpTable> makeLookUpTable(ScalarFunction function, float alpha,
                                    int valueBits, int fracBits, int tableBits,
                                    float limit = INFINITY);

} // namespace qml

#endif // QML_QUANTIZATION_SCALARFUNCTIONS_H
