#!/usr/bin/env python3
"""Makes the small Keras models beside it, which the unit tests read, and
models.json, which says what Keras makes of them.

Run it with a Python that has keras (3) and tf_keras; the files are checked in,
so this is needed only to change them.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = {}


def sequential(k):
    """All layers of a plain network."""
    layers = k.layers
    return k.Sequential([
        layers.Input((8, 8, 3)),
        layers.Rescaling(1 / 255, offset=-0.5, name="rescaling"),
        layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv"),
        layers.BatchNormalization(name="bn"),
        layers.ReLU(6.0, name="relu"),
        layers.DepthwiseConv2D(3, strides=2, padding="same", name="dw"),
        layers.Activation("relu", name="act"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Dropout(0.1, name="dropout"),
        layers.Flatten(name="flatten"),
        layers.Reshape((1, 1, 16), name="reshape"),
        layers.GlobalAveragePooling2D(name="gap"),
        layers.Dense(3, name="dense"),
    ], name="plain")


def branches(k, dtype=None):
    """Residual connections of different depths, saved in another order than
    that of their depths."""
    layers = k.layers
    a = dict(dtype=dtype) if dtype else {}
    x = layers.Input((4, 4, 2), name="image", **a)
    short = layers.Conv2D(3, 1, name="short", **a)(x)
    y = layers.Conv2D(3, 3, padding="same", name="long_1", **a)(x)
    y = layers.ReLU(name="long_2", **a)(y)
    y = layers.Conv2D(3, 3, padding="same", name="long_3", **a)(y)
    y = layers.Add(name="sum", **a)([y, short])
    z = layers.GlobalAveragePooling2D(name="gap", **a)(y)
    left = layers.Dense(2, name="left", **a)(z)
    right = layers.Dense(2, use_bias=False, name="right", **a)(z)
    out = layers.Concatenate(name="out", **a)([right, left])
    return k.Model(x, out, name="branches")


def nested(k, suffix):
    """Sequential in functional, functional in sequential, three levels deep,
    and the name "conv" twice, or three times where the file can hold that."""
    deep = "conv" if suffix == "keras" else "deep_conv"
    layers = k.layers
    i = layers.Input((6, 6, 2), name="inner_input")
    block = k.Model(i, layers.Add(name="add")(
        [i, layers.Conv2D(2, 3, padding="same", name=deep)(i)]),
        name="block")
    inner = k.Sequential([
        layers.Input((6, 6, 2)),
        block,
        layers.BatchNormalization(name="bn"),
        layers.Conv2D(2, 1, name="conv"),
    ], name="body")
    head = k.Sequential([
        layers.Input((6, 6, 2)),
        layers.Flatten(name="flatten"),
        layers.Dense(2, name="fc"),
    ], name="head")
    x = layers.Input((6, 6, 2), name="image")
    y = layers.Conv2D(2, 1, name="conv")(x)
    y = inner(y)
    y = layers.ReLU(name="relu")(y)
    return k.Model(x, head(y), name="outer")


def deferred(k):
    """A sequential model in a sequential model, built by its first call."""
    layers = k.layers
    model = k.Sequential([
        k.Sequential([layers.Conv2D(2, 3, name="conv"),
                      layers.ReLU(name="relu")], name="body"),
        layers.Flatten(name="flatten"),
        layers.Dense(2, name="fc"),
    ], name="deferred")
    model.build((None, 5, 5, 1))
    model(np.zeros((1, 5, 5, 1), np.float32))
    return model


def renamed(k):
    """What is found by its place, not by its name: a nested model with layers
    that were renamed behind their weights, one of them frozen."""
    layers = k.layers
    body = k.Sequential([
        layers.Input((4, 4, 2)),
        layers.Conv2D(2, 1, name="a"),
        layers.BatchNormalization(name="b"),
        layers.Conv2D(2, 1, name="c"),
        layers.BatchNormalization(name="d"),
    ], name="body")
    for layer, name in zip(body.layers, ("conv_1", "bn_1", "conv_2", "bn_2")):
        layer._name = name
    body.layers[0].trainable = False
    body.layers[1].trainable = False
    model = k.Sequential([layers.Input((4, 4, 2)), body,
                          layers.Flatten(name="flatten"),
                          layers.Dense(2, name="fc")], name="renamed")
    return model


def separable(k):
    """Separable convolutions with all their arguments, and with none."""
    layers = k.layers
    return k.Sequential([
        layers.Input((8, 8, 3), name="image"),
        layers.SeparableConv2D(4, 3, strides=2, padding="same",
                               activation="relu", name="strided"),
        layers.SeparableConv2D(5, (3, 2), dilation_rate=(2, 2), padding="same",
                               use_bias=False, name="dilated"),
        layers.BatchNormalization(name="bn"),
        layers.SeparableConv2D(2, 2, name="plain"),
    ], name="separable")


def split_names(path):
    """Cuts lists of names into several attributes, as Keras does above 64 kB."""
    with h5py.File(path, "r+") as f:
        groups = [f["model_weights"], *f["model_weights"].values()]
        for group in groups:
            for key in ("layer_names", "weight_names"):
                names = list(group.attrs.get(key, []))
                if len(names) < 2:
                    continue
                del group.attrs[key]
                group.attrs[key + "0"] = names[:1]
                group.attrs[key + "1"] = names[1:]


def flat_layers(model, prefix=""):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from flat_layers(layer, prefix + layer.name + "/")
        elif type(layer).__name__ != "InputLayer":
            yield prefix + layer.name, layer


def save(model, name):
    rng = np.random.default_rng(1)
    model.set_weights([rng.integers(-8, 8, w.shape).astype(w.dtype)
                       for w in model.get_weights()])
    model.save(HERE / name)
    EXPECTED[name] = {
        "order": [layer.name for layer in model.layers],
        # Of each array: shape, sum, first element.
        "weights": {path: [[list(w.shape), float(np.sum(w, dtype=np.float64)),
                            float(w.flat[0])] for w in layer.get_weights()]
                    for path, layer in flat_layers(model)},
    }


MODELS = (
    (tf_keras, sequential, (), "tf_keras_sequential.h5"),
    (tf_keras, branches, (), "tf_keras_branches.keras"),
    (tf_keras, branches, ("float16",), "tf_keras_float16.h5"),
    (tf_keras, branches, ("float64",), "tf_keras_float64.keras"),
    (tf_keras, nested, ("h5",), "tf_keras_nested.h5"),
    (tf_keras, nested, ("keras",), "tf_keras_nested.keras"),
    (tf_keras, deferred, (), "tf_keras_deferred.h5"),
    (tf_keras, renamed, (), "tf_keras_renamed.h5"),
    (keras, sequential, (), "keras3_sequential.keras"),
    (keras, branches, (), "keras3_branches.h5"),
    (keras, nested, ("h5",), "keras3_nested.h5"),
    (keras, nested, ("keras",), "keras3_nested.keras"),
    (keras, deferred, (), "keras3_deferred.keras"),
    (tf_keras, separable, (), "tf_keras_separable.h5"),
    (tf_keras, separable, (), "tf_keras_separable.keras"),
    (keras, separable, (), "keras3_separable.h5"),
    (keras, separable, (), "keras3_separable.keras"),
)


def main():
    for k, function, arguments, name in MODELS:
        k.backend.clear_session()
        save(function(k, *arguments), name)
    split_names(HERE / "tf_keras_renamed.h5")
    (HERE / "models.json").write_text(json.dumps(EXPECTED, indent=1) + "\n")


if __name__ == "__main__":
    main()
