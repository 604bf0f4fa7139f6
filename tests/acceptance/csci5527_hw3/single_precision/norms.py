"""Homework 3, problem 3: slices as columns of a matrix; results in float32, sums in float64."""

import numpy as np


def columns_normalized(matrix, eps):
    precise = matrix.astype(np.float64)
    precise = precise - precise.mean(0)
    return (precise / np.sqrt((precise * precise).mean(0) + eps)).astype(np.float32)


def batch_norm(x, eps=0.0):
    moved = np.moveaxis(x, 2, 3)  # (H, W, N, C)
    columns = columns_normalized(moved.reshape(-1, moved.shape[3]), eps)
    return np.moveaxis(columns.reshape(moved.shape), 3, 2)


def layer_norm(x, eps=0.0):
    return columns_normalized(x.reshape(-1, x.shape[3]), eps).reshape(x.shape)


def instance_norm(x, eps=0.0):
    pixels = x.shape[0] * x.shape[1]
    return columns_normalized(x.reshape(pixels, -1), eps).reshape(x.shape)


def relative_difference(a, b):
    a, b = a.astype(np.float32).ravel(), b.astype(np.float32).ravel()
    larger = np.maximum(np.linalg.norm(a), np.linalg.norm(b))
    return np.linalg.norm(a - b) / larger if larger > 0 else np.float32(0)
