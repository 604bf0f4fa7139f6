"""Homework 4: layers over time with plain loops; what the course gave is shortened."""

import numpy as np
from layers import fc_backward, fc_forward, softmax_loss


def temporal_fc_forward(x, w, b):
    steps = [fc_forward(x[:, t], w, b) for t in range(x.shape[1])]
    return np.stack([out for out, _ in steps], axis=1), [cache for _, cache in steps]


def temporal_fc_backward(dout, cache):
    parts = [fc_backward(dout[:, t], step) for t, step in enumerate(cache)]
    dx = np.stack([part[0] for part in parts], axis=1)
    return dx, sum(part[1] for part in parts), sum(part[2] for part in parts)


def temporal_softmax_loss(x, y, mask):
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            if mask[n, t]:
                here, gradient = softmax_loss(x[n, t][None], y[n, t : t + 1])
                loss += here / len(x)
                dx[n, t] = gradient[0] / len(x)
    return loss, dx


def rnn_forward(x, h0, Wx, Wh, b):
    states = [h0]
    for x_t in x:
        states.append(np.tanh(x_t @ Wx + states[-1] @ Wh + b))
    return np.array(states[1:]), (x, states, Wx, Wh)


def rnn_backward(dh, cache):
    x, states, Wx, Wh = cache
    dx, carried = np.zeros(x.shape), np.zeros(states[0].shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(len(Wh))
    for t in range(len(x) - 1, -1, -1):
        inner = (dh[t] + carried) * (1 - states[t + 1] ** 2)
        dx[t], carried = inner @ Wx.T, inner @ Wh.T
        dWx, dWh, db = dWx + x[t].T @ inner, dWh + states[t].T @ inner, db + inner.sum(0)
    return dx, carried, dWx, dWh, db
