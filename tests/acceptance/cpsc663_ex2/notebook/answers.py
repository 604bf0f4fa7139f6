"""Answers to those written questions whose result can be checked.

Owns one function per question, in NumPy; PyTorch is not to be used here. The derivations belong in
the PDF. Vectors have shape (D,). A weight matrix w has shape (outputs, inputs): w[j, k] leads from
neuron k to neuron j, and z = w @ a + b.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def softmax_delta(a: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Give the error of a softmax layer under the log-likelihood cost.

        a = softmax(z), C = -sum over j of y[j] ln a[j]; delta[j] = dC/dz[j]

    Args:
        a: outputs of the layer, shape (M,), positive, with sum 1.
        y: the target, shape (M,): 1 at one place, else 0.

    Returns:
        delta, shape (M,).

    Source: exercise II, problem 2.2; Nielsen, chapter 3.
    """
    # BEGIN SOLUTION task 2.2-answers
    delta: NDArray[Any] = a - y
    return delta
    # END SOLUTION


def linear_backprop(
    x: NDArray[Any],
    y: NDArray[Any],
    weights: Sequence[NDArray[Any]],
    biases: Sequence[NDArray[Any]],
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Backpropagate through a network of linear neurons, sigma(z) = z.

        a = x, then a = w @ a + b per layer; C = 1/2 ||y - a||^2 with the last a

    Args:
        x: input, shape (D,).
        y: target, shape (M,).
        weights: one matrix per layer (one or more), from the first layer to the last.
        biases: one vector per layer.

    Returns:
        One pair (dC/dw, dC/db) per layer, from the first layer to the last.

    Source: exercise II, problem 2.3; Nielsen, chapter 2.
    """
    # BEGIN SOLUTION task 2.3-answers
    activations = [x]
    for w, b in zip(weights, biases, strict=True):
        activations.append(w @ activations[-1] + b)
    delta = activations[-1] - y  # sigma' = 1
    gradients = []
    for w, a in zip(reversed(weights), reversed(activations[:-1]), strict=True):
        gradients.append((np.outer(delta, a), delta))
        delta = w.T @ delta
    return gradients[::-1]
    # END SOLUTION


def failing_form() -> int:
    """Say which form of the cross-entropy fails where the target y is 0 or 1.

    Form 1 is -[y ln a + (1 - y) ln(1 - a)], form 2 is -[a ln y + (1 - a) ln(1 - y)]; 0 < a < 1.

    Returns:
        1 or 2.

    Source: exercise II, problem 3.1; Nielsen, chapter 3.
    """
    # BEGIN SOLUTION task 3.1-answers
    return 2
    # END SOLUTION


def minimal_cross_entropy(y: NDArray[Any]) -> float:
    """Give the smallest value that the cross-entropy can take for these targets.

        C = average over x of -[y ln a + (1 - y) ln(1 - a)], a = sigma(z) free for each x

    Args:
        y: one target per training input, shape (n,), between 0 and 1, both included.

    Returns:
        The value of C at its minimum; 0 ln 0 counts as 0.

    Source: exercise II, problem 3.2; Nielsen, chapter 3.
    """
    # BEGIN SOLUTION task 3.2-answers
    inside = y[(y > 0) & (y < 1)]  # the others add 0
    entropy = -(inside * np.log(inside) + (1 - inside) * np.log(1 - inside))
    return float(entropy.sum() / len(y))
    # END SOLUTION


def network_gradients(
    x: NDArray[Any],
    y: NDArray[Any],
    w1: NDArray[Any],
    b1: NDArray[Any],
    w2: NDArray[Any],
    b2: NDArray[Any],
) -> dict[str, NDArray[Any]]:
    """Differentiate the cross-entropy of a network with one hidden layer of sigmoid neurons.

        h = sigma(w1 @ x + b1), o = sigma(w2 @ h + b2)
        C = -sum over j of [y[j] ln o[j] + (1 - y[j]) ln(1 - o[j])]

    Args:
        x: input, shape (D,).
        y: target, shape (M,), between 0 and 1.
        w1: shape (H, D).
        b1: shape (H,).
        w2: shape (M, H).
        b2: shape (M,).

    Returns:
        "delta1" (H,) and "delta2" (M,), the errors dC/dz of both layers, and the derivatives "w1",
        "b1", "w2", "b2", each of its parameter's shape.

    Source: exercise II, problem 3.3.
    """
    # BEGIN SOLUTION task 3.3-answers
    h = 1 / (1 + np.exp(-(w1 @ x + b1)))  # (H,)
    o = 1 / (1 + np.exp(-(w2 @ h + b2)))  # (M,)
    delta2 = o - y
    delta1 = (w2.T @ delta2) * h * (1 - h)
    return {
        "delta1": delta1,
        "delta2": delta2,
        "w1": np.outer(delta1, x),
        "b1": delta1,
        "w2": np.outer(delta2, h),
        "b2": delta2,
    }
    # END SOLUTION


def figure1_gradients() -> dict[str, NDArray[Any]]:
    """Give the derivatives for the network of Figure 1, as numbers.

    `figure1.toml` holds the figure's inputs, targets, weights and biases.

    Returns:
        As `network_gradients`; three significant digits suffice.

    Source: exercise II, problem 3.3.
    """
    # BEGIN SOLUTION task 3.3-answers
    text = Path(__file__).with_name("figure1.toml").read_text()
    network = {name: np.array(numbers) for name, numbers in tomllib.loads(text).items()}
    return network_gradients(**network)
    # END SOLUTION


def output_size(h: int, w: int, kind: str, k: int, s: int, p: int) -> tuple[int, int]:
    """Give height and width of what a layer makes of an image.

    Args:
        h, w: height and width of the image.
        kind: "conv" or "pool" (max-pooling).
        k: height and width of the kernel; it fits into the padded image.
        s: stride.
        p: padding on each of the four sides.

    Returns:
        Height and width of the output. What the last step of the kernel does not reach is left out.

    Source: exercise II, problem 4.1.
    """
    # BEGIN SOLUTION task 4.1-answers
    if kind not in ("conv", "pool"):
        raise ValueError(f"kind is 'conv' or 'pool', not {kind!r}")
    return (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1
    # END SOLUTION


def sizes_for_50() -> list[tuple[int, int]]:
    """Give height and width for (a) to (d) of the question, where the image has 50 x 50 pixels.

    (a) convolution k=4, s=1, p=1; (b) convolution k=8, s=5, p=0; (c) max-pooling k=10, s=2, p=2;
    (d) max-pooling k=2, s=1, p=0.

    Returns:
        Four pairs (height, width), in this order.

    Source: exercise II, problem 4.1.
    """
    # BEGIN SOLUTION task 4.1-answers
    return [(49, 49), (9, 9), (23, 23), (49, 49)]
    # END SOLUTION
