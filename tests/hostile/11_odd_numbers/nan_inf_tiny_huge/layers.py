def one():
    return 1


import numpy as np


def nan(x):
    return np.full(x.shape, np.nan)


def infinity(x):
    return np.copysign(np.inf, x)


def minus_zero(x):
    return np.full(x.shape, -0.0)


def denormal(x):
    return np.full(x.shape, 5e-324)


def huge(x):
    return np.full(x.shape, 1e308)


def one_nan(x):
    out = 2 * x
    out[0] = np.nan
    return out


def payload_nan(x):
    return np.full(x.shape, 0x7FF0DEADBEEF0001, dtype=np.uint64).view(np.float64)
