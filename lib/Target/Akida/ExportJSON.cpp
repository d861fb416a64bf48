//===- ExportJSON.cpp - The engine's dictionary form ----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written as it goes: no tree of values is built, however large the weights.
//
//===----------------------------------------------------------------------===//

#include "qml/Support/Quote.h"
#include "qml/Target/Akida/EngineModel.h"
#include "qml/Target/Akida/ExportAkida.h"

#include "llvm/Support/JSON.h"

#include <charconv>
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace qml::akida;

namespace qml {

/// A row of numbers, nested by the extents of the shape.
template <typename T>
static void writeNumbers(llvm::raw_ostream &os, const T *values,
                         ArrayRef<int64_t> shape) {
  os << '[';
  int64_t stride = 1;
  for (int64_t extent : shape.drop_front())
    stride *= extent;
  for (int64_t i = 0; i != shape.front(); ++i) {
    if (i)
      os << ',';
    if (shape.size() > 1) {
      writeNumbers(os, values + i * stride, shape.drop_front());
      continue;
    }
    char text[32];
    auto end = text;
    if constexpr (std::is_floating_point_v<T>)
      end = std::to_chars(text, text + sizeof(text), values[i]).ptr;
    else
      end = std::to_chars(text, text + sizeof(text), int64_t(values[i])).ptr;
    os.write(text, end - text);
    // Readers take minus zero without a point for the integer zero.
    if (std::is_floating_point_v<T> && StringRef(text, end - text) == "-0")
      os << ".0";
  }
  os << ']';
}

static void writeValues(llvm::raw_ostream &os, const Constant &values) {
  switch (values.type) {
  case ElementType::I8:
    return writeNumbers(os, values.as<int8_t>(), values.shape);
  case ElementType::U8:
    return writeNumbers(os, values.as<uint8_t>(), values.shape);
  case ElementType::I16:
    return writeNumbers(os, values.as<int16_t>(), values.shape);
  case ElementType::U16:
    return writeNumbers(os, values.as<uint16_t>(), values.shape);
  case ElementType::I32:
    return writeNumbers(os, values.as<int32_t>(), values.shape);
  default:
    return writeNumbers(os, values.as<float>(), values.shape);
  }
}

static Status checkNumbers(const EngineLayer &layer) {
  for (const EngineVariable &variable : layer.variables) {
    if (variable.values.type != ElementType::F32)
      continue;
    const float *values = variable.values.as<float>();
    for (int64_t i = 0; i != numElements(variable.values.shape); ++i)
      if (!std::isfinite(values[i]))
        return Error{"layer " + quote(layer.name) + ": the variable '" +
                     variable.name +
                     "' holds a value that is infinite or not a number, which "
                     "JSON cannot say; write .fbz"};
  }
  return {};
}

static void writeShape(llvm::json::OStream &json, const Shape &shape) {
  json.array([&] {
    for (int64_t extent : shape)
      json.value(extent);
  });
}

static void writeLayer(llvm::json::OStream &json, const EngineModel &model,
                       const EngineLayer &layer) {
  json.object([&] {
    json.attribute("name", layer.name);
    json.attributeObject("parameters", [&] {
      for (const auto &[name, value] : layer.parameters)
        json.attribute(name, value);
      json.attribute("layer_type", getLayerInfo(layer.kind).type);
    });
    json.attributeObject("variables", [&] {
      for (const EngineVariable &variable : layer.variables)
        json.attributeObject(variable.name, [&] {
          const Constant &values = variable.values;
          json.attributeBegin("shape");
          writeShape(json, values.shape);
          json.attributeEnd();
          json.attribute("dtype", nameOf(values.type));
          json.attribute("bitwidth", int64_t(sizeOf(values.type)) * 8);
          json.attributeBegin("data");
          json.rawValue(
              [&](llvm::raw_ostream &os) { writeValues(os, values); });
          json.attributeEnd();
        });
    });
    json.attributeArray("inbounds", [&] {
      for (unsigned inbound : layer.inbounds)
        json.value(model.layers[inbound].name);
    });
    json.attributeBegin("input_shape");
    writeShape(json, layer.inputShape);
    json.attributeEnd();
    json.attributeBegin("output_shape");
    writeShape(json, layer.outputShape);
    json.attributeEnd();
  });
}

Status exportJSON(ModelOp op, llvm::raw_ostream &os) {
  EngineModel model = describeModel(op);
  for (const EngineLayer &layer : model.layers) {
    if (!llvm::json::isUTF8(layer.name))
      return Error{"layer " + quote(layer.name) +
                   ": its name is no UTF-8, which JSON needs; give it another"};
    if (Status status = checkNumbers(layer); !status)
      return status;
  }
  llvm::json::OStream json(os);
  json.object([&] {
    // Strings of their own: GCC 12 with AddressSanitizer warns of the reference
    // inside of a value.
    json.attribute("Akida version", engineVersion.str());
    json.attribute("IP version",
                   std::string(model.version == Version::V1 ? "v1" : "v2"));
    json.attributeArray("layers", [&] {
      for (const EngineLayer &layer : model.layers)
        writeLayer(json, model, layer);
    });
    json.attribute("learning", nullptr);
    json.attributeBegin("input_shape");
    writeShape(json, model.layers.front().inputShape);
    json.attributeEnd();
    json.attributeBegin("output_shape");
    writeShape(json, model.layers.back().outputShape);
    json.attributeEnd();
  });
  os << "\n";
  return {};
}

} // namespace qml
