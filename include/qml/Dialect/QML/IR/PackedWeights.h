//===- PackedWeights.h - Weights of a few bits in bytecode ------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In memory, and in text, each weight of up to 8 bits is a byte. In bytecode a
// resource of bytes whose values need fewer bits is an attribute of the qml
// dialect that holds as many bits of each (qml/Support/PackedBits.h). Whoever
// has the dialect reads it, and gets the resource of bytes again.
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_PACKEDWEIGHTS_H
#define QML_DIALECT_QML_IR_PACKEDWEIGHTS_H

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/Bytecode/BytecodeWriter.h"

namespace qml {

/// Makes a writer pack weights. The context must have the qml dialect.
void packWeights(mlir::BytecodeWriterConfig &config);

/// Reads what follows the code of the attribute: the resource, or null after an
/// error. Memory is bounded by 8 times the bytes that were read.
mlir::Attribute readPackedWeights(mlir::DialectBytecodeReader &reader);

/// The code of such attributes in bytecode of the dialect.
constexpr uint64_t packedWeightsCode = 7;

} // namespace qml

#endif // QML_DIALECT_QML_IR_PACKEDWEIGHTS_H
