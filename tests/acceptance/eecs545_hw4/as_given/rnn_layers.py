"""Layers of a recurrent network; the recurrent ones have time first."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One step."""
    next_h = np.tanh(np.dot(x, Wx) + np.dot(prev_h, Wh) + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    """Back through one step."""
    x, prev_h, Wx, Wh, next_h = cache
    dtanh = dnext_h * (1 - next_h * next_h)
    dx = dtanh.dot(Wx.T)
    dprev_h = dtanh.dot(Wh.T)
    return dx, dprev_h, x.T.dot(dtanh), prev_h.T.dot(dtanh), dtanh.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """All steps."""
    h = np.zeros((x.shape[0], *h0.shape), dtype=h0.dtype)
    cache = []
    prev_h = h0
    for t in range(x.shape[0]):
        h[t], step_cache = rnn_step_forward(x[t], prev_h, Wx, Wh, b)
        cache.append(step_cache)
        prev_h = h[t]
    return h, cache


def rnn_backward(dh, cache):
    """Back through all steps."""
    dprev_h = np.zeros_like(dh[0])
    dx, dWx, dWh, db = [], 0, 0, 0
    for t in reversed(range(dh.shape[0])):
        dx_t, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[t] + dprev_h, cache[t])
        dx.insert(0, dx_t)
        dWx, dWh, db = dWx + dWx_t, dWh + dWh_t, db + db_t
    return np.array(dx), dprev_h, dWx, dWh, db


def word_embedding_forward(x, W):
    """One vector for each word."""
    out = W[x, :]
    cache = x, W
    return out, cache


def word_embedding_backward(dout, cache):
    """Gradient of the vectors."""
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


def temporal_fc_forward(x, w, b):
    """Fully connected at every step."""
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    cache = x, w, b, out
    return out, cache


def temporal_fc_backward(dout, cache):
    """Back through it."""
    x, w, b, out = cache
    N, T, D = x.shape
    flat = dout.reshape(N * T, -1)
    dx = flat.dot(w.T).reshape(N, T, D)
    dw = x.reshape(N * T, D).T.dot(flat)
    db = flat.sum(axis=0)
    return dx, dw, db


def temporal_softmax_loss(x, y, mask, verbose=False):
    """Loss over all steps, padding left out."""
    N, T, V = x.shape
    scores = x.reshape(N * T, V)
    words, counted = y.reshape(N * T), mask.reshape(N * T)
    probs = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(counted * np.log(probs[np.arange(N * T), words])) / N
    dscores = probs.copy()
    dscores[np.arange(N * T), words] -= 1
    dscores /= N
    dscores *= counted[:, None]
    if verbose:
        print("dx_flat: ", dscores.shape)
    return loss, dscores.reshape(N, T, V)
