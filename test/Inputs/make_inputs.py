#!/usr/bin/env python3
"""Makes the small files beside it, which the unit tests read.

Run it with a Python that has numpy and h5py; the files are checked in, so this
is needed only to change them. The Keras models are made by make_models.py.
"""

import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent


def ramp(shape, dtype):
    """0, 1, 2, ... in C order."""
    return np.arange(int(np.prod(shape)), dtype=dtype).reshape(shape)


def make_arrays():
    np.save(HERE / "float32.npy", ramp((2, 3, 4), np.float32))
    np.save(HERE / "fortran.npy", np.asfortranarray(ramp((3, 4), np.float32)))
    np.save(HERE / "big_endian.npy", ramp((4,), ">f4"))
    np.save(HERE / "object.npy", np.array([None, 1], dtype=object))
    np.savez(HERE / "stored.npz", x=ramp((5, 3), np.uint8),
             y=ramp((5,), np.int64))
    np.savez_compressed(HERE / "deflated.npz",
                        **{"out/conv/1": ramp((16, 16), np.int32),
                           "scalar": np.float64(2.5)})


def make_hdf5():
    with h5py.File(HERE / "datasets.h5", "w") as f:
        for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2",
                      "u4", "u8"):
            f[f"contiguous/{dtype}"] = ramp((3, 4), dtype)
        f["scalar"] = np.float32(1.5)
        f["empty"] = np.zeros((0, 3), np.float32)
        f["big_endian"] = ramp((3,), ">f4")
        f["bool"] = np.array([True, False])
        f["link"] = h5py.SoftLink("/scalar")
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        data = ramp((4,), np.int32)
        dataset = h5py.h5d.create(f.id, b"compact", h5py.h5t.NATIVE_INT32,
                                  h5py.h5s.create_simple((4,)), compact)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data)
        g = f.create_group("chunked")
        g.create_dataset("plain", data=ramp((5, 7), np.float32), chunks=(2, 3))
        g.create_dataset("gzip", data=ramp((40, 30), np.int16), chunks=(16, 16),
                         compression="gzip", shuffle=True)
        g.create_dataset("shuffle", data=ramp((11,), np.float64), chunks=(4,),
                         shuffle=True)
        g.create_dataset("lzf", data=ramp((64,), np.float32), chunks=(32,),
                         compression="lzf")
        g.create_dataset("missing", shape=(8,), dtype="f4", chunks=(4,))
        g.create_dataset("deep", data=ramp((300,), np.uint8), chunks=(3,))
        f.attrs["vlen"] = "text of any length"
        f.attrs["fixed"] = np.bytes_(b"fixed")
        f.attrs["vlens"] = ["one", "three", ""]
        f.attrs["fixeds"] = np.array([b"a", b"bcd"])
        f.attrs["none"] = np.array([])
        f.attrs["number"] = 5
        f.attrs["long"] = "x" * 3000
    with h5py.File(HERE / "groups.h5", "w") as f:
        target = f.create_dataset("0", data=np.float32(7))
        for i in range(1, 300):
            f[str(i)] = target
    with h5py.File(HERE / "latest.h5", "w", libver="latest") as f:
        f["group/data"] = ramp((2, 3), np.float32)
        f["group"].attrs["text"] = "latest"
        f["group"].attrs["more"] = ["a", "b"]
        for i in range(6):
            f.create_group(f"g{i}")
        dense = f.create_group("dense")
        for i in range(20):
            dense[str(i)] = np.float32(i)
    with h5py.File(HERE / "userblock.h5", "w", userblock_size=512) as f:
        f["data"] = ramp((4,), np.float32)
    with h5py.File(HERE / "expanding.h5", "w") as f:
        # Chunks that are far larger than their datasets.
        f.create_dataset("wide", data=ramp((6,), np.float32), maxshape=(None,),
                         chunks=(1 << 22,), compression=9)
        f.create_dataset("shuffled", data=ramp((2, 3), np.float32),
                         maxshape=(None, None), chunks=(4, 1 << 20),
                         compression=9, shuffle=True)
        # Much data under many names.
        target = f.create_dataset("0", data=np.zeros(1 << 22, np.float32),
                                  chunks=(1 << 22,), compression=9)
        for i in range(1, 64):
            f[str(i)] = target


if __name__ == "__main__":
    make_arrays()
    make_hdf5()
