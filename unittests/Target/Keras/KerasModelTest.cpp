//===- KerasModelTest.cpp - Reading Keras models --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Keras/KerasModel.h"

#include "KerasConfigs.h"
#include "Mutations.h"
#include "TempFolder.h"

#include <filesystem>
#include <gtest/gtest.h>

using namespace qml;
using namespace qml::testing;
using json = nlohmann::json;

static const std::string inputs = QML_TEST_INPUTS "/";

/// "name class inputs" of each layer, one a line.
static std::string print(const KerasModel &model) {
  std::string text;
  for (const KerasLayer &layer : model.layers) {
    text += layer.name + " " + layer.className;
    for (size_t input : layer.inputs)
      text += " " + model.layers[input].name;
    text += "\n";
  }
  text += "->";
  for (size_t output : model.outputs)
    text += " " + model.layers[output].name;
  return text;
}

static float halfToFloat(uint16_t half) {
  float sign = half >> 15 ? -1.f : 1.f;
  int exponent = half >> 10 & 31;
  float mantissa = float(half & 1023) / 1024;
  if (exponent == 0)
    return sign * std::ldexp(mantissa, -14);
  return sign * std::ldexp(1 + mantissa, exponent - 15);
}

static double element(const Array &array, size_t i) {
  switch (array.type) {
  case ElementType::F16:
    return halfToFloat(array.as<uint16_t>()[i]);
  case ElementType::F32:
    return array.as<float>()[i];
  case ElementType::F64:
    return array.as<double>()[i];
  default:
    ADD_FAILURE() << "a weight of type " << nameOf(array.type);
    return 0;
  }
}

//===----------------------------------------------------------------------===//
// Files of Keras
//===----------------------------------------------------------------------===//

/// The layer of the flat model that was at `path`: "outer/inner/name".
static const KerasLayer *findLayer(const KerasModel &model,
                                   const std::string &path) {
  const KerasLayer *best = nullptr;
  for (const KerasLayer &layer : model.layers) {
    bool isEnd = path == layer.name ||
                 (path.size() > layer.name.size() &&
                  path.compare(path.size() - layer.name.size() - 1,
                               std::string::npos, "/" + layer.name) == 0);
    if (isEnd && (!best || layer.name.size() > best->name.size()))
      best = &layer;
  }
  return best;
}

TEST(KerasModel, WeightsAreThoseOfKeras) {
  json expected = json::parse(contentsOf(inputs + "models.json"), nullptr,
                              /*allow_exceptions=*/false);
  ASSERT_TRUE(expected.is_object());
  size_t files = 0;
  for (const auto &[file, description] : expected.items()) {
    SCOPED_TRACE(file);
    Result<KerasModel> model = readKerasModel(inputs + file);
    ASSERT_TRUE(bool(model)) << model.message();
    ++files;
    for (const auto &[path, arrays] : description["weights"].items()) {
      SCOPED_TRACE(path);
      const KerasLayer *layer = findLayer(*model, path);
      ASSERT_NE(layer, nullptr);
      ASSERT_EQ(layer->weights.size(), arrays.size());
      for (size_t i = 0; i < arrays.size(); ++i) {
        const Array &array = layer->weights[i].array;
        EXPECT_EQ(array.shape, arrays[i][0].get<Shape>());
        double sum = 0;
        for (int64_t e = 0; e < array.size(); ++e)
          sum += element(array, size_t(e));
        EXPECT_EQ(sum, arrays[i][1].get<double>());
        EXPECT_EQ(element(array, 0), arrays[i][2].get<double>());
      }
    }
  }
  EXPECT_EQ(files, 69u);
}

TEST(KerasModel, SequentialModels) {
  for (const char *file :
       {"tf_keras_sequential.h5", "keras3_sequential.keras"}) {
    SCOPED_TRACE(file);
    Result<KerasModel> model = readKerasModel(inputs + file);
    ASSERT_TRUE(bool(model)) << model.message();
    EXPECT_EQ(model->name, "plain");
    EXPECT_TRUE(model->isSequential);
    ASSERT_EQ(model->inputs.size(), 1u);
    EXPECT_EQ(model->inputs[0].layer, 0u);
    EXPECT_EQ(model->inputs[0].shape, (Shape{8, 8, 3}));
    EXPECT_EQ(model->inputs[0].type, ElementType::F32);
    EXPECT_FALSE(model->kerasVersion.empty());
    std::string text = print(*model);
    std::string input = model->layers[0].name;
    EXPECT_EQ(text, input + " InputLayer\n" + "rescaling Rescaling " + input +
                        "\n"
                        "conv Conv2D rescaling\n"
                        "bn BatchNormalization conv\n"
                        "relu ReLU bn\n"
                        "dw DepthwiseConv2D relu\n"
                        "act Activation dw\n"
                        "pool MaxPooling2D act\n"
                        "dropout Dropout pool\n"
                        "flatten Flatten dropout\n"
                        "reshape Reshape flatten\n"
                        "gap GlobalAveragePooling2D reshape\n"
                        "dense Dense gap\n"
                        "-> dense");
    const KerasLayer &dw = model->layers[5];
    EXPECT_NE(dw.weight("depthwise_kernel"), nullptr);
    EXPECT_NE(dw.weight("bias"), nullptr);
    EXPECT_EQ(dw.weight("kernel"), nullptr);
    EXPECT_EQ(dw.config["padding"], "same");
    const KerasLayer &bn = model->layers[3];
    ASSERT_EQ(bn.weights.size(), 4u);
    EXPECT_EQ(bn.weights[0].name, "gamma");
    EXPECT_EQ(bn.weights[3].name, "moving_variance");
  }
}

TEST(KerasModel, BranchesAreInKerasOrder) {
  for (const char *file : {"tf_keras_branches.keras", "tf_keras_float16.h5",
                           "tf_keras_float64.keras", "keras3_branches.h5"}) {
    SCOPED_TRACE(file);
    Result<KerasModel> model = readKerasModel(inputs + file);
    ASSERT_TRUE(bool(model)) << model.message();
    EXPECT_FALSE(model->isSequential);
    EXPECT_EQ(print(*model), "image InputLayer\n"
                             "long_1 Conv2D image\n"
                             "long_2 ReLU long_1\n"
                             "long_3 Conv2D long_2\n"
                             "short Conv2D image\n"
                             "sum Add long_3 short\n"
                             "gap GlobalAveragePooling2D sum\n"
                             "right Dense gap\n"
                             "left Dense gap\n"
                             "out Concatenate right left\n"
                             "-> out");
  }
}

TEST(KerasModel, WeightsHaveTheirOwnType) {
  auto typeOf = [](const char *file) {
    Result<KerasModel> model = readKerasModel(inputs + file);
    EXPECT_TRUE(bool(model)) << model.message();
    return model->layers[1].weights[0].array.type;
  };
  EXPECT_EQ(typeOf("tf_keras_float16.h5"), ElementType::F16);
  EXPECT_EQ(typeOf("tf_keras_float64.keras"), ElementType::F64);
  EXPECT_EQ(typeOf("keras3_branches.h5"), ElementType::F32);
}

TEST(KerasModel, NestedModelsAreFlattened) {
  for (const char *file : {"tf_keras_nested.h5", "keras3_nested.h5"}) {
    SCOPED_TRACE(file);
    Result<KerasModel> model = readKerasModel(inputs + file);
    ASSERT_TRUE(bool(model)) << model.message();
    EXPECT_EQ(print(*model), "image InputLayer\n"
                             "conv Conv2D image\n"
                             "deep_conv Conv2D conv\n"
                             "add Add conv deep_conv\n"
                             "bn BatchNormalization add\n"
                             "body/conv Conv2D bn\n"
                             "relu ReLU body/conv\n"
                             "flatten Flatten relu\n"
                             "fc Dense flatten\n"
                             "-> fc");
  }
  for (const char *file : {"tf_keras_nested.keras", "keras3_nested.keras"}) {
    SCOPED_TRACE(file);
    Result<KerasModel> model = readKerasModel(inputs + file);
    ASSERT_TRUE(bool(model)) << model.message();
    EXPECT_EQ(print(*model), "image InputLayer\n"
                             "conv Conv2D image\n"
                             "block/conv Conv2D conv\n"
                             "add Add conv block/conv\n"
                             "bn BatchNormalization add\n"
                             "body/conv Conv2D bn\n"
                             "relu ReLU body/conv\n"
                             "flatten Flatten relu\n"
                             "fc Dense flatten\n"
                             "-> fc");
  }
  for (const char *file : {"tf_keras_deferred.h5", "keras3_deferred.keras"}) {
    SCOPED_TRACE(file);
    Result<KerasModel> model = readKerasModel(inputs + file);
    ASSERT_TRUE(bool(model)) << model.message();
    ASSERT_EQ(model->inputs.size(), 1u);
    EXPECT_EQ(model->inputs[0].shape, (Shape{5, 5, 1}));
    std::string input = model->layers[0].name;
    EXPECT_EQ(print(*model), input + " InputLayer\n" + "conv Conv2D " + input +
                                 "\n"
                                 "relu ReLU conv\n"
                                 "flatten Flatten relu\n"
                                 "fc Dense flatten\n"
                                 "-> fc");
  }
}

TEST(KerasModel, WeightsAreViewsOfTheFile) {
  Result<Bytes> bytes = readFile(inputs + "tf_keras_sequential.h5");
  ASSERT_TRUE(bool(bytes));
  Result<KerasModel> model = parseKerasModel(*bytes, "x.h5");
  ASSERT_TRUE(bool(model)) << model.message();
  const uint8_t *begin = bytes->data;
  const uint8_t *end = begin + bytes->size;
  // The model alone keeps the file mapped.
  *bytes = Bytes();
  size_t count = 0;
  for (const KerasLayer &layer : model->layers)
    for (const KerasWeight &weight : layer.weights) {
      const uint8_t *data = weight.array.as<uint8_t>();
      EXPECT_TRUE(data >= begin && data < end);
      EXPECT_EQ(element(weight.array, 0), element(weight.array, 0));
      ++count;
    }
  EXPECT_EQ(count, 9u);
}

TEST(KerasModel, ReadsTheGoldenModels) {
  size_t count = 0;
  std::vector<std::string> paths = {QML_TEST_EXAMPLES "/mnist/model.h5"};
  for (const auto &folder :
       std::filesystem::directory_iterator(QML_TEST_GOLDEN))
    if (std::filesystem::exists(folder.path() / "model.h5"))
      paths.push_back((folder.path() / "model.h5").string());
  for (const std::string &path : paths) {
    Result<KerasModel> model = readKerasModel(path);
    ASSERT_TRUE(bool(model)) << model.message();
    EXPECT_GT(model->layers.size(), 3u);
    ++count;
  }
  EXPECT_GE(count, 9u);
}

//===----------------------------------------------------------------------===//
// Configurations
//===----------------------------------------------------------------------===//

static Result<KerasModel> readConfig(const std::string &config) {
  TempFolder folder;
  std::string path = folder.path("m.keras");
  writeConfig(path, config);
  Result<Bytes> bytes = readFile(path);
  EXPECT_TRUE(bool(bytes));
  return parseKerasModel(*bytes, "m.keras");
}

static std::string read(const std::string &config) {
  Result<KerasModel> model = readConfig(config);
  if (model)
    return print(*model);
  const std::string prefix = "cannot read Keras model 'm.keras': ";
  EXPECT_EQ(model.message().substr(0, prefix.size()), prefix);
  return model.message().substr(prefix.size());
}

TEST(KerasConfig, ConnectionsOfAllForms) {
  std::string a = R"({"class_name": "__keras_tensor__",
                      "config": {"keras_history": ["a", 0, 0]}})";
  EXPECT_EQ(
      read(functional(
          {input("x"), layer("a", "ReLU", R"([[["x", 0, 0, {}]]])"),
           layer("op", "TFOpLambda",
                 R"([["x", 0, 0, {"y": ["a", 0, 0], "name": null}]])"),
           layer("sum", "Add", R"([[["op", 0, 0], ["a", 0, 0, {}]]])"),
           layer("new", "Add",
                 "[{\"args\": [[" + a + ", " + a +
                     "]], \"kwargs\": {\"mask\": null}}]")},
          R"(["x", 0, 0])", R"({"one": ["sum", 0, 0], "two": ["new", 0, 0]})")),
      "x InputLayer\n"
      "a ReLU x\n"
      "op TFOpLambda x a\n"
      "sum Add op a\n"
      "new keras.ops.Add a a\n"
      "-> sum new");
}

/// "name" or position, and input or constant, of each argument of the last
/// layer.
static std::string printArguments(const std::string &config) {
  Result<KerasModel> model = readConfig(config);
  if (!model)
    return model.message();
  std::string text;
  for (const KerasArgument &argument : model->layers.back().arguments) {
    text += (text.empty() ? "" : ", ") + argument.name;
    text += argument.name.empty() ? "" : "=";
    text += argument.input ? "input " + std::to_string(*argument.input)
                           : argument.value.dump();
  }
  return text;
}

TEST(KerasConfig, ArgumentsAreKept) {
  auto of = [&](const std::string &call) {
    return printArguments(
        functional({input("x"), layer("a", "TFOpLambda", call)},
                   R"([["x", 0, 0]])", R"([["a", 0, 0]])"));
  };
  EXPECT_EQ(of(R"([["x", 0, 0, {"y": 2.5, "name": null}]])"),
            "input 0, name=null, y=2.5");
  EXPECT_EQ(of(R"([["_CONSTANT_VALUE", -1, 2.5, {"y": ["x", 0, 0]}]])"),
            "2.5, y=input 0");
  EXPECT_EQ(of(R"([["x", 0, 0, {"shape": [-1, 16]}]])"),
            "input 0, shape=[-1,16]");
  EXPECT_EQ(of(R"([[["x", 0, 0, {"axis": 1}], ["x", 0, 0, {"axis": 1}]]])"),
            "input 0, axis=1, input 1");
  std::string x = R"({"class_name": "__keras_tensor__",
                      "config": {"keras_history": ["x", 0, 0]}})";
  EXPECT_EQ(of("[{\"args\": [[" + x + ", " + x +
               "], [1, 2]], \"kwargs\": {\"mask\": null, \"y\": " + x + "}}]"),
            "input 0, input 1, [1,2], mask=null, y=input 2");
}

TEST(KerasConfig, InputsAreInTheOrderOfArguments) {
  std::string config = functional(
      {input("x"), input("y", "[null, 4, 4, 1]", "\"uint8\""),
       layer("a", "Rescaling", R"([[["y", 0, 0, {}]]])"),
       layer("sum", "Add", R"([[["x", 0, 0, {}], ["a", 0, 0, {}]]])")},
      R"([["x", 0, 0], ["y", 0, 0]])", R"([["sum", 0, 0], ["a", 0, 0]])");
  Result<KerasModel> model = readConfig(config);
  ASSERT_TRUE(bool(model)) << model.message();
  // The order of layers is another one: y is farther from the outputs.
  EXPECT_EQ(print(*model), "y InputLayer\n"
                           "x InputLayer\n"
                           "a Rescaling y\n"
                           "sum Add x a\n"
                           "-> sum a");
  ASSERT_EQ(model->inputs.size(), 2u);
  EXPECT_EQ(model->inputs[0].layer, 1u);
  EXPECT_EQ(model->inputs[0].type, ElementType::F32);
  EXPECT_EQ(model->inputs[1].layer, 0u);
  EXPECT_EQ(model->inputs[1].type, ElementType::U8);
}

/// What is wrong with the connections of layer 'a'.
static std::string problemOf(const std::vector<std::string> &layers) {
  Result<KerasModel> model =
      readConfig(functional(layers, R"([["x", 0, 0]])", R"([["a", 0, 0]])"));
  if (!model)
    return model.message();
  for (const KerasLayer &layer : model->layers)
    if (layer.name == "a")
      return layer.problem;
  return "no layer";
}

TEST(KerasConfig, ProblemsOfLayersAreKept) {
  EXPECT_EQ(
      problemOf({input("x"), layer("a", "ReLU", R"([[["x", 0, 1, {}]]])")}),
      "takes output 1 of layer 'x'; layers with several outputs are not "
      "supported, but for those that split a tensor");
}

TEST(KerasConfig, LayersWithoutUseAreLeftOut) {
  EXPECT_EQ(
      read(functional({input("x"), layer("a", "ReLU", R"([[["x", 0, 0, {}]]])"),
                       layer("b", "ReLU", R"([[["a", 0, 0, {}]]])")},
                      R"([["x", 0, 0]])", R"([["a", 0, 0]])")),
      "x InputLayer\na ReLU x\n-> a");
}

TEST(KerasConfig, NestedModelsOfSeveralInputsAndOutputs) {
  std::string inner = functional(
      {input("i"), input("j"), layer("p", "ReLU", R"([[["i", 0, 0, {}]]])"),
       layer("q", "Add", R"([[["p", 0, 0, {}], ["j", 0, 0, {}]]])")},
      R"([["i", 0, 0], ["j", 0, 0]])", R"([["p", 0, 0], ["q", 0, 0]])");
  inner.pop_back();
  inner += R"(, "name": "inner",
              "inbound_nodes": [[["a", 0, 0, {}], ["x", 0, 0, {}]]]})";
  EXPECT_EQ(
      read(functional({input("x"), layer("a", "ReLU", R"([[["x", 0, 0, {}]]])"),
                       inner, layer("p", "Add", R"([[["inner", 1, 1, {}],
                                              ["inner", 1, 0, {}]]])")},
                      R"([["x", 0, 0]])", R"([["p", 0, 0]])")),
      "x InputLayer\n"
      "a ReLU x\n"
      "inner/p ReLU a\n"
      "q Add inner/p x\n"
      "p Add q inner/p\n"
      "-> p");
}

TEST(KerasConfig, LayersThatAreCalledAgainAreLayers) {
  // "a_1" is the name of another layer, and the last call has no use.
  EXPECT_EQ(read(functional(
                {input("x"),
                 layer("a", "ReLU", R"([[["x", 0, 0, {}]], [["a_1", 0, 0, {}]],
                                 [["a", 0, 0, {}]], [["a", 1, 0, {}]]])"),
                 layer("a_1", "ReLU", R"([[["a", 0, 0, {}]]])")},
                R"([["x", 0, 0]])", R"([["a", 1, 0], ["a", 2, 0]])")),
            "x InputLayer\n"
            "a ReLU x\n"
            "a_1 ReLU a\n"
            "a_1_1 ReLU a_1\n"
            "a_2 ReLU a\n"
            "-> a_1_1 a_2");
}

TEST(KerasConfig, ModelsThatAreCalledAgain) {
  std::string inner =
      functional({input("i"), layer("p", "ReLU", R"([[["i", 0, 0, {}]]])")},
                 R"([["i", 0, 0]])", R"([["p", 0, 0]])");
  inner.pop_back();
  inner += R"(, "name": "inner", "inbound_nodes":
              [[["x", 0, 0, {}]], [["inner", 1, 0, {}]]]})";
  // Models count their calls from 1.
  EXPECT_EQ(read(functional({input("x"), inner}, R"([["x", 0, 0]])",
                            R"([["inner", 2, 0]])")),
            "x InputLayer\n"
            "p ReLU x\n"
            "inner_1/p ReLU p\n"
            "-> inner_1/p");
}

TEST(KerasConfig, CallsThatAreNotThere) {
  EXPECT_EQ(
      read(functional(
          {input("x"),
           layer("a", "ReLU", R"([[["x", 0, 0, {}]], [["a", 0, 0, {}]]])")},
          R"([["x", 0, 0]])", R"([["a", 2, 0]])")),
      "layer 'a' is called 2 times, the result of call 3 is used");
}

TEST(KerasConfig, CallsWithoutEnd) {
  // 2^32 layers.
  std::string model = layer("a", "ReLU", R"([[["x", 0, 0, {}]]])");
  std::string to = "a";
  for (int depth = 0; depth < 30; ++depth) {
    std::string again = functional({input("x"), model}, R"([["x", 0, 0]])",
                                   R"([[")" + to + R"(", 0, 0]])");
    again.pop_back();
    again += R"(, "name": "inner", "inbound_nodes":
                [[["x", 0, 0, {}]], [["inner", 0, 0, {}]]]})";
    model = again;
    to = "inner";
  }
  EXPECT_EQ(read(functional({input("x"), model}, R"([["x", 0, 0]])",
                            R"([["inner", 1, 0]])")),
            "it has more than 1048576 layers, each call of a model and of a "
            "layer counted");
}

TEST(KerasConfig, NamesWithoutEnd) {
  // Each of the calls has the name of its own.
  std::string name(400000, 'n'), calls;
  for (int call = 0; call < 500; ++call)
    calls += call ? R"(, [["x", 0, 0, {}]])" : R"([["x", 0, 0, {}]])";
  std::string inner =
      functional({input("x"), layer("a", "ReLU", R"([[["x", 0, 0, {}]]])")},
                 R"([["x", 0, 0]])", R"([["a", 0, 0]])");
  inner.pop_back();
  inner += ", \"name\": \"" + name + "\", \"inbound_nodes\": [" + calls + "]}";
  EXPECT_EQ(
      read(functional({input("x"), inner}, R"([["x", 0, 0]])",
                      "[[\"" + name + "\", 499, 0]]")),
      "the names of its nested models take more than 128 MB, that of each "
      "counted for all models in it");
}

TEST(KerasConfig, SequentialModelsOfSeveralInputs) {
  std::string inner =
      R"({"class_name": "Sequential", "config": {"name": "inner", "layers": [)" +
      layer("sum", "Add", "[]") + ", " + layer("b", "ReLU", "[]") + "]}}";
  std::string outer =
      R"({"class_name": "Sequential", "config": {"name": "outer", "layers": [)" +
      inner + R"(]}, "name": "outer",
                "inbound_nodes": [[["a", 0, 0, {}], ["x", 0, 0, {}]]]})";
  EXPECT_EQ(
      read(functional(
          {input("x"), layer("a", "ReLU", R"([[["x", 0, 0, {}]]])"), outer},
          R"([["x", 0, 0]])", R"([["outer", 0, 0]])")),
      "x InputLayer\na ReLU x\nsum Add a x\nb ReLU sum\n-> b");
}

TEST(KerasConfig, RefusesWithReasons) {
  std::string x = input("x");
  std::string relu = layer("a", "ReLU", R"([[["x", 0, 0, {}]]])");
  std::string toA = R"([["a", 0, 0]])";
  std::string fromX = R"([["x", 0, 0]])";
  EXPECT_EQ(read("{"), "its configuration is no valid JSON, the file is "
                       "damaged: line 1, column 1: unexpected end of input; "
                       "expected string literal");
  EXPECT_EQ(read(std::string(1000, '[')),
            "its configuration is nested deeper than 200 levels");
  EXPECT_EQ(read("[]"), "its configuration names no class");
  EXPECT_EQ(read(R"({"class_name": "MyModel", "config": {}})"),
            "its class is MyModel; Sequential and Functional models are "
            "supported");
  EXPECT_EQ(read(R"({"class_name": "Sequential", "config": {"layers": []}})"),
            "it has no layers");
  EXPECT_EQ(
      read(functional({x, input("y"), relu}, R"([["x",0,0],["y",0,0]])", toA)),
      "its input 'y' is not used: no output depends on it");
  EXPECT_EQ(read(functional({x, relu}, R"([["x",0,0],["x",0,0]])", toA)),
            "its input 'x' is in its list of inputs twice");
  EXPECT_EQ(
      read(functional({x, input("y"), layer("a", "Add", R"([[["x", 0, 0, {}],
                                                      ["y", 0, 0, {}]]])")},
                      fromX, toA)),
      "layer 'y' gets no data from an input of the model");
  EXPECT_EQ(read(functional({x, layer("a", "Add", R"([[["x", 0, 0, {}],
                                                      ["b", 0, 0, {}]]])"),
                             layer("b", "ReLU", R"([[["a", 0, 0, {}]]])")},
                            fromX, toA)),
            "its layers are connected in a circle through 'a'");
  EXPECT_EQ(read(functional({x, layer("a", "ReLU", R"([[["z", 0, 0, {}]]])")},
                            fromX, toA)),
            "layer 'a' takes the output of layer 'z', which the model does "
            "not have");
  EXPECT_EQ(read(functional({x, relu}, fromX, R"([["a", 0, 1]])")),
            "the model's list output_layers takes output 1 of layer 'a'; "
            "layers with several outputs are not supported, but for those that "
            "split a tensor");
  EXPECT_EQ(read(functional({x, relu, relu}, fromX, toA)),
            "two layers are called 'a'");
  EXPECT_EQ(
      read(functional({input("x", "[null, null, 4, 1]"), relu}, fromX, toA)),
      "its input 'x' has an unknown extent in its shape [null,null,4,1]; "
      "give the shape by --input-shape, or save the model with a fixed one "
      "(only the batch, which is the first, may be None)");
  EXPECT_EQ(read(functional({input("x", "[null, -4]"), relu}, fromX, toA)),
            "its input 'x' has a shape that is damaged");
  EXPECT_EQ(
      read(functional({input("x", "[null, 4611686018427387904, 4]"), relu},
                      fromX, toA)),
      "its input 'x' has the shape (4611686018427387904, 4), which "
      "overflows");
  EXPECT_EQ(read(functional({input("x", "[null, 4]", "\"string\""), relu},
                            fromX, toA)),
            "its input 'x' is of type 'string'; allowed are float32, uint8, "
            "int8 and int16, and float16 and float64, which become float32");
  EXPECT_EQ(read(R"({"class_name": "Sequential", "config": {"layers": [)" +
                 layer("a", "ReLU", "[]") + "]}}"),
            "its input 'a_input' has no shape; give it by --input-shape, or "
            "give the model an Input, or call model.build((None, height, "
            "width, channels)) before saving");
  EXPECT_EQ(read(functional({x, relu}, fromX, "[]")), "it has no outputs");
}

TEST(KerasConfig, KeysThatAreThereTwice) {
  auto readLayer = [](const std::string &more, const std::string &config) {
    std::string one =
        "{\"class_name\": \"ReLU\", \"inbound_nodes\": [[[\"x\", 0, 0, {}]]], "
        "\"config\": " +
        config + more + "}";
    return read(
        functional({input("x"), one}, R"([["x", 0, 0]])", R"([["a", 0, 0]])"));
  };
  EXPECT_EQ(readLayer("", R"({"name": "a"})").find("twice"), std::string::npos);
  EXPECT_EQ(readLayer("", R"({"name": "a", "axis": 1, "axis": 2})"),
            "layer 'a' has the key 'axis' twice; the file is damaged");
  EXPECT_EQ(readLayer("", R"({"axis": [{"axis": 1, "axis": 1}], "name": "a"})"),
            "layer 'a' has the key 'axis' twice; the file is damaged");
  EXPECT_EQ(readLayer(R"(, "config": {})", R"({"name": "a"})"),
            "layer 'a' has the key 'config' twice; the file is damaged");
  EXPECT_EQ(readLayer(R"(, "name": "a", "name": "b")", "{}"),
            "layer 'b' has the key 'name' twice; the file is damaged");
  EXPECT_EQ(read(R"({"class_name": "Sequential", "class_name": "Model"})"),
            "its configuration has the key 'class_name' twice; the file is "
            "damaged");
}

TEST(KerasConfig, NamesAreNotEmpty) {
  EXPECT_EQ(read(functional({input("x"), layer("", "ReLU", "[]")},
                            R"([["x", 0, 0]])", R"([["a", 0, 0]])")),
            "its layer number 1 (class ReLU) has an empty name; names have one "
            "character or more");
}

TEST(KerasConfig, MissingWeightsAreNoticed) {
  EXPECT_EQ(
      read(functional(
          {input("x"), layer("a", "Conv2D", R"([[["x", 0, 0, {}]]])")},
          R"([["x", 0, 0]])", R"([["a", 0, 0]])")),
      "layer 'a' (Conv2D) has 0 weights in the file instead of 2 (kernel, "
      "bias); the file is damaged or was saved without its weights");
}

TEST(KerasConfig, DeepModelsAreRead) {
  std::vector<std::string> layers = {input("x")};
  std::string last = "x";
  for (int i = 0; i < 20000; ++i) {
    std::string name = "l" + std::to_string(i);
    layers.push_back(layer(name, "ReLU", "[[[\"" + last + "\", 0, 0, {}]]]"));
    last = name;
  }
  Result<KerasModel> model = readConfig(
      functional(layers, R"([["x", 0, 0]])", "[[\"" + last + "\", 0, 0]]"));
  ASSERT_TRUE(bool(model)) << model.message();
  EXPECT_EQ(model->layers.size(), 20001u);
}

TEST(KerasModel, OtherFilesAreRefused) {
  auto messageOf = [](const char *file) {
    Result<KerasModel> model =
        parseKerasModel(copyOf(contentsOf(inputs + file)), file);
    return model ? "no error" : model.message();
  };
  EXPECT_EQ(messageOf("float32.npy"),
            "cannot read Keras model 'float32.npy': cannot read 'float32.npy': "
            "it is no HDF5 file");
  EXPECT_EQ(messageOf("stored.npz"),
            "cannot read Keras model 'stored.npz': it has no member "
            "'config.json'; save the model with model.save(\"x.keras\")");
  EXPECT_EQ(messageOf("datasets.h5"),
            "cannot read Keras model 'datasets.h5': it holds no model, only "
            "weights or other data (attribute 'model_config' is missing); save "
            "the whole model with model.save(...)");
  Result<KerasModel> missing = readKerasModel("/nowhere/m.h5");
  ASSERT_FALSE(bool(missing));
  EXPECT_EQ(missing.message(),
            "cannot read '/nowhere/m.h5': No such file or directory");
}
