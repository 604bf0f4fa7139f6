"""Task 1.1a, Conv2D, against PyTorch (which does not flip either); one property per test.

Of task 1.1a-backward, the tests of dx, dw and db weigh 5 : 4 : 3, public and hidden together.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st


@dataclass(frozen=True)
class Case:
    """A layer's numbers, images and a gradient of the output."""

    stride: int
    padding: int
    x: np.ndarray  # (N, C, H, W)
    w: np.ndarray  # (F, C, k, k)
    b: np.ndarray  # (F,)
    dout: np.ndarray  # (N, F, H', W')


def example(x_shape, filters, k, stride, padding, seed=0, dtype=np.float64):
    """A case of exactly these sizes."""
    n, c, *sides = x_shape
    out = [1 + (size + 2 * padding - k) // stride for size in sides]
    shapes = x_shape, (filters, c, k, k), (filters,), (n, filters, *out)
    arrays = (st.fill(shape, seed + i, dtype=dtype) for i, shape in enumerate(shapes))
    return Case(stride, padding, *arrays)


@st.composite
def cases(draw):
    n, c, f = (draw(st.integers(1, high)) for high in (3, 3, 4))
    k, stride, padding = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(0, 3))
    sides = (draw(st.integers(max(1, k - 2 * padding), k + 5)) for _ in range(2))
    return example((n, c, *sides), f, k, stride, padding, draw(st.SEEDS))


def usual(seed=0, dtype=np.float64):
    """Sizes that are all distinct; stride and padding both count, and a row is left over."""
    return example((2, 3, 8, 10), 5, 4, 3, 1, seed, dtype)


def pixels():
    """Images of integers."""
    case = usual()
    return replace(case, x=st.fill(case.x.shape, 1, "integers", np.int64))


CORNERS = {
    "even kernel, all sizes distinct": usual,
    "stride leaves gaps": lambda: example((2, 3, 9, 7), 4, 2, 4, 2),
    "one image, channel and filter": lambda: example((1, 1, 5, 4), 1, 3, 1, 1),
    "integers": pixels,
    "float32": lambda: usual(dtype=np.float32),
}
HINT = "Strides, padding, even kernels and sides of different lengths; integers and float32."


def oracle(case):
    """out, and the gradients of sum(out * dout) with respect to x, w and b; all in float64."""
    leaves = [torch.tensor(a, dtype=torch.float64) for a in (case.x, case.w, case.b)]
    for leaf in leaves:
        leaf.requires_grad_()
    out = functional.conv2d(*leaves, stride=case.stride, padding=case.padding)
    out.backward(torch.tensor(case.dout, dtype=torch.float64))
    values = (out.detach(), *(leaf.grad for leaf in leaves))
    return dict(zip(("out", "dx", "dw", "db"), (v.numpy() for v in values), strict=True))


def layer_of(student, case):
    """The submission's layer with the case's parameters."""
    f, c, k, _ = case.w.shape
    convolution = student.module("modules.convolution")
    layer = convolution.Conv2D(c, f, kernel_size=k, stride=case.stride, padding=case.padding)
    layer.weight, layer.bias = case.w, case.b
    return layer


def check(student, case, kind):
    """Compare one result of both passes of a new layer."""
    layer = layer_of(student, case)
    out = layer.forward(case.x)
    if kind != "out":
        layer.backward(case.dout)
    got = out if kind == "out" else getattr(layer, kind)
    close(got, oracle(case)[kind].astype(case.w.dtype), name=kind)


@task("1.1a-forward", weight=2, hint="No flip; zeros on all sides; stride in both directions.")
@given(case=cases())
def test_forward_matches_pytorch(student, case):
    check(student, case, "out")


@task("1.1a-forward", weight=2, hint=HINT)
@pytest.mark.parametrize("name", CORNERS)
def test_forward_takes_corner_case(student, name):
    check(student, CORNERS[name](), "out")


@task("1.1a-backward", weight=2, hint="Rows that fill no whole window have gradient 0, yet exist.")
@given(case=cases())
def test_dx_matches_autograd(student, case):
    check(student, case, "dx")


@task("1.1a-backward", weight=1, hint=HINT)
@pytest.mark.parametrize("name", [*list(CORNERS)[:2], "integers"])
def test_dx_takes_corner_case(student, name):
    check(student, CORNERS[name](), "dx")


@task("1.1a-backward", weight="1.6", hint="dw meets the padded images, stride by stride.")
@given(case=cases())
def test_dw_matches_autograd(student, case):
    check(student, case, "dw")


@task("1.1a-backward", weight="0.8", hint=HINT)
@pytest.mark.parametrize("name", ["stride leaves gaps", "integers"])
def test_dw_takes_corner_case(student, name):
    check(student, CORNERS[name](), "dw")


@task("1.1a-backward", weight="1.2", hint="Sum dout over samples, rows and columns.")
@given(case=cases())
def test_db_matches_autograd(student, case):
    check(student, case, "db")


@task("1.1a-backward", weight="0.6", hint="One image and one filter: db still has shape (1,).")
def test_db_of_one_filter_keeps_its_axis(student):
    check(student, CORNERS["one image, channel and filter"](), "db")


@task("1.1a-backward", weight="0.5", hint="Do not write into arrays you are given or keep.")
@pytest.mark.parametrize("name", ["x", "weight", "dout"])
def test_array_is_unchanged_by_both_passes(student, name):
    case = usual()
    layer = layer_of(student, case)
    given_ = {"x": student.put(case.x), "dout": student.put(case.dout)}
    layer.forward(given_["x"])
    layer.backward(given_["dout"])
    after = layer.weight if name == "weight" else given_[name].value()
    before = {"x": case.x, "weight": case.w, "dout": case.dout}[name]
    close(after, before, name=f"{name} after both passes", exact=True)


@task("1.1a-backward", weight="0.5", hint="dw is what this backward pass gives, nothing older.")
def test_second_backward_replaces_gradients(student):
    first, second = usual(), usual(seed=9)
    layer = layer_of(student, first)
    for case in (first, replace(second, w=first.w, b=first.b)):
        layer.forward(case.x)
        layer.backward(case.dout)
    close(layer.dw, oracle(second)["dw"], name="dw of the second pass")


@task("1.1a-backward", weight="0.5", hint="Keep the cache in the object, not in its class.")
def test_two_layers_share_nothing(student):
    cases_ = usual(), example((3, 2, 5, 4), 4, 3, 2, 0, seed=9)
    layers = [layer_of(student, case) for case in cases_]
    for layer, case in zip(layers, cases_, strict=True):
        layer.forward(case.x)
    layers[0].backward(cases_[0].dout)
    close(layers[0].dx, oracle(cases_[0])["dx"], name="dx of the first of two layers")
