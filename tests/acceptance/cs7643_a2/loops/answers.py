"""Theory, worked out by the definition."""

import numpy as np


def conv_matrix(w):
    a = np.zeros((4, 9))
    for m in range(9):
        image = np.zeros((7, 7))
        image[2 + m // 3, 2 + m % 3] = 1
        for out in range(4):
            i, j = 4 * (out // 2), 4 * (out % 2)
            a[out, m] = (image[i : i + 3, j : j + 3] * w).sum()
    return a


def linear_piece(x0):
    def h(x):
        a = np.maximum([1.5 * x, 0.5 * x + 1], 0)
        return np.maximum([a[0] + 2 * a[1], 2 * a[0] + a[1] + 1], 0).sum() - 1

    slope = (h(x0 + 0.25) - h(x0 - 0.25)) / 0.5
    return [slope, h(x0) - slope * x0]
