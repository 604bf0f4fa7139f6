"""Right, but by loops over numbers."""

import numpy as np


def softmax(x):
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = np.exp(x[i, j] - np.max(x[i]))
        out[i] /= out[i].sum()
    return out


def squares(x):
    return x * x
