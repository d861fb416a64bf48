//===- Passes.td - Passes on qml networks ------------------*- tablegen -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_TRANSFORMS_PASSES_TD
#define QML_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

/// Passes change one network at a time: pass managers run them side by side,
/// and those of other compilers nest them. Functions without layers are left
/// alone.
class QML_Pass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::qml::QMLDialect"];
}

class QML_ModulePass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let dependentDialects = ["::qml::QMLDialect"];
}

//===----------------------------------------------------------------------===//
// Sanitizing: float networks of a shape that can be quantized
//===----------------------------------------------------------------------===//

def InsertRescaling : QML_Pass<"qml-insert-rescaling"> {
  let summary = "Rescale the inputs of a network that was trained on others";
  let description = [{
    Puts a `qml.rescaling` after each input, which computes `scale * x + offset`
    of it: a network that was trained on numbers from 0 to 1 then takes the
    bytes of an image. Both have one value, or one for each channel. Networks
    that have quantizers already are an error.
  }];
  let options = [
    ListOption<"scale", "scale", "double", "Factor of inputs (default: 1)">,
    ListOption<"offset", "offset", "double",
      "What is added after that (default: 0)">
  ];
  let statistics = [
    Statistic<"numInserted", "inserted", "Rescalings inserted">
  ];
}

def SplitActivations : QML_Pass<"qml-split-activations"> {
  let summary = "Make layers of the activations that other layers carry";
  let description = [{
    A layer `conv` with `activation = relu` becomes a layer without, followed by
    a `qml.relu` named `conv_activ`.
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Activations that became layers">
  ];
}

def ReconstructHardSilu : QML_Pass<"qml-reconstruct-hard-silu"> {
  let summary = "Find hard activations that were written as their parts";
  let description = [{
    `relu6(x + 3) / 6`, as additions and products with constants or rescalings
    write it, becomes a `qml.activation` with the function `hard_sigmoid_6`, and
    its product with `x`, in any order of the factors, one with `hard_silu`:
    integers look up in a table what would take a rescaling for each part. The
    layer has the name of the last of its parts.

    Parts that something else uses are left alone.
  }];
  let statistics = [
    Statistic<"numSilus", "hard-silu", "Activations hard_silu found">,
    Statistic<"numSigmoids", "hard-sigmoid",
      "Activations hard_sigmoid_6 found that are no part of a hard_silu">,
    Statistic<"numUsed", "parts-used",
      "Sixths of relu6(x + 3) left alone: something else uses a part">
  ];
}

def ConvertGroupedConvs : QML_Pass<"qml-convert-grouped-convs"> {
  let summary = "Make convolutions in groups depthwise, or convolutions of all channels";
  let description = [{
    A `qml.conv_2d` whose input channels, output channels and groups are equally
    many is a `qml.depthwise_conv_2d`; the last two axes of the kernel swap.
    Others get the kernel of a convolution without groups, with zeros where a
    group doesn't look, unless it would have more than 2^28 values.
  }];
  let statistics = [
    Statistic<"numConverted", "converted", "Convolutions without groups now">,
    Statistic<"numLeft", "left", "Convolutions with groups, left alone">
  ];
}

def ConvertAveragePools : QML_Pass<"qml-convert-average-pools"> {
  let summary = "Make global or depthwise layers of average pools";
  let description = [{
    A `qml.average_pool_2d` of one window with all of the image is a
    `qml.global_average_pool_2d` that keeps the axes. Others become a
    `qml.depthwise_conv_2d` whose weights are all 1 / (height * width) of the
    window, which 8 bits hold exactly, as all are equal. Names stay.

    Where windows reach over the border of the image, they have fewer cells
    there, and no kernel divides by two numbers: these stay as they are, and have
    integers of their own.
  }];
  let statistics = [
    Statistic<"numGlobal", "global", "Pools of the whole image">,
    Statistic<"numDepthwise", "depthwise", "Pools that became convolutions">,
    Statistic<"numBorder", "border",
      "Pools left alone: windows reach over the border">
  ];
}

def MergeRescalings : QML_Pass<"qml-merge-rescalings"> {
  let summary = "Make one rescaling of several that integers can't do";
  let description = [{
    `rescaling -> rescaling` becomes the second one, with the product of the
    scales, if nothing else uses the first and one of them has an offset or a
    scale per channel. Such a rescaling also goes after a reshape that keeps
    the last axis, so that it stands before the layer with weights.
  }];
  let statistics = [
    Statistic<"numMerged", "merged", "Rescalings that went into the next one">,
    Statistic<"numUsed", "other-users",
      "Rescalings left alone: something else uses the one before">,
    Statistic<"numIntegers", "integers",
      "Rescalings left alone: integers do both">
  ];
}

def RemoveReshapes : QML_Pass<"qml-remove-reshapes"> {
  let summary = "Remove reshapes that another reshape follows";
  let description = [{
    Of two consecutive `qml.reshape` or `qml.flatten`, the first is removed, if
    nothing else uses it.
  }];
  let statistics = [
    Statistic<"numRemoved", "removed", "Reshapes removed">,
    Statistic<"numUsed", "other-users",
      "Reshapes left alone: something else uses the one before">
  ];
}

def FoldPermutations : QML_Pass<"qml-fold-permutations"> {
  let summary = "Fold reordered channels into the kernel after them";
  let description = [{
    A 1x1 convolution whose kernel moves channels, all ones and zeros with a
    single one for each input and each output (images from BGR to RGB, say), is
    folded into the convolution that alone uses it: the rows of that one's
    kernel are reordered, and so are its padding values if there is one for each
    channel. It must have no bias, no activation, no pads and no strides, and
    the one after it one group.

    Other 1x1 convolutions are left alone, and those that are convolutions in the
    source model (`source_class`): networks that were trained as two layers are
    quantized as two, as the reference does. So is the identity, which is never
    there by chance.
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Reorderings folded">,
    Statistic<"numOther", "other", "Reorderings left alone: not before a "
      "convolution of one group alone">
  ];
}

def AlignRescaling : QML_Pass<"qml-align-rescaling"> {
  let summary = "Fold what integers can't rescale into the layer after it";
  let description = [{
    An integer `qml.rescaling` has a single scale and no offset. The first
    rescaling of a network that has more is made so: its offset o goes into the
    bias of the convolution or dense layer after it, b += sum(kernel * o), and a
    convolution that pads does so with -o, which is what zero moved to. A scale
    per channel s goes into the kernel, kernel[c] *= s[c], and divides the
    padding.

    Rescalings with several users, or before other layers, are left alone, as
    are all but the first and those of other inputs: `qml-convert-scalings`
    sees to them.
  }];
  let statistics = [
    Statistic<"numAligned", "aligned", "Rescalings folded">,
    Statistic<"numOtherLayer", "other-layer",
      "Rescalings left alone: not before one convolution or dense layer alone">
  ];
}

def SwapReLUMaxPool : QML_Pass<"qml-swap-relu-max-pool"> {
  let summary = "Pool before rectifying";
  let description = [{
    `relu -> max_pool_2d` becomes `max_pool_2d -> relu`, if nothing else uses
    the ReLU: the same result, computed on fewer values, in the order of the
    hardware. Other activations whose functions never fall swap alike.
  }];
  let statistics = [
    Statistic<"numSwapped", "swapped", "Pairs swapped">,
    Statistic<"numUsed", "other-users",
      "Pairs left alone: something else uses the activation">,
    Statistic<"numFalls", "falls",
      "Pairs left alone: the activation's function falls somewhere">
  ];
}

def SwapPoolBatchNorm : QML_Pass<"qml-swap-pool-batch-norm"> {
  let summary = "Normalize before pooling, so that the norm can be folded";
  let description = [{
    `max_pool_2d -> batch_norm` and `global_average_pool_2d -> batch_norm`
    become norm and then pool, if nothing else uses the pool. After a maximum
    this needs every gamma to be positive: pairs with others are left alone.
  }];
  let statistics = [
    Statistic<"numSwapped", "swapped", "Pairs swapped">,
    Statistic<"numGamma", "gamma-not-positive",
      "Pairs left alone: a gamma is not positive">,
    Statistic<"numUsed", "other-users",
      "Pairs left alone: something else uses the pool">
  ];
}

def FoldBatchNorms : QML_Pass<"qml-fold-batch-norms"> {
  let summary = "Fold batch norms into the layers before them";
  let description = [{
    After a convolution or dense layer that nothing else uses, with g = gamma /
    sqrt(variance + epsilon): kernel *= g per output channel, bias = beta +
    (bias - mean) * g. The kernel of a separable convolution is the pointwise
    one here. Norms with a gamma of zero are left alone (the kernel would be
    zero), as are norms after other layers: --qml-convert-scalings makes layers
    of both.
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Norms folded">,
    Statistic<"numGamma", "gamma-zero", "Norms left alone: a gamma is zero">,
    Statistic<"numOtherLayer", "other-layer",
      "Norms left alone: not after a layer with weights, or not its only user">
  ];
}

def ConvertScalings : QML_Pass<"qml-convert-scalings"> {
  let summary = "Make weights of norms and rescalings that are left";
  let description = [{
    Norms that could not be folded, and rescalings that integers can't do where
    they stand (an offset, a scale per channel or of zero or less, a layer after
    them that takes no scale), go

    1. into the weights of the layer before, if that has weights, no activation,
       and no other users; dropouts may stand between;
    2. else into the weights of the layer after, if that is the only user;
       means, dropouts, flattening and such may stand between, maxima if all
       scales are positive, padding if there is no offset; not if some scales
       are more than 4 times as large as others, which takes bits of the kernel;
    3. else they become a depthwise convolution of 1x1 with a bias. Right after
       an input of up to 64 channels it is a convolution of all channels, which
       takes zero points. Tensors that are no images are reshaped before and
       after.

    The reference stops at all of these.
  }];
  let statistics = [
    Statistic<"numBefore", "before", "Folded into the layer before">,
    Statistic<"numAfter", "after", "Folded into the layer after">,
    Statistic<"numConverted", "converted", "Convolutions of 1x1 made of them">
  ];
}

def ConvertFirstLayers : QML_Pass<"qml-convert-first-layers"> {
  let summary = "Make first layers of all channels, to take zero points";
  let description = [{
    A depthwise or separable convolution after an input that becomes unsigned
    has no place for its zero point. With up to 64 channels it is made a
    `qml.conv_2d` whose kernel is zero between channels; of a separable one
    there are two then, `<layer>_depthwise` and one with the layer's name. Exact
    in float. The same goes for such layers after a rescaling of an input, whose
    scale they don't take. Others are left alone, as the reference does.

    Where something else reads an input that becomes unsigned (a pool, or several
    layers), a convolution of 1x1, or a matrix, that changes nothing goes
    between, named `<input>_identity_conv`. A flattening there becomes a reshape,
    which takes zero points and scales.

    Part of `--qml-quantize`, before quantizers are inserted.
  }];
  let options = [
    Option<"inputDtype", "input-dtype", "std::string", "\"uint8\"",
      "Type that float inputs are quantized to: uint8, int8 or int16">
  ];
  let statistics = [
    Statistic<"numConverted", "converted", "Layers converted">,
    Statistic<"numChannels", "channels",
      "Layers left alone: more than 64 channels">
  ];
}

def AbsorbZeroPadding : QML_Pass<"qml-absorb-zero-padding"> {
  let summary = "Make zero padding the padding of the layer after it";
  let description = [{
    A `zero_padding_2d` that only a convolution uses is removed, and its numbers
    are added to the convolution's `pads`, if that pads with zeros itself. Where
    they are those of `padding = same`, it is called so. (The reference looks at
    the size of the image alone, and always makes it `same`; padding on the
    other side would shift the image.)

    The same goes for maximum pools of values that are not negative, results of
    ReLUs: zeros don't change their maximum, as long as each window has a cell
    of the image.
  }];
  let statistics = [
    Statistic<"numAbsorbed", "absorbed", "Paddings absorbed">,
    Statistic<"numOther", "other", "Paddings left alone: not before a "
      "convolution or a maximum pool of ReLUs alone">
  ];
}

def SplitConcatenations : QML_Pass<"qml-split-concatenations"> {
  let summary = "Join two tensors at a time, as the hardware does";
  let description = [{
    A concatenation of three or more becomes a chain of concatenations of two.
    The last one keeps the name, the others are called `<layer>_<input>` after
    their second input.
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Concatenations split">
  ];
}

def MakeKernelsOdd : QML_Pass<"qml-make-kernels-odd"> {
  let summary = "Grow even kernels by a row and a column of zeros";
  let description = [{
    Square kernels of `padding = same` convolutions, transposed ones among them:
    of 2, 4 or 6 with stride 1, of 2 with stride 2; in the first convolution of
    a network with 1 or 3 channels 2 or 6 with stride 1 or 2. The zeros come
    first for stride 1, and for stride 2 where the size of the image is odd,
    last where it is even, so that the result is the same; those of transposed
    convolutions with stride 2 come last. Of two strides the first one decides,
    and kernels stay where that would shift the image. `output_padding` leaves
    kernels alone, too.
  }];
  let statistics = [
    Statistic<"numGrown", "grown", "Kernels grown">,
    Statistic<"numSize", "size",
      "Even kernels left alone: not square, or of another size or stride">,
    Statistic<"numDilated", "dilated", "Even kernels left alone: dilated">,
    Statistic<"numShift", "shift",
      "Even kernels left alone: the image would be shifted">,
    Statistic<"numPadding", "padding",
      "Even kernels left alone: padding values, or output_padding">
  ];
}

def SplitSeparableConvs : QML_Pass<"qml-split-separable-convs"> {
  let summary = "Split separable convolutions into a depthwise and a pointwise one";
  let description = [{
    A `separable_conv_2d` has one scale for the depthwise kernels of all its
    channels, and its inner result is never quantized. Split, each depthwise
    kernel has a scale of its own, and a quantizer goes between the two. Exact
    in float. The depthwise convolution is named `<layer>_depthwise`, the other
    one keeps the layer's name, bias and activation.

    Not a step of the reference; part of `--qml-sanitize` with
    `split-separable-convs`, as `qml quantize` does with --target=akida-2.0 and
    with --recover=full.
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Separable convolutions split">
  ];
}

def SplitStridedDepthwise : QML_Pass<"qml-split-strided-depthwise"> {
  let summary = "Split large strided depthwise convolutions";
  let description = [{
    A depthwise convolution with a kernel of 5 or 7 rows, stride 2 and `padding
    = same` becomes one of stride 1, and one of 3x3 and stride 2 that picks
    every second value, named `<layer>_identity_dw_conv`. Left alone where the
    values are not among those of stride 1: on an even width with an even number
    of columns, or a single one.
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Convolutions split">,
    Statistic<"numShift", "shift",
      "Convolutions left alone: windows that those of stride 1 don't have">,
    Statistic<"numActivation", "activation",
      "Convolutions left alone: they carry an activation">
  ];
}

def InsertIdentityConvs : QML_Pass<"qml-insert-identity-convs"> {
  let summary = "Insert 1x1 identity convolutions where the hardware needs a layer";
  let description = [{
    In this order, each for up to 2,048 channels:

    1. between an `add` and a ReLU that only a global average pool follows;
    2. after an `add` or a `concatenate` of images that no convolution uses;
    3. after the first block of a network (a convolution of 1 or 3 channels,
       its ReLU and pool) if several layers use it;
    4. before the first operand of an `add` of the network's input to itself,
       and of a `concatenate` of it with itself;
    5. for images with more than two users: the last two share an identity
       convolution, until there are two.

    They are named `<layer>_identity_conv`, in the last case
    `<layer>_identity_conv_<users>`.
  }];
  let statistics = [
    Statistic<"numInserted", "inserted", "Identity convolutions inserted">,
    Statistic<"numChannels", "channels",
      "Tensors left alone: more than 2,048 channels">
  ];
}

//===----------------------------------------------------------------------===//
// Quantizing
//===----------------------------------------------------------------------===//

def InsertQuantizers : QML_Pass<"qml-insert-quantizers"> {
  let summary = "Insert quantizers, and decide the bitwidth of everything";
  let description = [{
    A layer runs in integers if all layers before it do and it can: it is of a
    class and with attributes that integers support. Before a layer that runs in
    float goes a `qml.dequantizer`, and a warning says why (an error if
    `strict`). After the last layer goes one, too, and a float input gets a
    `qml.input_quantizer`, unsigned or not by `input-dtype`.

    Integers begin again after a layer that runs in float, where a layer with
    kernels follows: its result gets a `qml.input_quantizer`, too, signed and
    of `output-bits`. Nothing does after `quantize-until`.

    Output quantizers go to the last layer of each block that can rescale its
    result: going back from each layer that needs inputs in fixed point. Results
    of ReLU have `activation-bits` (signed from 8 on), others `output-bits`;
    vectors are quantized per tensor, images per axis unless
    `per-tensor-activations`.

    A layer that `config` names has what it says there, and nothing else; the
    parameters apply to all others. Unknown layers, keys and impossible values
    are errors, all of them reported in one run.

    A network whose quantizers know their observed ranges, but whose weights are
    still the sanitized ones, can be quantized again with other bitwidths: the
    ranges stay. That takes a configuration of all its layers.
  }];
  let options = [
    Option<"inputWeightBits", "input-weight-bits", "int", "8",
      "Bitwidth of the weights of the first layer that has any">,
    Option<"weightBits", "weight-bits", "int", "8",
      "Bitwidth of all other weights">,
    Option<"activationBits", "activation-bits", "int", "8",
      "Bitwidth of the results of ReLUs">,
    Option<"outputBits", "output-bits", "int", "8",
      "Bitwidth of the results of other layers">,
    Option<"bufferBits", "buffer-bits", "int", "32",
      "Bitwidth of accumulators and products">,
    Option<"perTensorActivations", "per-tensor-activations", "bool", "false",
      "One range for all channels of a result">,
    Option<"inputDtype", "input-dtype", "std::string", "\"uint8\"",
      "Type that float inputs are quantized to: uint8, int8 or int16">,
    Option<"lastOutputBits", "last-output-bits", "int", "0",
      "Bitwidth of the network's result; 0 leaves the accumulator as it is">,
    Option<"config", "config", "std::string", "\"\"",
      "JSON file that has priority over the parameters, layer by layer">,
    Option<"quantizeUntil", "quantize-until", "std::string", "\"\"",
      "Last layer to quantize">,
    Option<"strict", "strict", "bool", "false",
      "A layer left in float is an error">
  ];
  let statistics = [
    Statistic<"numOutputQuantizers", "output-quantizers",
      "Output quantizers inserted">,
    Statistic<"numQuantized", "quantized", "Layers that run in integers">,
    Statistic<"numFloat", "float", "Layers left in float">
  ];
}

def ApplyRanges : QML_Pass<"qml-apply-ranges"> {
  let summary = "Take the ranges of quantizers from a file";
  let description = [{
    Reads `observed/<layer>` and `observed_min/<layer>` from an `.npz` file, in
    place of calibration. All else in the file is ignored; ranges that are
    missing or have the wrong number of values are errors, all reported at once.

    Ranges that files of quantized models don't have follow from those before,
    which a remark says: a sum comes to the ranges of what it adds, and an
    identity convolution keeps that of its input.
  }];
  let options = [
    Option<"ranges", "ranges", "std::string", "\"\"", "The .npz file">
  ];
  let statistics = [
    Statistic<"numApplied", "applied", "Quantizers that got a range">
  ];
}

def FoldZeroPoints : QML_Pass<"qml-fold-zero-points"> {
  let summary = "Fold the zero points of unsigned inputs into the layer after them";
  let description = [{
    An unsigned `qml.input_quantizer` whose range starts at m < 0 makes the
    network see x - m. The layer after it compensates: with z = m * the scales
    of the rescalings between, b += sum(kernel * z), and a convolution that pads
    does so with its padding value minus z.
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Zero points folded">
  ];
}

def Equalize : QML_Pass<"qml-equalize"> {
  let summary = "Make full use of the bits of each quantizer, across layers";
  let description = [{
    An output quantizer's range r is replaced by the ideal one, i = (2^B - 1) /
    2^(B - floor(log2(r))) for B bits, the largest value of its octave. Results
    are scaled by the rescaling rate i / r, and the kernel of the next layer is
    divided by it, input channel by input channel (cross-layer equalization).

    That needs a layer with weights after the quantizer, alone: dropouts and
    pools may lie between, per tensor also reshapes, per axis one reshape at
    most. Of a separable convolution the depthwise kernel is divided. What a
    convolution pads with is multiplied by the rates. Quantizers of sums have no
    scale, and are left alone.
  }];
  let statistics = [
    Statistic<"numEqualized", "equalized", "Quantizers equalized">,
    Statistic<"numIdeal", "ideal", "Quantizers left alone: ideal already">,
    Statistic<"numNoScale", "no-scale", "Quantizers left alone: of sums">,
    Statistic<"numNoTarget", "no-target",
      "Quantizers left alone: not before one layer with weights alone">
  ];
}

def ToInteger : QML_Pass<"qml-to-integer"> {
  let summary = "Make integers of a calibrated network";
  let description = [{
    Weights, biases, maxima and padding values become integers, tensors integer
    tensors, whose types say what the integers stand for (`#qml.fixed`); output
    quantizers get integer scales and shifts. Layers after dequantizers stay as
    they are.

    The formulas are those of `qml/Quantization/Quantizers.h`, under the rules
    of the module's `qml.arithmetic`.
  }];
  let statistics = [
    Statistic<"numLayers", "layers", "Layers made integer">
  ];
}

def ReportLosses : QML_Pass<"qml-report-losses"> {
  let summary = "Say where an integer network cuts values, and what helps";
  let description = [{
    Follows what the calibration saw of each quantizer through the network,
    channel by channel, and holds it against the bits that have to take it:
    codes that are shifted to a common binary point, sums, products of sums with
    output scales, results; and biases and padding values against accumulators.
    One warning for each layer that loses something (an error if `strict`) says how
    many channels are cut, by how much, and what to change. Nothing that is not
    certain is reported: see `qml/Program/Losses.h`.

    Part of `--qml-lower`. Networks in float are left alone.
  }];
  let options = [
    Option<"strict", "strict", "bool", "false", "A loss is an error">
  ];
  let statistics = [
    Statistic<"numLosses", "losses", "Losses found">
  ];
}

def FoldRescaling : QML_Pass<"qml-fold-rescaling"> {
  let summary = "Remove integer rescalings, whose scale is known after them";
  let description = [{
    The integers of a `qml.rescaling` are those of its input, and the layers
    after it multiply with its scale and their kernels'. Where these are
    convolutions or dense layers, and the input has no scale of its own, the
    scale becomes part of the kernels' scales, and the rescaling is removed. Not
    part of `--qml-quantize` by itself (option `fold-rescaling`), since reports
    and stored tensors name the layer.
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Rescalings removed">,
    Statistic<"numScaled", "scaled",
      "Rescalings left alone: their input has a scale">,
    Statistic<"numOtherLayer", "other-layer",
      "Rescalings left alone: before a layer without weights">
  ];
}

def KeepCalibrated : QML_ModulePass<"qml-keep-calibrated"> {
  let summary = "Carry the calibrated network along, to quantize it again";
  let description = [{
    Puts a copy of the calibrated network into the module, as a nested module
    named `calibrated`. Weights are shared.
  }];
}

def RestoreCalibrated : QML_ModulePass<"qml-restore-calibrated"> {
  let summary = "Replace a quantized network by its calibrated form";
  let description = [{
    The opposite of `qml-keep-calibrated`; an error if the module carries no
    calibrated form. The carried form stays, for the next time.
  }];
}

#endif // QML_TRANSFORMS_PASSES_TD
