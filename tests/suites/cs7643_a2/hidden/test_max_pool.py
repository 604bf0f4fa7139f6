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
def cases(draw, stride="window"):
    """Square images of positive numbers; windows side by side, overlapping or with gaps."""
    n, c, k = draw(st.integers(2, 3)), draw(st.integers(2, 3)), draw(st.integers(2, 3))
    steps = {
        "window": k,
        "overlap": draw(st.integers(1, k - 1)),
        "gap": k + draw(st.integers(1, 2)),
    }
    # Only windows side by side fill the images; of the others a row and a column may be left over.
    side = k * draw(st.integers(2, 3)) + (0 if stride == "window" else draw(st.integers(1, 2)))
    return example((n, c, side, side), k, steps[stride], draw(st.SEEDS), low=1)


BESIDE, OVERLAPPING, GAPS = cases(), cases("overlap"), cases("gap")


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


def check_out(student, case):
    """Compare the forward pass."""
    close(layer_of(student, case).forward(case.x), oracle(case)["out"], name="out")


def check_dx(student, case):
    """Compare the backward pass."""
    close(backward(student, case), oracle(case)["dx"], name="dx")


@task("1.1b", facet="forward", hint="The largest number under each window.")
@given(case=BESIDE)
def test_forward_matches_pytorch(student, case):
    check_out(student, case)


@task("1.1b", facet="backward", hint="dout goes to where the largest number was, 0 elsewhere.")
@given(case=BESIDE)
def test_backward_matches_autograd(student, case):
    check_dx(student, case)


@task("1.1b", facet="overlap", hint="A stride below the window's size: windows share pixels.")
@given(case=OVERLAPPING, max_examples=12)
def test_forward_of_overlapping_windows_matches_pytorch(student, case):
    check_out(student, case)


@task("1.1b", facet="overlap", weight=2, hint="A pixel may be largest in several windows: add.")
@given(case=OVERLAPPING, max_examples=12)
def test_backward_of_overlapping_windows_matches_autograd(student, case):
    check_dx(student, case)


@task("1.1b", facet="gaps", hint="Window and stride are two numbers; what fills none is left out.")
@pytest.mark.parametrize("check", [check_out, check_dx], ids=["forward", "backward"])
@given(case=GAPS, max_examples=12)
def test_windows_with_gaps_match_pytorch(student, case, check):
    check(student, case)


@task("1.1b", facet="values", hint="The largest of negative numbers is negative: start with no 0.")
def test_negative_images_have_negative_maxima(student):
    check_out(student, example((2, 3, 6, 6), 3, 3, low=-1000))


@task("1.1b", facet="shapes", hint="Height and width may differ.")
@pytest.mark.parametrize("check", [check_out, check_dx], ids=["forward", "backward"])
def test_images_need_not_be_square(student, check):
    check(student, example((2, 3, 6, 9), 3, 3))


@task("1.1b", facet="shapes", hint="One window over all of one image: all four axes stay.")
def test_window_as_large_as_single_image_keeps_axes(student):
    check_out(student, example((1, 1, 4, 4), 4, 4))


@task("1.1b", facet="types", hint="Pixels may be integers; dx is floating point all the same.")
def test_integer_images_have_floating_gradient(student):
    check_dx(student, example((2, 3, 6, 6), 3, 3, dtype=np.int64))


@task("1.1b", cases="arguments", facet="state", hint="Do not write into the images or dout.")
@pytest.mark.parametrize("name", ["x", "dout"])
def test_array_is_unchanged_by_both_passes(student, name):
    case = example((2, 3, 6, 6), 3, 3)
    layer = layer_of(student, case)
    given_ = {"x": student.put(case.x), "dout": student.put(case.dout)}
    out = layer.forward(given_["x"])
    layer.backward(given_["dout"])
    close(out, oracle(case)["out"], name="out")  # who does nothing changes nothing
    close(given_[name].value(), getattr(case, name), name=f"{name} afterwards", exact=True)


@task("1.1b", facet="state", hint="A backward pass belongs to this layer's latest forward pass.")
def test_second_backward_replaces_gradient(student):
    first, second = example((2, 3, 6, 6), 3, 3), example((3, 2, 9, 9), 3, 3, seed=9)
    layer = layer_of(student, first)
    for case in (first, second):
        layer.forward(case.x)
        layer.backward(case.dout)
    close(layer.dx, oracle(second)["dx"], name="dx of the second pass")
