"""Homework 3, problem 2 (a)."""

import numpy as np


def example_correlation():
    return np.array([4, 14, 27, 33, 27, 27], dtype=np.float32)


def correlation_commutes():
    return np.bool_(False)


def swapped(x_star_y):
    return np.array(list(reversed(x_star_y.tolist())), dtype=np.float32)
