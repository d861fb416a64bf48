#!/usr/bin/env python3
# ===- make_golden.py - Record what the reference computes ----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Runs the reference (quantizeml) on a float Keras model and records every number that the
compiler has to reproduce.

A case is a folder:

  model.h5       float model (tf_keras, legacy HDF5)
  samples.npy    calibration samples; or samples.npz with the array `samples`
  inputs.npy     inputs of the recorded layer outputs
  quantize.json  what quantize() is called with: qparams, q_config, num_samples, batch_size, epochs
  config.json    the quantized model's configuration, as dump_config() returns it
  summary.txt    the quantized model's layer table
  golden.npz     arrays named <kind>/<layer>, and the two predictions

Kinds (weights in Keras's layouts; a scalar stands for all channels where the reference has one):

  observed, observed_min      float32   ranges at the end of calibration (min: input quantizers)
  range_max, rescaling_rate   float32   ranges after cross-layer equalization, and its factor
  range_min, frac_bits        of input quantizers; zero_points where it is unsigned
  weights, weight_scales      integers and their float32 scales; dw_*, pw_* of separable layers
  bias, bias_shift            integers with the shift applied, and the shift; in the same way
                              max_value(_shift) of a ReLU, padding(_shift) of a padded convolution
  output_scales, output_scales_frac_bits, output_shift    of output quantizers
  table, table_scale          of activations that are looked up: an integer for each code of the
                              input, from the smallest on, and what one stands for
  a_real, a_imag              integer factors of a recurrence; new_state_scale, new_state_shift of
                              its input
  prediction_scales, prediction_shift    of a PicoPostProcessing
  input_shift                 where a per-axis input is aligned; a_shift, b_shift of an Add
  out, out_frac_bits, out_value_bits, out_scales          output of a layer for inputs.npy;
                              out_scales only where it still has a float scale. A layer that runs
                              in float has `out` alone, a dequantizer nothing.
  prediction, float_prediction                            what both models return; with several
                              outputs prediction/<layer>, the layer before the dequantizer

`out*` come from the model called eagerly, everything else from compiled graphs, in which the
reference's divisions by constants are products: scales in `out_scales` and `weight_scales` can
differ in the last bit.

The samples and the inputs of models with BufferTempConv layers are steps of one sequence each: the
batch size of quantize.json is 1.

Models with StatefulRecurrent layers are given for a batch of all inputs; each sample of theirs is
a sequence, whose states start at zero.

Models with nested Sequentials are recorded as if their layers stood in the outer model.

Usage (in an environment made by scripts/reference):
  make_golden.py CASE...                       record the cases again, from their own files
  make_golden.py --compare CASE...             compare instead of writing
  make_golden.py --model M.h5 --samples S.npy [--arguments Q.json] [--inputs 4] CASE
                                               make a case; its inputs are the first samples
"""
import argparse
import contextlib
import io
import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras  # noqa: E402
from quantizeml.layers import (BufferTempConv, Dequantizer,  # noqa: E402
                               DepthwiseBufferTempConv, InputQuantizer, OutputObserver,
                               PicoPostProcessing, QuantizedActivation, StatefulRecurrent,
                               reset_states, update_batch_size)
from quantizeml.models import (QuantizationParams, dump_config, quantize,  # noqa: E402
                               record_quantization_variables, reset_buffers)
from quantizeml.tensors import FixedPoint, QFloat  # noqa: E402

tf.get_logger().setLevel("ERROR")

DEFAULT_ARGUMENTS = {"num_samples": 1024, "batch_size": 100, "epochs": 2}

# Kinds that hold real numbers. All others are integers that the reference keeps in float32.
FLOAT_KINDS = {"observed", "observed_min", "range_max", "range_min", "rescaling_rate",
               "table_scale", "weight_scales", "dw_weight_scales", "pw_weight_scales", "out_scales",
               "prediction", "float_prediction"}


@contextlib.contextmanager
def observed_ranges(store):
    """Puts what calibration observed into `store` when the block ends.

    Equalization overwrites the ranges in the quantized model, so they are read from the observers
    of the calibration model, which only exists inside quantize().
    """
    module = sys.modules["quantizeml.models.calibrate"]
    build = module._get_calibration_model
    kept = []

    def build_and_keep(*arguments):
        kept.append(build(*arguments))
        return kept[-1]

    module._get_calibration_model = build_and_keep
    try:
        yield
    finally:
        module._get_calibration_model = build
    for model, observers in kept:
        for layer_name, observer_name in observers.items():
            observer = model.get_layer(observer_name)
            store[f"observed/{layer_name}"] = observer.range_max.numpy()
            if not isinstance(observer, OutputObserver):
                store[f"observed_min/{layer_name}"] = observer.range_min.numpy()


def value_of(recorder):
    """What a recorder holds, None if it never ran or does not exist."""
    return None if recorder is None else recorder.value


def layer_variables(layer):
    """The recorded quantization variables of one layer, as {kind: array}."""
    found = {}
    for attribute in ("weight_quantizer", "dw_weight_quantizer", "pw_weight_quantizer"):
        quantizer = getattr(layer, attribute, None)
        weights = value_of(getattr(quantizer, "qweights", None))
        if weights is not None:
            prefix = attribute[:-len("weight_quantizer")]
            found[prefix + "weights"] = weights.values
            found[prefix + "weight_scales"] = weights.scales
    for kind in ("bias", "max_value", "padding_value"):
        quantizer = getattr(layer, kind + "_quantizer", None)
        aligned = value_of(getattr(quantizer, "qweights", None))
        if aligned is not None:
            kind = kind.replace("padding_value", "padding")
            found[kind] = aligned.values
            found[kind + "_shift"] = quantizer.shift.value
    quantizer = getattr(layer, "out_quantizer", None)
    if quantizer is not None:
        found["range_max"] = quantizer.range_max
        found["rescaling_rate"] = quantizer.rescaling_rate
        found["output_shift"] = quantizer.shift.value
        scales = value_of(getattr(quantizer, "qscales", None))
        if scales is not None:
            found["output_scales"] = scales.values
            found["output_scales_frac_bits"] = scales.frac_bits
    if isinstance(layer, QuantizedActivation):
        codes, entries = (tensor.numpy() for tensor in layer.values.export())
        found["table"] = entries[np.argsort(codes)]
        found["table_scale"] = layer.scales.var.numpy()
    if isinstance(layer, StatefulRecurrent):
        found["a_real"] = layer.a_quantizer(layer.A_real).values
        found["a_imag"] = layer.a_quantizer(layer.A_imag).values
        scale = value_of(getattr(layer, "new_state_scale", None))
        if scale is not None:
            found["new_state_scale"] = scale.values
    if isinstance(layer, PicoPostProcessing):
        found["prediction_scales"] = layer.pred_quantizer.qscales.value.values
        found["prediction_shift"] = layer.pred_quantizer.shift.value
    for kind in ("input_shift", "a_shift", "b_shift", "new_state_shift"):
        shift = value_of(getattr(layer, kind, None))
        if shift is not None:
            found[kind] = shift
    if isinstance(layer, InputQuantizer):
        found["range_max"] = layer.range_max
        found["range_min"] = layer.range_min
        found["frac_bits"] = layer.frac_bits.value
        zero_points = value_of(getattr(layer, "zero_points", None))
        if zero_points is not None:
            found["zero_points"] = zero_points.values
    return {kind: np.asarray(array) for kind, array in found.items()}


def has_memory(model):
    """Whether samples of the model are steps in time."""
    return any(isinstance(layer, (BufferTempConv, DepthwiseBufferTempConv))
               for layer in model.layers)


def steps_of(model, inputs):
    """What the model, or a submodel, is called with: all samples, or one after the other."""
    reset_buffers(model)
    reset_states(model)
    return [inputs[i:i + 1] for i in range(len(inputs))] if has_memory(model) else [inputs]


def predict(model, inputs):
    """What the model returns, of a sequence from its start if it has a memory."""
    if isinstance(model.input_shape, tuple) and len(model.input_shape) == 5:
        return model.predict(inputs[None], verbose=0)[0]  # frames of one volume
    parts = [model.predict(step, batch_size=len(step), verbose=0)
             for step in steps_of(model, inputs)]
    if isinstance(parts[0], list):
        return [np.concatenate(arrays) for arrays in zip(*parts)]
    return np.concatenate(parts)


def layer_outputs(model, inputs):
    """The outputs of all layers of the quantized `model` for `inputs`, as {kind/layer: array}."""
    submodel = keras.Model(model.input, [layer.output for layer in model.layers
                                         if not isinstance(layer, keras.layers.InputLayer)])
    parts = [outputs_of_step(model, submodel, step) for step in steps_of(model, inputs)]
    return {key: np.concatenate([part[key] for part in parts]) if key.startswith("out/")
            else array for key, array in parts[0].items()}


def outputs_of_step(model, submodel, inputs):
    """The same of `inputs` that go through the model together."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    values = submodel(tf.constant(inputs))
    if len(layers) == 1:
        values = [values]
    found = {}
    for layer, value in zip(layers, values):
        if isinstance(layer, Dequantizer):
            continue
        if isinstance(value, QFloat):
            found[f"out_scales/{layer.name}"] = value.scales.numpy()
            value = value.fp
        if isinstance(value, FixedPoint):
            found[f"out/{layer.name}"] = value.values.numpy()
            frac_bits = value.frac_bits.numpy()
            # Of the two parts of states, one for both.
            if isinstance(layer, StatefulRecurrent) and np.all(frac_bits == frac_bits[0]):
                frac_bits = frac_bits[0]
            found[f"out_frac_bits/{layer.name}"] = frac_bits
            found[f"out_value_bits/{layer.name}"] = np.int32(value.value_bits)
        else:
            found[f"out/{layer.name}"] = value.numpy()
    return found


def as_integers(store):
    """Turns the integers of `store` that are kept in float32 into int32, int64 where needed."""
    for key, array in store.items():
        kind, _, layer = key.partition("/")
        runs_in_float = kind == "out" and f"out_frac_bits/{layer}" not in store
        if kind in FLOAT_KINDS or runs_in_float or not np.all(np.isfinite(array)):
            continue
        wide = np.max(np.abs(array.astype(np.float64)), initial=0) >= 2**31
        store[key] = array.astype(np.int64 if wide else np.int32)


def plain(node):
    """A copy of Keras's tracked dictionaries and lists that the json module takes."""
    if hasattr(node, "items"):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [plain(value) for value in node]
    return node


def flattened(model):
    """The model with the layers of nested Sequentials in their place; itself if it has none.

    The reference leaves nested models in float, the compiler treats their layers as any others.
    """
    if not any(isinstance(layer, keras.Sequential) for layer in model.layers):
        return model
    weights = {}

    def call(layer, value):
        """What the layer, or the layers of a nested Sequential, make of a tensor or a list."""
        if isinstance(layer, keras.Sequential):
            for inner in layer.layers:
                value = call(inner, value)
            return value
        copy = type(layer).from_config(layer.get_config())
        weights[copy] = layer.get_weights()
        return copy(value)

    image = keras.Input(model.input_shape[1:], dtype=model.input.dtype, name=model.input_names[0])
    if isinstance(model, keras.Sequential):
        outputs = [call(model, image)]
    else:
        config = model.get_config()
        values = {model.input_names[0]: image}
        for entry in config["layers"][1:]:
            sources = [values[source[0]] for source in entry["inbound_nodes"][0]]
            values[entry["name"]] = call(model.get_layer(entry["name"]),
                                         sources if len(sources) > 1 else sources[0])
        outputs = [values[output[0]] for output in config["output_layers"]]
    flat = keras.Model(image, outputs[0] if len(outputs) == 1 else outputs, name=model.name)
    for copy, values in weights.items():
        copy.set_weights(values)
    return flat


def run_reference(model, samples, inputs, arguments, executes=True):
    """Quantizes `model` as `arguments` (the content of quantize.json) says.

    Returns the arrays of golden.npz, the configuration, the summary and the quantized model. Unless
    it executes the models, which takes half of the time, arrays of outputs and predictions lack.
    """
    model = flattened(model)
    store = {}
    with observed_ranges(store), contextlib.redirect_stdout(io.StringIO()):
        quantized = quantize(model, qparams=QuantizationParams(**arguments.get("qparams", {})),
                             q_config=arguments.get("q_config"), samples=samples,
                             num_samples=arguments["num_samples"],
                             batch_size=arguments["batch_size"],
                             epochs=arguments.get("epochs", 1))
    config = plain(dump_config(quantized))
    lines = []
    quantized.summary(print_fn=lines.append)
    summary = "".join(line.rstrip() + "\n" for line in "\n".join(lines).split("\n"))

    # Folding a per-axis zero point gives the padding more values than its recorder was built for;
    # a model built anew has recorders of the right shapes.
    twin = keras.Model.from_config(quantized.get_config())
    twin.set_weights(quantized.get_weights())
    if any(isinstance(layer, StatefulRecurrent) for layer in model.layers):
        model, twin = (update_batch_size(each, len(inputs)) for each in (model, twin))
    record_quantization_variables(twin)
    for layer in twin.layers:
        for kind, array in layer_variables(layer).items():
            store[f"{kind}/{layer.name}"] = array
    if not executes:
        return store, config, summary, twin
    store.update(layer_outputs(twin, inputs))
    # One dequantizer stands after all outputs; they are named after the layers in front of it.
    names = twin.output_names
    if isinstance(twin.layers[-1], Dequantizer) and len(names) > 1:
        names = [layer.name for layer in twin.layers[-1].inbound_nodes[0].inbound_layers]
    for key, source, names in (("prediction", twin, names),
                               ("float_prediction", model, model.output_names)):
        value = predict(source, inputs)
        if isinstance(value, list):
            store.update((f"{key}/{name}", array) for name, array in zip(names, value))
        else:
            store[key] = value
    as_integers(store)
    return store, config, summary, twin


def load_samples(path):
    """The array of a .npy file, or the array `samples` (or the only one) of a .npz file."""
    content = np.load(path)
    if isinstance(content, np.ndarray):
        return content
    return content["samples" if "samples" in content.files else content.files[0]]


def samples_path(case):
    """The file that holds the calibration samples of a case."""
    path = Path(case) / "samples.npy"
    return path if path.exists() else path.with_suffix(".npz")


def as_json(content):
    """The text that the case's .json files hold."""
    return json.dumps(content, indent=4) + "\n"


def write_case(case, model, samples, inputs, arguments, results):
    """Writes a whole case; `model` is a Keras model or None to keep the case's own inputs."""
    store, config, summary, _ = results
    case = Path(case)
    case.mkdir(parents=True, exist_ok=True)
    if model is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the format is a legacy one
            model.save(case / "model.h5")
        packed = io.BytesIO()
        np.savez_compressed(packed, samples=samples)
        for name in ("samples.npy", "samples.npz"):
            (case / name).unlink(missing_ok=True)
        # Random integers do not compress: those stay plain, which every tool reads.
        if packed.tell() < 0.9 * samples.nbytes:
            (case / "samples.npz").write_bytes(packed.getvalue())
        else:
            np.save(case / "samples.npy", samples)
        np.save(case / "inputs.npy", inputs)
        (case / "quantize.json").write_text(as_json(arguments))
    np.savez_compressed(case / "golden.npz", **store)
    (case / "config.json").write_text(as_json(config))
    (case / "summary.txt").write_text(summary)


def differences(case, results):
    """What the recorded files of a case hold that `results` does not, as lines for people."""
    store, config, summary, _ = results
    case = Path(case)
    lines = []
    if (case / "config.json").read_text() != as_json(config):
        lines.append("config.json differs")
    if (case / "summary.txt").read_text() != summary:
        lines.append("summary.txt differs")
    golden = np.load(case / "golden.npz")
    for key in sorted(set(golden.files) | set(store)):
        if key not in store or key not in golden.files:
            lines.append(f"{key} is only in {'golden.npz' if key in golden.files else 'this run'}")
        elif (golden[key].dtype, golden[key].shape) != (store[key].dtype, store[key].shape):
            lines.append(f"{key}: {golden[key].dtype}{golden[key].shape} is now "
                         f"{store[key].dtype}{store[key].shape}")
        elif not np.array_equal(golden[key], store[key]):
            count = np.count_nonzero(golden[key] != store[key])
            lines.append(f"{key}: {count} of {store[key].size} values differ")
    return lines


def main():
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Record what the reference computes.")
    parser.add_argument("cases", nargs="+", metavar="CASE", help="folder of a case")
    parser.add_argument("--compare", action="store_true", help="write nothing, compare")
    parser.add_argument("--model", help="make one new case of this model")
    parser.add_argument("--samples", help="calibration samples of the new case")
    parser.add_argument("--arguments", help="quantize.json of the new case")
    parser.add_argument("--inputs", type=int, default=4, help="samples to use as inputs")
    options = parser.parse_args()
    if options.model and (len(options.cases) != 1 or not options.samples or options.compare):
        parser.error("--model makes one case, of --samples, and does not compare")
    failed = False
    for case in map(Path, options.cases):
        keras.backend.clear_session()  # inserted layers are named as in a fresh process
        arguments = dict(DEFAULT_ARGUMENTS)
        source = options.arguments if options.model else case / "quantize.json"
        if source:
            arguments.update(json.loads(Path(source).read_text()))
        samples = load_samples(options.samples or samples_path(case))
        inputs = samples[:options.inputs] if options.model else np.load(case / "inputs.npy")
        model = keras.models.load_model(options.model or case / "model.h5", compile=False)
        results = run_reference(model, samples, inputs, arguments)
        if options.compare:
            lines = differences(case, results)
            print(f"{case}: {len(results[0])} arrays,", "equal" if not lines else "not equal")
            print("".join(f"  {line}\n" for line in lines), end="")
            failed = failed or bool(lines)
        else:
            write_case(case, model if options.model else None, samples, inputs, arguments, results)
            print(f"{case}: {len(results[0])} arrays")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
