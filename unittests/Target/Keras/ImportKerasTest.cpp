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

TEST(ImportKeras, Resizings) {
  auto importResizing = [](const std::string &config,
                           const std::string &className = "Resizing") {
    return import(chain({{"a", className, config}}));
  };
  EXPECT_EQ(importResizing(R"({"height": 8, "width": 4})"),
            "a_edges edge_padding_2d\n"
            "a depthwise_conv_2d_transpose Resizing\n");
  EXPECT_EQ(importResizing(R"({"height": 5, "width": 4})"),
            "a_by_rows permute\na_rows conv_2d\na permute Resizing\n");
  EXPECT_EQ(importResizing(R"({"height": 4, "width": 5,
                               "interpolation": "gaussian",
                               "crop_to_aspect_ratio": true,
                               "pad_to_aspect_ratio": true})"),
            "layer 'a' (Resizing): it has crop_to_aspect_ratio; only images "
            "that fill the size are supported\n"
            "layer 'a' (Resizing): it has pad_to_aspect_ratio; only images "
            "that fill the size are supported\n"
            "layer 'a' (Resizing): its interpolation is 'gaussian'; allowed: "
            "nearest, bilinear, bicubic, area\n");
  EXPECT_EQ(importResizing(R"({"height": 5000000, "width": 5})"),
            "layer 'a' (Resizing): it makes images of 5000000 by 5; sides have "
            "1 to 1048576 cells\n");
  EXPECT_EQ(importResizing(R"({"height": 2, "width": 4})", "CenterCrop"),
            "a cropping_2d CenterCrop\n");
  EXPECT_EQ(importResizing(R"({"height": 2, "width": 5})", "CenterCrop"),
            "layer 'a' (CenterCrop): it takes 2 by 5 cells of images of 4 by "
            "4; only parts of images are supported\n");
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
  EXPECT_EQ(importAdd(R"({"average": true})"), "a relu\nb add\n");
  EXPECT_EQ(importAdd("{}"),
            "layer 'b' (Add): layers of this class are not supported\n"
            "note: supported are\n");
}

TEST(ImportKeras, PolynomialsHaveLimits) {
  auto importPolynomials = [](const std::string &numbers,
                              const std::string &name = "Custom>Pleiades") {
    return import(chain(
        {{"a", name + "Layer",
          R"({"filters": 2, "kernel_size": [1, 1, 1], )" + numbers + "}"}},
        "[null, 4, 3, 3, 2]"));
  };
  EXPECT_EQ(importPolynomials(R"("degrees": 17, "alpha": 0, "beta": 0)"),
            "layer 'a' (PleiadesLayer): its degrees are 17, its alpha and beta "
            "0 and 0; allowed are degrees of 0 to 16, and numbers above -1\n");
  EXPECT_EQ(importPolynomials(R"("degrees": 2, "alpha": -1, "beta": 0.5)"),
            "layer 'a' (PleiadesLayer): its degrees are 2, its alpha and beta "
            "-1 and 0.5; allowed are degrees of 0 to 16, and numbers above "
            "-1\n");
  EXPECT_EQ(importPolynomials(R"("degrees": 2, "alpha": 0, "beta": 0)"),
            "layer 'a' (PleiadesLayer): its kernel is missing: the file has 0 "
            "weights of it\n"
            "layer 'a' (PleiadesLayer): its bias is missing: the file has 0 "
            "weights of it\n");
  // A class of a user's, which has other parameters.
  EXPECT_EQ(importPolynomials(R"("degrees": 2)"),
            "layer 'a' (PleiadesLayer): layers of this class are not "
            "supported\nnote: supported are\n");
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
  EXPECT_EQ(importLayer(R"([["a", 0, 0, {"shape": [2, -1]}]])", "TFOpLambda",
                        R"({"function": "reshape"})"),
            "layer 'b' (tf.reshape): its shape doesn't begin with -1, for the "
            "batch; only that is supported\n");
}

/// One operation of Keras 2 on an image of 4x4 cells and two channels.
static std::string importOperation(const std::string &function,
                                   const std::string &parameters) {
  return import(functional(
      {input("x", "[null, 4, 4, 2]"),
       layer("b", "TFOpLambda", "[[\"x\", 0, 0, " + parameters + "]]",
             "{\"function\": \"" + function + "\"}")},
      R"([["x", 0, 0]])", R"([["b", 0, 0]])"));
}

TEST(ImportKeras, OperationsOnAxesBecomeLayers) {
  auto slice = [](const std::string &spec) {
    return importOperation("__operators__.getitem",
                           "{\"slice_spec\": [" + spec + "]}");
  };
  const std::string all = R"({"start": null, "stop": null, "step": null})";
  const std::string getitem = "tf.__operators__.getitem\n";
  EXPECT_EQ(slice(all), "b dropout " + getitem);
  EXPECT_EQ(slice(R"({"class_name": "__ellipsis__"}, 1)"),
            "b_kernel conv_2d\nb reshape " + getitem);
  EXPECT_EQ(slice(all + R"(, {"start": -9, "stop": 9, "step": 3})"),
            "b max_pool_2d " + getitem);
  EXPECT_EQ(slice(all + ", -1"), "b_crop cropping_2d\nb reshape " + getitem);
  EXPECT_EQ(slice(all + ", null"), "b reshape " + getitem);
  EXPECT_EQ(slice(all + R"(, {"class_name": "__ellipsis__"},
                           {"start": null, "stop": null, "step": -1})"),
            "b conv_2d " + getitem);
  EXPECT_EQ(importOperation("math.reduce_mean", R"({"axis": [1, 2]})"),
            "b global_average_pool_2d tf.math.reduce_mean\n");
  EXPECT_EQ(importOperation("math.reduce_max", R"({"axis": -1})"),
            "b_columns reshape\n"
            "b_largest max_pool_2d\n"
            "b reshape tf.math.reduce_max\n");
  EXPECT_EQ(importOperation("clip_by_value", R"({"clip_value_min": 0,
                                                 "clip_value_max": 6})"),
            "b relu tf.clip_by_value\n");
  // Between shifts codes would go to values that hardly occur.
  EXPECT_EQ(importOperation("clip_by_value", R"({"clip_value_min": -100,
                                                 "clip_value_max": 100})"),
            "b_above relu\n"
            "b_negative rescaling\n"
            "b_below relu\n"
            "b_less rescaling\n"
            "b add tf.clip_by_value\n");
}

TEST(ImportKeras, OperationsOnAxesHaveLimits) {
  const std::string all = R"({"start": null, "stop": null, "step": null})";
  struct Case {
    const char *function;
    std::string parameters, message;
  };
  auto slice = [](const std::string &spec) {
    return "{\"slice_spec\": [" + spec + "]}";
  };
  const Case cases[] = {
      {"__operators__.getitem", slice("0"),
       "it takes 0 of axis 0, which is the batch"},
      {"__operators__.getitem", slice("null"),
       "it puts an axis before the batch"},
      {"__operators__.getitem", slice(all + ", 4"),
       "it takes 4 of axis 1; slices that hold something, and places of an "
       "axis are supported"},
      {"__operators__.getitem",
       slice(all + R"(, {"start": 3, "stop": 1, "step": null})"),
       R"(it takes {"start":3,"step":null,"stop":1} of axis 1; slices that )"
       "hold something, and places of an axis are supported"},
      {"__operators__.getitem",
       slice(all + R"(, {"start": 3, "stop": 1, "step": 0})"),
       R"(it takes {"start":3,"step":0,"stop":1} of axis 1; slices that )"
       "hold something, and places of an axis are supported"},
      {"__operators__.getitem",
       slice(all + R"(, {"start": "a", "stop": 1, "step": 1})"),
       R"(it takes {"start":"a","step":1,"stop":1} of axis 1; slices that )"
       "hold something, and places of an axis are supported"},
      {"__operators__.getitem",
       slice(all + R"(, {"start": null, "stop": null, "step": -1})"),
       "it turns the order of axis 1 round; only that of the last axis may be"},
      {"__operators__.getitem", slice(all + ", 0, 0, 0, 0"),
       "it has more entries than its input has axes"},
      {"split", R"({"num_or_size_splits": 2, "axis": 0})",
       "it takes the batch apart"},
      {"split", R"({"num_or_size_splits": 3, "axis": -1})",
       "it takes axis 3, of 2, apart in a way that is not supported; parts "
       "have one element or more, and are the whole together"},
      {"split", R"({"num_or_size_splits": [1, 2], "axis": 3})",
       "it takes axis 3, of 2, apart in a way that is not supported; parts "
       "have one element or more, and are the whole together"},
      {"split", R"({"num_or_size_splits": 2, "axis": 4})",
       "it has the axis 4, its input has 4 axes with the batch"},
      {"compat.v1.transpose", R"({"perm": [1, 0, 2, 3]})",
       "its order of axes doesn't begin with 0, the batch; only that is "
       "supported"},
      {"compat.v1.transpose", R"({"perm": [0, 1, 1, 3]})",
       "it names axis 1 twice"},
      {"expand_dims", R"({"axis": 0})", "it changes the axis of the batch"},
      {"expand_dims", "{}", "it doesn't say which axis; give it one"},
      {"compat.v1.squeeze", R"({"axis": 1})",
       "it leaves out an axis whose extent is not 1"},
      {"compat.v1.squeeze", R"({"axis": [1, -3]})", "it names axis 1 twice"},
      {"__operators__.getitem", slice(all + R"(, {"class_name": 3})"),
       R"(it takes {"class_name":3} of axis 1; slices that hold something, )"
       "and places of an axis are supported"},
      {"nn.depth_to_space", R"({"block_size": 2})",
       "its image of shape (4, 4, 2) has no blocks of 2 by 2"},
      {"nn.space_to_depth", R"({"block_size": 2, "data_format": "NCHW"})",
       "its data_format is 'NCHW'; only channels_last is supported"},
      {"math.reduce_mean", "{}",
       "it reduces all axes, the batch among them; give it axes"},
      {"math.reduce_sum", R"({"axis": [0, 1]})",
       "it reduces the axis of the batch"},
      {"nn.max_pool2d", R"({"ksize": [2, 1, 1, 1], "strides": 2})",
       "its ksize is no window over height and width"},
      {"nn.avg_pool2d", R"({"ksize": 2, "strides": 2, "padding": "FULL"})",
       "its padding is 'full'; allowed: same, valid"},
      {"compat.v1.pad",
       R"({"paddings": [[0, 0], [1, 1], [1, 1], [0, 0]], "mode": "REFLECT"})",
       "it pads something else than height and width with zeros; only that is "
       "supported"},
      {"compat.v1.pad", R"({"paddings": [[0, 0], [1, 1]]})",
       "it pads something else than height and width with zeros; only that is "
       "supported"},
      {"image.resize", R"({"size": [8, 8], "method": "lanczos3"})",
       "its interpolation is 'lanczos3'; allowed: nearest, bilinear, bicubic, "
       "area"},
      {"image.resize", R"({"size": [8, 8], "preserve_aspect_ratio": true})",
       "it has preserve_aspect_ratio; images of the size itself are supported"},
      {"clip_by_value", R"({"clip_value_min": 1, "clip_value_max": 1})",
       "it clips values from 1 to 1; the second must be larger"},
      {"clip_by_value", R"({"clip_value_min": 1})",
       "its bound clip_value_max is no number"},
      {"cast", R"({"dtype": "int32"})",
       "it casts what the network computes to 'int32'; casts to float types "
       "are supported"},
  };
  for (const Case &test : cases)
    EXPECT_EQ(importOperation(test.function, test.parameters),
              std::string("layer 'b' (tf.") + test.function +
                  "): " + test.message + "\n");
}

TEST(ImportKeras, PartsOfATensorAreLayers) {
  auto parts = [](int axis, const std::string &outputs) {
    return import(
        functional({input("x", "[null, 4, 6]"),
                    layer("s", "TFOpLambda",
                          R"([["x", 0, 0, {"num_or_size_splits": 3, "axis": )" +
                              std::to_string(axis) + "}]]",
                          R"({"function": "split"})")},
                   R"([["x", 0, 0]])", outputs));
  };
  EXPECT_EQ(parts(1, R"([["s", 0, 1]])"),
            "layer 's_output_1' (tf.split): it takes axis 1, of 4, apart in a "
            "way that is not supported; parts have one element or more, and "
            "are the whole together\n");
  EXPECT_EQ(parts(2, R"([["s", 0, 1]])"), "s_output_1 dense tf.split\n");
  EXPECT_EQ(parts(2, R"([["s", 0, 2], ["s", 0, 0]])"),
            "s_output_2 dense tf.split\ns dense tf.split\n");
  EXPECT_NE(parts(2, R"([["s", 0, 3]])").find("apart in a way"),
            std::string::npos);
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

TEST(ImportKeras, AxesOfSequencesArePermuted) {
  EXPECT_EQ(import(chain({{"pool", "MaxPooling1D",
                           R"({"pool_size": [2], "strides": [2]})"},
                          {"swap", "Permute", R"({"dims": [2, 1]})"}},
                         "[null, 4, 3]")),
            "pool_image reshape\n"
            "pool max_pool_2d MaxPooling1D\n"
            "swap_steps reshape\n"
            "swap permute\n");
}

/// Means and variances of channels, or one of all.
TEST(ImportKeras, StatisticsMayBeOfAllChannels) {
  auto statistics = [](const std::string &mean, const std::string &variance) {
    TempFolder folder;
    std::string path = folder.path("m.keras");
    writeConfig(path, chain({{"norm", "Normalization",
                              R"({"axis": [-1], "mean": )" + mean +
                                  R"(, "variance": )" + variance + "}"}},
                            "[null, 2]"));
    MLIRContext context;
    OwningOpRef<ModuleOp> module = importKeras(path, &context);
    std::vector<double> values;
    if (module)
      module->walk([&](RescalingOp layer) {
        llvm::append_range(values, layer.getScale());
        llvm::append_range(values, layer.getOffset());
      });
    return values;
  };
  using Values = std::vector<double>;
  EXPECT_EQ(statistics("[1.0, 2.0]", "4.0"), (Values{0.5, 0.5, -0.5, -1.0}));
  EXPECT_EQ(statistics("1.0", "[4.0, 16.0]"), (Values{0.5, 0.25, -0.5, -0.25}));
  EXPECT_EQ(statistics("1.0", "4.0"), (Values{0.5, -0.5}));
}

TEST(ImportKeras, InputsHaveTheirOwnTypes) {
  std::string config = functional(
      {input("x", "[null, 4]", "\"uint16\""), input("y", "[null, 4]"),
       layer("sum", "Add", R"([[["x", 0, 0, {}], ["y", 0, 0, {}]]])")},
      R"([["x", 0, 0], ["y", 0, 0]])", R"([["sum", 0, 0]])");
  EXPECT_EQ(import(config), "the model's input 'x' is of uint16; supported are "
                            "float32, uint8, int8 and int16\n");
  config.replace(config.find("uint16"), 6, "int8");
  EXPECT_EQ(import(config), "sum_rescaling rescaling\nsum add\n");
}

TEST(ImportKeras, IntegersAndRealNumbersOfAnInputAreBothThere) {
  // The order of layers makes no difference.
  std::string config = functional(
      {input("x", "[null, 4, 3]"), input("y", "[null, 4, 3]", "\"int8\""),
       layer("relu", "ReLU", R"([[["y", 0, 0, {}]]])"),
       layer("post", "PicoPostProcessing",
             R"([[["x", 0, 0, {}], ["y", 0, 0, {}]]])",
             R"({"threshold": 0.5})"),
       layer("elu", "ELU", R"([[["y", 0, 0, {}]]])")},
      R"([["x", 0, 0], ["y", 0, 0]])",
      R"([["relu", 0, 0], ["post", 0, 0], ["elu", 0, 0]])");
  EXPECT_EQ(import(config), "relu_rescaling rescaling\n"
                            "relu relu\n"
                            "post pico_post_processing\n"
                            "elu activation ELU\n");
}

TEST(ImportKeras, LayersMayBeCalledAsPartsOfOthers) {
  EXPECT_EQ(import(chain({{"pool_image", "ReLU", "{}"},
                          {"pool", "MaxPooling1D",
                           R"({"pool_size": [2], "strides": [2]})"},
                          {"pool_image_1", "Flatten", "{}"}},
                         "[null, 4, 3]")),
            "pool_image relu\n"
            "pool_image_2 reshape\n"
            "pool max_pool_2d MaxPooling1D\n"
            "pool_image_1 flatten\n");
}

/// Rows and columns of one cell are repeated.
TEST(ImportKeras, SumsRepeatCells) {
  auto sum = [](const std::string &shape) {
    return import(functional(
        {input("x", "[null, 4, 6, 3]"), input("y", shape),
         layer("sum", "Add", R"([[["y", 0, 0, {}], ["x", 0, 0, {}]]])")},
        R"([["x", 0, 0], ["y", 0, 0]])", R"([["sum", 0, 0]])"));
  };
  for (const char *shape :
       {"[null, 1, 1, 3]", "[null, 4, 1, 3]", "[null, 1, 6, 3]"})
    EXPECT_EQ(sum(shape), "sum_repeated_0 up_sampling_2d\nsum add\n") << shape;
  EXPECT_EQ(sum("[null, 4, 6, 3]"), "sum add\n");
  EXPECT_EQ(sum("[null, 4, 6, 1]"), "sum_repeated_0 conv_2d\nsum add\n");
  EXPECT_EQ(sum("[null, 1, 6, 1]"), "sum_repeated_0_channel conv_2d\n"
                                    "sum_repeated_0 up_sampling_2d\nsum add\n");
  // What has fewer axes has the last ones.
  EXPECT_EQ(sum("[null, 6, 3]"),
            "sum_axes_0 reshape\nsum_repeated_0 up_sampling_2d\nsum add\n");
  for (const char *shape :
       {"[null, 4, 6, 2]", "[null, 2, 6, 3]", "[null, 4, 3]"})
    EXPECT_NE(sum(shape).find("equal shapes are supported, and one row, "
                              "column or channel beside more"),
              std::string::npos)
        << sum(shape);
}

TEST(ImportKeras, ProductsRepeatCells) {
  auto product = [](const std::string &x, const std::string &y) {
    return import(functional(
        {input("x", x), input("y", y),
         layer("p", "Multiply", R"([[["x", 0, 0, {}], ["y", 0, 0, {}]]])")},
        R"([["x", 0, 0], ["y", 0, 0]])", R"([["p", 0, 0]])"));
  };
  const std::string image = "[null, 4, 6, 3]";
  EXPECT_EQ(product(image, image), "p multiply\n");
  EXPECT_EQ(product("[null, 1, 1, 3]", image), "p multiply\n");
  EXPECT_EQ(product(image, "[null, 3]"), "p_axes_1 reshape\np multiply\n");
  EXPECT_EQ(product(image, "[null, 4, 1, 3]"),
            "p_repeated up_sampling_2d\np multiply\n");
  EXPECT_EQ(product("[null, 4, 1, 3]", "[null, 1, 6, 3]"),
            "p_repeated up_sampling_2d\np_repeated_1 up_sampling_2d\n"
            "p multiply\n");
  EXPECT_EQ(product("[null, 3]", "[null, 1]"),
            "p_repeated dense\np multiply\n");
  EXPECT_EQ(product("[null, 5, 1]", "[null, 1, 3]"),
            "p_repeated dense\np multiply\n");
  EXPECT_EQ(product(image, "[null, 4, 5, 3]"),
            "layer 'p' (Multiply): it multiplies tensors of shapes (4, 6, 3), "
            "(4, 5, 3) without the batch; equal shapes are supported, and one "
            "row, column or channel beside more\n");
}

/// Constants that are arrays are numbers for the elements of a tensor.
TEST(ImportKeras, ArraysAreRepeated) {
  auto add = [](const std::string &array) {
    return importOperation("math.add", "{\"y\": " + array + "}");
  };
  const std::string whole =
      "b_cells reshape\nb_rescaled rescaling\nb reshape tf.math.add\n";
  const std::string channels = "b rescaling tf.math.add\n";
  EXPECT_EQ(add("[[[1, 2]], [[1, 3]], [[1, 2]], [[1, 2]]]"), whole);
  EXPECT_EQ(add("[[1], [2], [3], [4]]"), whole);
  // Without what is the same for all.
  EXPECT_EQ(add("[[1, 2], [1, 2], [1, 2], [1, 2]]"), channels);
  EXPECT_EQ(add("[[[[1, 2]]]]"), channels);
  EXPECT_EQ(add("[[[1]], [[1]], [[1]], [[1]]]"), channels);
  const std::string fits =
      ", its input (4, 4, 2) without the batch; an array must have, from the "
      "last axis on, the input's extents or 1\n";
  for (auto [array, shape] :
       {std::pair("[1, 2, 3]", "(3,)"), std::pair("[[1], [2]]", "(2, 1)"),
        std::pair("[[[[1]]], [[[2]]]]", "(2, 1, 1, 1)")})
    EXPECT_EQ(add(array), "layer 'b' (tf.math.add): its numbers have the "
                          "shape " +
                              std::string(shape) + fits);
  for (const char *array : {"[[1, 2], [1]]", "[]", "[1, \"2\"]"})
    EXPECT_NE(add(array).find("it has 1 operands"), std::string::npos) << array;
  auto statistics = [](const std::string &config) {
    return import(
        chain({{"norm", "Normalization", config}}, "[null, 2, 3, 1]"));
  };
  EXPECT_EQ(statistics(R"({"axis": [1], "mean": [1, 2], "variance": 1})"),
            "norm_cells reshape\nnorm_rescaled rescaling\n"
            "norm reshape Normalization\n");
  // An array for several channels makes them of one.
  EXPECT_EQ(statistics(R"({"mean": [1, 2, 3], "variance": [1, 1, 2]})"),
            "norm_repeated conv_2d\nnorm rescaling Normalization\n");
  EXPECT_EQ(statistics(R"({"axis": [0], "mean": 1, "variance": 1})"),
            "layer 'norm' (Normalization): it normalizes along axis 0; its "
            "input has the axes 1 to 3 beside the batch\n");
  EXPECT_EQ(statistics(R"({"axis": [1], "mean": [1, 2], "variance": [[1]]})"),
            "norm_cells reshape\nnorm_rescaled rescaling\n"
            "norm reshape Normalization\n");
  EXPECT_EQ(statistics(R"({"axis": [1, 2], "mean": [1, 2],
                           "variance": [[1, 2, 3], [4, 5, 6]]})"),
            "layer 'norm' (Normalization): its mean has the shape (2,), its "
            "variance (2, 3, 1); they must be equal\n");
}

TEST(ImportKeras, PowersAndMatrices) {
  auto power = [](const std::string &exponent) {
    return importOperation("math.pow", "{\"y\": " + exponent + "}");
  };
  EXPECT_EQ(power("1"), "b dropout tf.math.pow\n");
  EXPECT_EQ(power("2.0"), "b multiply tf.math.pow\n");
  EXPECT_EQ(power("3"), "b_square multiply\nb multiply tf.math.pow\n");
  EXPECT_EQ(power("4"), "b_square multiply\nb multiply tf.math.pow\n");
  for (const char *exponent : {"0.5", "0", "5", "[1, 2]"})
    EXPECT_EQ(power(exponent), "layer 'b' (tf.math.pow): it is no power with "
                               "an exponent of 1, 2, 3 or 4; these are "
                               "supported\n");
  auto product = [](const std::string &parameters) {
    return importOperation("linalg.matmul", parameters);
  };
  EXPECT_EQ(product(R"({"b": [[1, 2, 3], [4, 5, 6]]})"),
            "b conv_2d tf.linalg.matmul\n");
  EXPECT_EQ(product(R"({"b": [[1, 2, 3], [4, 5, 6]], "transpose_b": true})"),
            "layer 'b' (tf.linalg.matmul): its transpose_b is true; only the "
            "product as it stands is supported\n");
  EXPECT_EQ(product(R"({"b": [[1, 2, 3]]})"),
            "layer 'b' (tf.linalg.matmul): its constant has 1 rows, its input "
            "2 channels\n");
  EXPECT_EQ(product(R"({"b": [1, 2]})"),
            "layer 'b' (tf.linalg.matmul): its constant is no matrix on the "
            "right; only that is supported\n");
  EXPECT_EQ(product(R"({"b": ["x", 0, 0]})"),
            "layer 'b' (tf.linalg.matmul): it multiplies results of layers as "
            "matrices, which has no integer form here; products with a "
            "constant matrix are supported\n");
  EXPECT_EQ(importOperation("nn.bias_add", R"({"bias": [1, 2]})"),
            "b rescaling tf.nn.bias_add\n");
}

/// Keras 2 has as layers what a model computes of shapes.
TEST(ImportKeras, ShapesAreNumbers) {
  auto function = [](const std::string &name, const std::string &calls,
                     const std::string &function) {
    return layer(name, "TFOpLambda", calls,
                 "{\"function\": \"" + function + "\"}");
  };
  auto reshape = [&](const std::string &shape,
                     const std::vector<std::string> &others = {}) {
    std::vector<std::string> layers = {
        input("x", "[null, 4, 6, 2]"),
        function("s", R"([["x", 0, 0, {}]])", "compat.v1.shape"),
        function("n", R"([["s", 0, 0, {"slice_spec": 0}]])",
                 "__operators__.getitem"),
        function("h", R"([["s", 0, 0, {"slice_spec": -3}]])",
                 "__operators__.getitem"),
        function("most", R"([["s", 0, 0, {"slice_spec":
                    {"start": null, "stop": 3, "step": null}}]])",
                 "__operators__.getitem")};
    llvm::append_range(layers, others);
    layers.push_back(
        function("b", R"([["x", 0, 0, {"shape": )" + shape + "}]]", "reshape"));
    return import(functional(layers, R"([["x", 0, 0]])", R"([["b", 0, 0]])"));
  };
  const std::string good = "b reshape tf.reshape\n";
  EXPECT_EQ(reshape(R"([["n", 0, 0], -1])"), good);
  EXPECT_EQ(reshape(R"([-1, ["h", 0, 0], 3, 4])"), good);
  auto product = [&](const std::string &name, const std::string &y) {
    return function("p", R"([["h", 0, 0, {"y": )" + y + "}]]", name);
  };
  for (const char *name : {"math.multiply", "compat.v1.floor_div",
                           "math.subtract", "__operators__.add"})
    EXPECT_EQ(
        reshape(R"([["n", 0, 0], ["p", 0, 0], -1])", {product(name, "2")}),
        good)
        << name;
  EXPECT_EQ(
      reshape(R"(["c", 0, 0])", {function("c", R"([[["most", 0, 0, {"axis": 0}],
                        [["_CONSTANT_VALUE", -1, 2, {"axis": 0}],
                         ["_CONSTANT_VALUE", -1, 1, {"axis": 0}]]]])",
                                          "concat")}),
      good);
  EXPECT_EQ(reshape(R"(["c", 0, 0])", {function("c", R"([[["n", 0, 0, {}],
                        ["_CONSTANT_VALUE", -1, 48, {}]]])",
                                                "stack")}),
            good);
  // What isn't known, or is no shape.
  const std::string unknown =
      "layer 'p' (tf.math.multiply): it computes numbers of a shape in a way "
      "that is not supported: parts of shapes, lists of them, and + - * // of "
      "extents other than the batch are\n";
  EXPECT_EQ(reshape(R"([["p", 0, 0], -1])",
                    {product("math.multiply", R"(["n", 0, 0])")}),
            unknown);
  EXPECT_EQ(reshape(R"([["n", 0, 0], ["p", 0, 0]])",
                    {product("math.multiply", "2000000000")}),
            unknown);
  EXPECT_EQ(reshape(R"([["h", 0, 0], -1])"),
            "layer 'b' (tf.reshape): its shape doesn't begin with -1, for the "
            "batch; only that is supported\n");
  EXPECT_EQ(import(functional({input("x"), function("s", R"([["x", 0, 0, {}]])",
                                                    "compat.v1.shape")},
                              R"([["x", 0, 0]])", R"([["s", 0, 0]])")),
            "the network returns numbers of a shape, by layer 's'; it must "
            "return tensors\n");
}

/// tf_keras leaves out what a function takes after a text.
TEST(ImportKeras, LayersWithoutInputsHideNothing) {
  EXPECT_EQ(
      import(functional(
          {input("x"), layer("a", "LSTM", R"([[["x", 0, 0, {}]]])"),
           layer("b", "ReLU", R"([["_CONSTANT_VALUE", -1, "bij->bj", {}]])"),
           layer("c", "ReLU", R"([[["b", 0, 0, {}]]])",
                 R"({"max_value": -1.0})")},
          R"([["x", 0, 0]])", R"([["c", 0, 0]])")),
      "layer 'b' (ReLU): it takes no output of another layer in the file, "
      "which holds functions of tensors by their first argument\n"
      "layer 'c' (ReLU): its max_value is -1; it must be positive\n"
      "layer 'a' (LSTM): layers of this class carry a state of real numbers "
      "from step to step, which has no integer form here; use convolutions "
      "over time, as Conv1D with padding='causal'\n"
      "note: supported are\n");
}

/// What comes after a refused layer is checked as far as its shape is known.
TEST(ImportKeras, ShapesOfRefusedLayersAreKnown) {
  auto isChecked = [](const std::string &className, const std::string &config) {
    std::string text = import(chain({{"a", className, config},
                                     {"b", "Softmax", R"({"axis": 1})"},
                                     {"c", "Softmax", R"({"axis": 1})"}},
                                    "[null, 4, 5]"));
    EXPECT_NE(text.find(" (" + className + "): "), std::string::npos) << text;
    return text.find("Softmax (2 layers: b, c): its softmax is along axis 1; "
                     "only the last is supported, 2 or -1\n") !=
           std::string::npos;
  };
  EXPECT_TRUE(isChecked("LayerNormalization", "{}"));
  EXPECT_TRUE(isChecked("ReLU", R"({"max_value": -1.0})"));
  EXPECT_TRUE(isChecked("LSTM", R"({"units": 3, "return_sequences": true})"));
  EXPECT_TRUE(
      isChecked("Bidirectional",
                R"({"merge_mode": "concat", "layer": {"class_name": "GRU",
          "config": {"units": 3, "return_sequences": true}}})"));
  EXPECT_FALSE(isChecked("Mine", "{}"));
  // Or as the file says it.
  std::string softmax =
      layer("b", "Softmax", R"([[["a", 0, 0, {}]]])", R"({"axis": 1})");
  auto importBuilt = [&](const std::string &shape) {
    return import(
        functional({input("x"), layer("a", "Mine", R"([[["x", 0, 0, {}]]])"),
                    R"({"build_config": {"input_shape": )" + shape + "}, " +
                        softmax.substr(1)},
                   R"([["x", 0, 0]])", R"([["b", 0, 0]])"));
  };
  for (const char *shape : {"[null, 2, 3]", "[[null, 2, 3]]"})
    EXPECT_NE(importBuilt(shape).find("its softmax is along axis 1; only the "
                                      "last is supported, 2 or -1\n"),
              std::string::npos)
        << shape;
  for (const char *shape : {"[null, null, 3]", "[null, \"2\", 3]", "[]", "3",
                            "[[null, 2], [null, 2]]", "[null, -2, 3]"})
    EXPECT_EQ(importBuilt(shape).find("softmax"), std::string::npos) << shape;
}

/// An activation may be a layer inside of a layer.
TEST(ImportKeras, ActivationsMayBeLayers) {
  auto activation = [](const std::string &className,
                       const std::string &config) {
    return import(chain({{"a", "Activation",
                          R"({"activation": {"class_name": ")" + className +
                              R"(", "config": )" + config + "}}"}}));
  };
  EXPECT_EQ(activation("LeakyReLU", R"({"alpha": 0.5})"), "a activation\n");
  EXPECT_EQ(activation("ReLU", R"({"max_value": 2.0})"), "a relu Activation\n");
  for (auto [className, config] :
       {std::pair("PReLU", "{}"), std::pair("ReLU", R"({"threshold": 1.0})"),
        std::pair("ReLU", R"({"max_value": 0.0})"),
        std::pair("ReLU", R"({"negative_slope": 0.5})")})
    EXPECT_NE(activation(className, config)
                  .find("its activation is a layer of class"),
              std::string::npos)
        << className << config;
}

/// Calls of a layer with a memory have it together.
TEST(ImportKeras, MemoriesAreOfOneCall) {
  std::string config =
      functional({input("x", "[null, 1, 1, 4]"),
                  layer("memory", "BufferTempConv",
                        R"([[["x", 0, 0, {}]], [["memory", 0, 0, {}]]])",
                        R"({"filters": 4, "kernel_size": 2})")},
                 R"([["x", 0, 0]])", R"([["memory", 1, 0]])");
  EXPECT_NE(import(config).find("it is called 2 times, and all calls have one "
                                "memory"),
            std::string::npos)
      << import(config);
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
