"""Task 1.1b, MaxPooling, against PyTorch; no window ever holds its maximum twice."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st


@dataclass(frozen=True)
class Case:
    """A layer's numbers, images and a gradient of the output."""

    kernel_size: int
    stride: int
    x: np.ndarray  # (N, C, H, W)
    dout: np.ndarray  # (N, C, H', W')


def example(x_shape, k, stride, seed=0, low=0, dtype=np.float64):
    """A case of exactly these sizes; all pixels differ, and are integers from `low` upwards."""
    size = int(np.prod(x_shape))
    x = np.random.default_rng(seed).permutation(size).reshape(x_shape) + low
    out = (1 + (side - k) // stride for side in x_shape[2:])
    return Case(k, stride, x.astype(dtype), st.fill((*x_shape[:2], *out), seed + 1))


@st.composite
def cases(draw):
    n, c, k = (draw(st.integers(1, high)) for high in (3, 3, 4))
    sides = draw(st.integers(k, k + 6)), draw(st.integers(k, k + 6))
    return example((n, c, *sides), k, draw(st.integers(1, 4)), draw(st.SEEDS), low=-50)


def oracle(case):
    """out, and the gradient of sum(out * dout) with respect to x; in float64."""
    x = torch.tensor(case.x, dtype=torch.float64, requires_grad=True)
    out = functional.max_pool2d(x, case.kernel_size, case.stride)
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    return {"out": out.detach().numpy(), "dx": x.grad.numpy()}


def layer_of(student, case):
    """The submission's layer."""
    return student.module("modules.max_pool").MaxPooling(case.kernel_size, case.stride)


def backward(student, case):
    """dx of both passes of a new layer."""
    layer = layer_of(student, case)
    layer.forward(case.x)
    layer.backward(case.dout)
    return layer.dx


@task("1.1b", weight=2, hint="Window and stride are two different numbers; the rest is left out.")
@given(case=cases())
def test_forward_matches_pytorch(student, case):
    close(layer_of(student, case).forward(case.x), oracle(case)["out"], name="out")


@task("1.1b", weight=2, hint="Overlapping windows add up; the stride counts in backward too.")
@given(case=cases())
def test_backward_matches_autograd(student, case):
    close(backward(student, case), oracle(case)["dx"], name="dx")


@task("1.1b", hint="The largest of negative numbers is negative: do not start from 0.")
def test_negative_images_have_negative_maxima(student):
    case = example((2, 3, 5, 6), 3, 2, low=-1000)
    close(layer_of(student, case).forward(case.x), oracle(case)["out"], name="out")


@task("1.1b", hint="One window over the whole of one image: all four axes must stay.")
def test_window_as_large_as_single_image_keeps_axes(student):
    case = example((1, 1, 4, 4), 4, 2)
    close(layer_of(student, case).forward(case.x), oracle(case)["out"], name="out")


@task("1.1b", hint="Pixels may be integers; dx is not cut off to integers because of that.")
def test_integer_images_have_floating_gradient(student):
    case = example((2, 3, 5, 6), 3, 2, dtype=np.int64)
    close(backward(student, case), oracle(case)["dx"], name="dx")


@task("1.1b", hint="Do not write into the images or dout.")
@pytest.mark.parametrize("name", ["x", "dout"])
def test_array_is_unchanged_by_both_passes(student, name):
    case = example((2, 3, 5, 6), 3, 2)
    layer = layer_of(student, case)
    given_ = {"x": student.put(case.x), "dout": student.put(case.dout)}
    layer.forward(given_["x"])
    layer.backward(given_["dout"])
    close(given_[name].value(), getattr(case, name), name=f"{name} afterwards", exact=True)


@task("1.1b", hint="A backward pass belongs to the latest forward pass of this layer, no other.")
def test_second_backward_replaces_gradient(student):
    first, second = example((2, 3, 5, 6), 3, 2), example((3, 2, 7, 5), 3, 2, seed=9)
    layer = layer_of(student, first)
    for case in (first, second):
        layer.forward(case.x)
        layer.backward(case.dout)
    close(layer.dx, oracle(second)["dx"], name="dx of the second pass")
