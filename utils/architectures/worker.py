# ===- worker.py - What needs TensorFlow and the reference ----------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""A process of its own that makes networks and has the reference quantize them.

The one that starts it (`Worker`) ends it when a job takes too long, and starts another one for the next job.
"""

import contextlib
import io
import multiprocessing
import os
import resource
import signal

import numpy as np

MEMORY = 12 << 30


def noise(expected, actual):
    """Signal to noise in dB of all results together; None where they are equal."""
    signal_power = sum(float(np.square(e, dtype=np.float64).sum()) for e in expected)
    power = sum(float(np.square(np.float64(e).ravel() - np.float64(a).ravel()).sum())
                for e, a in zip(expected, actual))
    return None if power == 0 else float(10 * np.log10(max(signal_power, 1e-300) / power))


def predict(model, samples):
    """Results in the order of the outputs."""
    arrays = [samples[name] for name in model.input_names]
    results = model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0)
    return results if isinstance(results, list) else [results]


def save_samples(path, samples):
    np.savez(path, **samples)
    if len(samples) == 1:
        np.save(path.with_suffix(".npy"), next(iter(samples.values())))


def make(name, folder):
    """Writes model.h5, body.h5 (the model without a Softmax at its end), samples and Keras's results."""
    import architectures
    model, body, calibration, evaluation = architectures.make(name)
    folder.mkdir(parents=True, exist_ok=True)
    save_samples(folder / "calibration.npz", calibration)
    save_samples(folder / "evaluation.npz", evaluation)
    for file, network in (("model", model), ("body", body)):
        network.save(folder / f"{file}.h5", include_optimizer=False)
        np.savez(folder / f"{file}_results.npz", *predict(network, evaluation))
    layers = list(architectures.leaves(model))
    return {"parameters": int(model.count_params()), "layers": len(layers), "outputs": list(model.output_names)}


def left_in_float(model):
    """Layers of a quantized network, inputs and reshapes apart, that are none of the reference's own."""
    return [layer for layer in model.layers
            if not type(layer).__module__.startswith("quantizeml")
            and type(layer).__name__ not in ("InputLayer", "Reshape", "Flatten", "Dropout")]


def reference(name, folder):
    """What the reference does with the body."""
    import cnn2snn
    import tf_keras
    from quantizeml.models import QuantizationParams, quantize

    import architectures
    custom = {}
    if name.startswith("tenn"):
        from akida_models import custom_layers
        custom = {kind: getattr(custom_layers, kind) for kind in ("PleiadesLayer", "Kernelized", "Stride")}
    model = tf_keras.models.load_model(folder / "body.h5", compile=False, custom_objects=custom)
    calibration, evaluation = (dict(np.load(folder / f"{kind}.npz")) for kind in ("calibration", "evaluation"))
    arrays = [calibration[key] for key in model.input_names]
    kind = architectures.ARCHITECTURES[name].samples
    result = {}
    try:
        quantized = quantize(model, qparams=QuantizationParams(input_dtype=np.dtype(kind)),
                             samples=arrays if len(arrays) > 1 else arrays[0], num_samples=len(arrays[0]),
                             batch_size=len(arrays[0]), epochs=2)
        left = left_in_float(quantized)
        result["whole"] = not left
        with contextlib.suppress(ValueError, TypeError):  # One of several results may stay in integers.
            result["db"] = noise(list(np.load(folder / "body_results.npz").values()), predict(quantized, evaluation))
        if left:
            result["error"] = (f"{len(left)} layers stay in float, the first is {left[0].name} of class "
                               f"{type(left[0]).__name__}")
            return result
    except Exception as error:
        return {"whole": False, "error": f"{type(error).__name__}: {error}"}
    try:
        cnn2snn.convert(quantized)
        result["chip"] = True
    except Exception as error:
        result.update(chip=False, error=f"{type(error).__name__}: {error}")
    return result


def serve(connection):
    """Does jobs (function, name, folder) until there are no more; answers are dictionaries."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError), open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        while True:
            function, name, folder = connection.recv()
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    answer = {"make": make, "reference": reference}[function](name, folder)
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            connection.send(answer)


class Worker:
    """Does one job at a time in a process that is kept for the next one."""

    def __init__(self):
        self.process = None

    def do(self, function, name, folder, seconds):
        if self.process is None:
            context = multiprocessing.get_context("spawn")
            self.connection, other = context.Pipe()
            self.process = context.Process(target=serve, args=(other,), daemon=True)
            self.process.start()
            other.close()
        try:
            self.connection.send((function, name, folder))
            if self.connection.poll(seconds):
                return self.connection.recv()
            answer = {"error": f"does not end within {seconds} s"}
        except (EOFError, OSError):
            answer = {"error": "crashes"}
        self.stop()
        return answer

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None
