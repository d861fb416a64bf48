//===- DamagedModelsTest.cpp - Damaged Keras models -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever is in a file, reading it returns a model or an error. Archives are
// damaged inside too, with right checksums.
//
//===----------------------------------------------------------------------===//

#include "Mutations.h"
#include "TempFolder.h"
#include "qml/Support/Zip.h"
#include "qml/Target/Keras/KerasModel.h"

#include <gtest/gtest.h>

using namespace qml;
using namespace qml::testing;

static const std::string inputs = QML_TEST_INPUTS "/";
static constexpr int copiesPerFile = 1000;

namespace {
struct Outcome {
  int good = 0;
  int refused = 0;
  unsigned sum = 0;
};
} // namespace

static void readModel(const Bytes &bytes, Outcome &outcome) {
  Result<KerasModel> model = parseKerasModel(bytes, "damaged");
  if (!model) {
    EXPECT_FALSE(model.message().empty());
    ++outcome.refused;
    return;
  }
  ++outcome.good;
  ASSERT_FALSE(model->layers.empty());
  ASSERT_FALSE(model->outputs.empty());
  for (size_t i = 0; i < model->layers.size(); ++i) {
    for (size_t input : model->layers[i].inputs)
      ASSERT_LT(input, i);
    for (const KerasWeight &weight : model->layers[i].weights) {
      const uint8_t *data = weight.array.as<uint8_t>();
      for (size_t b = 0; b < weight.array.numBytes(); ++b)
        outcome.sum += data[b];
    }
  }
}

static void report(const Outcome &outcome) {
  EXPECT_GT(outcome.refused, 0);
  ::testing::Test::RecordProperty("good", outcome.good);
  ::testing::Test::RecordProperty("refused", outcome.refused);
}

static void survive(const std::string &file, size_t headBytes) {
  Mutator mutator(contentsOf(inputs + file));
  Outcome outcome;
  for (int i = 0; i < copiesPerFile; ++i)
    readModel(copyOf(mutator.next(headBytes)), outcome);
  report(outcome);
}

/// Damages one member of an archive and packs it again.
static void surviveInside(const std::string &file, const std::string &damaged,
                          size_t headBytes) {
  TempFolder folder;
  std::string path = folder.path("m.keras");
  Result<ZipReader> zip = ZipReader::open(inputs + file);
  ASSERT_TRUE(bool(zip));
  std::vector<std::pair<std::string, std::string>> members;
  for (const ZipEntry &entry : zip->entries()) {
    Result<Bytes> bytes = zip->read(entry);
    ASSERT_TRUE(bool(bytes));
    members.emplace_back(entry.name, bytes->text());
  }
  const ZipEntry *entry = zip->find(damaged);
  ASSERT_NE(entry, nullptr);
  Result<Bytes> sound = zip->read(*entry);
  ASSERT_TRUE(bool(sound));
  Mutator mutator{std::string(sound->text())};
  Outcome outcome;
  for (int i = 0; i < copiesPerFile; ++i) {
    std::string copy = mutator.next(headBytes);
    Result<ZipWriter> writer = ZipWriter::create(path, {false, false});
    ASSERT_TRUE(bool(writer));
    for (const auto &[name, contents] : members)
      ASSERT_TRUE(bool(writer->add(name, {name == damaged ? copy : contents})));
    ASSERT_TRUE(bool(writer->finish()));
    readModel(copyOf(contentsOf(path)), outcome);
  }
  report(outcome);
}

TEST(DamagedModels, SequentialH5) { survive("tf_keras_sequential.h5", 4096); }
TEST(DamagedModels, BranchesH5) { survive("keras3_branches.h5", 4096); }
TEST(DamagedModels, NestedH5) { survive("tf_keras_nested.h5", 65536); }
TEST(DamagedModels, Archive) { survive("keras3_nested.keras", 4096); }
TEST(DamagedModels, ConfigInArchive) {
  surviveInside("keras3_nested.keras", "config.json", 65536);
}
TEST(DamagedModels, WeightsInArchive) {
  surviveInside("tf_keras_nested.keras", "model.weights.h5", 8192);
}
