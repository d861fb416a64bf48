//===- ComponentTest.cpp - Tests of libraries loaded when needed ----------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Component.h"
#include "TempFolder.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <fstream>

using namespace qml;

static constexpr char variable[] = "QML_TEST_COMPONENT";

TEST(Component, liesBesideTheTools) {
  ::unsetenv(variable);
  std::string path = Component::findPath("libQMLNothing", variable);
  std::string folder = path.substr(0, path.rfind("/lib/"));
  EXPECT_EQ(path, folder + "/lib/libQMLNothing.so");
  // Of this build: this program is in unittests/.
  EXPECT_TRUE(std::filesystem::exists(folder + "/unittests")) << path;
  ::setenv(variable, "", 1);
  EXPECT_EQ(Component::findPath("libQMLNothing", variable), path);
  ::setenv(variable, "/else/where.so", 1);
  EXPECT_EQ(Component::findPath("libQMLNothing", variable), "/else/where.so");
  ::unsetenv(variable);
}

TEST(Component, errorsNameTheFile) {
  qml::testing::TempFolder folder;
  std::string path = folder.path("lib.so");
  Result<Component> component = Component::load(path);
  ASSERT_FALSE(bool(component));
  EXPECT_EQ(component.message(), "there is no " + path);
  std::ofstream(path) << "no library";
  component = Component::load(path);
  ASSERT_FALSE(bool(component));
  EXPECT_EQ(component.message().find("can't load " + path + ": "), 0u)
      << component.message();
}

TEST(Component, functions) {
  // A library that this program has loaded anyway, under the name that it has.
  Result<Component> component =
      Component::load(QML_TEST_LIBRARY, Component::Symbols::Global);
  ASSERT_TRUE(bool(component)) << component.message();
  auto *version = component->find<const char *()>("zlibVersion");
  ASSERT_NE(version, nullptr);
  EXPECT_EQ(version()[0], '1');
  EXPECT_EQ(component->find<void()>("qmlNothing"), nullptr);
}
