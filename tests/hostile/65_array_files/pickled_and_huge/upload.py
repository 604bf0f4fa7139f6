import io
import pickle
import struct

import numpy as np


class Evil:
    def __reduce__(self):
        return __import__("os").system, ("touch /tmp/hostile-was-here",)


def header(shape, descr="<f8"):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def packed():
    sink = io.BytesIO()
    np.savez(sink, np.array([Evil()], dtype=object))
    return sink.getvalue()


def upload():
    return [
        ("pickled.npy", header("(1,)", "|O") + pickle.dumps(Evil())),
        ("negative.npy", header("(-1, -8)") + bytes(64)),
        ("huge.npy", header(f"({2**62},)") + bytes(64)),
        ("header.npy", b"\x93NUMPY\x02\x00" + struct.pack("<L", 2**30) + b"{" * 1000),
        ("zipped.npz", packed()),
    ]
