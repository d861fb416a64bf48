//===- ComponentTest.cpp - The component for GPUs -------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where it was built, the component has to load, also without a driver, and to
// say what is missing.
//
//===----------------------------------------------------------------------===//

#include "qml/GPU/Component.h"
#include "qml/Support/Component.h"

#include "gtest/gtest.h"

using namespace qml;

TEST(GPUComponent, LoadsAndSaysWhatThereIs) {
  auto component = Component::load(QML_CUDA_COMPONENT);
  ASSERT_TRUE(bool(component)) << component.message();
  auto *version = component->find<decltype(qmlGPUComponentVersion)>(
      "qmlGPUComponentVersion");
  ASSERT_TRUE(version);
  EXPECT_EQ(version(), gpuComponentVersion);
  auto *find = component->find<decltype(qmlFindGPU)>("qmlFindGPU");
  auto *create = component->find<decltype(qmlCreateGPUFloatExecutor)>(
      "qmlCreateGPUFloatExecutor");
  ASSERT_TRUE(find && create);
  std::string name, error;
  bool found = find(name, error);
  EXPECT_EQ(found, error.empty()) << error;
  EXPECT_EQ(found, !name.empty());
  if (found)
    return;
  EXPECT_NE(error.find("there is no"), std::string::npos) << error;
  // Nothing is made without a device, not even of a good program.
  Program program;
  program.inputs = {{0, "input"}};
  program.tensors.push_back({{4}, ElementType::F32, {}});
  program.outputs.push_back({0, "input"});
  std::string again;
  EXPECT_EQ(create(program, {}, {}, again), nullptr);
  EXPECT_EQ(again, error);
  for (int rank : {0, 3})
    EXPECT_EQ(create(program, {}, {"cuda", rank}, again), nullptr);
}
