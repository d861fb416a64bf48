//===- JsonReport.cpp - What commands say, for programs -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonReport.h"

#include "qml/Support/AtomicFile.h"
#include "qml/Support/Quote.h"

#include <cmath>

namespace qml {

Json makeReport(const std::string &command, const std::string &model) {
  Json report;
  report["schema"] = "qml-report";
  report["version"] = 1;
  report["command"] = command;
  report["model"] = jsonName(model);
  return report;
}

Json jsonName(const std::string &name) {
  return printable(name, maxMessageBytes);
}

Json jsonNumber(double value) {
  if (!std::isfinite(value))
    return nullptr;
  return value;
}

Json jsonNoise(const Noise &noise) {
  Json json;
  json["db"] = jsonNumber(noise.decibels());
  json["signal"] = jsonNumber(noise.signal);
  json["noise"] = jsonNumber(noise.noise);
  json["largest_difference"] = jsonNumber(noise.largest);
  return json;
}

Status writeReport(const std::string &path, const Json &report) {
  if (path.empty())
    return {};
  std::string text = report.dump(/*indent=*/2, ' ', /*ensure_ascii=*/false,
                                 Json::error_handler_t::replace) +
                     "\n";
  return writeFile(path, text);
}

llvm::raw_ostream &textStream(const std::string &jsonPath) {
  return jsonPath == "-" ? llvm::nulls() : llvm::outs();
}

} // namespace qml
