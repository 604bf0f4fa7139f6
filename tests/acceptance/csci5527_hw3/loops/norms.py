"""Homework 3, problem 3, slice after slice."""

import numpy as np


def normalized(part, eps):
    return (part - np.mean(part)) / (np.var(part) + eps) ** 0.5


def batch_norm(x, eps=0.0):
    out = np.empty_like(x)
    for c in range(x.shape[2]):
        out[:, :, c] = normalized(x[:, :, c], eps)
    return out


def layer_norm(x, eps=0.0):
    out = np.empty_like(x)
    for n in range(x.shape[3]):
        out[..., n] = normalized(x[..., n], eps)
    return out


def instance_norm(x, eps=0.0):
    out = np.empty_like(x)
    for c in range(x.shape[2]):
        for n in range(x.shape[3]):
            out[:, :, c, n] = normalized(x[:, :, c, n], eps)
    return out


def relative_difference(a, b):
    def length(z):
        return float((z.reshape(-1) ** 2).sum()) ** 0.5

    larger = max(length(a), length(b))
    if larger == 0:
        return 0
    return length(a - b) / larger
