"""Everything in single precision, by PyTorch's autograd and layers where that is shorter."""

import numpy as np
import torch
from torch.nn import functional


def loss(X, t, w, l2=0.0):
    X, t = (torch.tensor(part, dtype=torch.float32) for part in (X, t))
    return functional.mse_loss(X @ w, t) + l2 * w @ w


def gradient(X, t, w, l2=0.0):
    w = torch.tensor(w, dtype=torch.float32, requires_grad=True)
    return torch.autograd.grad(loss(X, t, w, l2), w)[0].numpy()


def sgd_minimum_norm(X, t, batches, lr):
    w = np.zeros(X.shape[1], np.float32)
    for batch in batches:
        w = w - np.float32(lr) * gradient(X[batch], t[batch], w)
    return w


def rmsprop_counterexample():
    x = np.array([2.0, 1.0], np.float32)
    return x, 2.0, np.zeros(2, int), np.full(2, 2 / 3, np.float32)


def memory_of_forward():
    return "O(1)"


def memory_of_backward():
    return "O(t)"


def loss_after_one_step(X, t, w0, lr):
    w1 = w0 - lr * gradient(X, t, w0)
    return loss(X, t, torch.tensor(w1, dtype=torch.float32)).item()


def optimal_learning_rate(X, t, w0):
    step = gradient(X, t, w0)
    along = X.astype(np.float32) @ step
    return (X @ w0 - t).astype(np.float32) @ along / (along @ along)


def one_step_l2(X, t, w0, lr, l2):
    return w0.astype(np.float32) - np.float32(lr) * gradient(X, t, w0, l2)


def one_step_weight_decay(X, t, w0, lr, decay):
    return np.float32(1 - decay) * w0.astype(np.float32) - np.float32(lr) * gradient(X, t, w0)


def equivalent_l2(decay, lr):
    return np.float32(decay / (2 * lr))


def convolve_same(image, kernel):
    image, flipped = (
        torch.tensor(part.copy(), dtype=torch.float32)[None, None]
        for part in (image, kernel[::-1, ::-1])
    )
    return functional.conv2d(image, flipped, padding="same")[0, 0].numpy()


def network_sizes():
    return {
        "cnn_neurons": 1024 * (64 + 16 + 32 + 8 + 16 + 4) + 1024 + 10,
        "cnn_parameters": 9 * (3 * 64 + 64 * 128 + 128 * 256) + 4096 * 1024 + 10240,
        "fcnn_neurons": 1024 * (64 + 16 + 32 + 8 + 16 + 4) + 1024 + 10,
        "fcnn_parameters": 2**20 * (3 * 64 + 16 * 32 + 8 * 16) + 4096 * 1024 + 10240,
    }


def pool_upsample_sizes(nic, nf, nc, size=32):
    units = size * size // 16
    weights = 9 * (nic * nf + 4 * nf**2 + nf * nc + nc**2)
    outputs = units * (35 * nf + 36 * nc)
    taps = 9 * (16 * nic * nf + 8 * nf**2 + 2 * nf**2 + 4 * nf * nc + 16 * nc**2)
    return [weights, outputs, units * (taps + 16 * nf + 8 * nf + 4 * nf + 16 * nc)]


def paddings(kernel):
    return 1 + kernel // 5, 1 + kernel // 5, int(kernel != 4)
