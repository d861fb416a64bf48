#!/usr/bin/env python3
"""Makes the recurrent Keras models beside it, and what Keras makes of them.

  kernelized.h5         what the reference's recurrent networks are trained as: convolutions over
                        all time before, by the kernels that a recurrence would give
  recurrent-errors.h5   layers whose configurations are damaged, without sense

The classes are those of the reference by their names and configurations; what they compute is
written down here. Run it with a Python that has tf_keras; the files are checked in, so this is
needed only to change them.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
layers = tf_keras.layers
register = tf_keras.saving.register_keras_serializable


class Configured(layers.Layer):
    """Keeps its arguments, which are its configuration."""

    def __init__(self, name=None, trainable=True, dtype=None, **arguments):
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.arguments = arguments

    def get_config(self):
        return {**super().get_config(), **self.arguments}


@register()
class Kernelized(Configured):
    """y[t] = sum over s <= t of Re(exp((t - s) dt A)) (dt B x[s]) C."""

    def build(self, shape):
        states = self.arguments["num_coeffs"] * self.arguments["repeat"]
        for name, extents in [("A", (states, 2)), ("B", (shape[-1], states)),
                              ("C", (states, self.arguments["out_channels"])),
                              ("log_dt", (states,))]:
            setattr(self, name, self.add_weight(name=name, shape=extents))

    def call(self, inputs):
        step = tf.exp(self.log_dt)
        rate = tf.complex(-tf.exp(self.A[:, 0]), self.A[:, 1]) * tf.cast(step, tf.complex64)
        driven = tf.einsum("btc,cn->btn", inputs, self.B * step)
        time = np.arange(inputs.shape[1])
        lag = time[:, None] - time[None, :]
        kernel = tf.math.real(tf.exp(rate * lag.clip(0)[..., None].astype(np.complex64)))
        states = tf.einsum("tsn,bsn->btn", kernel * (lag >= 0)[..., None], driven)
        return tf.einsum("btn,nd->btd", states, self.C)


@register()
class Stride(Configured):
    """The last of each `stride` steps."""

    def call(self, inputs):
        stride = self.arguments["stride"]
        return inputs[:, stride - 1::stride]


@register()
class ExtractToken(Configured):
    """One index of an axis."""

    def call(self, inputs):
        return tf.gather(inputs, self.arguments["token"], axis=self.arguments["axis"])


@register()
class StatefulProjection(layers.Dense):
    """A dense layer of some steps."""

    def __init__(self, *args, subsample=1, **kwargs):
        super().__init__(*args, **kwargs)
        self.subsample = subsample

    def get_config(self):
        return {**super().get_config(), "subsample": self.subsample}


@register()
class PicoPostProcessing(Configured):
    """Whether a prediction is far from the truth."""

    def call(self, prediction, truth):
        difference = tf.abs(prediction - tf.cast(truth, tf.float32))
        mean = tf.reduce_mean(difference, axis=1)
        return tf.where(mean >= self.arguments["threshold"], 1.0, 0.0)


def kernelized(rng):
    """Two recurrences; one stride after a projection, one after a ReLU."""
    arguments = dict(speed=4, speed_range=8, force_full_conv=False)
    x = inputs = layers.Input((12, 2), name="x")
    x = Kernelized(name="first", num_coeffs=3, repeat=2, out_channels=4, **arguments)(x)
    x = Stride(name="first_stride", stride=2)(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.ReLU(name="relu")(x)
    x = Kernelized(name="second", num_coeffs=4, repeat=1, out_channels=3, **arguments)(x)
    x = layers.ReLU(name="relu_1")(x)
    x = Stride(name="second_stride", stride=3)(x)
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    model = tf_keras.Model(inputs, layers.Dense(2, name="fc")(x), name="kernelized")
    for layer in model.layers:
        values = [rng.uniform(-1, 1, w.shape) for w in layer.get_weights()]
        if isinstance(layer, Kernelized):
            values[0] += [[-2, 1]]
            values[3] -= 1
        if isinstance(layer, layers.BatchNormalization):
            values[0], values[3] = np.abs(values[0]) + 0.5, np.abs(values[3]) + 0.5
        layer.set_weights(values)
    return model


def damaged():
    """Layers in a row, with configurations to be changed in the file."""
    x = inputs = layers.Input((6, 4), name="x", dtype="int16")
    y = StatefulProjection(4, name="first")(x)
    p = StatefulProjection(4, name="projection")(y)
    x = PicoPostProcessing(name="threshold", threshold=1.0)(y, inputs)
    a = ExtractToken(name="token", token=0, axis=1)(y)
    b = ExtractToken(name="tokens", token=0, axis=1)(y)
    c = ExtractToken(name="axis", token=0, axis=-1)(y)
    d = Stride(name="stride", stride=2)(y)
    e = Kernelized(name="kernel", num_coeffs=2, repeat=1, out_channels=3)(y)
    return tf_keras.Model(inputs, [x, p, a, b, c, d, e], name="damaged")


DAMAGES = {"projection": {"subsample": 0}, "threshold": {"threshold": None},
           "token": {"token": 6}, "tokens": {"token": [0, 1]}, "axis": {"axis": 0},
           "stride": {"stride": 4}, "kernel": {"num_coeffs": 5}}


def main():
    """Writes all files."""
    rng = np.random.default_rng(3)
    model = kernelized(rng)
    model.save(HERE / "kernelized.h5")
    inputs = rng.uniform(-2, 2, (5, 12, 2)).astype(np.float32)
    np.savez(HERE / "kernelized.npz", input0=inputs, prediction=model(inputs).numpy())

    path = HERE / "recurrent-errors.h5"
    damaged().save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            layer["config"].update(DAMAGES.get(layer["name"], {}))
        file.attrs["model_config"] = json.dumps(config)


if __name__ == "__main__":
    main()
