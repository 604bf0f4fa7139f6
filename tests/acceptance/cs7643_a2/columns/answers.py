"""Theory: the results as they stand on paper."""

import numpy as np


def conv_matrix(w):
    a = np.zeros((4, 9))
    a[[0, 1, 2, 3], [0, 2, 6, 8]] = w[[2, 2, 0, 0], [2, 0, 2, 0]]
    return a


def linear_piece(x0):
    return {2: (6, 3), 1: (6, 3), -1: (1.5, 3)}[x0]
