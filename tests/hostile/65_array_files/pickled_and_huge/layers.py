def one():
    return 1


import os
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def pickled(x):
    return np.load(HERE / "pickled.npy")


def negative(x):
    return np.load(HERE / "negative.npy")


def huge_shape(x):
    return np.load(HERE / "huge.npy")


def huge_header(x):
    return np.load(HERE / "header.npy")


def zipped(x):
    return np.load(HERE / "zipped.npz")["arr_0"]
