"""Homework 4, written with plain loops; helpers live in a file of their own."""

import numpy as np
from windows import patch, pooled_size, windows_of


def fc_forward(x, w, b):
    n_samples, n_out = x.shape[0], w.shape[1]
    result = np.zeros((n_samples, n_out))
    for n in range(n_samples):
        for j in range(n_out):
            result[n, j] = b[j]
            for i in range(x.shape[1]):
                result[n, j] += x[n, i] * w[i, j]
    return result, {"input": x, "weights": w, "note": "anything may stand here"}


def fc_backward(dout, cache):
    inputs, weights = cache["input"], cache["weights"]
    d_in = np.zeros(inputs.shape)
    d_w = np.zeros(weights.shape)
    d_b = np.zeros(weights.shape[1])
    for n in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            d_b[j] += dout[n, j]
            d_in[n] += dout[n, j] * weights[:, j]
            d_w[:, j] += dout[n, j] * inputs[n]
    return d_in, d_w, d_b


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, [x]


def relu_backward(dout, cache):
    (x,) = cache
    dx = np.array(dout, copy=True)
    dx[x < 0] = 0  # at exactly 0 the gradient passes
    return dx


def softmax_loss(x, y):
    total, dx = 0.0, np.zeros(x.shape)
    for n, row in enumerate(x):
        powers = np.exp(row - max(row))
        total += np.log(powers.sum()) - (row[y[n]] - max(row))
        dx[n] = powers / powers.sum()
        dx[n][y[n]] -= 1.0
    return np.array(total / len(x)), dx / len(x)


def conv_forward(x, w):
    n_filters, _, kernel_height, kernel_width = w.shape
    rows, columns = x.shape[2] - kernel_height + 1, x.shape[3] - kernel_width + 1
    out = np.zeros((x.shape[0], n_filters, rows, columns))
    for n in range(x.shape[0]):
        for f in range(n_filters):
            for i in range(rows):
                for j in range(columns):
                    here = patch(x[n], i, j, kernel_height, kernel_width)
                    out[n, f, i, j] = (here * w[f]).sum()
    return out, {"x": x, "w": w}


def conv_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, f, i, j in np.ndindex(*dout.shape):
        patch(dx[n], i, j, *w.shape[2:])[:] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * patch(x[n], i, j, *w.shape[2:])
    return [dx, dw]


def max_pool_forward(x, pool_param):
    out = np.zeros((*x.shape[:2], *pooled_size(x, pool_param)))
    for index, window in windows_of(x, pool_param):
        out[index] = window.max()
    return out, (pool_param, x)


def max_pool_backward(dout, cache):
    pool_param, x = cache
    dx = np.zeros(x.shape)
    pairs = zip(windows_of(x, pool_param), windows_of(dx, pool_param), strict=True)
    for (index, window), (_, target) in pairs:
        largest = window == window.max()
        target += dout[index] * largest / largest.sum()  # equal maxima share
    return dx
