"""Neural network layers in NumPy: fully connected, ReLU, softmax loss, convolution, max pooling.

Owns the forward and the backward pass of each layer as a pair of functions; models and training
are built from them elsewhere. The same conventions hold for every function of this file:

- `x` is the input, `out` the output, `dout` the gradient of the loss with respect to `out`
  (same shape as `out`), `dx` the gradient with respect to `x` (same shape as `x`), and so on.
- A forward pass returns `(out, cache)`. The cache is private to its pair: put into it whatever
  the backward pass needs, in whatever form.
- Letters in shapes: N samples of a batch, C channels (classes in the loss), F filters,
  H height, W width, D features. N = 1 is an ordinary batch; no two sizes need be equal.
- Gradients are sums over the batch. Only the softmax loss takes a mean.
- Arrays given are never changed, neither by the forward nor by the backward pass.
- float64 and float32 both work. `x` may hold integers (pixel values); gradients are floating
  point all the same.
- Calls are independent: nothing is kept between them but the cache.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Array: TypeAlias = npt.NDArray[Any]
Cache: TypeAlias = Any  # known only to the forward and backward pass that share it


def fc_forward(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """Map every sample by one affine function.

        out[n, j] = sum_i x[n, i] * w[i, j] + b[j]

    Args:
        x: input, shape (N, D_in).
        w: weights, shape (D_in, D_out).
        b: biases, shape (D_out,).

    Returns:
        out of shape (N, D_out), and the cache for `fc_backward`.

    Source: homework 4, task 1a.
    """
    # BEGIN SOLUTION task 1a
    out = x @ w + b  # (N, D_out)
    return out, (x, w)
    # END SOLUTION


def fc_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Carry the gradient back through the fully connected layer.

    Args:
        dout: gradient of the loss with respect to the output, shape (N, D_out).
        cache: what `fc_forward` returned.

    Returns:
        dx of shape (N, D_in), dw of shape (D_in, D_out), db of shape (D_out,).

    Source: homework 4, task 1a.
    """
    # BEGIN SOLUTION task 1a
    # dx[n, i] = sum_j dout[n, j] * w[i, j]
    # dw[i, j] = sum_n x[n, i] * dout[n, j]
    # db[j]    = sum_n dout[n, j]
    x, w = cache
    dx = dout @ w.T  # (N, D_in)
    dw = x.T @ dout  # (D_in, D_out)
    db = dout.sum(axis=0)  # (D_out,)
    return dx, dw, db
    # END SOLUTION


def relu_forward(x: Array) -> tuple[Array, Cache]:
    """Replace every negative element by zero.

        out = max(0, x), element by element

    Args:
        x: input of any shape.

    Returns:
        out of the same shape as x, and the cache for `relu_backward`.

    Source: homework 4, task 1b.
    """
    # BEGIN SOLUTION task 1b
    out = np.maximum(x, 0)
    return out, x
    # END SOLUTION


def relu_backward(dout: Array, cache: Cache) -> Array:
    """Carry the gradient back through the rectifier.

    At an input of exactly 0 any choice of subgradient is right.

    Args:
        dout: gradient of the loss with respect to the output, any shape.
        cache: what `relu_forward` returned.

    Returns:
        dx of the same shape as dout.

    Source: homework 4, task 1b.
    """
    # BEGIN SOLUTION task 1b
    # dx = dout where x > 0, else 0. A choice, not a product with the mask: it stays 0 where
    # dout is infinite.
    x = cache
    return np.where(x > 0, dout, np.zeros_like(dout))
    # END SOLUTION


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Compute the mean cross-entropy of softmax probabilities, and its gradient.

        p[n, c] = exp(x[n, c]) / sum_k exp(x[n, k])
        loss    = -(1 / N) * sum_n log p[n, y[n]]

    Loss and gradient stay finite and accurate for logits as large as +-1000.

    Args:
        x: logits, shape (N, C).
        y: index of the right class of each sample, integers in [0, C), shape (N,).

    Returns:
        The mean loss, one number, and its gradient dx of shape (N, C).

    Source: homework 4, task 2a.
    """
    # BEGIN SOLUTION task 2a
    # dx = (p - onehot(y)) / N
    # Stability: subtracting each row's maximum changes no probability, but no exp overflows and
    # at least one term of the sum is 1; log p is never taken of a p that has become 0.
    rows = np.arange(x.shape[0])
    shifted = x - x.max(axis=1, keepdims=True)  # (N, C)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, C)
    dx = np.exp(log_p)
    dx[rows, y] -= 1
    dx /= x.shape[0]
    return -float(log_p[rows, y].mean()), dx
    # END SOLUTION


def conv_forward(x: Array, w: Array) -> tuple[Array, Cache]:
    """Filter every image with every kernel: no bias, no padding, stride 1, kernel not flipped.

        out[n, f, i, j] = sum_{c, p, q} x[n, c, i + p, j + q] * w[f, c, p, q]

    Images and kernels need not be square; a kernel may be as large as the image.

    Args:
        x: images, shape (N, C, H, W).
        w: kernels, shape (F, C, H', W') with H' <= H and W' <= W.

    Returns:
        out of shape (N, F, H - H' + 1, W - W' + 1), and the cache for `conv_backward`.

    Source: homework 4, tasks 1c (definitions) and 3a.
    """
    # BEGIN SOLUTION task 3a
    # Every window as a column, so that each image needs one matrix product.
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))  # (N, C, H'', W'', H', W')
    n, _, height, width = windows.shape[:4]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, -1, height * width)
    kernels = w.reshape(w.shape[0], -1)  # (F, C * H' * W')
    out = kernels @ columns  # (F, C * H' * W') @ (N, C * H' * W', H'' * W'')
    return out.reshape(n, -1, height, width), (x.shape, columns, w)  # (N, F, H'', W'')
    # END SOLUTION


def conv_backward(dout: Array, cache: Cache) -> tuple[Array, Array]:
    """Carry the gradient back through the convolution.

    Args:
        dout: gradient of the loss with respect to the output, shape (N, F, H'', W'') with
            H'' = H - H' + 1 and W'' = W - W' + 1.
        cache: what `conv_forward` returned.

    Returns:
        dx of shape (N, C, H, W), dw of shape (F, C, H', W').

    Source: homework 4, tasks 1c (formulas) and 3a.
    """
    # BEGIN SOLUTION task 3a
    # dw[f, c] = sum_n x[n, c] *filt dout[n, f]
    # dx[n, c] = sum_f w[f, c] *full dout[n, f]: each element of dout reaches back to its window.
    shape, columns, w = cache
    n, f, height, width = dout.shape
    flat = dout.reshape(n, f, -1)  # (N, F, H'' * W'')
    dw = (flat @ columns.swapaxes(1, 2)).sum(axis=0).reshape(w.shape)  # (F, C, H', W')
    dx = np.zeros(shape, dtype=np.result_type(flat, w))  # (N, C, H, W)
    # One step per place in the kernel: places of different windows overlap, so they are added.
    for p, q in np.ndindex(*w.shape[2:]):
        share = w[:, :, p, q].T @ flat  # (C, F) @ (N, F, H'' * W'')
        dx[:, :, p : p + height, q : q + width] += share.reshape(n, -1, height, width)
    return dx, dw
    # END SOLUTION


def max_pool_forward(x: Array, pool_param: Mapping[str, int]) -> tuple[Array, Cache]:
    """Keep the largest element of every window.

        out[n, c, i, j] = max_{p, q} x[n, c, i * stride + p, j * stride + q]

    Windows overlap where the stride is smaller than the window, and skip elements where it is
    larger. Rows and columns at the end that fill no whole window are left out.

    Args:
        x: images, shape (N, C, H, W).
        pool_param: 'pool_height', 'pool_width' and 'stride', all at least 1, windows no larger
            than the image.

    Returns:
        out of shape (N, C, 1 + (H - pool_height) // stride, 1 + (W - pool_width) // stride),
        and the cache for `max_pool_backward`.

    Source: homework 4, task 3a.
    """
    # BEGIN SOLUTION task 3a
    size, stride = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
    windows = sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride, ::stride]
    out = windows.max(axis=(4, 5))  # (N, C, H'', W'')
    return out, (x, dict(pool_param))
    # END SOLUTION


def max_pool_backward(dout: Array, cache: Cache) -> Array:
    """Carry the gradient back to the element that was the largest of each window.

    An element that is the largest of several windows receives the sum of their gradients. Where
    several elements of one window are equally large, any way of sharing is right.

    Args:
        dout: gradient of the loss with respect to the output, shape (N, C, H'', W'').
        cache: what `max_pool_forward` returned.

    Returns:
        dx of shape (N, C, H, W).

    Source: homework 4, task 3a.
    """
    # BEGIN SOLUTION task 3a
    # dx[n, c, h, w] = sum of dout[n, c, i, j] over the windows (i, j) whose first maximum is
    #                  at (h, w). add.at, since += counts a repeated index once only.
    x, pool_param = cache
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    windows = sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    n, c, i, j = np.ix_(*(np.arange(size) for size in dout.shape))  # as one: (N, C, H'', W'')
    best = windows.reshape(*dout.shape, height * width).argmax(axis=4)  # (N, C, H'', W'')
    rows, columns = np.divmod(best, width)
    dx = np.zeros(x.shape, dtype=dout.dtype)  # (N, C, H, W); x itself may hold integers
    np.add.at(dx, (n, c, i * stride + rows, j * stride + columns), dout)
    return dx
    # END SOLUTION
