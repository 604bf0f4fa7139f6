"""Homework 4, problem 6: shifted images, in float32."""

import numpy as np


def filtering(a, b):
    (m, n), (h, w) = a.shape, b.shape
    a, b = np.float32(a), np.float32(b)
    shifted = [a[p : m - h + p + 1, q : n - w + q + 1] * b[p, q] for p, q in np.ndindex(h, w)]
    return np.sum(shifted, axis=0)


def valid_convolution(a, b):
    return filtering(a, np.rot90(b, 2))


def full_convolution(a, b):
    out = np.zeros(np.add(a.shape, b.shape) - 1, np.float32)
    for (p, q), value in np.ndenumerate(b):
        out[p : p + a.shape[0], q : q + a.shape[1]] += value * a
    return out
