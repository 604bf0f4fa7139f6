"""Homework 4, problem 6, term by term; integers stay integers."""

import numpy as np


def filtering(a, b):
    height, width = a.shape[0] - b.shape[0] + 1, a.shape[1] - b.shape[1] + 1
    result = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            result[i, j] = np.sum(a[i : i + b.shape[0], j : j + b.shape[1]] * b)
    return result


def valid_convolution(a, b):
    return filtering(a, np.rot90(b, 2))


def full_convolution(a, b):
    result = np.zeros((a.shape[0] + b.shape[0] - 1, a.shape[1] + b.shape[1] - 1))
    for p in range(b.shape[0]):
        for q in range(b.shape[1]):
            result[p : p + a.shape[0], q : q + a.shape[1]] += b[p, q] * a
    return result
