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
    # TODO(task 1a): Map every sample by one affine function.
    raise NotImplementedError("task 1a: fc_forward is not written yet")


def fc_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Carry the gradient back through the fully connected layer.

    Args:
        dout: gradient of the loss with respect to the output, shape (N, D_out).
        cache: what `fc_forward` returned.

    Returns:
        dx of shape (N, D_in), dw of shape (D_in, D_out), db of shape (D_out,).

    Source: homework 4, task 1a.
    """
    # TODO(task 1a): Carry the gradient back through the fully connected layer.
    raise NotImplementedError("task 1a: fc_backward is not written yet")


def relu_forward(x: Array) -> tuple[Array, Cache]:
    """Replace every negative element by zero.

        out = max(0, x), element by element

    Args:
        x: input of any shape.

    Returns:
        out of the same shape as x, and the cache for `relu_backward`.

    Source: homework 4, task 1b.
    """
    # TODO(task 1b): Replace every negative element by zero.
    raise NotImplementedError("task 1b: relu_forward is not written yet")


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
    # TODO(task 1b): Carry the gradient back through the rectifier.
    raise NotImplementedError("task 1b: relu_backward is not written yet")


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
    # TODO(task 2a): Compute the mean cross-entropy of softmax probabilities, and its gradient.
    raise NotImplementedError("task 2a: softmax_loss is not written yet")


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
    # TODO(task 3a): Filter every image with every kernel: no bias, no padding, stride 1, kernel not
    #     flipped.
    raise NotImplementedError("task 3a: conv_forward is not written yet")


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
    # TODO(task 3a): Carry the gradient back through the convolution.
    raise NotImplementedError("task 3a: conv_backward is not written yet")


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
    # TODO(task 3a): Keep the largest element of every window.
    raise NotImplementedError("task 3a: max_pool_forward is not written yet")


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
    # TODO(task 3a): Carry the gradient back to the element that was the largest of each window.
    raise NotImplementedError("task 3a: max_pool_backward is not written yet")
