//===- Compare.cpp - qml compare ------------------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "JsonReport.h"
#include "ModuleIO.h"
#include "Softmax.h"
#include "qml/Support/Npz.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

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
                       "commas between; default: all that both files have"),
              cl::sub(compareCommand));
static cl::opt<double> tolerance(
    "tolerance",
    cl::desc("Largest relative difference of floats that is none, 0 or more "
             "(default: 0)"),
    cl::init(0.0), cl::sub(compareCommand));
static cl::opt<double>
    least("min-snr",
          cl::desc("Signal-to-noise ratio, in dB, from which on results of "
                   "real values are equal (default: none)"),
          cl::init(HUGE_VAL), cl::sub(compareCommand));

static cl::opt<std::string> jsonPath("json", cl::desc(jsonHelp),
                                     cl::value_desc("F"),
                                     cl::sub(compareCommand));

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

//===----------------------------------------------------------------------===//
// Results as real values
//===----------------------------------------------------------------------===//

static StringRef kindOf(StringRef key) { return key.split('/').first; }

/// Whether arrays of this kind are what layers or networks return.
static bool isResult(StringRef key) {
  StringRef kind = kindOf(key);
  return kind == "out" || kind == "prediction" || kind == "float_prediction";
}

namespace {
/// An array that is compared.
struct Values {
  Shape shape;
  std::vector<double> numbers;
  bool areReal = false;
};

/// One of both files.
class Side {
public:
  explicit Side(NpzFile file) : file(std::move(file)) {}

  Result<Values> read(const std::string &key);
  /// Turns the integers of a layer into what they stand for.
  Status makeReal(const std::string &key, Values &values);

  NpzFile file;
  /// Arrays that said what integers stand for.
  std::set<std::string> used;
  /// Layers whose integers were made real without a rate.
  std::vector<std::string> withoutRate;

private:
  Result<std::vector<double>> readChannels(const std::string &kind,
                                           const std::string &layer,
                                           int64_t channels);
};
} // namespace

/// Without the extents of 1 that images of one cell have and vectors don't.
static Shape withoutOnes(Shape shape) {
  if (!shape.empty())
    shape.erase(std::remove(shape.begin() + 1, shape.end(), 1), shape.end());
  return shape;
}

Result<Values> Side::read(const std::string &key) {
  Result<NpyArray> array = file.get(key);
  if (!array)
    return array.takeError();
  Values values;
  values.shape = array->shape;
  values.numbers = readValues(*array);
  values.areReal = isFloat(array->type);
  return values;
}

Result<std::vector<double>> Side::readChannels(const std::string &kind,
                                               const std::string &layer,
                                               int64_t channels) {
  std::string key = kind + "/" + layer;
  Result<Values> values = read(key);
  if (!values)
    return values.takeError();
  used.insert(key);
  if (values->numbers.size() != 1 &&
      int64_t(values->numbers.size()) != channels)
    return qml::Error{file.name() + ": " + key + " holds " +
                      std::to_string(values->numbers.size()) +
                      " values for the extent " + std::to_string(channels) +
                      " of the last axis; it has to hold one, or "
                      "one for each"};
  return std::move(values->numbers);
}

Status Side::makeReal(const std::string &key, Values &values) {
  std::string layer = StringRef(key).split('/').second.str();
  if (kindOf(key) != "out" || !file.contains("out_frac_bits/" + layer))
    return qml::Error{
        key + ": " + file.name() +
        " holds integers there, and no out_frac_bits/" + layer +
        ", which would say what they stand for; write real values "
        "with 'qml run --float'"};
  int64_t channels = values.shape.empty() ? 1 : values.shape.back();
  Result<std::vector<double>> bits =
      readChannels("out_frac_bits", layer, channels);
  if (!bits)
    return bits.takeError();
  auto multiply = [&](const std::vector<double> &factors, bool isDivisor) {
    for (size_t i = 0; i != values.numbers.size(); ++i) {
      double factor = factors[i % factors.size()];
      values.numbers[i] *= isDivisor ? 1 / factor : factor;
    }
  };
  for (double &value : *bits)
    value = std::exp2(-value);
  multiply(*bits, false);
  for (const char *kind : {"out_scales", "rescaling_rate"}) {
    bool isRate = kind != StringRef("out_scales");
    if (file.contains(kind + ("/" + layer))) {
      Result<std::vector<double>> factors = readChannels(kind, layer, channels);
      if (!factors)
        return factors.takeError();
      multiply(*factors, isRate);
    } else if (isRate) {
      withoutRate.push_back(layer);
    }
  }
  used.insert("out_value_bits/" + layer);
  values.areReal = true;
  return {};
}

namespace {
/// What rows of results are.
enum class Rows { Logits, Probabilities, Logarithms };
} // namespace

/// What the numbers say: probabilities sum to one, and so do the exponentials
/// of their logarithms.
static bool haveSumOne(const Values &values, bool areLogarithms) {
  if (values.shape.size() < 2 || values.shape.back() < 2 ||
      values.numbers.empty())
    return false;
  size_t classes = values.shape.back();
  for (size_t i = 0; i != values.numbers.size(); i += classes) {
    double sum = 0;
    for (size_t c = 0; c != classes; ++c) {
      double value = values.numbers[i + c];
      if (areLogarithms)
        value = std::exp(value);
      if (!(value >= 0 && value <= 1))
        return false;
      sum += value;
    }
    if (std::fabs(sum - 1) > 1e-3)
      return false;
  }
  return true;
}

static Rows findRows(const Values &values) {
  if (haveSumOne(values, /*areLogarithms=*/false))
    return Rows::Probabilities;
  return haveSumOne(values, /*areLogarithms=*/true) ? Rows::Logarithms
                                                    : Rows::Logits;
}

//===----------------------------------------------------------------------===//
// The comparison
//===----------------------------------------------------------------------===//

namespace {
class Comparison {
public:
  Comparison(NpzFile expected, NpzFile actual)
      : expected(std::move(expected)), actual(std::move(actual)) {
    StringRef(kindNames).split(kinds, ',', -1, /*KeepEmpty=*/false);
  }

  Status run();
  int finish();

private:
  bool isWanted(StringRef key) const {
    return kinds.empty() || is_contained(kinds, kindOf(key));
  }
  /// Says what differs; true if nothing does.
  Result<bool> compare(const std::string &key);
  bool compareNumbers(const std::string &key, const Values &a, const Values &b,
                      bool isExact);
  void findMissing(const Side &from, const Side &in);
  void printRest(const Side &from, const Side &in) const;

  Side expected, actual;
  SmallVector<StringRef> kinds;
  /// What programs are told of the array that is compared, and of all.
  Json entry, arrays = Json::array(), missing = Json::array();
  int64_t compared = 0, different = 0, predictions = 0;
  /// Of all predictions.
  Noise all;
};
} // namespace

bool Comparison::compareNumbers(const std::string &key, const Values &a,
                                const Values &b, bool isExact) {
  double allowed = isExact ? 0.0 : double(tolerance);
  int64_t mismatches = 0, first = -1;
  Noise noise;
  for (size_t i = 0; i != a.numbers.size(); ++i) {
    double x = a.numbers[i], y = b.numbers[i];
    // Infinities, which have no difference.
    if (std::isinf(x) && x == y)
      continue;
    noise.add(x, y);
    // Written so that NaN differs.
    if (std::fabs(x - y) <= allowed * std::fabs(x))
      continue;
    if (mismatches++ == 0)
      first = i;
  }
  entry["values"] = a.numbers.size();
  entry["different_values"] = mismatches;
  bool hasRatio = a.areReal && isResult(key) && !std::isnan(noise.noise);
  if (hasRatio)
    entry["noise"] = jsonNoise(noise);
  if (hasRatio && kindOf(key) == "prediction") {
    ++predictions;
    all.add(noise);
  }
  if (mismatches == 0 || (hasRatio && noise.decibels() >= least))
    return true;
  textStream(jsonPath) << format(
      "%s: %lld of %zu values differ", printable(key).c_str(),
      static_cast<long long>(mismatches), a.numbers.size());
  if (hasRatio)
    textStream(jsonPath) << format(", %.2f dB", noise.decibels());
  textStream(jsonPath) << format(
      "; the first is element %lld, %.9g, expected %.9g\n",
      static_cast<long long>(first), b.numbers[first], a.numbers[first]);
  return false;
}

Result<bool> Comparison::compare(const std::string &key) {
  Result<NpyArray> first = expected.file.get(key);
  if (!first)
    return first.takeError();
  Result<NpyArray> second = actual.file.get(key);
  if (!second)
    return second.takeError();
  bool isHalf = first->type == ElementType::F16;
  if (isHalf != (second->type == ElementType::F16) ||
      (isFloat(first->type) != isFloat(second->type) && !isResult(key))) {
    textStream(jsonPath) << printable(key) << ": type " << nameOf(second->type)
                         << ", expected " << nameOf(first->type) << "\n";
    return false;
  }
  bool hasShape = isResult(key)
                      ? withoutOnes(first->shape) == withoutOnes(second->shape)
                      : first->shape == second->shape;
  if (!hasShape) {
    textStream(jsonPath) << printable(key) << ": shape "
                         << toString(second->shape) << ", expected "
                         << toString(first->shape) << "\n";
    return false;
  }
  Result<Values> a = expected.read(key), b = actual.read(key);
  if (!a || !b)
    return a ? b.takeError() : a.takeError();
  if (a->areReal != b->areReal) {
    Side &side = a->areReal ? actual : expected;
    if (Status status = side.makeReal(key, a->areReal ? *b : *a); !status) {
      textStream(jsonPath) << printable(status.message(), maxMessageBytes)
                           << "\n";
      return false;
    }
  }
  if (a->areReal && !isHalf && isResult(key)) {
    Rows first = findRows(*a), second = findRows(*b);
    bool areLogarithms =
        first != Rows::Probabilities && second != Rows::Probabilities;
    Rows kind = areLogarithms ? Rows::Logarithms : Rows::Probabilities;
    // Hardware leaves the last softmax out.
    Values &others = first == kind ? *b : *a;
    if (first != second && others.shape.size() >= 2 &&
        others.shape.back() >= 2) {
      applySoftmax(others.numbers.data(), others.numbers.size(),
                   others.shape.back(), areLogarithms);
      textStream(jsonPath) << printable(key) << ": one of both holds "
                           << (areLogarithms ? "logarithms of " : "")
                           << "probabilities, the other one does not; its "
                           << (areLogarithms ? "log softmax" : "softmax")
                           << " is compared\n";
    }
  }
  return compareNumbers(key, *a, *b, isHalf || !a->areReal);
}

void Comparison::findMissing(const Side &from, const Side &in) {
  for (const std::string &key : from.file.keys())
    if (isWanted(key) && !in.file.contains(key)) {
      textStream(jsonPath) << printable(key) << ": missing in "
                           << printable(in.file.name()) << "\n";
      missing.push_back(
          {{"name", jsonName(key)}, {"file", jsonName(in.file.name())}});
      ++different;
    }
}

Status Comparison::run() {
  if (!kinds.empty()) {
    findMissing(actual, expected);
    findMissing(expected, actual);
    for (StringRef kind : kinds) {
      auto isOfKind = [&](const std::string &key) {
        return kindOf(key) == kind;
      };
      if (none_of(expected.file.keys(), isOfKind) &&
          none_of(actual.file.keys(), isOfKind)) {
        textStream(jsonPath)
            << printable(kind) << ": neither file has arrays of this kind\n";
        ++different;
      }
    }
  }
  for (const std::string &key : expected.file.keys()) {
    if (!isWanted(key) || !actual.file.contains(key))
      continue;
    entry = {{"name", jsonName(key)}};
    Result<bool> isEqual = compare(key);
    if (!isEqual)
      return isEqual.takeError();
    ++compared;
    different += !*isEqual;
    entry["equal"] = *isEqual;
    arrays.push_back(std::move(entry));
  }
  return {};
}

/// Names what was left out since one file alone has it: kinds as a whole where
/// the other file has none of it.
void Comparison::printRest(const Side &from, const Side &in) const {
  std::set<StringRef> others;
  for (const std::string &key : in.file.keys())
    others.insert(kindOf(key));
  std::map<StringRef, int64_t> whole;
  std::vector<std::string> names;
  for (const std::string &key : from.file.keys()) {
    if (in.file.contains(key) || from.used.count(key))
      continue;
    if (others.count(kindOf(key)) || kindOf(key) == key)
      names.push_back(printable(key));
    else
      ++whole[kindOf(key)];
  }
  std::vector<std::string> parts;
  for (auto [kind, count] : whole)
    parts.push_back(printable(kind) + "/* (" + std::to_string(count) + ")");
  constexpr size_t most = 8;
  for (size_t i = 0; i != std::min(most, names.size()); ++i)
    parts.push_back(names[i]);
  if (names.size() > most)
    parts.push_back("and " + std::to_string(names.size() - most) + " more");
  if (!parts.empty())
    textStream(jsonPath) << "not compared, in " << printable(from.file.name())
                         << " alone: " << join(parts, ", ") << "\n";
}

int Comparison::finish() {
  if (predictions > 1 && all.noise != 0)
    textStream(jsonPath) << format("all predictions: %.2f dB\n",
                                   all.decibels());
  for (const Side *side : {&expected, &actual})
    if (different && !side->withoutRate.empty())
      textStream(jsonPath)
          << "note: " << printable(side->file.name())
          << " holds integers, but not the rates by which layers were "
             "rescaled; 'qml run --float' writes real values\n";
  if (kinds.empty()) {
    printRest(expected, actual);
    printRest(actual, expected);
  }
  textStream(jsonPath) << showCount(compared, "array") << " compared, "
                       << different << " different\n";
  Json report = makeReport("compare", actualPath);
  report["expected"] = jsonName(expectedPath);
  report["compared"] = compared;
  report["different"] = different;
  report["arrays"] = std::move(arrays);
  report["missing"] = std::move(missing);
  if (predictions)
    report["noise"] = jsonNoise(all);
  if (Status status = writeReport(jsonPath, report); !status)
    return fail(status.message());
  return different || !compared ? Failed : Done;
}

int qml::runCompare() {
  Usage usage;
  if (!(tolerance >= 0))
    usage.wrong("--tolerance is " + showNumber(double(tolerance)) +
                "; it takes 0 or more");
  if (std::isnan(least))
    usage.wrong("--min-snr is nan; it takes a number of decibels");
  if (int code = usage.exitCode())
    return code;
  if (Status status = checkOutputs({{jsonPath, jsonExtensions}}); !status)
    return fail(status.message());
  Result<NpzFile> expected = NpzFile::open(expectedPath);
  if (!expected)
    return fail(expected.message());
  Result<NpzFile> actual = NpzFile::open(actualPath);
  if (!actual)
    return fail(actual.message());
  Comparison comparison(std::move(*expected), std::move(*actual));
  if (Status status = comparison.run(); !status)
    return fail(status.message());
  return comparison.finish();
}
