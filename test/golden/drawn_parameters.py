# ===- drawn_parameters.py - Random samples and parameters -----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""What random_networks.py quantizes with: rescalings, samples, parameters and configurations."""
import numpy as np
import tf_keras as keras


def draw_rescaling(net, x, dtype):
    """A Rescaling as networks have it: one scale, or lists for the channels."""
    rng = net.rng
    channels = x.shape[-1]
    unit = {"uint8": 255., "float32": 255., "int8": 128., "int16": 2048.}[dtype]
    kind = rng.random()
    if kind < .6:
        scale, offset = 1 / unit, 0.
    elif kind < .75:
        scale, offset = 2 / unit, -1.
    else:
        net.features.add("vector-rescaling")
        scale = [float(value) for value in 1 / (unit * rng.uniform(.2, .5, channels))]
        offset = 0.
        if rng.random() < .7:
            offset = [float(value) for value in -rng.uniform(0, 2, channels)]
    return net.add(keras.layers.Rescaling, x, scale=scale, offset=offset)


def draw_samples(rng, shape, dtype, signed, count):
    """Calibration samples; float ones have another range in each channel."""
    if dtype == "uint8":
        top = int(rng.choice([64, 256, 256]))
        return rng.integers(0, top, (count, *shape)).astype(np.uint8)
    if dtype == "int8":
        return rng.integers(-128, 128, (count, *shape)).astype(np.int8)
    if dtype == "int16":
        top = int(rng.choice([100, 2000]))
        return rng.integers(-top, top, (count, *shape)).astype(np.int16)
    spread = np.exp2(rng.uniform(-1, 1, shape[-1]))
    if signed:
        samples = rng.normal(0, 1, (count, *shape)) * spread
        if rng.random() < .05:
            samples[..., rng.integers(shape[-1])] = 0  # a channel that says nothing
        return samples.astype(np.float32)
    low = rng.choice([0., 0., -20.]) * rng.uniform(.2, 1, shape[-1])
    return rng.uniform(low, low + 255 * spread, (count, *shape)).astype(np.float32)


def draw_inputs(rng, samples, count):
    """Inputs, the last one partly outside of what calibration has seen."""
    inputs = samples[:count].copy()
    if inputs.dtype == np.float32:
        inputs[-1] *= np.float32(1.7)
    else:
        limits, part = np.iinfo(inputs.dtype), 16 if inputs.dtype == np.int16 else 1
        inputs[-1] = rng.integers(limits.min // part, limits.max // part, inputs.shape[1:])
    return inputs


def draw_arguments(rng, dtype, count):
    """The content of quantize.json, without q_config."""
    qparams = {}
    if rng.random() < .7:
        qparams["weight_bits"] = int(rng.choice([2, 3, 4, 4, 5, 6, 7, 8]))
        qparams["input_weight_bits"] = int(rng.choice(
            [2, 4, 6, 8, 8] + ([10, 12, 16] if dtype != "int16" else [])))
        qparams["activation_bits"] = int(rng.choice([1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 10]))
        qparams["output_bits"] = int(rng.choice([3, 4, 6, 7, 8, 8, 8, 10, 12]))
    if rng.random() < .35:
        qparams["per_tensor_activations"] = True
    if rng.random() < .4:
        qparams["buffer_bits"] = int(rng.choice([24, 24, 26, 28, 30]))
    if rng.random() < .2:
        qparams["last_output_bits"] = int(rng.choice([4, 8, 8, 12, 16]))
    if dtype == "float32":
        qparams["input_dtype"] = str(rng.choice(["uint8", "int8", "int8", "int16"]))
    elif rng.random() < .8:
        qparams["input_dtype"] = dtype
    batch = int(rng.choice([4, 8, 16]))
    return {"qparams": qparams, "num_samples": int(rng.choice([count, count, count // 2])),
            "batch_size": batch, "epochs": int(rng.choice([1, 2, 2, 3]))}


def edit_configuration(rng, config):
    """A q_config for some layers: their own configuration with other numbers."""
    edited = {}
    for name, layer in config.items():
        if rng.random() > .4:
            continue
        layer = {key: dict(value) if isinstance(value, dict) else value
                 for key, value in layer.items()}
        for kind in ("weight_quantizer", "dw_weight_quantizer", "pw_weight_quantizer"):
            if kind in layer:
                layer[kind]["bitwidth"] = int(rng.choice([2, 3, 4, 5, 7, 8]))
        if "bias_quantizer" in layer and rng.random() < .5:
            layer["bias_quantizer"]["bitwidth"] = int(rng.choice([4, 6, 8, 10]))
        if "max_value_quantizer" in layer and rng.random() < .5:
            layer["max_value_quantizer"]["bitwidth"] = int(rng.choice([4, 6, 8, 10]))
        output = layer.get("output_quantizer")
        # The width before a table is the width of its index: 11, as it is.
        if output is not None and output["bitwidth"] != 11:
            output["bitwidth"] = int(rng.choice([3, 4, 6, 8]))
            if rng.random() < .3:
                output["axis"] = "per-tensor"
            if rng.random() < .3:
                output["signed"] = bool(rng.random() < .5)
            if rng.random() < .3:
                output["scale_bits"] = int(rng.choice([6, 8, 10]))
            if rng.random() < .3:
                output.pop("buffer_bitwidth")
        if "lut_bitwidth" in layer and rng.random() < .3:
            layer["lut_bitwidth"] = int(rng.choice([10, 12, 14]))
        if rng.random() < .3:
            layer.pop("buffer_bitwidth", None)
        edited[name] = layer
    return edited
