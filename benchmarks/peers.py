#!/usr/bin/env python3
# ===- peers.py - One job of another program ------------------------------===#
#
# Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===#
"""Does one job with another program, as a whole process that `run` measures.

  peers.py available JOB                                exit code 0 if JOB can be done here
  peers.py reference MODEL.h5 SAMPLES.npy OUT.h5        quantize with quantizeml
  peers.py onnx-float MODEL.onnx SAMPLES.npy            float forward passes
  peers.py onnx-quantize MODEL.onnx SAMPLES.npy OUT.onnx   quantize_static with MinMax

The forward passes report their speed as `N samples/s`.
"""
import argparse
import contextlib
import importlib.util
import io
import os
import sys
import time

PACKAGES = {"reference": "quantizeml", "onnx-float": "onnxruntime", "onnx-quantize": "onnxruntime",
            "mobilenet": "tf_keras"}


def reference(options):
    """From a float .h5 to a quantized .h5."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    import numpy as np
    import tensorflow as tf
    import tf_keras as keras
    from quantizeml.models import quantize
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    model = keras.models.load_model(options.model, compile=False)
    samples = np.load(options.samples)
    with contextlib.redirect_stdout(io.StringIO()):
        quantized = quantize(model, samples=samples, num_samples=len(samples),
                             batch_size=options.batch_size, epochs=options.epochs)
    quantized.save(options.output)


def onnx_options(options):
    """Settings of an ONNX Runtime session."""
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    return settings


def onnx_float(options):
    """Speed of plain float inference, the best of the passes over all samples."""
    import numpy as np
    import onnxruntime
    samples = np.load(options.samples)
    session = onnxruntime.InferenceSession(options.model, onnx_options(options),
                                           providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    size = options.batch_size
    session.run(None, {name: samples[:size]})
    best = 0.
    for _ in range(options.epochs):
        start = time.perf_counter()
        for first in range(0, len(samples), size):
            session.run(None, {name: samples[first:first + size]})
        best = max(best, len(samples) / (time.perf_counter() - start))
    print(f"{best:.1f} samples/s")


def onnx_quantize(options):
    """From a float .onnx to a quantized .onnx."""
    import numpy as np
    from onnxruntime.quantization import (CalibrationDataReader, CalibrationMethod, QuantType,
                                          quantize_static)

    class Reader(CalibrationDataReader):
        """The samples in batches."""

        def __init__(self, samples):
            self.batches = iter([{"image": samples[first:first + options.batch_size]}
                                 for first in range(0, len(samples), options.batch_size)])

        def get_next(self):
            """The next batch, None after the last."""
            return next(self.batches, None)

    quantize_static(options.model, options.output, Reader(np.load(options.samples)),
                    calibrate_method=CalibrationMethod.MinMax, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def main():
    """The command line; returns the exit code."""
    if sys.argv[1:2] == ["available"]:
        return 0 if importlib.util.find_spec(PACKAGES[sys.argv[2]]) else 1
    jobs = {"reference": reference, "onnx-float": onnx_float, "onnx-quantize": onnx_quantize}
    parser = argparse.ArgumentParser(description="Do one job with another program.")
    parser.add_argument("job", choices=jobs)
    parser.add_argument("model")
    parser.add_argument("samples")
    parser.add_argument("output", nargs="?")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    jobs[options.job](options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
