"""Homework 3, problem 2 (a)."""

import numpy as np


def example_correlation():
    return np.array([4, 14, 27, 33, 27, 27])


def correlation_commutes():
    return bool(np.array_equal([1, 2], [2, 1]))


def swapped(x_star_y):
    return np.flip(x_star_y)
