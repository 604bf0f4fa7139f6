"""Slices of images."""

import numpy as np


def patch(image, i, j, height, width):
    return image[:, i : i + height, j : j + width]


def pooled_size(x, pool_param):
    rows = (x.shape[2] - pool_param["pool_height"]) // pool_param["stride"] + 1
    columns = (x.shape[3] - pool_param["pool_width"]) // pool_param["stride"] + 1
    return rows, columns


def windows_of(x, pool_param):
    stride = pool_param["stride"]
    for n, c, i, j in np.ndindex(*x.shape[:2], *pooled_size(x, pool_param)):
        top, left = i * stride, j * stride
        bottom, right = top + pool_param["pool_height"], left + pool_param["pool_width"]
        yield (n, c, i, j), x[n, c, top:bottom, left:right]
