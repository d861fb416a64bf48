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

def QML_LowerableOpInterface : OpInterface<"LowerableOpInterface"> {
  let cppNamespace = "::qml";
  let description = [{
    How an operation becomes integers, and what executors run. Each operation
    answers for itself; nothing has a default.
  }];
  let methods = [
    InterfaceMethod<[{
      What the integers of the result stand for, given what those of the
      operands do and the operation's own attributes: the counterpart of shape
      inference for fixed point. Quantizers define the meaning of their result
      and return it. Value bits are those of the reference's rules; the chip's
      rules may give the result fewer. Called for integer operations alone.
    }], "::mlir::FailureOr<::qml::Meaning>", "inferMeaning">,
    InterfaceMethod<[{
      Makes the operation's attributes those of integers, given operands that
      are integer already; returns the value bits of the result. Problems go to
      `lowering.error`. Called for operations that `whyNotQuantizable` has
      nothing against.
    }], "int", "toInteger", (ins "::qml::IntegerLowering &":$lowering)>,
    InterfaceMethod<[{
      Adds the operations of a program that compute the result, in the stage
      that the operation is in.
    }], "void", "flatten", (ins "::qml::NetworkFlattener &":$flattener)>,
  ];
}

def QML_LayerOpInterface : OpInterface<"LayerOpInterface",
                                       [QML_LowerableOpInterface]> {
  let cppNamespace = "::qml";
  let description = [{
    A layer: an operation with a source name. What quantization has to know of
    each kind of layer (the reference's tables, `_GLOBAL_ALIGNED_INPUTS` and
    `_GLOBAL_NO_OUTPUT_QUANTIZER`) is answered here and by traits.
  }];
  let methods = [
    InterfaceMethod<"Name in the source model, unique in the network.",
      "::llvm::StringRef", "getLayerName">,
    InterfaceMethod<"", "void", "setLayerName",
      (ins "::llvm::StringRef":$name)>,
    StaticInterfaceMethod<"What people call this kind of layer.",
      "::llvm::StringRef", "getKindName">,
    InterfaceMethod<
      "The class of the layer in the source model: what the importer noted, or "
      "the kind.",
      "::llvm::StringRef", "getClassName", (ins), "", [{
        ::mlir::StringAttr source = $_op.getSourceClassAttr();
        return source ? source.getValue() : ConcreteOp::getKindName();
      }]>,
    InterfaceMethod<
      "The whole shape of the result, given those of the operands; reports what "
      "doesn't fit. Verifiers compare the result with it.",
      "::mlir::FailureOr<::llvm::SmallVector<int64_t>>", "inferResultShape",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError)>,
    InterfaceMethod<
      "Why this layer can't run in integers; empty if it can.",
      "std::string", "whyNotQuantizable">,
    StaticInterfaceMethod<
      "How an output quantizer of this layer is chosen.",
      "::qml::OutputQuantizerRule", "getOutputQuantizerRule", (ins), "",
      [{ return {}; }]>,
    InterfaceMethod<
      "Keys of configurations for this layer, in the order of the reference.",
      "::qml::ConfigKeys", "getConfigurableKeys", (ins), "", [{
        if (ConcreteOp::template hasTrait<::qml::OpTrait::RescalesResult>())
          return {"output_quantizer", "buffer_bitwidth"};
        return {};
      }]>,
    InterfaceMethod<"The narrowest buffer that the layer computes in.",
      "int", "getMinBufferBitwidth", (ins), "", [{ return 1; }]>,
    InterfaceMethod<"The widest buffer that the layer computes in.",
      "int", "getMaxBufferBitwidth", (ins), "", [{ return 32; }]>,
    InterfaceMethod<"Trainable parameters, as Keras counts them.",
      "int64_t", "getNumTrainableParameters", (ins), "", [{ return 0; }]>,
    InterfaceMethod<"Other parameters, quantizers left out.",
      "int64_t", "getNumNonTrainableParameters", (ins), "", [{ return 0; }]>,
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
    StaticInterfaceMethod<
      "Axis of the kernel, from the front, that is the output channel.",
      "int64_t", "getOutputAxis">,
    InterfaceMethod<
      "All kernels, in the order in which they multiply, with what "
      "configurations and reports know of them.",
      "::llvm::SmallVector<::qml::KernelInfo, 1>", "getKernels">,
    InterfaceMethod<"The kernel that multiplies the input.",
      "::mlir::ElementsAttr", "getInputKernel", (ins), "",
      [{ return $_op.getKernel(); }]>,
    InterfaceMethod<"", "void", "setInputKernelAttr",
      (ins "::mlir::ElementsAttr":$kernel), "",
      [{ $_op.setKernelAttr(kernel); }]>,
    StaticInterfaceMethod<
      "Axis of the input kernel, from the front, that is the input channel.",
      "int64_t", "getInputAxis">,
    InterfaceMethod<"Null before quantizers are inserted.",
      "::mlir::IntegerAttr", "getBufferBitwidthAttr">,
    InterfaceMethod<"Number of output channels.", "int64_t",
      "getNumOutputChannels", (ins), "", [{
        auto type = ::llvm::cast<::mlir::ShapedType>($_op.getKernel().getType());
        return type.getDimSize(ConcreteOp::getOutputAxis());
      }]>,
  ];
}

def QML_MemoryLayerOpInterface
    : OpInterface<"MemoryLayerOpInterface", [QML_LayerOpInterface]> {
  let cppNamespace = "::qml";
  let description = [{
    A layer with memory: its last operand is what the step before left, its
    second result, of the same type, what it leaves for the next.
  }];
  let methods = [
    InterfaceMethod<"", "::mlir::Value", "getMemory">,
    InterfaceMethod<"", "::mlir::Value", "getNewMemory">,
  ];
}

#endif // QML_DIALECT_QML_IR_QMLINTERFACES_TD
