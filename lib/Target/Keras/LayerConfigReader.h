//===- LayerConfigReader.h - The configuration of a Keras layer -*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_TARGET_KERAS_LAYERCONFIGREADER_H
#define QML_LIB_TARGET_KERAS_LAYERCONFIGREADER_H

#include "mlir/IR/Diagnostics.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "qml/Target/Keras/KerasModel.h"

#include <array>
#include <optional>

namespace qml {

/// The number or the lists of a constant: Keras 3 writes arrays as objects that
/// hold them.
const nlohmann::json &getConstantValue(const nlohmann::json &constant);

/// A number, or a list of them, in any form that Keras writes, lists around it
/// included; none if it is something else.
std::optional<std::vector<double>> parseNumbers(const nlohmann::json &value);

/// Reads values of a layer's configuration. A value of the wrong kind is
/// reported at the layer's location, and replaced by one that is harmless.
class LayerConfigReader {
public:
  LayerConfigReader(const KerasLayer &layer, mlir::Location loc)
      : keras(layer), loc(loc) {}

  const KerasLayer &layer() const { return keras; }
  llvm::StringRef name() const { return keras.name; }
  mlir::Location location() const { return loc; }

  /// Starts the report of a problem: a sentence about "it", to which the
  /// importer adds which layers it is true of.
  mlir::InFlightDiagnostic error();
  bool failed() const { return hasFailed; }

  /// Whether there is a value, and it isn't null.
  bool has(const char *key) const;

  /// Without a default the value is required. Integers are positive and of
  /// moderate size.
  int64_t getInteger(const char *key,
                     std::optional<int64_t> byDefault = std::nullopt);
  /// Required, and not negative.
  int64_t getIndex(const char *key);
  double getNumber(const char *key, double byDefault);
  /// Without a default.
  double getNumber(const char *key);
  bool getBool(const char *key, bool byDefault);
  std::string getString(const char *key, const char *byDefault);
  /// One positive integer for both, or two.
  std::array<int64_t, 2>
  getPair(const char *key, std::optional<int64_t> byDefault = std::nullopt);
  /// The same for a window over images; over sequences, whose images have
  /// height 1, one integer, or a list of one.
  std::array<int64_t, 2>
  getWindow(const char *key, bool isSequence,
            std::optional<int64_t> byDefault = std::nullopt);
  /// A number, or a list of them.
  std::vector<double> getNumbers(const char *key,
                                 std::vector<double> byDefault);
  /// A list of integers, -1 allowed.
  std::vector<int64_t> getIntegers(const char *key);
  /// An integer, or a list of one.
  int64_t getAxis(const char *key, int64_t byDefault);
  /// Top, bottom, left, right: of one number, two, or two pairs.
  std::array<int64_t, 4> getPads(const char *key);
  /// Before and after: of one number, or two.
  std::array<int64_t, 2> getStepPads(const char *key);
  /// Three positive integers, or one for all.
  std::array<int64_t, 3>
  getTriple(const char *key, std::optional<int64_t> byDefault = std::nullopt);
  /// Before and after along each of three axes: of one number, three, or three
  /// pairs.
  std::array<std::array<int64_t, 2>, 3> getVolumePads(const char *key);
  Padding getPadding();

  /// Reports any other layout of images.
  void expectChannelsLast();

private:
  const nlohmann::json *find(const char *key) const;
  void wrongValue(const char *key, const nlohmann::json *value,
                  const char *allowed);

  const KerasLayer &keras;
  mlir::Location loc;
  bool hasFailed = false;
};

} // namespace qml

#endif // QML_LIB_TARGET_KERAS_LAYERCONFIGREADER_H
