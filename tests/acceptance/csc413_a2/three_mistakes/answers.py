"""Answers of the written parts that a program can check, one function per question.

Owns no proof and no derivation: those go into the write-up. Letters: n examples, d features;
`X` has shape (n, d), `t` and predictions (n,), weights (d,). The loss is the handout's,

    L(w) = 1/n * ||X w - t||^2

Arrays are float64, and those given are never changed. Work the formulas out by hand: NumPy is
all that is needed.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


def sgd_minimum_norm(X: Array, t: Array, batches: Sequence[NDArray[np.int64]], lr: float) -> Array:
    """Mini-batch SGD from zero weights, one step for each batch.

        w <- w - lr/b * sum over the batch of the gradient of (x_j . w - t_j)^2

    Args:
        X: data, shape (n, d), with d > n and full rank.
        t: targets, shape (n,).
        batches: indices of the examples of each step, shape (b,); b may differ.
        lr: learning rate.

    Returns:
        The weights after the last step, shape (d,). After enough steps they are the solution of
        least norm: no step leaves the span of the examples.

    Source: assignment 2, section 1.1.1 and equation 2.
    """
    w = np.zeros(X.shape[1])
    for batch in batches:
        x = X[batch]  # (b, d)
        w = w - lr / len(batch) * 2 * x.T @ (x @ w - t[batch])
    return w


def rmsprop_counterexample() -> tuple[Array, float, Array, Array]:
    """One example for which RMSProp does not find the solution of least norm.

    Returns:
        x: the example, shape (d,) with d >= 2.
        t: its target.
        w0: the zero vector, where both RMSProp and gradient descent start; shape (d,).
        w_rms: the weights that RMSProp converges to from w0 when epsilon is negligible, shape
            (d,): x . w_rms = t, but its norm is not the least.

    Source: assignment 2, section 1.2.1; its hint proposes x = [2, 1] and t = 2.
    """
    # Both parts of the gradient keep their ratio, so w moves along the signs of x: w = c [1, 1].
    return np.array([2.0, 1.0]), 2.0, np.zeros(2), np.array([2 / 3, 2 / 3])


def memory_of_forward() -> str:
    """Memory that t iterations of gradient descent need, in terms of t.

    Nothing but the final loss is wanted.

    Returns:
        One of "O(1)", "O(log t)", "O(t)", "O(t^2)".

    Source: assignment 2, section 2.1.2, first question.
    """
    return "O(1)"


def memory_of_backward() -> str:
    """Memory that standard back-propagation through t iterations needs, in terms of t.

    Wanted is the gradient of the final loss with respect to the learning rate.

    Returns:
        One of "O(1)", "O(log t)", "O(t)", "O(t^2)".

    Source: assignment 2, section 2.1.2, second question.
    """
    return "O(t)"


def loss_after_one_step(X: Array, t: Array, w0: Array, lr: float) -> float:
    """The loss after one step of gradient descent from w0, without a penalty.

    Args:
        X: data, shape (n, d).
        t: targets, shape (n,).
        w0: first weights, shape (d,).
        lr: learning rate.

    Returns:
        L(w1), a number.

    Source: assignment 2, section 2.2.1.
    """
    a = X @ w0 - t
    residual = a - 2 * lr / len(t) * X @ (X.T @ a)
    return float(residual @ residual / len(t))


def optimal_learning_rate(X: Array, t: Array, w0: Array) -> float:
    """The learning rate for which the loss after one step is least.

    Args:
        X: data, shape (n, d).
        t: targets, shape (n,).
        w0: first weights, shape (d,); the gradient there is not zero.

    Returns:
        The learning rate, a number.

    Source: assignment 2, section 2.2.3.
    """
    a = X @ w0 - t
    direction = X @ (X.T @ a)
    return float(len(t) / 2 * (a @ direction) / (direction @ direction))


def one_step_l2(X: Array, t: Array, w0: Array, lr: float, l2: float) -> Array:
    """w1 by gradient descent on the loss with an L2 penalty, L(w) + l2 * ||w||^2.

    Args:
        X: data, shape (n, d).
        t: targets, shape (n,).
        w0: first weights, shape (d,).
        lr: learning rate.
        l2: factor of the penalty, lambda with a tilde in the handout.

    Returns:
        w1, shape (d,).

    Source: assignment 2, section 2.3.1, first expression.
    """
    gradient: Array = 2 / len(t) * X.T @ (X @ w0 - t) + 2 * l2 * w0
    return w0 - lr * gradient


def one_step_weight_decay(X: Array, t: Array, w0: Array, lr: float, decay: float) -> Array:
    """w1 by gradient descent on the plain loss with weight decay (equation 5).

        w1 = (1 - decay) * w0 - lr * gradient of L at w0

    Args:
        X: data, shape (n, d).
        t: targets, shape (n,).
        w0: first weights, shape (d,).
        lr: learning rate.
        decay: factor of the weight decay, lambda in the handout.

    Returns:
        w1, shape (d,).

    Source: assignment 2, section 2.3.1, second expression.
    """
    gradient: Array = 2 / len(t) * X.T @ (X @ w0 - t)
    return (1 - decay) * w0 - lr * gradient


def equivalent_l2(decay: float, lr: float) -> float:
    """The factor of the L2 penalty that has the same effect as a weight decay.

    Args:
        decay: factor of the weight decay.
        lr: learning rate, not 0.

    Returns:
        The factor `l2` with which `one_step_l2` gives what `one_step_weight_decay` gives.

    Source: assignment 2, section 2.3.2.
    """
    return decay / (2 * lr)


def convolve_same(image: Array, kernel: Array) -> Array:
    """The convolution I * J with zero padding, of the image's size.

        out[i, j] = sum over p, q of kernel[p, q] * image[i + r - p, j + s - q]

    where the kernel has 2r + 1 rows and 2s + 1 columns, and what lies outside of the image is 0.

    Args:
        image: I, shape (H, W).
        kernel: J, shape (2r + 1, 2s + 1); the image may be smaller.

    Returns:
        I * J, shape (H, W). It is a true convolution: the kernel is flipped.

    Source: assignment 2, section 3.1. The feature that J detects is named in the write-up.
    """
    flipped = kernel[::-1, ::-1]
    rows, columns = kernel.shape
    padded = np.pad(image, ((rows // 2, rows // 2), (columns // 2, columns // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(
        padded, kernel.shape
    )  # (H, W, rows, columns)
    return np.asarray(np.einsum("hwrc,rc->hw", windows, flipped))


def network_sizes() -> dict[str, int]:
    """Neurons and trainable parameters of the two networks of `architecture.toml`.

    Neurons are all values that the layers put out, pooling layers included, the image not.
    Biases are ignored, and nothing is counted for activation functions. In the second network a
    fully connected layer stands for each convolution: every value that goes into the convolution
    is connected with every value that comes out of it, and their numbers stay.

    Returns:
        Four numbers: "cnn_neurons", "cnn_parameters", "fcnn_neurons", "fcnn_parameters".

    Source: assignment 2, section 3.2; the figure's numbers stand in `architecture.toml`.
    """
    size, channels = 32, 3
    neurons = cnn = fcnn = 0
    for out_channels in (64, 128, 256):  # each a convolution of 3 x 3 and a pooling of 2 x 2
        cnn += 9 * channels * out_channels
        fcnn += (channels * size**2) * (out_channels * size**2)
        neurons += out_channels * size**2 + out_channels * (size // 2) ** 2
        size, channels = size // 2, out_channels
    units = channels * size**2
    for out_units in (1024, 10):
        cnn, fcnn = cnn + units * out_units, fcnn + units * out_units
        neurons, units = neurons + out_units, out_units
    return {
        "cnn_neurons": neurons,
        "cnn_parameters": cnn,
        "fcnn_neurons": neurons,
        "fcnn_parameters": fcnn,
    }


def pool_upsample_sizes(nic: int, nf: int, nc: int, size: int = 32) -> tuple[int, int, int]:
    """Weights, outputs and connections of PoolUpsampleNet with kernel 3.

    Counted are convolutions, max-poolings and upsamplings; ReLU is not. Biases are ignored. Batch
    norm may be counted or not, as the handout says (weights: its scales and shifts; outputs and
    connections: one per value).

    Args:
        nic: input channels NIC.
        nf: filters NF.
        nc: colours NC.
        size: height and width of the image, a multiple of 4.

    Returns:
        weights: of the convolutions.
        outputs: the values that all these layers put out.
        connections: the values that each output is computed from, summed over the outputs: k * k
            for each channel that a convolution reads (its zero padding is counted, too), 4 for a
            pooling, 1 for an upsampling.

    Source: assignment 2, section 4.3.
    """
    pixels = size * size
    # Channels in and out of each convolution and the pixels of what it puts out.
    convolutions = [
        (nic, nf, pixels),
        (nf, 2 * nf, pixels // 4),
        (2 * nf, nf, pixels // 16),
        (nf, nc, pixels // 4),
        (nc, nc, pixels),
    ]
    poolings = nf * pixels // 4 + 2 * nf * pixels // 16
    upsamplings = nf * pixels // 4 + nc * pixels
    weights = sum(9 * c_in * c_out for c_in, c_out, _ in convolutions)
    outputs = sum(c_out * p for _, c_out, p in convolutions) + poolings + upsamplings
    connections = sum(9 * c_in * c_out * p for c_in, c_out, p in convolutions)
    return weights, outputs, connections + poolings + upsamplings


def paddings(kernel: int) -> tuple[int, int, int]:
    """Paddings with which ConvTransposeNet keeps all shapes of figure 1b.

    Args:
        kernel: kernel size of the two strided and the two transposed convolutions, 3 to 5.

    Returns:
        conv: `padding` of the first two convolutions.
        transposed: `padding` of the transposed convolutions.
        output: `output_padding` of the transposed convolutions, less than the stride.

    Source: assignment 2, section 5.4.
    """
    return (kernel - 1) // 2, (kernel - 1) // 2, kernel % 2
