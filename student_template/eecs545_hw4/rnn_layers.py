"""Layers of a recurrent network in NumPy.

Owns one step and a whole run of a plain recurrent cell, word embeddings, a fully connected layer
over time, and a softmax loss over time that leaves padding out. You write `temporal_fc_forward`
and `temporal_fc_backward`; everything else is given and works. Conventions are those of
`layers.py`: a forward pass returns `(out, cache)`, the cache is private to its pair, arguments
are never changed. Letters in shapes: N sequences, T time steps, D input features, H hidden units,
V words of the vocabulary, M outputs. The recurrent functions have time first, (T, N, ...); all
others have the batch first, (N, T, ...).
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Cache: TypeAlias = Any  # known only to the forward and backward pass that share it


def rnn_step_forward(
    x: Array, prev_h: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Cache]:
    """One time step (given).

        next_h = tanh(x Wx + prev_h Wh + b)

    Args:
        x: input of this step, shape (N, D).
        prev_h: hidden state of the step before, shape (N, H).
        Wx, Wh, b: parameters, shapes (D, H), (H, H), (H,).

    Returns:
        next_h of shape (N, H), and the cache for `rnn_step_backward`.
    """
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, b, next_h)


def rnn_step_backward(dnext_h: Array, cache: Cache) -> tuple[Array, Array, Array, Array, Array]:
    """Carry the gradient back through one time step (given).

    Args:
        dnext_h: gradient of the loss with respect to next_h, shape (N, H).
        cache: what `rnn_step_forward` returned.

    Returns:
        dx (N, D), dprev_h (N, H), dWx (D, H), dWh (H, H), db (H,).
    """
    x, prev_h, Wx, Wh, _, next_h = cache
    dsum = dnext_h * (1 - next_h**2)  # (N, H); tanh' = 1 - tanh^2
    return dsum @ Wx.T, dsum @ Wh.T, x.T @ dsum, prev_h.T @ dsum, dsum.sum(axis=0)


def rnn_forward(x: Array, h0: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, Cache]:
    """A whole run of the cell, time first (given).

    Args:
        x: inputs, shape (T, N, D).
        h0: hidden state before the first step, shape (N, H).
        Wx, Wh, b: parameters, shapes (D, H), (H, H), (H,).

    Returns:
        h of shape (T, N, H), the hidden state after every step, and the cache for `rnn_backward`.
    """
    states, caches = [], []
    h = h0
    for x_t in x:
        h, cache = rnn_step_forward(x_t, h, Wx, Wh, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states), caches


def rnn_backward(dh: Array, cache: Cache) -> tuple[Array, Array, Array, Array, Array]:
    """Carry the gradients of all hidden states back through time (given).

    Args:
        dh: gradient of the loss with respect to h, shape (T, N, H).
        cache: what `rnn_forward` returned.

    Returns:
        dx (T, N, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).
    """
    dxs = []
    dh_next = np.zeros_like(dh[0])
    dWx, dWh, db = (np.zeros_like(parameter) for parameter in cache[0][2:5])
    for dh_t, step in zip(dh[::-1], cache[::-1], strict=True):
        # A state is used twice: by its own output and by the step after it.
        dx_t, dh_next, dWx_t, dWh_t, db_t = rnn_step_backward(dh_t + dh_next, step)
        dxs.append(dx_t)
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return np.stack(dxs[::-1]), dh_next, dWx, dWh, db


def word_embedding_forward(x: Array, W: Array) -> tuple[Array, Cache]:
    """Look up the vector of every word (given).

    Args:
        x: indices of words, integers in [0, V), shape (N, T).
        W: one vector of D features for each word, shape (V, D).

    Returns:
        out of shape (N, T, D), and the cache for `word_embedding_backward`.
    """
    return W[x], (x, W.shape)


def word_embedding_backward(dout: Array, cache: Cache) -> Array:
    """Gradient of the word vectors; words cannot be differentiated (given).

    Args:
        dout: gradient of the loss with respect to the output, shape (N, T, D).
        cache: what `word_embedding_forward` returned.

    Returns:
        dW of shape (V, D).
    """
    x, shape = cache
    dW = np.zeros(shape, dtype=dout.dtype)
    np.add.at(dW, x, dout)  # a word that occurs twice gets both gradients
    return dW


def temporal_fc_forward(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """Map every sample at every time step by the same affine function.

        out[n, t, m] = sum_d x[n, t, d] * w[d, m] + b[m]

    Args:
        x: input, shape (N, T, D).
        w: weights, shape (D, M).
        b: biases, shape (M,).

    Returns:
        out of shape (N, T, M), and the cache for `temporal_fc_backward`.

    Source: homework 4, task 4a.
    """
    # TODO(task 4a): Map every sample at every time step by the same affine function.
    raise NotImplementedError("task 4a: temporal_fc_forward is not written yet")


def temporal_fc_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Carry the gradient back through the fully connected layer over time.

    Args:
        dout: gradient of the loss with respect to the output, shape (N, T, M).
        cache: what `temporal_fc_forward` returned.

    Returns:
        dx of shape (N, T, D), dw of shape (D, M), db of shape (M,).

    Source: homework 4, task 4a.
    """
    # TODO(task 4a): Carry the gradient back through the fully connected layer over time.
    raise NotImplementedError("task 4a: temporal_fc_backward is not written yet")


def temporal_softmax_loss(x: Array, y: Array, mask: Array) -> tuple[float, Array]:
    """Cross-entropy of a word at every time step: summed over time, averaged over N (given).

        loss = -(1 / N) * sum_{n, t} mask[n, t] * log softmax(x[n, t])[y[n, t]]

    Args:
        x: scores of every word, shape (N, T, V).
        y: index of the right word, integers in [0, V), shape (N, T).
        mask: which places count; False where the caption is padding, shape (N, T).

    Returns:
        The loss, one number, and its gradient dx of shape (N, T, V).
    """
    n, t = np.ix_(np.arange(x.shape[0]), np.arange(x.shape[1]))  # as one: (N, T)
    shifted = x - x.max(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))  # (N, T, V)
    dx = np.exp(log_p)
    dx[n, t, y] -= 1
    dx *= mask[:, :, None] / x.shape[0]
    return -float((log_p[n, t, y] * mask).sum() / x.shape[0]), dx.astype(x.dtype)
