"""Single precision, where the others are double."""

import numpy as np


def single(*arrays):
    return [np.asarray(array, dtype=np.float32) for array in arrays]


def softmax_delta(a, y):
    a, y = single(a, y)
    return a - y


def linear_backprop(x, y, weights, biases):
    (x, y), ws, bs = single(x, y), single(*weights), single(*biases)

    def descend(a, layer):
        """Gradients of the layers from this one on, and the error of its input."""
        if layer == len(ws):
            return [], a - y
        rest, delta = descend(ws[layer] @ a + bs[layer], layer + 1)
        return [(np.outer(delta, a), delta), *rest], ws[layer].T @ delta

    return descend(x, 0)[0]


def failing_form():
    return np.int64(2)


def minimal_cross_entropy(y):
    (y,) = single(y)
    pairs = np.stack([y, 1 - y])
    logs = np.log(np.where(pairs > 0, pairs, 1))
    return -(pairs * logs).sum(axis=0).mean()


def network_gradients(x, y, w1, b1, w2, b2):
    x, y, w1, b1, w2, b2 = single(x, y, w1, b1, w2, b2)
    h = 0.5 * (1 + np.tanh((w1 @ x + b1) / 2))
    o = 0.5 * (1 + np.tanh((w2 @ h + b2) / 2))
    last = o - y
    first = last @ w2 * (h - h * h)
    return {
        "delta1": first, "delta2": last, "b1": first, "b2": last,
        "w1": first.reshape(-1, 1) * x, "w2": last.reshape(-1, 1) * h,
    }  # fmt: skip


def figure1_gradients():
    return network_gradients(
        [0.2, 0.6], [0.1, 0.9], [[0.15, 0.4], [-0.3, 0.25]], [0.3, -0.2],
        [[0.5, -0.45], [0.35, 0.6]], [-0.1, 0.2],
    )  # fmt: skip


def output_size(h, w, kind, k, s, p):
    return tuple(int(np.floor((n + 2 * p - k) / s)) + 1 for n in (h, w))


def sizes_for_50():
    layers = {"a": (4, 1, 1), "b": (8, 5, 0), "c": (10, 2, 2), "d": (2, 1, 0)}
    return [output_size(50, 50, "conv", *layers[part]) for part in "abcd"]
