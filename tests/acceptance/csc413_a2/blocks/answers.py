"""Loops, lists and numbers of NumPy."""

import tomllib
from pathlib import Path

import numpy as np


def mean_gradient(X, t, w):
    return sum(2 * (x @ w - y) * x for x, y in zip(X, t, strict=True)) / len(t)


def sgd_minimum_norm(X, t, batches, lr):
    coefficients = np.zeros(len(t))  # w = X^T coefficients: it never leaves the span
    for batch in batches:
        wrong = X[batch] @ (X.T @ coefficients) - t[batch]
        np.subtract.at(coefficients, batch, 2 * lr / len(batch) * wrong)
    return X.T @ coefficients


def rmsprop_counterexample():
    x, w, v = np.array([[1.0, -3.0, 0.5]]), np.zeros(3), np.zeros(3)
    for step in range(4000):
        gradient = 2 * (x @ w - 9.0) @ x
        v = 0.9 * v + 0.1 * gradient**2
        w = w - 0.1 * 0.995**step * gradient / (np.sqrt(v) + 1e-12)
    return [x, np.array([9.0]), np.zeros((3, 1)), w[:, None]]


def memory_of_forward():
    return "O( 1 )"


def memory_of_backward():
    return "o(t)"


def loss_after_one_step(X, t, w0, lr):
    w1 = w0 - lr * mean_gradient(X, t, w0)
    return np.mean((X @ w1 - t) ** 2)


def optimal_learning_rate(X, t, w0):
    gradient = mean_gradient(X, t, w0)
    return len(t) * (gradient @ gradient) / 2 / ((X @ gradient) ** 2).sum()


def one_step_l2(X, t, w0, lr, l2):
    return w0 * (1 - 2 * lr * l2) - lr * mean_gradient(X, t, w0)


def one_step_weight_decay(X, t, w0, lr, decay):
    return w0 - lr * mean_gradient(X, t, w0) - decay * w0


def equivalent_l2(decay, lr):
    return np.float64(decay) / lr * 0.5


def convolve_same(image, kernel):
    out, (r, s) = np.zeros(image.shape), (size // 2 for size in kernel.shape)
    for i, j in np.ndindex(image.shape):
        for p, q in np.ndindex(kernel.shape):
            row, column = i + r - p, j + s - q
            if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
                out[i, j] += kernel[p, q] * image[row, column]
    return out


def network_sizes():
    """From the file, whatever it says."""
    told = tomllib.loads(Path("architecture.toml").read_text())
    c, h, w = told["image"]
    neurons = cnn = fcnn = 0
    for layer in told["layers"]:
        inputs = c * h * w
        if layer == "pool":
            h, w = h // 2, w // 2
        elif layer.startswith("conv-"):
            cnn, c = cnn + 9 * c * int(layer[5:]), int(layer[5:])
            fcnn += inputs * c * h * w
        else:
            c, h, w = int(layer[3:]), 1, 1
            cnn, fcnn = cnn + inputs * c, fcnn + inputs * c
        neurons += c * h * w
    sizes = {"cnn_neurons": neurons, "cnn_parameters": cnn}
    return sizes | {"fcnn_neurons": np.int64(neurons), "fcnn_parameters": fcnn}


def pool_upsample_sizes(nic, nf, nc, size=32):
    """With batch norm."""
    s = size**2
    weights = 9 * (nic * nf + 4 * nf**2 + nf * nc + nc**2) + 2 * (4 * nf + nc)
    norms = nf * s // 4 + 2 * nf * s // 16 + nf * s // 4 + nc * s
    outputs = nf * s + nf * s // 2 + nf * s // 16 + nc * s // 4 + nc * s + 2 * norms
    connections = 9 * s * (nic * nf + nc**2) + 9 * s * nf * nf // 2 + 9 * s * nf * nf // 8
    connections += 9 * nf * nc * s // 4 + nf * s + nf * s // 2 + nf * s // 4 + nc * s + norms
    return np.array([weights, outputs, connections])


def paddings(kernel):
    return {3: [1, 1, 1], 4: [1, 1, 0], 5: [2, 2, 1]}[kernel]
