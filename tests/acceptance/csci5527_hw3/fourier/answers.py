"""Homework 3, problem 2 (a): from the functions of problem 2."""

import numpy as np
from correlation import correlate1d

X, Y = np.array([3.0, 2.0, 1.0]), np.array([4.0, 6.0, 3.0, 9.0])


def example_correlation():
    return correlate1d(X, Y)


def correlation_commutes():
    return np.allclose(correlate1d(X, Y), correlate1d(Y, X))


def swapped(x_star_y):
    return x_star_y[::-1]
