//===- ImportKeras.cpp - Keras files to qml -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Goes over the layers of a model; what becomes of each stands in Layers/. A
// refused layer returns a value that is not known, so that what follows is
// checked as far as it can be, and all problems come out in one run.
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Keras/ImportKeras.h"

#include "Layers/Layers.h"
#include "ShapeNumbers.h"
#include "qml/Dialect/QML/IR/Network.h"
#include "qml/Dialect/QML/IR/SampleLayout.h"
#include "qml/Target/Keras/KerasModel.h"
#include "qml/Target/LayerProblems.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace qml {

namespace {

/// Imports one model.
class KerasImporter {
public:
  KerasImporter(const KerasModel &model, StringRef path, MLIRContext *context)
      : model(model),
        hasVolumes(llvm::any_of(model.layers,
                                [](const KerasLayer &layer) {
                                  const LayerClass *found = findVolumeClass(
                                      LayerImport::getClassName(layer));
                                  return found && found->rank == 5;
                                })),
        path(path), builder(context) {}

  OwningOpRef<ModuleOp> run();

private:
  Location getLocation(StringRef name) {
    return NameLoc::get(builder.getStringAttr(name),
                        FileLineColLoc::get(builder.getContext(), path, 0, 0));
  }
  /// Whether an input is (frames, height, width, channels), the frames of which
  /// are samples.
  bool isVolume(const KerasInput &input) const {
    return hasVolumes && input.shape.size() == 4;
  }
  RankedTensorType getInputType(const KerasInput &input);
  void importLayers(func::FuncOp network, LayerProblems &problems);
  LayerValue importLayer(const KerasLayer &keras, LayerProblems &problems);
  bool checkInputs(LayerImport &layer, const LayerClass &layerClass,
                   ArrayRef<LayerValue> inputs);
  Value makeUnknown(ArrayRef<int64_t> shape);
  void standIn(const KerasLayer &layer, LayerValue &result);
  void computeShape(const KerasLayer &layer, StringRef className, size_t index);
  void makeReal(LayerImport &layer, size_t index);
  void makeSequence(LayerImport &layer, size_t index);
  void makeSteps(LayerImport &layer, size_t index);
  void makeImage(LayerImport &layer);
  SmallVector<Value> makeOutputs();
  void renameParts(func::FuncOp network);

  const KerasModel &model;
  /// Whether there are layers on volumes.
  bool hasVolumes;
  StringRef path;
  OpBuilder builder;
  /// What each layer returned.
  std::vector<LayerValue> results;
  /// What layers that return no tensors computed.
  ShapeNumbers shapeNumbers;
  /// How often it is read, by layers and as a result of the network.
  std::vector<size_t> readers;
};

} // namespace

RankedTensorType KerasImporter::getInputType(const KerasInput &input) {
  Location loc = getLocation(model.layers[input.layer].name);
  const std::string &name = model.layers[input.layer].name;
  Type elementType;
  switch (input.type) {
  case ElementType::F16:
  case ElementType::F32:
  case ElementType::F64:
    elementType = builder.getF32Type();
    break;
  case ElementType::U8:
    elementType = builder.getIntegerType(8, /*isSigned=*/false);
    break;
  case ElementType::I8:
    elementType = builder.getI8Type();
    break;
  case ElementType::I16:
    elementType = builder.getI16Type();
    break;
  default:
    emitError(loc) << "the model's input '" << name << "' is of "
                   << nameOf(input.type)
                   << "; supported are float32, uint8, int8 and int16";
    return {};
  }
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  // Frames of volumes are samples, one after the other.
  shape.append(input.shape.begin() + (isVolume(input) ? 1 : 0),
               input.shape.end());
  if (shape.size() < 2 || llvm::any_of(input.shape, [](int64_t extent) {
        return extent < 1 || extent > (int64_t(1) << 31);
      })) {
    emitError(loc) << "the model's input '" << name << "' has shape "
                   << toString(input.shape)
                   << " without the batch; one axis or more is needed, none of "
                      "them empty";
    return {};
  }
  return RankedTensorType::get(shape, elementType);
}

/// What stands for the result of a refused layer: the file says its shape, so
/// that what follows is checked as if it were known.
Value KerasImporter::makeUnknown(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> extents = {ShapedType::kDynamic};
  llvm::append_range(extents, shape);
  return UnrealizedConversionCastOp::create(
             builder, builder.getUnknownLoc(),
             RankedTensorType::get(extents, builder.getF32Type()), ValueRange())
      .getResult(0);
}

/// Makes real numbers of an input of integers, as Keras does.
void KerasImporter::makeReal(LayerImport &layer, size_t index) {
  LayerValue &input = results[layer.layer().inputs[index]];
  if (cast<RankedTensorType>(input.value.getType()).getElementType().isF32())
    return;
  std::string suffix =
      index == 0 ? "rescaling" : "rescaling_" + std::to_string(index);
  FailureOr<Value> real =
      layer.make().makePart(suffix).makeRescaling(input.value, {1.0}, {0.0});
  if (failed(real))
    return;
  input.integers = input.value;
  input.value = *real;
}

/// Makes an image of height 1 of an input (batch, steps, channels).
void KerasImporter::makeSequence(LayerImport &layer, size_t index) {
  LayerValue &input = results[layer.layer().inputs[index]];
  SmallVector<int64_t> shape = input.getShape();
  if (input.isSequence || shape.size() != 3)
    return;
  std::string suffix = index == 0 ? "image" : "image_" + std::to_string(index);
  FailureOr<Value> image = layer.make().makePart(suffix).makeReshape(
      input.value, {1, shape[1], shape[2]});
  if (succeeded(image))
    input = {*image, /*isSequence=*/true};
}

/// Makes (batch, steps, channels) again of an input that is an image of height
/// 1.
void KerasImporter::makeSteps(LayerImport &layer, size_t index) {
  LayerValue &input = results[layer.layer().inputs[index]];
  if (!input.isSequence)
    return;
  SmallVector<int64_t> shape = input.getShape();
  std::string suffix = index == 0 ? "steps" : "steps_" + std::to_string(index);
  FailureOr<Value> steps = layer.make().makePart(suffix).makeReshape(
      input.value, {shape[1], shape[2]});
  if (succeeded(steps))
    input = {*steps, /*isSequence=*/false};
}

/// Makes an image of one cell of the input, if it is a vector that stands for
/// one.
void KerasImporter::makeImage(LayerImport &layer) {
  LayerValue &input = results[layer.layer().inputs.front()];
  if (!input.isVector)
    return;
  FailureOr<Value> image = layer.make().makePart("image").makeReshape(
      input.value, {1, 1, input.getShape().back()});
  if (failed(image))
    return;
  input.value = *image;
  input.isVector = false;
}

/// Reports inputs that the layer's class can't have.
bool KerasImporter::checkInputs(LayerImport &layer,
                                const LayerClass &layerClass,
                                ArrayRef<LayerValue> inputs) {
  if (layerClass.inputs != 0 && inputs.size() != layerClass.inputs)
    layer.error() << "it has " << inputs.size()
                  << " inputs; layers of this class have " << layerClass.inputs;
  if (!layerClass.takesConstants)
    for (const KerasArgument &argument : layer.layer().arguments)
      if (argument.value.is_number() || argument.value.is_array()) {
        layer.error() << "it takes a constant; only outputs of other layers "
                         "are supported";
        break;
      }
  for (const LayerValue &input : inputs) {
    if (!input.value)
      continue;
    SmallVector<int64_t> shape = input.getShape();
    if (layerClass.rank && shape.size() != layerClass.rank)
      layer.error() << "its input has shape "
                    << toString(Shape(shape.begin() + 1, shape.end()))
                    << " without the batch; layers of this class take "
                    << (layerClass.rank == 4
                            ? "images (height, width, channels)"
                        : layerClass.rank == 5
                            ? "volumes (frames, height, width, channels)"
                            : "sequences (steps, channels)");
    else if (layerClass.rank == 5 && !input.frames)
      layer.error() << "its input is made by a Reshape; the frames of a volume "
                       "are an axis of the network's input";
    if (input.past && !layerClass.takesPast)
      layer.error() << "its input has " << input.past
                    << " frames of zeros before the first one; only a Conv3D "
                       "whose kernel covers that many frames and the current "
                       "one may follow a ZeroPadding3D that makes them";
  }
  return !layer.failed();
}

/// Whether a user registered the class: it may do anything, whatever its name
/// is. The reference and Keras's applications register classes in the same
/// way.
static bool isUsersClass(const KerasLayer &keras) {
  StringRef name = keras.className;
  if (!name.consume_front("Custom>"))
    return false;
  // By the keys that such a class has.
  static const std::pair<StringRef, std::vector<const char *>> known[] = {
      {"Activation", {"activation", "alpha"}},
      {"Add", {"average"}},
      {"BufferTempConv", {}},
      {"CustomScaleLayer", {}},
      {"DepthwiseBufferTempConv", {}},
      {"DepthwiseConv2DTranspose", {}},
      {"ExtractToken", {"token", "axis"}},
      {"Kernelized", {"num_coeffs", "out_channels", "repeat"}},
      {"PaddedConv2D", {"padding_value"}},
      {"PicoPostProcessing", {"threshold"}},
      {"PleiadesLayer", {"degrees", "alpha", "beta"}},
      {"StatefulProjection", {"subsample"}},
      {"StatefulRecurrent", {}},
      {"Stride", {"stride"}},
  };
  return llvm::none_of(known, [&](const auto &row) {
    return row.first == name && llvm::all_of(row.second, [&](const char *key) {
             return keras.config.is_object() && keras.config.contains(key);
           });
  });
}

LayerValue KerasImporter::importLayer(const KerasLayer &keras,
                                      LayerProblems &problems) {
  bool isVolume = llvm::any_of(
      keras.inputs, [&](size_t input) { return results[input].frames != 0; });
  // Of layers whose inputs are not known, either is as good.
  std::string className = LayerImport::getClassName(keras);
  const LayerClass *layerClass =
      isVolume ? findVolumeClass(className) : findLayerClass(className);
  if (!layerClass && !isVolume)
    layerClass = findVolumeClass(className);
  if (isVolume && !layerClass && findLayerClass(className) &&
      !isUsersClass(keras)) {
    SmallVector<StringRef> names;
    for (const LayerClass &known : getVolumeClasses())
      names.push_back(known.name);
    LayerImport(keras, getLocation(keras.name), builder, {}, model.kerasVersion)
            .error()
        << "it takes no volumes (frames, height, width, channels), as its "
           "input is; layers that do are "
        << llvm::join(names, ", ");
    return {};
  }
  if (!layerClass || isUsersClass(keras)) {
    problems.addUnsupported();
    return {};
  }
  SmallVector<LayerValue> inputs;
  auto readInputs = [&] {
    inputs.clear();
    for (auto [i, input] : llvm::enumerate(keras.inputs)) {
      LayerValue &value = results[input];
      if (!value.value && !hasVolumes && keras.inputShapes[i])
        value.value = makeUnknown(*keras.inputShapes[i]);
      inputs.push_back(value);
      if (layerClass->takesIntegers && inputs.back().integers)
        inputs.back().value = inputs.back().integers;
    }
  };
  readInputs();
  LayerImport reader(keras, getLocation(keras.name), builder, inputs,
                     model.kerasVersion);
  if (!keras.problem.empty())
    reader.error() << "it " << keras.problem;
  if (Status status = checkType(keras.config); !status)
    reader.error() << "it " << status.message();
  bool valid = checkInputs(reader, *layerClass, inputs) && reader.isReady();
  // Not known: the configuration is read all the same.
  if (!valid)
    inputs.assign(std::max<size_t>(inputs.size(), 2), LayerValue());
  bool makesSequence = layerClass->form == LayerForm::Sequences ||
                       (layerClass->form == LayerForm::Cells &&
                        llvm::any_of(inputs, [](const LayerValue &in) {
                          return in.isSequence;
                        }));
  if (valid && !layerClass->takesIntegers) {
    for (size_t i = 0; i != inputs.size(); ++i)
      makeReal(reader, i);
    readInputs();
  }
  if (valid && makesSequence) {
    for (size_t i = 0; i != inputs.size(); ++i)
      makeSequence(reader, i);
    readInputs();
  }
  if (valid && layerClass->form == LayerForm::Steps) {
    for (size_t i = 0; i != inputs.size(); ++i)
      makeSteps(reader, i);
    readInputs();
  }
  if (valid && layerClass->rank == 5) {
    makeImage(reader);
    readInputs();
  }
  LayerImport layer(keras, getLocation(keras.name), builder, inputs,
                    model.kerasVersion);
  layer.setOnlyReader(!keras.inputs.empty() &&
                      readers[keras.inputs.front()] == 1);
  ImportedLayer result = layerClass->import(layer);
  if (failed(result))
    return {};
  bool isImage = cast<RankedTensorType>(result->getType()).getRank() == 4;
  LayerValue value = {*result, makesSequence && isImage};
  if (isVolume) {
    value.frames = layer.getFrames();
    value.past = layer.getNewPast();
    // Layers that act on each cell leave a vector one.
    bool isRank2 = cast<RankedTensorType>(result->getType()).getRank() == 2;
    value.isVector = isRank2 && (layerClass->rank == 5 ||
                                 (layerClass->form == LayerForm::Cells &&
                                  results[keras.inputs.front()].isVector));
  }
  return value;
}

void KerasImporter::importLayers(func::FuncOp network,
                                 LayerProblems &problems) {
  results.resize(model.layers.size());
  readers.assign(model.layers.size(), 0);
  for (const KerasLayer &layer : model.layers)
    for (size_t input : layer.inputs)
      ++readers[input];
  for (size_t output : model.outputs)
    ++readers[output];
  for (auto [input, argument] :
       llvm::zip_equal(model.inputs, network.getArguments()))
    results[input.layer] = {argument, /*isSequence=*/false,
                            isVolume(input) ? input.shape.front() : 0};
  for (auto [index, layer] : llvm::enumerate(model.layers)) {
    if (results[index].value)
      continue;
    std::string className = LayerImport::getClassName(layer);
    problems.enter(layer.name, className);
    if (shapeNumbers.computes(layer, className)) {
      computeShape(layer, className, index);
      continue;
    }
    if (shapeNumbers.isMissedBy(layer))
      continue;
    results[index] = shapeNumbers.isNeededBy(layer)
                         ? importLayer(shapeNumbers.substitute(layer), problems)
                         : importLayer(layer, problems);
    if (!results[index].value && !hasVolumes && !layer.inputs.empty())
      standIn(layer, results[index]);
  }
}

/// A layer whose result is numbers of a shape, and no tensor.
void KerasImporter::computeShape(const KerasLayer &layer, StringRef className,
                                 size_t index) {
  SmallVector<int64_t> shape;
  const LayerValue &input = results[layer.inputs.front()];
  if (input.value)
    shape = input.getShape();
  // Of the shape of a refused layer nothing is known.
  bool isOfRefused = !input.value && !shapeNumbers.isNeededBy(layer);
  bool isTold = isOfRefused || shapeNumbers.isMissedBy(layer);
  if (!shapeNumbers.evaluate(layer, className, index, shape) && !isTold)
    LayerImport(layer, getLocation(layer.name), builder, {}, model.kerasVersion)
            .error()
        << "it computes numbers of a shape in a way that is not supported: "
           "parts of shapes, lists of them, and + - * // of extents other "
           "than the batch are";
}

/// The refused layer's result for what is checked after it, where its shape is
/// known.
void KerasImporter::standIn(const KerasLayer &layer, LayerValue &result) {
  const LayerValue &input = results[layer.inputs.front()];
  if (!input.value)
    return;
  SmallVector<int64_t> shape = input.getShape();
  if (auto known = findRefusedShape(layer, LayerImport::getClassName(layer),
                                    {shape.begin() + 1, shape.end()}))
    result.value = makeUnknown(*known);
}

SmallVector<Value> KerasImporter::makeOutputs() {
  SmallVector<Value> outputs;
  for (size_t index : model.outputs) {
    LayerValue &output = results[index];
    if (!output.value) {
      emitError(getLocation(model.layers[index].name))
          << "the network returns numbers of a shape, by layer '"
          << model.layers[index].name << "'; it must return tensors";
      return {};
    }
    if (output.past) {
      emitError(getLocation(model.layers[index].name))
          << "the network returns frames of zeros before the first one; a "
             "Conv3D must follow layer '"
          << model.layers[index].name << "'";
      return {};
    }
    if (output.isSequence || output.isVector) {
      const std::string &name = model.layers[index].name;
      // Frames are samples.
      SmallVector<int64_t> shape = output.getShape();
      FailureOr<Value> whole =
          LayerBuilder(builder, getLocation(name),
                       name + (output.isSequence ? "_sequence" : "_image"))
              .makeReshape(output.value, ArrayRef<int64_t>(shape).drop_front(
                                             output.frames ? 2 : 1));
      if (failed(whole))
        return {};
      output = {*whole, /*isSequence=*/false};
    }
    outputs.push_back(output.value);
  }
  return outputs;
}

/// Gives parts of layers, which the model doesn't name, names that nothing else
/// has: a layer may be called as a part of another one.
void KerasImporter::renameParts(func::FuncOp network) {
  llvm::StringSet<> taken;
  for (const KerasLayer &layer : model.layers)
    taken.insert(layer.name);
  for (auto layer : network.getOps<LayerOpInterface>()) {
    auto loc = layer->getLoc()->findInstanceOf<NameLoc>();
    StringRef part = layer.getLayerName();
    if (!loc || loc.getName() == part || taken.insert(part).second)
      continue;
    unsigned number = 1;
    std::string name;
    do
      name = (part + "_" + Twine(number++)).str();
    while (!taken.insert(name).second);
    layer.setLayerName(name);
  }
}

OwningOpRef<ModuleOp> KerasImporter::run() {
  Location loc = FileLineColLoc::get(builder.getContext(), path, 0, 0);
  SmallVector<Type> inputTypes;
  for (const KerasInput &input : model.inputs)
    inputTypes.push_back(getInputType(input));
  if (llvm::is_contained(inputTypes, Type()))
    return {};

  OwningOpRef<ModuleOp> module = ModuleOp::create(
      loc, model.name.empty() ? StringRef("model") : StringRef(model.name));
  builder.setInsertionPointToEnd(module->getBody());
  auto network = func::FuncOp::create(builder, loc, "main",
                                      builder.getFunctionType(inputTypes, {}));
  for (auto [index, input] : llvm::enumerate(model.inputs)) {
    network.setArgAttr(index, nameAttrName,
                       builder.getStringAttr(model.layers[input.layer].name));
    if (isVolume(input))
      network.setArgAttr(index, layoutAttrName,
                         builder.getStringAttr(framesLayout));
  }
  builder.setInsertionPointToStart(network.addEntryBlock());

  LayerProblems problems(builder.getContext());
  importLayers(network, problems);
  if (failed(problems.report(
          path,
          [](StringRef className) { return whyUnsupported(className).str(); },
          getSupportedKerasClasses())))
    return {};

  SmallVector<Value> outputs = makeOutputs();
  if (outputs.size() != model.outputs.size())
    return {};
  renameParts(network);
  func::ReturnOp::create(builder, loc, outputs);
  returnStates(network);
  // A layer of several parts may end in one of another name, and one that does
  // nothing in the layer before. Functions inside of layers are layers of their
  // own.
  for (auto [index, output] : llvm::enumerate(outputs)) {
    const std::string &name = model.layers[model.outputs[index]].name;
    LayerOpInterface last = getProducer(output);
    if (last && last.getLayerName() != name &&
        last.getLayerName() != name + "_activ")
      network.setResultAttr(index, nameAttrName, builder.getStringAttr(name));
  }
  if (getNetworks(*module).empty()) {
    emitError(loc) << "the model has no layers";
    return {};
  }
  if (failed(verify(*module)) || failed(verifyNetwork(network)))
    return {};
  return module;
}

OwningOpRef<ModuleOp> importKeras(StringRef path, MLIRContext *context,
                                  const ImportKerasOptions &options) {
  context->loadDialect<QMLDialect, func::FuncDialect>();
  Result<KerasModel> model = readKerasModel(path.str(), options.inputShapes);
  if (!model) {
    emitError(FileLineColLoc::get(context, path, 0, 0)) << model.message();
    return {};
  }
  return KerasImporter(*model, path, context).run();
}

void registerKerasTranslation() {
  TranslateToMLIRRegistration registration(
      "keras-to-qml", "Keras model (.h5 or .keras) to qml",
      [](llvm::SourceMgr &sources, MLIRContext *context) {
        StringRef path = sources.getMemoryBuffer(sources.getMainFileID())
                             ->getBufferIdentifier();
        return importKeras(path, context);
      },
      [](DialectRegistry &registry) {
        registry.insert<QMLDialect, func::FuncDialect>();
      });
}

} // namespace qml
