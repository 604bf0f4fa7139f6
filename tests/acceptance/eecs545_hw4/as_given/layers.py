"""Layers of a network: every forward pass has its backward pass."""

import math
from builtins import range

import numpy as np
import scipy.signal


def fc_forward(x, w, b):
    """Fully connected: out and cache."""
    out = None
    out = np.dot(x, w) + b
    cache = (x, w, b)
    return out, cache


def fc_backward(dout, cache):
    """Gradients of input, weights and biases."""
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = np.dot(dout, w.T)
    dw = np.dot(x.T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    """What is positive stays."""
    out = None
    out = np.where(x > 0, x, 0)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    """The gradient passes where the input was positive."""
    dx, x = None, cache
    dx = dout * (x > 0)
    return dx


def conv_forward(x, w):
    """Filter without padding, stride 1."""
    out = None
    n, c, height, width = x.shape
    f, c, hh, ww = w.shape
    out = np.zeros((n, f, height - hh + 1, width - ww + 1), dtype=np.result_type(x, w))
    for i in range(hh):
        for j in range(ww):
            part = x[:, :, i : i + out.shape[2], j : j + out.shape[3]]
            out += np.tensordot(part, w[:, :, i, j], axes=(1, 1)).transpose(0, 3, 1, 2)
    cache = (x, w)
    return out, cache


def conv_backward(dout, cache):
    """Gradients of images and filters."""
    dx, dw = None, None
    x, w = cache
    n, f, height, width = dout.shape
    dx = np.zeros(x.shape, dtype=dout.dtype)
    dw = np.zeros(w.shape, dtype=dout.dtype)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = x[:, :, i : i + height, j : j + width]
            dw[:, :, i, j] = np.tensordot(dout, part, axes=((0, 2, 3), (0, 2, 3)))
            share = np.tensordot(dout, w[:, :, i, j], axes=(1, 0)).transpose(0, 3, 1, 2)
            dx[:, :, i : i + height, j : j + width] += share
    return dx, dw


def max_pool_forward(x, pool_param):
    """The largest of every window."""
    out = None
    ph, pw = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    rows = math.floor((x.shape[2] - ph) / stride) + 1
    columns = math.floor((x.shape[3] - pw) / stride) + 1
    out = np.zeros((*x.shape[:2], rows, columns), dtype=x.dtype)
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * stride : i * stride + ph, j * stride : j * stride + pw]
            out[:, :, i, j] = np.max(window, axis=(2, 3))
    cache = (x, pool_param)
    return out, cache


def max_pool_backward(dout, cache):
    """The gradient goes to the largest of every window."""
    dx = None
    x, pool_param = cache
    ph, pw = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    dx = np.zeros(x.shape, dtype=dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            place = np.s_[:, :, i * stride : i * stride + ph, j * stride : j * stride + pw]
            largest = x[place] == np.max(x[place], axis=(2, 3), keepdims=True)
            count = largest.sum(axis=(2, 3), keepdims=True)
            dx[place] += largest * dout[:, :, i : i + 1, j : j + 1] / count
    return dx


def softmax_loss(x, y):
    """Mean loss and its gradient."""
    loss, dx = None, None
    shifted = x - np.max(x, axis=1, keepdims=True)
    total = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(total)
    n = x.shape[0]
    loss = -np.sum(log_probs[np.arange(n), y]) / n
    dx = np.exp(log_probs)
    dx[np.arange(n), y] -= 1
    dx /= n
    return loss, dx
