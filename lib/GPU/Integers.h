//===- Integers.h - Kernels on integers -------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All of them, as groups of the type `Kernel`.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_INTEGERS_H
#define QML_LIB_GPU_INTEGERS_H

#include "IntegerProducts.h"

#include <variant>

namespace qml {
namespace gpu {

template <typename Value, int Width>
using IntegerMaps = std::variant<IntegerMap<Copy, Value, Width>,
                                 IntegerMap<ShiftedSum, Value, Width>,
                                 IntegerMap<IntegerProduct, Value, Width>,
                                 IntegerMap<IntegerAveragePool, Value, Width>,
                                 IntegerMap<IntegerDepthwise, Value, Width>,
                                 IntegerMap<IntegerMaxPool, Value, Width>,
                                 IntegerMap<ImageSum, Value, Width>,
                                 IntegerMap<QuantizedInput, Value, Width>,
                                 IntegerMap<ChosenRows, Value, Width>>;

using SmallIntegers =
    std::variant<IntegerMap<Joined, int32_t, 1>, IntegerMap<Joined, int64_t, 1>,
                 IntegerMap<MovedIntegers, int32_t, 1>,
                 IntegerMap<MovedIntegers, int64_t, 1>, FloatMap>;

using ByteProducts =
    std::variant<ByteProduct<int8_t, 8>, ByteProduct<int8_t, 4>,
                 ByteProduct<int16_t, 4>>;

using WideProducts = std::variant<WideProduct<int32_t, int32_t, int32_t>,
                                  WideProduct<int32_t, int64_t, int64_t>,
                                  WideProduct<int64_t, Int128, int64_t>>;

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_INTEGERS_H
