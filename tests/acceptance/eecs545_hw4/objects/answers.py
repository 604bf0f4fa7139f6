"""Homework 4, problem 6, by Fourier transforms: a full convolution, and pieces of it."""

import numpy as np


def full_convolution(a, b):
    size = [m + n - 1 for m, n in zip(a.shape, b.shape, strict=True)]
    return np.fft.irfft2(np.fft.rfft2(a, size) * np.fft.rfft2(b, size), size)


def valid_convolution(a, b):
    (rows, columns), (height, width) = a.shape, b.shape
    return full_convolution(a, b)[height - 1 : rows, width - 1 : columns]


def filtering(a, b):
    return valid_convolution(a, b[::-1, ::-1])
