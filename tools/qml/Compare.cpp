//===- Compare.cpp - qml compare ------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "ModuleIO.h"
#include "qml/Support/Npz.h"
#include "qml/Support/Quote.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace llvm;
using namespace qml;

cl::SubCommand qml::compareCommand(
    "compare", "Compare the arrays that two .npz files have in common");

static cl::opt<std::string> expectedPath(cl::Positional,
                                         cl::desc("EXPECTED.npz"), cl::Required,
                                         cl::sub(compareCommand));
static cl::opt<std::string> actualPath(cl::Positional, cl::desc("ACTUAL.npz"),
                                       cl::Required, cl::sub(compareCommand));
static cl::opt<std::string>
    kindNames("kinds",
              cl::desc("Kinds of arrays that must be there and be equal, with "
                       "commas between; without: all that both files have"),
              cl::sub(compareCommand));
static cl::opt<double>
    tolerance("tolerance",
              cl::desc("Largest relative difference of floats that is none"),
              cl::init(0.0), cl::sub(compareCommand));

template <typename T>
static std::vector<double> widen(const NpyArray &array) {
  return std::vector<double>(array.as<T>(), array.as<T>() + array.size());
}

/// Exact for all types but 64-bit integers beyond 2^53, which these files
/// don't have.
static std::vector<double> readValues(const NpyArray &array) {
  switch (array.type) {
  case ElementType::Bool:
  case ElementType::U8:
    return widen<uint8_t>(array);
  case ElementType::U16:
    return widen<uint16_t>(array);
  case ElementType::U32:
    return widen<uint32_t>(array);
  case ElementType::U64:
    return widen<uint64_t>(array);
  case ElementType::I8:
    return widen<int8_t>(array);
  case ElementType::I16:
    return widen<int16_t>(array);
  case ElementType::I32:
    return widen<int32_t>(array);
  case ElementType::I64:
    return widen<int64_t>(array);
  case ElementType::F32:
    return widen<float>(array);
  case ElementType::F64:
    return widen<double>(array);
  case ElementType::F16:
    // As bits, which are equal or not.
    return widen<uint16_t>(array);
  }
  return {};
}

/// Says what differs; true if nothing does.
static bool compareArrays(const std::string &key, const NpyArray &expected,
                          const NpyArray &actual) {
  if (expected.shape != actual.shape) {
    outs() << printable(key) << ": shape " << toString(actual.shape)
           << ", expected " << toString(expected.shape) << "\n";
    return false;
  }
  if (isFloat(expected.type) != isFloat(actual.type) ||
      (expected.type != actual.type && (expected.type == ElementType::F16 ||
                                        actual.type == ElementType::F16))) {
    outs() << printable(key) << ": type " << nameOf(actual.type)
           << ", expected " << nameOf(expected.type) << "\n";
    return false;
  }
  std::vector<double> a = readValues(expected), b = readValues(actual);
  double allowed = isFloat(expected.type) ? double(tolerance) : 0.0;
  int64_t mismatches = 0, first = -1;
  for (size_t i = 0; i != a.size() && i != b.size(); ++i) {
    // Written so that NaN differs.
    if (std::fabs(a[i] - b[i]) <= allowed * std::fabs(a[i]))
      continue;
    if (mismatches++ == 0)
      first = i;
  }
  if (mismatches == 0)
    return true;
  outs() << format("%s: %lld of %zu values differ; the first is element %lld, "
                   "%.9g, expected %.9g\n",
                   printable(key).c_str(), static_cast<long long>(mismatches),
                   a.size(), static_cast<long long>(first), b[first], a[first]);
  return false;
}

int qml::runCompare() {
  Result<NpzFile> expected = NpzFile::open(expectedPath);
  if (!expected)
    return fail(expected.message());
  Result<NpzFile> actual = NpzFile::open(actualPath);
  if (!actual)
    return fail(actual.message());
  SmallVector<StringRef> kinds;
  StringRef(kindNames).split(kinds, ',', -1, /*KeepEmpty=*/false);

  int64_t compared = 0, different = 0;
  auto check = [&](const std::string &key, const NpzFile &file) {
    StringRef kind = StringRef(key).split('/').first;
    if (!kinds.empty() && !is_contained(kinds, kind))
      return false;
    if (file.contains(key))
      return true;
    if (!kinds.empty()) {
      outs() << printable(key) << ": missing in " << file.name() << "\n";
      ++different;
    }
    return false;
  };
  for (const std::string &key : actual->keys())
    if (!expected->contains(key))
      check(key, *expected);
  for (const std::string &key : expected->keys()) {
    if (!check(key, *actual))
      continue;
    Result<NpyArray> a = expected->get(key);
    if (!a)
      return fail(a.message());
    Result<NpyArray> b = actual->get(key);
    if (!b)
      return fail(b.message());
    ++compared;
    different += !compareArrays(key, *a, *b);
  }
  outs() << compared << " arrays compared, " << different << " different\n";
  return different || !compared ? Failed : Done;
}
