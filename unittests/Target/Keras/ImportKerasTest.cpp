//===- ImportKerasTest.cpp - Keras models as float networks ---------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Keras/ImportKeras.h"

#include "KerasConfigs.h"
#include "TempFolder.h"
#include "qml/Dialect/QML/IR/QMLOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace qml;
using namespace qml::testing;

/// "name mnemonic source_class" of each layer, or what was reported, one a
/// line.
static std::string import(const std::string &config) {
  TempFolder folder;
  std::string path = folder.path("m.keras");
  writeConfig(path, config);
  MLIRContext context;
  std::string text;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    text += diagnostic.str() + "\n";
    for (Diagnostic &note : diagnostic.getNotes())
      text += "note: " + note.str().substr(0, 13) + "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module = importKeras(path, &context);
  if (!module)
    return text;
  EXPECT_EQ(text, "");
  module->walk([&](LayerOpInterface layer) {
    text +=
        (layer.getLayerName() + " " + layer->getName().stripDialect()).str();
    if (auto name = layer->getAttrOfType<StringAttr>("source_class"))
      text += " " + name.str();
    text += "\n";
  });
  return text;
}

/// A model of one chain of layers.
static std::string chain(const std::vector<std::array<std::string, 3>> &layers,
                         const std::string &shape = "[null, 4, 4, 1]") {
  std::vector<std::string> texts = {input("x", shape)};
  std::string last = "x";
  for (const auto &[name, className, config] : layers) {
    texts.push_back(
        layer(name, className, "[[[\"" + last + "\", 0, 0, {}]]]", config));
    last = name;
  }
  return functional(texts, R"([["x", 0, 0]])", "[[\"" + last + "\", 0, 0]]");
}

TEST(ImportKeras, AllProblemsAreToldAtOnceEachKindOnce) {
  EXPECT_EQ(
      import(chain({{"a", "Swish", "{}"},
                    {"b", "Activation", R"({"activation": "sine"})"},
                    {"c", "MaxPooling2D", R"({"padding": "full"})"},
                    {"d", "Swish", "{}"},
                    {"e", "Activation", R"({"activation": "sine"})"},
                    {"f", "ReLU", R"({"max_value": -1.0})"},
                    {"g", "Custom>Mine", "{}"},
                    {"h", "TFOpLambda", R"({"function": "math.sin"})"}})),
      "Activation (2 layers: b, e): its activation is 'sine'; supported are "
      "elu, exponential, gelu, hard_sigmoid, hard_silu, leaky_relu, linear, "
      "log_softmax, mish, relu, relu6, selu, sigmoid, silu, softmax, softplus, "
      "softsign, swish and tanh\n"
      "layer 'c' (MaxPooling2D): its padding is 'full'; supported are same and "
      "valid\n"
      "layer 'f' (ReLU): its max_value is -1; it must be positive\n"
      "Swish (2 layers: a, d): layers of this class are not supported\n"
      "layer 'g' (Mine): layers of this class are not supported\n"
      "layer 'h' (tf.math.sin): layers of this class are not supported\n"
      "note: supported are\n");
}

TEST(ImportKeras, LongListsOfLayersAreCut) {
  std::vector<std::array<std::string, 3>> layers;
  std::string names;
  for (int i = 0; i < 25; ++i) {
    layers.push_back({"l" + std::to_string(i), "Swish", "{}"});
    if (i < 20)
      names += (i ? ", l" : "l") + std::to_string(i);
  }
  EXPECT_EQ(import(chain(layers)),
            "Swish (25 layers: " + names +
                " and 5 more): layers of this class are not supported\n"
                "note: supported are\n");
}

TEST(ImportKeras, ClassesOfUsersAreNotThoseOfKeras) {
  EXPECT_EQ(import(chain({{"a", "Custom>ReLU", "{}"}})),
            "layer 'a' (ReLU): layers of this class are not supported\n"
            "note: supported are\n");
}

TEST(ImportKeras, TheReferencesAddMayBeAMean) {
  std::string relu = layer("a", "ReLU", R"([[["x", 0, 0, {}]]])");
  auto importAdd = [&](const std::string &config) {
    return import(
        functional({input("x"), relu,
                    layer("b", "Custom>Add",
                          R"([[["x", 0, 0, {}], ["a", 0, 0, {}]]])", config)},
                   R"([["x", 0, 0]])", R"([["b", 0, 0]])"));
  };
  EXPECT_EQ(importAdd(R"({"average": false})"), "a relu\nb add\n");
  EXPECT_EQ(importAdd(R"({"average": true})"),
            "a relu\nb_sum add\nb rescaling Add\n");
  EXPECT_EQ(importAdd("{}"),
            "layer 'b' (Add): layers of this class are not supported\n"
            "note: supported are\n");
}

TEST(ImportKeras, ConnectionsAreChecked) {
  std::string relu = layer("a", "ReLU", R"([[["x", 0, 0, {}]]])");
  auto importLayer = [&](const std::string &calls, const std::string &className,
                         const std::string &config = "{}") {
    return import(
        functional({input("x"), relu, layer("b", className, calls, config)},
                   R"([["x", 0, 0]])", R"([["b", 0, 0]])"));
  };
  EXPECT_EQ(importLayer(R"([[["a", 0, 0, {}]]])", "Add"),
            "layer 'b' (Add): it has 1 inputs; layers of this class have 2 or "
            "more\n");
  EXPECT_EQ(importLayer(R"([[["a", 0, 0, {"x": 2.5}]]])", "ReLU"),
            "layer 'b' (ReLU): it takes a constant; only outputs of other "
            "layers are supported\n");
  EXPECT_EQ(importLayer(R"([[["a", 0, 0, {}]]])", "ZeroPadding1D",
                        R"({"padding": [1, 2]})"),
            "layer 'b' (ZeroPadding1D): its input has shape (4, 4, 1) without "
            "the batch; layers of this class take sequences (steps, "
            "channels)\n");
  EXPECT_EQ(importLayer(R"([["a", 0, 0, {"y": ["x", 0, 0]}]])", "TFOpLambda",
                        R"({"function": "math.divide"})"),
            "layer 'b' (tf.math.divide): it divides one result of a layer by "
            "another; only additions, subtractions and products take two "
            "results\n");
  EXPECT_EQ(importLayer(R"([["_CONSTANT_VALUE", -1, 2, {"y": ["a", 0, 0]}]])",
                        "TFOpLambda", R"({"function": "math.truediv"})"),
            "layer 'b' (tf.math.truediv): it divides a constant by the result "
            "of a layer; only the other way round is supported\n");
  EXPECT_EQ(importLayer(R"([["a", 0, 0, {"axis": [1]}]])", "TFOpLambda",
                        R"({"function": "math.reduce_mean"})"),
            "layer 'b' (tf.math.reduce_mean): it averages over other axes than "
            "height and width; only axis=[1, 2] is supported\n");
  EXPECT_EQ(importLayer(R"([["a", 0, 0, {"shape": [2, -1]}]])", "TFOpLambda",
                        R"({"function": "reshape"})"),
            "layer 'b' (tf.reshape): its shape doesn't begin with -1, for the "
            "batch; only that is supported\n");
}

TEST(ImportKeras, SequencesMeetPlainTensors) {
  // Two users of the input, one of them on sequences: one reshape for both.
  std::string config = functional(
      {input("x", "[null, 4, 3]"),
       layer("pool", "MaxPooling1D", R"([[["x", 0, 0, {}]]])",
             R"({"pool_size": 2, "strides": 1, "padding": "same"})"),
       layer("sum", "Add", R"([[["pool", 0, 0, {}], ["x", 0, 0, {}]]])"),
       layer("flat", "Flatten", R"([[["sum", 0, 0, {}]]])")},
      R"([["x", 0, 0]])", R"([["flat", 0, 0], ["sum", 0, 0]])");
  EXPECT_EQ(import(config), "pool_image reshape\n"
                            "pool max_pool_2d MaxPooling1D\n"
                            "sum add\n"
                            "flat flatten\n"
                            "sum_sequence reshape\n");
}

TEST(ImportKeras, InputsHaveTheirOwnTypes) {
  std::string config = functional(
      {input("x", "[null, 4]", "\"uint16\""), input("y", "[null, 4]"),
       layer("sum", "Add", R"([[["x", 0, 0, {}], ["y", 0, 0, {}]]])")},
      R"([["x", 0, 0], ["y", 0, 0]])", R"([["sum", 0, 0]])");
  EXPECT_EQ(import(config), "the model's input 'x' is of uint16; supported are "
                            "float32, uint8, int8 and int16\n");
  config.replace(config.find("uint16"), 6, "int8");
  EXPECT_EQ(import(config), "layer 'sum' (Add): its input is of int8; integer "
                            "inputs need a Rescaling layer first\n");
}

TEST(ImportKeras, TypesAreThoseOfKeras) {
  auto importType = [](const std::string &type) {
    return import(chain({{"a", "ReLU", "{\"dtype\": " + type + "}"}}));
  };
  for (const char *type :
       {"\"float32\"", "\"mixed_float16\"", "\"bfloat16\"", "null",
        R"({"class_name": "Policy", "config": {"name": "mixed_bfloat16"}})",
        R"({"module": "keras", "class_name": "DTypePolicy",
            "config": {"name": "float32"}, "registered_name": null})"})
    EXPECT_EQ(importType(type), "a relu\n") << type;
  const std::string allowed =
      "; allowed are float32, uint8, int8, int16, uint16, int32, uint32, "
      "int64, uint64, float16, float64, bfloat16, and the policies "
      "mixed_float16 and mixed_bfloat16\n";
  for (const char *type :
       {"\"garbage\"", "17", "[\"float32\"]",
        "{\"class_name\":\"DTypePolicy\"}",
        R"({"class_name":"Policy","config":{"name":17}})",
        R"({"class_name":"Policy","config":{"name":"garbage"}})"})
    EXPECT_EQ(importType(type), std::string("layer 'a' (ReLU): it has the "
                                            "dtype ") +
                                    type + allowed);
  // Also of the network's input.
  std::string config =
      functional({input("x", "[null, 4]", "17"),
                  layer("a", "ReLU", R"([[["x", 0, 0, {}]]])")},
                 R"([["x", 0, 0]])", R"([["a", 0, 0]])");
  EXPECT_NE(import(config).find("its input 'x' has the dtype 17; allowed are"),
            std::string::npos);
}
