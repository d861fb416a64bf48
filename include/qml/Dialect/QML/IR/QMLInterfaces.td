//===- QMLInterfaces.td - Interfaces of qml operations -----*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_DIALECT_QML_IR_QMLINTERFACES_TD
#define QML_DIALECT_QML_IR_QMLINTERFACES_TD

include "mlir/IR/OpBase.td"

def QML_LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::qml";
  let description = [{
    A layer: an operation with a source name. What quantization has to know of
    each kind of layer (the reference's tables, `_GLOBAL_ALIGNED_INPUTS` and
    `_GLOBAL_NO_OUTPUT_QUANTIZER`) is answered here.
  }];
  let methods = [
    InterfaceMethod<"Name in the source model, unique in the network.",
      "::llvm::StringRef", "getLayerName">,
    InterfaceMethod<"", "void", "setLayerName",
      (ins "::llvm::StringRef":$name)>,
    StaticInterfaceMethod<"Name of the layer's class in Keras.",
      "::llvm::StringRef", "getSourceClass">,
    StaticInterfaceMethod<
      "Whether an output quantizer may follow: whether the integer layer can "
      "rescale its result.",
      "bool", "mayOwnOutputQuantizer">,
    StaticInterfaceMethod<
      "Whether inputs must be in fixed point, so that quantizers go before.",
      "bool", "needsFixedPointInputs">,
    InterfaceMethod<
      "Why this layer can't run in integers; empty if it can.",
      "std::string", "whyNotQuantizable", (ins), "", [{ return {}; }]>,
    InterfaceMethod<"Trainable parameters, as Keras counts them.",
      "int64_t", "getNumTrainableParameters", (ins), "", [{ return 0; }]>,
    InterfaceMethod<"Other parameters, quantizers left out.",
      "int64_t", "getNumNonTrainableParameters", (ins), "", [{ return 0; }]>,
    InterfaceMethod<
      "What the integers of the result stand for; null in float.",
      "::qml::FixedAttr", "getResultFixed", (ins), "", [{
        return $_op->template getAttrOfType<::qml::FixedAttr>("fixed");
      }]>,
  ];
}

def QML_WeightedLayerOpInterface
    : OpInterface<"WeightedLayerOpInterface", [QML_LayerOpInterface]> {
  let cppNamespace = "::qml";
  let description = [{
    A layer with weights that can be quantized: a kernel, and perhaps a bias of
    one value per output channel. A layer that multiplies with several kernels,
    one after the other, calls the last its kernel: the one that makes the
    output channels.
  }];
  let methods = [
    InterfaceMethod<"", "::mlir::ElementsAttr", "getKernel">,
    InterfaceMethod<"", "void", "setKernelAttr",
      (ins "::mlir::ElementsAttr":$kernel)>,
    InterfaceMethod<"Null if there is none.",
      "::mlir::ElementsAttr", "getBiasAttr">,
    InterfaceMethod<"", "void", "setBiasAttr",
      (ins "::mlir::ElementsAttr":$bias)>,
    InterfaceMethod<"Null for the default of 8 bits, signed.",
      "::qml::AlignedQuantizerAttr", "getBiasQuantizerAttr">,
    InterfaceMethod<"", "void", "setBiasQuantizerAttr",
      (ins "::qml::AlignedQuantizerAttr":$quantizer)>,
    StaticInterfaceMethod<
      "Axis of the kernel, from the front, that is the output channel.",
      "int64_t", "getOutputAxis">,
    InterfaceMethod<
      "All kernels, in the order in which they multiply, with what "
      "configurations and reports know of them.",
      "::llvm::SmallVector<::qml::KernelInfo, 1>", "getKernels", (ins), "", [{
        return {{"kernel", "", $_op.getKernel(), ConcreteOp::getOutputAxis(),
                 ConcreteOp::hasExplicitWeightAxis()}};
      }]>,
    InterfaceMethod<"The kernel that multiplies the input.",
      "::mlir::ElementsAttr", "getInputKernel", (ins), "",
      [{ return $_op.getKernel(); }]>,
    InterfaceMethod<"", "void", "setInputKernelAttr",
      (ins "::mlir::ElementsAttr":$kernel), "",
      [{ $_op.setKernelAttr(kernel); }]>,
    StaticInterfaceMethod<
      "Axis of the input kernel, from the front, that is the input channel.",
      "int64_t", "getInputAxis">,
    StaticInterfaceMethod<
      "The widest buffer that the layer computes in.",
      "int", "getMaxBufferBitwidth", (ins), "", [{ return 28; }]>,
    InterfaceMethod<"Null before quantizers are inserted.",
      "::mlir::IntegerAttr", "getBufferBitwidthAttr">,
    InterfaceMethod<"", "void", "setBufferBitwidthAttr",
      (ins "::mlir::IntegerAttr":$bitwidth)>,
    InterfaceMethod<"Number of output channels.", "int64_t",
      "getNumOutputChannels", (ins), "", [{
        auto type = ::llvm::cast<::mlir::ShapedType>($_op.getKernel().getType());
        return type.getDimSize(ConcreteOp::getOutputAxis());
      }]>,
  ];
}

#endif // QML_DIALECT_QML_IR_QMLINTERFACES_TD
