//===- DamagedFilesTest.cpp - Readers and damaged files -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Thousands of damaged files in one process. There is nothing to compare: the
// process has to survive, soon, and under sanitizers without a report.
//
//===----------------------------------------------------------------------===//

#include "Mutations.h"
#include "qml/Support/HDF5Reader.h"
#include "qml/Support/Npz.h"

#include <gtest/gtest.h>

using namespace qml;
using namespace qml::testing;

static const std::string inputs = QML_TEST_INPUTS "/";
static constexpr int copiesPerFile = 1500;

/// Reads every byte, so that a view that is too long is noticed.
static unsigned touch(const Array &array) {
  unsigned sum = 0;
  const uint8_t *data = array.as<uint8_t>();
  for (size_t i = 0; i < array.numBytes(); ++i)
    sum += data[i];
  return sum;
}

/// Counts what could be read, which keeps the reading alive.
struct Outcome {
  unsigned good = 0;
  unsigned refused = 0;
  unsigned sum = 0;

  template <typename T>
  bool count(const Result<T> &result) {
    ++(result ? good : refused);
    EXPECT_TRUE(result || !result.message().empty());
    return bool(result);
  }
};

static void readNpy(const Bytes &bytes, Outcome &outcome) {
  Result<NpyArray> array = NpyArray::parse(bytes, "damaged.npy");
  if (outcome.count(array))
    outcome.sum += touch(*array);
}

static void readNpz(const Bytes &bytes, Outcome &outcome) {
  Result<NpzFile> file = NpzFile::parse(bytes, "damaged.npz");
  if (!outcome.count(file))
    return;
  for (const std::string &key : file->keys()) {
    Result<NpyArray> array = file->get(key);
    if (outcome.count(array))
      outcome.sum += touch(*array);
  }
}

/// Groups of a damaged file may contain themselves.
static void walk(const HDF5Object &object, int depth, int &budget,
                 Outcome &outcome) {
  for (const char *name :
       {"vlen", "fixed", "vlens", "fixeds", "none", "number", "long", "text",
        "more", "model_config", "layer_names", "weight_names"})
    if (object.hasAttribute(name)) {
      Result<std::vector<std::string>> strings = object.strings(name);
      if (outcome.count(strings))
        outcome.sum += unsigned(strings->size());
    }
  if (object.isDataset()) {
    Result<Array> array = object.read();
    if (outcome.count(array))
      outcome.sum += touch(*array);
  }
  if (depth == 0)
    return;
  for (const std::string &name : object.names()) {
    if (--budget < 0)
      return;
    Result<HDF5Object> member = object.open(name);
    if (outcome.count(member))
      walk(*member, depth - 1, budget, outcome);
  }
}

static void readHDF5(const Bytes &bytes, Outcome &outcome) {
  Result<HDF5Object> root = HDF5Object::parse(bytes, "damaged.h5");
  int budget = 60;
  if (outcome.count(root))
    walk(*root, 6, budget, outcome);
}

static void readKeras(const Bytes &bytes, Outcome &outcome) {
  Result<ZipReader> zip = ZipReader::parse(bytes, "damaged.keras");
  if (!outcome.count(zip))
    return;
  for (const ZipEntry &entry : zip->entries()) {
    Result<Bytes> member = zip->read(entry);
    if (outcome.count(member) && entry.name == "model.weights.h5")
      readHDF5(*member, outcome);
  }
}

/// The reader on many damaged copies; some are read, some refused.
static void survive(const std::string &file,
                    void (*read)(const Bytes &, Outcome &),
                    size_t headBytes = 4096) {
  std::string contents = contentsOf(inputs + file);
  ASSERT_FALSE(contents.empty());
  Outcome sound;
  read(copyOf(contents), sound);
  EXPECT_GT(sound.good, 0u);
  Mutator mutator(std::move(contents));
  Outcome outcome;
  for (int i = 0; i < copiesPerFile; ++i)
    read(copyOf(mutator.next(headBytes)), outcome);
  EXPECT_GT(outcome.refused, 0u);
  ::testing::Test::RecordProperty("good", int(outcome.good));
  ::testing::Test::RecordProperty("refused", int(outcome.refused));
}

TEST(DamagedFiles, Npy) { survive("float32.npy", readNpy, 128); }
TEST(DamagedFiles, StoredNpz) { survive("stored.npz", readNpz); }
TEST(DamagedFiles, DeflatedNpz) { survive("deflated.npz", readNpz); }
TEST(DamagedFiles, HDF5Datasets) { survive("datasets.h5", readHDF5); }
TEST(DamagedFiles, HDF5Groups) { survive("groups.h5", readHDF5); }
TEST(DamagedFiles, HDF5Latest) { survive("latest.h5", readHDF5); }
TEST(DamagedFiles, HDF5UserBlock) { survive("userblock.h5", readHDF5); }
TEST(DamagedFiles, KerasH5) { survive("tf_keras_sequential.h5", readHDF5); }
TEST(DamagedFiles, KerasArchive) { survive("keras3_nested.keras", readKeras); }
