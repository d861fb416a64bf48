#!/usr/bin/env python3
"""Makes the small ONNX models beside it, and a .npz file for each with its
input and what ONNX Runtime makes of it.

Run it with a Python that has onnx and onnxruntime; the files are checked in, so
this is needed only to change them. Each branch of a model ends with an addition
that has the branch's name, so that results have names. Results of rank 4 are
stored with their channels last, as QML returns them.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = np.random.default_rng(7)


class Graph:
    """Nodes and constants of one model, with the input "x"."""

    def __init__(self, shape, opset=17, dtype=TensorProto.FLOAT):
        self.nodes, self.constants, self.outputs = [], [], []
        self.shape, self.opset, self.dtype = shape, opset, dtype
        self.count = 0
        self.as_is = set()

    def constant(self, value, dtype=np.float32):
        self.count += 1
        name = f"c{self.count}"
        array = np.asarray(value, dtype)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, *shape, scale=None):
        scale = scale or 1 / np.sqrt(np.prod(shape[1:]) or 1)
        return self.constant(RANDOM.standard_normal(shape) * scale)

    def node(self, op, *inputs, outputs=1, name=None, **attributes):
        self.count += 1
        names = [f"v{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names,
                                           name=name or f"{op.lower()}_"
                                           f"{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def end(self, name, value, *, as_is=False):
        """`as_is`: QML returns the axes in the file's order."""
        self.nodes.append(helper.make_node(
            "Add", [value, self.constant(0.25)], [name], name=name))
        self.outputs.append(name)
        if as_is:
            self.as_is.add(name)

    def conv(self, x, inputs, outputs, size=3, **attributes):
        return self.node("Conv", x,
                         self.weights(outputs,
                                      inputs // attributes.get("group", 1),
                                      *([size] * attributes.pop("rank", 2))),
                         self.weights(outputs, scale=0.2), **attributes)

    def model(self, name):
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, name, [value("x", self.dtype, self.shape)],
            [value(o, TensorProto.FLOAT, None) for o in self.outputs],
            self.constants)
        return helper.make_model(
            graph, ir_version=8,
            opset_imports=[helper.make_opsetid("", self.opset)])


def windows():
    """Convolutions and pools with pads of all kinds."""
    g = Graph(["N", 3, 9, 10])
    x = "x"
    g.end("same", g.conv(x, 3, 4, pads=[1, 1, 1, 1]))
    g.end("lower", g.conv(x, 3, 4, pads=[1, 1, 1, 1], strides=[2, 2]))
    g.end("upper", g.conv(x, 3, 4, auto_pad="SAME_UPPER", strides=[2, 2]))
    g.end("auto_lower", g.conv(x, 3, 4, auto_pad="SAME_LOWER",
                               strides=[2, 2]))
    g.end("valid", g.conv(x, 3, 4, strides=[2, 3], auto_pad="VALID"))
    g.end("dilated", g.conv(x, 3, 4, dilations=[2, 2], pads=[2, 1, 0, 3]))
    g.end("depthwise", g.conv(x, 3, 3, group=3, pads=[0, 0, 1, 1],
                              strides=[2, 2]))
    y = g.conv(x, 3, 6)
    g.end("grouped", g.conv(y, 6, 4, group=2))
    g.end("multiplied", g.conv(y, 6, 12, group=6))
    g.end("max", g.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2],
                        pads=[1, 1, 1, 1]))
    g.end("max_ceil", g.node("MaxPool", x, kernel_shape=[2, 2],
                             strides=[3, 3], ceil_mode=1))
    g.end("average", g.node("AveragePool", x, kernel_shape=[3, 3],
                            strides=[2, 2], pads=[1, 1, 1, 1]))
    g.end("counted", g.node("AveragePool", x, kernel_shape=[3, 3],
                            strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1,
                            count_include_pad=1))
    g.end("whole", g.node("GlobalMaxPool", x))
    return g


def transposed():
    """Transposed convolutions with the crops of torch and of TensorFlow."""
    g = Graph(["N", 3, 4, 5])

    def up(name, size, group=1, **attributes):
        g.end(name, g.node("ConvTranspose", "x",
                           g.weights(3, 2 if group == 1 else 1, size, size),
                           g.weights(2 if group == 1 else 3, scale=0.2),
                           group=group, **attributes))
    up("plain", 3, strides=[2, 2])
    up("torch", 3, strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    up("keras", 3, strides=[2, 2], pads=[0, 0, 1, 1])
    up("four", 4, strides=[2, 2], pads=[1, 1, 1, 1])
    up("upper", 3, strides=[2, 2], auto_pad="SAME_UPPER")
    up("lower", 3, strides=[2, 2], auto_pad="SAME_LOWER")
    up("shape", 3, strides=[2, 2], output_shape=[8, 10])
    up("small", 1, strides=[2, 2])
    up("depthwise", 2, group=3, strides=[2, 2])
    up("dilated", 3, dilations=[2, 2])

    def grouped(name, channels, group, each, size=3, **attributes):
        x = g.conv("x", 3, channels, 1)
        g.end(name, g.node("ConvTranspose", x,
                           g.weights(channels, each, size, size),
                           g.weights(each * group, scale=0.2), group=group,
                           **attributes))
    grouped("two_groups", 6, 2, 2, strides=[2, 2], pads=[1, 1, 1, 1])
    grouped("multiplied", 4, 4, 3, size=2, strides=[2, 1])
    grouped("one_result", 6, 3, 1)
    return g


def activations():
    """Functions of each element, whole and in pieces."""
    g = Graph(["N", 4, 3, 3])
    x = g.node("Mul", "x", g.constant(3.0))
    n, c = g.node, g.constant
    g.end("relu6", n("Clip", x, c(0.0), c(6.0)))
    g.end("clip", n("Clip", x, c(-1.0), c(2.0)))
    g.end("clip_max", n("Clip", x, "", c(0.5)))
    g.end("min_max", n("Max", n("Min", x, c(6.0)), c(0.0)))
    g.end("leaky", n("LeakyRelu", x, alpha=0.3))
    g.end("elu", n("Elu", x, alpha=0.7))
    g.end("selu", n("Selu", x))
    g.end("sigmoid", n("Sigmoid", x))
    g.end("tanh", n("Tanh", x))
    g.end("softplus", n("Softplus", x))
    g.end("hard_sigmoid", n("HardSigmoid", x))
    g.end("hard_sigmoid_6", n("HardSigmoid", x, alpha=1 / 6))
    g.end("hard_other", n("HardSigmoid", x, alpha=0.3, beta=0.4))
    g.end("silu", n("Mul", x, n("Sigmoid", x)))
    g.end("hard_swish", n("Mul", n("HardSigmoid", x, alpha=1 / 6), x))
    g.end("paddle", n("Div", n("Mul", x, n("Clip", n("Add", x, c(3.0)),
                                           c(0.0), c(6.0))), c(6.0)))
    g.end("keras", n("Max", n("Min", n("Add", n("Mul", x, c(0.2)), c(0.5)),
                              c(1.0)), c(0.0)))
    half = n("Add", n("Erf", n("Div", x, c(np.sqrt(2)))), c(1.0))
    g.end("gelu", n("Mul", n("Mul", x, half), c(0.5)))
    cube = n("Add", x, n("Mul", c(0.044715), n("Pow", x, c(3.0))))
    tanh = n("Tanh", n("Mul", cube, c(np.sqrt(2 / np.pi))))
    g.end("gelu_tanh", n("Mul", n("Mul", c(0.5), x),
                         n("Add", tanh, c(1.0))))
    g.end("mish", n("Mul", x, n("Tanh", n("Softplus", x))))
    g.end("quick", n("Mul", x, n("Sigmoid", n("Mul", x, c(1.702)))))
    g.end("prelu", n("PRelu", x, g.constant([[[0.1]], [[0.2]], [[0.3]],
                                             [[-0.4]]])))
    slope = c(np.reshape([-0.1, -0.2, -0.3, 0.4], (1, 4, 1, 1)))
    g.end("prelu_keras", n("Add", n("Relu", x),
                           n("Mul", slope, n("Relu", n("Neg", x)))))
    g.end("square", n("Mul", x, x))
    g.end("power", n("Pow", n("Relu", x), c(2.0)))
    return g


def choices():
    """Functions in pieces that are chosen, of images of any height."""
    g = Graph(["N", 4, "height", 3])
    n, c = g.node, g.constant
    x = n("Mul", "x", c(9.0))
    g.end("softplus", n("Where", n("Greater", x, c(20.0)), x,
                        n("Log", n("Add", n("Exp", x), c(1.0)))))
    g.end("relu", n("Where", n("Less", x, c(0.0)), c(0.0), x))
    g.end("leaky", n("Where", n("GreaterOrEqual", x, c(0.0)), x,
                     n("Mul", x, c(0.1))))
    g.end("elu", n("Where", n("LessOrEqual", x, c(0.0)),
                   n("Sub", n("Exp", x), c(1.0)), x))
    g.end("clip", n("Where", n("Less", c(6.0), x), c(6.0), x))
    return g


def arithmetic():
    """Sums and products with constants and with each other."""
    g = Graph(["N", 4, 3, 4])
    n, c = g.node, g.constant
    x = g.conv("x", 4, 4, 1)
    y = g.conv("x", 4, 4, pads=[1, 1, 1, 1])
    vector = np.reshape([0.5, 2.0, -1.0, 3.0], (1, 4, 1, 1))
    g.end("channels", n("Mul", n("Sub", x, c(vector)), c(vector[0])))
    g.end("divided", n("Div", x, c(vector)))
    g.end("reversed", n("Sub", c(vector), x))
    # Along the width, which is as large as there are channels.
    g.end("columns", n("Add", x, c(vector.reshape(4))))
    g.end("add", n("Add", x, y))
    g.end("sub", n("Sub", x, y))
    g.end("mul", n("Mul", x, y))
    mean = n("GlobalAveragePool", y)
    g.end("excite", n("Mul", x, n("Sigmoid", g.conv(mean, 4, 4, 1))))
    g.end("broadcast", n("Add", x, mean))
    g.end("bias", n("Add", n("Conv", "x", g.weights(4, 4, 1, 1)), c(vector)))
    norm = [g.constant(np.abs(RANDOM.standard_normal(4)) + 0.5)
            for _ in range(4)]
    g.end("norm", n("BatchNormalization", x, *norm))
    g.end("larger", n("Max", x, y))
    g.end("smaller", n("Min", x, y))
    g.end("at_least", n("Max", mean, x))
    return g


def reduced():
    """Sums, means and maxima along some axes, and what is repeated along
    them."""
    g = Graph(["N", 6, 4, 5], opset=18)
    n, i = g.node, lambda *values: g.constant(values, np.int64)
    x = g.conv("x", 6, 6, 1)
    mean = n("ReduceMean", x, i(1))
    g.end("channel_mean", mean)
    g.end("channel_sum", n("ReduceSum", x, i(-3), keepdims=0), as_is=True)
    g.end("channel_max", n("ReduceMax", x, i(1)))
    g.end("width_mean", n("ReduceMean", x, i(3)))
    g.end("width_sum", n("ReduceSum", x, i(-1), keepdims=0))
    g.end("height_max", n("ReduceMax", x, i(2), keepdims=0))
    g.end("cell_sum", n("ReduceSum", x, i(2, 3)))
    g.end("image_mean", n("ReduceMean", x, i(1, 2, 3)))
    g.end("gated", n("Mul", x, n("Sigmoid", mean)))
    g.end("row_added", n("Add", n("ReduceMean", x, i(2)), x))
    gate = n("Sigmoid", n("GlobalAveragePool", x))
    g.end("expanded", n("Mul", x, n("Expand", gate, n("Shape", x))))
    # Attention between two branches, as SKNets have it.
    pair = n("Concat", n("Unsqueeze", x, i(1)),
             n("Unsqueeze", g.conv(x, 6, 6, 1), i(1)), axis=1)
    weight = n("Unsqueeze", n("GlobalAveragePool", n("ReduceSum", pair, i(1),
                                                     keepdims=0)), i(1))
    weight = n("Sigmoid", n("Concat", weight, n("Mul", weight, g.constant(-2.0)),
                            axis=1))
    g.end("attended", n("ReduceSum", n("Mul", pair, weight), i(1), keepdims=0))
    # Constants, folded.
    low = n("Clip", n("ReduceMean", g.constant([
        [-1, 2], [3, 9], [0, 0], [2, 2], [1, 5], [-9, 9]]), i(1)),
            g.constant(1.0), g.constant(4.0))
    g.end("folded", n("Mul", x, n("Reshape", low, i(6, 1, 1))))
    # Kernels that are standardized filter by filter, in both forms.
    for name, mode in (("standardized", 1), ("normalized", 0)):
        results = n("BatchNormalization", g.weights(1, 4, 54),
                    g.constant([0.2, 0.3, 0.4, 0.5]), g.constant([0, 0, 0.1, 0]),
                    g.constant([0.1] * 4), g.constant([1, 2, 3, 0.5]),
                    outputs=1 + 2 * mode, training_mode=mode)
        flat = results[0] if mode else results
        g.end(name, n("Conv", x, n("Reshape", flat, i(4, 6, 3, 3))))
    return g


def shapes():
    """What moves no elements: transpositions and reshapes of all kinds."""
    g = Graph(["N", 4, 3, 2])
    n = g.node

    def ints(*values):
        return g.constant(values, np.int64)
    x = g.conv("x", 4, 8, 1)
    flat = n("Flatten", x)
    g.end("gemm", n("Gemm", flat, g.weights(5, 48), g.weights(5), transB=1,
                    alpha=0.5, beta=2.0))
    g.end("view", n("MatMul", n("Reshape", x, ints(-1, 48)),
                    g.weights(48, 5)))
    batch = n("Unsqueeze", n("Gather", n("Shape", x),
                             g.constant(0, np.int64)), ints(0))
    target = n("Concat", batch, ints(-1), axis=0)
    g.end("shape", n("MatMul", n("Reshape", x, target), g.weights(48, 5)))
    last = n("Transpose", x, perm=[0, 2, 3, 1])
    g.end("last", n("MatMul", n("Reshape", last, ints(0, -1)),
                    g.weights(48, 5)))
    g.end("rows", n("MatMul", last, g.weights(8, 5)), as_is=True)
    # A shuffle of channels, before kernels of all kinds.
    pairs = n("Reshape", x, ints(0, 2, 4, 3, 2))
    mixed = n("Reshape", n("Transpose", pairs, perm=[0, 2, 1, 3, 4]),
              ints(0, 8, 3, 2))
    g.end("shuffled", g.conv(mixed, 8, 4, 1))
    g.end("shuffled_depthwise", g.conv(mixed, 8, 8, 2, group=8))
    g.end("shuffled_sum", n("Add", mixed, x))
    first, second = n("Split", mixed, outputs=2, axis=1)
    g.end("split", n("Concat", second, first, axis=1))
    g.end("mean", n("ReduceMean", x, axes=[-1, -2], keepdims=0))
    g.end("max", n("ReduceMax", last, axes=[1, 2], keepdims=1), as_is=True)
    # What torch writes for images whose channels are stored last.
    mean = n("ReduceMean", x, axes=[2, 3], keepdims=1)
    rows = n("Mul", n("Range", g.constant(0, np.int64),
                      n("Squeeze", batch, ints(0)), g.constant(1, np.int64)),
             ints(8))
    where = n("Add", n("Unsqueeze", rows, ints(1)),
              g.constant(np.arange(8), np.int64))
    same = n("Gather", n("Reshape", mean, ints(-1)), where, axis=0)
    g.end("gather", n("Gemm", same, g.weights(8, 3)))
    g.end("softmax", n("Softmax", flat))
    g.end("log_softmax", n("LogSoftmax", flat))
    # Of what would be zero before its logarithm is taken.
    far = n("Mul", x, g.constant(100.0))
    g.end("log_of_channels", n("LogSoftmax", far, axis=1))
    g.end("log_of_width", n("Log", n("Softmax", x)))
    g.end("to_space", n("DepthToSpace", x, blocksize=2, mode="CRD"))
    g.end("from_space", n("SpaceToDepth", g.conv("x", 4, 3, 2), blocksize=1))
    return g


def parts():
    """Tensors taken apart and joined."""
    g = Graph(["N", 3, 6, 8])
    n = g.node

    def ints(*values):
        return g.constant(values, np.int64)
    x = g.conv("x", 3, 6, 1)
    a, b = n("Split", x, ints(2, 4), outputs=2, axis=1)
    g.end("join", n("Concat", b, "x", a, axis=1))
    g.end("slice", n("Slice", x, ints(1), ints(5), ints(1)))
    g.end("crop", n("Slice", x, ints(1, -6), ints(1000, -1), ints(2, 3)))
    g.end("steps", n("Slice", x, ints(1, 0), ints(6, 8), ints(2, 3),
                     ints(2, 3)))
    g.end("gather", n("Gather", x, ints(3, 0, 5), axis=1))
    g.end("pad", n("Pad", x, ints(0, 0, 1, 2, 0, 0, 0, 3)))
    g.end("edge", n("Pad", x, ints(0, 0, 1, 0, 0, 0, 2, 1), mode="edge"))
    g.end("below", n("Pad", x, ints(0, 0, -1, 0, 0, 0, 1, -2)))
    g.end("rows", n("Concat", x, x, axis=2))
    g.end("columns", n("Concat", x, n("Slice", x, ints(0), ints(3), ints(3)),
                       axis=3))
    scales = g.constant([1, 1, 2, 3])
    g.end("nearest", n("Resize", x, "", scales, mode="nearest",
                       coordinate_transformation_mode="asymmetric",
                       nearest_mode="floor"))
    g.end("linear", n("Resize", x, "", scales, mode="linear",
                      coordinate_transformation_mode="half_pixel"))
    g.end("sizes", n("Resize", x, "", "", n("Concat", n(
        "Slice", n("Shape", x), ints(0), ints(2)), ints(12, 16), axis=0),
        mode="nearest", coordinate_transformation_mode="half_pixel"))
    return g


def sequence():
    """One-dimensional layers."""
    g = Graph(["N", 3, 12])
    n = g.node
    x = n("Relu", g.conv("x", 3, 4, rank=1, pads=[1, 1]))
    g.end("dilated", g.conv(x, 4, 4, rank=1, dilations=[2], pads=[4, 0]))
    g.end("depthwise", g.conv(x, 4, 4, rank=1, group=4, strides=[2]))
    g.end("pool", n("MaxPool", x, kernel_shape=[2], strides=[2]))
    g.end("mean", n("GlobalAveragePool", x))
    g.end("dense", n("MatMul", n("Transpose", x, perm=[0, 2, 1]),
                     g.weights(4, 5)), as_is=True)
    g.end("flat", n("Gemm", n("Flatten", x), g.weights(48, 3)))
    return g


def channels_last():
    """A graph as tf2onnx writes it: NHWC outside, NCHW inside."""
    g = Graph(["N", 8, 8, 3], opset=12)
    n = g.node
    x = n("Sub", n("Mul", "x", g.constant(2.0)),
          g.constant([0.1, 0.2, 0.3]))
    x = n("Transpose", x, perm=[0, 3, 1, 2])
    x = n("Relu", g.conv(x, 3, 4, pads=[0, 0, 1, 1], strides=[2, 2]))
    back = n("Transpose", x, perm=[0, 2, 3, 1])
    y = n("Mul", back, n("Mul", n("Clip", n("Add", back, g.constant(3.0)),
                                  g.constant(0.0), g.constant(6.0)),
                         g.constant(1 / 6)))
    y = n("Reshape", y, g.constant([-1, 64], np.int64))
    y = n("Add", n("MatMul", y, g.weights(64, 5)), g.weights(5))
    g.end("logits", y)
    return g


def flattening():
    """Softmaxes of the old versions, of all axes from one on together."""
    g = Graph(["N", 3, 4, 2], opset=11)
    x = g.conv("x", 3, 4, 1)
    for op in ("Softmax", "LogSoftmax"):
        g.end(f"{op}_all", g.node(op, x))
        g.end(f"{op}_images", g.node(op, x, axis=2), as_is=True)
        g.end(f"{op}_last", g.node(op, x, axis=-1))
    return g


def fixed():
    """A file for a batch of one, of the oldest version."""
    g = Graph([1, 3, 4, 4], opset=7)
    n = g.node
    x = n("BatchNormalization", "x", *[g.constant([0.5, 1.0, 2.0])] * 4)
    x = n("Clip", g.conv(x, 3, 4, 2, strides=[2, 2]), min=0.0, max=6.0)
    x = n("Dropout", x, ratio=0.5)
    x = n("Reshape", x, g.constant([1, 16], np.int64))
    g.end("probabilities", n("Softmax", n("Gemm", x, g.weights(16, 3),
                                          g.weights(3))))
    return g


def quantized():
    """A network that ONNX Runtime's tool quantized: weights and activations
    between QuantizeLinear and DequantizeLinear, ReLUs as zero points."""
    g = Graph(["N", 3, 6, 6])
    n, c = g.node, g.constant

    def pair(x, scale, zero, dtype):
        y = n("QuantizeLinear", x, c(scale), c(zero, dtype))
        return n("DequantizeLinear", y, c(scale), c(zero, dtype))
    x = pair("x", 0.03, 3, np.int8)
    kernel = RANDOM.integers(-127, 128, (4, 3, 3, 3))
    weights = n("DequantizeLinear", c(kernel, np.int8),
                c([0.002, 0.003, 0.004, 0.005]), c([0] * 4, np.int8), axis=0)
    bias = n("DequantizeLinear", c([900, -800, 70, 60], np.int32), c(0.0001))
    x = n("Conv", x, weights, bias)
    x = pair(x, 0.012, -128, np.int8)
    g.end("y", n("GlobalAveragePool", x))
    return g


def matrices():
    """Products with constants on either side, of all ranks."""
    g = Graph(["N", 3, 5, 7])
    x = "x"
    w = g.weights

    def product(name, *inputs):
        g.end(name, g.node("MatMul", *inputs))
    product("right", x, w(7, 2))
    product("left", w(4, 5), x)
    product("right_vector", x, w(7))
    product("left_vector", w(5), x)
    product("ones", x, w(1, 1, 7, 2))
    product("left_one", w(1, 4, 5), x)
    product("each", x, w(3, 7, 2))
    product("left_each", w(3, 4, 5), x)
    # Two axes before, of which one has a matrix for each index.
    deep = g.node("Reshape", x, g.constant([0, 3, 1, 5, 7], np.int64))
    y = g.node("MatMul", deep, w(3, 1, 7, 2))
    g.end("deep", g.node("Flatten", y))
    # Heads side by side, and a product of all of them.
    y = g.node("Transpose", g.node("MatMul", x, w(3, 7, 2)), perm=[0, 2, 1, 3])
    g.end("heads", g.node("MatMul", g.node("Flatten", y), w(30, 4)))
    return g


def borders():
    """Borders of an image's own cells, and windows with strides and dilations."""
    g = Graph(["N", 3, 6, 7])
    x = "x"

    def pad(name, mode, *pads):
        begins, ends = pads[:2], pads[2:]
        g.end(name, g.node("Pad", x, g.constant([0, 0, *begins, 0, 0, *ends],
                                                np.int64), mode=mode))
    pad("one", "reflect", 1, 1, 1, 1)
    pad("many", "reflect", 5, 3, 2, 6)
    pad("rows", "reflect", 2, 0, 1, 0)
    pad("last_columns", "reflect", 0, 0, 0, 2)
    pad("cropped", "reflect", -1, 2, 2, -3)
    pad("around", "wrap", 2, 7, 6, 1)

    def pad_channels(name, *pads):
        g.end(name, g.node("Pad", x, g.constant(pads, np.int64)))
    pad_channels("channels", 0, 2, 0, 0, 0, 1, 0, 0)
    pad_channels("channels_cut", 0, -1, 1, 0, 0, 3, 0, -1)
    padded = g.node("Pad", x, g.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64),
                    mode="reflect")
    g.end("convolved", g.conv(padded, 3, 4))
    both = {"strides": [2, 3], "dilations": [2, 1]}
    g.end("strided", g.conv(x, 3, 4, pads=[2, 1, 2, 1], **both))
    g.end("strided_depthwise", g.conv(x, 3, 3, group=3, **both))
    g.end("strided_grouped", g.conv(g.conv(x, 3, 6, 1), 6, 4, group=2,
                                    auto_pad="SAME_UPPER", strides=[2, 2]))
    g.end("strided_transposed", g.node(
        "ConvTranspose", x, g.weights(3, 2, 3, 3), strides=[2, 1],
        dilations=[1, 2]))
    line = g.node("Reshape", x, g.constant([0, 3, 42], np.int64))
    g.end("strided_sequence", g.conv(line, 3, 4, rank=1, strides=[2],
                                     dilations=[3], pads=[1, 4]))
    return g


def several():
    """Sums, means and extremes of any number of inputs, and reductions that
    need a function before."""
    g = Graph(["N", 4, 3, 5], opset=18)
    n, c = g.node, g.constant
    x, y, z = (g.conv("x", 4, 4, 1) for _ in range(3))
    mean = n("GlobalAveragePool", y)
    vector = c(np.reshape([0.5, 2.0, -1.0, 3.0], (1, 4, 1, 1)))
    for op in ("Sum", "Mean", "Max", "Min"):
        name = op.lower()
        g.end(f"{name}_three", n(op, x, y, z))
        g.end(f"{name}_one", n(op, x))
        g.end(f"{name}_repeated", n(op, mean, x, y, z))
        g.end(f"{name}_number", n(op, c(0.3), x, y))
    g.end("mean_two", n("Mean", x, y))
    g.end("sum_constants", n("Sum", c(1.0), vector, x, c(0.25), y))
    g.end("mean_folded", n("Add", x, n("Mean", c(1.0), vector, c(0.25))))
    g.end("sum_same", n("Sum", x, x, n("Relu", x)))

    def ints(*values):
        return c(values, np.int64)
    for op in ("ReduceMin", "ReduceL1", "ReduceSumSquare"):
        g.end(f"{op}_cells", n(op, x, ints(2, 3), keepdims=0))
        g.end(f"{op}_rows", n(op, x, ints(2)))
        g.end(f"{op}_channels", n(op, x, ints(1)))
        g.end(f"{op}_all", n(op, x, ints(1, -1, -2), keepdims=1))
    g.end("whole", n("ReduceMin", x, noop_with_empty_axes=1))
    return g


def around():
    """Borders of numbers, and of what is below all of them."""
    g = Graph(["N", 3, 6, 7])
    x = "x"

    def pad(value, *pads, axes=2, x=x):
        begins, ends = pads[:axes], pads[axes:]
        return g.node("Pad", x, g.constant([0, 0, *begins, 0, 0, *ends],
                                           np.int64), g.constant(value))
    g.end("number", pad(0.5, 1, 0, 2, 3))
    g.end("pooled", g.node("MaxPool", pad(-0.25, 1, 1, 1, 1),
                           kernel_shape=[3, 3], strides=[2, 2]))
    g.end("convolved", g.conv(pad(-0.75, 2, 1, 0, 1), 3, 4))
    twice = pad(1.5, 1, 1, 1, 1)
    g.end("first", g.conv(twice, 3, 4, strides=[2, 2]))
    g.end("second", g.conv(twice, 3, 2, 1, auto_pad="VALID"))
    g.end("in_zeros", g.conv(pad(2.0, 1, 1, 1, 1), 3, 4, pads=[1, 1, 1, 1]))
    g.end("depthwise", g.conv(pad(2.0, 1, 1, 1, 1), 3, 3, group=3))
    # As timm pads for pools that are "same", and as float16 files do.
    g.end("lowest", g.node("MaxPool", pad(-np.inf, 0, 0, 1, 1),
                           kernel_shape=[3, 3], strides=[2, 2]))
    g.end("lowest_padded", g.node("MaxPool", pad(np.finfo(np.float32).min,
                                                 1, 0, 0, 1),
                                  kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
    line = g.node("Reshape", x, g.constant([0, 3, 42], np.int64))
    g.end("sequence", pad(-1.0, 2, 3, axes=1, x=line))
    g.end("lowest_sequence", g.node("MaxPool", pad(-np.inf, 2, 1, axes=1,
                                                   x=line), kernel_shape=[3]))
    return g


def resized():
    """Images of other sizes, each place from the rule of its own."""
    g = Graph(["N", 2, 12, 9], opset=18)
    x = "x"

    def resize(name, height, width, mode="nearest", rounding="floor",
               centers="asymmetric", x=x):
        g.end(name, g.node("Resize", x, "", g.constant([1, 1, height, width]),
                           mode=mode, nearest_mode=rounding,
                           coordinate_transformation_mode=centers))

    def sizes(name, height, width, mode, centers, **attributes):
        g.end(name, g.node("Resize", x, "", "",
                           g.constant([height, width], np.int64), mode=mode,
                           axes=[2, -1], coordinate_transformation_mode=centers,
                           **attributes))
    resize("half", 0.5, 0.5)
    resize("thirds", 1 / 3, 1 / 3)
    resize("both", 3, 1 / 3)
    for centers in ("half_pixel", "pytorch_half_pixel"):
        for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor",
                         "ceil"):
            resize(f"{centers}_{rounding}", 1 / 4, 1 / 3, rounding=rounding,
                   centers=centers)
    resize("tensorflow", 0.5, 1 / 3, centers="tf_half_pixel_for_nn")
    sizes("corner_cells", 12, 3, "nearest", "align_corners")
    sizes("uneven", 6, 4, "nearest", "asymmetric", nearest_mode="floor")
    resize("means", 0.5, 0.5, "linear", centers="half_pixel")
    resize("inner_means", 0.25, 1 / 3, "linear", centers="half_pixel")
    resize("firsts", 1 / 3, 0.5, "linear")
    resize("up_and_down", 2, 1 / 3, "linear", centers="half_pixel")
    resize("origins", 3, 2, "linear")
    resize("one_axis", 1, 4, "linear")
    sizes("corners", 34, 25, "linear", "align_corners")
    sizes("corners_down", 12, 5, "linear", "align_corners")
    line = g.node("Reshape", x, g.constant([0, 2, 108], np.int64))
    g.end("sequence", g.node("Resize", line, "", g.constant([1, 1, 0.25]),
                             mode="linear"))
    row = g.node("MaxPool", x, kernel_shape=[12, 1])
    resize("row", 3, 2, "linear", centers="half_pixel", x=row)
    return g


def resampled():
    """Images of any size: a matrix for each axis."""
    g = Graph(["N", 2, 9, 7], opset=19)
    image = g.node("Relu", "x")

    def sizes(name, height, width, mode, centers, **attributes):
        g.end(name, g.node("Resize", image, "", "",
                           g.constant([height, width], np.int64), mode=mode,
                           axes=[2, 3], coordinate_transformation_mode=centers,
                           **attributes))

    def scales(name, height, width, mode, centers, **attributes):
        g.end(name, g.node("Resize", image, "",
                           g.constant([1, 1, height, width]), mode=mode,
                           coordinate_transformation_mode=centers,
                           **attributes))
    # As torch's interpolate writes them.
    sizes("corners", 18, 14, "linear", "align_corners")
    sizes("halves", 14, 10, "linear", "pytorch_half_pixel")
    sizes("cubic", 18, 5, "cubic", "pytorch_half_pixel", cubic_coeff_a=-0.75)
    sizes("cubic_corners", 18, 5, "cubic", "align_corners", cubic_coeff_a=-0.75)
    scales("nearest", 1.5, 0.7, "nearest", "asymmetric", nearest_mode="floor")
    scales("ties", 2.3, 0.7, "nearest", "half_pixel")
    scales("linear", 1.5, 1.0, "linear", "asymmetric")
    scales("outside", 1.2, 0.6, "cubic", "half_pixel", exclude_outside=1,
           cubic_coeff_a=-0.5)
    # Both axes by windows, but not the same ones.
    sizes("mixed", 18, 7, "linear", "half_pixel")
    sizes("smooth", 4, 5, "linear", "half_pixel", antialias=1)
    sizes("smooth_cubic", 4, 11, "cubic", "half_pixel", antialias=1)
    return g


def picked():
    """Elements at constant places, and the same ones several times."""
    g = Graph(["N", 6, 4, 5])
    n = g.node

    def ints(values):
        return g.constant(values, np.int64)
    x = g.conv("x", 6, 6, 1)
    g.end("shuffled", n("Gather", x, ints([0, 3, 1, 4, 2, 5]), axis=1))
    pairs = n("Gather", x, ints([[5, 0], [-1, 1], [2, 2]]), axis=1)
    g.end("pairs", n("Reshape", pairs, ints([0, 6, 4, 5])))
    g.end("each_second", n("Gather", x, ints([1, 3]), axis=2))
    # As torch writes x[:, [2, 1, 0]], and x[:, :, rows, columns].
    front = n("Transpose", x, perm=[1, 0, 2, 3])
    flipped = n("GatherND", front, ints([[2], [1], [0]]))
    g.end("flipped", n("Transpose", flipped, perm=[1, 0, 2, 3]))
    cells = n("GatherND", n("Transpose", x, perm=[2, 3, 0, 1]),
              ints([[0, 1], [3, -1], [0, 1]]))
    g.end("cells", n("Transpose", cells, perm=[1, 2, 0]), as_is=True)
    batch = n("Gather", n("Shape", x), ints([0]), axis=0)
    same = n("Expand", ints([[[4], [2]]]),
             n("Concat", batch, ints([2, 1]), axis=0))
    g.end("each_sample", n("GatherND", x, same, batch_dims=1))
    g.end("tiled_rows", n("Tile", x, ints([1, 1, 3, 1])))
    g.end("tiled", n("Tile", x, ints([1, 2, 1, 2])))
    mean = n("ReduceMean", x, axes=[1])
    g.end("tiled_map", n("Tile", mean, ints([1, 3, 1, 1])))
    g.end("tiled_mixed", n("Tile", mean, ints([1, 3, 2, 1])))
    # Nearest upsampling, as it is written without Resize.
    apart = n("Reshape", x, ints([0, 6, 4, 1, 5, 1]))
    for name, larger in (
            ("tiled_up", n("Tile", apart, ints([1, 1, 1, 2, 1, 3]))),
            ("expanded_up", n("Expand", apart, ints([1, 6, 4, 2, 5, 3])))):
        g.end(name, n("Reshape", larger, ints([0, 6, 8, 15])))
    rows = n("Expand", n("Unsqueeze", x, ints([3])), ints([1, 1, 1, 2, 1]))
    g.end("expanded_rows", n("Reshape", rows, ints([0, 6, 8, 5])))
    return g


def joined():
    """Constants beside what is computed."""
    g = Graph(["N", 6, 4, 5])
    n, c = g.node, g.constant

    def ints(values):
        return c(values, np.int64)
    batch = n("Gather", n("Shape", "x"), ints([0]), axis=0)

    def each(constant, *shape):
        return n("Expand", constant,
                 n("Concat", batch, ints(shape), axis=0))
    x = g.conv("x", 6, 6, 1)
    y = n("Relu", g.conv("x", 6, 2, 1))
    zeros = n("ConstantOfShape", n("Concat", batch, ints([3, 4, 5]), axis=0))
    g.end("zeros", n("Concat", x, zeros, axis=1))
    numbers = each(g.weights(1, 2, 1, 1), 2, 4, 5)
    g.end("numbers", n("Concat", numbers, zeros, y, numbers, x, zeros, axis=1))
    rows, columns = np.meshgrid(np.linspace(-1, 1, 4), np.linspace(-1, 1, 5),
                                indexing="ij")
    plane = each(c([np.stack([rows, columns])]), 2, 4, 5)
    g.end("planes", n("Concat", x, plane, axis=1))
    g.end("between", n("Concat", numbers, x, plane, zeros, y, axis=1))
    g.end("rows", n("Concat", x, each(g.weights(1, 6, 1, 5), 6, 2, 5), x,
                    axis=2))
    g.end("columns", n("Concat", each(c(0.0), 6, 4, 1), x, axis=3))
    tokens = n("Transpose", n("Reshape", x, ints([0, 6, 20])), perm=[0, 2, 1])
    classed = n("Concat", each(g.weights(1, 1, 6), 1, 6), tokens, axis=1)
    placed = n("Add", classed, g.weights(1, 21, 6))
    g.end("tokens", n("MatMul", placed, g.weights(6, 3)), as_is=True)
    g.end("more_tokens", n("Concat", tokens, placed, axis=1), as_is=True)
    flat = n("Reshape", x, ints([0, 120]))
    g.end("vector", n("Concat", each(c([[1.0, -2.0]]), 2), flat, axis=1))
    # The same elements, stored in another order.
    other = n("Reshape", n("Transpose", y, perm=[0, 2, 3, 1]),
              ints([0, 2, 4, 5]))
    g.end("orders", n("Concat", y, other, axis=1))
    # As torch's stack(...).sum(0).
    stack = n("Concat", n("Unsqueeze", y, ints([0])),
              n("Unsqueeze", g.conv("x", 6, 2, 1), ints([0])), axis=0)
    g.end("stacked", n("ReduceSum", stack, ints([0]), keepdims=0))
    blocks = n("SpaceToDepth", n("Reshape", other, ints([0, 5, 4, 2])),
               blocksize=2)
    g.end("blocks", blocks)
    return g


def adaptive(g, x, sizes, results):
    """An AdaptiveAvgPool2d whose windows don't divide the image, as torch.onnx
    with dynamo=True writes it."""
    n, c = g.node, g.constant
    places, lengths, masks = [], [], []
    for size, result in zip(sizes, results):
        start = np.arange(result) * size // result
        end = -(-(np.arange(result) + 1) * size // result)
        most = (end - start).max()
        places.append(np.minimum(start[:, None] + np.arange(most), size - 1))
        lengths.append(end - start)
        masks.append(np.arange(most) >= (end - start)[:, None])
    rows, columns = places
    index = np.stack(np.broadcast_arrays(rows[:, :, None, None],
                                         columns[None, None]), axis=-1)
    cells = n("GatherND", n("Transpose", x, perm=[2, 3, 0, 1]),
              c(index, np.int64))
    cells = n("Transpose", cells, perm=[4, 5, 0, 1, 2, 3])
    for mask in masks[0][:, :, None, None], masks[1]:
        if mask.any():
            cells = n("Where", c(mask, bool), c(0.0), cells)
    total = None
    for i in range(rows.shape[1]):
        row = n("Gather", cells, c(i, np.int64), axis=3)
        for j in range(columns.shape[1]):
            cell = n("Gather", row, c(j, np.int64), axis=4)
            total = cell if total is None else n("Add", total, cell)
    return n("Div", total, c(np.outer(*lengths)))


def pooled():
    """Means of windows that don't divide the image."""
    g = Graph(["N", 3, 8, 7])
    n = g.node
    x = g.conv("x", 3, 4, 1)
    rows = adaptive(g, x, (8, 7), (5, 7))
    g.end("both", adaptive(g, x, (8, 7), (3, 4)))
    g.end("rows", rows)
    g.end("larger", adaptive(g, n("Relu", x), (8, 7), (9, 5)))
    g.end("twice", n("Relu", adaptive(g, rows, (5, 7), (3, 4))))
    steps = n("Unsqueeze", n("ReduceMean", x, axes=[2], keepdims=0),
              g.constant([2], np.int64))
    g.end("sequence", n("Squeeze", adaptive(g, steps, (1, 7), (1, 5)),
                        g.constant([2], np.int64)))
    # Chosen by a constant, zeros elsewhere.
    mask = RANDOM.random((8, 7)) < 0.5
    g.end("kept", n("Where", g.constant(mask, bool), x, g.constant(0.0)),
          as_is=True)
    g.end("left", n("Where", g.constant(mask, bool), g.constant(0.0), x),
          as_is=True)
    return g


def branches():
    """Conditions on shapes: one branch is the network, and the other may have
    what can't be imported."""
    g = Graph(["N", 4, 3, 3])
    n, c = g.node, g.constant

    def branch(*results):
        nodes, constants = len(g.nodes), len(g.constants)
        names = [make() for make in results]
        info = [helper.make_tensor_value_info(v, TensorProto.FLOAT, None)
                for v in names]
        inner = helper.make_graph(g.nodes[nodes:], "branch", [], info,
                                  g.constants[constants:])
        del g.nodes[nodes:], g.constants[constants:]
        return inner

    def choose(condition, then, otherwise, **attributes):
        return n("If", condition, then_branch=then, else_branch=otherwise,
                 **attributes)

    def strange():
        return n("LayerNormalization", "x", c(np.ones(3)))
    size = n("Gather", n("Shape", "x"), c(1, np.int64))
    isFour = n("Equal", size, c(4, np.int64))
    isLarge = n("Greater", size, c(9, np.int64))
    x = g.conv("x", 4, 4, 1)
    y = choose(isFour, branch(lambda: n("Relu", g.conv(x, 4, 3))),
               branch(strange))
    g.end("then", y)
    g.end("else", choose(isLarge, branch(strange), branch(
        lambda: n("Mul", x, n("Sigmoid", x)))))
    g.end("nested", choose(isFour, branch(lambda: choose(
        isLarge, branch(strange), branch(lambda: g.conv(x, 4, 2)))),
                           branch(strange)))
    mean, whole = choose(isLarge, branch(strange, strange), branch(
        lambda: n("GlobalAveragePool", x), lambda: n("Neg", x)), outputs=2)
    g.end("pair", n("Mul", whole, mean))
    # A number that only one branch has.
    g.end("constant", n("Add", x, choose(isFour, branch(lambda: n(
        "Identity", c(0.5))), branch(strange))))
    return g


def unsupported():
    """What can't be imported. Nothing but the importer reads it."""
    g = Graph(["N", 4, 6, 6])
    n = g.node
    x = g.conv("x", 4, 4, 1)
    pooled, places = n("MaxPool", x, kernel_shape=[2, 2], outputs=2)
    entry = g.nodes[-1].metadata_props.add()
    entry.key = "pkg.torch.onnx.name_scopes"
    entry.value = "['', 'encoder', 'encoder.norm', 'max_pool2d']"
    g.outputs += [pooled, places]
    g.end("first", n("Pad", x, g.constant([0, 1, 1, 1, 0, 0, 1, 1], np.int64),
                     g.constant(0.5), name="bad_pad"))
    g.end("second", n("Softmax", x, speed=3, name="strange"))
    for i in (1, 2):
        g.end(f"norm{i}", n("LayerNormalization", x, g.constant(np.ones(6)),
                            name=f"norm_{i}"))
    g.end("third", n("Own", x, domain="com.example", name="own"))
    g.end("fourth", n("Where", n("Greater", "x", g.constant(0.0)), x,
                      g.constant(1.0), name="other_tensor"))
    g.end("fifth", n("ArgMax", x, name="place"))
    g.end("sixth", n("MatMul", x, x, name="scores"))
    steps = n("Reshape", x, g.constant([0, 4, 36], np.int64))
    g.end("seventh", n("LSTM", steps, g.weights(1, 12, 36), g.weights(1, 12, 3),
                       hidden_size=3, name="memory"))
    g.end("eighth", n("InstanceNormalization", x, g.constant(np.ones(4)),
                      g.constant(np.zeros(4)), name="norm_3"))
    frames = n("Reshape", x, g.constant([0, 4, 1, 6, 6], np.int64))
    g.end("ninth", n("Conv", frames, g.weights(2, 4, 1, 3, 3), name="volume"))
    _, mean, _ = n("BatchNormalization", g.weights(1, 2, 3),
                   *[g.constant([1.0, 2.0])] * 4, outputs=3, training_mode=1,
                   name="statistics")
    g.end("tenth", mean)
    return g


def bounds():
    """Far bounds, functions of constants, and a result of one number for each
    sample."""
    g = Graph(["N", 4, 3, 3])
    n = g.node
    x = n("Mul", "x", g.constant(12.0))
    g.end("wide", n("Clip", x, g.constant(-100.0), g.constant(100.0)))
    g.end("reached", n("Clip", x, g.constant(-20.0), g.constant(4.0)))
    g.end("above", n("Clip", x, "", g.constant(18.0)))
    g.end("below", n("Clip", x, g.constant(-18.0)))
    # As torch's weight_norm.
    v = g.weights(2, 4, 3, 3)
    size = n("ReduceL2", v, axes=[1, 2, 3], keepdims=1)
    kernel = n("Mul", v, n("Div", g.weights(2, 1, 1, 1), size))
    g.end("normed", n("Conv", "x", kernel))
    y = "x"
    for op in ["Relu", "Sigmoid", "Tanh", "Softplus", "Erf", "Sign"]:
        y = n("Add", y, n(op, g.constant([[[-1.5]], [[0.0]], [[0.5]], [[2.0]]])))
    for op in ["ReduceL1", "ReduceSumSquare"]:
        y = n("Add", y, n(op, g.weights(4, 1, 5), axes=[2], keepdims=1))
    g.end("constants", y)
    mean = n("ReduceMean", "x", axes=[1, 2, 3], keepdims=1)
    g.end("number", n("Squeeze", mean, g.constant([1, 2, 3], np.int64)))
    return g


MODELS = [windows, transposed, activations, choices, arithmetic, shapes, parts,
          reduced, sequence, matrices, borders, channels_last,
          flattening, fixed, quantized, bounds, several, around, resized,
          picked, branches, resampled, joined, pooled]


def write_alone(name, graph):
    onnx.save(graph.model(name), HERE / f"onnx_{name}.onnx")


def samples(graph):
    shape = [4 if graph.shape[0] == "N" else 1]
    # Extents that the file leaves open.
    shape += [5 if isinstance(e, str) else e for e in graph.shape[1:]]
    return RANDOM.standard_normal(shape).astype(np.float32)


def write(name, graph):
    model = graph.model(name)
    path = HERE / f"onnx_{name}.onnx"
    onnx.save(model, path)
    x = samples(graph)
    session = onnxruntime.InferenceSession(str(path))
    arrays = {"x": x}
    for key, value in zip(graph.outputs, session.run(None, {"x": x})):
        if value.ndim == 1:
            value = value[:, None]
        if value.ndim > 2 and key not in graph.as_is:
            value = np.moveaxis(value, 1, -1)
        if len(graph.outputs) == 1:
            arrays["prediction"] = value
        else:
            arrays[f"prediction/{key}"] = value
    np.savez(HERE / f"onnx_{name}.onnx.npz", **arrays)


write_alone("unsupported", unsupported())
for make in MODELS:
    RANDOM = np.random.default_rng(7)
    write(make.__name__, make())
