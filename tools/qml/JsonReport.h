//===- JsonReport.h - What commands say, for programs -----------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One schema for all commands, docs/Reports.md. Whoever adds a field changes
// nothing for readers; any other change is a new version.
//
//===----------------------------------------------------------------------===//

#ifndef QML_TOOLS_QML_JSONREPORT_H
#define QML_TOOLS_QML_JSONREPORT_H

#include "qml/Analysis/Noise.h"
#include "qml/Support/Result.h"

#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>
#include <string>

namespace qml {

using Json = nlohmann::ordered_json;

/// What --json says in the help of a command.
inline constexpr char jsonHelp[] =
    "Write all of it to this file as JSON, see docs/Reports.md; - prints it "
    "instead of the text (default: none)";

/// A report of a command, with what all reports have.
Json makeReport(const std::string &command, const std::string &model);

/// A name from a file of anyone.
Json jsonName(const std::string &name);

/// Numbers that are infinite or none have no form in JSON: null.
Json jsonNumber(double value);

/// Signal, noise, and their ratio.
Json jsonNoise(const Noise &noise);

/// Writes a report, if there is a path: whole, or not at all; `-` prints it.
Status writeReport(const std::string &path, const Json &report);

/// Where a command prints what people read: nowhere if JSON is printed.
llvm::raw_ostream &textStream(const std::string &jsonPath);

} // namespace qml

#endif // QML_TOOLS_QML_JSONREPORT_H
