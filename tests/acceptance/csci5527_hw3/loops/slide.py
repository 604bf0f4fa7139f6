"""Where a sliding filter lies on what it slides over."""

import numpy as np


def overlap(k, n_filter, n_signal):
    for i in range(n_filter):
        j = k - (n_filter - 1) + i
        if 0 <= j < n_signal:
            yield i, j


def zeros_around(image, rows, columns):
    height, width = np.shape(image)
    canvas = np.zeros((height + 2 * rows, width + 2 * columns))
    canvas[rows : rows + height, columns : columns + width] = image
    return canvas
