# ===- draw_layers.py - Random Akida models of single layers --------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Draws Akida models around one layer each, within the limits that `qml limits` prints.

DRAWERS has a function for each type of layer.
"""
import numpy as np
from models import (AVERAGE_POOL, ELEMENTS, LUT, MAX_POOL, Model, NO_ACTIVATION, NO_POOL, RELU,
                    SAME, SAME_UPPER, V1_LAYERS, VALID, element_type)


class Draw:
    """What a model is drawn with: wild ones have variables of all sizes, others usual ones."""

    def __init__(self, seed, number):
        self.rng = np.random.default_rng([seed, number])
        self.is_wild = self.rng.random() < .5

    def below(self, end):
        """Whether a number drawn from [0, 1) is below `end`."""
        return self.rng.random() < end

    def integer(self, first, last):
        """A number of first to last."""
        return int(self.rng.integers(first, last + 1))

    def choice(self, *values):
        """One of the values."""
        return values[self.integer(0, len(values) - 1)]

    def array(self, first, last, shape, dtype):
        """Numbers of first to last: all drawn, some of them extreme, or one for all."""
        kind = self.rng.random()
        if kind < .12:
            return np.full(shape, self.choice(first, last), dtype)
        values = self.rng.integers(first, last + 1, shape)
        if kind < .3:
            extreme = self.rng.random(np.shape(values)) < .5
            values = np.where(extreme, self.rng.choice([first, last], np.shape(values)), values)
        return values.astype(dtype)

    def type_array(self, shape, dtype):
        """Numbers over the whole range of a type."""
        limits = np.iinfo(dtype)
        return self.array(limits.min, limits.max, shape, dtype)

    def shifts(self, shape, dtype, usual):
        """Shifts: all that are allowed, or those around the usual range (first, last)."""
        if self.is_wild:
            usual = (-31 if dtype == "int8" else 0, 31)
            if self.below(.3):
                centre = self.integer(*usual)
                usual = (max(usual[0], centre - 2), min(usual[1], centre + 2))
        return self.array(*usual, shape, dtype)

    def bits(self, most=32):
        """Bits of a buffer, seldom few of them."""
        if self.is_wild and self.below(.5):
            return self.integer(1, most)
        return self.choice(most, most, 28 if most > 28 else most, self.integer(16, most))

    def channels(self):
        """Few channels; sometimes as many as fast ways to compute need."""
        return self.integer(1, 6) if self.below(.8) else self.choice(8, 15, 16, 17, 32, 33)

    def extent(self, least=1):
        """An extent of an image."""
        return least + self.integer(0, 6)

    def values(self, shape, dtype, bits):
        """Inputs of a model."""
        if dtype == "float32":
            kind = self.rng.random()
            values = self.rng.normal(0, self.choice(.01, 1., 100., 1e5), shape)
            if kind < .3:
                values = np.round(values * 2) / 2  # many ties
            if kind > .6:
                special = [0., -0., 1e30, -1e30, 3e38, 1e-45, 2**31, -2.**31, 2147483520.,
                           -2147483520., 8388607.5, .49999997, -.49999997]
                odd = self.rng.random(shape) < .2
                values = np.where(odd, self.rng.choice(special, shape), values)
            return values.astype(np.float32)
        if dtype == "uint8":
            return self.array(0, 2**bits - 1, shape, dtype)
        return self.array(-2**(bits - 1), 2**(bits - 1) - 1, shape, dtype)

    def weights(self, shape, bits, is_v1=False):
        """Weights that fit into the bits."""
        if bits == 1:
            return self.array(0, 1, shape, "int8")
        most = 2**(bits - 1) - 1
        least = -most if is_v1 and bits != 8 else -most - 1
        return self.array(least, most, shape, "int8")


def leave_out(draw, variables, keep=()):
    """Removes some variables, which then have their initial values."""
    if draw.below(.6):
        return variables
    return {name: array for name, array in variables.items()
            if name in keep or name.startswith("weights") or not draw.below(.25)}


def output_variables(draw, outputs, activation, magnitude, output_bits, names=()):
    """Variables after the accumulator of a layer of 2.0, whose sums are about `magnitude`."""
    size = int(np.log2(max(magnitude, 1)))
    wanted = size + 7 - output_bits
    variables = {
        "bias": draw.type_array(outputs, "int8"),
        "bias_shift": draw.shifts(outputs, "uint8", (0, max(0, size - 5))),
        "output_scales": draw.type_array(outputs, "uint8"),
        "output_shift": draw.shifts(outputs, "int8", (max(-31, -wanted - 2),
                                                      max(-31, min(31, -wanted + 1))))}
    if activation == RELU:
        variables["max_value"] = draw.type_array(outputs, "uint8")
        variables["max_value_shift"] = draw.shifts(outputs, "uint8",
                                                   (max(0, size - 8), max(0, size - 4)))
    if activation == LUT:
        variables["activation_scales"] = draw.type_array(outputs, "uint8")
        centre = -(size + 7 - 11)
        variables["activation_shift"] = draw.shifts(outputs, "int8", (max(-31, centre - 2),
                                                                      min(31, centre + 2)))
        if draw.below(.5):
            variables["lut_values"] = draw.type_array(2048, "int32")
        else:
            variables["lut_values"] = draw.array(-1024, 1023, 2048, "int32")
    return leave_out(draw, variables, names)


def out_extent(extent, kernel, stride, padding):
    """An extent of a result of windows; 0 or less if none fits."""
    return (extent - kernel) // stride + 1 if padding == VALID else -(-extent // stride)


def begin(draw, shape, least_bits=1, most_bits=8):
    """A model that begins with InputData (perhaps after a quantizer); returns both."""
    bits = draw.choice(4, 8, 8, 8, draw.integer(least_bits, most_bits))
    if bits in (4, 8) and draw.below(.15) and (least_bits, most_bits) == (1, 8):
        model = Model(draw.rng, shape, "float32")
        value = add_quantizer(draw, model, model.input, bits, bits == 8)
    else:
        model = Model(draw.rng, shape, element_type(bits))
        value = model.input
    value = model.add("input_data", [value], shape, element_type(bits), bits,
                      {"input_bits": bits}, {})
    return model, value


def widened(draw, model, value):
    """Sometimes a 1x1 convolution to more than 8 bits after the value: other layers' inputs."""
    if not draw.below(.15):
        return value
    return add_conv2d(draw, model, value, kernel=1, filters=value.shape[2],
                      output_bits=draw.integer(9, 32))


def magnitude(value, products, weights_bits):
    """About the size of sums of so many products."""
    return 2.**(min(value.bits, 16) - 2 + weights_bits - 2) * np.sqrt(products)


def add_quantizer(draw, model, value, bits, is_signed):
    """A quantizer of floats."""
    channels = value.shape[2]
    scales = draw.choice(
        np.exp2(draw.rng.integers(-8, 8, channels)), draw.rng.uniform(0, 200, channels),
        draw.rng.normal(0, 1e10, channels),
        draw.rng.choice([0, -1, 1e-40, 3e38, 1.], channels))
    variables = leave_out(draw, {"scales": scales.astype(np.float32),
                                 "zero_points": draw.type_array(channels, "uint8")})
    return model.add("quantizer", [value], value.shape, "int8" if is_signed else "uint8", bits,
                     {"output_bits": bits, "output_signed": is_signed}, variables)


def pool_parameters(draw, types):
    """Parameters of a square pool."""
    kind = draw.choice(*types)
    if kind != MAX_POOL:
        return {"pool_type": kind, "pool_size": -1, "pool_stride": -1}
    size = draw.integer(1, 4)
    return {"pool_type": kind, "pool_size": size,
            "pool_stride": draw.choice(-1, draw.integer(1, size))}


def windows_shape(shape, filters, parameters):
    """Extents of the result of a convolution of 2.0 and its pool, None if it would be empty."""
    padding, pool = parameters["padding"], parameters["pool_type"]
    extents = [out_extent(extent, parameters["kernel_size"], parameters["kernel_stride"], padding)
               for extent in shape[:2]]
    if pool == MAX_POOL and min(extents) > 0:
        size, stride = parameters["pool_size"], parameters["pool_stride"]
        extents = [out_extent(extent, size, size if stride == -1 else stride, padding)
                   for extent in extents]
    if min(extents) < 1:
        return None
    return (1, 1, filters) if pool == AVERAGE_POOL else (*extents, filters)


def common_parameters(draw, most_output_bits=32, output_bits=None):
    """Bits and activation of a layer of 2.0."""
    if output_bits is None:
        output_bits = draw.choice(4, 8, 8, 8, draw.integer(1, most_output_bits))
    return {"activation": draw.choice(NO_ACTIVATION, RELU, RELU, LUT), "output_bits": output_bits,
            "buffer_bits": draw.bits(), "post_op_buffer_bits": draw.bits()}


def add_conv2d(draw, model, value, kind="conv2d", kernel=None, filters=None, output_bits=None):
    """A convolution or a depthwise one; images that are too small get another padding."""
    is_depthwise = kind == "depthwise_conv2d"
    channels = value.shape[2]
    filters = channels if is_depthwise else filters or draw.channels()
    simple = kernel is not None
    kernel = kernel or draw.choice(1, 3, 3, 5, 7)
    strides = (3,) if is_depthwise else (1, 3)
    parameters = {"kernel_size": kernel,
                  "kernel_stride": draw.choice(1, 2) if kernel in strides and not simple else 1,
                  "padding": draw.choice(VALID, SAME), **pool_parameters(
                      draw, (NO_POOL,) if simple else (NO_POOL, NO_POOL, MAX_POOL, AVERAGE_POOL))}
    if parameters["kernel_stride"] == 2 and parameters["pool_type"] != MAX_POOL and draw.below(.3):
        parameters["padding"] = SAME_UPPER
    if windows_shape(value.shape, filters, parameters) is None:
        parameters["padding"] = SAME
    parameters.update(common_parameters(draw, output_bits=output_bits),
                      weights_bits=draw.choice(4, 8))
    if not is_depthwise:
        parameters["filters"] = filters
    shape = windows_shape(value.shape, filters, parameters)
    size = magnitude(value, kernel * kernel * (1 if is_depthwise else channels),
                     parameters["weights_bits"])
    variables = {
        "weights": draw.weights((kernel, kernel, channels, 1 if is_depthwise else filters),
                                parameters["weights_bits"]),
        "input_shift": draw.shifts(channels, "uint8", (0, 2)),
        **output_variables(draw, filters, parameters["activation"], size,
                           parameters["output_bits"])}
    return model.add(kind, [value], shape, element_type(parameters["output_bits"]),
                     parameters["output_bits"], parameters, leave_out(draw, variables))


def draw_conv2d(draw, kind="conv2d"):
    """A convolution, sometimes of wide inputs."""
    model, value = begin(draw, (draw.extent(), draw.extent(), draw.channels()))
    add_conv2d(draw, model, widened(draw, model, value), kind)
    return model


def draw_depthwise_conv2d(draw):
    """A depthwise convolution."""
    return draw_conv2d(draw, "depthwise_conv2d")


def draw_input_conv2d(draw):
    """An input convolution, sometimes after a quantizer."""
    channels, kernel = draw.choice(1, 3), draw.choice(1, 3, 4, 5, 7)
    filters = draw.channels()
    shape = (draw.extent(), draw.extent(), channels)
    model = Model(draw.rng, shape, "float32" if draw.below(.2) else "uint8")
    value = model.input
    if value.dtype == "float32":
        value = add_quantizer(draw, model, value, 8, False)
    parameters = {"filters": filters, "kernel_size": kernel, "kernel_stride": draw.integer(1, 6),
                  "padding": draw.choice(VALID, SAME),
                  **pool_parameters(draw, (NO_POOL, NO_POOL, MAX_POOL))}
    if (kernel != 4 and parameters["kernel_stride"] == 2 and parameters["pool_type"] == NO_POOL
            and draw.below(.3)):
        parameters["padding"] = SAME_UPPER
    if windows_shape(shape, filters, parameters) is None:
        parameters["padding"] = SAME
    parameters.update(common_parameters(draw), weights_bits=draw.choice(4, 8))
    size = 2.**(6 + parameters["weights_bits"] - 2) * kernel * np.sqrt(channels)
    variables = {"weights": draw.weights((kernel, kernel, channels, filters),
                                         parameters["weights_bits"]),
                 "padding_value": draw.type_array(channels, "uint8"),
                 **output_variables(draw, filters, parameters["activation"], size,
                                    parameters["output_bits"])}
    model.add("input_conv2d", [value], windows_shape(shape, filters, parameters),
              element_type(parameters["output_bits"]), parameters["output_bits"], parameters,
              leave_out(draw, variables))
    return model


def draw_conv2d_transpose(draw, kind="conv2d_transpose"):
    """A transposed convolution, depthwise or not."""
    model, value = begin(draw, (draw.extent(), draw.extent(), draw.channels()))
    value = widened(draw, model, value)
    is_depthwise = kind != "conv2d_transpose"
    height, width, channels = value.shape
    filters = channels if is_depthwise else draw.channels()
    kernel = draw.choice(3, 4)
    parameters = {"kernel_size": kernel, **common_parameters(draw),
                  "weights_bits": draw.choice(4, 8)}
    if not is_depthwise:
        parameters["filters"] = filters
    size = magnitude(value, 4 * (1 if is_depthwise else channels), parameters["weights_bits"])
    variables = {
        "weights": draw.weights((kernel, kernel, channels, 1 if is_depthwise else filters),
                                parameters["weights_bits"]),
        "input_shift": draw.shifts(channels, "uint8", (0, 2)),
        **output_variables(draw, filters, parameters["activation"], size,
                           parameters["output_bits"])}
    model.add(kind, [value], (2 * height, 2 * width, filters),
              element_type(parameters["output_bits"]), parameters["output_bits"], parameters,
              leave_out(draw, variables))
    return model


def draw_depthwise_conv2d_transpose(draw):
    """A transposed depthwise convolution."""
    return draw_conv2d_transpose(draw, "depthwise_conv2d_transpose")


def add_dense1d(draw, model, value, units, output_bits=None):
    """A dense layer."""
    elements = int(np.prod(value.shape))
    parameters = {"units": units, **common_parameters(draw, output_bits=output_bits),
                  "weights_bits": draw.choice(4, 8)}
    size = magnitude(value, elements, parameters["weights_bits"])
    variables = {"weights": draw.weights((elements, units), parameters["weights_bits"]),
                 "input_shift": draw.shifts(elements, "uint8", (0, 2)),
                 **output_variables(draw, units, parameters["activation"], size,
                                    parameters["output_bits"])}
    return model.add("dense1d", [value], (1, 1, units), element_type(parameters["output_bits"]),
                     parameters["output_bits"], parameters, leave_out(draw, variables))


def draw_dense1d(draw):
    """A dense layer of a vector or an image, sometimes with a dequantizer after it."""
    shape = (1, 1, draw.choice(draw.channels(), 100, 257))
    if draw.below(.5):
        shape = (draw.extent(), draw.extent(), draw.integer(1, 6))
    model, value = begin(draw, shape)
    value = add_dense1d(draw, model, widened(draw, model, value), draw.channels())
    if draw.below(.3):
        add_dequantizer(draw, model, value)
    return model


def add_dequantizer(draw, model, value):
    """A dequantizer after a value."""
    scales = draw.choice(draw.rng.uniform(0, 1, value.shape[2]), draw.rng.normal(0, 1e30,
                                                                               value.shape[2]),
                         draw.rng.choice([3e38, -3e38, 1e-42, 0, -0.], value.shape[2]))
    variables = leave_out(draw, {"scales": scales.astype(np.float32)})
    return model.add("dequantizer", [value], value.shape, "float32", 32, {}, variables)


def draw_dequantizer(draw):
    """A dequantizer after inputs, or after what a layer makes of them."""
    model, value = begin(draw, (draw.extent(), draw.extent(), draw.channels()))
    for _ in range(draw.integer(0, 1)):
        value = add_conv2d(draw, model, value, kernel=1, output_bits=draw.integer(1, 32))
    add_dequantizer(draw, model, value)
    return model


def draw_quantizer(draw):
    """A quantizer by itself, or with a layer after it that gives its result."""
    bits, is_signed = draw.choice(4, 8), draw.below(.5)
    shape = (draw.extent(), draw.extent(), draw.choice(1, 3, draw.channels()))
    model = Model(draw.rng, shape, "float32")
    value = add_quantizer(draw, model, model.input, bits, is_signed)
    if draw.below(.5):
        add_dequantizer(draw, model, value)
    return model


def two_inputs(draw, like=True):
    """A model with two values of the same height and width; `like` in channels, too."""
    model, value = begin(draw, (draw.extent(), draw.extent(), draw.channels()))
    if like and draw.below(.15):
        return model, value, value
    bits = value.bits if draw.below(.3) and (like or value.bits > 4) else draw.integer(1, 8)
    filters = value.shape[2] if like else draw.channels()
    other = add_conv2d(draw, model, value, kernel=1, filters=filters, output_bits=bits)
    if draw.below(.5):
        value = add_conv2d(draw, model, value, kernel=1,
                           filters=value.shape[2] if like else draw.channels(),
                           output_bits=draw.integer(1, 8))
    return (model, value, other) if draw.below(.5) else (model, other, value)


def draw_add(draw):
    """A sum of two images."""
    model, first, second = two_inputs(draw)
    both_unsigned = first.dtype == second.dtype == "uint8"
    bits = draw.choice(4, 8, 8, draw.integer(1, 31 if both_unsigned else 32))
    parameters = {"output_bits": bits, "buffer_bits": draw.bits(),
                  "post_op_buffer_bits": draw.bits()}
    channels = first.shape[2]
    variables = leave_out(draw, {"a_shift": draw.shifts(channels, "uint8", (0, 6)),
                                 "b_shift": draw.shifts(channels, "uint8", (0, 6)),
                                 "output_shift": draw.shifts(channels, "int8", (-8, 1))})
    model.add("add", [first, second], first.shape, "int8" if bits <= 8 else "int32", bits,
              parameters, variables)
    return model


def draw_concatenate(draw):
    """The channels of two images, then perhaps a layer that reads them."""
    model, value = begin(draw, (draw.extent(), draw.extent(), draw.channels()))
    bits = draw.choice(4, 8, draw.choice(*range(1, 16), *range(17, 33)))
    first = second = add_conv2d(draw, model, value, kernel=1, output_bits=bits)
    if bits == value.bits and draw.below(.3):
        second = value
    elif draw.below(.9):
        second = add_conv2d(draw, model, value, kernel=1, output_bits=bits)
    shape = (*first.shape[:2], first.shape[2] + second.shape[2])
    joined = model.add("concatenate", [first, second], shape, first.dtype, bits, {}, {})
    if draw.below(.5):
        add_conv2d(draw, model, joined)
    return model


def draw_buffer_temp_conv(draw, kind="buffer_temp_conv"):
    """A convolution over time, depthwise or not."""
    model, value = begin(draw, (draw.integer(1, 3), draw.integer(1, 3), draw.channels()))
    is_depthwise = kind != "buffer_temp_conv"
    height, width, channels = value.shape
    filters = channels if is_depthwise else draw.channels()
    length = draw.integer(2, 10)
    parameters = {"fifo_size": length, **common_parameters(draw),
                  "weights_bits": draw.choice(4, 8)}
    if not is_depthwise:
        parameters["filters"] = filters
    size = magnitude(value, length * (1 if is_depthwise else channels),
                     parameters["weights_bits"])
    shape = (1, 1, length, channels) if is_depthwise else (1, 1, length * channels, filters)
    variables = {"weights": draw.weights(shape, parameters["weights_bits"]),
                 "input_shift": draw.shifts(channels, "uint8", (0, 2)),
                 **output_variables(draw, filters, parameters["activation"], size,
                                    parameters["output_bits"])}
    memory = f"tensor<{height}x{width}x{length}x{channels}x{ELEMENTS[value.dtype]}>"
    model.add(kind, [value], (height, width, filters), element_type(parameters["output_bits"]),
              parameters["output_bits"], parameters, leave_out(draw, variables), memory)
    return model


def draw_depthwise_buffer_temp_conv(draw):
    """A depthwise convolution over time."""
    return draw_buffer_temp_conv(draw, "depthwise_buffer_temp_conv")


def add_stateful_recurrent(draw, model, value, subsample, outputs, output_bits=None):
    """A recurrence."""
    _, steps, channels = value.shape
    states = draw.channels()
    parameters = {"stateful_channels": states, "output_channels": outputs, "subsample": subsample,
                  **common_parameters(draw, output_bits=output_bits),
                  "internal_state_bits": draw.choice(16, 16, draw.integer(9, 32))}
    state = 15 if draw.is_wild else 12
    size = 2.**(state + 5) * np.sqrt(states)
    shift = -int(np.log2(magnitude(value, channels, 8))) + 5
    variables = {
        "in_proj": draw.type_array((channels, states), "int8"),
        "input_shift": draw.shifts(channels, "uint8", (0, 2)),
        "new_state_scale": draw.type_array(states, "uint8"),
        "new_state_shift": draw.shifts(states, "int8", (max(-31, shift - 2), shift + 1)),
        "A_real": draw.array(-2**state, 2**state - 1, states, "int16"),
        "A_imag": draw.array(-2**state, 2**state - 1, states, "int16"),
        "internal_state_outputs_shift": draw.shifts(states, "int8", (-15, -11)),
        "out_proj": draw.type_array((states, outputs), "int8"),
        **output_variables(draw, outputs, parameters["activation"], size,
                           parameters["output_bits"])}
    memory = f"tensor<2x{states}x{'i16' if parameters['internal_state_bits'] <= 16 else 'i32'}>"
    return model.add("stateful_recurrent", [value], (1, steps // subsample, outputs),
                     element_type(parameters["output_bits"]), parameters["output_bits"],
                     parameters, leave_out(draw, variables), memory)


def begin_recurrent(draw, steps, bits=None):
    """A model that begins with inputs of a recurrence."""
    bits = bits or draw.choice(8, 16, draw.integer(5, 8))
    model = Model(draw.rng, (1, steps, draw.channels()), element_type(bits))
    return model, model.add("input_data", [model.input], model.input.shape, element_type(bits),
                            bits, {"input_bits": bits}, {})


def draw_stateful_recurrent(draw):
    """A recurrence, or two of them."""
    subsample, count = draw.choice(1, 1, 2, 3), draw.integer(1, 5)
    steps = subsample * count
    model, value = begin_recurrent(draw, steps)
    if draw.below(.25):
        value = add_stateful_recurrent(draw, model, value, 1, draw.channels(),
                                       draw.choice(8, 16, draw.integer(5, 8)))
    value = add_stateful_recurrent(draw, model, value, subsample, draw.channels())
    if draw.below(.2):
        add_dequantizer(draw, model, value)
    return model


def draw_pico_post_processing(draw):
    """Post-processing after a recurrence."""
    model, truth = begin_recurrent(draw, draw.integer(1, 8), 16)
    channels = truth.shape[2]
    predicted = add_stateful_recurrent(draw, model, truth, 1, channels, draw.integer(17, 32))
    variables = {"input_scales": draw.type_array(channels, "uint16"),
                 "input_shift": draw.shifts(channels, "int8", (-18, -8)),
                 "threshold": draw.array(0, 65535 if draw.is_wild else 32768, channels, "uint16")}
    model.add("pico_post_processing", [predicted, truth], (1, 1, channels), "int8", 8,
              {"buffer_bits": draw.bits(44)}, leave_out(draw, variables))
    return model


# ===----------------------------------------------------------------------===#
# Layers of 1.0
# ===----------------------------------------------------------------------===#


def v1_windows(draw, is_input, shape, filters):
    """Parameters of a convolution of 1.0 and the extents of its result."""
    kernel = [draw.choice(1, 3, 5, 7) for _ in range(2)]
    strides = [draw.integer(1, min(3, extent)) for extent in kernel]
    if is_input and draw.below(.3):
        strides = [draw.integer(1, 4), draw.integer(1, 4)]
    padding, kind = draw.choice(VALID, SAME), draw.choice(NO_POOL, NO_POOL, MAX_POOL, AVERAGE_POOL)
    pool, steps = [-1, -1], [-1, -1]
    if kind == MAX_POOL:
        pool = [draw.integer(1, 3) for _ in range(2)]
        if draw.below(.5):
            steps = [draw.integer(1, extent) for extent in pool]
    for _ in range(2):
        extents = [out_extent(shape[i], kernel[i], strides[i], padding) for i in range(2)]
        if kind == MAX_POOL and min(extents) > 0:
            extents = [out_extent(extents[i], pool[i], pool[i] if steps[i] == -1 else steps[i],
                                  padding) for i in range(2)]
        if min(extents) > 0:
            break
        padding = SAME
    parameters = {"filters": filters, "kernel_width": kernel[0], "kernel_height": kernel[1],
                  "stride_x": strides[0], "stride_y": strides[1], "padding": padding,
                  "pool_type": kind, "pooling_width": pool[0], "pooling_height": pool[1],
                  "pooling_stride_x": steps[0], "pooling_stride_y": steps[1]}
    return parameters, (1, 1, filters) if kind == AVERAGE_POOL else (*extents, filters)


def v1_variables(draw, outputs, activates, size):
    """Thresholds and steps."""
    least = max(1 / 16, size / 64)
    steps = np.exp2(draw.rng.uniform(np.log2(least), np.log2(least) + 4, outputs))
    thresholds = draw.array(-int(size) - 1, int(size) + 1, outputs, "int32")
    if draw.is_wild:
        last = 23.99 if activates else 120
        steps = np.exp2(draw.rng.uniform(-4, draw.choice(4, 20, last), outputs))
        limit = draw.choice(2**19, 2**23, 2**31 - 1)
        thresholds = draw.array(-limit, limit, outputs, "int32")
    if draw.below(.3):
        steps = np.maximum(np.round(steps * 16), 1) / 16  # many exact multiples
    if draw.below(.1):
        steps = np.full(outputs, 1 / 16)
    steps = np.clip(steps, 1 / 16, 2**24 - 1 if activates else None).astype(np.float32)
    return leave_out(draw, {"threshold": thresholds, "act_step": steps})


def draw_v1(draw, kind):
    """A layer of 1.0."""
    is_input = kind == "input_convolutional"
    shape = (draw.extent(), draw.extent(), draw.choice(1, 3) if is_input else draw.channels())
    if is_input:
        model = Model(draw.rng, shape, "float32" if draw.below(.2) else "uint8")
        value = model.input
        if value.dtype == "float32":
            value = add_quantizer(draw, model, value, 8, False)
        value.bits = 8
    else:
        bits = draw.integer(1, 4)
        is_float = bits == 4 and draw.below(.3)
        model = Model(draw.rng, shape, "float32" if is_float else "uint8")
        value = model.input
        if is_float:
            value = add_quantizer(draw, model, value, 4, False)
        value = model.add("input_data", [value], shape, "uint8", bits, {"input_bits": bits}, {})
    filters = draw.channels()
    activates = draw.below(.6)
    weights_bits = draw.choice(4, 8) if is_input else draw.choice(1, 2, 4)
    last = {"activation": activates, "act_bits": draw.choice(1, 2, 4),
            "weights_bits": weights_bits}
    if kind == "fully_connected":
        parameters, extents = {"units": filters, **last}, (1, 1, filters)
        products = int(np.prod(shape))
        weights = {"weights": draw.weights((1, 1, products, filters), weights_bits, True)}
    else:
        parameters, extents = v1_windows(draw, is_input, shape, filters)
        parameters.update(last)
        if is_input:
            parameters["padding_value"] = draw.integer(0, 255)
        kernel = (parameters["kernel_width"], parameters["kernel_height"])
        products = kernel[0] * kernel[1] * shape[2]
        if kind == "separable_convolutional":
            weights = {"weights": draw.weights((*kernel, shape[2], 1), weights_bits, True),
                       "weights_pw": draw.weights((1, 1, shape[2], filters), weights_bits, True)}
            products *= 4**weights_bits / 4
        else:
            weights = {"weights": draw.weights((*kernel, shape[2], filters), weights_bits, True)}
    size = 2.**(value.bits + weights_bits - 2) * np.sqrt(products)
    variables = {**weights, **v1_variables(draw, filters, activates, size)}
    value = model.add(kind, [value], extents, "uint8" if activates else "int32",
                      parameters["act_bits"] if activates else 32, parameters, variables)
    model.has_prediction = not activates
    if draw.below(.1):
        model.has_prediction = False
        add_dequantizer(draw, model, value)
    return model


DRAWERS = {
    **{name[5:]: function for name, function in dict(globals()).items()
       if name.startswith("draw_") and name != "draw_v1"},
    **{kind: lambda draw, kind=kind: draw_v1(draw, kind) for kind in sorted(V1_LAYERS)}}
