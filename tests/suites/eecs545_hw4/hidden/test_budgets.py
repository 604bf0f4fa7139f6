"""Task 3a: are convolution and pooling vectorised? CPU time against the reference's."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import budget, close, task
from grader.suite import strategies as st

FACTOR = 12  # a loop over the kernel or over the images is fine, one over the pixels is not
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
HINT = "Too slow for training: let NumPy loop over images and pixels (see the rules)."


def convolution():
    """Images, kernels and a gradient of the output, as large as in training."""
    return st.fill((16, 3, 32, 30), 1), st.fill((8, 3, 5, 5), 2), st.fill((16, 8, 28, 26), 3)


def pooling():
    """Images without equal pixels, and a gradient of the output."""
    return st.fill((64, 8, 32, 30), 1), st.fill((64, 8, 16, 15), 2)


@task("3a", facet="speed", hint=HINT)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_convolution_is_vectorised(student, direction):
    x, w, dout = convolution()
    layers = student.layers
    _, cache = layers.conv_forward(x[:1], w)
    leaves = [torch.tensor(array, requires_grad=True) for array in (x, w)]
    expected = functional.conv2d(*leaves)
    if direction == "forward":
        with budget(student, factor=FACTOR):
            out, _ = layers.conv_forward(x, w)
        close(out, expected.detach().numpy(), name="out")
        return
    layers.conv_backward(dout[:1], cache)
    _, cache = layers.conv_forward(x, w)
    with budget(student, factor=FACTOR):
        dx, dw = layers.conv_backward(dout, cache)
    expected.backward(torch.tensor(dout))
    close(dx, leaves[0].grad.numpy(), name="dx")
    close(dw, leaves[1].grad.numpy(), name="dw")


@task("3a", facet="speed", hint=HINT)
def test_backward_of_max_pooling_is_vectorised(student):
    x, dout = pooling()
    layers = student.layers
    _, cache = layers.max_pool_forward(x[:1], POOL)
    layers.max_pool_backward(dout[:1], cache)
    _, cache = layers.max_pool_forward(x, POOL)
    with budget(student, factor=FACTOR):
        dx = layers.max_pool_backward(dout, cache)
    windows = x.reshape(64, 8, 16, 2, 15, 2)
    largest = windows == windows.max(axis=(3, 5), keepdims=True)
    expected = np.where(largest, dout[:, :, :, None, :, None], 0.0)
    close(dx, expected.reshape(x.shape), name="dx")
